// How the outbox tells its dispatcher of new messages, and the dispatcher those who wait of results.
// Internal to mesh/outbox.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "mesh/outbox/outbox.h"

namespace kp::outbox {

// Thread-safe.
class Outbox::Signals final {
 public:
  // `wake` is called with the partner; nullptr when the dispatcher goes. Not called afterwards.
  void SetWake(std::function<void(const std::string&)> wake) {
    const std::lock_guard<std::mutex> lock(wake_mutex_);
    wake_ = std::move(wake);
  }

  void Wake(const std::string& partner) {
    const std::lock_guard<std::mutex> lock(wake_mutex_);
    if (wake_) wake_(partner);
  }

  // A result was recorded.
  void Recorded() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++recorded_;
    }
    changed_.notify_all();
  }

  uint64_t recorded() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return recorded_;
  }

  // Until something was recorded after `seen`, or `until`.
  void WaitAfter(uint64_t seen, std::chrono::steady_clock::time_point until) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_until(lock, until, [&] { return recorded_ != seen; });
  }

 private:
  std::mutex wake_mutex_;
  std::function<void(const std::string&)> wake_;  // guarded by wake_mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t recorded_ = 0;  // guarded by mutex_
};

}  // namespace kp::outbox
