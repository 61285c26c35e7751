// What goes from the tables when the period of retention is over. Functions work in the caller's
// transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/store/certificates.h"

namespace kp::certificate {

// Certificates and applications in the order of application, behind `after_position`, without their
// statements.
absl::StatusOr<std::vector<CertificateRow>> CertificatesAfter(store::ReadSession& session,
                                                              int64_t after_position, int limit);

// Takes the certificate's record, its use, the answers about it and the wrong tries, if the row
// still has this revision, else CONCURRENT_CHANGE. Its number stays taken, and what it drew stays
// drawn.
absl::Status DeleteCertificate(store::Transaction& tx, const CertificateRow& row);

}  // namespace kp::certificate
