#include "certificate-svc/metrics.h"

#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "certificate-svc/store/cases.h"
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

constexpr char kCases[] = "kp_cases_open";
constexpr char kCasesHelp[] = "Cases with this partner that are not closed.";

// Calls `refresh` now and after each interval, until it is to stop.
template <typename Refresh>
void Repeat(const std::stop_token& stop, const Refresh& refresh) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock<std::mutex> lock(mutex);
  while (!stop.stop_requested()) {
    refresh();
    wake.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

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
        Repeat(stop, [&] { Refresh(outbox); });
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

CaseMetrics::CaseMetrics(telemetry::Metrics& metrics, store::Database& database)
    : metrics_(metrics), thread_([this, &database](const std::stop_token& stop) {
        Repeat(stop, [&] { Refresh(database); });
      }) {}

void CaseMetrics::Refresh(store::Database& database) {
  std::vector<std::pair<std::string, int64_t>> counts;
  const absl::Status read = database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(counts, CountOpenCases(session));
    return absl::OkStatus();
  });
  if (!read.ok()) {
    telemetry::Warning("case_count_failed", {{telemetry::kLogError, read}});
    return;
  }
  // A partner with which every case is closed shows zero rather than its last figure.
  std::map<std::string, int64_t> now;
  for (const std::string& partner : seen_) now[partner] = 0;
  for (const auto& [partner, count] : counts) now[partner] = count;
  for (const auto& [partner, count] : now) {
    seen_.insert(partner);
    metrics_.AddGauge(kCases, kCasesHelp, {{"partner", partner}}).Set(static_cast<double>(count));
  }
}

}  // namespace kp::certificate
