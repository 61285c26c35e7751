// Whom we believe about whom: for each trust domain, the CA certificates that may vouch for its
// identities, and the denials that override them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "mesh/tls/x509.h"

namespace kp::tls {

// One CA certificate, believed for one trust domain only.
struct Anchor {
  std::string trust_domain;
  std::string der;
};

// A trust domain, and a fingerprint (SHA-256, lower-case hex) that is denied within it alone:
// whoever may deny in his own domain could otherwise shut out another by naming that one's
// certificate.
using DeniedFingerprint = std::pair<std::string, std::string>;

// What is refused whatever its chain says.
struct Denials {
  std::set<DeniedFingerprint> certificates;  // leaf or CA, over its DER
  std::set<DeniedFingerprint> keys;          // over the SubjectPublicKeyInfo
  std::set<std::string, std::less<>> spiffe_ids;
};

// Immutable and prepared for use: built once for each change of trust, shared by all handshakes.
// Thread-safe.
class AnchorSet final {
 public:
  // Each anchor must be a self-signed CA certificate of sufficient strength, and one key may not
  // vouch for two trust domains: it could impersonate either. Its dates are checked when it is
  // used, not here. INVALID_ARGUMENT names the faulty anchor.
  static absl::StatusOr<std::shared_ptr<const AnchorSet>> Create(const std::vector<Anchor>& anchors,
                                                                 Denials denials = {});

  AnchorSet(const AnchorSet&) = delete;
  AnchorSet& operator=(const AnchorSet&) = delete;

  // Differs between any two sets of this process: a cache key.
  uint64_t serial() const { return serial_; }

  // The store that holds the anchors of that domain and nothing else; null for an unknown domain.
  // Borrowed; fit for concurrent verification.
  X509_STORE* StoreOf(std::string_view trust_domain) const;

  std::vector<std::string> TrustDomains() const;

  // Certificate fingerprints of a domain's anchors; empty for an unknown domain.
  std::vector<std::string> FingerprintsOf(std::string_view trust_domain) const;

  // Whether it is denied on the path of an identity of that domain.
  bool IsDenied(std::string_view trust_domain, const X509& certificate) const;
  bool IsDeniedId(std::string_view spiffe_id) const;

 private:
  struct Domain {
    X509StorePtr store;
    std::vector<std::string> fingerprints;
  };

  AnchorSet() = default;

  uint64_t serial_ = 0;
  std::map<std::string, Domain, std::less<>> domains_;
  Denials denials_;
};

// Where the verifier finds what is believed now. Thread-safe; must not block; never null.
class AnchorSource {
 public:
  virtual ~AnchorSource() = default;
  virtual std::shared_ptr<const AnchorSet> Current() const = 0;
};

// Holds one set until the next is put in.
class AnchorHolder final : public AnchorSource {
 public:
  // `initial` must not be null.
  explicit AnchorHolder(std::shared_ptr<const AnchorSet> initial);

  std::shared_ptr<const AnchorSet> Current() const override;
  void Set(std::shared_ptr<const AnchorSet> next);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const AnchorSet> current_;
};

// Reads anchors from PEM files (trust domain -> path), for processes that start before, or live
// without, trust documents.
absl::StatusOr<std::vector<Anchor>> ReadAnchorFiles(
    const std::map<std::string, std::string>& path_by_trust_domain);

// The same for a directory with one file <trust domain>.crt for each domain.
absl::StatusOr<std::vector<Anchor>> ReadAnchorDirectory(const std::string& directory);

}  // namespace kp::tls
