// The trust documents that a server of the mesh gives out.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "kp/trust/v1/trust_service.pb.h"
#include "kpctl/connection.h"
#include "mesh/trust/documents.h"

namespace kp::kpctl {

// All that a server gives out about trust, proven as far as that goes without a pinned root.
struct TrustState {
  std::vector<trust::Root> roots;
  std::optional<trust::SignedManifest> manifest;
  trust::Parts parts;
  trust::v1::WatchFreshnessResponse freshness;
};

// Fetches them: every root document with the one before it, the manifest with the last one, each
// part with its digest. Without a manifest where none is published.
absl::StatusOr<TrustState> FetchTrust(Connection& connection);

}  // namespace kp::kpctl
