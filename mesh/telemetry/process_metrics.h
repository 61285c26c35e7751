// What /proc says about this process.
#pragma once

#include <string_view>

#include "mesh/telemetry/metrics.h"

namespace kp::telemetry {

// Thread-safe when Update is called by one thread at a time.
class ProcessMetrics final {
 public:
  ProcessMetrics(Metrics& metrics, std::string_view service);
  // Reads /proc again; what cannot be read keeps its last value.
  void Update();

 private:
  prometheus::Gauge& open_fds_;
  prometheus::Gauge& max_fds_;
  prometheus::Gauge& resident_memory_;
  prometheus::Counter& cpu_seconds_;
};

}  // namespace kp::telemetry
