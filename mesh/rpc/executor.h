// The bounded thread pools that handlers run on. gRPC's two reactor threads serve the whole
// process, so nothing that can wait may run on them (docs/adr/0002-handlers-on-pool-threads.md).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace kp::rpc {

enum class Lane {
  kFast,  // reads and signing: never waits for a disk flush nor for another process
  kWork,  // writes that wait for a group commit, and outbound calls
};

struct ExecutorOptions {
  size_t fast_threads = 2;
  size_t fast_queue = 1024;  // tasks that may wait; the next one is refused
  size_t work_threads = 128;
  size_t work_queue = 512;
};

// Thread-safe. One per process, shared by its servers; outlives them.
class Executor final {
 public:
  explicit Executor(const ExecutorOptions& options);
  ~Executor();  // drains
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when the lane's queue is full or the executor drains; `task` is then not run. A task must
  // not throw.
  [[nodiscard]] bool Submit(Lane lane, std::function<void()> task);

  // Takes no further tasks, runs those queued, and joins the threads. Idempotent; not from a task.
  void Drain();

  size_t QueueLength(Lane lane) const;
  size_t QueueLimit(Lane lane) const;

 private:
  class Pool;
  Pool& pool(Lane lane) const { return lane == Lane::kFast ? *fast_ : *work_; }
  const std::unique_ptr<Pool> fast_;
  const std::unique_ptr<Pool> work_;
};

}  // namespace kp::rpc
