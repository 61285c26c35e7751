#include "scheme/value_per_carat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Pointers(const std::vector<Finding>& findings, Severity severity) {
  std::vector<std::string> pointers;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.reason, reasons::kValuePerCaratUnusual);
    EXPECT_EQ(finding.severity, severity);
    pointers.push_back(finding.pointer);
  }
  return pointers;
}

// Of 1,000 carats at so many cents a carat.
PricedRow At(std::int64_t cents, const std::string& origin, const std::string& pointer = "rows[0]") {
  return {pointer, origin, 1'000'000, cents * 1'000};
}

TEST(ValuePerCaratTest, RowsOfTradeMayBeTenTimesOffTheBandOfTheirOrigin) {
  struct Case {
    const char* origin;
    std::int64_t low, high;  // the last usual ones, in cents
  };
  for (const Case& one : {Case{"BW", 1'310, 170'000}, Case{"CD", 70, 11'000},
                          Case{"***", 680, 134'000}, Case{"BW,NA", 680, 134'000},
                          Case{"", 680, 134'000}}) {
    const std::vector<PricedRow> usual = {At(one.low, one.origin), At(one.high, one.origin)};
    EXPECT_THAT(CheckTradePrices(usual), IsEmpty()) << one.origin;
    const std::vector<PricedRow> unusual = {At(one.low - 1, one.origin, "rows[0]"),
                                            At(one.high + 1, one.origin, "rows[1]")};
    EXPECT_THAT(Pointers(CheckTradePrices(unusual), Severity::kInfo),
                ElementsAre("rows[0]", "rows[1]"))
        << one.origin;
  }
}

TEST(ValuePerCaratTest, WhatHasNoValueIsNotJudged) {
  const std::vector<PricedRow> rows = {At(0, "BW"), {"rows[1]", "BW", 0, 5}};
  EXPECT_THAT(CheckTradePrices(rows), IsEmpty());
  EXPECT_THAT(CheckProductionPrices(rows), IsEmpty());
}

TEST(ValuePerCaratTest, ProductionIsJudgedByTheAverageOfItsOrigin) {
  const std::vector<PricedRow> usual = {At(500, "CD"), At(200'000, "LS")};
  EXPECT_THAT(CheckProductionPrices(usual), IsEmpty());
  const std::vector<PricedRow> unusual = {At(499, "CD", "rows[0]"), At(200'001, "LS", "rows[1]")};
  EXPECT_THAT(Pointers(CheckProductionPrices(unusual), Severity::kRefer),
              ElementsAre("rows[0]", "rows[1]"));
  // Cheap industrial stones beside gems: together an ordinary average.
  const std::vector<PricedRow> both = {At(100, "CD"), At(1'900, "CD")};
  EXPECT_THAT(CheckProductionPrices(both), IsEmpty());
}

}  // namespace
}  // namespace kp::scheme
