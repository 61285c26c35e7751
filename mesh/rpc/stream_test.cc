#include <atomic>
#include <optional>
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

EchoResponse Item(const std::string& text) {
  EchoResponse item;
  item.set_text(text);
  return item;
}

// The handler keeps the writer; the test writes.
class StreamTest : public ::testing::Test {
 protected:
  StreamTest() {
    mesh_.service.Stream<EchoRequest, EchoResponse>(
        "Watch", Lane::kFast,
        [this](CallContext&, const EchoRequest& request, StreamWriter<EchoResponse> writer) {
          if (request.text() == "wrong") return absl::NotFoundError("no such thing to watch");
          const std::lock_guard lock(mutex_);
          writer_.emplace(std::move(writer));
          return absl::OkStatus();
        });
  }

  void Start() {
    ASSERT_TRUE(mesh_.Start().ok());
    stub_.emplace(mesh_.ChannelOf(kPeerId));
    reader_ = stub_->Watch(&context_, EchoRequest());
    ASSERT_TRUE(Eventually([this] { return Writer().has_value(); }));
  }

  std::optional<StreamWriter<EchoResponse>> Writer() {
    const std::lock_guard lock(mutex_);
    return writer_;
  }

  absl::Status End() {
    EchoResponse item;
    while (reader_->Read(&item)) {
    }
    return FromGrpcStatus(reader_->Finish());
  }

  bool CountedAs(const std::string& code) {
    return Eventually([&] {
      return mesh_.metrics.Text().find("grpc_server_handled_total{grpc_code=\"" + code +
                                       "\",grpc_method=\"Watch\",grpc_service=\"kp.rpc.test."
                                       "EchoService\",grpc_type=\"server_stream\"} 1") !=
             std::string::npos;
    });
  }

  std::mutex mutex_;
  std::optional<StreamWriter<EchoResponse>> writer_;
  TestMesh mesh_;
  std::optional<EchoService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<EchoResponse>> reader_;
};

TEST_F(StreamTest, ItemsArriveInOrderAndFinishSendsWhatIsQueued) {
  Start();
  const auto writer = *Writer();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(writer.Write(Item(std::to_string(i))));
  std::atomic<int> ended = 0;
  writer.OnEnd([&ended] { ++ended; });
  writer.Finish(absl::OkStatus());
  EXPECT_FALSE(writer.Write(Item("late")));
  EchoResponse item;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(reader_->Read(&item));
    EXPECT_EQ(item.text(), std::to_string(i));
  }
  EXPECT_FALSE(reader_->Read(&item));
  EXPECT_TRUE(reader_->Finish().ok());
  EXPECT_EQ(ended, 1);
  EXPECT_TRUE(CountedAs("OK"));
}

TEST_F(StreamTest, AnErrorOfTheHandlerEndsTheStream) {
  Start();
  EchoRequest wrong;
  wrong.set_text("wrong");
  grpc::ClientContext context;
  const auto reader = stub_->Watch(&context, wrong);
  EchoResponse item;
  EXPECT_FALSE(reader->Read(&item));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(StreamTest, AClientThatGoesEndsTheStream) {
  Start();
  std::atomic<int> ended = 0;
  Writer()->OnEnd([&ended] { ++ended; });
  EXPECT_TRUE(Writer()->IsOpen());
  context_.TryCancel();
  EXPECT_TRUE(Eventually([&] { return ended == 1; }));
  EXPECT_FALSE(Writer()->Write(Item("late")));
  EXPECT_EQ(End().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(CountedAs("Canceled"));
  Writer()->OnEnd([&ended] { ++ended; });
  EXPECT_EQ(ended, 2);  // at once, as the stream has ended
}

TEST_F(StreamTest, ADrainEndsStreamsWithAReason) {
  Start();
  std::jthread draining([this] { mesh_.server->Drain(0ms, 10s); });
  const absl::Status status = End();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), kDraining);
}

TEST_F(StreamTest, ATrustChangeEndsTheStreamsOfThoseNoLongerTrusted) {
  Start();
  mesh_.server->RecheckStreams();
  EXPECT_TRUE(Writer()->Write(Item("still trusted")));
  EchoResponse item;
  EXPECT_TRUE(reader_->Read(&item));
  {
    const std::lock_guard lock(mesh_.state_mutex);
    mesh_.peer_check = MakeError(absl::StatusCode::kUnauthenticated, "DENIED", "denied");
  }
  mesh_.server->RecheckStreams();
  EXPECT_FALSE(Writer()->IsOpen());
  // An item on its way to a client that has not taken it yet is cut off rather than waited for.
  const absl::Status status = End();
  EXPECT_TRUE(ReasonOf(status) == "DENIED" || status.code() == absl::StatusCode::kCancelled)
      << status;
}

TEST_F(StreamTest, ASlowReaderIsToldSoAndTheQueueStaysBounded) {
  mesh_.options.limits.stream_queue = 8;
  Start();
  const EchoResponse big = Item(std::string(100'000, 'x'));
  int written = 0;
  while (written < 10'000 && Writer()->Write(big)) ++written;
  EXPECT_LT(written, 10'000);
  EXPECT_EQ(ReasonOf(End()), kSlowReader);
}

TEST_F(StreamTest, ATrustDomainHasItsShareOfStreams) {
  mesh_.options.limits.streams_per_domain = 1;
  Start();
  // Once the handler was asked, the stream is open; "wrong" ends one that would be.
  EchoRequest wrong;
  wrong.set_text("wrong");
  const auto ask = [&](const std::string& caller) {
    EchoService::Stub stub(mesh_.ChannelOf(caller));
    grpc::ClientContext context;
    const auto reader = stub.Watch(&context, wrong);
    EchoResponse item;
    EXPECT_FALSE(reader->Read(&item));
    return FromGrpcStatus(reader->Finish());
  };
  const absl::Status refused = ask(kPeerId);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), kPeerBusy);
  EXPECT_EQ(ask(kOwnServiceId).code(), absl::StatusCode::kNotFound);
  Writer()->Finish(absl::OkStatus());
  EXPECT_TRUE(End().ok());
  EXPECT_TRUE(Eventually([&] { return ask(kPeerId).code() == absl::StatusCode::kNotFound; }));
}

TEST_F(StreamTest, ManyIdleStreamsHoldNoThread) {
  Start();
  // More streams than the executor has threads, and a call still gets through.
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<EchoResponse>>> readers;
  for (int i = 0; i < 40; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(stub_->Watch(contexts.back().get(), EchoRequest()));
  }
  EXPECT_TRUE(Eventually(
      [this] { return mesh_.metrics.Text().find("kp_rpc_open_streams 41") != std::string::npos; }));
  for (const auto& context : contexts) context->TryCancel();
  EXPECT_TRUE(Eventually([this] {
    return mesh_.metrics.Text().find("kp_rpc_open_streams 1\n") != std::string::npos;
  }));
  Writer()->Finish(absl::OkStatus());
}

}  // namespace
}  // namespace kp::rpc::testing
