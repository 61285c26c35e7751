#include "scheme/statistics.h"

#include <functional>
#include <random>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::Day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Quarter kQ1{2026, 1};

TEST(StatisticsTest, AQuarterIsDueTwoMonthsBehindIt) {
  EXPECT_EQ(Quarter::Of(Day("2026-03-31")), kQ1);
  EXPECT_EQ(Quarter::Of(Day("2026-04-01")), (Quarter{2026, 2}));
  EXPECT_EQ(kQ1.due_day(), Day("2026-05-31"));
  EXPECT_EQ((Quarter{2026, 2}).due_day(), Day("2026-08-31"));
  EXPECT_EQ((Quarter{2027, 4}).due_day(), Day("2028-02-29"));
  EXPECT_EQ(LastDueQuarter(Day("2026-05-31")), (Quarter{2025, 4}));
  EXPECT_EQ(LastDueQuarter(Day("2026-06-01")), kQ1);
  EXPECT_EQ(ProductionDueDay(2026, 1), Day("2026-08-31"));
  EXPECT_EQ(ProductionDueDay(2026, 2), Day("2027-02-28"));
}

TEST(StatisticsTest, AQuarterIsRefusedWithThePositionOfTheFault) {
  EXPECT_EQ(*Quarter::Parse("2026-Q1"), kQ1);
  for (const auto& [text, position] : {std::pair{"2026Q1", "character 5"},
                                       {"26-Q1", "character 3"},
                                       {"2026-Q12", "character 8"},
                                       {"2026-q1", "character 6"},
                                       {"", "character 1"}}) {
    const auto refused = Quarter::Parse(text);
    EXPECT_EQ(ReasonOf(refused.status()), reasons::kPeriodMalformed) << text;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(position)) << text;
  }
  EXPECT_EQ(ReasonOf(Quarter::Parse("2026-Q5").status()), reasons::kPeriodOutOfRange);
  EXPECT_EQ(FaultsOf(Quarter::Make(1999, 0).status()).size(), 2U);
}

TradeRows Rows(std::int64_t carats, std::int64_t value, const std::string& hs = "710231") {
  return {{{"BW", hs}, {1, carats, value, 0}}};
}

TEST(StatisticsTest, ACertificateCountsOnceInARowAndKeepsItsOrigin) {
  const std::vector<TradeLine> lines = {{"710231", 1'000, 10}, {"710210", 500, 5}, {"710231", 1, 2}};
  const TradeRows rows = CertifiedRows("***", lines);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.at({"***", "710231"}), (TradeFigures{1, 1'001, 12, 0}));
  EXPECT_EQ(TotalOf(rows, 1), (TradeFigures{1, 1'501, 17, 0}));
}

TEST(StatisticsTest, WhereNothingWasAssessedTheCertifiedValueCountsAndElseNone) {
  const TradeRows certified = Rows(1'000, 900);
  const std::vector<TradeLine> unassessed = {{"710231", 999, 0}};
  EXPECT_EQ(FoundRows("BW", unassessed, certified).at({"BW", "710231"}),
            (TradeFigures{1, 999, 900, 0}));
  const std::vector<TradeLine> other = {{"710210", 999, 0}};
  EXPECT_EQ(FoundRows("BW", other, certified).at({"BW", "710210"}), (TradeFigures{1, 999, 0, 1}));
  const std::vector<TradeLine> assessed = {{"710231", 999, 800}};
  EXPECT_EQ(FoundRows("BW", assessed, certified).at({"BW", "710231"}),
            (TradeFigures{1, 999, 800, 0}));
}

struct ItemCase {
  const char* name;
  bool import;
  std::function<void(TradeFacts&)> change;
  std::vector<Explanation> explanations;
  bool own, partner;  // who counts it
};

class ItemTest : public ::testing::TestWithParam<ItemCase> {};

// Each explanation is listed when the own books support it, and is gone with its one cause.
TEST_P(ItemTest, IsExplainedByTheOwnBooks) {
  TradeFacts facts;
  facts.number = "BW0000001";
  facts.state = State::kConfirmed;
  facts.export_day = Day("2026-02-01");
  facts.certified = Rows(1'000, 900);
  facts.confirmation = TradeFacts::Confirmation{Day("2026-02-20"), Rows(1'000, 900)};
  EXPECT_THAT(ItemOf(facts, kQ1, GetParam().import).explanations, IsEmpty());
  GetParam().change(facts);
  const TradeItem item = ItemOf(facts, kQ1, GetParam().import);
  EXPECT_EQ(item.explanations, GetParam().explanations);
  EXPECT_EQ(!item.own.empty(), GetParam().own);
  EXPECT_EQ(!item.partner.empty(), GetParam().partner);
}

const ItemCase kItems[] = {
    {"InTransit", false, [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kArrived; },
     {Explanation::kNotConfirmed}, true, false},
    {"Lost", false, [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kLost; },
     {Explanation::kLost}, true, false},
    {"Stolen", false, [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kStolen; },
     {Explanation::kStolen}, true, false},
    {"Seized", false, [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kSeized; },
     {Explanation::kSeized}, true, false},
    {"ReceivedLater", false, [](TradeFacts& f) { f.confirmation->receipt = Day("2026-04-01"); },
     {Explanation::kQuarterBoundary}, true, false},
    {"ExportedBefore", false, [](TradeFacts& f) { f.export_day = Day("2025-12-31"); },
     {Explanation::kQuarterBoundary}, false, true},
    {"AfterFiling", false, [](TradeFacts& f) { f.after_filing = true; },
     {Explanation::kAfterFiling}, true, false},
    {"Reassessed", false, [](TradeFacts& f) { f.confirmation->found = Rows(1'000, 950); },
     {Explanation::kValueReassessed}, true, true},
    {"OtherWeight", false, [](TradeFacts& f) { f.confirmation->found = Rows(990, 900); },
     {Explanation::kCaratsDiffer}, true, true},
    {"OtherClass", false, [](TradeFacts& f) { f.confirmation->found = Rows(1'000, 900, "710210"); },
     {Explanation::kHsChanged}, true, true},
    {"Returned", false, [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kReturned; },
     {}, false, false},
    {"ImportNotYetConfirmed", true,
     [](TradeFacts& f) { f.confirmation.reset(); f.state = State::kExported; },
     {Explanation::kNotConfirmed}, false, true},
    {"ImportExportedBefore", true, [](TradeFacts& f) { f.export_day = Day("2025-12-31"); },
     {Explanation::kQuarterBoundary}, true, false},
    {"ImportReassessed", true, [](TradeFacts& f) { f.confirmation->found = Rows(1'000, 950); },
     {Explanation::kValueReassessed}, true, true},
    {"ImportNotAnnounced", true,
     [](TradeFacts& f) { f.export_day.reset(); f.certified.clear(); },
     {Explanation::kNotAnnounced}, true, false},
};

INSTANTIATE_TEST_SUITE_P(All, ItemTest, ::testing::ValuesIn(kItems),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(StatisticsTest, TheMirrorNamesWhatIsBehindADifferenceAndWhatNothingExplains) {
  const std::vector<TradeItem> items = {
      {"BW1", Rows(1'000, 900), Rows(1'000, 900), {}},
      {"BW2", Rows(500, 450), {}, {Explanation::kNotConfirmed}},
  };
  // The partner filed what the own books lead to expect.
  auto rows = CompareTrade(items, Rows(1'000, 900));
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ((*rows)[0].Difference(), (TradeFigures{1, 500, 450, 0}));
  EXPECT_TRUE((*rows)[0].Unexplained().IsZero());
  EXPECT_THAT((*rows)[0].items, ElementsAre(1U));
  // Something else is missing there as well.
  rows = CompareTrade(items, Rows(900, 900));
  EXPECT_EQ((*rows)[0].Unexplained(), (TradeFigures{0, 100, 0, 0}));
  // Not filed is not zero: certificates are named, and nothing is said about the partner.
  rows = CompareTrade(items, std::nullopt);
  EXPECT_THAT((*rows)[0].items, ElementsAre(1U));
  // A row that only the partner has.
  rows = CompareTrade({}, Rows(7, 7));
  EXPECT_EQ((*rows)[0].Unexplained(), (TradeFigures{-1, -7, -7, 0}));
}

// Random trade in both directions' terms: whatever happened to the certificates, two books that agree
// leave nothing unexplained, and what the partner filed beyond them is exactly what is left.
TEST(StatisticsTest, BooksThatAgreeLeaveNothingUnexplainedAndAPlantedMismatchIsLeftAlone) {
  std::mt19937 random(20260301);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::vector<std::string> codes = {"710210", "710221", "710231"};
  const auto rows = [&] {
    std::vector<TradeLine> lines;
    for (int i = below(3); i >= 0; --i) {
      lines.push_back({codes[static_cast<std::size_t>(below(3))], 1 + below(1'000), below(3) * 100});
    }
    return CertifiedRows(below(2) == 0 ? "BW" : "***", lines);
  };
  int explained = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<TradeItem> exporter, importer;
    TradeRows by_exporter, by_importer;
    for (int i = below(12); i >= 0; --i) {
      TradeFacts facts;
      facts.number = "BW" + std::to_string(i);
      facts.export_day = Day("2025-12-15") + below(120);
      facts.certified = rows();
      constexpr State kEnds[] = {State::kExported, State::kLost, State::kStolen, State::kSeized,
                                 State::kReturned, State::kReplaced};
      facts.state = kEnds[below(6)];
      if (below(3) != 0) {
        facts.state = State::kConfirmed;
        facts.confirmation = TradeFacts::Confirmation{
            *facts.export_day + below(40), below(2) == 0 ? facts.certified : rows()};
      }
      exporter.push_back(ItemOf(facts, kQ1, false));
      importer.push_back(ItemOf(facts, kQ1, true));
      explained += exporter.back().explanations.empty() ? 0 : 1;
      ASSERT_TRUE(AddRows(by_exporter, exporter.back().own));
      ASSERT_TRUE(AddRows(by_importer, importer.back().own));
    }
    for (const auto& [items, partner] :
         {std::pair(exporter, by_importer), std::pair(importer, by_exporter)}) {
      const auto agreed = CompareTrade(items, partner);
      ASSERT_TRUE(agreed.ok());
      for (const MirrorRow& row : *agreed) {
        EXPECT_TRUE(row.Unexplained().IsZero());
        EXPECT_EQ(row.Difference().IsZero() || !row.items.empty(), true);
      }
      TradeRows spoilt = partner;
      const TradeKey key{"BW", codes[static_cast<std::size_t>(below(3))]};
      const TradeFigures planted{1, 1 + below(500), below(500), 0};
      ASSERT_TRUE(spoilt[key].Add(planted));
      const auto found = CompareTrade(items, spoilt);
      ASSERT_TRUE(found.ok());
      for (const MirrorRow& row : *found) {
        EXPECT_EQ(row.Unexplained(), row.key == key ? TradeFigures().Less(planted) : TradeFigures());
      }
    }
  }
  EXPECT_GT(explained, 200) << "the rounds are of no use";
}

TEST(StatisticsTest, SumsThatDoNotFitAreAnErrorAndNoWrongNumber) {
  const std::vector<TradeItem> items = {{"BW1", Rows(INT64_MAX, 1), Rows(INT64_MAX, 1), {}},
                                        {"BW2", Rows(1, 1), Rows(1, 1), {}}};
  EXPECT_EQ(ReasonOf(CompareTrade(items, std::nullopt).status()), reasons::kStatisticsTooLarge);
  EXPECT_TRUE(CompareTrade(std::span(items).first(1), std::nullopt).ok());
}

std::vector<std::string> BalanceReasons(std::vector<BalanceRow> rows) {
  std::vector<std::string> found;
  for (const Finding& finding : CheckBalance(rows)) {
    found.push_back(finding.reason + " " + finding.pointer);
  }
  return found;
}

// The Republic of the Congo exported about a hundred times what it could have mined.
TEST(StatisticsTest, ExportsAboveProductionImportsAndStockAreAFinding) {
  EXPECT_THAT(BalanceReasons({{"CG", 10, 100, 0, 110, 0}}), IsEmpty());
  EXPECT_THAT(BalanceReasons({{"CG", 10, 100, 0, 111, 0}}),
              ElementsAre("EXPORTS_ABOVE_SUPPLY rows[0]", "EXPORTS_ABOVE_SUPPLY rows"));
  // Mixing moves stones from single origins to the mixed one, and only there.
  EXPECT_THAT(BalanceReasons({{"***", 0, 0, 0, 60, 0}, {"BW", 0, 100, 0, 40, 0}}), IsEmpty());
  EXPECT_THAT(BalanceReasons({{"***", 0, 0, 100, 0, 0}, {"BW", 0, 0, 0, 40, 0}}),
              ElementsAre("EXPORTS_ABOVE_SUPPLY rows[1]"));
  EXPECT_THAT(BalanceReasons({{"BW", 0, 100, 0, 0, 100}}), IsEmpty());
  EXPECT_THAT(BalanceReasons({{"BW", 0, 100, 0, 0, 101}}),
              ElementsAre("SOURCES_ABOVE_PRODUCTION rows"));
}

// R24: a passing and a failing case around the day on which a quarter is due.
TEST(StatisticsTest, R24IsDecidedByTheLastQuarterThatIsDue) {
  const PartyDirectory parties = testing::World();
  const MeasureBook book = MeasureBook::Create({}, {}, {}).value();
  const auto check = [&](std::string_view today, std::optional<StatisticsKnown> known) {
    RuleInput input{parties, book, Day(today), MeasureView::kPaper, "", ""};
    input.statistics = known;
    const CheckResult result = CheckPresented(testing::GoodCertificate(), input);
    const bool ran = std::ranges::find(result.rules, "R24") != result.rules.end();
    const bool noted = std::ranges::any_of(result.findings, [](const Finding& f) {
      return f.rule == "R24" && f.severity == Severity::kInfo &&
             f.reason == reasons::kStatisticsNotFiled;
    });
    return std::string(ran ? "ran" : "-") + (noted ? " noted" : "");
  };
  const Date since = Day("2026-01-01");
  EXPECT_EQ(check("2026-06-01", StatisticsKnown{since, kQ1}), "ran");
  EXPECT_EQ(check("2026-06-01", StatisticsKnown{since, std::nullopt}), "ran noted");
  EXPECT_EQ(check("2026-09-01", StatisticsKnown{since, kQ1}), "ran noted");
  // The day it is due is still in time; before it, the quarter before decides, of which nobody knows.
  EXPECT_EQ(check("2026-05-31", StatisticsKnown{since, std::nullopt}), "-");
  EXPECT_EQ(check("2026-06-01", std::nullopt), "-");
}

}  // namespace
}  // namespace kp::scheme
