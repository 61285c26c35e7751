#include "mesh/rpc/authorizer.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::rpc {

Authorizer::Authorizer(std::string own_domain, AccessTable table, PeerCheck peer_check,
                       const DomainRelations& relations, telemetry::Metrics& metrics)
    : own_domain_(std::move(own_domain)),
      table_(std::move(table)),
      peer_check_(std::move(peer_check)),
      relations_(relations),
      metrics_(metrics) {}

absl::StatusOr<identity::SpiffeId> Authorizer::Check(std::string_view method,
                                                     const grpc::AuthContext& peer) const {
  absl::StatusOr<identity::SpiffeId> caller = peer_check_(peer);
  if (!caller.ok()) {
    CountRefusal(method, "", caller.status());
    return caller;
  }
  absl::Status allowed = table_.Check(method, *caller, own_domain_, relations_);
  if (!allowed.ok()) {
    CountRefusal(method, caller->ToString(), allowed);
    return allowed;
  }
  return caller;
}

void Authorizer::CountRefusal(std::string_view method, std::string_view caller,
                              const absl::Status& refusal) const {
  const std::string reason = ReasonOf(refusal);
  // The path comes from the caller: only those of the table may become label values.
  const std::string label = table_.Contains(method) ? std::string(method) : "other";
  metrics_
      .AddCounter(telemetry::kRpcRefusals, "Calls refused before their handler, by reason.",
                  {{telemetry::kLabelMethod, label}, {telemetry::kLabelReason, reason}})
      .Increment();
  telemetry::Warning("call_refused", {{telemetry::kLogMethod, label},
                                      {telemetry::kLogCaller, caller},
                                      {telemetry::kLogReason, reason}});
}

grpc::Status AuthorizationHook::Process(const InputMetadata& auth_metadata,
                                        grpc::AuthContext* context, OutputMetadata*,
                                        OutputMetadata*) {
  const auto path = auth_metadata.find(":path");
  const std::string_view method = path == auth_metadata.end()
                                      ? std::string_view()
                                      : std::string_view(path->second.data(), path->second.size());
  const auto caller = authorizer_->Check(method, *context);
  if (caller.ok()) return grpc::Status::OK;
  const absl::Status& refusal = caller.status();
  return grpc::Status(static_cast<grpc::StatusCode>(refusal.code()),
                      absl::StrCat(ReasonOf(refusal), ": ", refusal.message()));
}

}  // namespace kp::rpc
