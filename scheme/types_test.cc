#include <cstdint>
#include <random>

#include "gtest/gtest.h"
#include "scheme/issuer_profile.h"
#include "scheme/test_world.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

using testing::Ct;
using testing::Day;

template <class T>
std::string Reason(const absl::StatusOr<T>& result) {
  return result.ok() ? "OK" : ReasonOf(result.status());
}

TEST(CertificateNumberTest, NormalisesAndKeepsWhatWasPrinted) {
  for (const char* printed : {"BW0001234", " bw 000-1234 ", "Bw-0001 234"}) {
    const auto number = CertificateNumber::Parse(printed);
    ASSERT_TRUE(number.ok()) << printed;
    EXPECT_EQ(number->canonical(), "BW0001234");
    EXPECT_EQ(number->serial(), "0001234") << "leading zeros belong to the serial";
    EXPECT_EQ(number->printed(), printed);
    EXPECT_EQ(*number, testing::Number("BW0001234"));
  }
  EXPECT_NE(testing::Number("BW01234"), testing::Number("BW1234"));
}

TEST(CertificateNumberTest, ReadsTheOldLettersOfTheEu) {
  EXPECT_EQ(testing::Number("EC00012345").canonical(), "EU00012345");
  EXPECT_EQ(testing::Number("NA1").issuer().text(), "NA");
}

TEST(CertificateNumberTest, TellsThePositionOfTheFault) {
  const auto message = [](std::string_view text) {
    return std::string(CertificateNumber::Parse(text).status().message());
  };
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW12/4")), reasons::kNumberBadCharacter);
  EXPECT_THAT(message("BW12/4"), ::testing::HasSubstr("position 4"));
  EXPECT_EQ(Reason(CertificateNumber::Parse("1117950")), reasons::kNumberNoIssuer);
  EXPECT_EQ(Reason(CertificateNumber::Parse("- ")), reasons::kNumberEmpty);
  EXPECT_EQ(Reason(CertificateNumber::Parse("B")), reasons::kNumberNoIssuer);
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW -")), reasons::kNumberNoSerial);
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW" + std::string(20, '1'))), "OK");
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW" + std::string(21, '1'))), reasons::kNumberTooLong);
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW1" + std::string(38, ' '))),
            reasons::kNumberTooLong);
  EXPECT_EQ(Reason(CertificateNumber::Parse("BW\xC3\xA9")), reasons::kNumberBadCharacter);
}

TEST(CodesTest, CountriesAreThoseOfIso3166) {
  EXPECT_TRUE(IsIsoCountry("AD"));
  EXPECT_TRUE(IsIsoCountry("ZW"));
  EXPECT_TRUE(IsIsoCountry("GL"));
  EXPECT_FALSE(IsIsoCountry("EU"));
  EXPECT_FALSE(IsIsoCountry("XI"));
  EXPECT_EQ(Reason(CountryCode::Parse("EU")), reasons::kCountryUnknown);
  EXPECT_EQ(Reason(CountryCode::Parse("BWA")), reasons::kCodeMalformed);
  EXPECT_EQ(CountryCode::Parse(" na ")->text(), "NA");
  EXPECT_EQ(ParticipantCode::Parse("ec")->text(), "EU");
  EXPECT_EQ(EntityCode::Parse("xi")->text(), "XI");
}

TEST(DatesTest, RefusesDaysThatTheCalendarDoesNotHave) {
  EXPECT_EQ(Reason(ParseDate("2026-02-28")), "OK");
  EXPECT_EQ(Reason(ParseDate("2024-02-29")), "OK");
  EXPECT_EQ(Reason(ParseDate("2026-02-31")), reasons::kDateNotInCalendar);
  EXPECT_EQ(Reason(ParseDate("2026-02-29")), reasons::kDateNotInCalendar);
  EXPECT_EQ(Reason(ParseDate("2026-00-10")), reasons::kDateNotInCalendar);
  EXPECT_EQ(Reason(ParseDate("2026-2-1")), reasons::kDateMalformed);
  EXPECT_EQ(Reason(ParseDate("20260228aa")), reasons::kDateMalformed);
  EXPECT_EQ(Reason(ParseDate("1899-01-01")), reasons::kDateMalformed);
  EXPECT_EQ(FormatDate(Day("2026-03-02")), "2026-03-02");
}

TEST(DatesTest, CalendarMonthsEndWithTheMonth) {
  EXPECT_EQ(AddMonths(Day("2026-03-02"), 2), Day("2026-05-02"));
  EXPECT_EQ(AddMonths(Day("2026-12-31"), 2), Day("2027-02-28"));
  EXPECT_EQ(AddMonths(Day("2027-12-31"), 2), Day("2028-02-29"));
}

TEST(DatesTest, ACertificateIsGoodThroughTheEndOfTheDayInItsIssuersZone) {
  const absl::TimeZone zone = LoadZone("Africa/Gaborone").value();  // UTC+2
  const absl::Time last =
      absl::FromCivil(absl::CivilSecond(2026, 5, 1, 21, 59, 59), absl::UTCTimeZone());
  EXPECT_FALSE(IsExpiredAt(Day("2026-05-01"), last, zone));
  EXPECT_TRUE(IsExpiredAt(Day("2026-05-01"), last + absl::Seconds(1), zone));
  EXPECT_EQ(Reason(LoadZone("Africa/Nowhere")), reasons::kZoneUnknown);
  EXPECT_EQ(Reason(LoadZone("")), reasons::kZoneUnknown);
}

TEST(DatesTest, UncertainDatesNeverPickSilently) {
  const Period period = testing::From("2004-03", "2007");
  EXPECT_EQ(period.Covers(Day("2004-02-29")), Certainty::kNo);
  EXPECT_EQ(period.Covers(Day("2004-03-15")), Certainty::kUncertain);
  EXPECT_EQ(period.Covers(Day("2004-03-31")), Certainty::kYes);
  EXPECT_EQ(period.Covers(Day("2006-12-31")), Certainty::kYes);
  EXPECT_EQ(period.Covers(Day("2007-01-01")), Certainty::kUncertain);
  EXPECT_EQ(period.Covers(Day("2007-12-31")), Certainty::kNo) << "ended by then at the latest";
  EXPECT_EQ(period.Covers(Day("2004-02-01"), Day("2005-01-01")), Certainty::kUncertain);
  EXPECT_EQ(period.Covers(Day("2003-01-01"), Day("2004-02-01")), Certainty::kNo);
  EXPECT_EQ(testing::From("").Covers(Day("2026-01-01")), Certainty::kUncertain);
}

TEST(CaratsTest, IsExactAndCanonical) {
  EXPECT_EQ(Ct("1250.50").thousandths(), 1250500);
  EXPECT_EQ(Ct("1250.50").ToString(), "1250.5");
  EXPECT_EQ(Ct("1250").ToString(), "1250");
  EXPECT_EQ(Ct("-0.005").ToString(), "-0.005");
  EXPECT_EQ(Ct("0.1") + Ct("0.2"), Ct("0.3"));
  EXPECT_EQ(Ct("1250.505").TwoDecimals(), "1250.51");
  EXPECT_TRUE(Ct("1.001").HasThirdDecimal());
  EXPECT_FALSE(Ct("1.01").HasThirdDecimal());
  EXPECT_EQ(Ct("1250.50").Milligrams(), 250100);  // 0.250100 kg
}

TEST(CaratsTest, RefusesWhatItCannotHold) {
  EXPECT_EQ(Reason(Carats::Parse("1.234")), "OK");
  EXPECT_EQ(Reason(Carats::Parse("1.2345")), reasons::kCaratsTooManyDecimals);
  EXPECT_EQ(Reason(Carats::Parse("1.2340")), reasons::kCaratsTooManyDecimals);
  for (const char* text : {"", "-", "1,5", "1.", ".5", "1e3", "+1", " 1", "1.2.3", "0x1"}) {
    EXPECT_EQ(Reason(Carats::Parse(text)), reasons::kCaratsMalformed) << text;
  }
  EXPECT_EQ(Reason(Carats::Parse("1000000000")), "OK");
  EXPECT_EQ(Reason(Carats::Parse("1000000000.001")), reasons::kCaratsOutOfRange);
  EXPECT_EQ(Reason(Carats::Parse(std::string(40, '9'))), reasons::kCaratsOutOfRange);
  EXPECT_EQ(Reason(Carats::FromThousandths(INT64_MIN)), reasons::kCaratsOutOfRange);
}

TEST(CaratsTest, TextAndSumsAgreeWithIntegers) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> any(-Carats::kMaxThousandths,
                                                  Carats::kMaxThousandths);
  std::int64_t expected = 0;
  Carats sum;
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t value = any(random);
    const Carats carats = Carats::FromThousandths(value).value();
    ASSERT_EQ(Ct(carats.ToString()), carats);
    if (i < 100) {
      expected += value;
      sum += carats;
      ASSERT_EQ(sum.thousandths(), expected);
    }
  }
}

TEST(UsDollarsTest, HoldsCentsOfOneCurrency) {
  EXPECT_EQ(testing::Usd("187500").ToString(), "187500.00");
  EXPECT_EQ(testing::Usd("0.07").cents(), 7);
  EXPECT_EQ(Reason(UsDollars::Parse("1.005", "USD")), reasons::kValueTooManyDecimals);
  const auto euros = UsDollars::Parse("1.00", "EUR");
  EXPECT_EQ(Reason(euros), reasons::kCurrencyNotUsd);
  EXPECT_EQ(FaultsOf(euros.status())[0].rule, "R09");
}

TEST(HsCodeTest, CountsTheFirstSixDigits) {
  for (const char* text : {"7102.31", "710231", "7102.31.00", "7102 31 00 90", "7102310090"}) {
    EXPECT_EQ(testing::Hs(text).ToString(), "7102.31") << text;
    EXPECT_TRUE(testing::Hs(text).InScope());
  }
  EXPECT_FALSE(testing::Hs("7102.39").InScope());
  EXPECT_FALSE(testing::Hs("7104.21").InScope());
  for (const char* text : {"", "7102", "7102.3x", "71023100901"}) {
    EXPECT_EQ(Reason(HsCode::Parse(text)), reasons::kHsCodeMalformed) << text;
  }
}

TEST(OriginTest, IsOneCountryOrMixed) {
  EXPECT_EQ(Origin::Parse("bw")->ToString(), "BW");
  EXPECT_EQ(Origin::Parse("****")->kind(), Origin::Kind::kMixedUndisclosed);
  EXPECT_EQ(Origin::Parse("NA, BW")->ToString(), "BW,NA");
  EXPECT_EQ(*Origin::Parse("NA,BW"), Origin::Mixed({"BW", "NA"}).value());
  EXPECT_EQ(Origin::Parse("GL")->ToString(), "GL");
}

TEST(OriginTest, FaultsNameTheRule) {
  const auto rule = [](const absl::Status& status) { return FaultsOf(status)[0].rule; };
  const auto one = Origin::Mixed({"BW"});
  EXPECT_EQ(Reason(one), reasons::kOriginListTooShort);
  EXPECT_EQ(rule(one.status()), "R05");
  EXPECT_EQ(Reason(Origin::Single("EU")), reasons::kOriginNotACountry);
  EXPECT_EQ(Reason(Origin::Mixed({"BW", "bw"})), reasons::kOriginDuplicate);
  EXPECT_EQ(Reason(Origin::Parse("")), reasons::kCodeMalformed);
  EXPECT_EQ(Reason(Origin::Parse("BW,")), reasons::kCodeMalformed);
  EXPECT_EQ(Reason(Origin::Mixed(std::vector<std::string>(61, "BW"))), reasons::kListTooLong);
}

TEST(TextTest, FindsTheByteThatIsNotUtf8) {
  EXPECT_EQ(InvalidUtf8At("Kgotla \xC3\xA9"), std::nullopt);
  EXPECT_EQ(InvalidUtf8At("ab\xC3"), 2U);
  EXPECT_EQ(InvalidUtf8At("\xC0\xAF"), 0U) << "not the shortest form";
  EXPECT_EQ(InvalidUtf8At("\xED\xA0\x80"), 0U) << "a surrogate";
  EXPECT_EQ(InvalidUtf8At("\xF4\x90\x80\x80"), 0U) << "above U+10FFFF";
}

TEST(TextTest, LimitsAreInCodePoints) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "\xD0\xAF";
  EXPECT_EQ(CountCodePoints(name), 200U);
  EXPECT_FALSE(CheckText(name, "exporter.name", kMaxPartyName));
  EXPECT_EQ(CheckText(name + "x", "exporter.name", kMaxPartyName)->reason, reasons::kTextTooLong);
  EXPECT_EQ(CheckText("a\nb", "f", 10)->reason, reasons::kTextControlCharacter);
  EXPECT_EQ(CheckText("a\xE2\x80\xAE"
                      "b",
                      "f", 10)
                ->reason,
            reasons::kTextControlCharacter);
  EXPECT_EQ(CheckText("a\xFF", "f", 10)->reason, reasons::kTextNotUtf8);
}

TEST(TextTest, FoldsCaseSpaceAndComposition) {
  EXPECT_TRUE(SameName("  ACME \t Diamonds\xC2\xA0Ltd ", "acme diamonds ltd"));
  EXPECT_TRUE(SameName("Zo\xC3\xAB", "ZOE\xCC\x88"));
  EXPECT_TRUE(SameName("\xD0\x90\xD0\x9B\xD0\xA0\xD0\x9E\xD0\xA1\xD0\x90",
                       "\xD0\xB0\xD0\xBB\xD1\x80\xD0\xBE\xD1\x81\xD0\xB0"));
  EXPECT_TRUE(SameName("\xE1\xBB\x99", "o\xCC\x82\xCC\xA3"));
  EXPECT_FALSE(SameName("Zo\xC3\xAB", "Zoe")) << "accents count";
  EXPECT_FALSE(SameName("N.V.", "NV")) << "punctuation counts";
}

TEST(IssuerProfileTest, KnowsTheLimitsOfTheLaw) {
  const IssuerProfile eu = KnownProfile(testing::EntityOf("EU"));
  EXPECT_EQ(eu.validity.LatestExpiry(Day("2026-12-31")), Day("2027-02-28"));
  EXPECT_TRUE(eu.validity.hard);
  const IssuerProfile other = KnownProfile(testing::EntityOf("BW"));
  EXPECT_EQ(other.validity.LatestExpiry(Day("2026-01-01")), Day("2026-03-02"));
  EXPECT_FALSE(other.validity.hard);
  EXPECT_FALSE(other.serial);
}

TEST(FindingTest, HardFindingsBecomeFieldErrorsAndRuleFaultsBecomeFindings) {
  const std::vector<Finding> findings = {
      {"R24", Severity::kRefer, "x", "soft", "SOFT"},
      {"R08", Severity::kHard, "lines[0].hs_code", "out of scope", reasons::kHsCodeOutOfScope}};
  const absl::Status refused = RefuseHard(findings);
  EXPECT_EQ(FaultsOf(refused).size(), 1U);
  EXPECT_EQ(FaultsOf(refused)[0].rule, "R08");
  EXPECT_EQ(FaultsOf(refused)[0].field, "lines[0].hs_code");
  EXPECT_TRUE(RefuseHard({findings[0]}).ok());

  std::vector<Finding> heard;
  EXPECT_TRUE(FaultsAsFindings(Origin::Mixed({"BW"}).status(), heard).ok());
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].severity, Severity::kHard);
  EXPECT_FALSE(FaultsAsFindings(ParseDate("2026-02-31").status(), heard).ok())
      << "what cannot be read stays an error";
  EXPECT_EQ(heard.size(), 1U);
}

}  // namespace
}  // namespace kp::scheme
