#include "mesh/telemetry/rpc_metrics.h"

#include <string>

#include "mesh/telemetry/names.h"

namespace kp::telemetry {
namespace {

// The spelling of go-grpc-prometheus, which dashboards know.
constexpr const char* kCodeNames[] = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

// Seconds. SLO thresholds must be edges, so they reach from a signature to a slow relay.
const std::vector<double>& Edges() {
  static const auto* const edges = new std::vector<double>{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *edges;
}

}  // namespace

MethodMetrics::MethodMetrics(Metrics& metrics, std::string_view type, std::string_view service,
                             std::string_view method) {
  const Labels labels{{kLabelGrpcType, std::string(type)},
                      {kLabelGrpcService, std::string(service)},
                      {kLabelGrpcMethod, std::string(method)}};
  started_ = &metrics.AddCounter(kGrpcServerStarted, "RPCs started on the server.", labels);
  seconds_ = &metrics.AddHistogram(kGrpcServerHandlingSeconds,
                                   "Seconds from the start of an RPC to its end on the server.",
                                   labels, Edges());
  for (size_t code = 0; code < handled_.size(); ++code) {
    Labels with_code = labels;
    with_code[kLabelGrpcCode] = kCodeNames[code];
    handled_[code] = &metrics.AddCounter(
        kGrpcServerHandled, "RPCs ended on the server, by the code that the client saw.",
        with_code);
  }
}

void MethodMetrics::Handled(int code, std::chrono::steady_clock::duration took) {
  const bool known = code >= 0 && code < kCodes;
  handled_[known ? static_cast<size_t>(code) : 2U]->Increment();
  seconds_->Observe(std::chrono::duration<double>(took).count());
}

}  // namespace kp::telemetry
