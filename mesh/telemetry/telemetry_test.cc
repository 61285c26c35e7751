#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "grpc/support/log.h"
#include "gtest/gtest.h"
#include "mesh/telemetry/admin_listener.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/metrics.h"
#include "mesh/telemetry/names.h"
#include "mesh/telemetry/rpc_metrics.h"
#include "nlohmann/json.hpp"

namespace kp::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    InitLogging("kp-test", clock_, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  ~LogTest() override { InitLogging("", SystemClock()); }

  nlohmann::json Only() {
    EXPECT_EQ(lines_.size(), 1U);
    return nlohmann::json::parse(lines_.at(0));
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, OneJsonObjectWithEventAndFields) {
  Warning("thing_happened",
          {{kLogPeer, "spiffe://zw.kp.example/certificate-svc"}, {"attempt", 3}, {"last", true}});
  const nlohmann::json line = Only();
  EXPECT_EQ(line["time"], "2027-01-15T08:00:00.000000Z");
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["service"], "kp-test");
  EXPECT_EQ(line["event"], "thing_happened");
  EXPECT_EQ(line["peer"], "spiffe://zw.kp.example/certificate-svc");
  EXPECT_EQ(line["attempt"], 3);
  EXPECT_EQ(line["last"], true);
  EXPECT_FALSE(line.contains("request_id"));
}

TEST_F(LogTest, TextCannotForgeALineOrBreakTheJson) {
  const std::string hostile = "a\"}\n{\"event\":\"forged\xff";
  Info("input", {{"text", hostile}});
  EXPECT_THAT(lines_.at(0), Not(HasSubstr("\n")));
  const nlohmann::json line = Only();
  EXPECT_EQ(line["event"], "input");
  EXPECT_EQ(line["text"], "a\"}\n{\"event\":\"forged\xef\xbf\xbd");
}

TEST_F(LogTest, LongTextIsCut) {
  Info("input", {{"text", std::string(100000, 'x')}});
  EXPECT_LT(lines_.at(0).size(), 5000U);
}

TEST_F(LogTest, RequestScopePutsIdsOnEveryLineAndRestoresTheOuterOne) {
  {
    const RequestScope outer("r1", "t1");
    {
      const RequestScope inner("r2", "t2");
      Info("inner");
    }
    Info("outer");
  }
  Info("none");
  EXPECT_EQ(nlohmann::json::parse(lines_.at(0))["request_id"], "r2");
  EXPECT_EQ(nlohmann::json::parse(lines_.at(1))["trace_id"], "t1");
  EXPECT_FALSE(nlohmann::json::parse(lines_.at(2)).contains("request_id"));
}

TEST_F(LogTest, GrpcLinesComeInAsEventsAndTheListenerSeesThem) {
  std::vector<std::string> heard;
  RedirectGrpcLog([&heard](std::string_view line) { heard.emplace_back(line); });
  gpr_log(GPR_ERROR, "Handshake failed: %d", 7);
  RedirectGrpcLog();
  EXPECT_EQ(Only()["event"], "grpc");
  EXPECT_EQ(Only()["error"], "Handshake failed: 7");
  EXPECT_EQ(heard, std::vector<std::string>{"Handshake failed: 7"});
}

TEST(MetricsTest, GrpcNamesAndLabelsAreThoseOfGoGrpcPrometheus) {
  Metrics metrics("kp-test");
  MethodMetrics method(metrics, "unary", "kp.x.v1.XService", "Do");
  method.Started();
  method.Handled(4, std::chrono::milliseconds(3));
  const std::string text = metrics.Text();
  const std::string labels =
      "grpc_method=\"Do\",grpc_service=\"kp.x.v1.XService\",grpc_type=\"unary\"";
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{" + labels + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"DeadlineExceeded\"," + labels +
                              "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"OK\"," + labels + "} 0"));
  EXPECT_THAT(text,
              HasSubstr("grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.005\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.0025\"} 0"));
}

TEST(MetricsTest, ProcessMetricsAreAlwaysThere) {
  Metrics metrics("kp-test");
  const std::string text = metrics.Text();
  for (const char* name : {kProcessOpenFds, kProcessMaxFds, kProcessResidentMemory,
                           kProcessStartTime, kProcessCpuSeconds, kBuildInfo}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name)));
  }
  EXPECT_THAT(text, Not(HasSubstr("process_open_fds 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
}

TEST(MetricsTest, TheSameNameAndLabelsGiveTheSameHandle) {
  Metrics metrics("kp-test");
  EXPECT_EQ(&metrics.AddCounter("kp_x_total", "X.", {{"a", "1"}}),
            &metrics.AddCounter("kp_x_total", "X.", {{"a", "1"}}));
}

TEST(MetricsTest, PassesPromtool) {
  if (std::system("command -v promtool >/dev/null") != 0) GTEST_SKIP() << "promtool is absent";
  Metrics metrics("kp-test");
  MethodMetrics method(metrics, "unary", "kp.x.v1.XService", "Do");
  method.Handled(0, std::chrono::milliseconds(3));
  FILE* promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  std::fputs(metrics.Text().c_str(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
}

std::string Get(int port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string text = request + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(send(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    char buffer[4096];
    for (ssize_t got; (got = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  return answer;
}

TEST(AdminListenerTest, ServesMetricsHealthAndReadiness) {
  Metrics metrics("kp-test");
  absl::Status ready;
  const auto listener = AdminListener::Start(
      {.address = "127.0.0.1:0", .metrics = &metrics, .ready = [&ready] { return ready; }});
  ASSERT_TRUE(listener.ok()) << listener.status();
  const int port = (*listener)->port();
  ASSERT_GT(port, 0);
  EXPECT_THAT(Get(port, "GET /metrics"), HasSubstr("kp_build_info{"));
  EXPECT_THAT(Get(port, "GET /healthz"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Get(port, "GET /readyz"), StartsWith("HTTP/1.1 200 OK"));
  ready = absl::UnavailableError("the store is read-only");
  EXPECT_THAT(Get(port, "GET /readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Get(port, "GET /readyz"), HasSubstr("the store is read-only"));
  EXPECT_THAT(Get(port, "GET /other"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get(port, "POST /metrics"), StartsWith("HTTP/1.1 405"));
}

TEST(AdminListenerTest, AddressInUseOrMalformedIsAnError) {
  Metrics metrics("kp-test");
  const AdminOptions options{
      .address = "127.0.0.1:0", .metrics = &metrics, .ready = [] { return absl::OkStatus(); }};
  const auto first = AdminListener::Start(options);
  ASSERT_TRUE(first.ok()) << first.status();
  AdminOptions second = options;
  second.address = "127.0.0.1:" + std::to_string((*first)->port());
  EXPECT_EQ(AdminListener::Start(second).status().code(), absl::StatusCode::kUnavailable);
  second.address = "nonsense";
  EXPECT_EQ(AdminListener::Start(second).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kp::telemetry
