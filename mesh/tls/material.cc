#include "mesh/tls/material.h"

#include <openssl/x509v3.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/tls/x509.h"

namespace kp::tls {
namespace {

absl::Status CheckDates(const X509& certificate, absl::Time now) {
  if (now < NotBefore(certificate)) {
    return absl::FailedPreconditionError(
        absl::StrCat("a certificate is not valid before ",
                     absl::FormatTime(NotBefore(certificate), absl::UTCTimeZone())));
  }
  if (now >= NotAfter(certificate)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "a certificate expired at ", absl::FormatTime(NotAfter(certificate), absl::UTCTimeZone())));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Material> CheckMaterial(std::string certificate_pem, std::string key_pem,
                                       absl::Time now) {
  KP_ASSIGN_OR_RETURN(const std::vector<X509Ptr> chain, ParsePemCertificates(certificate_pem));
  if (chain.empty()) {
    return absl::InvalidArgumentError("there is no certificate");
  }
  KP_ASSIGN_OR_RETURN(const EvpPkeyPtr key, ParsePemPrivateKey(key_pem));
  X509& leaf = *chain.front();
  if (X509_check_private_key(&leaf, key.get()) != 1) {
    statement::OpensslErrors();
    return absl::InvalidArgumentError("the key is not the leaf's");
  }
  // Which of the two sides is needed depends on the owner (a person's leaf may be for clients
  // only), and the peers enforce it; a leaf for neither is of no use to anybody.
  KP_RETURN_IF_ERROR(CheckLeafUsage(leaf, XKU_SSL_SERVER | XKU_SSL_CLIENT));
  KP_ASSIGN_OR_RETURN(const std::vector<std::string> uris, UriNames(leaf));
  if (uris.size() != 1) {
    return absl::InvalidArgumentError("the leaf must have exactly one URI name");
  }
  KP_ASSIGN_OR_RETURN(const identity::SpiffeId id, identity::SpiffeId::Parse(uris.front()));
  for (size_t i = 0; i < chain.size(); ++i) {
    X509& certificate = *chain[i];
    KP_RETURN_IF_ERROR(CheckDates(certificate, now));
    KP_RETURN_IF_ERROR(CheckKeyStrength(certificate));
    KP_RETURN_IF_ERROR(CheckSignatureDigest(certificate));
    if (i + 1 < chain.size() &&
        X509_verify(&certificate, X509_get0_pubkey(chain[i + 1].get())) != 1) {
      statement::OpensslErrors();
      return absl::InvalidArgumentError("a certificate is not signed by the next one");
    }
  }
  const std::string fingerprint = Fingerprint(leaf);
  const absl::Time not_after = NotAfter(leaf);
  return Material{std::move(certificate_pem), std::move(key_pem), id, fingerprint, not_after};
}

}  // namespace kp::tls
