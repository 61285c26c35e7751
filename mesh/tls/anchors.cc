#include "mesh/tls/anchors.h"

#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/files.h"

namespace kp::tls {
namespace {

std::atomic<uint64_t> last_serial{0};

absl::Status Faulty(const Anchor& anchor, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("an anchor of ", anchor.trust_domain, ": ", std::string(why)));
}

// Every certificate in a store is an anchor, whatever it is; so nothing but a CA's own self-signed
// certificate may get in.
absl::Status CheckAnchor(const Anchor& anchor, X509& certificate) {
  KP_RETURN_IF_ERROR(identity::CheckTrustDomain(anchor.trust_domain));
  if (X509_check_ca(&certificate) != 1) {
    return Faulty(anchor, "not a CA certificate");
  }
  if (X509_self_signed(&certificate, 1) != 1) {
    statement::OpensslErrors();
    return Faulty(anchor, "not self-signed");
  }
  for (const absl::Status& strength :
       {CheckKeyStrength(certificate), CheckSignatureDigest(certificate)}) {
    if (!strength.ok()) {
      return Faulty(anchor, std::string(strength.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const AnchorSet>> AnchorSet::Create(
    const std::vector<Anchor>& anchors, Denials denials) {
  std::shared_ptr<AnchorSet> set(new AnchorSet());
  set->serial_ = ++last_serial;
  set->denials_ = std::move(denials);
  std::map<std::string, std::string> domain_by_key;
  for (const Anchor& anchor : anchors) {
    KP_ASSIGN_OR_RETURN(const X509Ptr certificate, ParseDerCertificate(anchor.der));
    KP_RETURN_IF_ERROR(CheckAnchor(anchor, *certificate));
    const auto [owner, is_new] =
        domain_by_key.emplace(KeyFingerprint(*certificate), anchor.trust_domain);
    if (!is_new && owner->second != anchor.trust_domain) {
      return Faulty(anchor, absl::StrCat("its key already vouches for ", owner->second));
    }
    Domain& domain = set->domains_[anchor.trust_domain];
    if (domain.store == nullptr) {
      domain.store.reset(X509_STORE_new());
    }
    if (X509_STORE_add_cert(domain.store.get(), certificate.get()) != 1) {
      return Faulty(anchor, statement::OpensslErrors());
    }
    domain.fingerprints.push_back(Fingerprint(*certificate));
  }
  return std::shared_ptr<const AnchorSet>(std::move(set));
}

X509_STORE* AnchorSet::StoreOf(std::string_view trust_domain) const {
  const auto it = domains_.find(trust_domain);
  return it == domains_.end() ? nullptr : it->second.store.get();
}

std::vector<std::string> AnchorSet::TrustDomains() const {
  std::vector<std::string> names;
  for (const auto& [name, domain] : domains_) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> AnchorSet::FingerprintsOf(std::string_view trust_domain) const {
  const auto it = domains_.find(trust_domain);
  return it == domains_.end() ? std::vector<std::string>() : it->second.fingerprints;
}

bool AnchorSet::IsDenied(std::string_view trust_domain, const X509& certificate) const {
  const std::string domain(trust_domain);
  return (!denials_.certificates.empty() &&
          denials_.certificates.contains({domain, Fingerprint(certificate)})) ||
         (!denials_.keys.empty() && denials_.keys.contains({domain, KeyFingerprint(certificate)}));
}

bool AnchorSet::IsDeniedId(std::string_view spiffe_id) const {
  return denials_.spiffe_ids.contains(spiffe_id);
}

AnchorHolder::AnchorHolder(std::shared_ptr<const AnchorSet> initial)
    : current_(std::move(initial)) {}

std::shared_ptr<const AnchorSet> AnchorHolder::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void AnchorHolder::Set(std::shared_ptr<const AnchorSet> next) {
  // The old set, and with it its stores, is freed outside the lock.
  const std::lock_guard lock(mutex_);
  current_.swap(next);
}

absl::StatusOr<std::vector<Anchor>> ReadAnchorFiles(
    const std::map<std::string, std::string>& path_by_trust_domain) {
  std::vector<Anchor> anchors;
  for (const auto& [trust_domain, path] : path_by_trust_domain) {
    KP_ASSIGN_OR_RETURN(const std::string pem, ReadSmallFile(path));
    auto certificates = ParsePemCertificates(pem);
    if (!certificates.ok() || certificates->empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " holds no readable certificate"));
    }
    for (const X509Ptr& certificate : *certificates) {
      anchors.push_back({trust_domain, ToDer(*certificate)});
    }
  }
  return anchors;
}

absl::StatusOr<std::vector<Anchor>> ReadAnchorDirectory(const std::string& directory) {
  std::map<std::string, std::string> path_by_trust_domain;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".crt") {
      path_by_trust_domain.emplace(it->path().stem().string(), it->path().string());
    }
  }
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot list ", directory, ": ", error.message()));
  }
  return ReadAnchorFiles(path_by_trust_domain);
}

}  // namespace kp::tls
