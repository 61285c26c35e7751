// Confirmations of receipt as signed, every version of each: those of this entity, and those of
// others about its certificates. Functions work in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/amendment.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct ConfirmationRow {
  std::string number{};
  pb::ConfirmationWay way = pb::CONFIRMATION_WAY_UNSPECIFIED;
  int64_t version = 0;      // from 1
  std::string digest{};     // SHA-256 of the statement
  std::string statement{};  // as signed
  absl::Time recorded_at{};
  std::string outcome{};  // of an own one by the mesh; empty on the way
};

// False when there is such a version already.
absl::StatusOr<bool> InsertConfirmation(store::Transaction& tx, const ConfirmationRow& row);
// How an own one came out at the issuer.
absl::Status SaveConfirmationOutcome(store::Transaction& tx, std::string_view number,
                                     pb::ConfirmationWay way, int64_t version,
                                     std::string_view outcome);
// Takes those of a certificate.
absl::Status DeleteConfirmations(store::Transaction& tx, std::string_view number);
// By way and version.
absl::StatusOr<std::vector<ConfirmationRow>> ConfirmationsOf(store::ReadSession& session,
                                                             std::string_view number);

}  // namespace kp::certificate
