// A certificate as a printed document (docs/document.md).
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"

namespace kp::document {

struct PrintOptions {
  // BCP 47 tag of the further language; "en": English alone; empty: the certificate's (F4).
  std::string language;
  // Names of authorities by id: the certificate has ids, F9 and F15 ask for names. An authority
  // that is not here is printed by its id.
  std::map<std::string, std::string> authorities;
};

struct PrintedCertificate {
  std::string pdf;
  std::string language;  // tag of the further language; empty: English alone
  int pages = 0;
  int code_version = 0;  // of the QR code
  double code_mm = 0;    // of its side, with the quiet zone
};

// What the issuer signed stands as it was signed; addresses, which are not signed, as they were
// printed first. Endorsed errors stand below, and what became of the certificate at the head.
//
// FAILED_PRECONDITION, NOT_VALIDATED. INVALID_ARGUMENT: LANGUAGE_UNKNOWN, GLYPH_MISSING,
// RECORD_CONTRADICTS_STATEMENT. Whether the statement's signature holds is for its readers.
absl::StatusOr<PrintedCertificate> PrintCertificate(const certificate::v1::Certificate& record,
                                                    const PrintOptions& options);

}  // namespace kp::document
