#include "kpctl/trade_sheets.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kpctl/trade_plot.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Csv(const Sheet& sheet) {
  std::ostringstream out;
  sheet.PrintCsv(out);
  return out.str();
}

cert::GetQuarterResponse Quarter() {
  cert::GetQuarterResponse quarter;
  quarter.set_through_date("2026-03-31");
  const auto add = [&](const char* partner, bool import, int64_t carats, int64_t value) {
    cert::TradeTotal& total = *quarter.add_totals();
    total.set_partner(partner);
    total.set_import(import);
    total.mutable_figures()->set_certificates(2);
    total.mutable_figures()->set_carats_thousandths(carats);
    total.mutable_figures()->set_value_usd_cents(value);
  };
  add("EU", false, 4'000'000, 400'000'000);
  add("EU", true, 1'000'000, 100'000'001);
  add("ZW", true, 2'000'500, 100'000'000);
  return quarter;
}

TEST(TradeSheetsTest, FiguresAreExactAlsoBelowZeroAndAtTheEnds) {
  EXPECT_EQ(ExactCarats(1'250'500), "1250.50");
  EXPECT_EQ(ExactCarats(-5), "-0.005");
  EXPECT_EQ(ExactDollars(0), "0.00");
  EXPECT_EQ(ExactDollars(-12'345), "-123.45");
  EXPECT_EQ(ExactCarats(INT64_MIN), "-9223372036854775.808");
  EXPECT_EQ(ExactDollars(INT64_MAX), "92233720368547758.07");
}

TEST(TradeSheetsTest, TradeIsACsvRowForEachRow) {
  google::protobuf::RepeatedPtrField<cert::TradeRow> rows;
  cert::TradeRow& row = *rows.Add();
  row.set_partner("EU");
  row.set_origin("BW,NA");
  row.set_hs_code("710231");
  row.mutable_figures()->set_certificates(3);
  row.mutable_figures()->set_carats_thousandths(1'001);
  row.mutable_figures()->set_value_usd_cents(200);
  EXPECT_EQ(Csv(TradeSheet(rows)),
            "partner,direction,origin,hs_code,certificates,carats,value_usd,without_value\n"
            "EU,export,\"BW,NA\",710231,3,1.001,2.00,0\n");
}

TEST(TradeSheetsTest, WhileThePartnerHasNotFiledNothingIsPrintedAsZero) {
  cert::GetMirrorResponse mirror;
  cert::MirrorRow& row = *mirror.add_rows();
  row.set_origin("BW");
  row.set_hs_code("710231");
  row.mutable_own()->set_carats_thousandths(1'000);
  EXPECT_THAT(MirrorSheet(mirror).rows[1],
              ElementsAre("export", "BW", "710231", "carats", "1.00", "", "", ""));
  row.mutable_partner();
  row.mutable_difference()->set_carats_thousandths(1'000);
  row.mutable_unexplained();
  EXPECT_THAT(MirrorSheet(mirror).rows[1],
              ElementsAre("export", "BW", "710231", "carats", "1.00", "0.00", "1.00", "0.00"));
}

TEST(TradeSheetsTest, TheMonthlyReportsHaveTheColumnsOfTheirArticles) {
  google::protobuf::RepeatedPtrField<cert::MonthlyRow> rows;
  rows.Add()->set_number("BW0000001");
  EXPECT_THAT(MonthlySheet(rows, true).columns,
              ElementsAre("number", "issuing_authority", "validating_authority", "issue_date",
                          "validation_date", "expiry_date", "provenance", "origin", "hs_code",
                          "carats", "value_usd", "verifying_authority", "verification_date"));
  EXPECT_EQ(MonthlySheet(rows, false).columns.back(), "state");
  EXPECT_EQ(MonthlySheet(rows, true).rows[0].size(), 13U);
  EXPECT_EQ(MonthlySheet(rows, false).rows[0].size(), 12U);
}

TEST(TradeSheetsTest, APeriodThatWasFiledAsNoneHasARow) {
  google::protobuf::RepeatedPtrField<cert::FiledFigures> filed;
  cert::FiledFigures& none = *filed.Add();
  none.set_year(2026);
  none.set_half(1);
  none.set_version(1);
  EXPECT_THAT(FiguresSheet(filed).rows[0],
              ElementsAre("2026-H1", "1", "", "", "0.00", "", "", "", ""));
}

TEST(TradePlotTest, BarsStandInTheProportionOfTheirFigures) {
  const std::string svg = PlotQuarter("Trade", Quarter());
  // 330 pixels for the longest bar of each panel.
  for (const char* width : {"330.00", "82.50", "165.04"}) {
    EXPECT_THAT(svg, HasSubstr(std::string("width=\"") + width + "\"")) << width;
  }
  for (const char* figure : {">4000.00<", ">2000.50<", ">1000000.01<", ">EU<", ">ZW<"}) {
    EXPECT_THAT(svg, HasSubstr(figure));
  }
  EXPECT_EQ(svg, PlotQuarter("Trade", Quarter()));
}

TEST(TradePlotTest, TextsCannotBreakOutOfTheDocument) {
  cert::GetQuarterResponse quarter = Quarter();
  quarter.mutable_totals(0)->set_partner("<script>&\"\x01");
  const std::string svg = PlotQuarter("a <b> & \"c\"", quarter);
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&amp;&quot;?"));
}

TEST(TradePlotTest, AQuarterWithoutTradeSaysSo) {
  EXPECT_THAT(PlotQuarter("Trade", {}), HasSubstr("no trade"));
}

TEST(TradePlotTest, FiguresOfZeroAreBarsOfNoLength) {
  cert::GetQuarterResponse quarter = Quarter();
  for (auto& total : *quarter.mutable_totals()) total.mutable_figures()->set_value_usd_cents(0);
  const std::string svg = PlotQuarter("Trade", quarter);
  EXPECT_THAT(svg, HasSubstr("width=\"0.00\""));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace kp::kpctl
