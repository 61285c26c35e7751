// What a server does by itself: tells the health service what the node can really do, and keeps
// gRPC's reactor threads from falling asleep.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/server.h"
#include "mesh/rpc/executor.h"
#include "mesh/rpc/server.h"
#include "mesh/telemetry/metrics.h"

namespace kp::rpc {

// Thread-safe.
class Housekeeping final {
 public:
  // Starts two threads. `server` has the default health service; all outlive this.
  Housekeeping(grpc::Server& server, std::vector<std::string> services, Readiness readiness,
               const Executor& executor, telemetry::Metrics& metrics);
  ~Housekeeping();

  absl::Status ReadyState() const;

  // NOT_SERVING for good. The reactors are kept awake until Stop.
  void GoNotServing();
  void Stop();

 private:
  void Poll(const std::stop_token& stop);  // asks for readiness, which may hang
  void Tick(const std::stop_token& stop);  // never waits for anything
  void TouchReactors();
  void Publish(const std::string& service, const absl::Status& state);
  void WithdrawIfOverdue();
  bool SleepFor(const std::stop_token& stop, std::chrono::milliseconds time);

  grpc::Server& server_;
  const std::vector<std::string> services_;
  const Readiness readiness_;
  const Executor& executor_;
  prometheus::Gauge& ready_gauge_;
  prometheus::Gauge& fast_queue_;
  prometheus::Gauge& work_queue_;
  const std::shared_ptr<grpc::Channel> in_process_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable touched_;
  std::chrono::steady_clock::time_point polled_ = std::chrono::steady_clock::now();
  absl::Status state_;
  bool touching_ = false;

  std::jthread poller_;
  std::jthread ticker_;
};

}  // namespace kp::rpc
