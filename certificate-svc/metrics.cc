#include "certificate-svc/metrics.h"

#include <condition_variable>
#include <mutex>

#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::certificate {
namespace {

constexpr std::chrono::seconds kInterval{2};
constexpr char kMessages[] = "kp_outbox_messages";
constexpr char kMessagesHelp[] = "Undelivered messages by partner and state.";
constexpr char kOldest[] = "kp_outbox_oldest_creation_timestamp_seconds";
constexpr char kOldestHelp[] =
    "When the oldest undelivered message to this partner was written; 0 when there is none.";

}  // namespace

ServiceMetrics::ServiceMetrics(telemetry::Metrics& metrics)
    : bad_answers(metrics.AddCounter(
          "kp_bad_answers_total",
          "Answers and receipts of other entities whose proof does not hold: a security alarm.")),
      answer_copies_lost(metrics.AddCounter(
          "kp_answer_copies_lost_total",
          "Answers given of which this register could not keep its own copy.")) {}

OutboxMetrics::OutboxMetrics(telemetry::Metrics& metrics, const outbox::Outbox& outbox)
    : metrics_(metrics), thread_([this, &outbox](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock<std::mutex> lock(mutex);
        while (!stop.stop_requested()) {
          Refresh(outbox);
          wake.wait_for(lock, stop, kInterval, [] { return false; });
        }
      }) {}

OutboxMetrics::~OutboxMetrics() = default;

void OutboxMetrics::Refresh(const outbox::Outbox& outbox) {
  const auto stats = outbox.Stats();
  if (!stats.ok()) {
    telemetry::Warning("outbox_stats_failed", {{telemetry::kLogError, stats.status()}});
    return;
  }
  const auto set = [&](const outbox::PartnerStats& partner) {
    const auto gauge = [&](const char* state, int64_t value) {
      metrics_.AddGauge(kMessages, kMessagesHelp, {{"partner", partner.partner}, {"state", state}})
          .Set(static_cast<double>(value));
    };
    gauge("pending", partner.pending);
    gauge("parked", partner.parked);
    gauge("refused", partner.failed);
    metrics_.AddGauge(kOldest, kOldestHelp, {{"partner", partner.partner}})
        .Set(partner.oldest == absl::Time() ? 0 : absl::ToDoubleSeconds(partner.oldest - absl::UnixEpoch()));
  };
  for (auto& [partner, current] : seen_) current = false;
  for (const outbox::PartnerStats& partner : *stats) {
    seen_[partner.partner] = true;
    set(partner);
  }
  // A partner that has nothing left shows zero rather than its last figure.
  for (const auto& [partner, current] : seen_) {
    if (!current) set({partner, 0, 0, 0, absl::Time()});
  }
}

}  // namespace kp::certificate
