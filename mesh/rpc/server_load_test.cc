// What becomes of calls when there are many, when clients give up, and when the server stops.
#include <atomic>
#include <thread>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"
#include "mesh/rpc/server_test_base.h"

namespace kp::rpc::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(ServerTest, AFullQueueAnswersOverloadedAndTheOtherLaneStillServes) {
  Door door;
  mesh_.executor = std::make_unique<Executor>(
      ExecutorOptions{.fast_threads = 1, .work_threads = 1, .work_queue = 1});
  mesh_.options.executor = mesh_.executor.get();
  mesh_.options.limits.calls_per_domain = 10;
  Bind("Foreign", Lane::kWork, [&door](CallContext&, const EchoRequest&, EchoResponse&) {
    door.Wait();
    return absl::OkStatus();
  });
  Bind("Open", Lane::kFast);
  ASSERT_TRUE(mesh_.Start().ok());
  peer_pool_ = mesh_.PoolOf(kPeerId);
  const auto foreign = [this] {
    return peer_pool_
        ->Call(mesh_.peer(), &EchoService::Stub::Foreign, EchoRequest(), CallOptions::For(10s))
        .status();
  };
  std::jthread running([&] { EXPECT_TRUE(foreign().ok()); });
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  std::jthread queued([&] { EXPECT_TRUE(foreign().ok()); });
  ASSERT_TRUE(Eventually([&] { return mesh_.executor->QueueLength(Lane::kWork) == 1; }));
  const absl::Status refused = foreign();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), kOverloaded);
  EXPECT_TRUE(Open().ok());
  door.Open();
}

TEST_F(ServerTest, ATrustDomainHasAQuarterOfTheQueueAndLeavesTheRestToOthers) {
  Door door;
  mesh_.executor = std::make_unique<Executor>(ExecutorOptions{.work_threads = 1, .work_queue = 8});
  mesh_.options.executor = mesh_.executor.get();
  BindAndStart([&door](CallContext&, const EchoRequest&, EchoResponse&) {
    door.Wait();
    return absl::OkStatus();
  });
  std::jthread running([&] { EXPECT_TRUE(Open().ok()); });
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  std::jthread queued([&] { EXPECT_TRUE(Open().ok()); });
  const auto queue_is = [this](size_t length) {
    return Eventually([=, this] { return mesh_.executor->QueueLength(Lane::kWork) == length; });
  };
  ASSERT_TRUE(queue_is(1));
  const absl::Status refused = Open().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), kPeerBusy);
  EXPECT_THAT(mesh_.metrics.Text(),
              HasSubstr("kp_rpc_refusals_total{method=\"/kp.rpc.test.EchoService/Open\","
                        "reason=\"PEER_BUSY\"} 1"));
  std::jthread other([&] { EXPECT_TRUE(Ask(kOwnServiceId, &EchoService::Stub::Open).ok()); });
  ASSERT_TRUE(queue_is(2));
  door.Open();
  EXPECT_TRUE(Eventually([&] { return Open().ok(); })) << "places are given back";
}

TEST_F(ServerTest, WorkIsNotBegunForACallerWhoseTimeRanOutInTheQueue) {
  Door door;
  std::atomic<int> ran = 0;
  mesh_.executor = std::make_unique<Executor>(ExecutorOptions{.work_threads = 1});
  mesh_.options.executor = mesh_.executor.get();
  BindAndStart([&](CallContext&, const EchoRequest&, EchoResponse&) {
    ++ran;
    door.Wait();
    return absl::OkStatus();
  });
  std::jthread first([&] { EXPECT_TRUE(Open().ok()); });
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  EXPECT_EQ(Open(300ms).status().code(), absl::StatusCode::kDeadlineExceeded);
  door.Open();
  EXPECT_TRUE(CountedAs("DeadlineExceeded"));
  EXPECT_EQ(ran, 1);
}

TEST_F(ServerTest, ACallThatItsClientCancelsCountsAsCanceled) {
  Door door;
  BindAndStart([&door](CallContext& call, const EchoRequest&, EchoResponse&) {
    door.Wait();
    EXPECT_TRUE(Eventually([&call] { return call.IsCancelled(); }));
    return absl::OkStatus();
  });
  grpc::ClientContext context;
  std::jthread calling([&] {
    EchoService::Stub stub(mesh_.ChannelOf(kPeerId));
    EchoResponse response;
    EXPECT_EQ(stub.Open(&context, EchoRequest(), &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  context.TryCancel();
  door.Open();
  EXPECT_TRUE(CountedAs("Canceled"));
}

TEST_F(ServerTest, ACallThatOutlivesItsClientCountsAsDeadlineExceeded) {
  Door door;
  BindAndStart([&](CallContext& call, const EchoRequest&, EchoResponse&) {
    EXPECT_TRUE(Eventually([&call] { return call.IsCancelled(); }));
    door.Wait();
    return absl::OkStatus();
  });
  EXPECT_EQ(Open(300ms).status().code(), absl::StatusCode::kDeadlineExceeded);
  door.Open();
  EXPECT_TRUE(CountedAs("DeadlineExceeded"));
}

TEST_F(ServerTest, AnIdleGapDoesNotSlowTheNextCall) {
  BindAndStart();
  ASSERT_TRUE(Open().ok());
  auto slowest = std::chrono::steady_clock::duration::zero();
  // The gap is the thing under test: gRPC's reactors sleep for 100 ms after 1 s without work.
  for (const auto gap : {1030ms, 1060ms, 1090ms, 1500ms}) {
    std::this_thread::sleep_for(gap);
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(Open().ok());
    slowest = std::max(slowest, std::chrono::steady_clock::now() - began);
  }
  EXPECT_LT(slowest, 50ms);
}

TEST_F(ServerTest, DrainLetsRunningCallsEndAndRefusesNewOnes) {
  Door door;
  BindAndStart([&door](CallContext&, const EchoRequest&, EchoResponse&) {
    door.Wait();
    return absl::OkStatus();
  });
  std::jthread running([&] { EXPECT_TRUE(Open().ok()); });
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  std::jthread draining([&] { mesh_.server->Drain(0ms, 10s); });
  EXPECT_TRUE(Eventually([&] { return !mesh_.server->ReadyState().ok(); }));
  EXPECT_TRUE(Eventually([&] {
    return mesh_.PoolOf(kPeerId)->CheckHealth(mesh_.peer(), "", CallOptions::For(200ms)).code() ==
           absl::StatusCode::kUnavailable;
  }));
  door.Open();
  draining.join();
  running.join();
}

TEST_F(ServerTest, DrainCancelsWhatOutlivesTheGrace) {
  std::atomic<bool> saw = false;
  BindAndStart([&saw](CallContext& call, const EchoRequest&, EchoResponse&) {
    saw = Eventually([&call] { return call.IsCancelled(); });
    return absl::OkStatus();
  });
  std::jthread running([&] { EXPECT_TRUE(Open(60s).ok()) << "what was done is still told"; });
  ASSERT_TRUE(Eventually([&] {
    return mesh_.metrics.Text().find(
               "grpc_server_started_total{grpc_method=\"Open\","
               "grpc_service=\"kp.rpc.test.EchoService\","
               "grpc_type=\"unary\"} 1") != std::string::npos;
  }));
  const auto began = std::chrono::steady_clock::now();
  mesh_.server->Drain(0ms, 50ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(saw);
}

TEST_F(ServerTest, WhatADrainDoesNotFinishIsToldToAskAgain) {
  Door door;
  std::atomic<int> ran = 0;
  mesh_.executor = std::make_unique<Executor>(ExecutorOptions{.work_threads = 1});
  mesh_.options.executor = mesh_.executor.get();
  BindAndStart([&](CallContext& call, const EchoRequest&, EchoResponse&) {
    ++ran;
    door.Wait();
    EXPECT_TRUE(Eventually([&call] { return call.IsCancelled(); }));
    return absl::CancelledError("looked, and gave up");
  });
  const auto is_told = [this] {
    const absl::Status status = Open(60s).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), kDraining) << status;
  };
  std::jthread running(is_told);
  ASSERT_TRUE(door.WaitUntilWaiting(1));
  // It is answered while the only thread is still busy.
  std::jthread queued([&] {
    is_told();
    door.Open();
  });
  ASSERT_TRUE(Eventually([&] { return mesh_.executor->QueueLength(Lane::kWork) == 1; }));
  mesh_.server->Drain(0ms, 50ms);
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace kp::rpc::testing
