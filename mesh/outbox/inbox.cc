#include "mesh/outbox/inbox.h"

#include "base/error.h"
#include "mesh/outbox/reasons.h"
#include "mesh/statement/keys.h"

namespace kp::outbox {

using store::Bytes;

absl::StatusOr<std::optional<Receipt>> FindReceipt(store::ReadSession& session,
                                                   const Incoming& incoming) {
  KP_ASSIGN_OR_RETURN(
      const auto row,
      (session.QueryOne<Bytes, std::optional<Bytes>, std::optional<std::string>>(
          "SELECT digest, receipt, outcome FROM inbox_message WHERE sender = ? AND message_id = ?",
          incoming.sender, incoming.message_id)));
  if (!row.has_value()) return std::nullopt;
  const auto& [digest, receipt, outcome] = *row;
  if (digest.value != statement::Sha256(incoming.body)) {
    return MakeError(absl::StatusCode::kAlreadyExists, kMessageIdReused,
                     "this message id came before with another message");
  }
  if (!receipt.has_value()) return std::nullopt;
  return Receipt{receipt->value, outcome.value_or(""), true};
}

absl::StatusOr<Receipt> ReceiveOnce(store::Transaction& tx, const Clock& clock,
                                    const Incoming& incoming,
                                    const std::function<absl::StatusOr<Receipt>()>& act) {
  // The insert comes first: of two at the same time the second waits here for the first to end.
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO inbox_message (sender, message_id, digest, received_at)"
                 " VALUES (?, ?, ?, ?) ON CONFLICT (sender, message_id) DO NOTHING",
                 incoming.sender, incoming.message_id, Bytes{statement::Sha256(incoming.body)},
                 clock.Now()));
  if (inserted == 0) {
    KP_ASSIGN_OR_RETURN(std::optional<Receipt> stored, FindReceipt(tx, incoming));
    if (!stored.has_value()) return absl::InternalError("a received message lacks its receipt");
    return *std::move(stored);
  }
  auto receipt = act();
  if (!receipt.ok()) {
    tx.Fail(receipt.status());
    return receipt.status();
  }
  KP_RETURN_IF_ERROR(tx.Execute("UPDATE inbox_message SET receipt = ?, outcome = ?"
                                " WHERE sender = ? AND message_id = ?",
                                Bytes{receipt->bytes}, receipt->outcome, incoming.sender,
                                incoming.message_id)
                         .status());
  receipt->repeated = false;
  return receipt;
}

}  // namespace kp::outbox
