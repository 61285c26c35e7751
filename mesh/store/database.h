// One database, SQLite or PostgreSQL: short read transactions on pooled sessions, and writes of many
// callers grouped into one durable commit.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "mesh/store/migration.h"
#include "mesh/store/session.h"

namespace kp::store {

struct Options {
  // "sqlite3://PATH" or a libpq URI: "postgresql://HOST/DB?..." (several hosts and
  // target_session_attrs pass through).
  std::string connection;
  int read_sessions = 4;       // reads at the same time; 4 MiB of page cache each on SQLite
  int write_sessions = 4;      // PostgreSQL only: SQLite has one writer
  size_t max_batch = 256;      // closures in one commit
  size_t queue_limit = 4096;   // Write calls that wait
  size_t later_limit = 16384;  // WriteLater closures that wait
  // Called, on a writer's thread, for each WriteLater closure that failed for good.
  std::function<void(const absl::Status&)> on_later_failure;
};

struct WriteStats {
  int64_t commits = 0;
  int64_t closures = 0;        // made durable by these commits
  int64_t failed_commits = 0;
  int64_t later_failures = 0;  // WriteLater closures lost
};

// Thread-safe. All methods block on I/O: never call one from a reactor thread.
class Database final {
 public:
  using WriteClosure = std::function<absl::Status(Transaction&)>;
  using ReadClosure = std::function<absl::Status(ReadSession&)>;

  // Opens or creates the database and brings its schema up to date: this layer's own component
  // first, then `components` in their order. Refused: a database that holds a newer version of a
  // component or a component that is not given (STORE_NEWER), and one in which an applied
  // migration differs from the program's (STORE_MIGRATION_CHANGED); each names what it found.
  static absl::StatusOr<std::unique_ptr<Database>> Open(Options options, const Clock& clock,
                                                        const std::vector<Component>& components);

  // Opens an existing database that a service of this very schema keeps, to look at it: nothing is
  // created, migrated or written, and who writes there is not held up. Write and WriteLater are
  // FAILED_PRECONDITION, STORE_READ_ONLY. Refused besides what Open refuses: a file that is not
  // there, and a schema older than the program's (STORE_OLDER).
  static absl::StatusOr<std::unique_ptr<Database>> OpenReadOnly(
      Options options, const Clock& clock, const std::vector<Component>& components);

  // Waiting and delayed writes are done first.
  ~Database();

  // Returns once what `closure` wrote is durable. Several closures share a commit, each in its own
  // savepoint: one that returns an error is rolled back alone and its error comes back from here.
  // A failed commit gives every closure of it UNAVAILABLE, STORE_FAILED; a full queue gives
  // RESOURCE_EXHAUSTED, STORE_BUSY, at once.
  //
  // The closure runs on a writer's thread, where all other writers wait for it: no signing, no
  // network. On PostgreSQL it may run again after a deadlock or a lost connection, so its only
  // effects are those through the transaction and results that a second run overwrites.
  [[nodiscard]] absl::Status Write(WriteClosure closure);

  // Takes `closure` for a commit that starts at most `max_delay` / 2 from now (sooner when other
  // writes give occasion); returns without waiting. Not durable on return: for copies whose loss
  // within `max_delay` before a crash is accepted. Done at destruction if still waiting. Failures
  // go to Options::on_later_failure. RESOURCE_EXHAUSTED, STORE_BUSY, when too many wait.
  [[nodiscard]] absl::Status WriteLater(WriteClosure closure, std::chrono::milliseconds max_delay);

  // From now on `closure` runs at the end of each write that touched rows (Transaction::Touch), as
  // its part: its error is the write's. What it uses must live until the database is gone. To be
  // called once, before the first write.
  void BeforeCommit(WriteClosure closure);

  // Runs `closure` in one read transaction: what it reads is one moment. Waits for a free session
  // for at most 5 s, then RESOURCE_EXHAUSTED, STORE_BUSY. Returns the closure's error.
  [[nodiscard]] absl::Status Read(const ReadClosure& closure);

  // Whether a write was made durable within the last two seconds and none has failed since. Never
  // blocks: idle writers try a small write every 500 ms, for which SQLite must also have some free
  // disk space left.
  bool Writable() const;

  WriteStats Stats() const;
  const Clock& clock() const;

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace kp::store
