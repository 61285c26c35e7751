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
#include "certificate-svc/store/shared.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/store/database.h"
#include "mesh/store/session.h"
#include "scheme/use.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

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
  // Behind this one, the last of the page before: by position, or with days by these two.
  int64_t before_position = 0;  // 0: from the newest
  std::string before_day{};
  std::string before_number{};
  int limit = 50;

  bool by_day() const { return !exported_from.empty() || !exported_until.empty(); }
};
// Newest first, without their statements: with a day of export by that day and by number, which is
// how an index finds them, else by position.
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
// Fills in the day of expiry by which ListNotExported finds them, in rows that were written before
// schema step 9 and not changed since. Done at every start, before anybody asks: once there is
// nothing to fill it reads one index. Right beside other replicas.
absl::Status FillExpiryDays(store::Database& database);

// Applications that wait for their number, by position behind `after_position`.
absl::StatusOr<std::vector<CertificateRow>> ListApplied(store::ReadSession& session,
                                                        int64_t after_position, int limit);

// In `state`, ISSUED or VALIDATED, and expiring on `expires_from` or later, by expiry and number,
// behind these two; without their statements.
absl::StatusOr<std::vector<CertificateRow>> ListOpen(store::ReadSession& session,
                                                     pb::CertificateState state,
                                                     std::string_view expires_from,
                                                     std::string_view after_day,
                                                     std::string_view after_number, int limit);

// The SQL of these lists, for the test that asks the database by which index it finds them.
// `by_state`: of one state.
std::string CertificateListSql(const CertificateFilter& filter, bool by_state);
inline constexpr char kAppliedSql[] =
    "SELECT position, revision, record FROM certificates WHERE state = ? AND position > ? "
    "ORDER BY position LIMIT ?";
// The first condition is that of the index, word by word; the second begins in it.
inline constexpr char kOpenSql[] =
    "SELECT position, revision, record FROM certificates WHERE state IN (4, 5) AND state = ? "
    "AND expiry_day >= ? AND (expiry_day, number) > (?, ?) ORDER BY expiry_day, number LIMIT ?";
inline constexpr char kNotExportedSql[] =
    "SELECT position, revision, record FROM certificates WHERE state IN (4, 5) AND state = ? "
    "AND expiry_day < ? AND (expiry_day, number) > (?, ?) ORDER BY expiry_day, number LIMIT ?";
inline constexpr char kUnconfirmedSql[] =
    "SELECT position, revision, record FROM certificates WHERE state IN (6, 7, 8, 9) "
    "AND state = ? AND (? = '' OR importing_entity || '' = ?) AND export_day <= ? "
    "AND (export_day, number) > (?, ?) ORDER BY export_day, number LIMIT ?";

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
