// Whether a certificate fits the QR code that is printed on it (docs/document.md).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "scheme/certificate.h"

namespace kp::certificate {

// The signed certificate does not fit a QR code; the field that takes most of it is named:
// INVALID_ARGUMENT. Shorten it, or make two certificates.
inline constexpr char kCertificateTooLarge[] = "CERTIFICATE_TOO_LARGE";

// At issue, when nothing is signed yet: the most that validation can sign of `record`. What
// validation adds is there in its longest form: the longest name of an authority that validates, an
// officer with 64 characters of name and person, the measures of `attestation` with every
// countersignature, all rules.
absl::Status CheckWillFitCode(const Environment& env, const SchemeView& view,
                              const v1::Certificate& record,
                              const scheme::AreaAttestation& attestation);

// At validation: the statement as signed. It can fail where seals are recorded at validation.
absl::Status CheckFitsCode(const Environment& env, const v1::Certificate& record,
                           const std::string& statement);

}  // namespace kp::certificate
