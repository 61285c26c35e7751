// What the TLS layer tells, as metrics and log lines; inside this folder only.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/node/metrics.h"
#include "mesh/telemetry/metrics.h"
#include "mesh/tls/credentials.h"
#include "mesh/tls/refusal.h"

namespace kp::node {

// Counts every refusal; logs at most one line a second for each place and reason, since whoever is
// refused decides how often.
class RefusalLog final : public tls::RefusalObserver {
 public:
  explicit RefusalLog(telemetry::Metrics& metrics) : counters_(metrics) {}
  void OnRefused(const tls::RefusalEvent& event) override;

 private:
  RefusalCounters counters_;
  std::mutex mutex_;
  std::map<std::pair<tls::Where, tls::Refusal>, std::chrono::steady_clock::time_point> last_line_;
};

class MaterialLog final : public tls::MaterialObserver {
 public:
  explicit MaterialLog(telemetry::Metrics& metrics);
  void OnLoaded(const identity::SpiffeId& id, const std::string& fingerprint,
                absl::Time not_after) override;
  void OnRejected(const absl::Status& why) override;

 private:
  prometheus::Gauge& not_after_;
  prometheus::Counter& rejected_;
};

}  // namespace kp::node
