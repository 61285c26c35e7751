// The metrics of certificate-svc beside those of the mesh; docs/metrics.md lists all.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "mesh/outbox/outbox.h"
#include "mesh/telemetry/metrics.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"

namespace kp::certificate {

struct ServiceMetrics {
  explicit ServiceMetrics(telemetry::Metrics& metrics);

  prometheus::Counter& bad_answers;
  prometheus::Counter& answer_copies_lost;
};

// Gauges of the outbox, read from it every few seconds.
class OutboxMetrics final {
 public:
  OutboxMetrics(telemetry::Metrics& metrics, const outbox::Outbox& outbox);
  ~OutboxMetrics();
  OutboxMetrics(const OutboxMetrics&) = delete;
  OutboxMetrics& operator=(const OutboxMetrics&) = delete;

 private:
  void Refresh(const outbox::Outbox& outbox);

  telemetry::Metrics& metrics_;
  std::map<std::string, bool> seen_;  // partners that have gauges
  std::jthread thread_;
};

}  // namespace kp::certificate
