#include "participant-svc/store/schema.h"

namespace kp::participant {

store::Component Schema() {
  return {
      "participant",
      {{1,
        "trust documents",
        {
            // Documents and parts are kept for ever: what was in force on a past day is evidence.
            "CREATE TABLE trust_root (version BIGINT PRIMARY KEY, document TEXT NOT NULL, "
            "record_time BIGINT NOT NULL)",
            "CREATE TABLE trust_manifest (version BIGINT PRIMARY KEY, document TEXT NOT NULL, "
            "record_time BIGINT NOT NULL)",
            "CREATE TABLE trust_part (digest TEXT PRIMARY KEY, content TEXT NOT NULL)",
            "CREATE TABLE trust_manifest_part ("
            "manifest BIGINT NOT NULL REFERENCES trust_manifest (version), "
            "digest TEXT NOT NULL REFERENCES trust_part (digest), "
            "PRIMARY KEY (manifest, digest))",
            // The latest one only, and the denials that it names.
            "CREATE TABLE trust_freshness (slot BIGINT PRIMARY KEY CHECK (slot = 1), "
            "statement TEXT NOT NULL)",
            "CREATE TABLE trust_denial (position BIGINT PRIMARY KEY, statement TEXT NOT NULL)",
        }}}};
}

}  // namespace kp::participant
