#include "mesh/store/writer.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/store/fault_point.h"
#include "mesh/store/reasons.h"

namespace kp::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kProbeInterval(500);
constexpr std::chrono::seconds kStale(2);
constexpr uint64_t kMinFreeBytes = 2 << 20;
// A deadlock between two batches ends when one of them goes alone; five is ample.
constexpr int kMaxAttempts = 5;

absl::Status Unavailable(std::string_view message) {
  return MakeError(absl::StatusCode::kUnavailable, kStoreFailed, message);
}

absl::Status Busy() {
  return MakeError(absl::StatusCode::kResourceExhausted, kStoreBusy, "too many writes wait");
}

}  // namespace

Writer::Writer(const Target& target, const Options& options, const Clock& clock,
               std::vector<std::unique_ptr<Connection>> connections)
    : target_(target),
      options_(options),
      clock_(clock),
      next_probe_(Steady::now() + kProbeInterval),
      last_success_(Steady::now().time_since_epoch().count()) {
  bool first = true;
  for (auto& connection : connections) {
    threads_.emplace_back([this, first, owned = std::move(connection)]() mutable {
      Run(std::move(owned), first);
    });
    first = false;
  }
}

Writer::~Writer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();
}

absl::Status Writer::Write(Database::WriteClosure closure) {
  auto item = std::make_unique<Item>();
  item->closure = std::move(closure);
  std::future<absl::Status> done = item->done.get_future();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (queue_.size() >= options_.queue_limit) return Busy();
    queue_.push_back(std::move(item));
  }
  wake_.notify_one();
  return done.get();
}

absl::Status Writer::WriteLater(Database::WriteClosure closure, milliseconds max_delay) {
  auto item = std::make_unique<Item>();
  item->closure = std::move(closure);
  item->later = true;
  // Half of the delay is left for the commit itself.
  const auto start_by = Steady::now() + max_delay / 2;
  bool notify = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (later_.size() >= options_.later_limit) return Busy();
    later_.push_back(std::move(item));
    if (start_by < later_due_) {
      later_due_ = start_by;
      notify = true;
    }
    notify = notify || later_.size() == options_.max_batch;
  }
  if (notify) wake_.notify_one();
  return absl::OkStatus();
}

void Writer::BeforeCommit(Database::WriteClosure closure) {
  const std::lock_guard<std::mutex> lock(mutex_);
  before_commit_ = std::make_shared<const Database::WriteClosure>(std::move(closure));
}

absl::Status Writer::RunClosure(const Item& item, Transaction& tx) {
  KP_RETURN_IF_ERROR(item.closure(tx));
  if (!tx.refusal_.ok() || !tx.failure_.ok() || tx.touched_.empty()) return absl::OkStatus();
  std::shared_ptr<const Database::WriteClosure> before;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    before = before_commit_;
  }
  return before == nullptr ? absl::OkStatus() : (*before)(tx);
}

bool Writer::Writable() const {
  const Steady::time_point last{Steady::duration(last_success_.load())};
  return !failing_.load() && Steady::now() - last < kStale;
}

WriteStats Writer::Stats() const {
  return {commits_.load(), closures_.load(), failed_commits_.load(), later_failures_.load()};
}

std::optional<Writer::Batch> Writer::Next(bool probes) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    const auto now = Steady::now();
    const bool later_due = !later_.empty() && (now >= later_due_ || stopping_ ||
                                               later_.size() >= options_.max_batch);
    if (!queue_.empty() || later_due) {
      // Delayed writes ride along with any commit: it costs them no fsync of their own.
      Batch batch;
      for (auto* source : {&queue_, &later_}) {
        for (size_t i = 0; i < options_.max_batch && !source->empty(); ++i) {
          batch.push_back(std::move(source->front()));
          source->pop_front();
        }
      }
      later_due_ = later_.empty() ? Steady::time_point::max() : now;
      next_probe_ = now + kProbeInterval;
      return batch;
    }
    if (stopping_) return std::nullopt;
    if (probes && now >= next_probe_) {
      next_probe_ = now + kProbeInterval;
      return Batch();
    }
    auto until = later_due_;
    if (probes) until = std::min(until, next_probe_);
    if (until == Steady::time_point::max()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, until);
    }
  }
}

void Writer::Run(std::unique_ptr<Connection> connection, bool probes) {
  while (std::optional<Batch> batch = Next(probes)) {
    if (batch->empty()) {
      Item probe;
      probe.closure = [this](Transaction& tx) { return Probe(tx); };
      CommitWithRetries(connection, {&probe});
      if (!probe.result.ok()) failing_ = true;
      continue;
    }
    std::vector<Item*> items;
    for (const auto& item : *batch) items.push_back(item.get());
    CommitWithRetries(connection, items);
    for (const auto& item : *batch) Finish(*item);
  }
}

void Writer::CommitWithRetries(std::unique_ptr<Connection>& connection,
                               const std::vector<Item*>& items) {
  for (int attempt = 1;; ++attempt) {
    Attempt result{EnsureConnected(connection)};
    if (result.status.ok()) result = Commit(*connection, items);
    if (result.status.ok()) return;
    if (result.retry && attempt < kMaxAttempts) {
      if (items.size() > 1) {
        for (Item* item : items) CommitWithRetries(connection, {item});
        return;
      }
      std::this_thread::sleep_for(milliseconds(1 << attempt));
      continue;
    }
    failing_ = true;
    ++failed_commits_;
    for (Item* item : items) {
      if (item->result.ok()) {
        item->result = Unavailable(absl::StrCat("the write was not stored: ",
                                                std::string(result.status.message())));
      }
      item->hooks.clear();
    }
    return;
  }
}

absl::Status Writer::EnsureConnected(std::unique_ptr<Connection>& connection) {
  if (connection != nullptr && !connection->lost()) return absl::OkStatus();
  connection.reset();
  KP_ASSIGN_OR_RETURN(connection, Connection::Open(target_, Connection::Role::kWrite));
  return absl::OkStatus();
}

Writer::Attempt Writer::Commit(Connection& connection, const std::vector<Item*>& items) {
  const bool sqlite = connection.backend() == Backend::kSqlite;
  absl::Status status =
      connection.Control(sqlite ? "BEGIN IMMEDIATE" : "BEGIN ISOLATION LEVEL READ COMMITTED");
  if (!status.ok()) return {status, connection.lost()};

  const auto give_up = [&](const absl::Status& error, bool retry) -> Attempt {
    // SQLite may have rolled back by itself, and a lost connection has.
    connection.Control("ROLLBACK").IgnoreError();
    return {error, retry};
  };
  int64_t succeeded = 0;
  for (Item* item : items) {
    const Attempt attempt = RunItem(connection, *item, items.size() == 1);
    if (!attempt.status.ok()) return give_up(attempt.status, attempt.retry);
    if (item->result.ok()) ++succeeded;
  }
  if (succeeded == 0) {
    connection.Control("ROLLBACK").IgnoreError();
    return {};
  }
  status = FaultPoint("store.before_commit");
  if (!status.ok()) return give_up(status, false);
  status = connection.Control("COMMIT");
  // When the connection broke here, nobody knows whether the commit was done: it is not tried again.
  if (!status.ok()) return give_up(status, absl::IsAborted(status));
  last_success_ = Steady::now().time_since_epoch().count();
  failing_ = false;
  ++commits_;
  closures_ += succeeded;
  return {FaultPoint("store.after_commit")};
}

Writer::Attempt Writer::RunItem(Connection& connection, Item& item, bool alone) {
  item.hooks.clear();
  if (!alone) {
    const absl::Status status = connection.Control("SAVEPOINT kp_closure");
    if (!status.ok()) return {status, connection.lost()};
  }
  Transaction tx(connection);
  item.result = RunClosure(item, tx);
  if (!tx.refusal_.ok()) item.result = tx.refusal_;
  if (!tx.failure_.ok()) item.result = tx.failure_;
  if (connection.lost() || absl::IsAborted(tx.failure_)) {
    item.result = absl::OkStatus();  // not its own fault: the outcome of the retry counts
    return {tx.failure_, true};
  }
  // A write that the disk or the server refused, as against one that a constraint did.
  if (absl::IsUnavailable(tx.failure_)) failing_ = true;
  absl::Status status;
  if (item.result.ok()) {
    item.hooks = std::move(tx.hooks_);
  } else if (!alone) {
    status = connection.Control("ROLLBACK TO SAVEPOINT kp_closure");
  }
  if (!alone) status.Update(connection.Control("RELEASE SAVEPOINT kp_closure"));
  return {status, connection.lost()};
}

void Writer::Finish(Item& item) {
  if (item.result.ok()) {
    for (const auto& hook : item.hooks) hook();
  } else if (item.later) {
    ++later_failures_;
    if (options_.on_later_failure) options_.on_later_failure(item.result);
  }
  item.done.set_value(item.result);
}

absl::Status Writer::Probe(Transaction& tx) const {
  if (target_.backend == Backend::kSqlite) {
    // An update may fit into space the log already has while a real write no longer does.
    struct statvfs space {};
    if (statvfs(target_.address.c_str(), &space) == 0 &&
        uint64_t{space.f_bavail} * space.f_frsize < kMinFreeBytes) {
      return Unavailable("the disk is full");
    }
  }
  return tx.Execute("UPDATE store_probe SET probed_at = ? WHERE id = 1", clock_.Now()).status();
}

}  // namespace kp::store
