#include "mesh/rpc/executor.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace kp::rpc {

class Executor::Pool final {
 public:
  Pool(size_t threads, size_t queue) : limit_(queue) {
    threads_.reserve(threads);
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }

  bool Submit(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      // Idle threads do not make the queue longer: a task that finds one does not wait.
      if (draining_ || tasks_.size() >= limit_ + idle_) return false;
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
  }

  void Drain() {
    {
      const std::lock_guard lock(mutex_);
      draining_ = true;
    }
    wake_.notify_all();
    const std::lock_guard lock(join_mutex_);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  size_t QueueLength() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }

  size_t QueueLimit() const { return limit_; }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      wake_.wait(lock, [this] { return draining_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // what it holds is released before the lock is taken
      lock.lock();
    }
  }

  const size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  size_t idle_ = 0;
  bool draining_ = false;
  std::mutex join_mutex_;
  std::vector<std::thread> threads_;
};

Executor::Executor(const ExecutorOptions& options)
    : fast_(std::make_unique<Pool>(options.fast_threads, options.fast_queue)),
      work_(std::make_unique<Pool>(options.work_threads, options.work_queue)) {}

Executor::~Executor() { Drain(); }

bool Executor::Submit(Lane lane, std::function<void()> task) {
  return pool(lane).Submit(std::move(task));
}

void Executor::Drain() {
  fast_->Drain();
  work_->Drain();
}

size_t Executor::QueueLength(Lane lane) const { return pool(lane).QueueLength(); }

size_t Executor::QueueLimit(Lane lane) const { return pool(lane).QueueLimit(); }

}  // namespace kp::rpc
