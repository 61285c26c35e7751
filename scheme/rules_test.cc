#include "scheme/rules.h"

#include <functional>

#include "gtest/gtest.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::CountryOf;
using testing::Ct;
using testing::Day;
using testing::EntityOf;
using testing::GoodCertificate;
using testing::Hs;
using testing::Usd;

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<Area> kAreas = {{"bw-orapa", testing::PartyOf("BW"), "Orapa", {}}};

MeasureBook Book() {
  Measure restriction;
  restriction.id = "M1";
  restriction.kind = MeasureKind::kAreaRestriction;
  restriction.scope = MeasureScope::kArea;
  restriction.participant = testing::PartyOf("BW");
  restriction.areas = {"bw-orapa"};
  restriction.period = testing::From("2027-01-01");
  restriction.decision = "Decision Y";
  return MeasureBook::Create({restriction}, kAreas, {}).value();
}

Date ActDay(Stage stage) {
  switch (stage) {
    case Stage::kApplication:
    case Stage::kIssue:
      return Day("2026-03-02");
    case Stage::kValidation:
      return Day("2026-03-03");
    case Stage::kExport:
      return Day("2026-03-04");
    case Stage::kPresentation:
      return Day("2026-03-20");
  }
  return Day("2026-03-20");
}

// The certificate as it is known at a step.
Certificate At(Stage stage) {
  Certificate certificate = GoodCertificate();
  if (stage == Stage::kPresentation || stage == Stage::kExport) return certificate;
  certificate.export_date.reset();
  if (stage == Stage::kValidation) return certificate;
  certificate.validation.reset();
  if (stage == Stage::kIssue) return certificate;
  certificate.number = CertificateNumber();
  certificate.issue_date.reset();
  certificate.expiry_date.reset();
  return certificate;
}

CheckResult Check(Stage stage, const Certificate& certificate, Date today,
                  MeasureView view = MeasureView::kIssuer,
                  const std::string& validated_by = "person-2") {
  const PartyDirectory parties = testing::World();
  const MeasureBook book = Book();
  RuleInput input{parties, book, today, view, "person-1", validated_by};
  input.statistics = StatisticsKnown{Day("2020-01-01"), Quarter::Of(today)};
  switch (stage) {
    case Stage::kApplication:
      return CheckApplication(certificate, input);
    case Stage::kIssue:
      return CheckIssue(certificate, input);
    case Stage::kValidation:
      return CheckValidate(certificate, input);
    case Stage::kExport:
      return CheckExport(certificate, input);
    case Stage::kPresentation:
      return CheckPresented(certificate, input);
  }
  return {};
}

TEST(RulesTest, AGoodCertificatePassesEveryStepWithoutAFinding) {
  for (const Stage stage : kAllStages) {
    const CheckResult result = Check(stage, At(stage), ActDay(stage));
    EXPECT_THAT(result.findings, IsEmpty()) << StageName(stage);
  }
}

TEST(RulesTest, EachStepRunsTheRulesOfTheTable) {
  for (const Stage stage : kAllStages) {
    std::vector<std::string> expected;
    for (const Rule& rule : Rules()) {
      if (rule.RunsAt(stage)) expected.emplace_back(rule.id);
    }
    EXPECT_EQ(Check(stage, At(stage), ActDay(stage)).rules, expected);
  }
}

TEST(RulesTest, AnEmptyPaperIsNotMissedAtPresentation) {
  EXPECT_THAT(Check(Stage::kPresentation, Certificate(), Day("2026-03-20")).findings, IsEmpty());
}

struct Case {
  const char* name;
  Stage stage;
  std::function<void(Certificate&)> spoil;
  Severity severity;
  const char* finding;  // rule and reason
  const char* pointer;
};

class RuleTable : public ::testing::TestWithParam<Case> {};

// The same certificate passes without the one bad thing: AGoodCertificatePassesEveryStep.
TEST_P(RuleTable, FindsTheOneBadThing) {
  const Case& one = GetParam();
  Certificate certificate = At(one.stage);
  one.spoil(certificate);
  const CheckResult result = Check(one.stage, certificate, ActDay(one.stage));
  EXPECT_THAT(testing::ReasonsOf(result.findings, one.severity), Contains(one.finding));
  const Finding* found = nullptr;
  for (const Finding& finding : result.findings) {
    if (finding.rule + " " + finding.reason == one.finding) found = &finding;
  }
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->pointer, one.pointer);
  EXPECT_FALSE(found->text.empty());
  EXPECT_EQ(RefuseHard(result.findings).ok(), one.severity != Severity::kHard);
}

constexpr Severity kHard = Severity::kHard;
constexpr Severity kRefer = Severity::kRefer;
constexpr Severity kInfo = Severity::kInfo;

const Case kCases[] = {
    {"R01Title", Stage::kApplication, [](Certificate& c) { c.title.reset(); }, kHard,
     "R01 FIELD_MISSING", "title"},
    {"R01Origin", Stage::kApplication, [](Certificate& c) { c.origin.reset(); }, kHard,
     "R01 FIELD_MISSING", "origin"},
    {"R01Exporter", Stage::kApplication, [](Certificate& c) { c.exporter.name = " "; }, kHard,
     "R01 FIELD_MISSING", "exporter.name"},
    {"R01Lines", Stage::kApplication, [](Certificate& c) { c.lines.clear(); }, kHard,
     "R01 FIELD_MISSING", "lines"},
    {"R01Weight", Stage::kApplication, [](Certificate& c) { c.lines[1].carats.reset(); }, kHard,
     "R01 FIELD_MISSING", "lines[1].carats"},
    {"R01Parcels", Stage::kApplication, [](Certificate& c) { c.parcels.reset(); }, kHard,
     "R01 FIELD_MISSING", "parcels"},
    {"R01AuthorityAtApplication", Stage::kApplication,
     [](Certificate& c) { c.issuing_authority = "NOPE"; }, kHard, "R01 AUTHORITY_NOT_DESIGNATED",
     "issuing_authority"},
    {"R01Number", Stage::kIssue, [](Certificate& c) { c.number = CertificateNumber(); }, kHard,
     "R01 FIELD_MISSING", "number"},
    {"R01Expiry", Stage::kIssue, [](Certificate& c) { c.expiry_date.reset(); }, kHard,
     "R01 FIELD_MISSING", "expiry_date"},
    {"R01Authority", Stage::kIssue, [](Certificate& c) { c.issuing_authority = "Diamond Office"; },
     kHard, "R01 AUTHORITY_NOT_DESIGNATED", "issuing_authority"},
    {"R01Validation", Stage::kValidation, [](Certificate& c) { c.validation.reset(); }, kHard,
     "R01 FIELD_MISSING", "validation"},
    {"R01ExportDate", Stage::kExport, [](Certificate& c) { c.export_date.reset(); }, kHard,
     "R01 FIELD_MISSING", "export_date"},
    {"R02", Stage::kPresentation, [](Certificate& c) { c.title = "Kimberly Process Certificate"; },
     kHard, "R02 WORDING_WRONG", "title"},
    {"R04", Stage::kApplication, [](Certificate& c) { c.importing_entity = EntityOf("BW"); }, kHard,
     "R04 SAME_ENTITY", "importing_entity"},
    {"R05Contradiction", Stage::kApplication,
     [](Certificate& c) { c.lines[0].origin = CountryOf("ZA"); }, kHard, "R05 ORIGIN_CONTRADICTED",
     "lines[0].origin"},
    {"R05NotMixed", Stage::kApplication,
     [](Certificate& c) {
       c.origin = Origin::MixedUndisclosed();
       for (Line& line : c.lines) line.origin = CountryOf("BW");
     },
     kHard, "R05 ORIGIN_CONTRADICTED", "origin"},
    {"R06Prefix", Stage::kIssue, [](Certificate& c) { c.number = testing::Number("ZW0001234"); },
     kHard, "R06 NUMBER_PREFIX_WRONG", "number"},
    {"R07Reversed", Stage::kPresentation, [](Certificate& c) { c.expiry_date = Day("2026-03-01"); },
     kHard, "R07 EXPIRY_BEFORE_ISSUE", "expiry_date"},
    {"R07UsualLength", Stage::kIssue, [](Certificate& c) { c.expiry_date = Day("2026-05-02"); },
     kRefer, "R07 VALIDITY_TOO_LONG", "expiry_date"},
    {"R07Backdated", Stage::kIssue, [](Certificate& c) { c.issue_date = Day("2026-03-01"); }, kHard,
     "R07 DATE_OF_ISSUE_WRONG", "issue_date"},
    {"R07LateExport", Stage::kExport, [](Certificate& c) { c.expiry_date = Day("2026-03-03"); },
     kHard, "R07 ACT_AFTER_EXPIRY", "export_date"},
    {"R07FutureExport", Stage::kExport,
     [](Certificate& c) { c.export_date = *c.export_date + 1; }, kHard, "R07 DATE_IN_FUTURE",
     "export_date"},
    {"R08", Stage::kPresentation, [](Certificate& c) { c.lines[0].hs = Hs("7102.39"); }, kHard,
     "R08 HS_CODE_OUT_OF_SCOPE", "lines[0].hs_code"},
    {"R09Carats", Stage::kApplication, [](Certificate& c) { c.lines[0].carats = Ct("0"); }, kHard,
     "R09 CARATS_NOT_POSITIVE", "lines[0].carats"},
    {"R09Negative", Stage::kPresentation, [](Certificate& c) { c.lines[0].carats = Ct("-1"); },
     kHard, "R09 CARATS_NOT_POSITIVE", "lines[0].carats"},
    {"R09Value", Stage::kApplication, [](Certificate& c) { c.lines[1].value = Usd("0"); }, kHard,
     "R09 VALUE_NOT_POSITIVE", "lines[1].value"},
    {"R09Parcels", Stage::kApplication, [](Certificate& c) { c.parcels = 0; }, kHard,
     "R09 PARCELS_OUT_OF_RANGE", "parcels"},
    {"R10Carats", Stage::kApplication, [](Certificate& c) { c.stated_carats = Ct("1260.501"); },
     kHard, "R10 TOTAL_DIFFERS", "total_carats"},
    {"R10Value", Stage::kPresentation, [](Certificate& c) { c.stated_value = Usd("188400.01"); },
     kHard, "R10 TOTAL_DIFFERS", "total_value"},
    {"R10Duplicate", Stage::kApplication, [](Certificate& c) { c.lines[1].hs = Hs("71023100"); },
     kHard, "R10 DUPLICATE_LINE", "lines[1]"},
    {"R11Authority", Stage::kValidation,
     [](Certificate& c) { c.validation->authority = "Ministry of Minerals"; }, kHard,
     "R11 AUTHORITY_NOT_DESIGNATED", "validation.authority"},
    {"R11PaperUnknown", Stage::kPresentation,
     [](Certificate& c) { c.validation->authority = "Diamond Ofice"; }, kRefer,
     "R11 AUTHORITY_NOT_DESIGNATED", "validation.authority"},
    {"R12Missing", Stage::kValidation, [](Certificate& c) { c.inspections.clear(); }, kInfo,
     "R12 INSPECTION_MISSING", "inspections"},
    {"R12NotAsStated", Stage::kValidation, [](Certificate& c) { c.inspections[0].as_stated = false; },
     kHard, "R12 INSPECTION_FAILED", "inspections[0]"},
    {"R12Selected", Stage::kValidation,
     [](Certificate& c) {
       c.selected_for_opening = true;
       c.inspections[0].opened = false;
     },
     kHard, "R12 INSPECTION_FAILED", "inspections[0].opened"},
    {"R13NoSeal", Stage::kValidation, [](Certificate& c) { c.seals.clear(); }, kInfo,
     "R13 SEALS_MISSING", "seals"},
    {"R14OtherSeal", Stage::kValidation, [](Certificate& c) { c.seals.push_back("SEAL-9"); }, kHard,
     "R14 SEALS_DIFFER", "seals"},
    {"R16Missing", Stage::kIssue, [](Certificate& c) { c.sources.clear(); }, kInfo,
     "R16 SOURCES_MISSING", "sources"},
    {"R16Sum", Stage::kIssue, [](Certificate& c) { c.sources[0].carats = Ct("1260.499"); }, kHard,
     "R16 SOURCES_DIFFER", "sources"},
    {"R16Origin", Stage::kIssue,
     [](Certificate& c) { c.sources[0].origin = Origin::Single("ZA").value(); }, kHard,
     "R16 ORIGIN_CONTRADICTED", "origin"},
    {"R16Mixed", Stage::kIssue,
     [](Certificate& c) { c.sources[0].origin = Origin::MixedUndisclosed(); }, kHard,
     "R16 ORIGIN_CONTRADICTED", "origin"},
    {"R18", Stage::kApplication, [](Certificate& c) { c.no_conflict_declared = false; }, kInfo,
     "R18 DECLARATION_MISSING", "no_conflict_declared"},
    {"R21Cheap", Stage::kPresentation,
     [](Certificate& c) {
       for (Line& line : c.lines) line.value = Usd("100.00");
     },
     kInfo, "R21 VALUE_PER_CARAT_UNUSUAL", "total_value"},
    {"R15UnknownArea", Stage::kApplication, [](Certificate& c) { c.lines[0].area = "Atlantis"; },
     kHard, "R15 AREA_UNKNOWN", "lines[0].area"},
    {"R17Nowhere", Stage::kApplication, [](Certificate& c) { c.importing_entity = EntityOf("KE"); },
     kHard, "R17 DESTINATION_WRONG", "importing_entity"},
    {"R17OtherTerritory", Stage::kApplication,
     [](Certificate& c) { c.importer.country = CountryOf("GB"); }, kHard, "R17 DESTINATION_WRONG",
     "importer.country"},
    {"R23Kenya", Stage::kPresentation,
     [](Certificate& c) {
       c.number = testing::Number("KE000001");
       c.issuing_entity = EntityCode();
     },
     kHard, "R23 ISSUER_NOT_A_PARTICIPANT", "number"},
    {"K01", Stage::kPresentation, [](Certificate& c) { c.lines[0].carats = Ct("1250.501"); }, kInfo,
     "K01 THIRD_DECIMAL", "lines[0].carats"},
    {"K02Late", Stage::kPresentation,
     [](Certificate& c) {
       c.expiry_date = Day("2026-03-10");
       c.export_date.reset();
     },
     kRefer, "K02 CERTIFICATE_EXPIRED", "expiry_date"},
    {"K02InTime", Stage::kPresentation, [](Certificate& c) { c.expiry_date = Day("2026-03-10"); },
     kInfo, "K02 CERTIFICATE_EXPIRED", "expiry_date"},
    {"K03Carats", Stage::kPresentation, [](Certificate& c) { c.lines[1].carats.reset(); }, kRefer,
     "K03 FIELD_NOT_STATED", "lines[1].carats"},
    {"K03Code", Stage::kPresentation, [](Certificate& c) { c.lines[0].hs = HsCode(); }, kRefer,
     "K03 FIELD_NOT_STATED", "lines[0].hs_code"},
};

INSTANTIATE_TEST_SUITE_P(Rules, RuleTable, ::testing::ValuesIn(kCases),
                         [](const auto& one) { return std::string(one.param.name); });

// The EU validates nothing that nobody looked at (art. 12(2)).
TEST(RulesTest, WhereTheProfileAsksForAnInspectionItsAbsenceRefuses) {
  PartyFacts facts = testing::WorldFacts();
  for (Entity& entity : facts.entities) entity.inspection_required = entity.code.text() == "BW";
  const PartyDirectory parties = PartyDirectory::Create(facts).value();
  const MeasureBook book = Book();
  const RuleInput input{parties, book, ActDay(Stage::kValidation), MeasureView::kIssuer,
                        "person-1", "person-2"};
  Certificate certificate = At(Stage::kValidation);
  EXPECT_TRUE(RefuseHard(CheckValidate(certificate, input).findings).ok());
  certificate.inspections.clear();
  certificate.seals.clear();
  EXPECT_THAT(testing::ReasonsOf(CheckValidate(certificate, input).findings, kHard),
              ::testing::ElementsAre("R12 INSPECTION_MISSING", "R13 SEALS_MISSING"));
}

TEST(RulesTest, WhatIsWrongAtArrivalOpensACase) {
  Arrival arrival;
  EXPECT_THAT(CheckArrival(GoodCertificate(), arrival), IsEmpty());
  arrival.seals_unbroken = true;
  arrival.original_present = true;
  EXPECT_THAT(CheckArrival(GoodCertificate(), arrival), IsEmpty());
  arrival.seals_unbroken = false;
  arrival.original_present = false;
  EXPECT_THAT(testing::ReasonsOf(CheckArrival(GoodCertificate(), arrival), kRefer),
              ::testing::ElementsAre("R13 SEAL_BROKEN", "R19 ORIGINAL_MISSING"));
}

TEST(RulesTest, SelectionByRiskIsReproducibleAndFair) {
  int selected = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "application-" + std::to_string(i);
    EXPECT_EQ(SelectedByRisk("seed", id, 25), SelectedByRisk("seed", id, 25));
    selected += SelectedByRisk("seed", id, 25) ? 1 : 0;
    EXPECT_TRUE(SelectedByRisk("seed", id, 100));
    EXPECT_FALSE(SelectedByRisk("seed", id, 0));
  }
  EXPECT_NEAR(selected, 2'500, 200);
  // Computed by another program: every version must choose the same.
  std::string chosen;
  for (int i = 0; i < 24; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 7 - number.size(), '0');
    chosen += SelectedByRisk("2026-03", "BW" + number, 50) ? '1' : '0';
  }
  EXPECT_EQ(chosen, "110110010110011110011000");
}

TEST(RulesTest, DecidingDatesAreThoseOfTheTable) {
  // R03 by export: Lebanon left some day in 2004 and came back on 2005-09-20.
  Certificate certificate = GoodCertificate();
  certificate.importing_entity = EntityOf("LB");
  certificate.importer.country = CountryOf("LB");
  const auto hard = [&](const char* export_day, Severity severity) {
    certificate.issue_date = Day(export_day);
    certificate.export_date = Day(export_day);
    certificate.expiry_date = Day(export_day);
    certificate.validation.reset();
    return testing::ReasonsOf(Check(Stage::kPresentation, certificate, Day("2026-03-20")).findings,
                              severity);
  };
  EXPECT_THAT(hard("2003-12-31", kHard), IsEmpty());
  EXPECT_THAT(hard("2005-01-01", kHard), Contains("R03 NOT_A_PARTICIPANT"));
  EXPECT_THAT(hard("2004-06-01", kRefer), Contains("R03 PARTICIPATION_UNCERTAIN"));
  EXPECT_THAT(hard("2005-09-20", kHard), IsEmpty());

  // R23 by issue: Cameroon before its admission, found in 2012.
  Certificate paper;
  paper.number = testing::Number("CM1");
  const auto issued = [&](std::optional<Date> day) {
    paper.issue_date = day;
    return testing::ReasonsOf(Check(Stage::kPresentation, paper, Day("2012-08-20")).findings,
                              kHard);
  };
  EXPECT_THAT(issued(Day("2012-08-13")), Contains("R23 ISSUER_NOT_A_PARTICIPANT"));
  EXPECT_THAT(issued(Day("2012-08-14")), IsEmpty());
  EXPECT_THAT(issued(std::nullopt), IsEmpty());
}

TEST(RulesTest, WithoutAnExportDateOnlyWhatHoldsOnEveryPossibleDayIsDecided) {
  Certificate paper;
  paper.number = testing::Number("CM1");
  paper.issue_date = Day("2012-08-13");
  const auto findings = Check(Stage::kPresentation, paper, Day("2012-08-20")).findings;
  EXPECT_THAT(testing::ReasonsOf(findings, kRefer), Contains("R03 PARTICIPATION_UNCERTAIN"));
  EXPECT_THAT(testing::ReasonsOf(findings, kHard), Not(Contains("R03 NOT_A_PARTICIPANT")));
}

TEST(RulesTest, TradingEntitiesAndServedPlacesCount) {
  Certificate certificate = At(Stage::kExport);
  certificate.importing_entity = EntityOf("TW");
  certificate.importer.country = CountryOf("TW");
  EXPECT_THAT(Check(Stage::kExport, certificate, ActDay(Stage::kExport)).findings, IsEmpty());

  // Great Britain to Northern Ireland needs a certificate, the EU to Greenland has none.
  const auto entities = [](const char* from, const char* to) {
    Certificate paper;
    paper.issuing_entity = EntityOf(from);
    paper.importing_entity = EntityOf(to);
    return testing::ReasonsOf(Check(Stage::kPresentation, paper, Day("2026-03-20")).findings,
                              kHard);
  };
  EXPECT_THAT(entities("GB", "XI"), IsEmpty());
  EXPECT_THAT(entities("HK", "CN"), IsEmpty());
  EXPECT_THAT(entities("EU", "GL"), Contains("R04 SAME_ENTITY"));
}

TEST(RulesTest, ProfilesDecideSerialsAndValidity) {
  Certificate paper;
  const auto with = [&](const char* number, const char* expiry, Severity severity) {
    paper.number = testing::Number(number);
    paper.issue_date = Day("2026-03-02");
    paper.expiry_date = Day(expiry);
    return testing::ReasonsOf(Check(Stage::kPresentation, paper, Day("2026-03-20")).findings,
                              severity);
  };
  EXPECT_THAT(with("EC00012345", "2026-05-02", kHard), IsEmpty());
  EXPECT_THAT(with("EU0012345", "2026-05-02", kHard), Contains("R06 NUMBER_SERIAL_FORM"));
  EXPECT_THAT(with("EU00012345", "2026-05-03", kHard), Contains("R07 VALIDITY_TOO_LONG"));
  EXPECT_THAT(with("ZA111795", "2026-05-01", kHard), IsEmpty());
  EXPECT_THAT(with("ZA111795", "2026-05-01", kRefer), Contains("R06 NUMBER_SERIAL_FORM"));
  EXPECT_THAT(with("MO1", "2026-05-02", kHard), Contains("R07 VALIDITY_TOO_LONG"));
}

TEST(RulesTest, TwoPersonsMeansTwoPersons) {
  const Certificate certificate = At(Stage::kValidation);
  const Date day = ActDay(Stage::kValidation);
  const auto validated_by = [&](const char* person) {
    return testing::ReasonsOf(
        Check(Stage::kValidation, certificate, day, MeasureView::kIssuer, person).findings, kHard);
  };
  EXPECT_THAT(validated_by("person-2"), IsEmpty());
  EXPECT_THAT(validated_by("person-1"), Contains("R11 SAME_PERSON"));
  EXPECT_THAT(validated_by(""), Contains("R11 SAME_PERSON"));
}

TEST(RulesTest, R15StopsAtIssueNotAtApplicationAndAttests) {
  Certificate certificate = At(Stage::kIssue);
  for (Line& line : certificate.lines) line.area = "Orapa";
  certificate.issue_date = Day("2027-01-01");
  certificate.expiry_date = Day("2027-01-31");
  const auto result = Check(Stage::kIssue, certificate, Day("2027-01-01"));
  EXPECT_THAT(testing::ReasonsOf(result.findings, kHard), Contains("R15 AREA_RESTRICTED"));
  EXPECT_FALSE(result.attestation.clear);
  certificate.issue_date = Day("2026-12-31");
  const auto before = Check(Stage::kIssue, certificate, Day("2026-12-31"));
  EXPECT_THAT(before.findings, IsEmpty());
  EXPECT_TRUE(before.attestation.clear);

  Certificate application = At(Stage::kApplication);
  for (Line& line : application.lines) line.area = "Orapa";
  EXPECT_THAT(Check(Stage::kApplication, application, Day("2027-01-01")).findings, IsEmpty());
}

TEST(RulesTest, R20FindsWhatArrivedDifferently) {
  const Certificate certificate = GoodCertificate();
  Arrival arrival{certificate.lines, 2, "EXAMPLE exporter (pty) ltd", "Example Importer NV"};
  EXPECT_THAT(CheckArrival(certificate, arrival), IsEmpty());
  arrival.lines[1].carats = Ct("9.99");
  arrival.parcels = 3;
  arrival.importer = "Somebody Else";
  const std::vector<Finding> findings = CheckArrival(certificate, arrival);
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].pointer, "lines[1].carats");
  EXPECT_EQ(findings[1].pointer, "parcels");
  EXPECT_EQ(findings[2].pointer, "importer");
  EXPECT_THAT(testing::ReasonsOf(findings, kRefer), ::testing::Each("R20 ARRIVAL_DIFFERS"));
}

TEST(CertificateTest, FormFaultsNameTheField) {
  Certificate certificate = GoodCertificate();
  EXPECT_TRUE(CheckForm(certificate).ok());
  certificate.importer.name = std::string(201, 'x');
  certificate.exporter.address = "\xFF";
  certificate.seals.assign(kMaxSeals + 1, "S");
  const std::vector<Fault> faults = FormFaults(certificate);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].field, "exporter.address");
  EXPECT_EQ(faults[0].reason, reasons::kTextNotUtf8);
  EXPECT_EQ(faults[1].field, "importer.name");
  EXPECT_EQ(faults[1].reason, reasons::kTextTooLong);
  EXPECT_EQ(faults[2].field, "seals");
  EXPECT_EQ(faults[2].reason, reasons::kListTooLong);
}

}  // namespace
}  // namespace kp::scheme
