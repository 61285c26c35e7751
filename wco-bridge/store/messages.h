// The declarations that this bridge received, and what it answered.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/bridge/v1/bridge_service.pb.h"
#include "mesh/store/migration.h"
#include "mesh/store/session.h"

namespace kp::bridge {

store::Component BridgeSchema();

struct Message {
  std::string id;       // UUID
  std::string partner;  // party id of the customs administration
  std::string lrn;      // the sender's own reference: with the partner, the idempotency key
  std::string digest;   // SHA-256 of the document as sent
  std::string document;
  // Unspecified until it is answered.
  v1::DeclarationState state = v1::DECLARATION_STATE_UNSPECIFIED;
  std::string response;  // WCO Response document; empty until answered
  absl::Time received_at;
  // Answered CONTROL for want of an answer alone: to be judged again when it is sent again.
  bool awaiting = false;
  // Reservations were asked for, none of which may outlive a rejection.
  bool reserving = false;
};

// Keeps a message; false when this partner's reference is taken.
absl::StatusOr<bool> InsertMessage(store::Transaction& tx, const Message& message);

absl::StatusOr<std::optional<Message>> FindMessage(store::ReadSession& session,
                                                   std::string_view partner, std::string_view lrn);
absl::StatusOr<std::optional<Message>> FindMessageById(store::ReadSession& session,
                                                       std::string_view id);

// Before the first reservation of a message is asked for.
absl::Status MarkReserving(store::Transaction& tx, std::string_view id);

// Answers a message that has no answer yet, or one that awaits a better one; the first answer that
// awaits nothing stands.
absl::Status AnswerMessage(store::Transaction& tx, std::string_view id, v1::DeclarationState state,
                           bool awaiting, const std::string& response, absl::Time answered_at);

}  // namespace kp::bridge
