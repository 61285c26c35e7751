// A certificate authority for one trust domain: what kpctl's pki command and the tests issue with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/x509.h"

namespace kp::tls {

struct LeafOptions {
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  absl::Time not_before;
  absl::Time not_after;
  bool server_auth = true;
  bool client_auth = true;
};

struct IssuedLeaf {
  std::string certificate_pem;
  std::string key_pem;  // PKCS#8, unencrypted
};

// P-256, ECDSA with SHA-256, random 128-bit serials, pathlen 0. The trust domain stands in the CA
// certificate as its URI name (spiffe://<domain>). Movable; const methods are thread-safe.
class CertificateAuthority final {
 public:
  // A new key and its self-signed certificate. INVALID_ARGUMENT for a bad domain or dates.
  static absl::StatusOr<CertificateAuthority> Create(std::string_view trust_domain,
                                                     absl::Time not_before, absl::Time not_after);
  // INVALID_ARGUMENT when the two do not belong together or are no authority of this kind.
  static absl::StatusOr<CertificateAuthority> Load(std::string_view certificate_pem,
                                                   std::string_view key_pem);

  const std::string& trust_domain() const { return trust_domain_; }
  std::string certificate_pem() const;
  std::string key_pem() const;
  const X509& certificate() const { return *certificate_; }
  EVP_PKEY& key() const { return *key_; }

  // A leaf with a new key: RFC 5280 and SPIFFE X509-SVID profile (one URI name, digitalSignature,
  // extended usage as asked, not a CA). INVALID_ARGUMENT for another authority's id, no usage,
  // dates in the wrong order or past the CA's own, or a bad name.
  absl::StatusOr<IssuedLeaf> IssueLeaf(const identity::SpiffeId& id,
                                       const LeafOptions& options) const;

 private:
  CertificateAuthority() = default;

  std::string trust_domain_;
  X509Ptr certificate_;
  EvpPkeyPtr key_;
};

// Writes tls.crt, tls.key (mode 0600) and ca.crt into `directory`, made if absent; each file is
// replaced by rename.
[[nodiscard]] absl::Status WriteIdentity(const std::string& directory, const IssuedLeaf& leaf,
                                         std::string_view ca_pem);

}  // namespace kp::tls
