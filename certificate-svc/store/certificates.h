// The rows of the register: certificates and applications, their numbers, and the one use of each.
// Functions work in the caller's transaction; errors are those of the store unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/store/session.h"
#include "scheme/use.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

// Somebody else changed the row in between: ABORTED. Read again and decide again.
inline constexpr char kConcurrentChange[] = "CONCURRENT_CHANGE";

struct CertificateRow {
  int64_t position = 0;  // order of application
  int64_t revision = 0;
  pb::Certificate certificate;  // with its signed statement, without its use
};

absl::StatusOr<std::optional<CertificateRow>> FindByNumber(store::ReadSession& session,
                                                           std::string_view number);
absl::StatusOr<std::optional<CertificateRow>> FindByApplication(store::ReadSession& session,
                                                                std::string_view application_id);

// Enters a new application.
absl::Status InsertCertificate(store::Transaction& tx, const pb::Certificate& certificate);

// Puts `after` in place of a row that still has `revision`, else CONCURRENT_CHANGE.
absl::Status UpdateCertificate(store::Transaction& tx, int64_t revision,
                               const pb::Certificate& after);

// Takes a number for ever; false when it was taken before.
absl::StatusOr<bool> ClaimNumber(store::Transaction& tx, std::string_view number,
                                 std::string_view application_id);

absl::StatusOr<bool> IsNumberUsed(store::ReadSession& session, std::string_view number);

// The next serial of the register's own series, from 1.
absl::StatusOr<int64_t> NextSerial(store::Transaction& tx);

struct CertificateFilter {
  std::vector<pb::CertificateState> states;  // empty: all
  std::string importing_entity;              // empty: all
  std::string exported_from{};               // YYYY-MM-DD; empty: any
  std::string exported_until{};              // not included; empty: any
  int64_t before_position = 0;               // 0: from the newest
  int limit = 50;
};
// Newest first, without their statements.
absl::StatusOr<std::vector<CertificateRow>> ListCertificates(store::ReadSession& session,
                                                             const CertificateFilter& filter);

// Exported by `exported_until` (YYYY-MM-DD) and not confirmed, by day of export and number, behind
// these two; without their statements. An empty entity matches all.
absl::StatusOr<std::vector<CertificateRow>> ListUnconfirmed(store::ReadSession& session,
                                                            std::string_view importing_entity,
                                                            std::string_view exported_until,
                                                            std::string_view after_day,
                                                            std::string_view after_number,
                                                            int limit);

// Issued or validated, not exported, and expired before that day, by expiry and number, behind
// these two; without their statements.
absl::StatusOr<std::vector<CertificateRow>> ListNotExported(store::ReadSession& session,
                                                            std::string_view expired_before,
                                                            std::string_view after_day,
                                                            std::string_view after_number,
                                                            int limit);

struct UseRow {
  scheme::Use use;  // revision 0: nothing was recorded yet
  std::string customs_partner;
};

// An empty use when nothing was recorded.
absl::StatusOr<UseRow> FindUse(store::ReadSession& session, std::string_view number);

// Stores `next` if the row still has the revision before it (next.use.revision - 1), else
// CONCURRENT_CHANGE: of two racing uses exactly one is stored.
absl::Status SaveUse(store::Transaction& tx, std::string_view number, const UseRow& next);

}  // namespace kp::certificate
