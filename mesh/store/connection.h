// One SOCI session with its prepared statements; the only place that knows SOCI. Internal to
// mesh/store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/store/session.h"

namespace kp::store {

enum class Backend { kSqlite, kPostgresql };

// Where a database is, parsed from Options::connection.
struct Target {
  Backend backend = Backend::kSqlite;
  std::string address;  // the file of SQLite, the URI of PostgreSQL

  static absl::StatusOr<Target> Parse(std::string_view connection);
};

// Used by one thread at a time. Errors carry STORE_FAILED or STORE_CONSTRAINT and the database's
// first line of text, which names tables and constraints but no values.
class Connection final {
 public:
  enum class Role { kMigrate, kWrite, kRead };

  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Target& target, Role role);
  ~Connection();

  // A prepared statement; see ReadSession::Run. ABORTED means that the whole transaction must be
  // run again (deadlock, serialization).
  absl::StatusOr<std::vector<internal::Cell>> Run(std::string_view sql, std::vector<Param> params,
                                                  size_t columns, int64_t* affected);

  // A statement without parameters or result, not kept prepared: schema changes.
  absl::Status Script(const std::string& sql);

  // A statement that is run often, without parameters or result: BEGIN, SAVEPOINT.
  absl::Status Control(std::string_view sql) { return Run(sql, {}, 0, nullptr).status(); }

  Backend backend() const { return backend_; }

  // The connection to the server is gone; open another one.
  bool lost() const { return lost_; }

 private:
  struct Prepared;
  struct State;

  Connection(Backend backend, std::unique_ptr<State> state);
  absl::Status Configure(Role role);
  Prepared& Prepare(std::string_view sql, const std::vector<Param>& params, size_t columns);
  // Turns the exception being handled into a status.
  absl::Status CurrentError();

  const Backend backend_;
  const std::unique_ptr<State> state_;
  bool lost_ = false;
};

}  // namespace kp::store
