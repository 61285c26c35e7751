#include "scheme/source_book.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Date Day(const char* text) { return ParseDate(text).value(); }

TEST(SourceBookTest, NothingRestsOnOnePersonAndAFindingIsSettled) {
  EXPECT_EQ(NeedOfPaper(false, true), SourceNeed::kNothing);
  EXPECT_EQ(NeedOfPaper(false, false), SourceNeed::kSecondOfficer);
  EXPECT_EQ(NeedOfPaper(true, true), SourceNeed::kSettlement);
  EXPECT_EQ(NeedOfPaper(true, false), SourceNeed::kSettlement);
  EXPECT_EQ(NeedOfProduction(true), SourceNeed::kNothing);
  EXPECT_EQ(NeedOfProduction(false), SourceNeed::kSecondOfficer);
}

TEST(SourceBookTest, APaperOfAnIssuerOnTheMeshIsOfBeforeItsRegister) {
  const auto check = [](const char* issued, const char* received, bool on_mesh,
                        std::optional<Date> complete) {
    SourcePaper paper{CertificateNumber::Parse("AO0000001").value(),
                      EntityCode::Parse("AO").value(), Day(issued), Day(received), on_mesh,
                      complete};
    return ReasonOf(CheckSourcePaper(paper));
  };
  const Date complete = Day("2026-01-01");
  EXPECT_EQ(check("2026-02-01", "2026-02-03", false, std::nullopt), "");
  EXPECT_EQ(check("2026-02-01", "2026-01-31", false, std::nullopt), reasons::kDateOfIssueWrong);
  EXPECT_EQ(check("2025-12-31", "2026-01-03", true, complete), "");
  EXPECT_EQ(check("2026-01-01", "2026-01-03", true, complete), reasons::kSourceIssuerOnMesh);
  // Since when its register is whole is not told: that is no "before".
  EXPECT_EQ(check("2005-01-01", "2005-01-03", true, std::nullopt), reasons::kSourceIssuerOnMesh);
}

TEST(SourceBookTest, HalfYears) {
  const HalfYear first = HalfYear::Make(2026, 1).value();
  EXPECT_EQ(first.first_day(), Day("2026-01-01"));
  EXPECT_EQ(first.last_day(), Day("2026-06-30"));
  EXPECT_EQ((HalfYear{2026, 2}.first_day()), Day("2026-07-01"));
  EXPECT_EQ((HalfYear{2026, 2}.last_day()), Day("2026-12-31"));
  EXPECT_EQ(first.ToString(), "2026-H1");
  EXPECT_EQ(ReasonOf(HalfYear::Make(2002, 1).status()), reasons::kPeriodOutOfRange);
  EXPECT_EQ(ReasonOf(HalfYear::Make(2026, 0).status()), reasons::kPeriodOutOfRange);
}

TEST(SourceBookTest, ProductionIsOpenedWithinItsPeriodAndWhatIsFiled) {
  const auto open = [](std::optional<std::int64_t> filed, std::int64_t opened, std::int64_t carats,
                       const char* today) {
    return ReasonOf(
        CheckOpenProduction({{2026, 1}, "BW", filed, opened, 0}, carats, Day(today)));
  };
  EXPECT_EQ(open(std::nullopt, 0, 1, "2025-12-31"), reasons::kProductionNotBegun);
  EXPECT_EQ(open(std::nullopt, 0, 1, "2026-01-01"), "");
  EXPECT_EQ(open(std::nullopt, 0, 1, "2026-08-31"), "");
  EXPECT_EQ(open(std::nullopt, 0, 1, "2026-09-01"), reasons::kProductionNotFiled);
  EXPECT_EQ(open(1'000, 400, 600, "2026-09-01"), "");
  EXPECT_EQ(open(1'000, 400, 601, "2026-09-01"), reasons::kSourceAboveFiled);
  // More is open already than was filed since.
  EXPECT_EQ(open(1'000, 1'200, 1, "2026-09-01"), reasons::kSourceAboveFiled);
}

TEST(SourceBookTest, WhatIsDrawnIsBoundedByWhatIsFiled) {
  const auto draw = [](std::optional<std::int64_t> filed, std::int64_t drawn) {
    return CheckDrawnProduction({{2026, 1}, "BW", filed, 5'000, drawn}, "sources[1]");
  };
  EXPECT_TRUE(draw(std::nullopt, 9'000).ok());
  EXPECT_TRUE(draw(1'500, 1'500).ok());
  const absl::Status refused = draw(1'500, 1'501);
  EXPECT_EQ(ReasonOf(refused), reasons::kProductionExhausted);
  EXPECT_EQ(FaultsOf(refused)[0].field, "sources[1]");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("filed as 1.5 carats"));
}

TEST(SourceBookTest, LateFiguresAndWhatIsAboveThemAreFindings) {
  const std::vector<Production> rows = {
      {{2026, 1}, "BW", std::nullopt, 1'000, 0}, {{2026, 1}, "NA", 1'000, 1'000, 1'000},
      {{2026, 1}, "ZA", 999, 1'000, 999},        {{2026, 1}, "ZW", 999, 1'000, 1'000},
      {{2026, 2}, "BW", std::nullopt, 1'000, 0},
  };
  EXPECT_THAT(CheckProduction(rows, Day("2026-08-31")), SizeIs(2));
  const auto findings = CheckProduction(rows, Day("2026-09-01"));
  ASSERT_THAT(findings, SizeIs(3));
  EXPECT_EQ(findings[0].reason, reasons::kProductionNotFiled);
  EXPECT_EQ(findings[0].pointer, "rows[0]");
  EXPECT_EQ(findings[0].severity, Severity::kRefer);
  EXPECT_EQ(findings[1].reason, reasons::kSourcesAboveProduction);
  EXPECT_EQ(findings[1].pointer, "rows[2]");
  EXPECT_EQ(findings[1].severity, Severity::kInfo);
  EXPECT_EQ(findings[2].reason, reasons::kProductionExhausted);
  EXPECT_EQ(findings[2].pointer, "rows[3]");
  EXPECT_EQ(findings[2].severity, Severity::kRefer);
}

}  // namespace
}  // namespace kp::scheme
