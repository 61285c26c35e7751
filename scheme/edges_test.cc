// The rules at their edges: when a look counts as an inspection, which error is minor, what may be
// written, and which day a paper can be presented on. Each bound with a passing and a failing case.
#include "base/error.h"
#include "gtest/gtest.h"
#include "scheme/correction.h"
#include "scheme/import_rules.h"
#include "scheme/inspection_day.h"
#include "scheme/test_world.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

using testing::Day;
using testing::GoodCertificate;
using testing::ReasonsOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Severity kHard = Severity::kHard;
constexpr Severity kInfo = Severity::kInfo;

// --- When an inspection counts ---

struct DayCase {
  const char* name;
  InspectionBounds bounds;
  const char* day;
  InspectionTime is;
};
class InspectionDayTest : public ::testing::TestWithParam<DayCase> {};

TEST_P(InspectionDayTest, LiesInOrOutside) {
  const DayCase& one = GetParam();
  EXPECT_EQ(Place(one.bounds, Day(one.day)), one.is);
  EXPECT_EQ(WhyNot(one.bounds, Day(one.day)).empty(), one.is == InspectionTime::kCounts);
}

// CORE Annex II 17-18: submitted, then verified. EU arts. 3-5: presented, then looked at.
const InspectionBounds kExport = BoundsBeforeExport(Day("2026-03-02"), Day("2026-03-05"));
const InspectionBounds kOfBefore = BoundsBeforeExport(std::nullopt, Day("2026-03-05"));
const InspectionBounds kImport = BoundsAtImport(Day("2026-03-20"), Day("2026-03-04"),
                                                Day("2026-03-22"));
const InspectionBounds kOnItsWay = BoundsAtImport(std::nullopt, Day("2026-03-04"),
                                                  Day("2026-03-22"));
const InspectionBounds kNothingKnown = BoundsAtImport(std::nullopt, std::nullopt,
                                                      Day("2026-03-22"));
INSTANTIATE_TEST_SUITE_P(
    Days, InspectionDayTest,
    ::testing::Values(
        DayCase{"OnTheDayOfTheApplication", kExport, "2026-03-02", InspectionTime::kCounts},
        DayCase{"OnTheDayOfValidation", kExport, "2026-03-05", InspectionTime::kCounts},
        DayCase{"TheDayBefore", kExport, "2026-03-01", InspectionTime::kTooEarly},
        DayCase{"YearsBefore", kExport, "2019-03-03", InspectionTime::kTooEarly},
        DayCase{"AfterValidation", kExport, "2026-03-06", InspectionTime::kTooLate},
        DayCase{"OfARecordOfBefore", kOfBefore, "2019-03-03", InspectionTime::kCounts},
        DayCase{"OfARecordOfBeforeInTheFuture", kOfBefore, "2026-03-06", InspectionTime::kTooLate},
        DayCase{"WhenPresented", kImport, "2026-03-20", InspectionTime::kCounts},
        DayCase{"BeforePresentation", kImport, "2026-03-19", InspectionTime::kTooEarly},
        DayCase{"AfterTheRecord", kImport, "2026-03-23", InspectionTime::kTooLate},
        DayCase{"AcrossTheDateLine", kOnItsWay, "2026-03-03", InspectionTime::kCounts},
        DayCase{"BeforeItLeft", kOnItsWay, "2026-03-02", InspectionTime::kTooEarly},
        DayCase{"NobodyTold", kNothingKnown, "2019-01-01", InspectionTime::kCounts}),
    [](const auto& one) { return std::string(one.param.name); });

// R12-R14 at validation, whose day decides.
class InspectedTest : public ::testing::Test {
 protected:
  std::vector<std::string> Validated(bool required, Severity severity) {
    PartyFacts facts = testing::WorldFacts();
    for (Entity& entity : facts.entities) entity.inspection_required = required;
    const PartyDirectory parties = PartyDirectory::Create(facts).value();
    const MeasureBook book = MeasureBook::Create({}, {}, {}).value();
    certificate_.export_date.reset();
    return ReasonsOf(CheckValidate(certificate_, {parties, book, Day("2026-03-03"),
                                                  MeasureView::kIssuer, "person-1", "person-2"})
                         .findings,
                     severity);
  }
  Certificate certificate_ = GoodCertificate();
};

TEST_F(InspectedTest, AnInspectionOfOtherParticularsDoesNotCount) {
  certificate_.application_date = Day("2026-03-02");
  EXPECT_THAT(Validated(true, kHard), IsEmpty());
  certificate_.application_date = Day("2026-03-03");
  EXPECT_THAT(Validated(true, kHard), IsEmpty());
  // Amended since somebody looked, or looked at years before anybody applied.
  certificate_.inspections[0].day = Day("2026-03-02");
  EXPECT_THAT(Validated(true, kHard), ElementsAre("R12 INSPECTION_OUT_OF_TIME"));
  EXPECT_THAT(Validated(false, kHard), IsEmpty());
  EXPECT_THAT(Validated(false, kInfo), ElementsAre("R12 INSPECTION_OUT_OF_TIME"));
  certificate_.inspections[0].day = Day("2019-03-03");
  EXPECT_THAT(Validated(true, kHard), ElementsAre("R12 INSPECTION_OUT_OF_TIME"));
}

TEST_F(InspectedTest, TheLatestThatCountsDecides) {
  certificate_.application_date = Day("2026-03-02");
  Inspection old = certificate_.inspections[0];
  old.day = Day("2019-03-03");
  old.seals = {"OTHER"};
  old.as_stated = false;
  certificate_.inspections.push_back(old);
  EXPECT_THAT(Validated(true, kHard), IsEmpty());
  // Live: on a day that counts, the same record refuses.
  certificate_.inspections[1].day = Day("2026-03-03");
  EXPECT_THAT(Validated(true, kHard), ElementsAre("R12 INSPECTION_FAILED", "R14 SEALS_DIFFER"));
}

TEST_F(InspectedTest, NoneLiesAfterTheValidation) {
  Inspection late = certificate_.inspections[0];
  late.day = Day("2026-03-04");
  certificate_.inspections.push_back(late);
  EXPECT_THAT(Validated(false, kHard), ElementsAre("R12 DATE_IN_FUTURE"));
}

// --- Papers and their days (R07) ---

TEST(PaperDaysTest, NothingIsPresentedBeforeItsCertificateIsIssued) {
  const Certificate paper = GoodCertificate();  // of 2 March
  const auto at = [&](const char* day) {
    return ReasonsOf(CheckNotBeforeIssue(paper, Day(day), "submission_date", "presentation"),
                     kHard);
  };
  EXPECT_THAT(at("2026-03-02"), IsEmpty());
  EXPECT_THAT(at("2026-03-01"), IsEmpty()) << "across the date line";
  EXPECT_THAT(at("2026-02-28"), ElementsAre("R07 DATE_OF_ISSUE_WRONG"));
  EXPECT_THAT(CheckNotBeforeIssue(Certificate(), Day("2026-02-28"), "", ""), IsEmpty());
}

// --- Minor errors (India, DGFT 34/2015-2020) ---

struct PathCase {
  const char* path;
  const char* reason;  // null: good
  const char* says;
};
class MinorPathTest : public ::testing::TestWithParam<PathCase> {};

TEST_P(MinorPathTest, SaysWhatIsWrongWithIt) {
  const PathCase& one = GetParam();
  const auto path = ParseMinorPath(one.path, 2);
  ASSERT_EQ(path.ok(), one.reason == nullptr) << path.status();
  if (path.ok()) return;
  EXPECT_EQ(ReasonOf(path.status()), one.reason);
  EXPECT_EQ(FaultsOf(path.status())[0].field, "field");
  EXPECT_FALSE(FaultsOf(path.status())[0].rule.empty());
  EXPECT_THAT(FaultsOf(path.status())[0].message, HasSubstr(one.says));
}

INSTANTIATE_TEST_SUITE_P(
    Paths, MinorPathTest,
    ::testing::Values(
        PathCase{"exporter.name", nullptr, ""}, PathCase{"importer.address", nullptr, ""},
        PathCase{"importer.registration", nullptr, ""}, PathCase{"seals[1]", nullptr, ""},
        PathCase{"seals[2]", reasons::kCorrectionFieldUnknown, "2 seals, seals[0] to seals[1]"},
        PathCase{"seals[01]", reasons::kCorrectionFieldUnknown, "2 seals"},
        PathCase{"seals[-1]", reasons::kCorrectionFieldUnknown, "2 seals"},
        PathCase{"importer.nmae", reasons::kCorrectionFieldUnknown, "no field"},
        PathCase{"", reasons::kCorrectionFieldUnknown, "no field"},
        PathCase{"lines[0].carats_thousandths", reasons::kCorrectionNotMinor, "material"},
        PathCase{"value_usd_cents", reasons::kCorrectionNotMinor, "material"},
        PathCase{"origin", reasons::kCorrectionNotMinor, "material"},
        PathCase{"importer.country", reasons::kCorrectionNotMinor, "material"},
        PathCase{"expiry_date", reasons::kCorrectionNotMinor, "material"}));

TEST(CorrectionTest, CountsEdits) {
  EXPECT_EQ(EditsBetween("Antwerp", "antwerp "), 0U);
  EXPECT_EQ(EditsBetween("Antwerp", "Antwrep"), 1U);
  EXPECT_EQ(EditsBetween("Antwerp Rough BV", "Antwerp Rough BVBA"), 2U);
  EXPECT_EQ(EditsBetween("Сахара", "Сахаре"), 1U);
  EXPECT_EQ(EditsBetween("", "abc"), 3U);
  EXPECT_EQ(EditsBetween("kitten", "sitting"), 3U);
}

struct MinorCase {
  const char* name;
  const char* field;
  const char* printed;
  const char* present;
  const char* value;
  std::vector<std::string> corrected;
  const char* reason;  // null: minor
};
class MinorTest : public ::testing::TestWithParam<MinorCase> {};

TEST_P(MinorTest, IsMinorOrNot) {
  const MinorCase& one = GetParam();
  const auto path = ParseMinorPath(one.field, 1);
  ASSERT_TRUE(path.ok());
  const absl::Status status =
      CheckMinor(*path, {one.field, one.printed, one.present, one.value}, one.corrected);
  EXPECT_EQ(ReasonOf(status), one.reason == nullptr ? "" : one.reason) << status;
  if (status.ok()) return;
  EXPECT_FALSE(FaultsOf(status)[0].field.empty());
  EXPECT_FALSE(FaultsOf(status)[0].rule.empty());
}

const char* const kAddress = "Hoveniersstraat 22, 2018 Antwerpen, Belgium";
INSTANTIATE_TEST_SUITE_P(
    Errors, MinorTest,
    ::testing::Values(
        MinorCase{"ASpelling", "importer.name", "Antwerp Rough BV", "Antwerp Rough BV",
                  "Antwerp Rough BVBA", {}, nullptr},
        MinorCase{"CapitalsAlone", "importer.name", "ANTWERP ROUGH", "ANTWERP ROUGH",
                  "Antwerp Rough", {}, nullptr},
        MinorCase{"AnotherName", "importer.name", "Antwerp Rough BV", "Antwerp Rough BV",
                  "Dubai Rough BV", {}, reasons::kCorrectionNotMinor},
        MinorCase{"AThirdEdit", "importer.name", "Antwerp Rough BV", "Antwerp Rough BV",
                  "Antwerp Rough BVBAX", {}, reasons::kCorrectionNotMinor},
        MinorCase{"OneOfFive", "importer.name", "Aurum", "Aurum", "Aurun", {}, nullptr},
        MinorCase{"TwoOfFive", "importer.name", "Aurum", "Aurum", "Auron", {},
                  reasons::kCorrectionNotMinor},
        MinorCase{"ManySmallSteps", "importer.name", "Antwerp Rough BV", "Antwerp Rough BVBA",
                  "Antwerp Roug BVBA", {"importer.name"}, reasons::kCorrectionNotMinor},
        MinorCase{"BackToWhatIsPrinted", "importer.name", "Antwerp Rough BV", "Antwerp Rough BVBA",
                  "Antwerp Rough BV", {"importer.name"}, nullptr},
        MinorCase{"NameAndRegistration", "importer.name", "Antwerp Rough BV", "Antwerp Rough BV",
                  "Antwerp Rough NV", {"importer.registration"}, reasons::kCorrectionNotMinor},
        MinorCase{"RegistrationOfTheOther", "importer.name", "Antwerp Rough BV",
                  "Antwerp Rough BV", "Antwerp Rough NV", {"exporter.registration"}, nullptr},
        MinorCase{"AStreetNumber", "importer.address", kAddress, kAddress,
                  "Hoveniersstraat 24, 2018 Antwerpen, Belgium", {}, nullptr},
        MinorCase{"AMove", "importer.address", kAddress, kAddress, "Almas Tower, Dubai", {},
                  reasons::kCorrectionNotMinor},
        MinorCase{"ALeftOutRegistration", "importer.registration", "", "", "BE0400123456", {},
                  nullptr},
        MinorCase{"ADigitOfARegistration", "importer.registration", "BE0400123456", "BE0400123456",
                  "BE0400123465", {}, nullptr},
        MinorCase{"AnotherRegistration", "importer.registration", "BE0400123456", "BE0400123456",
                  "BE0987654321", {}, reasons::kCorrectionNotMinor},
        MinorCase{"ASeal", "seals[0]", "A-1", "A-1", "A-11", {}, nullptr},
        MinorCase{"AnotherSeal", "seals[0]", "A-1", "A-1", "B-2", {}, reasons::kCorrectionNotMinor},
        MinorCase{"Nothing", "seals[0]", "A-1", "A-1", " ", {}, reasons::kCorrectionSame},
        MinorCase{"TheSame", "seals[0]", "A-1", "A-11", "A-11", {}, reasons::kCorrectionSame},
        MinorCase{"TooMany", "seals[0]", "A-1", "A-1", "A-11",
                  std::vector<std::string>(kMaxCorrections, "seals[0]"),
                  reasons::kCorrectionNotMinor}),
    [](const auto& one) { return std::string(one.param.name); });

// --- What can be written (CORE Annex I A: fields that people read) ---

struct TextCase {
  const char* name;
  const char* text;
  const char* reason;  // null: good
  const char* says;
};
class PrintableTest : public ::testing::TestWithParam<TextCase> {};

TEST_P(PrintableTest, NamesTheCodePoint) {
  const TextCase& one = GetParam();
  const auto fault = CheckText(one.text, "importer.name", 100);
  ASSERT_EQ(fault.has_value(), one.reason != nullptr);
  if (!fault) return;
  EXPECT_EQ(fault->reason, one.reason);
  EXPECT_EQ(fault->field, "importer.name");
  EXPECT_THAT(fault->message, HasSubstr(one.says));
  EXPECT_EQ(fault->rule, "CORE Annex I A");
}

INSTANTIATE_TEST_SUITE_P(
    Characters, PrintableTest,
    ::testing::Values(
        TextCase{"Latin", "Société Générale", nullptr, ""},
        TextCase{"Cyrillic", "АЛРОСА", nullptr, ""},
        TextCase{"Arabic", "مركز دبي", nullptr, ""},
        TextCase{"Han", "上海钻石交易所", nullptr, ""},
        TextCase{"JoinersOfPersianAndIndicScripts", "می\u200cخواهم क\u200d्ष", nullptr, ""},
        TextCase{"PrivateUse", "a\uE000", reasons::kTextUnprintable, "U+E000 at byte 1"},
        TextCase{"PrivateUseEnd", "\uF8FF", reasons::kTextUnprintable, "U+F8FF at byte 0"},
        TextCase{"Plane15", "\U000F0000", reasons::kTextUnprintable, "U+F0000"},
        TextCase{"Plane16", "\U0010FFFD", reasons::kTextUnprintable, "U+10FFFD"},
        TextCase{"Unassigned", "\u0378", reasons::kTextUnprintable, "U+0378"},
        TextCase{"Noncharacter", "\uFDD0", reasons::kTextUnprintable, "U+FDD0"},
        TextCase{"Control", "a\x01", reasons::kTextControlCharacter, "U+0001 at byte 1"},
        TextCase{"Delete", "a\x7F", reasons::kTextControlCharacter, "U+007F"},
        TextCase{"NewLine", "a\nb", reasons::kTextControlCharacter, "U+000A"},
        TextCase{"LineSeparator", "\u2028", reasons::kTextControlCharacter, "U+2028"},
        TextCase{"Override", "a\u202Eb", reasons::kTextControlCharacter, "U+202E"},
        TextCase{"Isolate", "a\u2066b", reasons::kTextControlCharacter, "U+2066"},
        TextCase{"ByteOrderMark", "\uFEFFa", reasons::kTextControlCharacter, "U+FEFF"},
        TextCase{"SoftHyphen", "a\u00ADb", reasons::kTextControlCharacter, "U+00AD"},
        TextCase{"Selector", "a\uFE0F", reasons::kTextControlCharacter, "U+FE0F"},
        TextCase{"Tag", "a\U000E0041", reasons::kTextControlCharacter, "U+E0041"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(LanguageTagTest, HasTheFormOfBcp47) {
  for (const char* good : {"fr", "pt-BR", "zh-Hans-CN", "zh-cn", "sr-Latn", "de-1996"}) {
    EXPECT_TRUE(IsLanguageTag(good)) << good;
  }
  for (const char* bad : {"", "f", "x-private", "français", "fr_FR", "fr-", "-fr", "fr--FR", "12", "a\uE000",
                          "languagetoolong", "fr-aaaaaaaaa"}) {
    EXPECT_FALSE(IsLanguageTag(bad)) << bad;
  }
  Certificate certificate = GoodCertificate();
  certificate.language = "fr";
  EXPECT_THAT(FormFaults(certificate), IsEmpty());
  certificate.language = "français";
  ASSERT_EQ(FormFaults(certificate).size(), 1U);
  EXPECT_EQ(FormFaults(certificate)[0].reason, reasons::kLanguageMalformed);
  certificate.language = "fr\uE000";
  EXPECT_EQ(FormFaults(certificate)[0].reason, reasons::kTextUnprintable);
}

}  // namespace
}  // namespace kp::scheme
