// The books about other entities' certificates when their period is over.
#include "base/error.h"
#include "certificate-svc/store/confirmations.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/retention.h"
#include "kp/certificate/v1/import_book.pb.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;

// Takes rows of one table and seals that they are gone.
template <typename... Args>
absl::Status DeleteTouched(Transaction& tx, const char* table, std::string_view sql,
                           const Args&... args) {
  KP_ASSIGN_OR_RETURN(const auto keys, tx.Query<std::string>(sql, args...));
  for (const std::string& key : keys) tx.Touch(table, {key});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ForeignNumbersAfter(ReadSession& session,
                                                             std::string_view after, int limit) {
  return session.Query<std::string>(
      "SELECT number FROM (SELECT number FROM incoming UNION SELECT number FROM import_book "
      "UNION SELECT number FROM transits UNION SELECT number FROM evidence) AS known "
      "WHERE number > ? AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.number = "
      "known.number) ORDER BY number LIMIT ?",
      after, limit);
}

absl::Status TakeStatementsOfImport(Transaction& tx, std::string_view register_id,
                                    std::string_view number, int64_t until) {
  return tx
      .Execute(
          "UPDATE store_event SET statement = '' WHERE register_id = ? AND subject = ? AND "
          "sequence <= ? AND kind NOT LIKE 'SOURCE_%' AND statement <> ''",
          register_id, number, until)
      .status();
}

absl::StatusOr<bool> HasOpenCase(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto open,
                      session.QueryOne<int64_t>(
                          "SELECT COUNT(*) FROM cases WHERE number = ? AND closed = 0", number));
  return open.value_or(0) > 0;
}

absl::StatusOr<std::optional<absl::Time>> LastVerification(ReadSession& session,
                                                           std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto last,
                      session.QueryOne<std::optional<absl::Time>>(
                          "SELECT MAX(verified_at) FROM evidence WHERE number = ?", number));
  return last.value_or(std::nullopt);
}

absl::Status DeleteBooksOf(Transaction& tx, std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto entries,
                      (tx.Query<std::string, int64_t, int64_t>(
                          "DELETE FROM case_entries WHERE case_id IN "
                          "(SELECT id FROM cases WHERE number = ? AND closed = 1) "
                          "RETURNING case_id, sequence, side",
                          number)));
  for (const auto& [id, sequence, side] : entries) {
    tx.Touch("case_entries", {id, std::to_string(sequence), std::to_string(side)});
  }
  KP_RETURN_IF_ERROR(DeleteTouched(
      tx, "cases", "DELETE FROM cases WHERE number = ? AND closed = 1 RETURNING id", number));
  return DeleteTouched(tx, "technical",
                       "DELETE FROM technical WHERE number = ? RETURNING technical_number", number);
}

absl::Status DeleteForeign(Transaction& tx, std::string_view number, absl::Time verified_until) {
  KP_RETURN_IF_ERROR(DeleteBooksOf(tx, number));
  KP_RETURN_IF_ERROR(DeleteTouched(
      tx, "incoming", "DELETE FROM incoming WHERE number = ? RETURNING CAST(cursor AS TEXT)",
      number));
  KP_RETURN_IF_ERROR(DeleteTouched(
      tx, "home_uses", "DELETE FROM home_uses WHERE number = ? RETURNING number", number));
  KP_RETURN_IF_ERROR(DeleteConfirmations(tx, number));
  KP_RETURN_IF_ERROR(DeleteTouched(tx, "import_book",
                                   "DELETE FROM import_book WHERE number = ? "
                                   "RETURNING CAST(position AS TEXT)",
                                   number));
  KP_RETURN_IF_ERROR(DeleteTouched(tx, "import_versions",
                                   "DELETE FROM import_versions WHERE number = "
                                   "? RETURNING CAST(version AS TEXT)",
                                   number));
  KP_RETURN_IF_ERROR(DeleteDeadlines(tx, number, pb::IMPORT_DEADLINE_KIND_UNSPECIFIED));
  KP_RETURN_IF_ERROR(DeleteTouched(
      tx, "transits", "DELETE FROM transits WHERE number = ? RETURNING number", number));
  KP_RETURN_IF_ERROR(tx.Execute("DELETE FROM tickets WHERE evidence_id IN "
                                "(SELECT id FROM evidence WHERE number = ? AND verified_at <= ?)",
                                number, verified_until)
                         .status());
  return DeleteTouched(tx, "evidence",
                       "DELETE FROM evidence WHERE number = ? AND verified_at <= ? RETURNING id",
                       number, verified_until);
}

}  // namespace kp::certificate
