// What a service asks of the operating system: signals, file limit, service manager, ready file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::runtime {

// SIGTERM and SIGINT end the service; SIGHUP reloads. Construct first in main(), before any thread
// starts: the signals are blocked in this and every later thread, and SIGPIPE is ignored.
class Signals final {
 public:
  Signals();
  // Waits in a normal thread. Returns the signal, or 0 after `timeout`.
  int WaitFor(std::chrono::milliseconds timeout);
  // Waits for SIGTERM or SIGINT; SIGHUP is passed over.
  void WaitForStop();
};

// Keeps protobuf's own lines ("[libprotobuf ERROR ...]", as on a text that is not UTF-8) off
// stderr, which is for our lines alone; what cannot be parsed is told by who parses it. First in
// main(), before any thread starts; ParseCommandLine calls it for the services.
void SilenceProtobuf();

// Raises the soft limit of open files to the hard one (a gRPC listener does not survive EMFILE).
// Returns the limit in force.
absl::StatusOr<uint64_t> RaiseFileLimit();

// The service manager's notification socket (sd_notify(3)); silent where NOTIFY_SOCKET is not set.
class ServiceNotifier final {
 public:
  // Reads NOTIFY_SOCKET and WATCHDOG_USEC once.
  static ServiceNotifier FromEnvironment();

  [[nodiscard]] absl::Status Ready() const { return Send("READY=1"); }
  [[nodiscard]] absl::Status Stopping() const { return Send("STOPPING=1"); }
  [[nodiscard]] absl::Status Watchdog() const { return Send("WATCHDOG=1"); }
  [[nodiscard]] absl::Status Send(std::string_view message) const;

  // How often Watchdog() must be sent at least; zero when nobody watches.
  std::chrono::microseconds watchdog_interval() const { return watchdog_; }

 private:
  std::string socket_;
  std::chrono::microseconds watchdog_{0};
};

// How scripts and tests learn where a service listens: writes {"grpc": "127.0.0.1:50051", ...} to
// `path` by rename, so that a reader sees all or nothing. Nothing is done when `path` is empty.
[[nodiscard]] absl::Status WriteReadyFile(const std::string& path,
                                          const std::map<std::string, std::string>& addresses);

}  // namespace kp::runtime
