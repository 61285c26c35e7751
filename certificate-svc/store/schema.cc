#include "certificate-svc/store/schema.h"

namespace kp::certificate {

store::Component CertificateSchema() {
  return {"certificate-svc",
          {{1,
            "register, use, verification, incoming certificates, officers",
            {
                // Gapless or at least rising numbers, each by UPDATE ... RETURNING.
                "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
                "INSERT INTO counters (name, value) VALUES ('position', 0), ('serial', 0), "
                "('incoming', 0)",

                // One row per application and certificate. `record` is the present state as the
                // program reads it; the events (mesh/store/event_log.h) are what happened.
                "CREATE TABLE certificates ("
                "position BIGINT PRIMARY KEY, "
                "application_id TEXT NOT NULL UNIQUE, "
                "number TEXT UNIQUE, "
                "state BIGINT NOT NULL, "
                "importing_entity TEXT NOT NULL, "
                "revision BIGINT NOT NULL, "
                "record TEXT NOT NULL, "
                "statement TEXT)",
                "CREATE INDEX certificates_by_state ON certificates (state, position)",
                "CREATE INDEX certificates_by_importer ON certificates (importing_entity, position)",
                // A number is used once for all time, void ones included (R06).
                "CREATE TABLE numbers (number TEXT PRIMARY KEY, application_id TEXT NOT NULL)",

                // The one use of a certificate (R22).
                "CREATE TABLE uses ("
                "number TEXT PRIMARY KEY, "
                "importing_entity TEXT NOT NULL, "
                "reference TEXT NOT NULL, "
                "confirmed BIGINT NOT NULL, "
                "confirmed_at BIGINT NOT NULL, "
                "customs_leg BIGINT NOT NULL, "
                "customs_at BIGINT NOT NULL, "
                "reserved_until BIGINT NOT NULL, "
                "customs_version BIGINT NOT NULL, "
                "customs_partner TEXT NOT NULL, "
                "revision BIGINT NOT NULL)",

                // Wrong statements of entities without standing, per certificate.
                "CREATE TABLE wrong_tries (number TEXT NOT NULL, asker TEXT NOT NULL, "
                "tries BIGINT NOT NULL, PRIMARY KEY (number, asker))",
                // What this register answered to others, as signed.
                "CREATE TABLE answers (digest TEXT PRIMARY KEY, number TEXT NOT NULL, "
                "asker TEXT NOT NULL, answered_at BIGINT NOT NULL, statement TEXT NOT NULL)",

                // What this entity asked, and the proof it got.
                "CREATE TABLE evidence ("
                "id TEXT PRIMARY KEY, caller TEXT NOT NULL, number TEXT NOT NULL, "
                "question TEXT NOT NULL, answer TEXT NOT NULL, response TEXT NOT NULL, "
                "verified_at BIGINT NOT NULL)",
                "CREATE TABLE tickets ("
                "id TEXT PRIMARY KEY, caller TEXT NOT NULL, request TEXT NOT NULL, "
                "question TEXT NOT NULL, message_id TEXT NOT NULL, asked_at BIGINT NOT NULL, "
                "evidence_id TEXT)",

                // Certificates of others that name this entity, and its books about their use.
                "CREATE TABLE incoming ("
                "cursor BIGINT PRIMARY KEY, number TEXT NOT NULL UNIQUE, issuer TEXT NOT NULL, "
                "prealert TEXT NOT NULL, received_at BIGINT NOT NULL)",
                "CREATE INDEX incoming_by_issuer ON incoming (issuer, cursor)",
                "CREATE TABLE home_uses ("
                "number TEXT PRIMARY KEY, receipt TEXT NOT NULL, received_at BIGINT NOT NULL)",

                "CREATE TABLE officers ("
                "spiffe_id TEXT NOT NULL, person TEXT NOT NULL, display_name TEXT NOT NULL, "
                "authority TEXT NOT NULL, powers TEXT NOT NULL, from_time BIGINT NOT NULL, "
                "until_time BIGINT, PRIMARY KEY (spiffe_id, from_time))",
            }},
           {2,
            "what became of incoming certificates",
            {
                // 6: CERTIFICATE_STATE_EXPORTED, which a pre-alert says.
                "ALTER TABLE incoming ADD COLUMN state BIGINT NOT NULL DEFAULT 6",
                "ALTER TABLE incoming ADD COLUMN status_statement TEXT",
            }},
           {3,
            "sources of stones",
            {
                "INSERT INTO counters (name, value) VALUES ('source', 0)",
                // Carats out never exceed carats in (R16): the check holds whatever a program does.
                "CREATE TABLE sources ("
                "id TEXT PRIMARY KEY, position BIGINT NOT NULL UNIQUE, kind BIGINT NOT NULL, "
                "carats_in BIGINT NOT NULL, drawn BIGINT NOT NULL, record TEXT NOT NULL, "
                "CHECK (drawn >= 0 AND drawn <= carats_in))",
                "CREATE TABLE draws ("
                "application_id TEXT NOT NULL, source_id TEXT NOT NULL REFERENCES sources (id), "
                "carats BIGINT NOT NULL, PRIMARY KEY (application_id, source_id))",
            }},
           {4,
            "the day of export",
            {
                "ALTER TABLE certificates ADD COLUMN export_day TEXT",
                // Those that wait for their confirmation: exported, arrived, detained, released.
                "CREATE INDEX certificates_unconfirmed ON certificates (export_day, number) "
                "WHERE state IN (6, 7, 8, 9)",
            }},
           {5,
            "serial ranges",
            {
                "INSERT INTO counters (name, value) VALUES ('serial_range', 0)",
                // kind 0: allotted, 1: blank forms lost, 2: stolen. A number is head and digits.
                "CREATE TABLE serial_ranges ("
                "id TEXT PRIMARY KEY, position BIGINT NOT NULL UNIQUE, kind BIGINT NOT NULL, "
                "head TEXT NOT NULL, digits BIGINT NOT NULL, first_value BIGINT NOT NULL, "
                "last_value BIGINT NOT NULL, authority TEXT NOT NULL, year BIGINT NOT NULL, "
                "next_value BIGINT NOT NULL, record TEXT NOT NULL, "
                "CHECK (first_value <= last_value), "
                "CHECK (next_value >= first_value AND next_value <= last_value + 1))",
                "CREATE INDEX serial_ranges_by_series ON serial_ranges "
                "(head, digits, kind, first_value)",
                "CREATE INDEX serial_ranges_by_authority ON serial_ranges (authority, year)",
            }},
           {6,
            "statistics",
            {
                "CREATE INDEX certificates_exported ON certificates (export_day, number) "
                "WHERE export_day IS NOT NULL",
                "ALTER TABLE certificates ADD COLUMN validation_day TEXT",
                "CREATE INDEX certificates_validated ON certificates (validation_day, number) "
                "WHERE validation_day IS NOT NULL",
                "ALTER TABLE incoming ADD COLUMN export_day TEXT",
                "CREATE INDEX incoming_by_export ON incoming (issuer, export_day, number)",
                "CREATE INDEX sources_by_kind ON sources (kind, position)",
                "CREATE TABLE confirmed_imports ("
                "number TEXT PRIMARY KEY, issuer TEXT NOT NULL, receipt_day TEXT NOT NULL, "
                "confirm_day TEXT NOT NULL, record TEXT NOT NULL)",
                "CREATE INDEX confirmed_imports_received ON confirmed_imports "
                "(receipt_day, number)",
                "CREATE INDEX confirmed_imports_confirmed ON confirmed_imports "
                "(confirm_day, number)",
                "CREATE TABLE confirmed_exports ("
                "number TEXT PRIMARY KEY, partner TEXT NOT NULL, receipt_day TEXT NOT NULL, "
                "record TEXT NOT NULL)",
                "CREATE INDEX confirmed_exports_received ON confirmed_exports "
                "(partner, receipt_day, number)",
                // Versions of quarters: the own ones whole, those of partners as their part came.
                "CREATE TABLE filed_quarters ("
                "entity TEXT NOT NULL, year BIGINT NOT NULL, quarter BIGINT NOT NULL, "
                "version BIGINT NOT NULL, preliminary BIGINT NOT NULL, statement TEXT NOT NULL, "
                "recorded_at BIGINT NOT NULL, PRIMARY KEY (entity, year, quarter, version))",
                "CREATE TABLE filed_parts ("
                "year BIGINT NOT NULL, quarter BIGINT NOT NULL, version BIGINT NOT NULL, "
                "partner TEXT NOT NULL, statement TEXT NOT NULL, "
                "PRIMARY KEY (year, quarter, version, partner))",
                "CREATE TABLE filed_figures ("
                "kind BIGINT NOT NULL, year BIGINT NOT NULL, half BIGINT NOT NULL, "
                "version BIGINT NOT NULL, record TEXT NOT NULL, "
                "PRIMARY KEY (kind, year, half, version))",
            }},
           {7,
            "changes of incoming certificates in their order",
            {
                "ALTER TABLE incoming ADD COLUMN change BIGINT NOT NULL DEFAULT 0",
                "UPDATE incoming SET change = cursor",
                "CREATE UNIQUE INDEX incoming_by_change ON incoming (change)",
            }},
           {8,
            "cases",
            {
                "INSERT INTO counters (name, value) VALUES ('case', 0)",
                "CREATE TABLE cases ("
                "id TEXT PRIMARY KEY, position BIGINT NOT NULL UNIQUE, number TEXT NOT NULL, "
                "partner TEXT NOT NULL, side BIGINT NOT NULL, certificate_digest TEXT NOT NULL, "
                "reference TEXT NOT NULL, closed BIGINT NOT NULL, revision BIGINT NOT NULL, "
                "record TEXT NOT NULL)",
                "CREATE INDEX cases_by_number ON cases (number, position)",
                "CREATE INDEX cases_open ON cases (position) WHERE closed = 0",
                // What was said, as signed: one sequence of each side, in the order of these books.
                "CREATE TABLE case_entries ("
                "case_id TEXT NOT NULL REFERENCES cases (id), side BIGINT NOT NULL, "
                "sequence BIGINT NOT NULL, place BIGINT NOT NULL, statement TEXT NOT NULL, "
                "recorded_at BIGINT NOT NULL, outcome TEXT NOT NULL, "
                "PRIMARY KEY (case_id, side, sequence))",
            }},
           {9,
            "technical certificates, and returns that are due",
            {
                "INSERT INTO counters (name, value) VALUES ('technical', 0)",
                // Own ones and those that others issued for certificates of this register. Goods leave
                // once.
                "CREATE TABLE technical ("
                "technical_number TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, "
                "recorded_at BIGINT NOT NULL, record TEXT NOT NULL)",
                "CREATE INDEX technical_by_time ON technical (recorded_at, technical_number)",
                "ALTER TABLE certificates ADD COLUMN expiry_day TEXT",
                // Those that may still be exported: issued, validated.
                "CREATE INDEX certificates_not_exported ON certificates (expiry_day, number) "
                "WHERE state IN (4, 5)",
            }},
           {10,
            "import book, deadlines, transit",
            {
                "INSERT INTO counters (name, value) VALUES ('import_version', 0), "
                "('import_certificate', 0)",
                "INSERT INTO counters (name, value) SELECT 'import', COALESCE(MAX(cursor), 0) "
                "FROM incoming",
                // One row for each number, whichever way it came. `state` moves with the issuer's
                // word; a day is NULL until it is known.
                "CREATE TABLE import_book ("
                "position BIGINT PRIMARY KEY, number TEXT NOT NULL UNIQUE, issuer TEXT NOT NULL, "
                "way BIGINT NOT NULL, state BIGINT NOT NULL, submitted_day TEXT, "
                "revision BIGINT NOT NULL, record TEXT NOT NULL)",
                // What was announced before this step; 8AEB says `announced` and nothing else.
                "INSERT INTO import_book (position, number, issuer, way, state, revision, record) "
                "SELECT cursor, number, issuer, 1, state, 1, '8AEB' FROM incoming",
                "CREATE INDEX import_book_by_issuer ON import_book (issuer, position)",
                "CREATE INDEX import_book_by_state ON import_book (state, position)",
                // Which book a number was entered in: by hand it is entered once.
                "CREATE TABLE book_numbers (number TEXT PRIMARY KEY, book TEXT NOT NULL)",
                "INSERT INTO book_numbers (number, book) SELECT number, 'import' FROM incoming",
                // 3: SOURCE_KIND_PAPER_IMPORT, whose ids are numbers as somebody wrote them.
                "INSERT INTO book_numbers (number, book) SELECT DISTINCT "
                "UPPER(REPLACE(REPLACE(id, ' ', ''), '-', '')), 'source' FROM sources "
                "WHERE kind = 3 ON CONFLICT DO NOTHING",
                "CREATE TABLE import_versions (version BIGINT PRIMARY KEY, number TEXT NOT NULL, "
                "entry TEXT NOT NULL)",
                "CREATE INDEX import_versions_by_number ON import_versions (number, version)",
                "CREATE TABLE import_deadlines ("
                "number TEXT NOT NULL, issuer TEXT NOT NULL, kind BIGINT NOT NULL, "
                "since_day TEXT NOT NULL, due_day TEXT NOT NULL, source TEXT NOT NULL, "
                "PRIMARY KEY (number, kind))",
                "CREATE INDEX import_deadlines_by_partner ON import_deadlines "
                "(issuer, due_day, number, kind)",
                "CREATE TABLE import_certificates (reference TEXT PRIMARY KEY, "
                "number TEXT NOT NULL UNIQUE)",
                "CREATE TABLE transits (number TEXT PRIMARY KEY, revision BIGINT NOT NULL, "
                "record TEXT NOT NULL)",
            }},
           {11,
            "whether certificates draw on a source, and the half-year of own production",
            {
                // 1: open, 2: waiting for a second officer, 3: closed.
                "ALTER TABLE sources ADD COLUMN state BIGINT NOT NULL DEFAULT 1",
                "ALTER TABLE sources ADD COLUMN year BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE sources ADD COLUMN half BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE sources ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
                // 2: SOURCE_KIND_CERTIFICATE. Every other one rests on one officer's word.
                "UPDATE sources SET state = 2 WHERE kind <> 2",
                "CREATE INDEX sources_of_production ON sources (year, half, origin) WHERE kind = 1",
                "CREATE INDEX sources_waiting ON sources (position) WHERE state = 2",
                "CREATE INDEX draws_by_source ON draws (source_id)",
            }},
           {12,
            "amended confirmations, several technical certificates of one shipment",
            {
                "INSERT INTO counters (name, value) VALUES ('officers', 0)",
                // Every confirmation of receipt as signed, of this entity and of those to which it
                // issued. way 1: by the mesh, 2: from paper. One row takes each version.
                "CREATE TABLE confirmations ("
                "number TEXT NOT NULL, way BIGINT NOT NULL, version BIGINT NOT NULL, "
                "digest TEXT NOT NULL, statement TEXT NOT NULL, recorded_at BIGINT NOT NULL, "
                "outcome TEXT NOT NULL, PRIMARY KEY (number, way, version))",
                // Goods may leave in parts, and a void certificate gives its goods back.
                "CREATE TABLE technical_certificates ("
                "technical_number TEXT PRIMARY KEY, number TEXT NOT NULL, "
                "recorded_at BIGINT NOT NULL, record TEXT NOT NULL, "
                "void_statement TEXT, voided_at BIGINT, void_outcome TEXT NOT NULL DEFAULT '')",
                "INSERT INTO technical_certificates "
                "(technical_number, number, recorded_at, record) "
                "SELECT technical_number, number, recorded_at, record FROM technical",
                "DROP TABLE technical",
                "ALTER TABLE technical_certificates RENAME TO technical",
                "CREATE INDEX technical_by_time ON technical (recorded_at, technical_number)",
                "CREATE INDEX technical_by_number ON technical (number)",
            }},
           {13,
            "lists by day, and what waits",
            {
                // With the state first: with the day first SQLite sorted all that a state holds.
                "DROP INDEX certificates_unconfirmed",
                "CREATE INDEX certificates_unconfirmed ON certificates (state, export_day, number) "
                "WHERE state IN (6, 7, 8, 9)",
                "DROP INDEX certificates_not_exported",
                "CREATE INDEX certificates_not_exported ON certificates (state, expiry_day, number) "
                "WHERE state IN (4, 5)",
                "CREATE INDEX incoming_by_day ON incoming (export_day, number)",
                "CREATE INDEX import_deadlines_by_kind ON import_deadlines (kind, due_day, number)",
            }},
           {14,
            "answers and evidence that signed events tell of",
            {
                "ALTER TABLE answers ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0",
                "CREATE INDEX answers_unsealed ON answers (digest) WHERE sealed = 0",
                "ALTER TABLE evidence ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0",
                "CREATE INDEX evidence_unsealed ON evidence (id) WHERE sealed = 0",
                "CREATE INDEX evidence_by_number ON evidence (number, verified_at)",
            }}}};
}

}  // namespace kp::certificate
