#include "mesh/trust/denials.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/statement.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

// In bytes: at most 500 characters of UTF-8.
constexpr size_t kMaxReason = 2000;

absl::Status Malformed(std::string field, std::string message) {
  return FieldError({kTrustMalformed, std::move(field), std::move(message), ""});
}

absl::Status NotYours(std::string message) {
  return MakeError(absl::StatusCode::kPermissionDenied, kDenialNotYours, message);
}

absl::Status CheckSubject(const Snapshot& snapshot, const v1::Denial& denial) {
  switch (denial.subject()) {
    case v1::DENIAL_SUBJECT_CERTIFICATE:
    case v1::DENIAL_SUBJECT_SIGNING_KEY:
      if (denial.digest().size() != statement::kDigestSize) {
        return Malformed("digest", "must be 32 bytes");
      }
      return absl::OkStatus();
    case v1::DENIAL_SUBJECT_IDENTITY: {
      const auto id = identity::SpiffeId::Parse(denial.spiffe_id());
      if (!id.ok()) return Malformed("spiffe_id", std::string(id.status().message()));
      if (snapshot.OwnerOfDomain(id->trust_domain()) != denial.party()) {
        return NotYours("the identity is not of the party's trust domain");
      }
      return absl::OkStatus();
    }
    case v1::DENIAL_SUBJECT_PARTY:
      return absl::OkStatus();
    default:
      return Malformed("subject", "is required");
  }
}

}  // namespace

absl::StatusOr<DenialInForce> CheckDenial(const Snapshot& snapshot, const DenialRules& rules,
                                          const std::string& denial, absl::Time now) {
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_denial,
                      statement::Statement::Parse(denial, kMaxDenialSize));
  statement::Expectation expected;
  expected.content_type = DenialContentType();
  expected.now = now;
  expected.max_skew = kMaxSkew;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(
      signed_denial, expected,
      [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return snapshot.KeyDespiteDenials(issuer, kid, at);
      }));
  DenialInForce result;
  KP_ASSIGN_OR_RETURN(result.denial, statement::DecodePayload<v1::Denial>(signed_denial));
  result.issuer = signed_denial.issuer();
  const v1::Denial& content = result.denial;
  const bool of_another = result.issuer != content.party();
  if (of_another && result.issuer != rules.registry_party) {
    return NotYours(
        absl::StrCat("\"", result.issuer, "\" may not deny what is of \"", content.party(), "\""));
  }
  if (!snapshot.KnowsParty(content.party())) return Malformed("party", "is unknown");
  if (content.reason().empty() || content.reason().size() > kMaxReason) {
    return Malformed("reason", "is required, at most 500 characters");
  }
  KP_RETURN_IF_ERROR(CheckSubject(snapshot, content));
  // What the registry alone says about another must come to an end by itself.
  if (of_another &&
      (!content.has_expire_time() ||
       ToTime(content.expire_time()) > signed_denial.issued_at() + rules.registry_denial_life)) {
    return Malformed("expire_time", absl::StrCat("the registry's denial of another lapses within ",
                                                 absl::FormatDuration(rules.registry_denial_life)));
  }
  return result;
}

std::string DenialsDigest(const std::vector<std::string>& denials) {
  std::string digests;
  for (const std::string& denial : denials) digests += statement::Sha256(denial);
  return statement::Sha256(digests);
}

}  // namespace kp::trust
