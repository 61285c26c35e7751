#include "mesh/rpc/server.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
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
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Echo(CallContext& call, const EchoRequest& request, EchoResponse& response) {
  response.set_text(request.text());
  response.set_caller(call.caller().ToString());
  response.set_milliseconds_left(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     call.deadline() - std::chrono::steady_clock::now())
                                     .count());
  return absl::OkStatus();
}

class ServerTest : public ::testing::Test {
 protected:
  using Handler = std::function<absl::Status(CallContext&, const EchoRequest&, EchoResponse&)>;

  void Bind(const char* method, Lane lane, Handler handler = Echo) {
    mesh_.service.Unary<EchoRequest, EchoResponse>(method, lane, std::move(handler));
  }
  void BindAndStart(Handler handler = Echo) {
    for (const char* method : {"Echo", "Open", "Foreign", "Customs"}) {
      Bind(method, Lane::kWork, handler);
    }
    ASSERT_TRUE(mesh_.Start().ok());
    peer_pool_ = mesh_.PoolOf(kPeerId);
  }
  absl::StatusOr<EchoResponse> Open(std::chrono::milliseconds time = 10s) {
    EchoRequest request;
    request.set_text("hello");
    return peer_pool_->Call(mesh_.peer(), &EchoService::Stub::Open, request,
                            CallOptions::For(time));
  }
  absl::Status Ask(const std::string& caller,
                   grpc::Status (EchoService::Stub::*method)(grpc::ClientContext*,
                                                             const EchoRequest&, EchoResponse*)) {
    return mesh_.PoolOf(caller)
        ->Call(mesh_.peer(), method, EchoRequest(), CallOptions::For(10s))
        .status();
  }
  // Whether the server counts, or comes to count, one call of Open that ended so.
  bool CountedAs(const std::string& code) {
    const std::string line = absl::StrCat(
        "grpc_server_handled_total{grpc_code=\"", code,
        "\",grpc_method=\"Open\",grpc_service=\"kp.rpc.test.EchoService\",grpc_type=\"unary\"} 1");
    return Eventually([&] { return mesh_.metrics.Text().find(line) != std::string::npos; });
  }

  TestMesh mesh_;
  std::unique_ptr<ClientPool> peer_pool_;
};

TEST_F(ServerTest, HandlerSeesCallerAndShavedDeadline) {
  BindAndStart();
  const auto answer = Open(5s);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->text(), "hello");
  EXPECT_EQ(answer->caller(), kPeerId);
  EXPECT_GT(answer->milliseconds_left(), 2000);
  EXPECT_LE(answer->milliseconds_left(), 5000 - 20);
}

TEST_F(ServerTest, MissingDeadlineIsTheDefaultOne) {
  mesh_.options.limits.default_deadline = 7s;
  BindAndStart();
  EchoService::Stub stub(mesh_.ChannelOf(kPeerId));
  grpc::ClientContext context;
  EchoResponse response;
  const grpc::Status status = stub.Open(&context, EchoRequest(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(response.milliseconds_left(), 4000);
  EXPECT_LE(response.milliseconds_left(), 7000);
}

TEST_F(ServerTest, TooShortADeadlineIsRefusedBeforeTheHandler) {
  std::atomic<int> ran = 0;
  mesh_.options.limits.least_deadline = 8s;
  BindAndStart([&ran](CallContext&, const EchoRequest&, EchoResponse&) {
    ++ran;
    return absl::OkStatus();
  });
  EXPECT_TRUE(Open(60s).ok());
  const absl::Status refused = Open(5s).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(refused), kDeadlineTooShort);
  EXPECT_EQ(ran, 1);
}

TEST_F(ServerTest, RoleDomainAndUnknownMethodsAreEnforced) {
  BindAndStart();
  EXPECT_TRUE(Ask(kPeerId, &EchoService::Stub::Foreign).ok());
  const absl::Status own = Ask(kOwnServiceId, &EchoService::Stub::Foreign);
  EXPECT_EQ(own.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(own), kRoleNotAllowed);
  EXPECT_TRUE(Ask("spiffe://customs.example/customs/harare", &EchoService::Stub::Customs).ok());
  EXPECT_FALSE(Ask("spiffe://bw.kp.example/customs/gaborone", &EchoService::Stub::Customs).ok());
  EXPECT_THAT(mesh_.metrics.Text(),
              AllOf(HasSubstr("kp_rpc_refusals_total{method=\"/kp.rpc.test.EchoService/Foreign\","
                              "reason=\"ROLE_NOT_ALLOWED\"} 1"),
                    HasSubstr("kp_rpc_refusals_total{method=\"/kp.rpc.test.EchoService/Customs\","
                              "reason=\"ROLE_NOT_ALLOWED\"} 1")));
}

TEST_F(ServerTest, UnboundMethodIsUnimplementedAndForeignServiceIsRefused) {
  BindAndStart();
  const absl::Status unbound = Ask(kPeerId, &EchoService::Stub::Unbound);
  EXPECT_EQ(unbound.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReasonOf(unbound), kMethodNotServed);
  EXPECT_EQ(unbound.message(), "not served by this version");
  EchoService::Stub echo(mesh_.ChannelOf(kPeerId));
  grpc::ClientContext watching;
  EchoResponse item;
  const auto reader = echo.Watch(&watching, EchoRequest());
  EXPECT_FALSE(reader->Read(&item));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(reader->Finish())), kMethodNotServed);
  test::ForgottenService::Stub stub(mesh_.ChannelOf(kPeerId));
  grpc::ClientContext context;
  EchoResponse response;
  EXPECT_EQ(ReasonOf(FromGrpcStatus(stub.Echo(&context, EchoRequest(), &response))),
            kUnknownMethod);
}

TEST_F(ServerTest, APeerNoLongerTrustedIsRefusedOnItsLiveConnection) {
  BindAndStart();
  EXPECT_TRUE(Open().ok());
  {
    const std::lock_guard lock(mesh_.state_mutex);
    mesh_.peer_check = MakeError(absl::StatusCode::kUnauthenticated, "DENIED", "denied");
  }
  const absl::Status refused = Open().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(refused), "DENIED");
}

TEST_F(ServerTest, OfficersNeedAPowerAndCouldNotTellIsNotYes) {
  BindAndStart();
  mesh_.powers.Answer([](access::v1::Power power) { return power == access::v1::POWER_ISSUE; });
  EXPECT_TRUE(Ask(kOfficerId, &EchoService::Stub::Echo).ok());
  mesh_.powers.Answer([](access::v1::Power power) { return power == access::v1::POWER_VALIDATE; });
  const absl::Status without = Ask(kOfficerId, &EchoService::Stub::Echo);
  EXPECT_EQ(without.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(without), kPowerMissing);
  mesh_.powers.Answer(
      [](access::v1::Power) -> absl::StatusOr<bool> { return absl::InternalError("disk"); });
  const absl::Status unknown = Ask(kOfficerId, &EchoService::Stub::Echo);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(unknown), kPowersUnknown);
}

TEST_F(ServerTest, AnEntryIsEnoughWhereNoPowerIsNamed) {
  BindAndStart();
  mesh_.powers.Answer(
      [](access::v1::Power power) { return power == access::v1::POWER_UNSPECIFIED; });
  EXPECT_TRUE(Ask(kOfficerId, &EchoService::Stub::Customs).ok());
  mesh_.powers.Answer([](access::v1::Power) { return false; });
  EXPECT_EQ(ReasonOf(Ask(kOfficerId, &EchoService::Stub::Customs)), kPowerMissing);
}

TEST_F(ServerTest, ExpiredTrustClosesEverythingButHealth) {
  BindAndStart();
  EXPECT_TRUE(Open().ok());
  {
    const std::lock_guard lock(mesh_.state_mutex);
    mesh_.gate = MakeError(absl::StatusCode::kUnavailable, kTrustExpired, "expired");
  }
  const absl::Status refused = Open().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused), kTrustExpired);
  EXPECT_TRUE(Eventually(
      [this] { return peer_pool_->CheckHealth(mesh_.peer(), "", CallOptions::For(5s)).ok(); }));
}

TEST_F(ServerTest, ClocksFarApartAreRefusedAndBothShown) {
  BindAndStart();
  FakeClock theirs(mesh_.clock.Now() + absl::Minutes(9));
  peer_pool_ = mesh_.PoolOf(kPeerId, {.clock = &theirs});
  EXPECT_TRUE(Open().ok());
  theirs.Advance(absl::Minutes(2));
  const absl::Status refused = Open().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), kClockSkew);
  const auto utc = [](absl::Time time) {
    return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
  };
  EXPECT_EQ(MetadataOf(refused)["caller_time"], utc(theirs.Now()));
  EXPECT_EQ(MetadataOf(refused)["server_time"], utc(mesh_.clock.Now()));
}

TEST_F(ServerTest, ErrorsOfHandlersArriveWithReasonAndFields) {
  BindAndStart([](CallContext&, const EchoRequest&, EchoResponse&) {
    return FieldError({"CARATS_NOT_POSITIVE", "lines[0].carats", "is 0", "R05"});
  });
  EXPECT_EQ(FaultsOf(Open().status())[0].field, "lines[0].carats");
}

TEST_F(ServerTest, AThrowingHandlerIsAnInternalErrorAndTheServerLives) {
  std::atomic<bool> faulty = true;
  BindAndStart([&faulty](CallContext&, const EchoRequest&, EchoResponse&) -> absl::Status {
    if (faulty) throw std::runtime_error("secret");
    return absl::OkStatus();
  });
  const absl::Status status = Open().status();
  EXPECT_EQ(ReasonOf(status), kInternalError);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  faulty = false;
  EXPECT_TRUE(Open().ok());
}

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

TEST_F(ServerTest, HealthFollowsTheRealAbility) {
  BindAndStart();
  const auto healthy = [this](const char* service) {
    return peer_pool_->CheckHealth(mesh_.peer(), service, CallOptions::For(5s)).ok();
  };
  EXPECT_TRUE(Eventually([&] { return healthy("") && healthy("kp.rpc.test.EchoService"); }));
  EXPECT_TRUE(Eventually([&] { return mesh_.server->ReadyState().ok(); }));
  {
    const std::lock_guard lock(mesh_.state_mutex);
    mesh_.readiness = [] { return absl::UnavailableError("the disk is full"); };
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return !healthy("") && !healthy("kp.rpc.test.EchoService"); }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_FALSE(mesh_.server->ReadyState().ok());
}

TEST_F(ServerTest, AReadinessCheckThatHangsMeansNotReadyWithinTwoSeconds) {
  BindAndStart();
  const auto healthy = [this] {
    return peer_pool_->CheckHealth(mesh_.peer(), "", CallOptions::For(5s)).ok();
  };
  ASSERT_TRUE(Eventually(healthy));
  Door door;
  {
    const std::lock_guard lock(mesh_.state_mutex);
    mesh_.readiness = [&door] {
      door.Wait();
      return absl::OkStatus();
    };
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return !healthy(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  door.Open();
  EXPECT_TRUE(Eventually(healthy));
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

TEST_F(ServerTest, AMessageThatCannotBeParsedNamesTheField) {
  BindAndStart();
  // Written by hand, as no generated client would.
  const std::string wire = "\x0a\x01\xff";
  const grpc::Slice slice(wire);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  std::promise<grpc::Status> ended;
  grpc::GenericStub(mesh_.ChannelOf(kPeerId))
      .UnaryCall(&context, "/kp.rpc.test.EchoService/Open", grpc::StubOptions(), &request,
                 &response, [&ended](const grpc::Status& status) { ended.set_value(status); });
  const absl::Status status = FromGrpcStatus(ended.get_future().get());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FaultsOf(status)[0].field, "text");
}

TEST_F(ServerTest, OversizeRequestsAreRefused) {
  mesh_.options.limits.max_receive_message_bytes = 1000;
  BindAndStart();
  EchoRequest request;
  request.set_text(std::string(900, 'x'));
  const auto ask = [&] {
    return peer_pool_->Call(mesh_.peer(), &EchoService::Stub::Open, request, CallOptions::For(10s))
        .status();
  };
  EXPECT_TRUE(ask().ok());
  request.set_text(std::string(1100, 'x'));
  EXPECT_EQ(ask().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ServerTest, APortInUseIsAnError) {
  BindAndStart();
  mesh_.options.address = absl::StrCat("127.0.0.1:", mesh_.server->port());
  mesh_.options.credentials = nullptr;
  EXPECT_THAT(std::string(ServerBuilder(mesh_.options).BuildAndStart().status().message()),
              HasSubstr("credentials"));
  TestMesh other;
  other.options.address = mesh_.options.address;
  other.service.Unary<EchoRequest, EchoResponse>("Open", Lane::kWork, Echo);
  EXPECT_EQ(other.Start().code(), absl::StatusCode::kUnavailable);
  other.options.address = "127.0.0.1:0";
  EXPECT_TRUE(other.Start().ok());
}

TEST_F(ServerTest, WrongBindingsAndMissingOfficerRegisterStopTheStart) {
  Bind("Ecko", Lane::kFast);
  EXPECT_THAT(std::string(mesh_.Start().message()), HasSubstr("Ecko"));

  TestMesh types;
  types.service.Unary<EchoResponse, EchoResponse>(
      "Echo", Lane::kFast,
      [](CallContext&, const EchoResponse&, EchoResponse&) { return absl::OkStatus(); });
  EXPECT_THAT(std::string(types.Start().message()), HasSubstr("other message types"));

  TestMesh empty;
  EXPECT_THAT(std::string(empty.Start().message()), HasSubstr("no handler"));

  TestMesh powers;
  powers.service.Unary<EchoRequest, EchoResponse>("Open", Lane::kFast, Echo);
  powers.options.powers = nullptr;
  EXPECT_THAT(std::string(powers.Start().message()), HasSubstr("officer register"));
}

}  // namespace
}  // namespace kp::rpc::testing
