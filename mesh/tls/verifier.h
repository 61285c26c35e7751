// The one judgement about a peer's certificate, whoever asks: the handshake or a later call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/clock.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/anchors.h"
#include "mesh/tls/refusal.h"

namespace kp::tls {

// Which side of the handshake the peer plays: its certificate must allow it.
enum class PeerSide { kClient, kServer };

// Everything a judgement needs. Copied into gRPC objects that may end after their owner, hence the
// shared ownership; `clock` must outlive all use of gRPC in the process.
struct Verification {
  std::shared_ptr<const AnchorSource> anchors;
  const Clock* clock = nullptr;
  std::shared_ptr<RefusalObserver> refusals;
};

struct Judgement {
  // Nothing: the peer is admitted, and `id` is set.
  std::optional<Refusal> refusal;
  std::optional<identity::SpiffeId> id;
  // For refusals: what was claimed and what is wrong. Log only.
  std::string claimed_id;
  std::string leaf_fingerprint;
  std::string detail;
  // When admitted: the span in which every certificate of the path is valid.
  absl::Time not_before;
  absl::Time not_after;
};

// Judges the certificate `leaf_pem` with the intermediates `chain_pem` that the peer sent (may be
// empty): exactly one URI name, a SPIFFE id of the mesh with a known role, a path to the anchors
// of the trust domain *claimed* valid at `now`, usage, strength, denials. Pure; thread-safe; no
// I/O.
Judgement JudgePeer(const AnchorSet& anchors, std::string_view leaf_pem, std::string_view chain_pem,
                    PeerSide side, absl::Time now);

}  // namespace kp::tls
