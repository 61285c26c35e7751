#include "mesh/tls/authority.h"

#include <openssl/x509v3.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "mesh/tls/certificate_builder.h"
#include "mesh/tls/files.h"

namespace kp::tls {
namespace {

constexpr std::string_view kScheme = "spiffe://";
// RFC 5280 appendix A, ub-common-name. The name is for people; identities are URIs.
constexpr size_t kMaxCommonName = 64;

std::string CommonName(std::string_view text) {
  return std::string(text.substr(0, kMaxCommonName));
}

absl::Status CheckHostNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    bool good = !name.empty() && name.size() <= 253;
    for (const char c : name) {
      good = good && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.');
    }
    if (!good) {
      return absl::InvalidArgumentError("a DNS name must be 1 to 253 of [A-Za-z0-9.-]");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(std::string_view trust_domain,
                                                                  absl::Time not_before,
                                                                  absl::Time not_after) {
  KP_RETURN_IF_ERROR(identity::CheckTrustDomain(trust_domain));
  CertificateAuthority authority;
  authority.trust_domain_ = std::string(trust_domain);
  KP_ASSIGN_OR_RETURN(authority.key_, GenerateKey());
  CertificateSpec spec;
  spec.common_name = CommonName(absl::StrCat("CA of ", authority.trust_domain_));
  spec.uris = {absl::StrCat(std::string(kScheme), authority.trust_domain_)};
  spec.not_before = not_before;
  spec.not_after = not_after;
  spec.basic_constraints = "critical,CA:TRUE,pathlen:0";
  spec.key_usage = "critical,keyCertSign,cRLSign";
  KP_ASSIGN_OR_RETURN(authority.certificate_,
                      BuildCertificate(spec, *authority.key_, nullptr, *authority.key_));
  return authority;
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Load(std::string_view certificate_pem,
                                                                std::string_view key_pem) {
  KP_ASSIGN_OR_RETURN(auto certificates, ParsePemCertificates(certificate_pem));
  if (certificates.size() != 1) {
    return absl::InvalidArgumentError("an authority has exactly one certificate");
  }
  CertificateAuthority authority;
  authority.certificate_ = std::move(certificates.front());
  KP_ASSIGN_OR_RETURN(authority.key_, ParsePemPrivateKey(key_pem));
  if (X509_check_private_key(authority.certificate_.get(), authority.key_.get()) != 1) {
    statement::OpensslErrors();
    return absl::InvalidArgumentError("the key is not the certificate's");
  }
  if (X509_check_ca(authority.certificate_.get()) != 1) {
    return absl::InvalidArgumentError("the certificate is not a CA's");
  }
  KP_ASSIGN_OR_RETURN(const auto uris, UriNames(*authority.certificate_));
  if (uris.size() != 1 || !uris.front().starts_with(kScheme)) {
    return absl::InvalidArgumentError("the certificate does not name its trust domain");
  }
  authority.trust_domain_ = uris.front().substr(kScheme.size());
  KP_RETURN_IF_ERROR(identity::CheckTrustDomain(authority.trust_domain_));
  return authority;
}

std::string CertificateAuthority::certificate_pem() const { return ToPem(*certificate_); }

std::string CertificateAuthority::key_pem() const { return ToPem(*key_); }

absl::StatusOr<IssuedLeaf> CertificateAuthority::IssueLeaf(const identity::SpiffeId& id,
                                                           const LeafOptions& options) const {
  if (id.trust_domain() != trust_domain_) {
    return absl::InvalidArgumentError(absl::StrCat("the authority of ", trust_domain_,
                                                   " does not issue for ", id.trust_domain()));
  }
  if (options.not_after > NotAfter(*certificate_)) {
    return absl::InvalidArgumentError("the leaf would outlive its CA");
  }
  KP_RETURN_IF_ERROR(CheckHostNames(options.dns_names));
  std::vector<std::string> usages;
  if (options.server_auth) {
    usages.emplace_back("serverAuth");
  }
  if (options.client_auth) {
    usages.emplace_back("clientAuth");
  }
  if (usages.empty()) {
    return absl::InvalidArgumentError("a leaf must be for servers, for clients, or both");
  }
  CertificateSpec spec;
  spec.common_name =
      CommonName(std::string_view(id.ToString()).substr(kScheme.size() + trust_domain_.size() + 1));
  spec.uris = {id.ToString()};
  spec.dns_names = options.dns_names;
  spec.ip_addresses = options.ip_addresses;
  spec.not_before = options.not_before;
  spec.not_after = options.not_after;
  spec.basic_constraints = "critical,CA:FALSE";
  spec.key_usage = "critical,digitalSignature";
  spec.extended_key_usage = absl::StrJoin(usages, ",");
  KP_ASSIGN_OR_RETURN(const EvpPkeyPtr leaf_key, GenerateKey());
  KP_ASSIGN_OR_RETURN(const X509Ptr leaf,
                      BuildCertificate(spec, *leaf_key, certificate_.get(), *key_));
  return IssuedLeaf{ToPem(*leaf), ToPem(*leaf_key)};
}

absl::Status WriteIdentity(const std::string& directory, const IssuedLeaf& leaf,
                           std::string_view ca_pem) {
  KP_RETURN_IF_ERROR(MakeDirectory(directory));
  KP_RETURN_IF_ERROR(WriteFileByRename(absl::StrCat(directory, "/tls.key"), leaf.key_pem, 0600));
  KP_RETURN_IF_ERROR(
      WriteFileByRename(absl::StrCat(directory, "/tls.crt"), leaf.certificate_pem, 0644));
  return WriteFileByRename(absl::StrCat(directory, "/ca.crt"), ca_pem, 0644);
}

}  // namespace kp::tls
