#include "mesh/telemetry/log.h"

#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "grpc/support/log.h"
#include "mesh/telemetry/names.h"
#include "nlohmann/json.hpp"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace kp::telemetry {
namespace {

constexpr size_t kMaxText = 4096;

struct Logging {
  std::string service;
  const Clock* clock = &SystemClock();
  std::function<void(std::string_view)> sink;
};

std::function<void(std::string_view)> Stderr() {
  auto logger =
      std::make_shared<spdlog::logger>("kp", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  return [logger](std::string_view line) {
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  };
}

// Never destroyed: threads may log while the process ends.
std::mutex& Mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}

std::shared_ptr<const Logging>& Current() {
  static auto* const current = new std::shared_ptr<const Logging>(
      std::make_shared<Logging>(Logging{"", &SystemClock(), Stderr()}));
  return *current;
}

std::shared_ptr<const Logging> Get() {
  const std::lock_guard lock(Mutex());
  return Current();
}

thread_local const std::pair<std::string, std::string>* request_ids = nullptr;

nlohmann::ordered_json Json(const LogValue& value) {
  return std::visit(
      [](const auto& held) -> nlohmann::ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>) {
          return held.size() > kMaxText ? held.substr(0, kMaxText) + "..." : held;
        } else {
          return held;
        }
      },
      value.value());
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

std::function<void(std::string_view)>& GrpcListener() {
  static auto* const listener = new std::function<void(std::string_view)>;
  return *listener;
}

void OnGrpcLine(gpr_log_func_args* args) {
  if (GrpcListener()) GrpcListener()(args->message);
  const Level level = args->severity == GPR_LOG_SEVERITY_ERROR ? Level::kError : Level::kInfo;
  Log(level, "grpc", {{kLogError, args->message}});
}

}  // namespace

void InitLogging(std::string_view service, const Clock& clock,
                 std::function<void(std::string_view line)> sink) {
  auto logging = std::make_shared<Logging>(
      Logging{std::string(service), &clock, sink ? std::move(sink) : Stderr()});
  const std::lock_guard lock(Mutex());
  Current() = std::move(logging);
}

void Log(Level level, std::string_view event, LogFields fields) {
  const std::shared_ptr<const Logging> logging = Get();
  nlohmann::ordered_json line;
  line[kLogTime] =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", logging->clock->Now(), absl::UTCTimeZone());
  line[kLogLevel] = LevelName(level);
  if (!logging->service.empty()) line[kLogService] = logging->service;
  line[kLogEvent] = event;
  if (request_ids != nullptr) {
    line[kLogRequestId] = request_ids->first;
    line[kLogTraceId] = request_ids->second;
  }
  for (const auto& [key, value] : fields) line[std::string(key)] = Json(value);
  logging->sink(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

RequestScope::RequestScope(std::string_view request_id, std::string_view trace_id)
    : previous_(request_ids), ids_(request_id, trace_id) {
  request_ids = &ids_;
}

RequestScope::~RequestScope() { request_ids = previous_; }

void RedirectGrpcLog(std::function<void(std::string_view line)> listener) {
  GrpcListener() = std::move(listener);
  gpr_log_verbosity_init();  // grpc_init does it too; lines before that would be lost
  gpr_set_log_function(&OnGrpcLine);
}

}  // namespace kp::telemetry
