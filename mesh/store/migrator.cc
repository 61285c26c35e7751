#include "mesh/store/migrator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/keys.h"
#include "mesh/store/reasons.h"

namespace kp::store {
namespace {

struct Applied {
  std::string name;
  std::string digest;
};
using AppliedMap = std::map<std::pair<std::string, int64_t>, Applied>;

std::string Digest(const Migration& migration) {
  std::string all;
  for (const auto* list : {&migration.sql, &migration.sqlite_sql, &migration.postgresql_sql}) {
    absl::StrAppend(&all, list->size(), ";");
    for (const std::string& sql : *list) absl::StrAppend(&all, sql.size(), ":", sql);
  }
  return absl::Base64Escape(statement::Sha256(all));
}

absl::Status Refuse(const char* reason, const std::string& message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::StatusOr<AppliedMap> ReadApplied(Connection& connection) {
  KP_ASSIGN_OR_RETURN(
      const std::vector<internal::Cell> cells,
      connection.Run("SELECT component, version, name, digest FROM store_migration", {}, 4,
                     nullptr));
  AppliedMap applied;
  for (size_t i = 0; i + 3 < cells.size(); i += 4) {
    int64_t version = 0;
    KP_RETURN_IF_ERROR(internal::Decode(cells[i + 1], version));
    applied[{cells[i].value_or(""), version}] = {cells[i + 2].value_or(""),
                                                 cells[i + 3].value_or("")};
  }
  return applied;
}

// The database must not hold what the program does not know.
absl::Status RefuseNewer(const AppliedMap& applied, const std::vector<Component>& components) {
  for (const auto& [key, row] : applied) {
    const auto& [name, version] = key;
    const auto known = std::find_if(components.begin(), components.end(),
                                    [&](const Component& c) { return c.name == name; });
    if (known == components.end()) {
      return Refuse(kStoreNewer, absl::StrCat("the database holds the component ", name,
                                              ", which this program does not have"));
    }
    if (version > static_cast<int64_t>(known->migrations.size())) {
      return Refuse(kStoreNewer,
                    absl::StrCat("the database is newer than this program: ", name, " version ",
                                 version, " (", row.name, "), and the program knows ",
                                 known->migrations.size()));
    }
  }
  return absl::OkStatus();
}

absl::Status Apply(Connection& connection, const Clock& clock, const Component& component,
                   const Migration& migration) {
  const auto& own = connection.backend() == Backend::kSqlite ? migration.sqlite_sql
                                                             : migration.postgresql_sql;
  for (const auto* list : {&migration.sql, &own}) {
    for (const std::string& sql : *list) {
      if (const absl::Status status = connection.Script(sql); !status.ok()) {
        return MakeError(status.code(), ReasonOf(status),
                         absl::StrCat("migration ", component.name, " ", migration.version, " (",
                                      migration.name, "): ", std::string(status.message())));
      }
    }
  }
  return connection
      .Run("INSERT INTO store_migration (component, version, name, digest, applied_at)"
           " VALUES (?, ?, ?, ?, ?)",
           {component.name, migration.version, migration.name, Digest(migration), clock.Now()}, 0,
           nullptr)
      .status();
}

absl::Status CheckDigest(const Applied& applied, const Component& component,
                         const Migration& migration) {
  if (applied.digest == Digest(migration)) return absl::OkStatus();
  return Refuse(kStoreMigrationChanged,
                absl::StrCat("migration ", component.name, " ", migration.version, " (",
                             migration.name, ") was applied with other SQL than this program's"));
}

absl::Status MigrateInTransaction(Connection& connection, const Clock& clock,
                                  const std::vector<Component>& components) {
  if (connection.backend() == Backend::kPostgresql) {
    // Any fixed number, the same in every release: replicas migrate one after the other.
    KP_RETURN_IF_ERROR(connection.Run("SELECT pg_advisory_xact_lock(727401882)", {}, 1, nullptr)
                           .status());
  }
  KP_RETURN_IF_ERROR(connection.Script(
      "CREATE TABLE IF NOT EXISTS store_migration (component TEXT NOT NULL, version BIGINT NOT NULL,"
      " name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL,"
      " PRIMARY KEY (component, version))"));
  KP_ASSIGN_OR_RETURN(const AppliedMap applied, ReadApplied(connection));
  KP_RETURN_IF_ERROR(RefuseNewer(applied, components));
  for (const Component& component : components) {
    int expected = 0;
    for (const Migration& migration : component.migrations) {
      if (migration.version != ++expected) {
        return MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                         absl::StrCat("component ", component.name, " lacks version ", expected));
      }
      const auto done = applied.find({component.name, migration.version});
      if (done == applied.end()) {
        KP_RETURN_IF_ERROR(Apply(connection, clock, component, migration));
      } else {
        KP_RETURN_IF_ERROR(CheckDigest(done->second, component, migration));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSchema(Connection& connection, const std::vector<Component>& components) {
  KP_ASSIGN_OR_RETURN(const AppliedMap applied, ReadApplied(connection));
  KP_RETURN_IF_ERROR(RefuseNewer(applied, components));
  for (const Component& component : components) {
    for (const Migration& migration : component.migrations) {
      const auto done = applied.find({component.name, migration.version});
      if (done == applied.end()) {
        return Refuse(kStoreOlder,
                      absl::StrCat("the database is older than this program: it lacks ",
                                   component.name, " version ", migration.version, " (",
                                   migration.name, "); start the service of this version first"));
      }
      KP_RETURN_IF_ERROR(CheckDigest(done->second, component, migration));
    }
  }
  return absl::OkStatus();
}

absl::Status Migrate(Connection& connection, const Clock& clock,
                     const std::vector<Component>& components) {
  KP_RETURN_IF_ERROR(
      connection.Script(connection.backend() == Backend::kSqlite ? "BEGIN IMMEDIATE" : "BEGIN"));
  absl::Status status = MigrateInTransaction(connection, clock, components);
  if (status.ok()) status = connection.Script("COMMIT");
  if (!status.ok()) connection.Script("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace kp::store
