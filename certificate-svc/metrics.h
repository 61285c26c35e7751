// The metrics of certificate-svc beside those of the mesh; docs/metrics.md lists all.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "mesh/outbox/outbox.h"
#include "mesh/store/database.h"
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

// Gauge of the open cases, read from the database every few seconds.
class CaseMetrics final {
 public:
  CaseMetrics(telemetry::Metrics& metrics, store::Database& database);
  CaseMetrics(const CaseMetrics&) = delete;
  CaseMetrics& operator=(const CaseMetrics&) = delete;

 private:
  void Refresh(store::Database& database);

  telemetry::Metrics& metrics_;
  std::set<std::string> seen_;  // partners that have a gauge
  std::jthread thread_;
};

}  // namespace kp::certificate
