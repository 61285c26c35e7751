#include "certificate-svc/store/cases.h"

#include "base/error.h"
#include "certificate-svc/store/shared.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

// As stored: 0 the issuing side, 1 the importing side.
int64_t Stored(scheme::Side side) { return side == scheme::Side::kIssuingEntity ? 0 : 1; }
scheme::Side SideOf(int64_t stored) {
  return stored == 0 ? scheme::Side::kIssuingEntity : scheme::Side::kImportingEntity;
}

void TouchEntry(Transaction& tx, std::string_view case_id, scheme::Side by, int64_t sequence) {
  tx.Touch("case_entries",
           {std::string(case_id), std::to_string(sequence), std::to_string(Stored(by))});
}

using Columns = std::tuple<std::string, std::string, std::string, int64_t, Bytes, std::string,
                           int64_t, int64_t, Bytes>;

absl::StatusOr<CaseRow> ToRow(const Columns& columns) {
  const auto& [id, number, partner, side, digest, reference, position, revision, record] = columns;
  CaseRow row{id, number, partner, SideOf(side), digest.value, reference, position, revision, {}};
  if (!row.shown.ParseFromString(record.value)) return absl::DataLossError("a case is damaged");
  return row;
}

#define KP_CASE_COLUMNS                                                                          \
  "SELECT id, number, partner, side, certificate_digest, reference, position, revision, record " \
  "FROM cases "

template <typename... Args>
absl::StatusOr<std::vector<CaseRow>> Select(ReadSession& session, std::string_view sql,
                                            const Args&... args) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<std::string, std::string, std::string, int64_t, Bytes,
                                     std::string, int64_t, int64_t, Bytes>(sql, args...)));
  std::vector<CaseRow> rows;
  for (const Columns& columns : found) {
    KP_ASSIGN_OR_RETURN(CaseRow row, ToRow(columns));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

absl::StatusOr<bool> InsertCase(Transaction& tx, const CaseRow& row) {
  KP_ASSIGN_OR_RETURN(const int64_t position, NextOf(tx, "case"));
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO cases (id, position, number, partner, side, certificate_digest, "
                 "reference, closed, revision, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) "
                 "ON CONFLICT (id) DO NOTHING",
                 row.id, position, row.number, row.partner, Stored(row.side),
                 Bytes{row.certificate_digest}, row.reference,
                 row.shown.state() == pb::CASE_STATE_CLOSED ? 1 : 0,
                 Bytes{row.shown.SerializeAsString()}));
  if (inserted == 1) tx.Touch("cases", {row.id});
  return inserted == 1;
}

absl::Status UpdateCase(Transaction& tx, const CaseRow& row) {
  KP_ASSIGN_OR_RETURN(const int64_t changed,
                      tx.Execute("UPDATE cases SET closed = ?, revision = ?, record = ? "
                                 "WHERE id = ? AND revision = ?",
                                 row.shown.state() == pb::CASE_STATE_CLOSED ? 1 : 0, row.revision,
                                 Bytes{row.shown.SerializeAsString()}, row.id, row.revision - 1));
  if (changed != 1) return ConcurrentChange("the case");
  tx.Touch("cases", {row.id});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CaseRow>> FindCase(ReadSession& session, std::string_view id) {
  KP_ASSIGN_OR_RETURN(std::vector<CaseRow> rows,
                      Select(session, KP_CASE_COLUMNS "WHERE id = ?", id));
  if (rows.empty()) return std::optional<CaseRow>();
  return std::optional<CaseRow>(std::move(rows.front()));
}

absl::StatusOr<std::vector<CaseRow>> ListCases(ReadSession& session, const CaseFilter& filter) {
  const int64_t before = filter.before_position == 0 ? INT64_MAX : filter.before_position;
  const int closed = filter.open_only ? 0 : 1;  // the most that may be
  if (!filter.number.empty()) {
    return Select(session,
                  KP_CASE_COLUMNS
                  "WHERE number = ? AND closed <= ? AND (? = '' OR partner = ?) AND position < ? "
                  "ORDER BY position DESC LIMIT ?",
                  filter.number, closed, filter.partner, filter.partner, before, filter.limit);
  }
  if (filter.open_only) {
    return Select(session,
                  KP_CASE_COLUMNS
                  "WHERE closed = 0 AND (? = '' OR partner = ?) AND position < ? "
                  "ORDER BY position DESC LIMIT ?",
                  filter.partner, filter.partner, before, filter.limit);
  }
  return Select(session,
                KP_CASE_COLUMNS
                "WHERE (? = '' OR partner = ?) AND position < ? "
                "ORDER BY position DESC LIMIT ?",
                filter.partner, filter.partner, before, filter.limit);
}

absl::StatusOr<std::vector<std::pair<std::string, int64_t>>> CountOpenCases(
    ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<std::string, int64_t>("SELECT partner, COUNT(*) FROM cases "
                                                           "WHERE closed = 0 GROUP BY partner")));
  std::vector<std::pair<std::string, int64_t>> counts;
  for (const auto& [partner, count] : found) counts.emplace_back(partner, count);
  return counts;
}

absl::StatusOr<std::vector<CaseRow>> OpenCases(ReadSession& session, int64_t after_position,
                                               int limit) {
  return Select(session,
                KP_CASE_COLUMNS "WHERE closed = 0 AND position > ? ORDER BY position LIMIT ?",
                after_position, limit);
}

absl::Status InsertCaseEntry(Transaction& tx, std::string_view case_id, const CaseEntryRow& entry) {
  TouchEntry(tx, case_id, entry.by, entry.sequence);
  return tx
      .Execute(
          "INSERT INTO case_entries (case_id, side, sequence, place, statement, recorded_at, "
          "outcome) VALUES (?, ?, ?, ?, ?, ?, ?)",
          case_id, Stored(entry.by), entry.sequence, entry.place, Bytes{entry.statement},
          entry.recorded_at, entry.outcome)
      .status();
}

absl::Status SaveCaseOutcome(Transaction& tx, std::string_view case_id, scheme::Side by,
                             int64_t sequence, std::string_view outcome) {
  TouchEntry(tx, case_id, by, sequence);
  return tx
      .Execute(
          "UPDATE case_entries SET outcome = ? WHERE case_id = ? AND side = ? AND sequence = ?",
          outcome, case_id, Stored(by), sequence)
      .status();
}

absl::StatusOr<std::vector<CaseEntryRow>> ReadCaseEntries(ReadSession& session,
                                                          std::string_view case_id) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, int64_t, int64_t, Bytes, absl::Time, std::string>(
          "SELECT side, sequence, place, statement, recorded_at, outcome FROM case_entries "
          "WHERE case_id = ? ORDER BY place",
          case_id)));
  std::vector<CaseEntryRow> entries;
  for (const auto& [side, sequence, place, statement, recorded_at, outcome] : found) {
    entries.push_back({SideOf(side), sequence, place, statement.value, recorded_at, outcome});
  }
  return entries;
}

}  // namespace kp::certificate
