#include "mesh/statement/compact.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/base45.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/statement.h"
#include "testdata/payloads.pb.h"

namespace kp::statement {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Base45Test, GivesTheExamplesOfRfc9285) {
  const std::vector<std::pair<std::string, std::string>> examples = {{"", ""},
                                                                     {"AB", "BB8"},
                                                                     {"Hello!!", "%69 VD92EX0"},
                                                                     {"base-45", "UJCLQE7W581"},
                                                                     {"ietf!", "QED8WEX0"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(Base45Encode(bytes), text);
    EXPECT_EQ(Base45Decode(text).value(), bytes);
  }
}

TEST(Base45Test, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += {static_cast<char>(i), static_cast<char>(255 - i)};
  EXPECT_EQ(Base45Decode(Base45Encode(bytes)).value(), bytes);
  bytes.pop_back();
  EXPECT_EQ(Base45Decode(Base45Encode(bytes)).value(), bytes);
}

TEST(Base45Test, RefusesNamingThePosition) {
  struct Bad {
    const char* text;
    const char* good;
    const char* message;
  };
  for (const Bad& bad : {Bad{"BB8bB8", "BB8BB8", "character 3: not in the alphabet"},
                         Bad{"BB8B", "BB8", "character 3: one character is left over"},
                         Bad{"BB8GGW", "BB8FGW", "character 3: the group is too large"},
                         Bad{"BB8V5", "BB8U5", "character 3: the group is too large"},
                         Bad{"B\xc3\xa9", "BB8", "character 1: not in the alphabet"}}) {
    const auto decoded = Base45Decode(bad.text);
    EXPECT_EQ(ReasonOf(decoded.status()), kCompactMalformed) << bad.text;
    EXPECT_THAT(std::string(decoded.status().message()), HasSubstr(bad.message));
    EXPECT_TRUE(Base45Decode(bad.good).ok()) << bad.good;
  }
}

TEST(CompactTest, GoesBothWays) {
  const std::string bytes = "any bytes \x00\x01\xff, repeated, repeated, repeated";
  const std::string text = CompactEncode(bytes).value();
  EXPECT_THAT(text, StartsWith("KP1:"));
  EXPECT_EQ(CompactDecode(text).value(), bytes);
}

TEST(CompactTest, RefusesWhatIsNotOneWholeStream) {
  const std::string text = CompactEncode("a statement").value();
  ASSERT_TRUE(CompactDecode(text).ok());
  const std::string compressed = Base45Decode(text.substr(4)).value();
  for (const std::string& bad :
       {absl::StrCat("KP2:", text.substr(4)), text.substr(4), std::string("KP1:"), std::string(),
        absl::StrCat("kp1:", text.substr(4)),
        absl::StrCat("KP1:", Base45Encode(compressed.substr(0, compressed.size() - 1))),
        absl::StrCat("KP1:", Base45Encode(compressed + "x")),
        absl::StrCat("KP1:", Base45Encode("not zlib at all"))}) {
    EXPECT_EQ(ReasonOf(CompactDecode(bad).status()), kCompactMalformed) << bad;
  }
}

TEST(CompactTest, NeverInflatesBeyondTheBound) {
  const std::string bytes(kMaxCompactStatementSize, 'z');  // compresses to next to nothing
  const std::string text = CompactEncode(bytes).value();
  EXPECT_EQ(CompactDecode(text, bytes.size()).value(), bytes);
  EXPECT_EQ(ReasonOf(CompactDecode(text, bytes.size() - 1).status()), kTooLarge);
  EXPECT_EQ(ReasonOf(CompactEncode(bytes + "z").status()), kTooLarge);
}

TEST(CompactTest, RefusesNamingThePositionInTheWholeText) {
  const std::string text = CompactEncode("a statement").value();
  ASSERT_TRUE(CompactDecode(text).ok());
  const std::string compressed = Base45Decode(text.substr(4)).value();
  std::string wrong = text;
  wrong[9] = '#';
  const std::vector<std::pair<std::string, std::string>> faults = {
      {wrong, "character 9: not in the alphabet"},
      {text + "\n", absl::StrCat("character ", text.size(), ":")},
      {"KP2:" + text.substr(4), "character 2: KP2: is a version of the code that this program"},
      {"KP12:" + text.substr(4), "character 2: KP12: is a version of the code"},
      {"kp1:" + text.substr(4), "character 0: kp1: stands in small letters"},
      {"Kp1:" + text.substr(4), "character 1: Kp1: stands in small letters"},
      {"KP:" + text.substr(4), "character 2: the text does not begin"},
      {"KP1" + text.substr(4), "character 3: the text does not begin"},
      {"KP", "character 2: the text does not begin"},
      {"KP1:" + Base45Encode(compressed.substr(0, 5)), "fault at byte 5 of 5"},
      {"KP1:" + Base45Encode(compressed + "x"), absl::StrCat("byte ", compressed.size(), " comes")},
  };
  for (const auto& [bad, where] : faults) {
    EXPECT_THAT(std::string(CompactDecode(bad).status().message()), HasSubstr(where)) << bad;
  }
}

// A space is a character of base45 like any other.
TEST(CompactTest, KeepsSpaces) {
  int with_space = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = absl::StrCat("statement ", i);
    const std::string text = CompactEncode(bytes).value();
    const size_t space = text.find(' ');
    if (space == std::string::npos) continue;
    ++with_space;
    EXPECT_EQ(CompactDecode(text).value(), bytes);
    EXPECT_FALSE(CompactDecode(std::string(text).erase(space, 1)).ok()) << text;
  }
  EXPECT_GT(with_space, 0);
}

TEST(CompactSizeTest, CountsTheBytesOfTheZlibStream) {
  const std::string bytes = "any bytes, repeated, repeated, repeated";
  const CompactSize size = CompactSizeOf(bytes);
  EXPECT_EQ(size.plain, bytes.size());
  EXPECT_EQ(size.compressed,
            Base45Decode(CompactEncode(bytes).value().substr(4)).value().size());
}

TEST(CompactSizeTest, FitsUpToTheLimitsAndNotBeyond) {
  EXPECT_TRUE((CompactSize{kMaxCompactStatementSize, kMaxQrBytes}.FitsQr()));
  EXPECT_FALSE((CompactSize{kMaxCompactStatementSize + 1, kMaxQrBytes}.FitsQr()));
  EXPECT_FALSE((CompactSize{kMaxCompactStatementSize, kMaxQrBytes + 1}.FitsQr()));
}

// Bytes that do not compress at all: what is said to fit surely does, up to the last byte of it.
TEST(CompactSizeTest, WhatSurelyFitsFitsHoweverBadlyItCompresses) {
  Random& random = SystemRandom();
  size_t sure = 0;
  for (size_t plain = 1; plain <= kMaxQrBytes; ++plain) {
    if (!SurelyFitsQr(plain)) continue;
    sure = plain;
    EXPECT_TRUE(CompactSizeOf(random.Bytes(plain)).FitsQr()) << plain;
  }
  EXPECT_GT(sure, kMaxQrBytes - 50);
  EXPECT_FALSE(SurelyFitsQr(kMaxQrBytes));
  EXPECT_FALSE(CompactSizeOf(random.Bytes(kMaxQrBytes)).FitsQr());
}

// Whatever salt, key and signature turn out to be.
TEST(CompactSizeTest, NoSignedStatementIsLargerThanForetold) {
  const StatementSigner signer("ZW", std::make_shared<LocalSigner>(PrivateKey::Generate().value()),
                               SystemRandom());
  testdata::Sample payload;
  payload.set_number("ZW 00042 with a text of some length, and of some length again");
  const size_t foretold = LargestCompactSize("ZW", ContentType("sample"), payload)->compressed;
  size_t largest = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto statement =
        signer.Sign(ContentType("sample"), payload, std::nullopt, absl::FromUnixSeconds(1'790'000'000 + i));
    largest = std::max(largest, CompactSizeOf(statement->bytes()).compressed);
  }
  EXPECT_LE(largest, foretold);
  EXPECT_GE(largest + 2 * kSizeMargin, foretold) << "the bound says nothing";
}

TEST(CompactTest, RefusesALongTextBeforeDecodingIt) {
  EXPECT_EQ(ReasonOf(CompactDecode("KP1:" + std::string(100'000, '?')).status()), kTooLarge);
  EXPECT_EQ(ReasonOf(CompactDecode("KP1:" + std::string(99, '?')).status()), kCompactMalformed);
}

}  // namespace
}  // namespace kp::statement
