#include "mesh/statement/proto_cbor.h"

#include <limits>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesh/statement/cbor.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/reasons.h"
#include "testdata/payloads.pb.h"

namespace kp::statement {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using testdata::Sample;
using ::testing::HasSubstr;

// Every shape at once, the borders of the integers among them.
Sample Full() {
  Sample sample;
  sample.set_salt(std::string("\x00\x01", 2));
  sample.set_number("ZW 00042");
  sample.set_amount(std::numeric_limits<int64_t>::min());
  sample.set_large(std::numeric_limits<uint64_t>::max());
  sample.set_small(-5);
  sample.set_small_unsigned(std::numeric_limits<uint32_t>::max());
  sample.set_flag(true);
  sample.set_kind(testdata::KIND_SORTED);
  testdata::Line* line = sample.add_lines();
  line->set_hs_code("710210");
  line->set_carats_thousandths(12345);
  line->add_origins("ZW");
  line->add_origins("");
  sample.add_lines();
  sample.set_maybe(0);
  sample.mutable_signed_time()->set_seconds(1700000000);
  sample.mutable_right();
  sample.add_kinds(testdata::KIND_UNSPECIFIED);
  sample.add_kinds(testdata::KIND_ROUGH);
  sample.add_numbers(0);
  sample.add_numbers(-1);
  sample.add_blobs("");
  sample.add_times()->set_nanos(1);
  sample.add_times()->set_seconds(-1);
  sample.add_flags(false);
  sample.mutable_inner()->set_left("");
  return sample;
}

std::string Hex(const std::string& hex) { return absl::HexStringToBytes(hex); }

absl::StatusOr<Sample> Decode(const std::string& payload) {
  Sample sample;
  if (absl::Status status = DecodePayload(payload, sample); !status.ok()) return status;
  return sample;
}

TEST(ProtoCborTest, WritesTheDocumentedLayout) {
  Sample sample;
  EXPECT_EQ(ToHex(EncodePayload(sample).value()), "a0");
  sample.set_number("a");
  sample.set_small(-1);
  sample.set_kind(testdata::KIND_SORTED);
  sample.add_lines()->add_origins("ZW");
  sample.mutable_signed_time()->set_seconds(10);
  sample.add_times()->set_nanos(5000);
  sample.mutable_times(0)->set_seconds(10);
  // {2: "a", 5: -1, 8: 2, 9: [{3: ["ZW"]}], 11: 10, 17: [[10, 5000]]}
  EXPECT_EQ(ToHex(EncodePayload(sample).value()),
            "a6"
            "026161"
            "0520"
            "0802"
            "0981a10381625a57"
            "0b0a"
            "1181820a191388");
}

TEST(ProtoCborTest, PresenceSaysWhatIsLeftOut) {
  Sample sample;
  sample.set_maybe(0);
  sample.mutable_signed_time();
  sample.set_left("");
  sample.mutable_inner();
  sample.set_flag(false);
  // {10: 0, 11: 0, 12: "", 30: {}}
  EXPECT_EQ(ToHex(EncodePayload(sample).value()), "a40a000b000c60181ea0");
  const Sample read = Decode(EncodePayload(sample).value()).value();
  EXPECT_TRUE(read.has_maybe());
  EXPECT_TRUE(read.has_left());
  EXPECT_TRUE(read.has_signed_time());
}

TEST(ProtoCborTest, ReadsBackEveryShape) {
  const std::string payload = EncodePayload(Full()).value();
  const auto read = Decode(payload);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*read, Full())) << read->DebugString();
}

// One message, one encoding: whatever is accepted is what would be written.
TEST(ProtoCborTest, AcceptsOnlyWhatItWouldWrite) {
  const std::string payload = EncodePayload(Full()).value();
  int accepted = 0;
  int refused = 0;
  for (size_t i = 0; i < payload.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = payload;
      changed[i] = static_cast<char>(byte);
      const auto read = Decode(changed);
      if (!read.ok()) {
        ++refused;
        ASSERT_EQ(ReasonOf(read.status()), kMalformed) << read.status();
        ASSERT_FALSE(FaultsOf(read.status()).empty()) << read.status();
        continue;
      }
      ++accepted;
      ASSERT_EQ(ToHex(EncodePayload(*read).value()), ToHex(changed));
    }
    ASSERT_FALSE(Decode(payload.substr(0, i)).ok());
  }
  EXPECT_GT(accepted, static_cast<int>(payload.size()));
  EXPECT_GT(refused, accepted);
}

struct Case {
  const char* name;
  const char* bad;
  const char* good;  // the same with the one bad thing made good
  const char* field;
  const char* message;
};

class ProtoCborRefusesTest : public ::testing::TestWithParam<Case> {};

TEST_P(ProtoCborRefusesTest, NamingTheField) {
  const Case& test = GetParam();
  const auto read = Decode(Hex(test.bad));
  EXPECT_EQ(ReasonOf(read.status()), kMalformed);
  const auto faults = FaultsOf(read.status());
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].field, test.field);
  EXPECT_THAT(faults[0].message, HasSubstr(test.message));
  EXPECT_TRUE(Decode(Hex(test.good)).ok()) << Decode(Hex(test.good)).status();
}

INSTANTIATE_TEST_SUITE_P(
    All, ProtoCborRefusesTest,
    ::testing::Values(
        Case{"UnknownField", "a11301", "a10301", "payload", "Sample has no field 19"},
        Case{"HugeFieldNumber", "a11b000000010000000100", "a10301", "payload",
             "no field 4294967297"},
        Case{"UnknownNestedField", "a10981a10401", "a10981a10201", "lines[0]",
             "Line has no field 4"},
        Case{"TextKey", "a1613101", "a10301", "payload", "expected an unsigned integer"},
        Case{"WrongType", "a1024161", "a1026161", "number", "expected a text string"},
        Case{"BytesAsText", "a1016161", "a1014161", "salt", "expected a byte string"},
        Case{"NestedWrongType", "a10982a10201a10261", "a10982a10201a10202",
             "lines[1].carats_thousandths", ""},
        Case{"UnknownEnum", "a10803", "a10802", "kind",
             "3 is not a value of kp.statement.testdata.Kind"},
        Case{"UnknownRepeatedEnum", "a10e820007", "a10e820001", "kinds[1]", "7 is not a value"},
        Case{"IntegerTooLarge", "a1051a80000000", "a1051a7fffffff", "small",
             "does not fit the field"},
        Case{"IntegerTooSmall", "a1053a80000000", "a1053a7fffffff", "small",
             "does not fit the field"},
        Case{"UnsignedTooLarge", "a1061b0000000100000000", "a1061affffffff", "small_unsigned",
             "does not fit the field"},
        Case{"NegativeUnsigned", "a10420", "a10401", "large", "expected an unsigned integer"},
        Case{"DefaultInteger", "a10300", "a10301", "amount", "a default value must be left out"},
        Case{"DefaultText", "a10260", "a1026161", "number", "a default value must be left out"},
        Case{"DefaultBytes", "a10140", "a1014161", "salt", "a default value must be left out"},
        Case{"DefaultBool", "a107f4", "a107f5", "flag", "a default value must be left out"},
        Case{"DefaultEnum", "a10800", "a10801", "kind", "a default value must be left out"},
        Case{"EmptyList", "a10980", "a10981a0", "lines", "an empty list must be left out"},
        Case{"TwoOfAOneof", "a20c600da0", "a10da0", "right", "only one of choice"},
        Case{"IntegerAsBool", "a10701", "a107f5", "flag", "expected a boolean"},
        Case{"ListForOne", "a1038101", "a10301", "amount", "expected an integer, found an array"},
        Case{"OneForList", "a10f01", "a10f8101", "numbers", "expected an array"},
        Case{"NullForMessage", "a1181ef6", "a1181ea0", "inner", "expected a map, found null"},
        Case{"TimeWithZeroNanos", "a10b820100", "a10b820101", "signed_time",
             "a time without nanos is written as seconds"},
        Case{"TimeOfThreeParts", "a10b83010101", "a10b820101", "signed_time", "seconds, nanos"},
        Case{"TimeTooLate", "a10b1b0000003afff44180", "a10b1b0000003afff4417f", "signed_time",
             "years 1 to 9999"},
        Case{"NanosTooLarge", "a10b82011a3b9aca00", "a10b82011a3b9ac9ff", "signed_time",
             "years 1 to 9999"},
        Case{"TrailingBytes", "a1030100", "a10301", "payload", "bytes after the end"},
        Case{"NotAMap", "80", "a0", "payload", "expected a map"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ProtoCborTest, RefusesToSignWhatHasNoEncoding) {
  testdata::WithFloat with_float;
  EXPECT_TRUE(EncodePayload(with_float).ok());
  with_float.set_ratio(0.5);
  EXPECT_EQ(FaultsOf(EncodePayload(with_float).status())[0].field, "ratio");
  testdata::WithMap with_map;
  EXPECT_TRUE(EncodePayload(with_map).ok());
  (*with_map.mutable_entries())["a"] = "b";
  EXPECT_EQ(FaultsOf(EncodePayload(with_map).status())[0].field, "entries");
  EXPECT_EQ(FaultsOf(DecodePayload(Hex("a10101"), with_float))[0].field, "ratio");
}

TEST(ProtoCborTest, RefusesToSignAWrongValueNamingTheField) {
  const auto field_of = [](const Sample& sample) {
    const auto faults = FaultsOf(EncodePayload(sample).status());
    return faults.empty() ? std::string() : faults[0].field;
  };
  Sample sample = Full();
  EXPECT_EQ(field_of(sample), "");
  sample.mutable_lines(1)->set_hs_code("\xff");
  EXPECT_EQ(field_of(sample), "lines[1].hs_code");
  sample = Full();
  sample.set_kind(static_cast<testdata::Kind>(9));
  EXPECT_EQ(field_of(sample), "kind");
  sample = Full();
  sample.mutable_times(1)->set_nanos(-1);
  EXPECT_EQ(field_of(sample), "times[1]");
}

TEST(ProtoCborTest, RefusesToSignFieldsThatThisBuildDoesNotKnow) {
  testdata::Unsalted newer;
  ASSERT_TRUE(
      newer.ParseFromString("\x0a\x01"
                            "a"));  // field 1 of both types
  EXPECT_TRUE(EncodePayload(newer).ok());
  ASSERT_TRUE(
      newer.ParseFromString("\x12\x01"
                            "a"));  // field 2 of Sample only
  EXPECT_THAT(std::string(EncodePayload(newer).status().message()),
              HasSubstr("this build does not know"));
}

TEST(ProtoCborTest, NestsExactlyAsDeepAsItCanRead) {
  Sample sample;
  Sample* innermost = &sample;
  for (size_t i = 1; i < kMaxCborDepth; ++i) innermost = innermost->mutable_inner();
  const auto payload = EncodePayload(sample);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_TRUE(Decode(*payload).ok()) << Decode(*payload).status();
  innermost->add_numbers(1);
  EXPECT_THAT(std::string(EncodePayload(sample).status().message()), HasSubstr("nested deeper"));
  innermost->clear_numbers();
  innermost->mutable_signed_time()->set_nanos(1);
  EXPECT_THAT(std::string(EncodePayload(sample).status().message()), HasSubstr("nested deeper"));
  innermost->clear_signed_time();
  innermost->mutable_inner();
  EXPECT_THAT(std::string(EncodePayload(sample).status().message()), HasSubstr("nested deeper"));
}

}  // namespace
}  // namespace kp::statement
