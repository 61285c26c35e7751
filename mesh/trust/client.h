// Keeps a node's trust documents up to date from the registry, or from a mirror.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "base/random.h"
#include "grpcpp/client_context.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/trust/trust_store.h"

namespace kp::trust {

// Before the next attempt, when `failures` in a row went before: from 0.1 s to 2 s, at random
// within limits so that nodes do not return together. With the reconnection of the channel
// (client_pool.cc) it stays below the 5 s in which what is published acts everywhere.
std::chrono::milliseconds PauseAfter(int failures, Random& random);

// Starts following at construction, stops at destruction. All references outlive it.
class TrustClient final {
 public:
  // `source`: who is asked. `on_failure`, may be empty: each failed attempt, for metric and log.
  TrustClient(TrustStore& store, rpc::ClientPool& pool, rpc::Peer source,
              std::function<void(const absl::Status&)> on_failure);
  ~TrustClient();
  TrustClient(const TrustClient&) = delete;
  TrustClient& operator=(const TrustClient&) = delete;

  // Fetches whatever is newer than what the store has. Blocks for at most about 20 s.
  absl::Status Fetch();

 private:
  void Follow(const std::stop_token& stop);
  absl::Status WatchOnce(const std::stop_token& stop);
  void Watchdog(const std::stop_token& stop);

  TrustStore& store_;
  rpc::ClientPool& pool_;
  const rpc::Peer source_;
  const std::function<void(const absl::Status&)> on_failure_;

  int failures_ = 0;  // in a row; the follower's own
  std::mutex mutex_;
  grpc::ClientContext* watching_ = nullptr;  // while a stream is open
  std::atomic<int64_t> last_heard_ms_{0};    // steady clock
  std::jthread watchdog_;
  std::jthread follower_;
};

}  // namespace kp::trust
