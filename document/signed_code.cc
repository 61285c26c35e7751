#include "document/signed_code.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/reasons.h"
#include "mesh/trust/reasons.h"
#include "scheme/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::document {

std::string CertificateContentType() { return statement::ContentType("certificate"); }

absl::StatusOr<SignedCode> ReadSignedCode(std::string_view text, const statement::KeyLookup& keys,
                                          const scheme::PartyDirectory& parties, absl::Time now,
                                          absl::Duration max_skew) {
  KP_ASSIGN_OR_RETURN(const std::string bytes, statement::CompactDecode(text));
  KP_ASSIGN_OR_RETURN(statement::Statement parsed, statement::Statement::Parse(bytes));
  statement::Expectation expected;
  expected.content_type = CertificateContentType();
  expected.now = now;
  expected.max_skew = max_skew;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(parsed, expected, keys));
  KP_ASSIGN_OR_RETURN(auto content,
                      statement::DecodePayload<certificate::v1::CertificateStatement>(parsed));
  KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, scheme::wire::ReadStatement(content));
  const scheme::Entity* const issuer = parties.FindIssuer(certificate.number.issuer());
  if (issuer == nullptr || issuer->code.text() != parsed.issuer()) {
    return absl::InvalidArgumentError("it is signed by another issuer than its number says");
  }
  certificate.issuing_entity = issuer->code;
  return SignedCode{std::move(parsed), std::move(content), std::move(certificate)};
}

scheme::Finding FindingOf(const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  const bool untold = reason == statement::kUnknownKey || reason == trust::kKeyNotInUse ||
                      reason == trust::kKeyCompromised || reason == trust::kKeyDenied;
  return {
      "", untold ? scheme::Severity::kRefer : scheme::Severity::kHard, "qr",
      absl::StrCat("the certificate's own signature does not hold: ", std::string(error.message())),
      reason.empty() ? scheme::reasons::kBadAnswer : reason};
}

}  // namespace kp::document
