#include "kpctl/connection.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "mesh/tls/files.h"
#include "mesh/tls/material.h"
#include "mesh/tls/refusal.h"
#include "mesh/tls/verifier.h"

namespace kp::kpctl {
namespace {

using identity::Role;
using identity::SpiffeId;

absl::Status FlagMissing(std::string_view flag, std::string_view variable, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "FLAG_MISSING",
                   absl::StrCat(std::string(what), ": state ", std::string(flag), " or set ",
                                std::string(variable)));
}

std::string FlagOr(const Context& context, const std::string& flag, const char* variable) {
  return flag.empty() ? context.environment(variable) : flag;
}

absl::StatusOr<std::string> IdentityDirectory(const Context& context) {
  std::string directory = FlagOr(context, context.globals.as, "KPCTL_AS");
  if (directory.empty()) {
    return FlagMissing("--as DIR", "KPCTL_AS", "no identity (tls.crt, tls.key, ca.crt) is given");
  }
  return directory;
}

struct Names {
  const char* address;
  const char* id;
  Role role;
  const char* what;
};

Names NamesOf(Target target) {
  switch (target) {
    case Target::kRegistry:
      return {"KPCTL_REGISTRY", "KPCTL_REGISTRY_ID", Role::ROLE_PARTICIPANT_SVC, "the registry"};
    case Target::kBridge:
      return {"KPCTL_BRIDGE", "KPCTL_BRIDGE_ID", Role::ROLE_WCO_BRIDGE, "the customs bridge"};
    case Target::kHome:
      break;
  }
  return {"KPCTL_SERVER", "KPCTL_SERVER_ID", Role::ROLE_CERTIFICATE_SVC, "the certificate-svc"};
}

// Whether the server of this kind is in the trust domain of the caller, so that its identity
// follows.
bool IsOwnDomain(Target target, const SpiffeId& self) {
  switch (target) {
    case Target::kHome:
      return true;
    case Target::kRegistry:
      return self.role() == Role::ROLE_SECRETARIAT;
    case Target::kBridge:
      return self.role() != Role::ROLE_CUSTOMS;
  }
  return false;
}

}  // namespace

// Remembers why this side refused a server.
class Connection::Refusals final : public tls::RefusalObserver {
 public:
  void OnRefused(const tls::RefusalEvent& event) override {
    const std::lock_guard lock(mutex_);
    last_ = absl::StrCat(std::string(tls::RefusalName(event.reason)), ", it claims '",
                         event.claimed_id, "'");
    if (event.reason == tls::Refusal::kWrongPeer) {
      absl::StrAppend(
          &last_,
          " (state the address of the one expected in --server, or this one's identity in "
          "--server-id, or in --as an identity of this one's entity)");
    }
  }
  std::string last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::string last_;
};

absl::StatusOr<rpc::Peer> PeerFor(const Context& context, Target target, const SpiffeId& self) {
  const Names names = NamesOf(target);
  const std::string address = FlagOr(context, context.globals.server, names.address);
  if (address.empty()) {
    return FlagMissing("--server HOST:PORT", names.address,
                       absl::StrCat("no address of ", names.what, " is given"));
  }
  const std::string id = FlagOr(context, context.globals.server_id, names.id);
  if (!id.empty()) {
    absl::StatusOr<SpiffeId> parsed = SpiffeId::Parse(id);
    if (!parsed.ok()) return WithFieldPrefix(parsed.status(), "--server-id");
    return rpc::Peer{*std::move(parsed), address};
  }
  if (!IsOwnDomain(target, self)) {
    return FlagMissing("--server-id SPIFFE", names.id,
                       absl::StrCat("the identity that ", names.what, " must show is not known"));
  }
  KP_ASSIGN_OR_RETURN(SpiffeId derived, SpiffeId::Make(self.trust_domain(), names.role));
  return rpc::Peer{std::move(derived), address};
}

absl::StatusOr<std::vector<tls::Anchor>> AnchorsFor(const Context& context,
                                                    const std::string& identity_directory,
                                                    const SpiffeId& self, const SpiffeId& server) {
  std::vector<tls::Anchor> anchors;
  const std::string given = FlagOr(context, context.globals.anchors, "KPCTL_ANCHORS");
  std::error_code ignored;
  if (std::filesystem::is_directory(given, ignored)) {
    KP_ASSIGN_OR_RETURN(anchors, tls::ReadAnchorDirectory(given));
  } else if (!given.empty()) {
    const std::pair<std::string, std::string> named =
        absl::StrSplit(given, absl::MaxSplits('=', 1));
    const bool has_domain = !named.second.empty();
    KP_ASSIGN_OR_RETURN(anchors,
                        tls::ReadAnchorFiles({{has_domain ? named.first : server.trust_domain(),
                                               has_domain ? named.second : given}}));
  }
  const bool own_named = std::any_of(
      anchors.begin(), anchors.end(),
      [&](const tls::Anchor& anchor) { return anchor.trust_domain == self.trust_domain(); });
  const std::string own = identity_directory + "/ca.crt";
  if (!own_named && std::filesystem::exists(own, ignored)) {
    KP_ASSIGN_OR_RETURN(std::vector<tls::Anchor> of_own,
                        tls::ReadAnchorFiles({{self.trust_domain(), own}}));
    for (tls::Anchor& anchor : of_own) anchors.push_back(std::move(anchor));
  }
  const bool server_named = std::any_of(
      anchors.begin(), anchors.end(),
      [&](const tls::Anchor& anchor) { return anchor.trust_domain == server.trust_domain(); });
  if (!server_named) {
    return FlagMissing("--anchors DIR", "KPCTL_ANCHORS",
                       absl::StrCat("no CA certificate of ", server.trust_domain(), " is given"));
  }
  return anchors;
}

Connection::Connection(Context& context, rpc::Peer peer)
    : context_(context), peer_(std::move(peer)), refusals_(std::make_shared<Refusals>()) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(Context& context, Target target) {
  KP_ASSIGN_OR_RETURN(const std::string identity, IdentityDirectory(context));
  KP_ASSIGN_OR_RETURN(std::unique_ptr<PrivateDirectory> directory, PrivateDirectory::Create());
  KP_ASSIGN_OR_RETURN(std::unique_ptr<tls::Credentials> credentials,
                      tls::Credentials::Load({.certificate_file = identity + "/tls.crt",
                                              .key_file = identity + "/tls.key",
                                              .publish_directory = directory->path() + "/identity"},
                                             context.clock, nullptr));
  const SpiffeId self = credentials->id();
  KP_ASSIGN_OR_RETURN(rpc::Peer peer, PeerFor(context, target, self));
  KP_ASSIGN_OR_RETURN(const std::vector<tls::Anchor> anchors,
                      AnchorsFor(context, identity, self, peer.id));
  KP_ASSIGN_OR_RETURN(std::shared_ptr<const tls::AnchorSet> set, tls::AnchorSet::Create(anchors));

  std::unique_ptr<Connection> connection(new Connection(context, std::move(peer)));
  connection->directory_ = std::move(directory);
  connection->credentials_ = std::move(credentials);
  const tls::Verification verification{std::make_shared<tls::AnchorHolder>(std::move(set)),
                                       &context.clock, connection->refusals_};
  connection->pool_ = std::make_unique<rpc::ClientPool>(rpc::ClientPoolOptions{
      .credentials =
          [credentials = connection->credentials_.get(), verification](const SpiffeId& expected) {
            return tls::MakeChannelCredentials(*credentials, verification, expected);
          },
      .clock = &context.clock,
      .ids = &context.ids});
  return connection;
}

const SpiffeId& Connection::self() const { return credentials_->id(); }

rpc::CallOptions Connection::Options() const {
  rpc::CallOptions options = rpc::CallOptions::For(
      std::chrono::milliseconds(static_cast<int64_t>(context_.globals.timeout_seconds * 1000)));
  options.request_id = context_.request_id();
  return options;
}

absl::Status Connection::Explained(const absl::Status& error) const {
  if (error.code() != absl::StatusCode::kUnavailable || !ReasonOf(error).empty()) return error;
  const std::string refusal = refusals_->last();
  return MakeError(
      error.code(), refusal.empty() ? "SERVER_UNREACHABLE" : "SERVER_REFUSED_BY_US",
      absl::StrCat(peer_.address, " (", peer_.id.ToString(),
                   "): ", refusal.empty() ? "" : "this side refused its certificate: ", refusal,
                   refusal.empty() ? "" : "; ", std::string(error.message()),
                   // A refusal by the server looks like a line that went dead (TLS 1.3).
                   refusal.empty() ? " (it is away, or it refuses the identity of --as)" : ""));
}

}  // namespace kp::kpctl
