// Who may call what, enforced before any handler, for every method that the port answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "mesh/rpc/access_table.h"
#include "mesh/rpc/server.h"
#include "mesh/telemetry/metrics.h"

namespace kp::rpc {

// Thread-safe. What it refers to outlives it.
class Authorizer final {
 public:
  Authorizer(std::string own_domain, AccessTable table, PeerCheck peer_check,
             const DomainRelations& relations, telemetry::Metrics& metrics);

  // The caller, if trusted and allowed to call `method` now. A refusal is counted and logged.
  absl::StatusOr<identity::SpiffeId> Check(std::string_view method,
                                           const grpc::AuthContext& peer) const;

  // Counts and logs a refusal that was decided elsewhere.
  void CountRefusal(std::string_view method, std::string_view caller,
                    const absl::Status& refusal) const;

  const AccessTable& table() const { return table_; }
  const std::string& own_domain() const { return own_domain_; }

 private:
  const std::string own_domain_;
  const AccessTable table_;
  const PeerCheck peer_check_;
  const DomainRelations& relations_;
  telemetry::Metrics& metrics_;
};

// gRPC's hook for it. Its refusals reach neither interceptors nor handlers, and can carry no
// details: the reason stands at the head of the message, where FromGrpcStatus looks for it.
class AuthorizationHook final : public grpc::AuthMetadataProcessor {
 public:
  explicit AuthorizationHook(std::shared_ptr<const Authorizer> authorizer)
      : authorizer_(std::move(authorizer)) {}

  // A table lookup: hopping to gRPC's thread pool would cost more.
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed_auth_metadata,
                       OutputMetadata* response_metadata) override;

 private:
  const std::shared_ptr<const Authorizer> authorizer_;
};

}  // namespace kp::rpc
