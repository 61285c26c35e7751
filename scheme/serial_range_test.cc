#include "scheme/serial_range.h"

#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

CertificateNumber Number(std::string_view text) { return *CertificateNumber::Parse(text); }

SerialRange Range(std::string_view first, std::string_view last) {
  return *MakeSerialRange(Number(first), Number(last));
}

// A register that allotted SL004001 to SL004500 to "NMA" for 2014, and a facts row for one number.
SerialFacts FactsOf(std::string_view number) {
  SerialRange range = Range("SL 004001", "SL 004500");
  range.authority = "NMA";
  range.year = 2014;
  SerialFacts facts;
  facts.kept = true;
  const auto key = SerialKeyOf(Number(number));
  if (key && range.Contains(*key)) facts.allotted = range;
  return facts;
}

TEST(SerialRangeTest, ANumberIsAPlaceInASeries) {
  EXPECT_EQ(SerialKeyOf(Number("SL 004306")), (SerialKey{"SL", 6, 4306}));
  EXPECT_EQ(SerialKeyOf(Number("SL4306")), (SerialKey{"SL", 4, 4306}));
  EXPECT_EQ(SerialKeyOf(Number("bw-14a-0001")), (SerialKey{"BW14A", 4, 1}));
  EXPECT_EQ(SerialKeyOf(Number("BW0014A")), std::nullopt);
  // More digits than a number of the machine holds: the first of them belong to the series.
  EXPECT_EQ(SerialKeyOf(Number("EU12345678901234567890")),
            (SerialKey{"EU12", 18, 345678901234567890}));
  for (const char* text : {"SL004306", "BW14A0001", "EU12345678901234567890", "BW000"}) {
    EXPECT_EQ(NumberText(*SerialKeyOf(Number(text))), text);
  }
}

TEST(SerialRangeTest, LeadingZerosBelongToTheNumber) {
  const SerialRange range = Range("SL004001", "SL004500");
  EXPECT_TRUE(range.Contains(*SerialKeyOf(Number("sl 004-001"))));
  EXPECT_TRUE(range.Contains(*SerialKeyOf(Number("SL004500"))));
  EXPECT_FALSE(range.Contains(*SerialKeyOf(Number("SL004501"))));
  EXPECT_FALSE(range.Contains(*SerialKeyOf(Number("SL4306"))));
  EXPECT_FALSE(range.Contains(*SerialKeyOf(Number("SL0004306"))));
  EXPECT_FALSE(range.Contains(*SerialKeyOf(Number("GH004306"))));
  EXPECT_EQ(range.ToString(), "SL004001 to SL004500");
}

TEST(SerialRangeTest, WhatIsNoRangeIsRefusedWithTheField) {
  const auto fault = [](std::string_view first, std::string_view last) {
    const auto range = MakeSerialRange(Number(first), Number(last));
    EXPECT_FALSE(range.ok());
    EXPECT_EQ(FaultsOf(range.status())[0].reason, reasons::kRangeMalformed);
    return FaultsOf(range.status())[0].field;
  };
  EXPECT_EQ(fault("SL00A", "SL005"), "first_number");
  EXPECT_EQ(fault("SL005", "SL00A"), "last_number");
  EXPECT_EQ(fault("SL001", "SL0002"), "last_number");
  EXPECT_EQ(fault("SL001", "GH002"), "last_number");
  EXPECT_EQ(fault("SL002", "SL001"), "last_number");
  EXPECT_TRUE(MakeSerialRange(Number("SL001"), Number("SL001")).ok());
}

TEST(SerialRangeTest, PositionByRangeYearAndAuthority) {
  EXPECT_EQ(PositionOf(FactsOf("SL004306"), "NMA", 2014), SerialPosition::kInside);
  EXPECT_EQ(PositionOf(FactsOf("SL004306"), "NMA", 2015), SerialPosition::kOtherYear);
  EXPECT_EQ(PositionOf(FactsOf("SL004306"), "Customs", 2014), SerialPosition::kOtherAuthority);
  EXPECT_EQ(PositionOf(FactsOf("SL4306"), "NMA", 2014), SerialPosition::kOutside);
  // Nothing stated contradicts nothing.
  EXPECT_EQ(PositionOf(FactsOf("SL004306"), "", 0), SerialPosition::kInside);
  EXPECT_EQ(PositionOf({}, "NMA", 2014), SerialPosition::kNotKept);
  SerialFacts any_year = FactsOf("SL004306");
  any_year.allotted->year = 0;
  EXPECT_EQ(PositionOf(any_year, "NMA", 2015), SerialPosition::kInside);
}

TEST(SerialRangeTest, ABlankFormThatIsGoneIsNeverInside) {
  SerialFacts facts = FactsOf("SL004306");
  facts.blank = RangeKind::kBlanksLost;
  EXPECT_EQ(PositionOf(facts, "NMA", 2014), SerialPosition::kBlankLost);
  // Also where no range was ever allotted.
  facts = {};
  facts.blank = RangeKind::kBlanksStolen;
  EXPECT_EQ(PositionOf(facts, "NMA", 2014), SerialPosition::kBlankStolen);
}

TEST(SerialRangeTest, AtIssueEverythingOutsideIsHard) {
  const CertificateNumber number = Number("SL004306");
  EXPECT_EQ(CheckSerial(number, FactsOf("SL004306"), "NMA", 2014, "printed_number"), std::nullopt);
  EXPECT_EQ(CheckSerial(number, {}, "NMA", 2014, "printed_number"), std::nullopt);
  const auto year = CheckSerial(number, FactsOf("SL004306"), "NMA", 2015, "printed_number");
  ASSERT_TRUE(year.has_value());
  EXPECT_EQ(year->rule, "R06");
  EXPECT_EQ(year->severity, Severity::kHard);
  EXPECT_EQ(year->pointer, "printed_number");
  EXPECT_EQ(year->reason, reasons::kNumberOutsideRanges);
  EXPECT_EQ(year->text,
            "SL004306 lies in the range SL004001 to SL004500, allotted for 2014, not for 2015");
  const auto other = CheckSerial(number, FactsOf("SL004306"), "Customs", 2014, "printed_number");
  EXPECT_EQ(other->text,
            "SL004306 lies in the range SL004001 to SL004500, allotted to \"NMA\", "
            "not to \"Customs\"");
}

TEST(SerialRangeTest, AnUnknownNumberOutsideTheRangesIsHardOnlyWhereTheRegisterIsComplete) {
  const CertificateNumber number = Number("SL4306");
  const auto complete = JudgeUnknownSerial(number, FactsOf("SL4306"), 2015, true);
  ASSERT_TRUE(complete.has_value());
  EXPECT_EQ(complete->severity, Severity::kHard);
  EXPECT_EQ(complete->reason, reasons::kNumberOutsideRanges);
  EXPECT_EQ(complete->pointer, "number");
  // An older paper may be of a range that was never entered.
  const auto older = JudgeUnknownSerial(number, FactsOf("SL4306"), 2009, false);
  EXPECT_EQ(older->severity, Severity::kRefer);
  EXPECT_EQ(older->reason, reasons::kNumberOutsideRanges);
  // A lost form is one whatever the paper says.
  SerialFacts lost = FactsOf("SL4306");
  lost.blank = RangeKind::kBlanksLost;
  EXPECT_EQ(JudgeUnknownSerial(number, lost, 0, false)->severity, Severity::kHard);
  EXPECT_EQ(JudgeUnknownSerial(number, lost, 0, false)->reason, reasons::kBlankLost);
  // Inside, and where no ranges are kept, the ranges add nothing.
  EXPECT_EQ(JudgeUnknownSerial(Number("SL004306"), FactsOf("SL004306"), 2014, true), std::nullopt);
  EXPECT_EQ(JudgeUnknownSerial(number, {}, 2015, true), std::nullopt);
}

}  // namespace
}  // namespace kp::scheme
