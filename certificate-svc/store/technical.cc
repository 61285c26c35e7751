#include "certificate-svc/store/technical.h"

#include "base/error.h"
#include "certificate-svc/store/certificates.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

absl::StatusOr<pb::TechnicalCertificate> ToRecord(const Bytes& bytes) {
  pb::TechnicalCertificate record;
  if (!record.ParseFromString(bytes.value)) {
    return absl::DataLossError("a technical certificate is damaged");
  }
  return record;
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
  return inserted == 1;
}

absl::Status SaveTechnicalOutcome(Transaction& tx, std::string_view technical_number,
                                  const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(auto record, FindTechnical(tx, technical_number));
  if (!record.has_value()) return absl::InternalError("an own technical certificate is missing");
  record->set_outcome(outcome);
  return tx
      .Execute("UPDATE technical SET record = ? WHERE technical_number = ?",
               Bytes{record->SerializeAsString()}, technical_number)
      .status();
}

absl::StatusOr<std::optional<pb::TechnicalCertificate>> FindTechnical(
    ReadSession& session, std::string_view technical_number) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      session.QueryOne<Bytes>("SELECT record FROM technical WHERE technical_number = ?",
                              technical_number));
  if (!found.has_value()) return std::optional<pb::TechnicalCertificate>();
  KP_ASSIGN_OR_RETURN(auto record, ToRecord(*found));
  return std::optional<pb::TechnicalCertificate>(std::move(record));
}

absl::StatusOr<std::vector<pb::TechnicalCertificate>> ListTechnical(ReadSession& session,
                                                                    const TechnicalFilter& filter) {
  const bool from_newest = filter.before_time == absl::InfiniteFuture();
  const bool by_number = !filter.number.empty() || !filter.technical_number.empty();
  const auto found = by_number ? session.Query<Bytes>(
                                     "SELECT record FROM technical WHERE technical_number = ? "
                                     "UNION SELECT record FROM technical WHERE number = ?",
                                     filter.technical_number, filter.number)
                     : from_newest ? session.Query<Bytes>(
                                         "SELECT record FROM technical "
                                         "ORDER BY recorded_at DESC, technical_number DESC LIMIT ?",
                                         filter.limit)
                                   : session.Query<Bytes>(
                                         "SELECT record FROM technical "
                                         "WHERE (recorded_at, technical_number) < (?, ?) "
                                         "ORDER BY recorded_at DESC, technical_number DESC LIMIT ?",
                                         filter.before_time, filter.before_number, filter.limit);
  KP_RETURN_IF_ERROR(found.status());
  std::vector<pb::TechnicalCertificate> records;
  for (const Bytes& record : *found) {
    KP_ASSIGN_OR_RETURN(records.emplace_back(), ToRecord(record));
  }
  return records;
}

}  // namespace kp::certificate
