#include "tests/support/pki.h"

#include <openssl/rsa.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

namespace kp::testing {
namespace {

void Check(const absl::Status& status) {
  if (!status.ok()) {
    std::cerr << "test PKI: " << status << "\n";
    std::abort();
  }
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kp-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    Check(absl::InternalError("cannot make a temporary directory"));
  }
  path_ = std::move(pattern);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

tls::EvpPkeyPtr NewKey(const std::string& kind) {
  const std::string rsa = "RSA-";
  tls::EvpPkeyPtr key(kind.starts_with(rsa)
                          ? EVP_RSA_gen(static_cast<unsigned>(std::stoi(kind.substr(rsa.size()))))
                          : EVP_EC_gen(kind.c_str()));
  if (key == nullptr) {
    Check(absl::InternalError("cannot generate a key of kind " + kind));
  }
  return key;
}

TestCa::TestCa(const std::string& trust_domain, absl::Time now)
    : now_(now),
      authority_(Must(tls::CertificateAuthority::Create(trust_domain, now - absl::Hours(24),
                                                        now + absl::Hours(24) * 3650))) {}

tls::Anchor TestCa::anchor() const { return AnchorFor(authority_.trust_domain()); }

tls::Anchor TestCa::AnchorFor(const std::string& trust_domain) const {
  return {trust_domain, tls::ToDer(authority_.certificate())};
}

tls::IssuedLeaf TestCa::Issue(const std::string& spiffe_id) const {
  tls::LeafOptions options;
  options.dns_names = {"localhost"};
  options.ip_addresses = {"127.0.0.1"};
  options.not_before = now_ - absl::Hours(1);
  options.not_after = now_ + absl::Hours(24) * 30;
  return Must(authority_.IssueLeaf(Must(identity::SpiffeId::Parse(spiffe_id)), options));
}

tls::CertificateSpec TestCa::Sound(const std::string& spiffe_id) const {
  tls::CertificateSpec spec;
  spec.common_name = "test leaf";
  spec.uris = {spiffe_id};
  spec.dns_names = {"localhost"};
  spec.ip_addresses = {"127.0.0.1"};
  spec.not_before = now_ - absl::Hours(1);
  spec.not_after = now_ + absl::Hours(24) * 30;
  spec.basic_constraints = "critical,CA:FALSE";
  spec.key_usage = "critical,digitalSignature";
  spec.extended_key_usage = "serverAuth,clientAuth";
  return spec;
}

tls::IssuedLeaf TestCa::Sign(const tls::CertificateSpec& spec) const {
  return Sign(spec, Must(tls::GenerateKey()));
}

tls::IssuedLeaf TestCa::Sign(const tls::CertificateSpec& spec, tls::EvpPkeyPtr key) const {
  const tls::X509Ptr leaf =
      Must(tls::BuildCertificate(spec, *key, &authority_.certificate(), authority_.key()));
  return {tls::ToPem(*leaf), tls::ToPem(*key)};
}

void WriteIdentityFiles(const std::string& directory, const tls::IssuedLeaf& leaf,
                        const TestCa& ca) {
  Check(tls::WriteIdentity(directory, leaf, ca.pem()));
}

}  // namespace kp::testing
