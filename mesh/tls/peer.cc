#include "mesh/tls/peer.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "mesh/identity/reasons.h"

namespace kp::tls {
namespace {

// More certificates than the mesh has members; beyond it the cache starts anew.
constexpr size_t kMaxCached = 4096;

absl::Status NoIdentity() {
  return MakeError(absl::StatusCode::kUnauthenticated, identity::kNoIdentity,
                   "the call carries no single mesh identity");
}

// The value of a property that must occur exactly once; empty otherwise.
std::string OnlyValue(const grpc::AuthContext& context, const char* property) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(property);
  return values.size() == 1 ? std::string(values.front().data(), values.front().size())
                            : std::string();
}

}  // namespace

absl::StatusOr<identity::SpiffeId> PeerIdentity(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated() ||
      OnlyValue(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) !=
          GRPC_TLS_TRANSPORT_SECURITY_TYPE) {
    return NoIdentity();
  }
  auto id = identity::SpiffeId::Parse(OnlyValue(context, GRPC_PEER_SPIFFE_ID_PROPERTY_NAME));
  if (!id.ok()) {
    return NoIdentity();
  }
  return id;
}

struct PeerRecheck::State {
  struct Known {
    identity::SpiffeId id;
    absl::Time not_before;
    absl::Time not_after;
  };

  Verification verification;
  std::shared_mutex mutex;
  // Both guarded by `mutex`; the key is the leaf's PEM, and the entries hold under the anchor set
  // with that serial only.
  uint64_t anchors_serial = 0;
  std::unordered_map<std::string, Known> known;

  bool IsKnown(const identity::SpiffeId& id, const std::string& leaf_pem, uint64_t serial,
               absl::Time now) {
    const std::shared_lock lock(mutex);
    if (serial != anchors_serial) {
      return false;
    }
    const auto it = known.find(leaf_pem);
    return it != known.end() && it->second.id == id && now >= it->second.not_before &&
           now < it->second.not_after;
  }

  void Remember(const std::string& leaf_pem, const Judgement& judgement, uint64_t serial) {
    const std::unique_lock lock(mutex);
    // A slow caller that still judged by an older set must not bring it back.
    if (serial < anchors_serial) {
      return;
    }
    if (serial != anchors_serial || known.size() >= kMaxCached) {
      known.clear();
      anchors_serial = serial;
    }
    known.insert_or_assign(leaf_pem,
                           Known{*judgement.id, judgement.not_before, judgement.not_after});
  }
};

PeerRecheck::PeerRecheck(Verification verification) : state_(std::make_unique<State>()) {
  state_->verification = std::move(verification);
}

PeerRecheck::~PeerRecheck() = default;

absl::StatusOr<identity::SpiffeId> PeerRecheck::Check(const grpc::AuthContext& context) {
  KP_ASSIGN_OR_RETURN(identity::SpiffeId id, PeerIdentity(context));
  const std::string leaf_pem = OnlyValue(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const absl::Time now = state_->verification.clock->Now();
  const std::shared_ptr<const AnchorSet> anchors = state_->verification.anchors->Current();
  if (state_->IsKnown(id, leaf_pem, anchors->serial(), now)) {
    return id;
  }
  const Judgement judgement =
      JudgePeer(*anchors, leaf_pem, OnlyValue(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME),
                PeerSide::kClient, now);
  if (judgement.refusal.has_value()) {
    state_->verification.refusals->OnRefused({Where::kCall, *judgement.refusal,
                                              judgement.claimed_id, judgement.leaf_fingerprint,
                                              judgement.detail});
    return MakeError(absl::StatusCode::kUnauthenticated, RefusalName(*judgement.refusal),
                     "the caller's identity is not trusted any more");
  }
  // gRPC and we read the same certificate; should we ever read different names, nobody gets in.
  if (*judgement.id != id) {
    return NoIdentity();
  }
  state_->Remember(leaf_pem, judgement, anchors->serial());
  return id;
}

}  // namespace kp::tls
