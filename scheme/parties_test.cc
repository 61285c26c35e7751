#include "gtest/gtest.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::CountryOf;
using testing::Day;
using testing::EntityOf;
using testing::From;
using testing::PartyOf;
using testing::World;
using testing::WorldFacts;

std::string CreateReason(PartyFacts facts) {
  const auto directory = PartyDirectory::Create(std::move(facts));
  return directory.ok() ? "OK" : ReasonOf(directory.status());
}

TEST(PartyDirectoryTest, RecognisesAsOfADay) {
  const PartyDirectory world = World();
  const auto on = [&](const char* code, const char* day) {
    return world.Recognised(EntityOf(code), Day(day));
  };
  EXPECT_EQ(on("CM", "2012-08-13"), Certainty::kNo);
  EXPECT_EQ(on("CM", "2012-08-14"), Certainty::kYes);
  EXPECT_EQ(on("LB", "2004-06-01"), Certainty::kUncertain);
  EXPECT_EQ(on("LB", "2005-01-01"), Certainty::kNo);
  EXPECT_EQ(on("LB", "2006-01-01"), Certainty::kYes);
  EXPECT_EQ(on("HK", "2026-01-01"), Certainty::kYes);
  EXPECT_EQ(on("TW", "2026-01-01"), Certainty::kYes);
  EXPECT_EQ(on("TW", "2003-10-30"), Certainty::kNo);
  EXPECT_EQ(on("NA", "2026-01-01"), Certainty::kYes);
  EXPECT_EQ(on("KE", "2026-01-01"), Certainty::kNo);
  EXPECT_EQ(world.Recognised(EntityOf("CM"), Day("2012-08-01"), Day("2012-09-01")),
            Certainty::kUncertain);
}

TEST(PartyDirectoryTest, ImpliesEntitiesAndTerritories) {
  const PartyDirectory world = World();
  ASSERT_NE(world.FindEntity(EntityOf("BR")), nullptr);
  EXPECT_FALSE(world.FindEntity(EntityOf("BR"))->connected);
  EXPECT_EQ(world.EntityOfCountry(CountryOf("BR"), Day("2026-01-01"))->code, EntityOf("BR"));
  EXPECT_EQ(world.EntityOfCountry(CountryOf("GB"), Day("2020-12-31"))->code, EntityOf("EU"));
  EXPECT_EQ(world.EntityOfCountry(CountryOf("GB"), Day("2021-01-01"))->code, EntityOf("GB"));
  EXPECT_EQ(world.EntityOfCountry(CountryOf("KE"), Day("2026-01-01")), nullptr);
  EXPECT_EQ(world.IssuerFor(EntityOf("GL"))->code, EntityOf("EU"));
  EXPECT_EQ(world.ParticipantOfCountry(CountryOf("GL"), Day("2026-01-01")), PartyOf("EU"));
  EXPECT_EQ(world.ParticipantOfCountry(CountryOf("HK"), Day("2026-01-01")), PartyOf("CN"));
  EXPECT_EQ(world.ParticipantOfCountry(CountryOf("CI"), Day("2006-01-01")), PartyOf("CI"));
}

TEST(PartyDirectoryTest, FindsAuthoritiesWithPowersAndZones) {
  const PartyDirectory world = World();
  const Authority* office = world.FindAuthority(EntityOf("BW"), "do  GABORONE");
  ASSERT_NE(office, nullptr);
  EXPECT_EQ(world.HasPower(EntityOf("BW"), *office, Power::kValidate, Day("2026-01-01")),
            Certainty::kYes);
  EXPECT_EQ(world.HasPower(EntityOf("BW"), *office, Power::kIssue, Day("2026-01-01")),
            Certainty::kNo);
  EXPECT_EQ(world.HasPower(EntityOf("BW"), *office, Power::kValidate, Day("2019-12-31")),
            Certainty::kNo);
  EXPECT_EQ(world.ZoneOf(EntityOf("BW"), "Diamond Office").name(), "Africa/Gaborone");
  EXPECT_EQ(world.ZoneOf(EntityOf("BW"), "").name(), "Africa/Gaborone");
  EXPECT_EQ(world.ZoneOf(EntityOf("EU"), "").name(), "Europe/Brussels");
  EXPECT_EQ(world.ZoneOf(EntityOf("KE"), "").name(), "UTC");
}

TEST(PartyDirectoryTest, RefusesFactsThatContradictThemselves) {
  EXPECT_EQ(CreateReason(WorldFacts()), "OK");
  PartyFacts twice = WorldFacts();
  twice.participants.push_back(twice.participants[0]);
  EXPECT_EQ(CreateReason(twice), reasons::kDuplicateId);
  PartyFacts orphan = WorldFacts();
  orphan.entities[0].participant = PartyOf("KE");
  EXPECT_EQ(CreateReason(orphan), reasons::kCodeUnknown);
  PartyFacts unserved = WorldFacts();
  unserved.entities[0].served_by = EntityOf("KE");
  EXPECT_EQ(CreateReason(unserved), reasons::kCodeUnknown);
  PartyFacts reversed = WorldFacts();
  reversed.participants[0].periods = {From("2005-01-01", "2004-01-01")};
  EXPECT_EQ(CreateReason(reversed), reasons::kPeriodReversed);
  PartyFacts nowhere = WorldFacts();
  nowhere.entities[0].authorities[0].zone_name = "Africa/Nowhere";
  EXPECT_EQ(CreateReason(nowhere), reasons::kZoneUnknown);
  PartyFacts alias = WorldFacts();
  alias.profiles.push_back(KnownProfile(EntityOf("HK")));
  alias.profiles.back().aliases = {EntityOf("CN")};
  EXPECT_EQ(CreateReason(alias), reasons::kDuplicateId);
}

TEST(PartyDirectoryTest, AliasesOfAProfileFindTheIssuer) {
  PartyFacts facts = WorldFacts();
  facts.profiles.push_back(KnownProfile(EntityOf("HK")));
  facts.profiles.back().aliases = {EntityOf("QH")};
  const PartyDirectory world = PartyDirectory::Create(facts).value();
  ASSERT_NE(world.FindIssuer(EntityOf("QH")), nullptr);
  EXPECT_EQ(world.FindIssuer(EntityOf("QH"))->code, EntityOf("HK"));
}

// --- Measures -----------------------------------------------------------------------------------

const std::vector<Area> kZwAreas = {
    {"zw-marange", PartyOf("ZW"), "Marange", {"Chiadzwa"}},
    {"zw-murowa", PartyOf("ZW"), "Murowa", {}},
};
const std::vector<Operation> kZwOperations = {
    {"zw-mbada", PartyOf("ZW"), "zw-marange", "Mbada", {}},
};

Measure MakeMeasure(MeasureKind kind, const char* participant, MeasureScope scope,
                    const char* from = "2010-01-01", const char* until = "") {
  Measure measure;
  measure.id = MeasureKindName(kind);
  measure.kind = kind;
  measure.scope = scope;
  measure.participant = PartyOf(participant);
  measure.period = From(from, until);
  measure.decision = "Decision X";
  measure.recorded_at = absl::FromUnixSeconds(0);
  return measure;
}

Measure Marange() {
  Measure measure = MakeMeasure(MeasureKind::kAreaRestriction, "ZW", MeasureScope::kArea);
  measure.areas = {"zw-marange"};
  return measure;
}

Certificate FromZimbabwe(const char* area, const char* operation = "") {
  Certificate certificate = testing::GoodCertificate();
  certificate.number = testing::Number("ZW77");
  certificate.issuing_entity = EntityOf("ZW");
  certificate.origin = Origin::Single("ZW").value();
  for (Line& line : certificate.lines) {
    line.area = area;
    line.operation = operation;
  }
  return certificate;
}

class MeasureTest : public ::testing::Test {
 protected:
  std::vector<std::string> Evaluate(std::vector<Measure> measures, const Certificate& certificate,
                                    Severity severity = Severity::kHard) {
    const MeasureBook book =
        MeasureBook::Create(std::move(measures), kZwAreas, kZwOperations).value();
    outcome_ = EvaluateMeasures(book, World(), certificate, question_);
    return testing::ReasonsOf(outcome_.findings, severity);
  }

  MeasureQuestion question_{MeasureView::kIssuer, Day("2026-03-04"), Day("2026-03-04"),
                            Day("2026-03-20"), true};
  MeasureOutcome outcome_;
};

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(MeasureTest, TheIssuerBarsARestrictedAreaByAnyOfItsNamesAndCitesTheDecision) {
  EXPECT_THAT(Evaluate({Marange()}, FromZimbabwe("Murowa")), IsEmpty());
  EXPECT_TRUE(outcome_.attestation.clear);
  EXPECT_THAT(outcome_.attestation.measures, ElementsAre("AREA_RESTRICTION"));
  EXPECT_THAT(Evaluate({Marange()}, FromZimbabwe("CHIADZWA")), Contains("R15 AREA_RESTRICTED"));
  EXPECT_FALSE(outcome_.attestation.clear);
  EXPECT_THAT(outcome_.findings[0].text, ::testing::HasSubstr("Decision X"));
  EXPECT_EQ(outcome_.findings[0].pointer, "lines[0].area");
  EXPECT_THAT(Evaluate({Marange()}, FromZimbabwe("")), Contains("R15 AREA_NOT_STATED"));
  EXPECT_THAT(Evaluate({Marange()}, testing::GoodCertificate()), IsEmpty())
      << "areas only ever restrict, and only their own participant";
}

TEST_F(MeasureTest, AnOperationPermissionFreesInsideARestrictedArea) {
  Measure freed =
      MakeMeasure(MeasureKind::kOperationPermission, "ZW", MeasureScope::kOperation, "2011-11-01");
  freed.operations = {"zw-mbada"};
  EXPECT_THAT(Evaluate({Marange(), freed}, FromZimbabwe("Marange", "Mbada")), IsEmpty());
  EXPECT_THAT(Evaluate({Marange(), freed}, FromZimbabwe("Marange")),
              Contains("R15 AREA_RESTRICTED"));
  freed.period = From("2026-03-05");
  EXPECT_THAT(Evaluate({Marange(), freed}, FromZimbabwe("Marange", "Mbada")),
              Contains("R15 AREA_RESTRICTED"));
}

TEST_F(MeasureTest, OthersRequireTheAttestation) {
  Certificate certificate = FromZimbabwe("");
  question_.view = MeasureView::kStatement;
  EXPECT_THAT(Evaluate({Marange()}, certificate), ElementsAre("R15 MEASURE_NOT_ATTESTED"));
  certificate.attestations = {{Day("2026-03-03"), {"AREA_RESTRICTION"}, true, {}}};
  EXPECT_THAT(Evaluate({Marange()}, certificate), IsEmpty());
  certificate.attestations[0].clear = false;
  EXPECT_THAT(Evaluate({Marange()}, certificate), ElementsAre("R15 MEASURE_NOT_ATTESTED"));
}

TEST_F(MeasureTest, APaperOrALaterDecisionOnlyRefers) {
  question_.view = MeasureView::kPaper;
  EXPECT_THAT(Evaluate({Marange()}, FromZimbabwe("")), IsEmpty());
  EXPECT_THAT(Evaluate({Marange()}, FromZimbabwe(""), Severity::kRefer),
              ElementsAre("R15 MEASURE_NOT_ATTESTED"));
  question_.view = MeasureView::kStatement;
  Measure later = Marange();
  later.recorded_at = absl::FromCivil(absl::CivilDay(2026, 3, 10), absl::UTCTimeZone());
  EXPECT_THAT(Evaluate({later}, FromZimbabwe("")), IsEmpty());
  EXPECT_THAT(Evaluate({later}, FromZimbabwe(""), Severity::kRefer),
              ElementsAre("R15 MEASURE_NOT_ATTESTED"));
}

TEST_F(MeasureTest, CountryMeasuresAreDecidedByEveryNodeOnTheDayOfExport) {
  for (const MeasureView view :
       {MeasureView::kIssuer, MeasureView::kStatement, MeasureView::kPaper}) {
    question_.view = view;
    const auto suspended = [&](const char* from, const char* until) {
      return Evaluate(
          {MakeMeasure(MeasureKind::kSuspension, "BW", MeasureScope::kCountry, from, until)},
          testing::GoodCertificate());
    };
    EXPECT_THAT(suspended("2026-03-04", ""), ElementsAre("R15 PARTICIPANT_SUSPENDED"));
    EXPECT_THAT(suspended("2026-03-05", ""), IsEmpty()) << "exported before";
    EXPECT_THAT(suspended("2013-01-01", "2026-03-04"), IsEmpty()) << "lifted by then";
  }
  EXPECT_THAT(
      Evaluate({MakeMeasure(MeasureKind::kSuspension, "BW", MeasureScope::kCountry, "2026-03")},
               testing::GoodCertificate(), Severity::kRefer),
      ElementsAre("R15 MEASURE_DATE_UNCERTAIN"));
}

TEST_F(MeasureTest, ARemovalDecidesOnTheDayOfPresentation) {
  const auto removed = [&](const char* from, const char* until) {
    return Evaluate({MakeMeasure(MeasureKind::kRemoval, "BW", MeasureScope::kCountry, from, until)},
                    testing::GoodCertificate());
  };
  EXPECT_THAT(removed("2026-03-20", ""), ElementsAre("R15 PARTICIPANT_REMOVED"));
  EXPECT_THAT(removed("2026-03-21", ""), IsEmpty());
  EXPECT_THAT(removed("2026-03-01", "2026-03-10"), ElementsAre("R15 PARTICIPANT_REMOVED"))
      << "exported while removed";
}

TEST_F(MeasureTest, OriginCountsAsMuchAsProvenance) {
  Certificate certificate = testing::GoodCertificate();
  const std::vector<Measure> embargo = {
      MakeMeasure(MeasureKind::kEmbargo, "CI", MeasureScope::kCountry, "2005-12-15")};
  EXPECT_THAT(Evaluate(embargo, certificate), IsEmpty());
  certificate.origin = Origin::Mixed({"BW", "CI"}).value();
  EXPECT_THAT(Evaluate(embargo, certificate), ElementsAre("R15 EMBARGO"));
}

TEST_F(MeasureTest, AGovernmentCertificateSatisfiesItsEmbargo) {
  Certificate certificate = testing::GoodCertificate();
  const std::vector<Measure> embargo = {
      MakeMeasure(MeasureKind::kEmbargoExceptGovernmentCertificate, "BW", MeasureScope::kCountry)};
  EXPECT_THAT(Evaluate(embargo, certificate, Severity::kInfo), ElementsAre("R15 MEASURE_PERMITS"));
  certificate.issuing_entity = EntityOf("ZA");
  EXPECT_THAT(Evaluate(embargo, certificate, Severity::kRefer),
              ElementsAre("R15 GOVERNMENT_CERTIFICATE_NEEDED"));
}

TEST_F(MeasureTest, AnAreaPermissionFreesInsideASuspendedParticipant) {
  Measure permission = MakeMeasure(MeasureKind::kAreaPermission, "ZW", MeasureScope::kArea);
  permission.areas = {"zw-murowa"};
  const std::vector<Measure> both = {
      MakeMeasure(MeasureKind::kSuspension, "ZW", MeasureScope::kCountry), permission};
  EXPECT_THAT(Evaluate(both, FromZimbabwe("Murowa")), IsEmpty());
  EXPECT_THAT(outcome_.attestation.measures, ElementsAre("AREA_PERMISSION", "SUSPENSION"));
  EXPECT_THAT(Evaluate(both, FromZimbabwe("Marange")), Contains("R15 AREA_RESTRICTED"));
  EXPECT_THAT(Evaluate({both[0]}, FromZimbabwe("Murowa")),
              ElementsAre("R15 PARTICIPANT_SUSPENDED"));
}

TEST_F(MeasureTest, ACountersignatureIsNeededFromValidationOn) {
  Measure monitor = MakeMeasure(MeasureKind::kCountersignature, "ZW", MeasureScope::kShipment);
  monitor.countersigner_role = "kp-monitor";
  Certificate certificate = FromZimbabwe("Murowa");
  EXPECT_THAT(Evaluate({monitor}, certificate), ElementsAre("R15 COUNTERSIGNATURE_MISSING"));
  question_.countersignature_due = false;
  EXPECT_THAT(Evaluate({monitor}, certificate), IsEmpty());
  question_.countersignature_due = true;
  certificate.countersigned = {"kp-monitor"};
  EXPECT_THAT(Evaluate({monitor}, certificate), IsEmpty());
  EXPECT_THAT(outcome_.attestation.countersigned, ElementsAre("kp-monitor"));
}

TEST_F(MeasureTest, NothingGoesToASuspendedParticipant) {
  EXPECT_THAT(Evaluate({MakeMeasure(MeasureKind::kSelfSuspension, "EU", MeasureScope::kCountry)},
                       testing::GoodCertificate()),
              ElementsAre("R03 DESTINATION_SUSPENDED"));
}

TEST_F(MeasureTest, VigilanceRefersAndDemoMeasuresSaySo) {
  Measure vigilance = MakeMeasure(MeasureKind::kEnhancedVigilance, "BW", MeasureScope::kCountry);
  vigilance.demo = true;
  EXPECT_THAT(Evaluate({vigilance}, testing::GoodCertificate(), Severity::kRefer),
              ElementsAre("R15 ENHANCED_VIGILANCE"));
  EXPECT_THAT(outcome_.findings[0].text, ::testing::HasSubstr("DEMO"));
}

TEST(MeasureBookTest, RefusesMeasuresThatMakeNoSense) {
  const auto reason = [](Measure measure) {
    const auto book = MeasureBook::Create({std::move(measure)}, kZwAreas, kZwOperations);
    return book.ok() ? "OK" : ReasonOf(book.status());
  };
  EXPECT_EQ(reason(Marange()), "OK");
  Measure unknown = Marange();
  unknown.areas = {"zw-elsewhere"};
  EXPECT_EQ(reason(unknown), reasons::kAreaUnknown);
  Measure foreign = Marange();
  foreign.participant = PartyOf("BW");
  EXPECT_EQ(reason(foreign), reasons::kAreaUnknown) << "an area of another participant";
  Measure reversed = Marange();
  reversed.period = From("2010-01-01", "2009-01-01");
  EXPECT_EQ(reason(reversed), reasons::kPeriodReversed);
  Measure wide = Marange();
  wide.scope = MeasureScope::kCountry;
  EXPECT_EQ(reason(wide), reasons::kWrongScope);
  Measure undecided = Marange();
  undecided.decision.clear();
  EXPECT_EQ(reason(undecided), reasons::kFieldMissing);
  const auto twice = MeasureBook::Create({Marange(), Marange()}, kZwAreas, kZwOperations);
  EXPECT_EQ(ReasonOf(twice.status()), reasons::kDuplicateId);
}

}  // namespace
}  // namespace kp::scheme
