#include "certificate-svc/store/technical.h"

#include "base/error.h"
#include "certificate-svc/store/certificates.h"
#include "mesh/trust/snapshot.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

// Columns of a record, in the order that ToRecord takes.
#define KP_TECHNICAL_COLUMNS "record, void_statement, voided_at, void_outcome "
using Columns = std::tuple<Bytes, std::optional<Bytes>, std::optional<absl::Time>, std::string>;

absl::StatusOr<pb::TechnicalCertificate> ToRecord(const Columns& columns) {
  const auto& [bytes, void_statement, voided_at, void_outcome] = columns;
  pb::TechnicalCertificate record;
  if (!record.ParseFromString(bytes.value)) {
    return absl::DataLossError("a technical certificate is damaged");
  }
  if (void_statement.has_value()) record.set_void_statement(void_statement->value);
  if (voided_at.has_value()) *record.mutable_void_time() = trust::ToTimestamp(*voided_at);
  record.set_void_outcome(void_outcome);
  return record;
}

template <typename... Args>
absl::StatusOr<std::vector<pb::TechnicalCertificate>> Select(ReadSession& session,
                                                             std::string_view sql,
                                                             const Args&... args) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<Bytes, std::optional<Bytes>, std::optional<absl::Time>,
                                     std::string>(sql, args...)));
  std::vector<pb::TechnicalCertificate> records;
  for (const Columns& columns : found) {
    KP_ASSIGN_OR_RETURN(records.emplace_back(), ToRecord(columns));
  }
  return records;
}

}  // namespace

absl::StatusOr<int64_t> CountTechnical(ReadSession& session) {
  KP_ASSIGN_OR_RETURN(const auto value, session.QueryOne<int64_t>(
                                            "SELECT value FROM counters WHERE name = 'technical'"));
  if (!value.has_value()) return absl::InternalError("a counter is missing");
  return *value;
}

absl::Status TakeTechnicalSerial(Transaction& tx, int64_t before) {
  KP_ASSIGN_OR_RETURN(
      const int64_t changed,
      tx.Execute("UPDATE counters SET value = ? WHERE name = 'technical' AND value = ?", before + 1,
                 before));
  if (changed == 1) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                   "somebody else took the number meanwhile");
}

absl::StatusOr<bool> InsertTechnical(Transaction& tx, const pb::TechnicalCertificate& record,
                                     absl::Time now) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO technical (technical_number, number, recorded_at, record) "
                 "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                 record.content().technical_number(), record.content().number(), now,
                 Bytes{record.SerializeAsString()}));
  if (inserted == 1) tx.Touch("technical", {record.content().technical_number()});
  return inserted == 1;
}

absl::Status SaveTechnicalOutcome(Transaction& tx, std::string_view technical_number,
                                  const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(auto record, FindTechnical(tx, technical_number));
  if (!record.has_value()) return absl::InternalError("an own technical certificate is missing");
  record->set_outcome(outcome);
  // What stands in columns of its own.
  record->clear_void_statement();
  record->clear_void_time();
  record->clear_void_outcome();
  tx.Touch("technical", {std::string(technical_number)});
  return tx
      .Execute("UPDATE technical SET record = ? WHERE technical_number = ?",
               Bytes{record->SerializeAsString()}, technical_number)
      .status();
}

absl::StatusOr<bool> SaveTechnicalVoid(Transaction& tx, std::string_view technical_number,
                                       const std::string& statement, absl::Time now) {
  KP_ASSIGN_OR_RETURN(const int64_t changed,
                      tx.Execute("UPDATE technical SET void_statement = ?, voided_at = ? "
                                 "WHERE technical_number = ? AND void_statement IS NULL",
                                 Bytes{statement}, now, technical_number));
  if (changed == 1) tx.Touch("technical", {std::string(technical_number)});
  return changed == 1;
}

absl::Status SaveTechnicalVoidOutcome(Transaction& tx, std::string_view technical_number,
                                      const std::string& outcome) {
  tx.Touch("technical", {std::string(technical_number)});
  return tx
      .Execute("UPDATE technical SET void_outcome = ? WHERE technical_number = ?", outcome,
               technical_number)
      .status();
}

absl::StatusOr<std::optional<pb::TechnicalCertificate>> FindTechnical(
    ReadSession& session, std::string_view technical_number) {
  KP_ASSIGN_OR_RETURN(auto found, Select(session,
                                         "SELECT " KP_TECHNICAL_COLUMNS
                                         "FROM technical WHERE technical_number = ?",
                                         technical_number));
  if (found.empty()) return std::optional<pb::TechnicalCertificate>();
  return std::optional<pb::TechnicalCertificate>(std::move(found.front()));
}

absl::StatusOr<std::vector<pb::TechnicalCertificate>> StandingTechnical(ReadSession& session,
                                                                        std::string_view number) {
  return Select(session,
                "SELECT " KP_TECHNICAL_COLUMNS
                "FROM technical WHERE number = ? AND void_statement IS NULL "
                "ORDER BY recorded_at, technical_number",
                number);
}

absl::StatusOr<std::vector<pb::TechnicalCertificate>> ListTechnical(ReadSession& session,
                                                                    const TechnicalFilter& filter) {
  const bool from_newest = filter.before_time == absl::InfiniteFuture();
  // All that there is lies before these.
  const absl::Time time = from_newest ? absl::FromUnixSeconds(253402300800) : filter.before_time;
  if (!filter.number.empty() || !filter.technical_number.empty()) {
    return Select(session,
                  "SELECT " KP_TECHNICAL_COLUMNS
                  "FROM technical WHERE (technical_number = ? OR number = ?) AND "
                  "(recorded_at, technical_number) < (?, ?) "
                  "ORDER BY recorded_at DESC, technical_number DESC LIMIT ?",
                  filter.technical_number, filter.number, time, filter.before_number, filter.limit);
  }
  return Select(session,
                "SELECT " KP_TECHNICAL_COLUMNS
                "FROM technical WHERE (recorded_at, technical_number) < (?, ?) "
                "ORDER BY recorded_at DESC, technical_number DESC LIMIT ?",
                time, filter.before_number, filter.limit);
}

}  // namespace kp::certificate
