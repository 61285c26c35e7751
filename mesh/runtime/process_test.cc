#include "mesh/runtime/process.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace kp::runtime {
namespace {

using std::chrono_literals::operator""ms;

std::string TempPath(const std::string& name) {
  return testing::TempDir() + "/" + name + std::to_string(getpid());
}

TEST(SignalsTest, StopSignalIsTakenByTheWaitingThread) {
  Signals signals;
  EXPECT_EQ(signals.WaitFor(1ms), 0);
  kill(getpid(), SIGHUP);
  kill(getpid(), SIGTERM);
  signals.WaitForStop();  // SIGHUP is passed over
  EXPECT_EQ(signals.WaitFor(1ms), 0);
}

TEST(SignalsTest, LaterThreadsDoNotTakeTheSignal) {
  Signals signals;
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  kill(getpid(), SIGINT);
  EXPECT_EQ(signals.WaitFor(5000ms), SIGINT);
}

TEST(FileLimitTest, SoftLimitBecomesTheHardOne) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = hard / 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto raised = RaiseFileLimit();
  ASSERT_TRUE(raised.ok()) << raised.status();
  EXPECT_EQ(*raised, hard);
}

TEST(ServiceNotifierTest, WritesToTheSocketOfTheServiceManager) {
  const std::string path = TempPath("notify");
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");

  EXPECT_TRUE(notifier.Ready().ok());
  char buffer[64];
  const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(got)), "READY=1");
  EXPECT_EQ(notifier.watchdog_interval(), 1500ms);

  close(fd);
  std::filesystem::remove(path);
  EXPECT_FALSE(notifier.Stopping().ok());
}

TEST(ServiceNotifierTest, IsSilentWithoutAServiceManager) {
  unsetenv("NOTIFY_SOCKET");
  const ServiceNotifier notifier = ServiceNotifier::FromEnvironment();
  EXPECT_TRUE(notifier.Ready().ok());
  EXPECT_EQ(notifier.watchdog_interval(), 0ms);
}

TEST(ReadyFileTest, HoldsTheAddressesAndLeavesNothingElse) {
  const std::filesystem::path directory = TempPath("ready");
  std::filesystem::create_directory(directory);
  const std::string path = directory / "ready.json";
  ASSERT_TRUE(WriteReadyFile(path, {{"grpc", "127.0.0.1:1"}, {"metrics", "127.0.0.1:2"}}).ok());
  std::ifstream file(path);
  EXPECT_EQ(nlohmann::json::parse(file)["metrics"], "127.0.0.1:2");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename());
  }
  EXPECT_EQ(names, std::set<std::string>{"ready.json"});
  std::filesystem::remove_all(directory);
  EXPECT_FALSE(WriteReadyFile(path, {}).ok());
  EXPECT_TRUE(WriteReadyFile("", {}).ok());
}

}  // namespace
}  // namespace kp::runtime
