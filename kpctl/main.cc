#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/clock.h"
#include "google/protobuf/stubs/logging.h"
#include "kpctl/app.h"
#include "kpctl/private_directory.h"
#include "mesh/runtime/process.h"
#include "mesh/tls/policy.h"

int main(int argc, char** argv) {
  if (const absl::Status policy = kp::tls::InstallTlsPolicy(); !policy.ok()) {
    std::cerr << "kpctl: " << policy.message() << '\n';
    return kp::kpctl::kExitFailed;
  }
  // libprotobuf would write its own line about text that is no UTF-8 to stderr, where a program
  // reads one JSON object; what is wrong is told by the call that fails.
  google::protobuf::SetLogHandler(nullptr);
  // A signal must not leave the copy of the key behind that gRPC reads.
  kp::runtime::Signals signals;
  std::jthread guard([&signals](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int signal = signals.WaitFor(std::chrono::hours(1));
      if (signal == 0 || stop.stop_requested()) continue;
      kp::kpctl::RemovePrivateDirectories();
      _exit(128 + signal);
    }
  });
  kp::kpctl::Context context(std::cout, std::cerr, kp::SystemClock(), kp::SystemIds(),
                             [](const char* name) -> std::string {
                               const char* const value = std::getenv(name);
                               return value == nullptr ? "" : value;
                             });
  const int code = kp::kpctl::Run(std::vector<std::string>(argv + 1, argv + argc), context);
  std::cout.flush();
  guard.request_stop();
  kill(getpid(), SIGHUP);  // wakes the guard, which sees the stop
  return std::cout.good() ? code : kp::kpctl::kExitFailed;
}
