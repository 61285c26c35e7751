// Methods that stream in both directions.
#include <atomic>
#include <thread>

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

EchoRequest Ask(const std::string& text) {
  EchoRequest request;
  request.set_text(text);
  return request;
}

class ConversationTest : public ::testing::Test {
 protected:
  ConversationTest() {
    mesh_.powers.Answer([](access::v1::Power) { return true; });
    mesh_.service.Conversation<EchoRequest, EchoResponse>(
        "Talk", Lane::kWork,
        [this](CallContext& call, const EchoRequest& request, EchoResponse& response) {
          const int now_in_hand = ++in_hand_;
          most_in_hand_ = std::max(most_in_hand_.load(), now_in_hand);
          if (request.text() == "wait") door_.Wait();
          --in_hand_;
          if (request.text() == "wrong") return absl::InvalidArgumentError("wrong");
          response.set_text(request.text());
          response.set_caller(call.caller().ToString());
          return absl::OkStatus();
        });
  }

  void Start() {
    ASSERT_TRUE(mesh_.Start().ok());
    stub_.emplace(mesh_.ChannelOf(kOfficerId));
    talk_ = stub_->Talk(&context_);
  }

  std::string Answer() {
    EchoResponse response;
    return talk_->Read(&response) ? response.text() : "nothing";
  }
  absl::Status End() { return FromGrpcStatus(talk_->Finish()); }

  std::atomic<int> in_hand_ = 0;
  std::atomic<int> most_in_hand_ = 0;
  Door door_;
  TestMesh mesh_;
  std::optional<EchoService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<EchoRequest, EchoResponse>> talk_;
};

TEST_F(ConversationTest, EachMessageIsAnsweredInOrderAndOneAtATime) {
  Start();
  std::jthread asking([this] {
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(talk_->Write(Ask(std::to_string(i))));
    EXPECT_TRUE(talk_->WritesDone());
  });
  for (int i = 0; i < 500; ++i) ASSERT_EQ(Answer(), std::to_string(i));
  EXPECT_EQ(Answer(), "nothing");
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(most_in_hand_, 1);
  EXPECT_TRUE(Eventually([this] {
    return mesh_.metrics.Text().find(
               "grpc_server_handled_total{grpc_code=\"OK\",grpc_method="
               "\"Talk\",grpc_service=\"kp.rpc.test.EchoService\","
               "grpc_type=\"bidi_stream\"} 1") != std::string::npos;
  }));
}

TEST_F(ConversationTest, AnErrorOfTheHandlerEndsIt) {
  Start();
  talk_->Write(Ask("right"));
  EXPECT_EQ(Answer(), "right");
  talk_->Write(Ask("wrong"));
  EXPECT_EQ(Answer(), "nothing");
  EXPECT_EQ(End().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ConversationTest, PowersAreAskedForEachMessage) {
  Start();
  talk_->Write(Ask("with power"));
  EXPECT_EQ(Answer(), "with power");
  mesh_.powers.Answer([](access::v1::Power) { return false; });
  talk_->Write(Ask("without"));
  EXPECT_EQ(Answer(), "nothing");
  EXPECT_EQ(ReasonOf(End()), kPowerMissing);
}

TEST_F(ConversationTest, AClientThatGoesWhileAMessageIsInHandIsForgotten) {
  Start();
  talk_->Write(Ask("wait"));
  ASSERT_TRUE(door_.WaitUntilWaiting(1));
  context_.TryCancel();
  EXPECT_EQ(Answer(), "nothing");
  EXPECT_EQ(End().code(), absl::StatusCode::kCancelled);
  door_.Open();
  EXPECT_TRUE(Eventually(
      [this] { return mesh_.metrics.Text().find("kp_rpc_open_streams 0") != std::string::npos; }));
}

TEST_F(ConversationTest, ADrainEndsItAfterTheMessageInHand) {
  Start();
  talk_->Write(Ask("wait"));
  ASSERT_TRUE(door_.WaitUntilWaiting(1));
  std::jthread draining([this] { mesh_.server->Drain(0ms, 10s); });
  EXPECT_TRUE(Eventually([this] {
    EchoService::Stub late(mesh_.ChannelOf(kOfficerId));
    grpc::ClientContext context;
    return !late.Talk(&context)->Finish().ok();
  }));
  door_.Open();
  while (Answer() != "nothing") {
  }
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(ReasonOf(status), kDraining);
}

}  // namespace
}  // namespace kp::rpc::testing
