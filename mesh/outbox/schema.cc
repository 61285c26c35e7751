#include "mesh/outbox/outbox.h"

namespace kp::outbox {

store::Component OutboxSchema() {
  store::Migration first;
  first.version = 1;
  first.name = "messages, inbox";
  first.sql = {
      "CREATE TABLE outbox_partner (partner TEXT PRIMARY KEY, last_position BIGINT NOT NULL)",
      "CREATE TABLE outbox_message (id TEXT PRIMARY KEY, partner TEXT NOT NULL,"
      " position BIGINT NOT NULL, order_key TEXT NOT NULL, kind TEXT NOT NULL,"
      " content_type TEXT NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL,"
      " state TEXT NOT NULL, attempts BIGINT NOT NULL, next_try_at BIGINT NOT NULL,"
      " give_up_at BIGINT NOT NULL, last_error TEXT NOT NULL, receipt TEXT NOT NULL,"
      " outcome TEXT NOT NULL, claimed_by TEXT NOT NULL, claimed_until BIGINT NOT NULL)",
      "CREATE UNIQUE INDEX outbox_position ON outbox_message (partner, position)",
      "CREATE INDEX outbox_open ON outbox_message (partner, position)"
      " WHERE state <> 'DELIVERED'",
      "CREATE INDEX outbox_lane ON outbox_message (partner, order_key, position)"
      " WHERE state <> 'DELIVERED'",
      "CREATE INDEX outbox_due ON outbox_message (partner, next_try_at, position)"
      " WHERE state = 'PENDING'",
      "CREATE TABLE inbox_message (sender TEXT NOT NULL, message_id TEXT NOT NULL,"
      " digest TEXT NOT NULL, receipt TEXT, outcome TEXT, received_at BIGINT NOT NULL,"
      " PRIMARY KEY (sender, message_id))",
  };
  return {"outbox", {first}};
}

}  // namespace kp::outbox
