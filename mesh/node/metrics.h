// Names and handles of the node's own metrics; inside this folder only, but for the names.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesh/telemetry/metrics.h"
#include "mesh/tls/refusal.h"
#include "mesh/trust/trust_store.h"

namespace kp::node {

inline constexpr char kTlsRefusals[] = "kp_tls_refusals_total";
inline constexpr char kTlsNotAfter[] = "kp_tls_certificate_not_after_seconds";
inline constexpr char kTlsMaterialRejected[] = "kp_tls_material_rejected_total";
inline constexpr char kTrustStateMetric[] = "kp_trust_state";
inline constexpr char kTrustManifestVersion[] = "kp_trust_manifest_version";
inline constexpr char kTrustManifestExpires[] = "kp_trust_manifest_not_after_seconds";
inline constexpr char kTrustAlarms[] = "kp_trust_alarms_total";
inline constexpr char kTrustFetchFailures[] = "kp_trust_fetch_failures_total";

// Counts refused peers by place and reason. Thread-safe.
class RefusalCounters final {
 public:
  explicit RefusalCounters(telemetry::Metrics& metrics);
  void Count(tls::Where where, tls::Refusal reason);

 private:
  std::map<std::pair<tls::Where, tls::Refusal>, prometheus::Counter*> counters_;
};

// Trust documents as metrics. Thread-safe.
class TrustMetrics final {
 public:
  explicit TrustMetrics(telemetry::Metrics& metrics);
  // A refused document, by the reason of `why`; a reason outside the closed set counts as OTHER.
  void CountAlarm(const absl::Status& why);
  void CountFetchFailure() { fetch_failures_.Increment(); }
  void Show(trust::State state, const trust::Snapshot* snapshot);

 private:
  std::map<std::string, prometheus::Counter*, std::less<>> alarms_;
  std::array<prometheus::Gauge*, 4> states_{};
  prometheus::Gauge& version_;
  prometheus::Gauge& not_after_;
  prometheus::Counter& fetch_failures_;
};

}  // namespace kp::node
