#include "kpctl/parse.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

cert::Certificate GoodApplication() {
  cert::Certificate application;
  application.mutable_exporter()->set_name("Okavango Diamond Company");
  application.mutable_importer()->set_name("Antwerp Rough BV");
  application.set_importing_entity("EU");
  application.set_parcels(3);
  *application.mutable_origin() = ParseOrigin("BW");
  *application.add_lines() = *ParseLine("710231:1250.50:187500.00");
  return application;
}

std::vector<Fault> FaultsIn(const cert::Certificate& application) {
  return FaultsOf(CheckApplication(application));
}

TEST(ParseLineTest, ReadsAllSixParts) {
  const auto line = ParseLine("7102.31.00:1250.505:187500:zw:Marange:Mbada");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->hs_code(), "7102.31.00");
  EXPECT_EQ(line->carats_thousandths(), 1250505);
  EXPECT_EQ(line->value_usd_cents(), 18750000);
  EXPECT_EQ(line->origin_country(), "ZW");
  EXPECT_EQ(line->area(), "Marange");
  EXPECT_EQ(line->operation(), "Mbada");
}

TEST(ParseLineTest, NamesEveryFaultyPart) {
  const auto line = ParseLine("71:1250.5001:187500 EUR");
  const std::vector<Fault> faults = FaultsOf(line.status());
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].field, "hs_code");
  EXPECT_EQ(faults[0].reason, "HS_CODE_MALFORMED");
  EXPECT_EQ(faults[1].field, "carats_thousandths");
  EXPECT_EQ(faults[1].reason, "CARATS_TOO_MANY_DECIMALS");
  EXPECT_EQ(faults[2].field, "value_usd_cents");
  EXPECT_EQ(faults[2].reason, "CURRENCY_NOT_USD");
  EXPECT_EQ(faults[2].rule, "R09");
  EXPECT_TRUE(ParseLine("710231:1250.500:187500 USD").ok());
}

TEST(ParseLineTest, RefusesAWrongNumberOfParts) {
  EXPECT_EQ(ReasonOf(ParseLine("710231:1250.50").status()), "LINE_MALFORMED");
  EXPECT_EQ(ReasonOf(ParseLine("a:b:c:d:e:f:g").status()), "LINE_MALFORMED");
}

TEST(ParseStatedLineTest, LeavesOutWhatIsNotStated) {
  const auto line = ParseStatedLine("7102.39::500");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->hs_code(), "7102.39") << "a faulty code of a paper is for the rules";
  EXPECT_EQ(line->carats_thousandths(), 0);
  EXPECT_EQ(line->value_usd_cents(), 50000);
  EXPECT_EQ(ReasonOf(ParseStatedLine("710231:1.0001").status()), "CARATS_TOO_MANY_DECIMALS");
}

TEST(ParseOriginTest, KnowsTheThreeForms) {
  EXPECT_EQ(ParseOrigin("zw").kind(), cert::ORIGIN_KIND_SINGLE);
  EXPECT_EQ(OriginText(ParseOrigin("zw")), "ZW");
  EXPECT_EQ(ParseOrigin("mixed").kind(), cert::ORIGIN_KIND_MIXED_UNDISCLOSED);
  EXPECT_EQ(ParseOrigin("mixed:bw,na").kind(), cert::ORIGIN_KIND_MIXED_LISTED);
  EXPECT_EQ(OriginText(ParseOrigin("mixed:bw,na")), "BW,NA");
}

TEST(ParsePurposeTest, KnowsAllFiveAndNothingElse) {
  EXPECT_EQ(*ParsePurpose("reexport-proof"), cert::PURPOSE_REEXPORT_PROOF);
  EXPECT_EQ(*ParsePurpose("import"), cert::PURPOSE_IMPORT);
  EXPECT_FALSE(ParsePurpose("unspecified").ok());
  EXPECT_FALSE(ParsePurpose("pleasure").ok());
}

TEST(ParseDayTest, RefusesTheThirtyFirstOfFebruary) {
  EXPECT_EQ(ReasonOf(ParseDay("2026-02-31").status()), "DATE_NOT_IN_CALENDAR");
  EXPECT_EQ(*ParseDay("2026-02-28"), "2026-02-28");
  EXPECT_EQ(*ParseDay(""), "");
}

TEST(ParseInstantTest, TakesADayOrAnInstant) {
  EXPECT_EQ(ParseInstant("1970-01-02")->seconds(), 86400);
  EXPECT_EQ(ParseInstant("1970-01-01T00:00:05Z")->seconds(), 5);
  EXPECT_EQ(ReasonOf(ParseInstant("yesterday").status()), "TIME_MALFORMED");
}

TEST(CheckApplicationTest, LetsAGoodApplicationPass) {
  EXPECT_TRUE(CheckApplication(GoodApplication()).ok()) << CheckApplication(GoodApplication());
}

TEST(CheckApplicationTest, RefusesACodeOutsideTheScheme) {
  cert::Certificate application = GoodApplication();
  application.mutable_lines(0)->set_hs_code("7102.39");
  EXPECT_THAT(FaultsIn(application), Contains(Field(&Fault::rule, "R08")));
}

TEST(CheckApplicationTest, RefusesZeroCarats) {
  cert::Certificate application = GoodApplication();
  application.mutable_lines(0)->set_carats_thousandths(0);
  EXPECT_THAT(FaultsIn(application), Contains(Field(&Fault::rule, "R09")));
}

TEST(CheckApplicationTest, RefusesAListOfOneOrigin) {
  cert::Certificate application = GoodApplication();
  *application.mutable_origin() = ParseOrigin("mixed:BW");
  EXPECT_THAT(FaultsIn(application), Contains(Field(&Fault::reason, "ORIGIN_LIST_TOO_SHORT")));
  *application.mutable_origin() = ParseOrigin("mixed:BW,NA");
  EXPECT_THAT(FaultsIn(application), IsEmpty());
}

TEST(CheckApplicationTest, RefusesADuplicateLine) {
  cert::Certificate application = GoodApplication();
  *application.add_lines() = application.lines(0);
  EXPECT_THAT(FaultsIn(application), Contains(Field(&Fault::reason, "DUPLICATE_LINE")));
  application.mutable_lines(1)->set_hs_code("710221");
  EXPECT_THAT(FaultsIn(application), IsEmpty());
}

TEST(CheckApplicationTest, RefusesTextThatIsNotUtf8) {
  cert::Certificate application = GoodApplication();
  application.mutable_exporter()->set_name("Okavango \xff");
  EXPECT_THAT(FaultsIn(application), Contains(Field(&Fault::reason, "TEXT_NOT_UTF8")));
}

}  // namespace
}  // namespace kp::kpctl
