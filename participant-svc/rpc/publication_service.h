// PublicationService: thin adapter of Publisher.
#pragma once

#include "absl/status/status.h"
#include "kp/trust/v1/trust_service.pb.h"
#include "mesh/rpc/service.h"
#include "participant-svc/domain/publisher.h"

namespace kp::participant {

// Largest request: a manifest with all its parts.
inline constexpr int kMaxPublicationBytes = 4 << 20;

// Thread-safe. Outlives the server; `publisher` outlives it.
class PublicationServiceHandlers final {
 public:
  explicit PublicationServiceHandlers(Publisher& publisher);
  const rpc::Service& service() const { return service_; }

  absl::Status PublishDocument(rpc::CallContext& call,
                               const trust::v1::PublishDocumentRequest& request,
                               trust::v1::PublishDocumentResponse& response);
  absl::Status PublishDenial(rpc::CallContext& call, const trust::v1::PublishDenialRequest& request,
                             trust::v1::PublishDenialResponse& response);
  absl::Status DenyParty(rpc::CallContext& call, const trust::v1::DenyPartyRequest& request,
                         trust::v1::DenyPartyResponse& response);

 private:
  Publisher& publisher_;
  rpc::Service service_{"kp.trust.v1.PublicationService"};
};

}  // namespace kp::participant
