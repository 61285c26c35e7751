#include "certificate-svc/store/retention.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/confirmations.h"

namespace kp::certificate {

absl::StatusOr<std::vector<CertificateRow>> CertificatesAfter(store::ReadSession& session,
                                                              int64_t after_position, int limit) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<int64_t, int64_t, store::Bytes>(
                          "SELECT position, revision, record FROM certificates "
                          "WHERE position > ? ORDER BY position LIMIT ?",
                          after_position, limit)));
  std::vector<CertificateRow> rows;
  for (const auto& [position, revision, record] : found) {
    CertificateRow& row = rows.emplace_back();
    row.position = position;
    row.revision = revision;
    if (!row.certificate.ParseFromString(record.value)) {
      return absl::DataLossError(absl::StrCat("the record at position ", position, " is damaged"));
    }
  }
  return rows;
}

absl::Status DeleteCertificate(store::Transaction& tx, const CertificateRow& row) {
  KP_ASSIGN_OR_RETURN(const int64_t deleted,
                      tx.Execute("DELETE FROM certificates "
                                 "WHERE application_id = ? AND revision = ?",
                                 row.certificate.application_id(), row.revision));
  const std::string& number = row.certificate.number();
  if (deleted != 1) return ConcurrentChange(number);
  KP_ASSIGN_OR_RETURN(
      const auto answers,
      tx.Query<std::string>("DELETE FROM answers WHERE number = ? RETURNING digest", number));
  for (const std::string& digest : answers) tx.Touch("answers", {digest});
  KP_RETURN_IF_ERROR(DeleteConfirmations(tx, number));
  KP_ASSIGN_OR_RETURN(const int64_t used, tx.Execute("DELETE FROM uses WHERE number = ?", number));
  if (used == 1) tx.Touch("uses", {number});
  return tx.Execute("DELETE FROM wrong_tries WHERE number = ?", number).status();
}

}  // namespace kp::certificate
