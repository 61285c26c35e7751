#include "mesh/tls/verifier.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/identity/reasons.h"
#include "mesh/tls/x509.h"

namespace kp::tls {
namespace {

using X509StoreCtxPtr = statement::OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free>;

// Leaf, one intermediate, anchor: more is nobody's need.
constexpr int kMaxIntermediates = 2;
constexpr size_t kMaxClaimBytes = 256;

Judgement Refuse(Judgement judgement, Refusal refusal, std::string detail) {
  judgement.refusal = refusal;
  judgement.detail = std::move(detail);
  return judgement;
}

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// Only borrows: the stack is freed, the certificates stay their owners'.
void FreeStack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using BorrowedStackPtr = statement::OpensslPtr<STACK_OF(X509), FreeStack>;

Refusal RefusalOf(int verify_error) {
  switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Refusal::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Refusal::kNotYetValid;
    case X509_V_ERR_INVALID_PURPOSE:
      return Refusal::kWrongUsage;
    default:
      return Refusal::kUntrustedChain;
  }
}

// The path from the leaf to an anchor of `trust_domain`; the last word on signatures, constraints,
// usage and dates is OpenSSL's.
Judgement JudgePath(Judgement judgement, const AnchorSet& anchors, const std::string& trust_domain,
                    X509& leaf, const std::vector<X509Ptr>& intermediates, PeerSide side,
                    absl::Time now) {
  const BorrowedStackPtr untrusted(sk_X509_new_null());
  for (const X509Ptr& certificate : intermediates) {
    sk_X509_push(untrusted.get(), certificate.get());
  }
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), anchors.StoreOf(trust_domain), &leaf, untrusted.get()) !=
          1 ||
      X509_STORE_CTX_set_default(context.get(),
                                 side == PeerSide::kClient ? "ssl_client" : "ssl_server") != 1) {
    return Refuse(std::move(judgement), Refusal::kUntrustedChain, statement::OpensslErrors());
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_depth(param, kMaxIntermediates);
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    statement::OpensslErrors();
    return Refuse(std::move(judgement), RefusalOf(error),
                  absl::StrCat(X509_verify_cert_error_string(error), " at depth ",
                               X509_STORE_CTX_get_error_depth(context.get())));
  }
  const STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context.get());
  judgement.not_before = absl::InfinitePast();
  judgement.not_after = absl::InfiniteFuture();
  for (int i = 0; i < sk_X509_num(path); ++i) {
    const X509& certificate = *sk_X509_value(path, i);
    if (anchors.IsDenied(trust_domain, certificate)) {
      return Refuse(std::move(judgement), Refusal::kDenied,
                    absl::StrCat("denied certificate or key at depth ", i));
    }
    for (const absl::Status& strength :
         {CheckKeyStrength(certificate), CheckSignatureDigest(certificate)}) {
      if (!strength.ok()) {
        return Refuse(std::move(judgement), Refusal::kWeakKey,
                      absl::StrCat(Text(strength), " at depth ", i));
      }
    }
    judgement.not_before = std::max(judgement.not_before, NotBefore(certificate));
    judgement.not_after = std::min(judgement.not_after, NotAfter(certificate));
  }
  return judgement;
}

}  // namespace

Judgement JudgePeer(const AnchorSet& anchors, std::string_view leaf_pem, std::string_view chain_pem,
                    PeerSide side, absl::Time now) {
  Judgement judgement;
  const auto leaves = ParsePemCertificates(leaf_pem);
  const auto intermediates = ParsePemCertificates(chain_pem);
  if (!leaves.ok() || leaves->size() != 1 || !intermediates.ok()) {
    return Refuse(std::move(judgement), Refusal::kNoCertificate,
                  leaves.ok() && leaves->empty() ? "none was sent" : "does not parse");
  }
  X509& leaf = *leaves->front();
  judgement.leaf_fingerprint = Fingerprint(leaf);

  const auto uris = UriNames(leaf);
  if (!uris.ok()) {
    return Refuse(std::move(judgement), Refusal::kNoSpiffeId, Text(uris.status()));
  }
  if (uris->size() != 1) {
    return Refuse(std::move(judgement), uris->empty() ? Refusal::kNoSpiffeId : Refusal::kManyUris,
                  absl::StrCat(uris->size(), " URI names"));
  }
  judgement.claimed_id = uris->front().substr(0, kMaxClaimBytes);
  auto id = identity::SpiffeId::Parse(uris->front());
  if (!id.ok()) {
    const bool role = ReasonOf(id.status()) == identity::kUnknownRole;
    return Refuse(std::move(judgement), role ? Refusal::kUnknownRole : Refusal::kNoSpiffeId,
                  Text(id.status()));
  }
  if (anchors.StoreOf(id->trust_domain()) == nullptr) {
    return Refuse(std::move(judgement), Refusal::kUnknownTrustDomain, id->trust_domain());
  }
  if (anchors.IsDeniedId(id->ToString()) || anchors.IsDenied(id->trust_domain(), leaf)) {
    return Refuse(std::move(judgement), Refusal::kDenied, "denied id or leaf");
  }
  const uint32_t wanted = side == PeerSide::kClient ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
  if (const absl::Status usage = CheckLeafUsage(leaf, wanted); !usage.ok()) {
    return Refuse(std::move(judgement), Refusal::kWrongUsage, Text(usage));
  }
  judgement =
      JudgePath(std::move(judgement), anchors, id->trust_domain(), leaf, *intermediates, side, now);
  if (!judgement.refusal.has_value()) {
    judgement.id = *std::move(id);
  }
  return judgement;
}

}  // namespace kp::tls
