#include "mesh/runtime/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/logging.h"
#include "nlohmann/json.hpp"

namespace kp::runtime {
namespace {

const sigset_t& HandledSignals() {
  static const sigset_t set = [] {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    return signals;
  }();
  return set;
}

absl::Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

Signals::Signals() {
  pthread_sigmask(SIG_BLOCK, &HandledSignals(), nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int Signals::WaitFor(std::chrono::milliseconds timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec limit{seconds.count(), std::chrono::nanoseconds(timeout - seconds).count()};
  const int signal = sigtimedwait(&HandledSignals(), nullptr, &limit);
  return signal > 0 ? signal : 0;
}

void Signals::WaitForStop() {
  int signal = 0;
  while (signal != SIGTERM && signal != SIGINT) signal = WaitFor(std::chrono::hours(1));
}

void SilenceProtobuf() { google::protobuf::SetLogHandler(nullptr); }

absl::StatusOr<uint64_t> RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "setrlimit");
  return limit.rlim_cur;
}

ServiceNotifier ServiceNotifier::FromEnvironment() {
  ServiceNotifier notifier;
  if (const char* socket = std::getenv("NOTIFY_SOCKET"); socket != nullptr) {
    notifier.socket_ = socket;
  }
  // WATCHDOG_USEC is the time after which the manager kills; half of it is the advised interval.
  int64_t usec = 0;
  if (const char* text = std::getenv("WATCHDOG_USEC");
      text != nullptr && absl::SimpleAtoi(text, &usec) && usec > 0) {
    notifier.watchdog_ = std::chrono::microseconds(usec / 2);
  }
  return notifier;
}

absl::Status ServiceNotifier::Send(std::string_view message) const {
  if (socket_.empty()) return absl::OkStatus();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("NOTIFY_SOCKET is too long");
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract namespace
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "socket");
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const ssize_t sent = sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), length);
  const int error = errno;
  close(fd);
  if (sent < 0) return absl::ErrnoToStatus(error, absl::StrCat("sendto ", socket_));
  return absl::OkStatus();
}

absl::Status WriteReadyFile(const std::string& path,
                            const std::map<std::string, std::string>& addresses) {
  if (path.empty()) return absl::OkStatus();
  const std::string temporary = path + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", temporary));
  absl::Status status = WriteAll(fd, nlohmann::json(addresses).dump() + "\n");
  close(fd);
  if (status.ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("cannot rename to ", path));
  }
  return status;
}

}  // namespace kp::runtime
