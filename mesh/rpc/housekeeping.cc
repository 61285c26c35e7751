#include "mesh/rpc/housekeeping.h"

#include "absl/strings/str_cat.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/health_check_service_interface.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::rpc {
namespace {

// A reactor thread that finds nothing to do for 1 s sleeps for 100 ms, and the next call waits for
// it (gRPC 1.51, completion_queue_cc.cc).
constexpr std::chrono::milliseconds kTick{400};
// Together they bound how long a node that hangs still calls itself ready: 500 + 1300 ms at most.
constexpr std::chrono::milliseconds kPollInterval{500};
constexpr std::chrono::milliseconds kOverdue{1300};

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";

struct Touch {
  grpc::ClientContext context;
  grpc::ByteBuffer request;  // an empty HealthCheckRequest: the node as a whole
  grpc::ByteBuffer response;
};

grpc::ByteBuffer EmptyMessage() {
  const grpc::Slice nothing;
  return grpc::ByteBuffer(&nothing, 1);
}

}  // namespace

Housekeeping::Housekeeping(grpc::Server& server, std::vector<std::string> services,
                           Readiness readiness, const Executor& executor,
                           telemetry::Metrics& metrics)
    : server_(server),
      services_(std::move(services)),
      readiness_(std::move(readiness)),
      executor_(executor),
      ready_gauge_(
          metrics.AddGauge(telemetry::kReady, "1 when the node can sign, store and trust.")),
      fast_queue_(metrics.AddGauge(telemetry::kRpcQueueLength, "Calls that wait for a pool thread.",
                                   {{telemetry::kLabelLane, "fast"}})),
      work_queue_(metrics.AddGauge(telemetry::kRpcQueueLength, "Calls that wait for a pool thread.",
                                   {{telemetry::kLabelLane, "work"}})),
      // In-process calls have no identity, so Dispatcher::Admit refuses them; only the health
      // service answers, and nobody but this object holds the channel.
      in_process_(server.InProcessChannel(grpc::ChannelArguments())),
      state_(absl::UnavailableError("starting")) {
  server_.GetHealthCheckService()->SetServingStatus(false);
  poller_ = std::jthread([this](const std::stop_token& stop) { Poll(stop); });
  ticker_ = std::jthread([this](const std::stop_token& stop) { Tick(stop); });
}

Housekeeping::~Housekeeping() { Stop(); }

absl::Status Housekeeping::ReadyState() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Housekeeping::GoNotServing() {
  poller_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    state_ = absl::UnavailableError("stopping");
    ready_gauge_.Set(0);
  }
  // Later changes have no effect, so an answer of the poller that is still under way does no harm.
  server_.GetHealthCheckService()->Shutdown();
}

void Housekeeping::Stop() {
  poller_.request_stop();
  ticker_.request_stop();
  if (poller_.joinable()) poller_.join();
  if (ticker_.joinable()) ticker_.join();
  std::unique_lock lock(mutex_);
  touched_.wait(lock, [this] { return !touching_; });
}

bool Housekeeping::SleepFor(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void Housekeeping::Poll(const std::stop_token& stop) {
  do {
    for (const std::string& service : services_) {
      const absl::Status state = readiness_(service);
      if (stop.stop_requested()) return;
      Publish(service, state);
    }
    const absl::Status state = readiness_("");
    if (stop.stop_requested()) return;
    Publish("", state);
    const std::lock_guard lock(mutex_);
    polled_ = std::chrono::steady_clock::now();
  } while (SleepFor(stop, kPollInterval));
}

void Housekeeping::Publish(const std::string& service, const absl::Status& state) {
  server_.GetHealthCheckService()->SetServingStatus(service, state.ok());
  if (!service.empty()) return;
  const std::lock_guard lock(mutex_);
  if (state.ok() != state_.ok()) {
    if (state.ok()) {
      telemetry::Info("node_ready");
    } else {
      telemetry::Error("node_not_ready", {{telemetry::kLogError, state}});
    }
  }
  state_ = state;
  ready_gauge_.Set(state.ok() ? 1 : 0);
}

void Housekeeping::WithdrawIfOverdue() {
  {
    const std::lock_guard lock(mutex_);
    if (!state_.ok() || std::chrono::steady_clock::now() - polled_ < kOverdue) return;
  }
  for (const std::string& service : services_) {
    server_.GetHealthCheckService()->SetServingStatus(service, false);
  }
  Publish("", absl::UnavailableError("the readiness check does not come back"));
}

void Housekeeping::Tick(const std::stop_token& stop) {
  do {
    TouchReactors();
    if (!poller_.get_stop_token().stop_requested()) WithdrawIfOverdue();
    fast_queue_.Set(static_cast<double>(executor_.QueueLength(Lane::kFast)));
    work_queue_.Set(static_cast<double>(executor_.QueueLength(Lane::kWork)));
  } while (SleepFor(stop, kTick));
}

void Housekeeping::TouchReactors() {
  {
    const std::lock_guard lock(mutex_);
    if (touching_) return;
    touching_ = true;
  }
  auto touch = std::make_shared<Touch>();
  touch->request = EmptyMessage();
  touch->context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(5, GPR_TIMESPAN)));
  grpc::GenericStub(in_process_)
      .UnaryCall(&touch->context, kHealthCheck, grpc::StubOptions(), &touch->request,
                 &touch->response, [this, touch](const grpc::Status&) {
                   const std::lock_guard lock(mutex_);
                   touching_ = false;
                   touched_.notify_all();
                 });
}

}  // namespace kp::rpc
