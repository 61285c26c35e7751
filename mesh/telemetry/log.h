// Logs: one JSON object a line on stderr. Each line is an event with a stable name and key-value
// pairs; the keys stand in names.h. Prices, parties and keys never go into a line.
//
//   telemetry::Info("pre_alert_delivered", {{telemetry::kLogPeer, peer}, {"attempt", 3}});
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "base/clock.h"

namespace kp::telemetry {

enum class Level { kInfo, kWarning, kError };

class LogValue final {
 public:
  LogValue(std::string_view text) : value_(std::string(text)) {}  // NOLINT: implicit by design
  LogValue(const std::string& text) : value_(text) {}             // NOLINT
  LogValue(const char* text) : value_(std::string(text)) {}       // NOLINT
  LogValue(bool value) : value_(value) {}                         // NOLINT
  LogValue(double value) : value_(value) {}                       // NOLINT
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) LogValue(T value)
      : value_(static_cast<int64_t>(value)) {}                         // NOLINT
  LogValue(const absl::Status& status) : value_(status.ToString()) {}  // NOLINT

  const std::variant<std::string, bool, double, int64_t>& value() const { return value_; }

 private:
  std::variant<std::string, bool, double, int64_t> value_;
};

using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// Sets who writes and whose clock stamps the lines; first in main(). `sink` receives whole lines
// without newline (tests); empty means stderr. Without a call the lines go to stderr, stamped by
// the system clock.
void InitLogging(std::string_view service, const Clock& clock,
                 std::function<void(std::string_view line)> sink = nullptr);

// Thread-safe. A text that is not UTF-8 is repaired, one above 4 KiB is cut.
void Log(Level level, std::string_view event, LogFields fields = {});
inline void Info(std::string_view event, LogFields fields = {}) {
  Log(Level::kInfo, event, fields);
}
inline void Warning(std::string_view event, LogFields fields = {}) {
  Log(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, LogFields fields = {}) {
  Log(Level::kError, event, fields);
}

// Puts request_id and trace_id on every line that this thread logs while it lives. mesh/rpc opens
// one around each handler; open one by hand where work goes on in another thread.
class RequestScope final {
 public:
  RequestScope(std::string_view request_id, std::string_view trace_id);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  const std::pair<std::string, std::string>* previous_;
  std::pair<std::string, std::string> ids_;
};

// Sends gRPC's own lines through Log as the event "grpc" (errors only, unless GRPC_VERBOSITY asks
// for more), and shows each to `listener` first (tls::RefusalInGrpcLog), on gRPC's threads. Once,
// in main().
void RedirectGrpcLog(std::function<void(std::string_view line)> listener = nullptr);

}  // namespace kp::telemetry
