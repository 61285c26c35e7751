#include "mesh/statement/cbor.h"

#include <limits>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

using ::testing::HasSubstr;

std::string Hex(const std::string& hex) { return absl::HexStringToBytes(hex); }

absl::Status ReadOne(const std::string& bytes) {
  CborReader reader(bytes);
  if (const auto item = reader.Skip(); !item.ok()) return item.status();
  return reader.Finish();
}

// `levels` arrays inside one another, the innermost empty.
std::string Nested(size_t levels) { return std::string(levels - 1, '\x81') + "\x80"; }

TEST(CborWriterTest, WritesTheExamplesOfRfc8949) {
  const std::vector<std::pair<int64_t, std::string>> integers = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {65536, "1a00010000"},
      {4294967296, "1b0000000100000000"},
      {-1, "20"},
      {-24, "37"},
      {-25, "3818"},
      {-1000, "3903e7"},
      {std::numeric_limits<int64_t>::min(), "3b7fffffffffffffff"}};
  for (const auto& [value, hex] : integers) {
    CborWriter writer;
    writer.Int(value);
    EXPECT_EQ(ToHex(writer.Take()), hex);
  }
  CborWriter writer;
  writer.Tag(18);
  writer.Map(2);
  writer.Uint(std::numeric_limits<uint64_t>::max());
  writer.Bytes("\x01\x02");
  writer.Text("a");
  writer.Array(3);
  writer.Bool(true);
  writer.Bool(false);
  writer.Null();
  EXPECT_EQ(ToHex(writer.Take()), "d2a21bffffffffffffffff420102616183f5f4f6");
}

TEST(CborReaderTest, ReadsBackWhatTheWriterWrote) {
  CborWriter writer;
  writer.Tag(18);
  writer.Array(7);
  writer.Uint(std::numeric_limits<uint64_t>::max());
  writer.Int(std::numeric_limits<int64_t>::min());
  writer.Bytes(std::string(300, 'b'));
  writer.Text("grün");
  writer.Bool(true);
  writer.Null();
  writer.Map(1);
  writer.Int(-3);
  writer.Array(0);
  const std::string bytes = writer.Take();

  CborReader reader(bytes);
  EXPECT_EQ(reader.Tag().value(), 18u);
  EXPECT_EQ(reader.Array().value(), 7u);
  EXPECT_EQ(reader.Peek().value(), CborReader::Kind::kUint);
  EXPECT_EQ(reader.Uint().value(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(reader.Int().value(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(reader.Bytes().value(), std::string(300, 'b'));
  EXPECT_EQ(reader.Text().value(), "grün");
  EXPECT_EQ(reader.Bool().value(), true);
  EXPECT_TRUE(reader.Null().ok());
  EXPECT_EQ(reader.Map().value(), 1u);
  EXPECT_EQ(reader.Int().value(), -3);
  EXPECT_FALSE(reader.Finish().ok());
  EXPECT_EQ(reader.Array().value(), 0u);
  EXPECT_TRUE(reader.Finish().ok());
}

struct Case {
  const char* name;
  std::string bad;
  std::string good;  // the same with the one bad thing made good
  const char* message;
};

class CborReaderRefusesTest : public ::testing::TestWithParam<Case> {};

TEST_P(CborReaderRefusesTest, NamingTheByte) {
  const absl::Status status = ReadOne(Hex(GetParam().bad));
  EXPECT_EQ(ReasonOf(status), kMalformed);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
  EXPECT_TRUE(ReadOne(Hex(GetParam().good)).ok()) << ReadOne(Hex(GetParam().good));
}

INSTANTIATE_TEST_SUITE_P(
    All, CborReaderRefusesTest,
    ::testing::Values(
        Case{"LongInteger",
             "821817"
             "00",
             "8217"
             "00",
             "byte 1: not in the shortest form"},
        Case{"LongInteger16", "1900ff", "18ff", "byte 0: not in the shortest form"},
        Case{"LongInteger32", "1a0000ffff", "19ffff", "not in the shortest form"},
        Case{"LongInteger64", "1b00000000ffffffff", "1affffffff", "not in the shortest form"},
        Case{"LongNegative", "3817", "37", "not in the shortest form"},
        Case{"LongStringLength", "580161", "4161", "not in the shortest form"},
        Case{"LongTextLength", "780161", "6161", "not in the shortest form"},
        Case{"LongArrayLength", "980100", "8100", "not in the shortest form"},
        Case{"LongMapLength", "b8010000", "a10000", "not in the shortest form"},
        Case{"IndefiniteBytes", "5f4161ff", "4161", "byte 0: an indefinite length"},
        Case{"IndefiniteText", "7f6161ff", "6161", "an indefinite length"},
        Case{"IndefiniteArray", "9f00ff", "8100", "an indefinite length"},
        Case{"IndefiniteMap", "81bf0000ff", "81a10000", "byte 1: an indefinite length"},
        Case{"LoneBreak", "81ff", "8100", "byte 1: an indefinite length"},
        Case{"HalfFloat", "f93c00", "01", "a float"}, Case{"Float", "fa47c35000", "01", "a float"},
        Case{"Double", "fb3ff199999999999a", "01", "a float"},
        Case{"Undefined", "f7", "f6", "undefined"},
        Case{"SimpleValue", "e0", "f4", "not a CBOR item"},
        Case{"LongBoolean", "f815", "f5", "not a CBOR item"},
        Case{"ReservedHead", "1c", "17", "not a CBOR item"},
        Case{"Tag", "81c100", "8100", "byte 1: a tag is not expected"},
        Case{"LongTag", "d81e00", "00", "byte 0: a tag is not expected"},
        Case{"UnsortedKeys", "a202000100", "a201000200", "byte 3: map keys are not in ascending"},
        Case{"TextBeforeInteger", "a26161000100", "a20100616100", "not in ascending"},
        Case{"RepeatedKey", "a201000100", "a201000200", "byte 3: a map key is repeated"},
        Case{"BytesAsKey", "a1416100", "a1616100", "byte 1: a map key must be"},
        Case{"ArrayAsKey", "a18000", "a10000", "a map key must be"},
        Case{"TrailingByte", "0000", "00", "byte 1: bytes after the end"},
        Case{"Truncated", "4261", "426161", "byte 0: the item is longer than the data"},
        Case{"TruncatedHead", "19", "1903e8", "byte 0: the item is longer than the data"},
        Case{"Nothing", "", "00", "byte 0: the data ends"},
        Case{"MissingItem", "8201", "820100", "more items are announced"},
        Case{"MissingNestedItem", "828101", "82810100", "byte 3: the data ends"},
        Case{"HugeArray", "9b7fffffffffffffff", "80", "more items are announced"},
        Case{"HugeMap", "bbffffffffffffffff", "a0", "more items are announced"},
        Case{"HugeBytes", "5bffffffffffffffff", "40", "byte 0: the item is longer"},
        Case{"HugeText", "7bffffffffffffffff", "60", "byte 0: the item is longer"},
        Case{"BadUtf8", "8161ff", "816161", "byte 1: the text is not UTF-8"},
        Case{"TooDeep", ToHex(Nested(kMaxCborDepth + 1)), ToHex(Nested(kMaxCborDepth)),
             "byte 16: nested deeper than 16"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CborReaderTest, DepthCountsOnlyOpenContainers) {
  std::string bytes = "\x98\x1e";  // an array of 30
  for (int i = 0; i < 30; ++i) bytes += Nested(kMaxCborDepth - 1);
  EXPECT_TRUE(ReadOne(bytes).ok()) << ReadOne(bytes);
}

TEST(CborReaderTest, RefusesAnItemOfAnotherKindThanAskedFor) {
  CborReader text("\x61\x61");
  EXPECT_THAT(std::string(text.Uint().status().message()),
              HasSubstr("byte 0: expected an unsigned integer, found a text string"));
  CborReader negative("\x20");
  EXPECT_FALSE(negative.Uint().ok());
  CborReader same("\x20");
  EXPECT_EQ(same.Int().value(), -1);
}

TEST(CborReaderTest, RefusesAnIntegerThatInt64CannotHold) {
  const std::string above = Hex("1b8000000000000000");
  const std::string below = Hex("3b8000000000000000");
  EXPECT_FALSE(CborReader(above).Int().ok());
  EXPECT_TRUE(CborReader(above).Uint().ok());
  EXPECT_FALSE(CborReader(below).Int().ok());
}

TEST(IsUtf8Test, KnowsTheBordersOfTheEncoding) {
  for (const char* hex :
       {"", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080", "f48fbfbf"}) {
    EXPECT_TRUE(IsUtf8(Hex(hex))) << hex;
  }
  for (const char* hex : {"80", "c0af", "c1bf", "c2", "e09fbf", "eda080", "edbfbf", "e282",
                          "f08fbfbf", "f4908080", "f8888080", "ff", "c241"}) {
    EXPECT_FALSE(IsUtf8(Hex(hex))) << hex;
  }
}

}  // namespace
}  // namespace kp::statement
