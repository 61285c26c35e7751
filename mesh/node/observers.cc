#include "mesh/node/observers.h"

#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::node {

void RefusalLog::OnRefused(const tls::RefusalEvent& event) {
  counters_.Count(event.where, event.reason);
  {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [last, is_first] = last_line_.try_emplace({event.where, event.reason}, now);
    if (!is_first && now - last->second < std::chrono::seconds(1)) return;
    last->second = now;
  }
  telemetry::Warning("peer_refused", {{"where", tls::WhereName(event.where)},
                                      {telemetry::kLogReason, tls::RefusalName(event.reason)},
                                      {"claimed_id", event.claimed_id},
                                      {"leaf_fingerprint", event.leaf_fingerprint},
                                      {telemetry::kLogError, event.detail}});
}

MaterialLog::MaterialLog(telemetry::Metrics& metrics)
    : not_after_(metrics.AddGauge(kTlsNotAfter,
                                  "When this node's certificate expires, seconds since 1970.")),
      rejected_(metrics.AddCounter(kTlsMaterialRejected,
                                   "New certificate files refused; the last good ones stay.")) {}

void MaterialLog::OnLoaded(const identity::SpiffeId& id, const std::string& fingerprint,
                           absl::Time not_after) {
  not_after_.Set(static_cast<double>(absl::ToUnixSeconds(not_after)));
  telemetry::Info(
      "certificate_loaded",
      {{"id", id.ToString()},
       {"leaf_fingerprint", fingerprint},
       {"not_after", absl::FormatTime(absl::RFC3339_sec, not_after, absl::UTCTimeZone())}});
}

void MaterialLog::OnRejected(const absl::Status& why) {
  rejected_.Increment();
  telemetry::Error("certificate_rejected", {{telemetry::kLogError, why}});
}

}  // namespace kp::node
