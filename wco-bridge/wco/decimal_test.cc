#include "wco-bridge/wco/decimal.h"

#include <gtest/gtest.h>

#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

std::string Canonical(std::string_view text) {
  const std::optional<Decimal> number = Decimal::Parse(text);
  return number ? number->ToString() : "none";
}

TEST(DecimalTest, EqualNumbersAreEqual) {
  EXPECT_EQ(Decimal::Parse("1250.5"), Decimal::Parse("+001250.500000000"));
  EXPECT_EQ(Decimal::Parse("-0"), Decimal::Parse("0.000"));
  EXPECT_EQ(Decimal::Parse(" 7 "), Decimal::Parse("7."));
  EXPECT_EQ(Decimal::FromScaled(1250500, 3), Decimal::Parse("1250.5"));
}

TEST(DecimalTest, WritesFixedPoint) {
  EXPECT_EQ(Canonical(".5"), "0.5");
  EXPECT_EQ(Canonical("-0.000002"), "-0.000002");
  EXPECT_EQ(Canonical("9999999999999999"), "9999999999999999");
  EXPECT_EQ(Canonical("9999999999.999999"), "9999999999.999999");
}

TEST(DecimalTest, RefusesWhatIsNoDecimal) {
  for (const char* text :
       {"", " ", ".", "+", "-", "1,5", "1e3", "1 2", "--1", "1.2.3", "0x1", "NaN", "\xD9\xA1"}) {
    EXPECT_EQ(Canonical(text), "none") << text;
  }
}

TEST(DecimalTest, CountsDigitsAsTheDataModelDoes) {
  EXPECT_EQ(Canonical("10000000000000000"), "none");  // 17 digits
  EXPECT_EQ(Canonical("0.0000001"), "none");          // 7 decimals
  EXPECT_EQ(Canonical("0000000000000000000001.0000000000"), "1");
  EXPECT_FALSE(Decimal::Parse("1.0001", 16, 3));
  EXPECT_TRUE(Decimal::Parse("1.0010", 16, 3));
}

TEST(DecimalTest, ScalesExactlyOrNotAtAll) {
  EXPECT_EQ(Decimal::Parse("1250.5")->ToScaled(3), 1250500);
  EXPECT_EQ(Decimal::Parse("1250.5001")->ToScaled(3), std::nullopt);
  EXPECT_EQ(Decimal::Parse("9999999999999999")->ToScaled(3), std::nullopt);
  EXPECT_EQ(Decimal::Parse("9999999999999999")->ToScaled(2), 999999999999999900);
}

TEST(TextTest, DaysAreDaysOfTheCalendar) {
  EXPECT_TRUE(ParseDay("20280229"));
  EXPECT_FALSE(ParseDay("20260229"));
  EXPECT_FALSE(ParseDay("20260010"));
  EXPECT_FALSE(ParseDay("20261301"));
  EXPECT_FALSE(ParseDay("2026-3-1"));
}

TEST(TextTest, InstantsHaveAZoneOfWholeHours) {
  EXPECT_EQ(FormatInstant(*ParseInstant("20260101003000+01")), "20251231233000Z");
  EXPECT_FALSE(ParseInstant("20260101003000"));
  EXPECT_FALSE(ParseInstant("20260101003000+0530"));
  EXPECT_FALSE(ParseInstant("20260101003000+15"));
  EXPECT_FALSE(ParseInstant("20260101240000Z"));
}

TEST(TextTest, ShorteningNeverCutsACharacter) {
  EXPECT_EQ(Shorten("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4), "\xC3\xA9...");
  EXPECT_EQ(Shorten("abcd", 4), "abcd");
}

}  // namespace
}  // namespace kp::wco
