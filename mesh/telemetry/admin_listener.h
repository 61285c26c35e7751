// The admin HTTP listener of a process: /metrics, /healthz (the process answers) and /readyz (it
// can do its work). Plain HTTP without business data: loopback unless the configuration says
// otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/telemetry/metrics.h"

namespace kp::telemetry {

struct AdminOptions {
  std::string address = "127.0.0.1:0";  // "host:port"; port 0 takes any free one
  const Metrics* metrics = nullptr;     // outlives the listener
  std::function<absl::Status()> ready;  // asked at each /readyz; quick and thread-safe
};

class AdminListener final {
 public:
  // INVALID_ARGUMENT for an address that is none; UNAVAILABLE when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<AdminListener>> Start(const AdminOptions& options);
  ~AdminListener();
  AdminListener(const AdminListener&) = delete;
  AdminListener& operator=(const AdminListener&) = delete;

  int port() const;

 private:
  struct State;
  explicit AdminListener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kp::telemetry
