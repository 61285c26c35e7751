// The home certificate-svc over the mesh.
#pragma once

#include "mesh/node/node.h"
#include "wco-bridge/domain/declarations.h"

namespace kp::bridge {

// Thread-safe. `node` outlives it.
class HomeClient final : public Home {
 public:
  explicit HomeClient(node::Node& node) : node_(node) {}

  absl::StatusOr<certificate::v1::VerifyCertificateResponse> Verify(
      const certificate::v1::VerifyCertificateRequest& request,
      const rpc::CallOptions& options) override;
  absl::StatusOr<certificate::v1::ActResult> Reserve(
      const certificate::v1::ReserveUseRequest& request, const rpc::CallOptions& options) override;
  absl::StatusOr<certificate::v1::ActResult> Release(
      const certificate::v1::ReleaseUseRequest& request, const rpc::CallOptions& options) override;

 private:
  node::Node& node_;
};

}  // namespace kp::bridge
