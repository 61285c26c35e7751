#include "mesh/rpc/client_pool.h"

#include <atomic>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"
#include "mesh/rpc/test_mesh.h"

namespace kp::rpc::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using test::EchoRequest;
using test::EchoResponse;
using test::EchoService;

class ClientPoolTest : public ::testing::Test {
 protected:
  void Start() {
    mesh_.service.Unary<EchoRequest, EchoResponse>(
        "Open", Lane::kWork, [this](CallContext& call, const EchoRequest& request, EchoResponse&) {
          {
            const std::lock_guard lock(mutex_);
            request_id_ = call.request_id();
            trace_ = call.trace();
          }
          if (request.text() == "wait") door_.Wait();
          return absl::OkStatus();
        });
    ASSERT_TRUE(mesh_.Start().ok());
  }
  absl::Status Call(ClientPool& pool, const Peer& peer, const CallOptions& options,
                    const std::string& text = "") {
    EchoRequest request;
    request.set_text(text);
    return pool.Call(peer, &EchoService::Stub::Open, request, options).status();
  }

  Door door_;
  std::mutex mutex_;
  std::string request_id_;
  TraceContext trace_;
  TestMesh mesh_;
};

TEST_F(ClientPoolTest, CarriesRequestIdAndTraceOfTheInboundCall) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId);
  const CallContext inbound(CallInfo{.caller = Id(kOfficerId),
                                     .method = "/x/Y",
                                     .deadline = std::chrono::steady_clock::now() + 5s,
                                     .request_id = "r-17",
                                     .trace = TraceContext::New(SystemIds())});
  ASSERT_TRUE(Call(*pool, mesh_.peer(), CallOptions::Within(inbound)).ok());
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(request_id_, "r-17");
  EXPECT_EQ(trace_.trace_id, inbound.trace().trace_id);
  EXPECT_NE(trace_.span_id, inbound.trace().span_id);
}

TEST_F(ClientPoolTest, OneChannelPerPeerUntilRetainDropsIt) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId);
  const auto channel = pool->GetChannel(mesh_.peer());
  EXPECT_EQ(pool->GetChannel(mesh_.peer()), channel);
  pool->Retain({mesh_.peer()});
  EXPECT_EQ(pool->GetChannel(mesh_.peer()), channel);
  pool->Retain({});
  EXPECT_NE(pool->GetChannel(mesh_.peer()), channel);
}

TEST_F(ClientPoolTest, AServerWithAnotherIdentityIsRefused) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId);
  EXPECT_TRUE(Call(*pool, mesh_.peer(), CallOptions::For(10s)).ok());
  const Peer other{Id("spiffe://bw.kp.example/certificate-svc"), mesh_.peer().address};
  EXPECT_EQ(Call(*pool, other, CallOptions::For(10s)).code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientPoolTest, ASilentPeerOccupiesItsOwnPlacesOnly) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId, {.calls_per_peer = 1});
  std::jthread waiting(
      [&] { EXPECT_TRUE(Call(*pool, mesh_.peer(), CallOptions::For(10s), "wait").ok()); });
  ASSERT_TRUE(door_.WaitUntilWaiting(1));
  const absl::Status busy = Call(*pool, mesh_.peer(), CallOptions::For(50ms));
  EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(busy), kPeerBusy);
  const Peer other{Id("spiffe://bw.kp.example/certificate-svc"), mesh_.peer().address};
  EXPECT_TRUE(pool->Acquire(other, std::chrono::steady_clock::now()).ok());
  door_.Open();
  waiting.join();
  EXPECT_TRUE(Call(*pool, mesh_.peer(), CallOptions::For(10s)).ok());
}

TEST_F(ClientPoolTest, ThoseThatWaitForABusyPeerAreBounded) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId, {.calls_per_peer = 1, .waiters_per_peer = 1, .longest_wait = 60s});
  const auto later = std::chrono::steady_clock::now() + 60s;
  auto held = pool->Acquire(mesh_.peer(), later);
  ASSERT_TRUE(held.ok());
  const auto acquire = [&] { return pool->Acquire(mesh_.peer(), later).status(); };
  auto first = std::async(std::launch::async, acquire);
  auto second = std::async(std::launch::async, acquire);
  // Whichever came second is refused long before the deadline, the other still waits.
  const auto is_ready = [](std::future<absl::Status>& one) {
    return one.wait_for(0s) == std::future_status::ready;
  };
  ASSERT_TRUE(Eventually([&] { return is_ready(first) || is_ready(second); }));
  if (is_ready(second)) std::swap(first, second);
  EXPECT_EQ(ReasonOf(first.get()), kPeerBusy);
  EXPECT_FALSE(is_ready(second));
  held = absl::CancelledError("given back");
  EXPECT_TRUE(second.get().ok());
}

TEST_F(ClientPoolTest, NobodyWaitsLongForAPeerThatHangs) {
  Start();
  const auto pool =
      mesh_.PoolOf(kPeerId, {.calls_per_peer = 1, .longest_wait = std::chrono::milliseconds(50)});
  const auto later = std::chrono::steady_clock::now() + 60s;
  const auto held = pool->Acquire(mesh_.peer(), later);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(ReasonOf(pool->Acquire(mesh_.peer(), later).status()), kPeerBusy);
  EXPECT_LT(std::chrono::steady_clock::now(), later - 30s);
}

TEST_F(ClientPoolTest, TellsWhenAPeerIsReadyAgain) {
  Start();
  const Peer peer = mesh_.peer();
  std::atomic<int> ready = 0;
  const auto pool = mesh_.PoolOf(kPeerId, {.on_ready = [&](const Peer& which) {
                                   EXPECT_EQ(which, peer);
                                   ++ready;
                                 }});
  pool->GetChannel(peer);
  EXPECT_TRUE(Eventually([&] { return ready == 1; }));
  mesh_.server.reset();
  EXPECT_TRUE(Eventually([&] {
    return Call(*pool, peer, CallOptions::For(1s)).code() == absl::StatusCode::kUnavailable;
  }));
  TestMesh again;
  again.options.address = peer.address;
  again.service.Unary<EchoRequest, EchoResponse>(
      "Open", Lane::kWork,
      [](CallContext&, const EchoRequest&, EchoResponse&) { return absl::OkStatus(); });
  const absl::Status started = again.Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_TRUE(Eventually([&] { return ready == 2; }));
}

TEST_F(ClientPoolTest, HealthOfAnAbsentPeerIsAnError) {
  Start();
  const auto pool = mesh_.PoolOf(kPeerId);
  EXPECT_TRUE(
      Eventually([&] { return pool->CheckHealth(mesh_.peer(), "", CallOptions::For(5s)).ok(); }));
  EXPECT_EQ(pool->CheckHealth(mesh_.peer(), "no.such.Service", CallOptions::For(5s)).code(),
            absl::StatusCode::kNotFound);
  const Peer absent{Id(kServerId), "127.0.0.1:1"};
  EXPECT_EQ(pool->CheckHealth(absent, "", CallOptions::For(5s)).code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kp::rpc::testing
