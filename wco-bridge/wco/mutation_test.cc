// One change each to the same valid message: what the bridge says, and what the published XML
// schema says, which lets much pass that is wrong.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/schema.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

using testing::HasWcoDirectory;
using testing::ImportDeclaration;
using testing::Parse;
using testing::Replace;
using testing::WcoDirectory;

enum class Xsd { kAccepts, kRejects, kNotXml };

struct Mutation {
  std::string name;
  std::string from;
  std::string to;
  std::string_view code;  // empty: the bridge accepts
  std::string pointer;    // as Pointer::ToString(), or an XPath where there is no pointer
  Xsd xsd;
};

std::string Repeat(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

constexpr std::string_view kCarats =
    "<QuantityQuantity unitCode=\"CTM\">1250.50</QuantityQuantity>";
constexpr std::string_view kDollars = "<AmountAmount currencyID=\"USD\">187500.00</AmountAmount>";

std::string Carats(std::string_view value) {
  return "<QuantityQuantity unitCode=\"CTM\">" + std::string(value) + "</QuantityQuantity>";
}

std::vector<Mutation> Mutations() {
  const std::string doc = "42A/67A/68A[1]/02A[1]";
  const std::string carats = doc + "/22C#502";
  const std::string dollars = doc + "/22C#503";
  const std::string quantity(kCarats);
  const std::string amount(kDollars);
  const std::string issued = "<ds:DateTimeString formatCode=\"304\">20260302101500Z";
  const std::string effective = "<ds:DateTimeString formatCode=\"102\">20260227";
  const std::string origin = "<Origin><CountryCode>XA";
  const std::string id = "<ID>XA0012345</ID>";
  const std::string named = "\n          <Name>Kimberley Process Certificate</Name>\n          ";
  const std::string item =
      "<GovernmentAgencyGoodsItem>\n        <SequenceNumeric>1</SequenceNumeric>";
  return {
      {"CaratsNegative", quantity, Carats("-1250.50"), kNotPositive, carats, Xsd::kAccepts},
      {"CaratsZero", quantity, Carats("0"), kNotPositive, carats, Xsd::kAccepts},
      {"CaratsWithPlus", quantity, Carats("+1250.50"), "", "", Xsd::kAccepts},
      {"CaratsSevenDecimalsOfZeros", quantity, Carats("1250.5000000"), "", "", Xsd::kAccepts},
      {"CaratsWithComma", quantity, Carats("1250,50"), kBadNumber, carats, Xsd::kRejects},
      {"CaratsWithExponent", quantity, Carats("1.2505E3"), kBadNumber, carats, Xsd::kRejects},
      {"CaratsWithBlankInside", quantity, Carats("1 250.50"), kBadNumber, carats, Xsd::kRejects},
      {"CaratsSevenDecimals", quantity, Carats("1250.5000001"), kBadNumber, carats, Xsd::kRejects},
      {"CaratsFourDecimals", quantity, Carats("1250.5001"), kTooPrecise, carats, Xsd::kAccepts},
      {"CaratsEmpty", quantity, Carats(""), kBadNumber, carats, Xsd::kRejects},
      {"DollarsFourDecimals", amount, "<AmountAmount currencyID=\"USD\">187500.0001</AmountAmount>",
       kBadNumber, dollars, Xsd::kRejects},
      {"DollarsThreeDecimals", amount, "<AmountAmount currencyID=\"USD\">187500.001</AmountAmount>",
       kTooPrecise, dollars, Xsd::kAccepts},
      {"DollarsZero", amount, "<AmountAmount currencyID=\"USD\">0</AmountAmount>", kNotPositive,
       dollars, Xsd::kAccepts},
      {"UnitMissing", quantity, "<QuantityQuantity>1250.50</QuantityQuantity>", kNotCarats, carats,
       Xsd::kAccepts},
      {"UnitUnknown", quantity, "<QuantityQuantity unitCode=\"ZZZZZ\">1250.50</QuantityQuantity>",
       kNotCarats, carats, Xsd::kAccepts},
      {"UnitWithNoBreakSpace", quantity,
       "<QuantityQuantity unitCode=\"CTM#\xC2\xA0\">1250.50</QuantityQuantity>", kNotCarats, carats,
       Xsd::kAccepts},
      {"UnitOfSixCharacters", quantity,
       "<QuantityQuantity unitCode=\"CTMCTM\">1250.50</QuantityQuantity>", kBadCode, carats,
       Xsd::kRejects},
      {"TariffQuantityInGrams", "<TariffQuantity unitCode=\"CTM\">",
       "<TariffQuantity unitCode=\"GRM\">", kNotCarats, "42A/67A/68A[1]/23A/65A#130",
       Xsd::kAccepts},
      {"NetMassInGrams", "<NetNetWeightMeasure unitCode=\"KGM\">",
       "<NetNetWeightMeasure unitCode=\"GRM\">", kNotKilograms, "42A/67A/68A[1]/23A/65A#128",
       Xsd::kAccepts},
      {"CurrencyMissing", amount, "<AmountAmount>187500.00</AmountAmount>", kNotDollars, dollars,
       Xsd::kAccepts},
      {"CurrencyUnknown", amount, "<AmountAmount currencyID=\"XYZ\">187500.00</AmountAmount>",
       kNotDollars, dollars, Xsd::kAccepts},
      {"CurrencyZimbabweGold", amount, "<AmountAmount currencyID=\"ZWG\">187500.00</AmountAmount>",
       kNotDollars, dollars, Xsd::kAccepts},
      {"CurrencyEuro", amount, "<AmountAmount currencyID=\"EUR\">187500.00</AmountAmount>",
       kNotDollars, dollars, Xsd::kAccepts},
      {"CurrencyLowerCase", amount, "<AmountAmount currencyID=\"usd\">187500.00</AmountAmount>",
       kBadCode, dollars, Xsd::kRejects},
      {"WriteOffMissing",
       "<WriteOff>\n            " + quantity + "\n            " + amount +
           "\n          </WriteOff>",
       "", kRequired, doc + "/22C", Xsd::kAccepts},
      {"OffsetWithMinutes", issued, "<ds:DateTimeString formatCode=\"304\">20260302101500+0530",
       kBadDate, "42A#D011", Xsd::kRejects},
      {"OffsetOfHours", issued, "<ds:DateTimeString formatCode=\"304\">20260302151500+05", "", "",
       Xsd::kAccepts},
      {"TimeWithoutZone", issued, "<ds:DateTimeString formatCode=\"304\">20260302101500", kBadDate,
       "42A#D011", Xsd::kRejects},
      {"TimeWithHyphens", issued, "<ds:DateTimeString formatCode=\"304\">2026-03-02", kBadDate,
       "42A#D011", Xsd::kRejects},
      {"LastCentury", effective, "<ds:DateTimeString formatCode=\"102\">19990227", kBadDate,
       doc + "#276", Xsd::kRejects},
      {"TheYear2030", effective, "<ds:DateTimeString formatCode=\"102\">20300227", "", "",
       Xsd::kAccepts},
      {"TimeFormatWithDate", issued, "<ds:DateTimeString formatCode=\"304\">20260302", kBadDate,
       "42A#D011", Xsd::kAccepts},
      {"DateFormatWithTime", effective, "<ds:DateTimeString formatCode=\"102\">20260227101500Z",
       kBadDate, doc + "#276", Xsd::kAccepts},
      {"ThirtyFirstOfFebruary", effective, "<ds:DateTimeString formatCode=\"102\">20260231",
       kBadDate, doc + "#276", Xsd::kAccepts},
      {"FormatCodeMissing", effective, "<ds:DateTimeString>20260227", kBadDate, doc + "#276",
       Xsd::kRejects},
      {"MessageTimeIsDate", issued, "<ds:DateTimeString formatCode=\"102\">20260302", kBadDate,
       "42A#D011", Xsd::kAccepts},
      {"ExpiryIsNoDate", "<StatementDescription>20260428", "<StatementDescription>28 April",
       kBadDate, "42A/67A/68A[1]/03A[1]#225", Xsd::kAccepts},
      {"OriginLowerCase", origin, "<Origin><CountryCode>xa", kBadCountry,
       "42A/67A/68A[1]/92A[1]#063", Xsd::kAccepts},
      {"OriginEuropeanUnion", origin, "<Origin><CountryCode>EU", kBadCountry,
       "42A/67A/68A[1]/92A[1]#063", Xsd::kAccepts},
      {"OriginThreeLetters", origin, "<Origin><CountryCode>ZAF", kBadCountry,
       "42A/67A/68A[1]/92A[1]#063", Xsd::kAccepts},
      {"OriginNamibia", origin, "<Origin><CountryCode>NA", "", "", Xsd::kAccepts},
      {"DestinationThreeLetters", "<Destination><CountryCode>ZZ", "<Destination><CountryCode>BEL",
       kBadCode, "42A/67A/99B#465", Xsd::kRejects},
      {"NumberOf71Characters", id, "<ID>" + Repeat("X", 71) + "</ID>", kTooLong, doc + "#D005",
       Xsd::kRejects},
      {"NumberOfBlanks", id, "<ID>   </ID>", kEmptyValue, doc + "#D005", Xsd::kRejects},
      {"NumberWithBlanksAround", id, "<ID>  XA0012345 </ID>", "", "", Xsd::kAccepts},
      {"NumberMissing", id, "", kRequired, doc + "#D005", Xsd::kAccepts},
      {"NameOf70AccentedCharacters", "Example Exporter (Pty) Ltd", Repeat("\xC3\xA9", 70), "", "",
       Xsd::kAccepts},
      {"NameOf71AccentedCharacters", "Example Exporter (Pty) Ltd", Repeat("\xC3\xA9", 71), kTooLong,
       "42A/57A#R031", Xsd::kRejects},
      {"DocumentNameOf36", "Kimberley Process Certificate", Repeat("K", 36), kTooLong,
       doc + "#D028", Xsd::kRejects},
      {"ReferenceOf36", "KPB-2026-0000001", Repeat("K", 36), kTooLong, "42A#D026", Xsd::kRejects},
      {"ReferenceMissing", "<FunctionalReferenceID>KPB-2026-0000001</FunctionalReferenceID>", "",
       kRequired, "42A#D026", Xsd::kAccepts},
      {"DocumentTypeOfFour", "<TypeCode>116", "<TypeCode>L116", kTooLong, doc + "#D006",
       Xsd::kRejects},
      {"TwoWriteOffs", "</WriteOff>", "</WriteOff><WriteOff>" + quantity + amount + "</WriteOff>",
       kTooOften, doc + "/22C", Xsd::kRejects},
      {"TypeBeforeNumber", id + named + "<TypeCode>116</TypeCode>",
       "<TypeCode>116</TypeCode>" + id + named, kWrongOrder, doc + "#D005", Xsd::kRejects},
      {"ModelVersionFour", "Code>3.6<", "Code>4.0.0<", kUnknownProfile, "/MetaData", Xsd::kAccepts},
      {"ModelVersionBanana", "Code>3.6<", "Code>banana<", kUnknownProfile, "/MetaData",
       Xsd::kAccepts},
      {"OtherCustomization", ">KPCS<", ">OTHER<", kUnknownProfile, "/MetaData", Xsd::kAccepts},
      {"TypeNameOfAResponse", "TypeName>DEC<", "TypeName>RES<", kNotADeclaration,
       "/MetaData/WCOTypeName", Xsd::kAccepts},
      {"UnknownElement", "<FunctionCode>9</FunctionCode>",
       "<FunctionCode>9</FunctionCode><ProcedureCategory>H1</ProcedureCategory>", kUnknownElement,
       "42A", Xsd::kRejects},
      {"ForeignExtension", "</Origin>", "</Origin><x:Grade xmlns:x=\"urn:example:x\">A</x:Grade>",
       kUnknownElement, "42A/67A/68A[1]", Xsd::kRejects},
      {"UnknownAttribute", "<FunctionCode>", "<FunctionCode grade=\"A\">", kUnknownAttribute,
       "42A#017", Xsd::kRejects},
      {"TextBetweenElements", "<Declarant>", "and <Declarant>", kStrayText, "42A", Xsd::kRejects},
      {"ItemNumberMissing", item, "<GovernmentAgencyGoodsItem>", kMissingElement,
       "42A/67A/68A[1]#006", Xsd::kRejects},
      {"ItemCountWrong", "<GoodsItemQuantity>1", "<GoodsItemQuantity>7", kItemCount, "42A#228",
       Xsd::kAccepts},
      {"FunctionUnknown", "<FunctionCode>9<", "<FunctionCode>99<", kBadFunction, "42A#017",
       Xsd::kRejects},
      {"FunctionMissing", "<FunctionCode>9</FunctionCode>", "", kMissingElement, "42A#017",
       Xsd::kRejects},
      {"TypeOfTransit", "<TypeCode>IMA", "<TypeCode>TRA", kBadType, "42A#D013", Xsd::kAccepts},
      {"DateInDeclarationNamespace", "<ds:DateTimeString formatCode=\"102\">20260227</ds:",
       "<DateTimeString formatCode=\"102\">20260227</", kWrongNamespace, doc + "#276",
       Xsd::kRejects},
      {"CertificateMissing", "<CategoryCode>L", "<CategoryCode>Z", kNoCertificate, "42A/67A/68A[1]",
       Xsd::kAccepts},
      {"CommodityCodeMissing",
       "<Classification><ID>710231</ID><IdentificationTypeCode>HS</IdentificationTypeCode>"
       "</Classification>",
       "", kRequired, "42A/67A/68A[1]/23A/21A[1]#145", Xsd::kAccepts},
      {"CommodityCodeNational", "<ID>710231</ID>", "<ID>7102.31.00 00</ID>", "", "", Xsd::kAccepts},
      {"Prefixes", "xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"",
       "xmlns:unused=\"urn:x\" xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"", "", "", Xsd::kAccepts},
      {"EmptyCountryInMetaData", ">ZZ</md:ResponsibleCountryCode>", "></md:ResponsibleCountryCode>",
       "", "", Xsd::kAccepts},
      {"LatinBytesInUtf8", "Example Importer NV", "Example \xE9", kBadEncoding, "", Xsd::kNotXml},
      {"BlankLineFirst", "<?xml", "\n<?xml", kNotWellFormed, "", Xsd::kNotXml},
      {"TextAfterRoot", "</md:MetaData>", "</md:MetaData>logged at 10:15", kNotWellFormed, "",
       Xsd::kNotXml},
      {"NulAfterRoot", "</md:MetaData>", std::string("</md:MetaData>\0x", 16), kBadEncoding, "",
       Xsd::kNotXml},
      {"DoubleHyphenInComment", "<!-- Made", "<!-- -- Made", kNotWellFormed, "", Xsd::kNotXml},
  };
}

class MutationTest : public ::testing::TestWithParam<Mutation> {};

std::string Place(const Fault& fault) {
  return fault.at.pointer.empty() ? fault.at.xpath : fault.at.pointer.ToString();
}

TEST_P(MutationTest, TheBridgeNamesCodeAndPlace) {
  const Mutation& mutation = GetParam();
  ASSERT_TRUE(Parse(ImportDeclaration()).faults.empty()) << "the check must be live";
  const std::string message = Replace(ImportDeclaration(), mutation.from, mutation.to);
  ASSERT_FALSE(message.empty());
  const ParseResult result = Parse(message);
  if (mutation.code.empty()) {
    EXPECT_TRUE(result.faults.empty()) << FormatFault(result.faults.front());
    EXPECT_TRUE(result.declaration.has_value());
    return;
  }
  EXPECT_FALSE(result.declaration.has_value());
  std::string all;
  for (const Fault& fault : result.faults) {
    all += FormatFault(fault) + "\n";
  }
  ASSERT_EQ(result.faults.size(), 1u) << all;
  EXPECT_EQ(result.faults[0].code, mutation.code) << all;
  EXPECT_EQ(Place(result.faults[0]), mutation.pointer) << all;
  if (!mutation.pointer.empty() && mutation.pointer.front() == '4') {
    EXPECT_GT(result.faults[0].at.line, 0);
  }
}

TEST_P(MutationTest, TheSchemaSays) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  static const auto* const kSchemaOnce = new absl::StatusOr<std::unique_ptr<Schema>>(
      Schema::Load(WcoDirectory() / "kp-made-here/wco-dec-driver.xsd"));
  ASSERT_TRUE(kSchemaOnce->ok()) << kSchemaOnce->status();
  const Schema& schema = ***kSchemaOnce;
  const Mutation& mutation = GetParam();
  const std::string message = Replace(ImportDeclaration(), mutation.from, mutation.to);
  const std::vector<Fault> faults = schema.ValidateText(message);
  switch (mutation.xsd) {
    case Xsd::kAccepts:
      EXPECT_TRUE(faults.empty()) << FormatFault(faults.front());
      break;
    case Xsd::kRejects:
      ASSERT_FALSE(faults.empty());
      EXPECT_EQ(faults[0].code, kSchema);
      break;
    case Xsd::kNotXml:
      ASSERT_EQ(faults.size(), 1u);
      EXPECT_NE(faults[0].code, kSchema);
      break;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, MutationTest, ::testing::ValuesIn(Mutations()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace kp::wco
