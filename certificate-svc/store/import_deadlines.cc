// The deadlines of the import book, as rows of their own.
#include "base/error.h"
#include "certificate-svc/store/import_book.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;

using Columns =
    std::tuple<std::string, std::string, int64_t, std::string, std::string, std::string>;
#define KP_DEADLINE_COLUMNS "number, issuer, kind, since_day, due_day, source"

void TouchDeadline(Transaction& tx, int64_t kind, std::string_view number) {
  tx.Touch("import_deadlines", {std::to_string(kind), std::string(number)});
}

std::vector<pb::ImportDeadline> ToDeadlines(const std::vector<Columns>& rows) {
  std::vector<pb::ImportDeadline> deadlines;
  for (const auto& [number, issuer, kind, since, due, source] : rows) {
    pb::ImportDeadline& deadline = deadlines.emplace_back();
    deadline.set_number(number);
    deadline.set_issuer(issuer);
    deadline.set_kind(static_cast<pb::ImportDeadlineKind>(kind));
    deadline.set_since_date(since);
    deadline.set_due_date(due);
    deadline.set_source(source);
  }
  return deadlines;
}

}  // namespace

absl::Status DeleteDeadlines(Transaction& tx, std::string_view number,
                             pb::ImportDeadlineKind except) {
  KP_ASSIGN_OR_RETURN(
      const auto kinds,
      tx.Query<int64_t>("DELETE FROM import_deadlines WHERE number = ? AND kind <> ? RETURNING kind",
                        number, static_cast<int>(except)));
  for (const int64_t kind : kinds) TouchDeadline(tx, kind, number);
  return absl::OkStatus();
}

absl::Status ReplaceDeadlines(Transaction& tx, std::string_view number,
                              const std::vector<pb::ImportDeadline>& deadlines) {
  KP_RETURN_IF_ERROR(DeleteDeadlines(tx, number, pb::IMPORT_DEADLINE_KIND_UNSPECIFIED));
  for (const pb::ImportDeadline& deadline : deadlines) {
    TouchDeadline(tx, deadline.kind(), number);
    KP_RETURN_IF_ERROR(
        tx.Execute(
              "INSERT INTO import_deadlines (number, issuer, kind, since_day, due_day, source) "
              "VALUES (?, ?, ?, ?, ?, ?)",
              number, deadline.issuer(), static_cast<int>(deadline.kind()), deadline.since_date(),
              deadline.due_date(), deadline.source())
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<pb::ImportDeadline>> DeadlinesOfImport(ReadSession& session,
                                                                  std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto rows,
      (session.Query<std::string, std::string, int64_t, std::string, std::string, std::string>(
          "SELECT " KP_DEADLINE_COLUMNS
          " FROM import_deadlines WHERE number = ? ORDER BY due_day, kind",
          number)));
  return ToDeadlines(rows);
}

absl::StatusOr<std::vector<pb::ImportDeadline>> ListDeadlines(ReadSession& session,
                                                              const DeadlineQuery& query) {
  KP_ASSIGN_OR_RETURN(
      const auto rows,
      (session.Query<std::string, std::string, int64_t, std::string, std::string, std::string>(
          "SELECT " KP_DEADLINE_COLUMNS
          " FROM import_deadlines WHERE due_day < ? AND (? = '' OR issuer = ?) "
          "AND (? = 0 OR kind = ?) AND (issuer, due_day, number, kind) > (?, ?, ?, ?) "
          "ORDER BY issuer, due_day, number, kind LIMIT ?",
          query.due_before, query.issuer, query.issuer, static_cast<int>(query.kind),
          static_cast<int>(query.kind), query.after_issuer, query.after_due, query.after_number,
          query.after_kind, query.limit)));
  return ToDeadlines(rows);
}

absl::StatusOr<std::vector<pb::ImportDeadline>> DeadlinesOfKind(ReadSession& session,
                                                                pb::ImportDeadlineKind kind,
                                                                std::string_view after_due,
                                                                std::string_view after_number,
                                                                int limit) {
  KP_ASSIGN_OR_RETURN(
      const auto rows,
      (session.Query<std::string, std::string, int64_t, std::string, std::string, std::string>(
          kDeadlinesOfKindSql, static_cast<int>(kind), after_due, after_number, limit)));
  return ToDeadlines(rows);
}

absl::StatusOr<std::vector<pb::OverduePartner>> CountDeadlines(ReadSession& session,
                                                               const DeadlineQuery& query) {
  KP_ASSIGN_OR_RETURN(
      const auto rows,
      (session.Query<std::string, int64_t, int64_t, std::string>(
          "SELECT issuer, kind, COUNT(*), MIN(due_day) FROM import_deadlines WHERE due_day < ? "
          "AND (? = '' OR issuer = ?) AND (? = 0 OR kind = ?) "
          "GROUP BY issuer, kind ORDER BY issuer, kind",
          query.due_before, query.issuer, query.issuer, static_cast<int>(query.kind),
          static_cast<int>(query.kind))));
  std::vector<pb::OverduePartner> partners;
  for (const auto& [issuer, kind, count, oldest] : rows) {
    pb::OverduePartner& partner = partners.emplace_back();
    partner.set_issuer(issuer);
    partner.set_kind(static_cast<pb::ImportDeadlineKind>(kind));
    partner.set_count(count);
    partner.set_oldest_due_date(oldest);
  }
  return partners;
}

}  // namespace kp::certificate
