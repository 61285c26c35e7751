// What the verbs that work on a register without its service are given: the database, and the trust
// documents by which its signatures are judged.
#pragma once

#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "mesh/statement/statement.h"
#include "mesh/store/database.h"

namespace kp::kpctl {

struct TrustFlags {
  std::string root, manifest;
};
void AddTrustFlags(CLI::App* verb, TrustFlags& flags);

// Keys as the manifest in that file has them, once it is proven to be made under that root document,
// which the user answers for. `clock` outlives the result. Errors are those of the documents.
absl::StatusOr<statement::KeyLookup> ReadKeys(const Clock& clock, const TrustFlags& flags);

// "sqlite3://PATH", "postgresql://..." or the path of an SQLite file, as Options::connection.
std::string ToConnection(const std::string& database);

// The register in that database, to be read: its service may go on writing. Refused as
// Database::OpenReadOnly refuses.
absl::StatusOr<std::unique_ptr<store::Database>> OpenRegister(const Clock& clock,
                                                              const std::string& database);

}  // namespace kp::kpctl
