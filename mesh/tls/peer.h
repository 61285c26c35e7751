// The caller of an RPC, from gRPC's AuthContext.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/verifier.h"

namespace grpc {
class AuthContext;
}

namespace kp::tls {

// The identity that the handshake proved. UNAUTHENTICATED, reason NO_IDENTITY, unless the transport
// is TLS, the peer is authenticated and has exactly one SPIFFE id: plaintext and in-process calls
// have none, and "none" never means "allowed".
absl::StatusOr<identity::SpiffeId> PeerIdentity(const grpc::AuthContext& context);

// Re-checks callers at every RPC, because a live connection survives the change of trust that
// ended its identity, and the end of its certificate. Thread-safe; does not block; a caller known
// under the current set of anchors costs one table lookup.
class PeerRecheck final {
 public:
  explicit PeerRecheck(Verification verification);
  ~PeerRecheck();
  PeerRecheck(const PeerRecheck&) = delete;
  PeerRecheck& operator=(const PeerRecheck&) = delete;

  // The caller's identity, still trusted now. UNAUTHENTICATED with reason NO_IDENTITY or the name
  // of a Refusal; a refusal is also told to the observer (Where::kCall).
  absl::StatusOr<identity::SpiffeId> Check(const grpc::AuthContext& context);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kp::tls
