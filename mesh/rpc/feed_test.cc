#include "mesh/rpc/feed.h"

#include <map>
#include <optional>

#include "gtest/gtest.h"
#include "mesh/rpc/status.h"
#include "mesh/rpc/test_mesh.h"

namespace kp::rpc::testing {
namespace {

using test::EchoRequest;
using test::EchoResponse;
using test::EchoService;

// A list with a watch stream over it; the request's text is the cursor.
class FeedTest : public ::testing::Test {
 protected:
  FeedTest() {
    mesh_.service.Stream<EchoRequest, EchoResponse>(
        "Watch", Lane::kFast,
        [this](CallContext&, const EchoRequest& request, StreamWriter<EchoResponse> writer) {
          feed_->Watch(writer, std::stoll(request.text()));
          return absl::OkStatus();
        });
    feed_.emplace(Feed<EchoResponse>::Source{
        [this]() -> absl::StatusOr<int64_t> {
          const std::lock_guard lock(mutex_);
          if (!fault_.ok()) return fault_;
          return static_cast<int64_t>(items_.size());
        },
        [this](int64_t after, int limit) { return Read(after, limit); }});
    EXPECT_TRUE(mesh_.Start().ok());
    stub_.emplace(mesh_.ChannelOf(kPeerId));
  }

  absl::StatusOr<std::vector<std::pair<int64_t, EchoResponse>>> Read(int64_t after, int limit) {
    const std::lock_guard lock(mutex_);
    ++reads_[after];
    std::vector<std::pair<int64_t, EchoResponse>> page;
    for (size_t i = static_cast<size_t>(after);
         i < items_.size() && page.size() < static_cast<size_t>(limit); ++i) {
      EchoResponse item;
      item.set_text(items_[i]);
      page.emplace_back(static_cast<int64_t>(i) + 1, std::move(item));
    }
    return page;
  }

  void Add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    items_.push_back(text);
  }

  // Pages that were read more than once.
  int ReadTwice() {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const auto& [after, times] : reads_) count += times > 1 ? 1 : 0;
    return count;
  }

  struct Reader {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<EchoResponse>> stream;
  };
  std::unique_ptr<Reader> From(int64_t after) {
    auto reader = std::make_unique<Reader>();
    EchoRequest request;
    request.set_text(std::to_string(after));
    reader->stream = stub_->Watch(&reader->context, request);
    return reader;
  }

  std::mutex mutex_;
  std::vector<std::string> items_;
  std::map<int64_t, int> reads_;
  absl::Status fault_;
  std::optional<Feed<EchoResponse>> feed_;
  TestMesh mesh_;  // goes before the feed: its handlers use it
  std::optional<EchoService::Stub> stub_;
};

TEST_F(FeedTest, AReaderGetsWhatFollowsItsCursorAndThenWhatIsAdded) {
  for (int i = 1; i <= 200; ++i) Add(std::to_string(i));
  const auto reader = From(40);
  EchoResponse item;
  for (int i = 41; i <= 200; ++i) {
    ASSERT_TRUE(reader->stream->Read(&item));
    ASSERT_EQ(item.text(), std::to_string(i));
  }
  Add("201");
  ASSERT_TRUE(reader->stream->Read(&item));
  EXPECT_EQ(item.text(), "201");
  reader->context.TryCancel();
}

TEST_F(FeedTest, ASlowReaderHoldsOnePageAndLosesNothing) {
  constexpr int kItems = 640;
  const std::string big(100'000, 'x');
  for (int i = 0; i < kItems; ++i) Add(std::to_string(i) + big);
  const auto slow = From(0);
  ASSERT_TRUE(Eventually([this] { return feed_->size() == 1; }));
  const auto fast = From(0);
  EchoResponse item;
  for (int i = 0; i < kItems; ++i) ASSERT_TRUE(fast->stream->Read(&item));
  // The slow one has read nothing yet: it was given what the connection's window takes and no more.
  EXPECT_GE(ReadTwice(), 1);
  EXPECT_LE(ReadTwice(), 4);
  for (int i = 0; i < kItems; ++i) {
    ASSERT_TRUE(slow->stream->Read(&item));
    ASSERT_EQ(item.text().substr(0, item.text().find('x')), std::to_string(i));
  }
  EXPECT_GE(ReadTwice(), kItems / 64);
  slow->context.TryCancel();
  fast->context.TryCancel();
  EXPECT_TRUE(Eventually([this] { return feed_->size() == 0; }));
}

TEST_F(FeedTest, AFaultOfTheListEndsTheStreamWithItsStatus) {
  Add("1");
  const auto reader = From(0);
  EchoResponse item;
  ASSERT_TRUE(reader->stream->Read(&item));
  {
    const std::lock_guard lock(mutex_);
    fault_ = absl::UnavailableError("the list cannot be read");
  }
  EXPECT_FALSE(reader->stream->Read(&item));
  EXPECT_EQ(FromGrpcStatus(reader->stream->Finish()).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kp::rpc::testing
