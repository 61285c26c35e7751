// Trust documents in a directory, for whoever checks a certificate without a network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kpctl/context.h"
#include "kpctl/fetch_trust.h"
#include "mesh/trust/snapshot.h"

namespace kp::kpctl {

// Where they are, and what makes them believable.
struct KeptTrustFlags {
  std::string directory;        // as a node keeps them, or as `trust fetch` wrote them
  std::string root;             // root document 1: nothing in the directory counts but by it
  std::string registry = "KP";  // the party that signs freshness and may deny anybody

  // --trust or KPCTL_TRUST, --root or KPCTL_TRUST_ROOT, --registry-party.
  void AddTo(CLI::App* verb);
};

struct KeptTrust {
  std::shared_ptr<const trust::Snapshot> snapshot;
  // When the registry last said that these are its latest documents and denials; InfinitePast when
  // that is not kept. What was denied since is not known here.
  absl::Time said_at = absl::InfinitePast();
};

// Proves every document again, from the root on. INVALID_ARGUMENT: FLAG_MISSING, files that are no
// documents. UNAVAILABLE: TRUST_NOT_LOADED (with what was refused), TRUST_EXPIRED.
absl::StatusOr<KeptTrust> ReadKeptTrust(const Context& context, const KeptTrustFlags& flags);

// Adds what was fetched to what is kept; nothing goes back behind what was seen before. Errors are
// those of trust::TrustStore.
absl::StatusOr<KeptTrust> KeepTrust(const Context& context, const KeptTrustFlags& flags,
                                    const TrustState& fetched);

}  // namespace kp::kpctl
