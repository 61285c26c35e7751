#include "participant-svc/rpc/publication_service.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "participant-svc/domain/reasons.h"

namespace kp::participant {
namespace {

absl::Status Missing(std::string field, std::string message) {
  return FieldError({kDocumentMissing, std::move(field), std::move(message), ""});
}

}  // namespace

PublicationServiceHandlers::PublicationServiceHandlers(Publisher& publisher)
    : publisher_(publisher) {
  service_.Unary("PublishDocument", rpc::Lane::kWork, this,
                 &PublicationServiceHandlers::PublishDocument);
  service_.Unary("PublishDenial", rpc::Lane::kWork, this,
                 &PublicationServiceHandlers::PublishDenial);
  service_.Unary("DenyParty", rpc::Lane::kWork, this, &PublicationServiceHandlers::DenyParty);
}

absl::Status PublicationServiceHandlers::PublishDocument(
    rpc::CallContext& call, const trust::v1::PublishDocumentRequest& request,
    trust::v1::PublishDocumentResponse& response) {
  if (request.has_root()) {
    if (request.parts_size() > 0) return Missing("manifest", "parts go with a manifest only");
    KP_ASSIGN_OR_RETURN(const uint64_t version, publisher_.PublishRoot(request.root()));
    response.set_version(version);
  } else if (request.has_manifest()) {
    const std::vector<std::string> parts(request.parts().begin(), request.parts().end());
    KP_ASSIGN_OR_RETURN(const uint64_t version,
                        publisher_.PublishManifest(request.manifest(), parts));
    response.set_version(version);
  } else {
    return Missing("document", "either a root document or a manifest is required");
  }
  telemetry::Info("document_published", {{telemetry::kLogCaller, call.caller().ToString()},
                                         {"kind", request.has_root() ? "root" : "manifest"},
                                         {"version", response.version()}});
  return absl::OkStatus();
}

absl::Status PublicationServiceHandlers::PublishDenial(
    rpc::CallContext& call, const trust::v1::PublishDenialRequest& request,
    trust::v1::PublishDenialResponse&) {
  KP_RETURN_IF_ERROR(publisher_.PublishDenial(call.caller(), request.denial()));
  telemetry::Info("denial_published", {{telemetry::kLogCaller, call.caller().ToString()}});
  return absl::OkStatus();
}

absl::Status PublicationServiceHandlers::DenyParty(rpc::CallContext& call,
                                                   const trust::v1::DenyPartyRequest& request,
                                                   trust::v1::DenyPartyResponse& response) {
  if (!request.has_denial()) return Missing("denial", "is required");
  auto denial = publisher_.Deny(request.denial());
  if (!denial.ok()) return WithFieldPrefix(denial.status(), "denial.");
  response.set_denial(*std::move(denial));
  telemetry::Info("denial_published", {{telemetry::kLogCaller, call.caller().ToString()}});
  return absl::OkStatus();
}

}  // namespace kp::participant
