// The configuration's part about trust documents, read; inside this folder only.
#pragma once

#include "absl/status/statusor.h"
#include "mesh/node/node_config.pb.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/trust/trust_store.h"

namespace kp::node {

// With the root document and the anchors that the files hold.
absl::StatusOr<trust::TrustOptions> ReadTrustOptions(const TrustConfig& config);

absl::StatusOr<rpc::Peer> ReadTrustSource(const TrustSource& source);

}  // namespace kp::node
