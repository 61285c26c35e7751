// Counters of server calls, with the names and labels of go-grpc-prometheus.
#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "mesh/telemetry/metrics.h"

namespace kp::telemetry {

// One method's handles. Thread-safe.
class MethodMetrics final {
 public:
  // `type` is "unary" or "server_stream".
  MethodMetrics(Metrics& metrics, std::string_view type, std::string_view service,
                std::string_view method);

  void Started() { started_->Increment(); }
  // `code` is a grpc::StatusCode as number: the one the client saw, so CANCELLED or
  // DEADLINE_EXCEEDED when it had gone.
  void Handled(int code, std::chrono::steady_clock::duration took);

 private:
  static constexpr int kCodes = 17;
  prometheus::Counter* started_;
  std::array<prometheus::Counter*, kCodes> handled_{};
  prometheus::Histogram* seconds_;
};

}  // namespace kp::telemetry
