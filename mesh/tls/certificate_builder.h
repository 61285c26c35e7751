// Makes X.509 certificates out of a description. It builds what it is told, sound or not: the
// profile is CertificateAuthority's, and the tests describe the unsound ones.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/tls/x509.h"

namespace kp::tls {

struct CertificateSpec {
  std::string common_name;
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  absl::Time not_before;
  absl::Time not_after;
  std::string basic_constraints;   // in the words of OpenSSL's x509v3_config, as all three
  std::string key_usage;           // empty leaves the extension out
  std::string extended_key_usage;  // empty leaves the extension out
  const EVP_MD* digest = nullptr;  // null is SHA-256
};

// A new key on P-256.
absl::StatusOr<EvpPkeyPtr> GenerateKey();

// A version 3 certificate for `subject_key`, signed by `issuer_key`; self-issued when `issuer` is
// null. INVALID_ARGUMENT for names or dates that cannot be encoded.
absl::StatusOr<X509Ptr> BuildCertificate(const CertificateSpec& spec, EVP_PKEY& subject_key,
                                         const X509* issuer, EVP_PKEY& issuer_key);

}  // namespace kp::tls
