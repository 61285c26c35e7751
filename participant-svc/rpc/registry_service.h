// RegistryService: thin adapter of RegistrySource.
#pragma once

#include "absl/status/status.h"
#include "kp/registry/v1/registry_service.pb.h"
#include "mesh/rpc/service.h"
#include "participant-svc/domain/registry.h"

namespace kp::participant {

// Thread-safe. Outlives the server; `source` outlives it.
class RegistryServiceHandlers final {
 public:
  explicit RegistryServiceHandlers(RegistrySource& source);
  const rpc::Service& service() const { return service_; }

  absl::Status GetParticipant(rpc::CallContext& call,
                              const registry::v1::GetParticipantRequest& request,
                              registry::v1::GetParticipantResponse& response);
  absl::Status ListParticipants(rpc::CallContext& call,
                                const registry::v1::ListParticipantsRequest& request,
                                registry::v1::ListParticipantsResponse& response);
  absl::Status ListEntities(rpc::CallContext& call,
                            const registry::v1::ListEntitiesRequest& request,
                            registry::v1::ListEntitiesResponse& response);
  absl::Status ListMeasures(rpc::CallContext& call,
                            const registry::v1::ListMeasuresRequest& request,
                            registry::v1::ListMeasuresResponse& response);

 private:
  RegistrySource& source_;
  rpc::Service service_{"kp.registry.v1.RegistryService"};
};

}  // namespace kp::participant
