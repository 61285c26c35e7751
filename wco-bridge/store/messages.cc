#include "wco-bridge/store/messages.h"

#include "base/error.h"

namespace kp::bridge {
namespace {

using store::Bytes;

absl::StatusOr<std::optional<Message>> FindOne(
    absl::StatusOr<std::optional<std::tuple<std::string, std::string, std::string, Bytes, Bytes,
                                            int64_t, Bytes, absl::Time, int64_t, int64_t>>>
        found) {
  KP_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return std::optional<Message>();
  const auto& [id, partner, lrn, digest, document, state, response, received_at, awaiting,
               reserving] = **found;
  if (!v1::DeclarationState_IsValid(static_cast<int>(state))) {
    return absl::DataLossError("a declaration has a state that this version does not know");
  }
  return std::optional<Message>(Message{id, partner, lrn, digest.value, document.value,
                                        static_cast<v1::DeclarationState>(state), response.value,
                                        received_at, awaiting != 0, reserving != 0});
}

}  // namespace

store::Component BridgeSchema() {
  return {"wco-bridge",
          {{1,
            "declarations",
            {"CREATE TABLE declarations ("
             "id TEXT PRIMARY KEY, partner TEXT NOT NULL, lrn TEXT NOT NULL, digest TEXT NOT NULL, "
             "document TEXT NOT NULL, state BIGINT NOT NULL, response TEXT NOT NULL, "
             "received_at BIGINT NOT NULL, answered_at BIGINT, UNIQUE (partner, lrn))"}},
           {2,
            "further judgings",
            {"ALTER TABLE declarations ADD COLUMN awaiting BIGINT NOT NULL DEFAULT 0",
             "ALTER TABLE declarations ADD COLUMN reserving BIGINT NOT NULL DEFAULT 0"}}}};
}

absl::StatusOr<bool> InsertMessage(store::Transaction& tx, const Message& message) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO declarations (id, partner, lrn, digest, document, state, response, "
                 "received_at) VALUES (?, ?, ?, ?, ?, 0, '', ?) ON CONFLICT DO NOTHING",
                 message.id, message.partner, message.lrn, Bytes{message.digest},
                 Bytes{message.document}, message.received_at));
  return inserted == 1;
}

absl::StatusOr<std::optional<Message>> FindMessage(store::ReadSession& session,
                                                   std::string_view partner, std::string_view lrn) {
  return FindOne(session.QueryOne<std::string, std::string, std::string, Bytes, Bytes, int64_t,
                                  Bytes, absl::Time, int64_t, int64_t>(
      "SELECT id, partner, lrn, digest, document, state, response, received_at, awaiting, "
      "reserving FROM declarations WHERE partner = ? AND lrn = ?",
      partner, lrn));
}

absl::StatusOr<std::optional<Message>> FindMessageById(store::ReadSession& session,
                                                       std::string_view id) {
  return FindOne(session.QueryOne<std::string, std::string, std::string, Bytes, Bytes, int64_t,
                                  Bytes, absl::Time, int64_t, int64_t>(
      "SELECT id, partner, lrn, digest, document, state, response, received_at, awaiting, "
      "reserving FROM declarations WHERE id = ?",
      id));
}

absl::Status MarkReserving(store::Transaction& tx, std::string_view id) {
  return tx.Execute("UPDATE declarations SET reserving = 1 WHERE id = ?", id).status();
}

absl::Status AnswerMessage(store::Transaction& tx, std::string_view id, v1::DeclarationState state,
                           bool awaiting, const std::string& response, absl::Time answered_at) {
  return tx
      .Execute("UPDATE declarations SET state = ?, awaiting = ?, response = ?, answered_at = ? "
               "WHERE id = ? AND (state = 0 OR awaiting = 1)",
               static_cast<int>(state), awaiting ? 1 : 0, Bytes{response}, answered_at, id)
      .status();
}

}  // namespace kp::bridge
