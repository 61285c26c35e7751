#include "certificate-svc/store/import_book.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/shared.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

std::optional<std::string> DayOrNull(const std::string& day) {
  if (day.empty()) return std::nullopt;
  return day;
}

// Columns of an ImportRow, in the order that ToRow takes.
#define KP_IMPORT_COLUMNS "position, revision, number, issuer, way, state, record"
using Columns = std::tuple<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>;

absl::StatusOr<ImportRow> ToRow(const Columns& columns) {
  const auto& [position, revision, number, issuer, way, state, record] = columns;
  ImportRow row;
  row.position = position;
  row.revision = revision;
  if (!row.entry.ParseFromString(record.value)) {
    return absl::DataLossError(absl::StrCat("the import at position ", position, " is damaged"));
  }
  row.entry.set_number(number);
  row.entry.set_issuer(issuer);
  row.entry.set_way(static_cast<pb::ImportWay>(way));
  // The issuer's word moves the column alone.
  row.entry.set_state(static_cast<pb::CertificateState>(state));
  return row;
}

absl::StatusOr<std::optional<ImportRow>> ToOptional(const std::optional<Columns>& found) {
  if (!found.has_value()) return std::optional<ImportRow>();
  KP_ASSIGN_OR_RETURN(ImportRow row, ToRow(*found));
  return std::optional<ImportRow>(std::move(row));
}

absl::Status Append(const std::vector<Columns>& found, std::vector<ImportRow>& rows) {
  for (const Columns& columns : found) {
    KP_ASSIGN_OR_RETURN(ImportRow row, ToRow(columns));
    rows.push_back(std::move(row));
  }
  return absl::OkStatus();
}

void TouchImport(Transaction& tx, int64_t position) {
  tx.Touch("import_book", {std::to_string(position)});
}

}  // namespace

absl::StatusOr<bool> ClaimBookNumber(Transaction& tx, std::string_view number,
                                     std::string_view book) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO book_numbers (number, book) VALUES (?, ?) ON CONFLICT DO NOTHING",
                 number, book));
  if (inserted == 1) tx.Touch("book_numbers", {std::string(number)});
  return inserted == 1;
}

absl::StatusOr<std::string> BookOfNumber(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto book,
      session.QueryOne<std::string>("SELECT book FROM book_numbers WHERE number = ?", number));
  return book.value_or("");
}

absl::StatusOr<bool> InsertImport(Transaction& tx, const pb::ImportEntry& entry) {
  KP_ASSIGN_OR_RETURN(const int64_t position, NextOf(tx, "import"));
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO import_book (position, number, issuer, way, state, submitted_day, "
                 "revision, record) "
                 "VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (number) DO NOTHING",
                 position, entry.number(), entry.issuer(), static_cast<int>(entry.way()),
                 static_cast<int>(entry.state()), DayOrNull(entry.submission_date()),
                 Bytes{entry.SerializeAsString()}));
  if (inserted == 1) TouchImport(tx, position);
  return inserted == 1;
}

absl::StatusOr<std::optional<ImportRow>> FindImport(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>(
          "SELECT " KP_IMPORT_COLUMNS " FROM import_book WHERE number = ?", number)));
  return ToOptional(found);
}

absl::Status UpdateImport(Transaction& tx, int64_t revision, const pb::ImportEntry& entry) {
  KP_ASSIGN_OR_RETURN(
      const auto position,
      tx.QueryOne<int64_t>(
          "UPDATE import_book SET way = ?, state = ?, submitted_day = ?, record = ?, "
          "revision = revision + 1 WHERE number = ? AND revision = ? RETURNING position",
          static_cast<int>(entry.way()), static_cast<int>(entry.state()),
          DayOrNull(entry.submission_date()), Bytes{entry.SerializeAsString()}, entry.number(),
          revision));
  if (!position.has_value()) return ConcurrentChange("the import");
  TouchImport(tx, *position);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ImportRow>> LockImport(Transaction& tx, std::string_view number) {
  // An update takes the row, on PostgreSQL too, and reads what was committed last.
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (tx.QueryOne<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>(
          "UPDATE import_book SET revision = revision + 1 WHERE number = ? "
          "RETURNING " KP_IMPORT_COLUMNS,
          number)));
  if (found.has_value()) TouchImport(tx, std::get<0>(*found));
  return ToOptional(found);
}

absl::Status SetImportState(Transaction& tx, std::string_view number, pb::CertificateState state) {
  KP_ASSIGN_OR_RETURN(
      const auto changed,
      tx.QueryOne<int64_t>(
          "UPDATE import_book SET state = ?, revision = revision + 1 "
          "WHERE number = ? AND state <> ? AND (state < 10 OR (state > 10 AND ? >= 10)) "
          "RETURNING position",
          static_cast<int>(state), number, static_cast<int>(state), static_cast<int>(state)));
  if (!changed.has_value()) return absl::OkStatus();
  TouchImport(tx, *changed);
  if (state < pb::CERTIFICATE_STATE_CONFIRMED) return absl::OkStatus();
  return DeleteDeadlines(tx, number, pb::IMPORT_DEADLINE_KIND_FAILURE_REPORT);
}

absl::Status SaveImportVersion(Transaction& tx, std::string_view number, const std::string& bytes) {
  KP_ASSIGN_OR_RETURN(const int64_t version, NextOf(tx, "import_version"));
  tx.Touch("import_versions", {std::to_string(version)});
  return tx
      .Execute("INSERT INTO import_versions (version, number, entry) VALUES (?, ?, ?)", version,
               number, Bytes{bytes})
      .status();
}

absl::StatusOr<std::vector<std::string>> ImportVersions(ReadSession& session,
                                                        std::string_view number, int limit) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      session.Query<Bytes>(
          "SELECT entry FROM import_versions WHERE number = ? ORDER BY version LIMIT ?", number,
          limit));
  std::vector<std::string> versions;
  for (const Bytes& bytes : found) versions.push_back(bytes.value);
  return versions;
}

absl::StatusOr<std::vector<ImportRow>> ListImports(ReadSession& session, const ImportQuery& query) {
  const int64_t before = query.before_position == 0 ? INT64_MAX : query.before_position;
  const int filter = query.filter;
  std::vector<ImportRow> rows;
#define KP_IMPORT_LIST(condition)                                                            \
  "SELECT " KP_IMPORT_COLUMNS " FROM import_book WHERE " condition                           \
  "position < ? AND (? = '' OR issuer = ?) AND (? <> 1 OR way = 1) AND (? <> 2 OR way > 1) " \
  "AND COALESCE(submitted_day, '') >= ? AND (? = '' OR COALESCE(submitted_day, '9') <= ?) "  \
  "ORDER BY position DESC LIMIT ?"
  if (query.states.empty()) {
    KP_ASSIGN_OR_RETURN(
        const auto found,
        (session.Query<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>(
            KP_IMPORT_LIST(""), before, query.issuer, query.issuer, filter, filter,
            query.submitted_from, query.submitted_until, query.submitted_until, query.limit)));
    KP_RETURN_IF_ERROR(Append(found, rows));
    return rows;
  }
  // Each state by its own index range; the newest `limit` of all are then among these.
  std::vector<int> states(query.states.begin(), query.states.end());
  std::ranges::sort(states);
  states.erase(std::unique(states.begin(), states.end()), states.end());
  for (const int state : states) {
    KP_ASSIGN_OR_RETURN(
        const auto found,
        (session.Query<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>(
            KP_IMPORT_LIST("state = ? AND "), state, before, query.issuer, query.issuer, filter,
            filter, query.submitted_from, query.submitted_until, query.submitted_until,
            query.limit)));
    KP_RETURN_IF_ERROR(Append(found, rows));
  }
#undef KP_IMPORT_LIST
  std::ranges::sort(rows, std::greater<>(), &ImportRow::position);
  if (rows.size() > static_cast<size_t>(query.limit)) {
    rows.resize(static_cast<size_t>(query.limit));
  }
  return rows;
}

absl::StatusOr<std::vector<ImportRow>> ImportsInState(ReadSession& session,
                                                      pb::CertificateState state,
                                                      int64_t after_position, int limit) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, int64_t, std::string, std::string, int64_t, int64_t, Bytes>(
          kImportsInStateSql, static_cast<int>(state), after_position, limit)));
  std::vector<ImportRow> rows;
  KP_RETURN_IF_ERROR(Append(found, rows));
  return rows;
}

absl::StatusOr<int64_t> NextImportCertificate(Transaction& tx) {
  return NextOf(tx, "import_certificate");
}

absl::StatusOr<bool> InsertImportCertificate(Transaction& tx, std::string_view reference,
                                             std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO import_certificates (reference, number) VALUES (?, ?) "
                 "ON CONFLICT DO NOTHING",
                 reference, number));
  if (inserted == 1) tx.Touch("import_certificates", {std::string(reference)});
  return inserted == 1;
}

absl::StatusOr<bool> InsertTransit(Transaction& tx, const pb::Transit& transit) {
  KP_ASSIGN_OR_RETURN(const int64_t inserted,
                      tx.Execute("INSERT INTO transits (number, revision, record) VALUES (?, 1, ?) "
                                 "ON CONFLICT DO NOTHING",
                                 transit.number(), Bytes{transit.SerializeAsString()}));
  if (inserted == 1) tx.Touch("transits", {transit.number()});
  return inserted == 1;
}

absl::StatusOr<std::optional<TransitRow>> FindTransit(ReadSession& session,
                                                      std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.QueryOne<int64_t, Bytes>(
                          "SELECT revision, record FROM transits WHERE number = ?", number)));
  if (!found.has_value()) return std::optional<TransitRow>();
  TransitRow row;
  row.revision = std::get<0>(*found);
  if (!row.transit.ParseFromString(std::get<1>(*found).value)) {
    return absl::DataLossError("a transit is damaged");
  }
  return std::optional<TransitRow>(std::move(row));
}

absl::Status UpdateTransit(Transaction& tx, int64_t revision, const pb::Transit& transit) {
  KP_ASSIGN_OR_RETURN(const int64_t changed,
                      tx.Execute("UPDATE transits SET record = ?, revision = revision + 1 "
                                 "WHERE number = ? AND revision = ?",
                                 Bytes{transit.SerializeAsString()}, transit.number(), revision));
  if (changed != 1) return ConcurrentChange("the transit");
  tx.Touch("transits", {transit.number()});
  return absl::OkStatus();
}

}  // namespace kp::certificate
