// The receiving side: each message has its effect once and is answered with the same receipt however
// often it comes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "mesh/store/session.h"

namespace kp::outbox {

struct Incoming {
  std::string sender;      // the entity from the handshake
  std::string message_id;  // UUID chosen by the sender
  std::string body;        // the bytes as signed
};

struct Receipt {
  std::string bytes;  // as signed by us
  std::string outcome;
  bool repeated = false;  // the receipt of an earlier delivery; nothing was done now
};

// The receipt stored for this message, or nullopt. Other bytes under the same id: ALREADY_EXISTS,
// MESSAGE_ID_REUSED. A quick answer before any work; ReceiveOnce decides.
[[nodiscard]] absl::StatusOr<std::optional<Receipt>> FindReceipt(store::ReadSession& session,
                                                                 const Incoming& incoming);

// Runs `act` in the caller's transaction and stores its receipt, unless this message was received
// before: then the stored receipt comes back and `act` is not run. Of two deliveries at the same
// time, on any replica, one acts. An error of `act` fails the transaction, and nothing is stored.
[[nodiscard]] absl::StatusOr<Receipt> ReceiveOnce(
    store::Transaction& tx, const Clock& clock, const Incoming& incoming,
    const std::function<absl::StatusOr<Receipt>()>& act);

}  // namespace kp::outbox
