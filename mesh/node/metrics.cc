#include "mesh/node/metrics.h"

#include "base/error.h"
#include "mesh/statement/reasons.h"
#include "mesh/telemetry/names.h"
#include "mesh/trust/reasons.h"

namespace kp::node {
namespace {

constexpr char kOther[] = "OTHER";

// What a trust document can be refused for.
constexpr const char* kAlarmReasons[] = {trust::kTrustMalformed,
                                         trust::kTrustOtherWorld,
                                         trust::kTrustThresholdNotReached,
                                         trust::kTrustVersionGap,
                                         trust::kTrustRollback,
                                         trust::kTrustFork,
                                         trust::kTrustPartMissing,
                                         trust::kTrustPartDigest,
                                         trust::kTrustExpired,
                                         trust::kDenialNotYours,
                                         trust::kKeyDenied,
                                         trust::kKeyCompromised,
                                         trust::kKeyNotInUse,
                                         statement::kMalformed,
                                         statement::kBadSignature,
                                         statement::kUnknownKey,
                                         statement::kFromTheFuture,
                                         statement::kWrongIssuer,
                                         statement::kWrongContentType,
                                         kOther};

constexpr trust::State kStates[] = {trust::State::kNotLoaded, trust::State::kFresh,
                                    trust::State::kOverdue, trust::State::kExpired};

}  // namespace

RefusalCounters::RefusalCounters(telemetry::Metrics& metrics) {
  for (const tls::Where where :
       {tls::Where::kServerHandshake, tls::Where::kClientHandshake, tls::Where::kCall}) {
    for (const tls::Refusal reason : tls::kAllRefusals) {
      counters_[{where, reason}] =
          &metrics.AddCounter(kTlsRefusals, "Peers refused by their certificate or transport.",
                              {{"where", std::string(tls::WhereName(where))},
                               {telemetry::kLabelReason, std::string(tls::RefusalName(reason))}});
    }
  }
}

void RefusalCounters::Count(tls::Where where, tls::Refusal reason) {
  counters_.at({where, reason})->Increment();
}

TrustMetrics::TrustMetrics(telemetry::Metrics& metrics)
    : version_(metrics.AddGauge(kTrustManifestVersion,
                                "Version of the manifest in force; 0 before the first.")),
      not_after_(metrics.AddGauge(kTrustManifestExpires,
                                  "When the manifest in force expires, seconds since 1970.")),
      fetch_failures_(metrics.AddCounter(
          kTrustFetchFailures, "Attempts to follow the trust source that ended with an error.")) {
  for (const char* reason : kAlarmReasons) {
    alarms_[reason] = &metrics.AddCounter(
        kTrustAlarms, "Trust documents that reached this node and were refused.",
        {{telemetry::kLabelReason, reason}});
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    states_[i] = &metrics.AddGauge(kTrustStateMetric,
                                   "State of the trust documents: 1 for the one that holds.",
                                   {{"state", std::string(trust::StateName(kStates[i]))}});
  }
}

void TrustMetrics::CountAlarm(const absl::Status& why) {
  const auto it = alarms_.find(ReasonOf(why));
  (it == alarms_.end() ? alarms_.find(kOther) : it)->second->Increment();
}

void TrustMetrics::Show(trust::State state, const trust::Snapshot* snapshot) {
  for (size_t i = 0; i < states_.size(); ++i) states_[i]->Set(kStates[i] == state ? 1 : 0);
  if (snapshot == nullptr) return;
  version_.Set(static_cast<double>(snapshot->manifest().version()));
  not_after_.Set(static_cast<double>(absl::ToUnixSeconds(snapshot->expires_at())));
}

}  // namespace kp::node
