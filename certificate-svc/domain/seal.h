// Signed events about rows of tables that no other event describes whole: the books about others'
// certificates, cases, officers, statistics (store/coverage.h says which columns). Each write of such
// rows carries an event "ROWS" with what stands in them at its end, so that whoever changes, takes or
// adds a row later without the entity's key is found out (`kpctl fsck`, docs/fsck.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/sealed_row.pb.h"
#include "mesh/store/catalog.h"

namespace kp::certificate {

inline constexpr char kRowsEvent[] = "ROWS";
// Rows that were there before the register sealed any: only that they stood so then is known.
inline constexpr char kRowsFoundEvent[] = "ROWS_FOUND";
// What these events are about: no certificate.
inline constexpr char kRowsSubject[] = "rows";

// From now on every write of the environment's database seals the rows that it touches. To be called
// once, before the first write.
void SealRowsOfWrites(const Environment& env);

// Seals, once in a register's life, the rows that were there before. For the start of the service,
// before it serves; begun again after a crash.
absl::Status SealRowsFound(const Environment& env);

// --- What fsck shares ---

// Tables with sealed columns, each with these and its key alone.
absl::StatusOr<std::vector<store::TableShape>> SealedTables(store::ReadSession& session);

// What an event says of a row; `row` in the order of the table's columns.
v1::SealedRow SealOf(const store::TableShape& table, const store::ReadSession::TextRow& row);

// The digest of one value, 16 bytes (sealed_row.proto).
std::string SealOfValue(const std::optional<std::string>& value);

// Whether the rows from before were sealed, or there were none.
absl::StatusOr<bool> AreRowsFound(store::ReadSession& session);

}  // namespace kp::certificate
