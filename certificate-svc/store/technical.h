// Technical certificates of this entity, and those of others about its certificates. Functions work
// in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/technical.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

// How many this entity has issued.
absl::StatusOr<int64_t> CountTechnical(store::ReadSession& session);
// Takes the number behind `before`; CONCURRENT_CHANGE when somebody else took it.
absl::Status TakeTechnicalSerial(store::Transaction& tx, int64_t before);

// False when there is one with this number already.
absl::StatusOr<bool> InsertTechnical(store::Transaction& tx, const pb::TechnicalCertificate& record,
                                     absl::Time now);
// How an own one came out at the other side.
absl::Status SaveTechnicalOutcome(store::Transaction& tx, std::string_view technical_number,
                                  const std::string& outcome);

// Makes one void by this signed statement; false when it is void already.
absl::StatusOr<bool> SaveTechnicalVoid(store::Transaction& tx, std::string_view technical_number,
                                       const std::string& statement, absl::Time now);
// How the statement that makes an own one void came out at the other side.
absl::Status SaveTechnicalVoidOutcome(store::Transaction& tx, std::string_view technical_number,
                                      const std::string& outcome);

// Records are given with their void statement, time and outcome; what the statement says is left to
// the caller.

// By its own number.
absl::StatusOr<std::optional<pb::TechnicalCertificate>> FindTechnical(
    store::ReadSession& session, std::string_view technical_number);

struct TechnicalFilter {
  std::string number;            // the certificate's, or...
  std::string technical_number;  // ...its own; both empty: all
  // Behind this one in the order; the default is before everything.
  absl::Time before_time = absl::InfiniteFuture();
  std::string before_number;
  int limit = 50;
};
// Those about this certificate that are not void, oldest first.
absl::StatusOr<std::vector<pb::TechnicalCertificate>> StandingTechnical(store::ReadSession& session,
                                                                        std::string_view number);
// Newest first.
absl::StatusOr<std::vector<pb::TechnicalCertificate>> ListTechnical(store::ReadSession& session,
                                                                    const TechnicalFilter& filter);

}  // namespace kp::certificate
