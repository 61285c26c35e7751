#include "mesh/rpc/wire_faults.h"

#include "base/error.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"
#include "testdata/echo_test.pb.h"

namespace kp::rpc {
namespace {

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

// Field 2 holds Line messages whose field 1 is text.
std::string Line(const std::string& text) {
  const std::string inner = std::string("\x0a") + static_cast<char>(text.size()) + text;
  return std::string("\x12") + static_cast<char>(inner.size()) + inner;
}

absl::Status Parse(const std::string& wire) {
  grpc::ByteBuffer bytes = Bytes(wire);
  test::EchoRequest request;
  return ParseRequest(bytes, request);
}

TEST(ParseRequestTest, ReadsAGoodMessage) {
  test::EchoRequest sent;
  sent.set_text("Zoë");
  grpc::ByteBuffer bytes = Bytes(sent.SerializeAsString());
  test::EchoRequest request;
  ASSERT_TRUE(ParseRequest(bytes, request).ok());
  EXPECT_EQ(request.text(), "Zoë");
}

TEST(ParseRequestTest, NamesTheFieldThatIsNotUtf8) {
  EXPECT_TRUE(Parse(Line("good") + Line("good")).ok());
  const absl::Status status = Parse(Line("good") + Line("bad\xff"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(FaultsOf(status).size(), 1U);
  EXPECT_EQ(FaultsOf(status)[0].field, "lines[1].text");
  EXPECT_EQ(FaultsOf(status)[0].reason, kInvalidUtf8);
}

TEST(ParseRequestTest, NamesAFieldOfTheFirstLevelBehindUnknownOnes) {
  // Field 99, a varint; then field 1.
  EXPECT_EQ(FaultsOf(Parse("\x98\x06\x05\x0a\x01\xff"))[0].field, "text");
}

TEST(ParseRequestTest, RefusesTextWithAZeroByteAndTellsWhere) {
  const std::string text("ab\0c", 4);
  const auto parse = [](const test::EchoRequest& request) {
    return Parse(request.SerializeAsString());
  };
  test::EchoRequest request;
  request.set_blob(text);
  request.add_lines()->set_text("good");
  request.add_lines()->set_text("good");
  EXPECT_TRUE(parse(request).ok()) << "bytes may hold it";
  request.mutable_lines(1)->set_text(text);
  const absl::Status status = parse(request);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(FaultsOf(status).size(), 1U);
  EXPECT_EQ(FaultsOf(status)[0].field, "lines[1].text");
  EXPECT_EQ(FaultsOf(status)[0].reason, kTextControlCharacter);
  EXPECT_EQ(FaultsOf(status)[0].message, "holds the control character U+0000 at byte 2");
  test::EchoRequest first_level;
  first_level.set_text(text);
  EXPECT_EQ(FaultsOf(parse(first_level))[0].field, "text");
  test::EchoRequest by_name;
  (*by_name.mutable_named())["name"] = text;
  EXPECT_EQ(FaultsOf(parse(by_name))[0].field, "named[0].value");
}

TEST(ParseRequestTest, OtherNonsenseIsMalformed) {
  EXPECT_EQ(ReasonOf(Parse("\x0a\x05x")), kMalformedRequest);
  EXPECT_EQ(ReasonOf(Parse("\xff\xff\xff")), kMalformedRequest);
}

TEST(ParseRequestTest, AWrongLengthInsideDoesNotEscapeItsMessage) {
  EXPECT_EQ(ReasonOf(Parse("\x12\x03\x0a\x7f\xff")), kMalformedRequest);
}

}  // namespace
}  // namespace kp::rpc
