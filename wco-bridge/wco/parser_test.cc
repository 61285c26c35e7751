#include "wco-bridge/wco/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "wco-bridge/wco/claims.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::ImportDeclaration;
using testing::kToday;
using testing::Parse;
using testing::Replace;
using testing::TestData;
using testing::ToUtf16;

auto CodeIs(std::string_view code) { return Field(&Fault::code, std::string(code)); }

TEST(ParserTest, ReadsEveryFieldOfAnImportDeclaration) {
  const ParseResult result = Parse(ImportDeclaration());
  ASSERT_TRUE(result.declaration.has_value());
  EXPECT_EQ(result.profile, &PlainProfile());
  const Declaration& declaration = *result.declaration;
  EXPECT_EQ(declaration.function, Function::kOriginal);
  EXPECT_EQ(declaration.direction, Direction::kImport);
  EXPECT_EQ(declaration.lrn.value, "KPB-2026-0000001");
  EXPECT_EQ(result.lrn, "KPB-2026-0000001");
  EXPECT_EQ(absl::FormatTime(declaration.issued->value, absl::UTCTimeZone()),
            "2026-03-02T10:15:00+00:00");
  EXPECT_EQ(declaration.type.value, "IMA");
  EXPECT_EQ(declaration.declarant->id->value, "ZZDECL0001");
  EXPECT_EQ(declaration.exporter->name->value, "Example Exporter (Pty) Ltd");
  EXPECT_EQ(declaration.importer->id->value, "ZZIMP0001");
  EXPECT_EQ(declaration.consignee->name->value, "Example Importer NV");
  EXPECT_EQ(declaration.destination->value, "ZZ");
  EXPECT_EQ(declaration.export_country->value, "XA");
  EXPECT_EQ(declaration.invoice->value.amount.ToString(), "187500");
  EXPECT_EQ(declaration.invoice->value.currency, "USD");
  EXPECT_EQ(declaration.total_packages->value, 2);
  ASSERT_EQ(declaration.seals.size(), 1u);
  EXPECT_EQ(declaration.seals[0].value, "SEAL-000778");
  ASSERT_EQ(declaration.items.size(), 1u);
  const Item& item = declaration.items[0];
  EXPECT_EQ(item.hs, "710231");
  EXPECT_EQ(item.tariff_carats_thousandths->value, 1250500);
  EXPECT_EQ(item.net_mass_kg->value.ToString(), "0.2501");
  EXPECT_EQ(item.origins[0].value, "XA");
  EXPECT_EQ(item.packaging[0].quantity->value, 2);
  EXPECT_EQ(item.certificate_expiry->value, absl::CivilDay(2026, 4, 28));
  ASSERT_EQ(item.documents.size(), 1u);
  const KpDocument& document = item.documents[0];
  EXPECT_EQ(document.kind, DocumentKind::kCertificate);
  EXPECT_EQ(document.id, "XA0012345");
  EXPECT_EQ(std::get<absl::CivilDay>(document.effective->value), absl::CivilDay(2026, 2, 27));
  EXPECT_EQ(document.exemption_code->value, "AE");
  EXPECT_EQ(document.submitter->value, "Example KP Exporting Authority");
  EXPECT_EQ(document.write_off->carats_thousandths.value, 1250500);
  EXPECT_EQ(document.write_off->value_usd_cents.value, 18750000);
  EXPECT_TRUE(result.notes.empty());
}

TEST(ParserTest, RemembersWhereAValueStood) {
  const ParseResult result = Parse(ImportDeclaration());
  const Location& at = result.declaration->items[0].documents[0].printed_id->at;
  EXPECT_EQ(at.pointer.ToString(), "42A/67A/68A[1]/02A[1]#D005");
  EXPECT_EQ(at.xpath,
            "/MetaData/Declaration/GoodsShipment/GovernmentAgencyGoodsItem[1]/"
            "AdditionalDocument[1]/ID");
  EXPECT_EQ(at.line, 39);
}

TEST(ParserTest, ReportsAllFaultsInTheOrderOfTheMessage) {
  std::string message = Replace(ImportDeclaration(), "<TypeCode>IMA", "<TypeCode>TRA");
  message = Replace(message, "20260227", "20260231");
  message = Replace(message, "unitCode=\"CTM\">1250.50", "unitCode=\"GRM\">-1250.50");
  message = Replace(message, "currencyID=\"USD\">187500.00</AmountAmount>",
                    "currencyID=\"EUR\">187500.00</AmountAmount>");
  message = Replace(message, "<CountryCode>XA", "<CountryCode>EU");
  EXPECT_THAT(Parse(message).faults,
              ElementsAre(CodeIs(kBadType), CodeIs(kBadDate), CodeIs(kNotCarats),
                          CodeIs(kNotPositive), CodeIs(kNotDollars), CodeIs(kBadCountry)));
}

TEST(ParserTest, AFaultSaysWhatWasFoundAndWhatWouldBeRight) {
  const ParseResult result = Parse(Replace(ImportDeclaration(), "20260227", "20260231"));
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(FormatFault(result.faults[0]),
            "KP1125 at 42A/67A/68A[1]/02A[1]#276 (line 38): not a date of format 102; found "
            "\"20260231\"; expected CCYYMMDD, a day of the calendar in 2000 to 2099");
}

TEST(ParserTest, FaultsBeyondTheLimitAreSummedUp) {
  ParseOptions options;
  options.limits.max_faults = 2;
  std::string message = ImportDeclaration();
  for (const char* name : {"<Unknown1/>", "<Unknown2/>", "<Unknown3/>"}) {
    message = Replace(message, "<Declarant>", std::string(name) + "<Declarant>");
  }
  EXPECT_THAT(Parse(message, options).faults,
              ElementsAre(CodeIs(kUnknownElement), CodeIs(kUnknownElement), CodeIs(kMoreFaults)));
}

TEST(ParserTest, ARefusedMessageStillGivesItsReferences) {
  const ParseResult result = Parse(Replace(ImportDeclaration(), ">KPCS<", ">OTHER<"));
  EXPECT_EQ(result.lrn, "KPB-2026-0000001");
  EXPECT_EQ(result.profile, nullptr);
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_THAT(result.faults[0].expected, HasSubstr("wco-kp-v1 (country any, agency any, "
                                                   "customization KPCS v1, model 3.6)"));
}

TEST(ParserTest, AnOffsetIsReadAsAnInstant) {
  const ParseResult result =
      Parse(Replace(ImportDeclaration(), "20260302101500Z", "20260302151500+05"));
  const ParseResult utc = Parse(ImportDeclaration());
  EXPECT_EQ(result.declaration->issued->value, utc.declaration->issued->value);
}

TEST(ParserTest, BlanksAndHyphensDoNotChangeACertificateNumber) {
  const ParseResult result =
      Parse(Replace(ImportDeclaration(), "<ID>XA0012345</ID>", "<ID> xa-001 2345 </ID>"));
  ASSERT_TRUE(result.declaration.has_value());
  const KpDocument& document = result.declaration->items[0].documents[0];
  EXPECT_EQ(document.id, "XA0012345");
  EXPECT_EQ(document.printed_id->value, "xa-001 2345");
  EXPECT_THAT(result.notes, ElementsAre(CodeIs(kTrimmed)));
}

TEST(ParserTest, NamesAreBroughtToOneUnicodeForm) {
  const ParseResult decomposed = Parse(
      Replace(ImportDeclaration(), "Example Exporter (Pty) Ltd", "Soci\x65\xCC\x81t\x65\xCC\x81"));
  ASSERT_TRUE(decomposed.declaration.has_value());
  EXPECT_EQ(decomposed.declaration->exporter->name->value, "Soci\xC3\xA9t\xC3\xA9");
  EXPECT_THAT(decomposed.notes, ElementsAre(CodeIs(kNormalized)));
}

TEST(ParserTest, ReadsTheEncodingsThatPartnersUse) {
  const std::string plain = ImportDeclaration();
  EXPECT_TRUE(Parse("\xEF\xBB\xBF" + plain).declaration.has_value());
  EXPECT_TRUE(Parse(ToUtf16(plain, true)).declaration.has_value());
  EXPECT_TRUE(Parse(ToUtf16(plain, false)).declaration.has_value());
  const std::string latin =
      Replace(Replace(plain, "UTF-8", "iso-8859-1"), "Example Exporter (Pty) Ltd", "Soci\xE9t\xE9");
  const ParseResult result = Parse(latin);
  ASSERT_TRUE(result.declaration.has_value());
  EXPECT_EQ(result.declaration->exporter->name->value, "Soci\xC3\xA9t\xC3\xA9");
}

TEST(ParserTest, RefusesOtherEncodingsByName) {
  const ParseResult result = Parse(Replace(ImportDeclaration(), "UTF-8", "windows-1252"));
  ASSERT_THAT(result.faults, ElementsAre(CodeIs(kBadEncoding)));
  EXPECT_EQ(result.faults[0].value, "WINDOWS-1252");
}

TEST(ParserTest, PrefixesAreTheSendersChoice) {
  std::string message = ImportDeclaration();
  for (std::size_t at = 0; (at = message.find("md:", at)) != std::string::npos;) {
    message.replace(at, 3, "_2_1:");
  }
  message = Replace(message, "xmlns:md=", "xmlns:_2_1=");
  EXPECT_TRUE(Parse(message).declaration.has_value());
}

TEST(ParserTest, CommentsDoNotSplitValues) {
  const ParseResult result =
      Parse(Replace(ImportDeclaration(), ">1250.50</Q", ">12<!-- carats -->50.50</Q"));
  ASSERT_TRUE(result.declaration.has_value());
  EXPECT_EQ(result.declaration->items[0].documents[0].write_off->carats_thousandths.value, 1250500);
}

TEST(ParserTest, ReadsAnAmendment) {
  const ParseResult result = Parse(TestData("kp-amendment.xml"));
  ASSERT_TRUE(result.declaration.has_value()) << FormatFault(result.faults.front());
  EXPECT_EQ(result.declaration->function, Function::kAmendment);
  EXPECT_EQ(result.declaration->mrn->value, "26ZZKPB0000000001");
  ASSERT_EQ(result.declaration->amendments.size(), 1u);
  EXPECT_EQ(result.declaration->amendments[0].reason, "25");
  EXPECT_EQ(result.declaration->amendments[0].target.ToString(), "42A/67A/68A[1]/02A[1]/22C#503");
  EXPECT_EQ(result.declaration->items[0].documents[0].write_off->value_usd_cents.value, 18750050);
}

TEST(ParserTest, ReadsACancellation) {
  const std::string message = TestData("kp-cancellation.xml");
  const ParseResult result = Parse(message);
  ASSERT_TRUE(result.declaration.has_value()) << FormatFault(result.faults.front());
  EXPECT_EQ(result.declaration->function, Function::kCancellation);
  EXPECT_THAT(Parse(Replace(message, "<ID>26ZZKPB0000000001</ID>", "")).faults,
              ElementsAre(CodeIs(kRequired)));
}

TEST(ParserTest, TheSameCertificateTwiceOnOneItemIsRefused) {
  const std::string message = ImportDeclaration();
  const auto begin = message.find("<AdditionalDocument>");
  const auto end = message.find("<AdditionalInformation>");
  const std::string document = message.substr(begin, end - begin);
  EXPECT_THAT(Parse(Replace(message, document, document + document)).faults,
              ElementsAre(CodeIs(kDuplicateReference)));
  const std::string other = Replace(document, "XA0012345", "XA0012346");
  EXPECT_TRUE(Parse(Replace(message, document, document + other)).faults.empty());
}

TEST(ParserTest, TwoItemsWithOneNumberAreRefused) {
  const std::string two = Replace(
      Replace(ImportDeclaration(), "<GoodsItemQuantity>1", "<GoodsItemQuantity>2"),
      "</GovernmentAgencyGoodsItem>",
      "</GovernmentAgencyGoodsItem><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>"
      "</GovernmentAgencyGoodsItem>");
  const ParseResult result = Parse(two);
  ASSERT_THAT(result.faults, ElementsAre(CodeIs(kDuplicateItem)));
  EXPECT_EQ(result.faults[0].at.pointer.ToString(), "42A/67A/68A[2]#006");
  EXPECT_TRUE(Parse(Replace(two, "<GovernmentAgencyGoodsItem><SequenceNumeric>1",
                            "<GovernmentAgencyGoodsItem><SequenceNumeric>2"))
                  .faults.empty());
}

TEST(ParserTest, ASealStatementNeedsNoWriteOff) {
  const ParseResult result =
      Parse(Replace(ImportDeclaration(), "<AdditionalDocument>",
                    "<AdditionalDocument><CategoryCode>Y</CategoryCode><TypeCode>015</TypeCode>"
                    "</AdditionalDocument><AdditionalDocument>"));
  ASSERT_TRUE(result.declaration.has_value()) << FormatFault(result.faults.front());
  EXPECT_EQ(result.declaration->items[0].documents[0].kind, DocumentKind::kSealStatement);
  EXPECT_EQ(result.declaration->items[0].documents[1].at.pointer.ToString(),
            "42A/67A/68A[1]/02A[2]");
}

TEST(ConsignmentReferenceTest, IsTheUcrElsePartnerAndLrn) {
  EXPECT_EQ(ConsignmentReference(*Parse(ImportDeclaration()).declaration, "be-customs"),
            "be-customs/KPB-2026-0000001");
  const ParseResult result = Parse(Replace(ImportDeclaration(), "    </GoodsShipment>",
                                           "<UCR><ID>6ZZ123456789-KP1</ID></UCR></GoodsShipment>"));
  ASSERT_TRUE(result.declaration.has_value()) << FormatFault(result.faults.front());
  EXPECT_EQ(ConsignmentReference(*result.declaration, "be-customs"), "6ZZ123456789-KP1");
}

// The reference travels to the issuer and is shown to officers: two that look the same must be the
// same.
TEST(ConsignmentReferenceTest, HoldsNoCharacterThatIsNotSeen) {
  const auto with_lrn = [](const std::string& lrn) {
    return Parse(Replace(ImportDeclaration(), "KPB-2026-0000001", lrn));
  };
  const auto with_ucr = [](const std::string& ucr) {
    return Parse(Replace(ImportDeclaration(), "    </GoodsShipment>",
                         "<UCR><ID>" + ucr + "</ID></UCR></GoodsShipment>"));
  };
  // Controls, marks that reorder or hide, fillers, blanks that look like others or like none.
  for (const char* character :
       {"&#x9;", "&#x7F;", "&#x85;", "&#xA0;", "&#xAD;", "&#x34F;", "&#x61C;", "&#x115F;",
        "&#x200B;", "&#x200D;", "&#x200F;", "&#x2028;", "&#x202E;", "&#x2060;", "&#x2066;",
        "&#x2800;", "&#x3000;", "&#x3164;", "&#xFE0F;", "&#xFEFF;", "&#xE0041;", "&#x1FFFE;"}) {
    for (const ParseResult& result : {with_lrn(std::string("KP") + character + "1"),
                                      with_ucr(std::string("KP") + character + "1")}) {
      EXPECT_THAT(result.faults, ElementsAre(CodeIs(kBadCode))) << character;
    }
  }
  EXPECT_EQ(with_lrn("KP&#x202E;1").faults.at(0).at.pointer.ToString(), "42A#D026");
  EXPECT_EQ(with_ucr("KP&#x202E;1").faults.at(0).at.pointer.ToString(), "42A/67A/35B#016");
  EXPECT_THAT(with_ucr("KP&#x202E;1").faults.at(0).text, HasSubstr("U+202E"));
  EXPECT_THAT(with_ucr("KP&#x202E;1").faults.at(0).value, "");
  for (const char* good : {"KP 1/A-b_c.(d)", "D\xC3\xA9-1", "\xE7\x94\xB3\xE5\x91\x8A-1"}) {
    EXPECT_TRUE(with_lrn(good).declaration.has_value()) << good;
    EXPECT_TRUE(with_ucr(good).declaration.has_value()) << good;
  }
}

TEST(ProfileTest, TheOneInForceIsChosenAndTheNewerWins) {
  std::vector<Profile> profiles = {PlainProfile(), PlainProfile()};
  profiles[1].name = "next";
  profiles[1].valid_from = absl::CivilDay(2026, 6, 1);
  const MetaData meta_data{.model_version = "3.6",
                           .type_name = "DEC",
                           .country = "ZZ",
                           .agency = "",
                           .customization = "KPCS",
                           .customization_version = "v1"};
  EXPECT_EQ(SelectProfile(meta_data, profiles, kToday).profile, &profiles[0]);
  EXPECT_EQ(SelectProfile(meta_data, profiles, absl::CivilDay(2026, 6, 1)).profile, &profiles[1]);
  profiles[0].valid_until = absl::CivilDay(2026, 3, 1);
  EXPECT_TRUE(SelectProfile(meta_data, profiles, kToday).fault.has_value());
  profiles[0].valid_until = kToday;
  profiles[0].country = "BE";
  EXPECT_TRUE(SelectProfile(meta_data, profiles, kToday).fault.has_value());
}

}  // namespace
}  // namespace kp::wco
