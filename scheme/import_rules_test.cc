#include "scheme/import_rules.h"

#include <functional>

#include "gtest/gtest.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::Day;
using testing::EntityOf;
using testing::GoodCertificate;
using testing::ReasonsOf;

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Severity kHard = Severity::kHard;
constexpr Severity kRefer = Severity::kRefer;
constexpr Severity kInfo = Severity::kInfo;

// --- Deadlines ---

struct DueCase {
  const char* name;
  const char* from;
  Deadline deadline;
  std::vector<const char*> holidays;
  const char* due;
};
class DueDayTest : public ::testing::TestWithParam<DueCase> {};

TEST_P(DueDayTest, IsTheLastDayInTime) {
  std::vector<Date> holidays;
  for (const char* day : GetParam().holidays) holidays.push_back(Day(day));
  EXPECT_EQ(FormatDate(DueDay(Day(GetParam().from), GetParam().deadline, holidays)),
            GetParam().due);
}

constexpr Deadline::Unit kWorking = Deadline::Unit::kWorkingDays;
INSTANTIATE_TEST_SUITE_P(
    Deadlines, DueDayTest,
    ::testing::Values(
        // 2 March 2026 is a Monday.
        DueCase{"TenWorkingDaysAreTwoWeeks", "2026-03-02", {10, kWorking, ""}, {}, "2026-03-16"},
        DueCase{
            "FromFridayTheWeekendDoesNotCount", "2026-03-06", {1, kWorking, ""}, {}, "2026-03-09"},
        DueCase{"FromSaturdayMondayIsTheFirst", "2026-03-07", {1, kWorking, ""}, {}, "2026-03-09"},
        DueCase{"AHolidayMovesIt", "2026-03-02", {10, kWorking, ""}, {"2026-03-10"}, "2026-03-17"},
        DueCase{"AHolidayOnASundayDoesNot",
                "2026-03-02",
                {10, kWorking, ""},
                {"2026-03-08"},
                "2026-03-16"},
        DueCase{"AHolidayOnTheDueDayDoes",
                "2026-03-02",
                {10, kWorking, ""},
                {"2026-03-16"},
                "2026-03-17"},
        DueCase{"SevenWorkingDays", "2026-03-02", {7, kWorking, ""}, {}, "2026-03-11"},
        DueCase{"CalendarDays",
                "2026-03-02",
                {30, Deadline::Unit::kDays, ""},
                {"2026-03-10"},
                "2026-04-01"},
        DueCase{
            "OneMonthAtItsEnd", "2026-01-31", {1, Deadline::Unit::kMonths, ""}, {}, "2026-02-28"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ImportProfileTest, KnowsWhatTheSourcesName) {
  const ImportProfile eu = KnownImportProfile(EntityOf("EU"));
  ASSERT_TRUE(eu.confirmation.has_value());
  EXPECT_EQ(eu.confirmation->ToString(), "10 working days");
  EXPECT_EQ(eu.failure_report->ToString(), "1 month");
  EXPECT_FALSE(eu.original.has_value());
  const ImportProfile india = KnownImportProfile(EntityOf("IN"));
  EXPECT_EQ(india.lots_percent, 25);
  EXPECT_EQ(india.original->ToString(), "7 working days");
  EXPECT_TRUE(india.original_required);
  EXPECT_FALSE(india.confirmation.has_value());
  EXPECT_TRUE(KnownImportProfile(EntityOf("HK")).own_certificate);
  EXPECT_FALSE(KnownImportProfile(EntityOf("BW")).own_certificate);
}

// --- What is opened ---

TEST(ImportRulesTest, AQuarterOfTheLotsRoundedUpAndAtLeastOneIsOpened) {
  EXPECT_THAT(SelectLots("seed", "BW1", 1, 25), ElementsAre(1));
  EXPECT_THAT(SelectLots("seed", "BW1", 4, 25), SizeIs(1));
  EXPECT_THAT(SelectLots("seed", "BW1", 5, 25), SizeIs(2));
  EXPECT_THAT(SelectLots("seed", "BW1", 3, 100), ElementsAre(1, 2, 3));
  EXPECT_THAT(SelectLots("seed", "BW1", 0, 25), IsEmpty());
  EXPECT_THAT(SelectLots("seed", "BW1", 4, 0), IsEmpty());
  EXPECT_EQ(SelectLots("seed", "BW1", 40, 25), SelectLots("seed", "BW1", 40, 25));
  EXPECT_NE(SelectLots("seed", "BW1", 40, 25), SelectLots("other", "BW1", 40, 25));
}

ImportLook GoodLook() {
  return {Day("2026-03-20"), {{{"SEAL-1"}, true}, {{"seal-2"}, true}}, false, {}, true};
}

struct LookCase {
  const char* name;
  std::function<void(ImportLook&, OpeningChoice&)> change;
  const char* finding;  // all of them are REFER
};
class LookTest : public ::testing::TestWithParam<LookCase> {};

TEST_P(LookTest, FindsTheOneThing) {
  ImportLook look = GoodLook();
  OpeningChoice choice;
  const InspectionBounds bounds =
      BoundsAtImport(Day("2026-03-20"), Day("2026-03-04"), Day("2026-03-22"));
  EXPECT_THAT(CheckLook(GoodCertificate(), look, choice, bounds), IsEmpty());
  GetParam().change(look, choice);
  EXPECT_THAT(ReasonsOf(CheckLook(GoodCertificate(), look, choice, bounds), kRefer),
              ElementsAre(GetParam().finding));
}

const LookCase kLookCases[] = {
    // Presented together, then looked at (EU arts. 3-5).
    LookCase{"BeforeTheGoodsWereThere",
             [](ImportLook& l, OpeningChoice&) { l.day = Day("2026-03-19"); },
             "R13 INSPECTION_OUT_OF_TIME"},
    LookCase{"AfterTheDayItRestsOn",
             [](ImportLook& l, OpeningChoice&) { l.day = Day("2026-03-23"); },
             "R13 INSPECTION_OUT_OF_TIME"},
    LookCase{"Broken",
             [](ImportLook& l, OpeningChoice&) { l.containers[1].seals_unbroken = false; },
             "R13 SEAL_BROKEN"},
    LookCase{"Missing", [](ImportLook& l, OpeningChoice&) { l.containers[1].seals.clear(); },
             "R13 SEALS_DIFFER"},
    LookCase{"Foreign",
             [](ImportLook& l, OpeningChoice&) { l.containers[1].seals.push_back("SEAL-9"); },
             "R13 SEALS_DIFFER"},
    LookCase{"NotAsStated", [](ImportLook& l, OpeningChoice&) { l.as_stated = false; },
             "R20 ARRIVAL_DIFFERS"},
    LookCase{"SelectedAndNotOpened", [](ImportLook&, OpeningChoice& c) { c.selected = true; },
             " SELECTION_NOT_OPENED"},
    LookCase{"LotNotOpened",
             [](ImportLook& l, OpeningChoice& c) {
               c.lots = {2, 3};
               l.lots_opened = {3};
             },
             " SELECTION_NOT_OPENED"}};

INSTANTIATE_TEST_SUITE_P(R13, LookTest, ::testing::ValuesIn(kLookCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ImportRulesTest, WhatWasSelectedAndOpenedIsNoFinding) {
  ImportLook look = GoodLook();
  look.opened = true;
  look.lots_opened = {1, 2};
  EXPECT_THAT(CheckLook(GoodCertificate(), look, {true, {2}},
                        BoundsAtImport(Day("2026-03-20"), std::nullopt, Day("2026-03-20"))),
              IsEmpty());
}

// --- Before a confirmation ---

TEST(ImportRulesTest, TheProfileSaysWhatStandsBeforeAConfirmation) {
  ImportProfile lenient;
  EXPECT_THAT(CheckReadiness(lenient, {true, false, false}), IsEmpty());
  EXPECT_THAT(ReasonsOf(CheckReadiness(lenient, {false, false, false}), kInfo),
              ElementsAre("R13 INSPECTION_MISSING"));
  EXPECT_THAT(ReasonsOf(CheckReadiness(lenient, {true, true, false}), kRefer),
              ElementsAre("R19 ORIGINAL_MISSING"));
  ImportProfile strict;
  strict.inspection_required = true;
  strict.original_required = true;
  strict.own_certificate = true;
  EXPECT_THAT(CheckReadiness(strict, {true, false, true}), IsEmpty());
  EXPECT_THAT(
      ReasonsOf(CheckReadiness(strict, {false, true, false}), kHard),
      ElementsAre("R13 INSPECTION_MISSING", "R19 ORIGINAL_MISSING", " IMPORT_CERTIFICATE_MISSING"));
}

TEST(ImportRulesTest, APaperStatesEveryFieldOfTheMinimumContent) {
  EXPECT_THAT(CheckPaperWhole(GoodCertificate()), IsEmpty());
  const std::vector<Finding> missing = CheckPaperWhole(Certificate());
  EXPECT_THAT(ReasonsOf(missing, kHard), SizeIs(missing.size()));
  std::vector<std::string> pointers;
  for (const Finding& finding : missing) pointers.push_back(finding.pointer);
  EXPECT_THAT(pointers, ElementsAre("origin", "issue_date", "expiry_date", "issuing_authority",
                                    "exporter.name", "importer.name", "importing_entity", "lines",
                                    "parcels"));
  Certificate half = GoodCertificate();
  half.lines[1].value.reset();
  ASSERT_THAT(CheckPaperWhole(half), SizeIs(1));
  EXPECT_EQ(CheckPaperWhole(half)[0].pointer, "lines[1].value_usd_cents");
}

TEST(ImportRulesTest, NothingAtImportRemediesAMeasureOrAnIssuerThatIsNone) {
  for (const char* rule : {"R03", "R15", "R23"}) {
    EXPECT_TRUE(IsBeyondRemedy({rule, kHard, "", "", ""})) << rule;
    EXPECT_FALSE(IsBeyondRemedy({rule, kRefer, "", "", ""})) << rule;
  }
  for (const char* rule : {"R01", "R07", "R08", "R10"}) {
    EXPECT_FALSE(IsBeyondRemedy({rule, kHard, "", "", ""})) << rule;
  }
}

// --- R25 ---

TransitFacts GoodTransit() {
  TransitFacts facts;
  facts.certificate_seals = {"SEAL-1", "SEAL-2"};
  facts.purpose_shown = true;
  facts.entry = GoodLook();
  facts.exit = GoodLook();
  return facts;
}

struct TransitCase {
  const char* name;
  std::function<void(TransitFacts&)> change;
  Severity severity;
  const char* finding;
};
class TransitTest : public ::testing::TestWithParam<TransitCase> {};

TEST_P(TransitTest, FindsTheOneThing) {
  TransitFacts facts = GoodTransit();
  EXPECT_THAT(CheckTransit(facts), IsEmpty());
  GetParam().change(facts);
  const std::vector<Finding> findings = CheckTransit(facts);
  EXPECT_THAT(ReasonsOf(findings, GetParam().severity), ElementsAre(GetParam().finding));
  EXPECT_THAT(findings, SizeIs(1));
}

const TransitCase kTransitCases[] = {
    TransitCase{"OpenedOnTheWay", [](TransitFacts& t) { t.exit->opened = true; }, kHard,
                "R25 TRANSIT_OPENED"},
    TransitCase{"OpenedWhenItCameIn", [](TransitFacts& t) { t.entry.opened = true; }, kHard,
                "R25 TRANSIT_OPENED"},
    TransitCase{"SealBroken", [](TransitFacts& t) { t.exit->containers[0].seals_unbroken = false; },
                kHard, "R25 TRANSIT_TAMPERED"},
    TransitCase{"SealExchanged", [](TransitFacts& t) { t.exit->containers[0].seals = {"SEAL-7"}; },
                kHard, "R25 TRANSIT_TAMPERED"},
    TransitCase{"AContainerLess",
                [](TransitFacts& t) {
                  t.exit->containers = {{{"SEAL-1", "SEAL-2"}, true}};
                },
                kHard, "R25 TRANSIT_TAMPERED"},
    TransitCase{"NewCertificate", [](TransitFacts& t) { t.new_certificate = true; }, kHard,
                "R25 TRANSIT_NEW_CERTIFICATE"},
    TransitCase{"NotShown", [](TransitFacts& t) { t.purpose_shown = false; }, kRefer,
                "R25 TRANSIT_NOT_SHOWN"},
    TransitCase{"BrokenWhenItCameIn",
                [](TransitFacts& t) { t.entry.containers[0].seals_unbroken = false; }, kRefer,
                "R13 SEAL_BROKEN"},
    TransitCase{"SealOfTheCertificateNotThere",
                [](TransitFacts& t) {
                  t.certificate_seals = {"SEAL-1", "SEAL-2", "SEAL-3"};
                },
                kRefer, "R13 SEALS_DIFFER"},
    TransitCase{"NoSealNoted",
                [](TransitFacts& t) {
                  t.certificate_seals.clear();
                  t.entry.containers = {{{}, true}};
                  t.exit->containers = {{{}, true}};
                },
                kRefer, "R25 SEALS_MISSING"}};

INSTANTIATE_TEST_SUITE_P(R25, TransitTest, ::testing::ValuesIn(kTransitCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ImportRulesTest, NothingIsSaidOfATransitsWayOutBeforeIt) {
  TransitFacts facts = GoodTransit();
  facts.exit.reset();
  EXPECT_THAT(CheckTransit(facts), IsEmpty());
  EXPECT_STREQ(FindRule("R25")->applied_by, "CheckTransit");
}

}  // namespace
}  // namespace kp::scheme
