// The signed code of a certificate ("KP1:..."): read and proven with trust documents alone.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/statement.h"
#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/party_directory.h"

namespace kp::document {

std::string CertificateContentType();

struct SignedCode {
  statement::Statement statement;
  certificate::v1::CertificateStatement content;
  scheme::Certificate certificate;  // the content in the scheme's types, with its issuing entity
};

// Whether the text is the signed statement of a certificate by the issuer of its number, with a key
// that counted at the time of signing. `max_skew`: how far the issuer's clock may be ahead of
// `now`. Errors carry the reasons of mesh/statement and mesh/trust.
absl::StatusOr<SignedCode> ReadSignedCode(std::string_view text, const statement::KeyLookup& keys,
                                          const scheme::PartyDirectory& parties, absl::Time now,
                                          absl::Duration max_skew);

// What that error says about the certificate. REFER by a key that is not known here or no longer
// counts: nothing can be told. HARD otherwise: the code is forged or damaged.
scheme::Finding FindingOf(const absl::Status& error);

}  // namespace kp::document
