// The writers' threads and their queue: many closures, one commit. Internal to mesh/store.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "mesh/store/connection.h"
#include "mesh/store/database.h"

namespace kp::store {

class Writer final {
 public:
  // One thread for each of `connections`.
  Writer(const Target& target, const Options& options, const Clock& clock,
         std::vector<std::unique_ptr<Connection>> connections);
  // Does what waits, then stops.
  ~Writer();

  absl::Status Write(Database::WriteClosure closure);
  absl::Status WriteLater(Database::WriteClosure closure, std::chrono::milliseconds max_delay);
  void BeforeCommit(Database::WriteClosure closure);
  bool Writable() const;
  WriteStats Stats() const;

 private:
  using Steady = std::chrono::steady_clock;

  struct Item {
    Database::WriteClosure closure;
    bool later = false;
    absl::Status result;
    std::vector<std::function<void()>> hooks;
    std::promise<absl::Status> done;
  };
  using Batch = std::vector<std::unique_ptr<Item>>;

  // How an attempt at a commit ended.
  struct Attempt {
    absl::Status status;  // of the commit as a whole; each item has its own result besides
    bool retry = false;   // nothing was committed, and doing it again can succeed
  };

  void Run(std::unique_ptr<Connection> connection, bool probes);
  // Waits for work; empty when it is time for a probe, nullopt when all is done.
  std::optional<Batch> Next(bool probes);
  Attempt Commit(Connection& connection, const std::vector<Item*>& items);
  // Runs one closure; not OK when the transaction as a whole cannot go on. `alone`: it is the only
  // one, and needs no savepoint.
  Attempt RunItem(Connection& connection, Item& item, bool alone);
  // The closure, and what is to run before its commit. Its own refusals are the caller's to read.
  absl::Status RunClosure(const Item& item, Transaction& tx);
  void CommitWithRetries(std::unique_ptr<Connection>& connection, const std::vector<Item*>& items);
  absl::Status EnsureConnected(std::unique_ptr<Connection>& connection);
  void Finish(Item& item);
  absl::Status Probe(Transaction& tx) const;

  const Target target_;
  const Options options_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<std::unique_ptr<Item>> queue_;
  std::deque<std::unique_ptr<Item>> later_;
  Steady::time_point later_due_ = Steady::time_point::max();
  Steady::time_point next_probe_;
  bool stopping_ = false;
  std::shared_ptr<const Database::WriteClosure> before_commit_;

  std::atomic<Steady::rep> last_success_;
  std::atomic<bool> failing_ = false;
  std::atomic<int64_t> commits_ = 0;
  std::atomic<int64_t> closures_ = 0;
  std::atomic<int64_t> failed_commits_ = 0;
  std::atomic<int64_t> later_failures_ = 0;

  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace kp::store
