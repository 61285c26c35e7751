#include "mesh/store/schema.h"

namespace kp::store {

Component StoreSchema() {
  Migration first;
  first.version = 1;
  first.name = "events, requests, probe";
  first.sql = {
      "CREATE TABLE store_probe (id BIGINT PRIMARY KEY, probed_at BIGINT NOT NULL)",
      "INSERT INTO store_probe (id, probed_at) VALUES (1, 0)",
      "CREATE TABLE store_register (register_id TEXT PRIMARY KEY, last_sequence BIGINT NOT NULL,"
      " chain TEXT NOT NULL)",
      "CREATE TABLE store_event (register_id TEXT NOT NULL, sequence BIGINT NOT NULL,"
      " subject TEXT NOT NULL, kind TEXT NOT NULL, recorded_at BIGINT NOT NULL,"
      " actor_id TEXT NOT NULL, actor_person TEXT NOT NULL, content_type TEXT NOT NULL,"
      " statement TEXT NOT NULL, digest TEXT NOT NULL, chain TEXT NOT NULL,"
      " PRIMARY KEY (register_id, sequence))",
      "CREATE INDEX store_event_subject ON store_event (register_id, subject, sequence)",
      "CREATE TABLE store_request (caller TEXT NOT NULL, method TEXT NOT NULL,"
      " request_id TEXT NOT NULL, digest TEXT NOT NULL, response TEXT, created_at BIGINT NOT NULL,"
      " PRIMARY KEY (caller, method, request_id))",
  };
  // Triggers are the one thing the two dialects write differently.
  first.sqlite_sql = {
      "CREATE TRIGGER store_event_no_update BEFORE UPDATE ON store_event"
      " BEGIN SELECT RAISE(ABORT, 'store_event is append-only'); END",
      "CREATE TRIGGER store_event_no_delete BEFORE DELETE ON store_event"
      " BEGIN SELECT RAISE(ABORT, 'store_event is append-only'); END",
  };
  first.postgresql_sql = {
      "CREATE FUNCTION store_append_only() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN RAISE EXCEPTION 'store_event is append-only'"
      " USING ERRCODE = 'restrict_violation'; END $$",
      "CREATE TRIGGER store_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON store_event"
      " FOR EACH STATEMENT EXECUTE FUNCTION store_append_only()",
  };
  // Retention takes the bytes of a statement, once, and nothing else: its digest stays in the chain.
  Migration retention;
  retention.version = 2;
  retention.name = "statements that retention takes";
  const std::string untouched =
      "NEW.statement = '' AND NEW.register_id = OLD.register_id AND NEW.sequence = OLD.sequence"
      " AND NEW.subject = OLD.subject AND NEW.kind = OLD.kind"
      " AND NEW.recorded_at = OLD.recorded_at AND NEW.actor_id = OLD.actor_id"
      " AND NEW.actor_person = OLD.actor_person AND NEW.content_type = OLD.content_type"
      " AND NEW.digest = OLD.digest AND NEW.chain = OLD.chain";
  retention.sqlite_sql = {
      "DROP TRIGGER store_event_no_update",
      "CREATE TRIGGER store_event_no_update BEFORE UPDATE ON store_event WHEN NOT (" + untouched +
          ") BEGIN SELECT RAISE(ABORT, 'store_event is append-only'); END",
  };
  retention.postgresql_sql = {
      "DROP TRIGGER store_event_append_only ON store_event",
      "CREATE TRIGGER store_event_no_delete BEFORE DELETE OR TRUNCATE ON store_event"
      " FOR EACH STATEMENT EXECUTE FUNCTION store_append_only()",
      "CREATE TRIGGER store_event_no_update BEFORE UPDATE ON store_event"
      " FOR EACH ROW WHEN (NOT (" + untouched + ")) EXECUTE FUNCTION store_append_only()",
  };
  return {"store", {first, retention}};
}

}  // namespace kp::store
