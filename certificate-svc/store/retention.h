// What goes from the tables when the period of retention is over. Functions work in the caller's
// transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/store/certificates.h"

namespace kp::certificate {

// Certificates and applications in the order of application, behind `after_position`, without their
// statements.
absl::StatusOr<std::vector<CertificateRow>> CertificatesAfter(store::ReadSession& session,
                                                              int64_t after_position, int limit);

// --- The books about others' certificates ---

// Canonical numbers of certificates that are in the books without being own ones: announced, entered,
// in transit, or asked about. In their order, behind `after`.
absl::StatusOr<std::vector<std::string>> ForeignNumbersAfter(store::ReadSession& session,
                                                             std::string_view after, int limit);
// As EventLog::TakeStatements, but for the events of the source that the number opened: what is left
// of it may still be re-exported.
absl::Status TakeStatementsOfImport(store::Transaction& tx, std::string_view register_id,
                                    std::string_view number, int64_t until);
absl::StatusOr<bool> HasOpenCase(store::ReadSession& session, std::string_view number);
// When a question about the number was last answered here.
absl::StatusOr<std::optional<absl::Time>> LastVerification(store::ReadSession& session,
                                                           std::string_view number);
// Takes closed cases about a number and technical certificates behind it.
absl::Status DeleteBooksOf(store::Transaction& tx, std::string_view number);
// Takes these, and what the books have of another entity's certificate; of the evidence what is not
// younger than `verified_until`. What statistics are made of, the source that was opened by it, and
// that the number was entered, stay.
absl::Status DeleteForeign(store::Transaction& tx, std::string_view number,
                           absl::Time verified_until);

// Takes the certificate's record, its use, its confirmations, the answers about it and the wrong
// tries, if the row still has this revision, else CONCURRENT_CHANGE. Its number stays taken, and
// what it drew stays drawn.
absl::Status DeleteCertificate(store::Transaction& tx, const CertificateRow& row);

}  // namespace kp::certificate
