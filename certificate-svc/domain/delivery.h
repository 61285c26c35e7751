// The way of outbox messages to their partners, and what their delivery means here.
#pragma once

#include <functional>
#include <string>

#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/domain/verifier.h"
#include "mesh/outbox/dispatcher.h"
#include "mesh/rpc/client_pool.h"

namespace kp::certificate {

// Calls other entities' ExchangeService. Thread-safe.
class ExchangeClient final : public EntityClient {
 public:
  explicit ExchangeClient(rpc::ClientPool& pool) : pool_(pool) {}

  absl::StatusOr<std::string> Ask(const trust::Endpoint& issuer, const std::string& question,
                                  const rpc::CallOptions& options) override;
  absl::StatusOr<std::vector<std::string>> AskMany(const trust::Endpoint& issuer,
                                                   const std::vector<std::string>& questions,
                                                   const rpc::CallOptions& options) override;
  absl::StatusOr<std::string> Deliver(const trust::Endpoint& partner,
                                      const std::string& message_id, const std::string& statement,
                                      const rpc::CallOptions& options) override;

 private:
  rpc::ClientPool& pool_;
};

// Thread-safe.
class Delivery final : public outbox::Sender, public outbox::Effects {
 public:
  Delivery(const Environment& environment, EntityClient& entities, Verifier& verifier, Uses& uses)
      : env_(environment), entities_(entities), verifier_(verifier), uses_(uses) {}

  absl::StatusOr<outbox::Delivery> Deliver(const outbox::Message& message,
                                           absl::Duration timeout) override;
  absl::Status OnDelivered(store::Transaction& tx, const outbox::Message& message,
                           const outbox::Delivery& delivery) override;
  absl::Status OnRefused(store::Transaction& tx, const outbox::Message& message,
                         const absl::Status& error) override;

 private:
  // How an own statement that is kept with its outcome came out at the other side; `receipt`: null
  // where there is none.
  absl::Status NoteOutcome(store::Transaction& tx, const outbox::Message& message,
                           const v1::ReceiptStatement* receipt, const std::string& outcome);

  const Environment& env_;
  EntityClient& entities_;
  Verifier& verifier_;
  Uses& uses_;
};

}  // namespace kp::certificate
