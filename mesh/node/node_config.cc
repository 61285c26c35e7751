#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/node/node.h"
#include "mesh/node/trust_setup.h"
#include "mesh/tls/files.h"
#include "mesh/tls/material.h"
#include "mesh/trust/documents.h"

namespace kp::node {
namespace {

class MachineClock final : public Clock {
 public:
  absl::Time Now() const override { return SystemClock().Now(); }
};

absl::Status Required(const std::string& value, const char* field) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("node.", field, " is required"));
}

absl::Status Wrong(const char* field, const std::string& value, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat("node.", field, " \"", value, "\" ", why));
}

std::string_view HostOf(std::string_view address) { return address.substr(0, address.rfind(':')); }

// An IPv6 host stands in brackets.
bool IsHostPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string_view host = HostOf(address);
  const std::string port = address.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  uint32_t number = 0;
  return (bracketed || host.find_first_of(":[]/ ") == std::string_view::npos) && !port.empty() &&
         port.find_first_not_of("0123456789") == std::string::npos &&
         absl::SimpleAtoi(port, &number) && number <= 65535;
}

absl::Status CheckAddress(const std::string& address, const char* field) {
  if (IsHostPort(address)) return absl::OkStatus();
  return Wrong(field, address, "is not host:port");
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

absl::Status CheckAddresses(const NodeConfig& config) {
  KP_RETURN_IF_ERROR(CheckAddress(config.listen_address(), "listen_address"));
  const std::string& metrics = config.metrics_listen_address();
  if (metrics.empty()) return absl::OkStatus();
  KP_RETURN_IF_ERROR(CheckAddress(metrics, "metrics_listen_address"));
  if (!config.metrics_beyond_loopback() && !IsLoopback(HostOf(metrics))) {
    return Wrong("metrics_listen_address", metrics,
                 "is not a loopback address, and metrics_beyond_loopback is not set");
  }
  return absl::OkStatus();
}

// What an earlier run has kept knows whose trust domain the certificate's is; a new node finds out
// when it is refused.
absl::Status CheckOwnParty(const TrustConfig& config, trust::TrustOptions options,
                           const std::string& trust_domain, const Clock& clock) {
  std::error_code error;
  if (config.directory().empty() ||
      !std::filesystem::exists(config.directory() + "/manifest", error)) {
    return absl::OkStatus();
  }
  KP_ASSIGN_OR_RETURN(
      const auto store,
      trust::TrustStore::Open(std::move(options), trust::MakeFileDocumentStore(config.directory()),
                              clock));
  const auto snapshot = store->snapshot();
  if (snapshot == nullptr) return absl::OkStatus();
  const std::string owner(snapshot->OwnerOfDomain(trust_domain));
  if (owner.empty() || owner == config.own_party()) return absl::OkStatus();
  return Wrong("trust.own_party", config.own_party(),
               absl::StrCat("does not fit certificate_file: the trust domain ", trust_domain,
                            " is that of \"", owner, "\""));
}

absl::Status InFile(const absl::Status& status, const std::string& path) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ": ", std::string(status.message())));
}

}  // namespace

std::unique_ptr<Clock> MakeClock(const NodeConfig& config) {
  if (config.clock_offset_file().empty()) return std::make_unique<MachineClock>();
  return OffsetFileClock(config.clock_offset_file());
}

absl::StatusOr<trust::TrustOptions> ReadTrustOptions(const TrustConfig& config) {
  trust::TrustOptions options;
  options.world = config.world();
  options.own_party = config.own_party();
  options.registry_party = config.registry_party();
  options.minimum_manifest_version = config.minimum_manifest_version();
  KP_ASSIGN_OR_RETURN(const std::string root, tls::ReadSmallFile(config.root_document_file()));
  if (!options.first_root.ParseFromString(root)) {
    return absl::InvalidArgumentError(
        absl::StrCat(config.root_document_file(), " holds no signed document"));
  }
  for (const PinnedAnchor& anchor : config.pinned_anchors()) {
    KP_ASSIGN_OR_RETURN(const std::vector<tls::Anchor> anchors,
                        tls::ReadAnchorFiles({{anchor.trust_domain(), anchor.certificate_file()}}));
    options.pinned_anchors.insert(options.pinned_anchors.end(), anchors.begin(), anchors.end());
  }
  return options;
}

absl::StatusOr<rpc::Peer> ReadTrustSource(const TrustSource& source) {
  KP_ASSIGN_OR_RETURN(identity::SpiffeId id, identity::SpiffeId::Parse(source.spiffe_id()));
  KP_RETURN_IF_ERROR(Required(source.address(), "trust.source.address"));
  KP_RETURN_IF_ERROR(CheckAddress(source.address(), "trust.source.address"));
  return rpc::Peer{std::move(id), source.address()};
}

absl::Status CheckNodeConfig(const NodeConfig& config, const Clock& clock) {
  KP_RETURN_IF_ERROR(Required(config.listen_address(), "listen_address"));
  KP_RETURN_IF_ERROR(Required(config.certificate_file(), "certificate_file"));
  KP_RETURN_IF_ERROR(Required(config.key_file(), "key_file"));
  KP_RETURN_IF_ERROR(Required(config.publish_directory(), "publish_directory"));
  const TrustConfig& trust = config.trust();
  KP_RETURN_IF_ERROR(Required(trust.world(), "trust.world"));
  KP_RETURN_IF_ERROR(Required(trust.own_party(), "trust.own_party"));
  KP_RETURN_IF_ERROR(Required(trust.registry_party(), "trust.registry_party"));
  KP_RETURN_IF_ERROR(Required(trust.root_document_file(), "trust.root_document_file"));
  if (trust.own_party() != trust.registry_party()) {
    KP_RETURN_IF_ERROR(Required(trust.directory(), "trust.directory"));
    if (!trust.has_source()) return absl::InvalidArgumentError("node.trust.source is required");
  }
  KP_RETURN_IF_ERROR(CheckAddresses(config));

  KP_ASSIGN_OR_RETURN(std::string certificate, tls::ReadSmallFile(config.certificate_file()));
  KP_ASSIGN_OR_RETURN(std::string key, tls::ReadSmallFile(config.key_file()));
  const auto material = tls::CheckMaterial(std::move(certificate), std::move(key), clock.Now());
  KP_RETURN_IF_ERROR(InFile(material.status(), config.certificate_file()));

  KP_ASSIGN_OR_RETURN(trust::TrustOptions options, ReadTrustOptions(trust));
  const auto root = trust::ReadRoot(options.first_root);
  KP_RETURN_IF_ERROR(InFile(root.status(), trust.root_document_file()));
  KP_RETURN_IF_ERROR(InFile(trust::VerifyFirstRoot(*root), trust.root_document_file()));
  if (root->document.world() != trust.world()) {
    return absl::InvalidArgumentError(absl::StrCat(trust.root_document_file(),
                                                   " is of the world \"", root->document.world(),
                                                   "\", not of \"", trust.world(), "\""));
  }
  KP_ASSIGN_OR_RETURN(const std::shared_ptr<const tls::AnchorSet> anchors,
                      tls::AnchorSet::Create(options.pinned_anchors));
  std::set<std::string> needed = {material->id.trust_domain()};
  if (trust.has_source()) {
    KP_ASSIGN_OR_RETURN(const rpc::Peer source, ReadTrustSource(trust.source()));
    needed.insert(source.id.trust_domain());
  }
  for (const std::string& domain : needed) {
    if (anchors->StoreOf(domain) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("node.trust.pinned_anchors has none for ", domain));
    }
  }
  return CheckOwnParty(trust, std::move(options), material->id.trust_domain(), clock);
}

}  // namespace kp::node
