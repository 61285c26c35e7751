// Throw-away certificates for tests: sound ones from the product's own authority, and unsound ones
// for showing that they are refused. Anything that fails here aborts the test program.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "mesh/tls/anchors.h"
#include "mesh/tls/authority.h"
#include "mesh/tls/certificate_builder.h"

namespace kp::testing {

// A directory that goes away with its content.
class TempDir final {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A new key; `group` is an OpenSSL curve name, "RSA-2048" or the like.
tls::EvpPkeyPtr NewKey(const std::string& kind);

// A CA of one trust domain, valid from `now` - 1 day to `now` + 3650 days.
class TestCa final {
 public:
  TestCa(const std::string& trust_domain, absl::Time now);

  const tls::CertificateAuthority& authority() const { return authority_; }
  std::string pem() const { return authority_.certificate_pem(); }
  tls::Anchor anchor() const;
  // The same CA believed for another trust domain.
  tls::Anchor AnchorFor(const std::string& trust_domain) const;

  // A sound leaf for an id of this domain: both usages, localhost and 127.0.0.1, `now` - 1 hour to
  // `now` + 30 days.
  tls::IssuedLeaf Issue(const std::string& spiffe_id) const;

  // What Issue() would sign, to be damaged by the test and signed by Sign(): the one bad thing.
  tls::CertificateSpec Sound(const std::string& spiffe_id) const;
  tls::IssuedLeaf Sign(const tls::CertificateSpec& spec) const;
  tls::IssuedLeaf Sign(const tls::CertificateSpec& spec, tls::EvpPkeyPtr key) const;

 private:
  absl::Time now_;
  tls::CertificateAuthority authority_;
};

// Writes tls.crt, tls.key and ca.crt (the layout that services and kpctl read) into `directory`.
void WriteIdentityFiles(const std::string& directory, const tls::IssuedLeaf& leaf,
                        const TestCa& ca);

}  // namespace kp::testing
