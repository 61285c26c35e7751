#include <atomic>
#include <future>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"
#include "mesh/rpc/server_test_base.h"

namespace kp::rpc::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_THAT(std::string(without.message()),
              ::testing::HasSubstr("no power to verify or issue today"));
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
