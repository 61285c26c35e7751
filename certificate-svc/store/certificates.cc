#include "certificate-svc/store/certificates.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

absl::StatusOr<CertificateRow> ToRow(int64_t position, int64_t revision, const Bytes& record,
                                     const std::optional<Bytes>& statement) {
  CertificateRow row;
  row.position = position;
  row.revision = revision;
  if (!row.certificate.ParseFromString(record.value)) {
    return absl::DataLossError(absl::StrCat("the record at position ", position, " is damaged"));
  }
  if (statement.has_value()) row.certificate.set_statement(statement->value);
  return row;
}

// The record without what other columns and tables hold.
Bytes RecordOf(const pb::Certificate& certificate) {
  pb::Certificate record = certificate;
  record.clear_statement();
  record.clear_use();
  return {record.SerializeAsString()};
}

std::optional<Bytes> StatementOf(const pb::Certificate& certificate) {
  if (certificate.statement().empty()) return std::nullopt;
  return Bytes{certificate.statement()};
}

std::optional<std::string> NumberOf(const pb::Certificate& certificate) {
  if (certificate.number().empty()) return std::nullopt;
  return certificate.number();
}

std::optional<std::string> ExportDayOf(const pb::Certificate& certificate) {
  if (certificate.export_date().empty()) return std::nullopt;
  return certificate.export_date();
}

std::optional<std::string> ValidationDayOf(const pb::Certificate& certificate) {
  if (certificate.validation_date().empty()) return std::nullopt;
  return certificate.validation_date();
}

std::optional<std::string> ExpiryDayOf(const pb::Certificate& certificate) {
  if (certificate.expiry_date().empty()) return std::nullopt;
  return certificate.expiry_date();
}

absl::StatusOr<std::optional<CertificateRow>> FindOne(ReadSession& session, std::string_view sql,
                                                      std::string_view key) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.QueryOne<int64_t, int64_t, Bytes, std::optional<Bytes>>(sql, key)));
  if (!found.has_value()) return std::optional<CertificateRow>();
  const auto& [position, revision, record, statement] = *found;
  KP_ASSIGN_OR_RETURN(CertificateRow row, ToRow(position, revision, record, statement));
  return std::optional<CertificateRow>(std::move(row));
}

}  // namespace

absl::StatusOr<std::optional<CertificateRow>> FindByNumber(ReadSession& session,
                                                           std::string_view number) {
  return FindOne(session,
                 "SELECT position, revision, record, statement FROM certificates "
                 "WHERE number = ?",
                 number);
}

absl::StatusOr<std::optional<CertificateRow>> FindByApplication(ReadSession& session,
                                                                std::string_view application_id) {
  return FindOne(session,
                 "SELECT position, revision, record, statement FROM certificates "
                 "WHERE application_id = ?",
                 application_id);
}

absl::Status InsertCertificate(Transaction& tx, const pb::Certificate& certificate) {
  KP_ASSIGN_OR_RETURN(const int64_t position, NextOf(tx, "position"));
  return tx
      .Execute(
          "INSERT INTO certificates (position, application_id, number, state, importing_entity, "
          "revision, record, statement) VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
          position, certificate.application_id(), NumberOf(certificate),
          static_cast<int>(certificate.state()), certificate.importing_entity(),
          RecordOf(certificate), StatementOf(certificate))
      .status();
}

absl::Status UpdateCertificate(Transaction& tx, int64_t revision, const pb::Certificate& after) {
  KP_ASSIGN_OR_RETURN(
      const int64_t changed,
      tx.Execute("UPDATE certificates SET number = ?, state = ?, importing_entity = ?, "
                 "revision = revision + 1, record = ?, statement = ?, export_day = ?, "
                 "validation_day = ?, expiry_day = ? "
                 "WHERE application_id = ? AND revision = ?",
                 NumberOf(after), static_cast<int>(after.state()), after.importing_entity(),
                 RecordOf(after), StatementOf(after), ExportDayOf(after), ValidationDayOf(after),
                 ExpiryDayOf(after), after.application_id(), revision));
  return changed == 1 ? absl::OkStatus() : ConcurrentChange("the certificate");
}

absl::StatusOr<bool> ClaimNumber(Transaction& tx, std::string_view number,
                                 std::string_view application_id) {
  KP_ASSIGN_OR_RETURN(const int64_t inserted,
                      tx.Execute("INSERT INTO numbers (number, application_id) VALUES (?, ?) "
                                 "ON CONFLICT DO NOTHING",
                                 number, application_id));
  return inserted == 1;
}

absl::StatusOr<bool> IsNumberUsed(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(const auto found, session.QueryOne<std::string>(
                                            "SELECT number FROM numbers WHERE number = ?", number));
  return found.has_value();
}

absl::StatusOr<int64_t> NextSerial(Transaction& tx) { return NextOf(tx, "serial"); }

absl::Status FillExpiryDays(store::Database& database) {
  constexpr int64_t kAtOnce = 500;
  int64_t after = 0;
  bool more = true;
  while (more) {
    int64_t next = after;
    KP_RETURN_IF_ERROR(database.Write([&](Transaction& tx) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto found,
                          (tx.Query<int64_t, int64_t, Bytes>(
                              "SELECT position, revision, record FROM certificates "
                              "WHERE state IN (4, 5) AND expiry_day IS NULL AND position > ? "
                              "ORDER BY position LIMIT ?",
                              after, kAtOnce)));
      more = static_cast<int64_t>(found.size()) == kAtOnce;
      for (const auto& [position, revision, record] : found) {
        next = position;
        const auto row = ToRow(position, revision, record, std::nullopt);
        if (!row.ok() || row->certificate.expiry_date().empty()) continue;  // fsck names those
        KP_RETURN_IF_ERROR(tx.Execute("UPDATE certificates SET expiry_day = ? WHERE position = ? "
                                      "AND revision = ? AND expiry_day IS NULL",
                                      row->certificate.expiry_date(), position, revision)
                               .status());
      }
      return absl::OkStatus();
    }));
    after = next;
  }
  return absl::OkStatus();
}

absl::StatusOr<UseRow> FindUse(ReadSession& session, std::string_view number) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<std::string, std::string, bool, absl::Time, int64_t, absl::Time, absl::Time,
                        int64_t, std::string, int64_t>(
          "SELECT importing_entity, reference, confirmed, confirmed_at, customs_leg, customs_at, "
          "reserved_until, customs_version, customs_partner, revision FROM uses WHERE number = ?",
          number)));
  UseRow row;
  if (!found.has_value()) return row;
  const auto& [entity, reference, confirmed, confirmed_at, leg, customs_at, until, version, partner,
               revision] = *found;
  KP_ASSIGN_OR_RETURN(row.use.importing_entity, scheme::EntityCode::Parse(entity));
  if (leg < 0 || leg > static_cast<int64_t>(scheme::CustomsLeg::kReleased)) {
    return absl::DataLossError("a use has a customs leg that this version does not know");
  }
  row.use.reference = reference;
  row.use.confirmed = confirmed;
  row.use.confirmed_time = confirmed_at;
  row.use.customs = static_cast<scheme::CustomsLeg>(leg);
  row.use.customs_time = customs_at;
  row.use.reserved_until = until;
  row.use.customs_version = version;
  row.use.revision = revision;
  row.customs_partner = partner;
  return row;
}

absl::Status SaveUse(Transaction& tx, std::string_view number, const UseRow& next) {
  const scheme::Use& use = next.use;
  absl::StatusOr<int64_t> changed = int64_t{0};
  if (use.revision == 1) {
    changed = tx.Execute(
        "INSERT INTO uses (number, importing_entity, reference, confirmed, confirmed_at, "
        "customs_leg, customs_at, reserved_until, customs_version, customs_partner, revision) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING",
        number, use.importing_entity.text(), use.reference, use.confirmed ? 1 : 0,
        use.confirmed_time, static_cast<int>(use.customs), use.customs_time, use.reserved_until,
        use.customs_version, next.customs_partner);
  } else {
    changed = tx.Execute(
        "UPDATE uses SET importing_entity = ?, reference = ?, confirmed = ?, confirmed_at = ?, "
        "customs_leg = ?, customs_at = ?, reserved_until = ?, customs_version = ?, "
        "customs_partner = ?, revision = ? WHERE number = ? AND revision = ?",
        use.importing_entity.text(), use.reference, use.confirmed ? 1 : 0, use.confirmed_time,
        static_cast<int>(use.customs), use.customs_time, use.reserved_until, use.customs_version,
        next.customs_partner, use.revision, number, use.revision - 1);
  }
  KP_RETURN_IF_ERROR(changed.status());
  if (*changed != 1) return ConcurrentChange("the use");
  tx.Touch("uses", {std::string(number)});
  return absl::OkStatus();
}

}  // namespace kp::certificate
