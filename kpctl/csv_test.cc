#include "kpctl/csv.h"

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kpctl/figures_csv.h"
#include "scheme/codes.h"

namespace kp::kpctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::vector<std::string>> AllTexts(const std::vector<CsvRecord>& records) {
  std::vector<std::vector<std::string>> texts;
  for (const CsvRecord& record : records) texts.push_back(Texts(record));
  return texts;
}

TEST(CsvTest, ReadsQuotedFields) {
  const auto records = ParseCsv("a,\"b, \"\"c\"\"\nd\"\r\n\r\n1,\n");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(AllTexts(*records),
              ElementsAre(ElementsAre("a", "b, \"c\"\nd"), ElementsAre("1", "")));
  EXPECT_EQ((*records)[0][1].Position(), "line 1, character 3");
  EXPECT_EQ((*records)[1][0].Position(), "line 4, character 1") << "line breaks in fields count";
}

TEST(CsvTest, ASpreadsheetsByteOrderMarkIsNoText) {
  const auto records = ParseCsv("\xEF\xBB\xBF" "a,b");
  ASSERT_TRUE(records.ok());
  EXPECT_THAT(AllTexts(*records), ElementsAre(ElementsAre("a", "b")));
  EXPECT_EQ((*records)[0][1].Position(), "line 1, character 3");
}

// Each fault with its position, and the same text without it.
TEST(CsvTest, WhatIsMalformedIsRefusedWithThePositionOfTheFault) {
  const struct {
    std::string bad, position, good;
  } cases[] = {
      {"a,b\nc,\"d", "line 2, character 3", "a,b\nc,\"d\""},
      {"a\"b\"", "line 1, character 2", "\"ab\""},
      {"a,\"b\"c", "line 1, character 6", "a,\"b\",c"},
      {"\xC3\xA4\xC3\xB6,\"\xC3\xBC\" ", "line 1, character 7", "\xC3\xA4\xC3\xB6,\"\xC3\xBC\""},
      {"a\rb", "line 1, character 2", "a\r\nb"},
      {std::string("a,\0b", 4), "line 1, character 3", "a,b"},
      {"a\n\"b\nc\x01\"", "line 3, character 2", "a\n\"b\nc\""},
  };
  for (const auto& one : cases) {
    const absl::Status refused = ParseCsv(one.bad).status();
    EXPECT_EQ(ReasonOf(refused), "CSV_MALFORMED") << one.bad;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(one.position + ":")) << one.bad;
    EXPECT_TRUE(ParseCsv(one.good).ok()) << one.good;
  }
}

TEST(CsvTest, WhatIsWrittenIsReadBack) {
  const std::vector<std::string> fields = {"", "a", "b,c", "d\"e\"", "f\r\ng", " h "};
  const auto records = ParseCsv(CsvLine(fields));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_THAT(AllTexts(*records), ElementsAre(fields));
}

constexpr char kHeader[] = "origin,hs_code,carats,value_usd\n";

TEST(FiguresCsvTest, ReadsExactFigures) {
  const auto rows = ReadFiguresCsv(std::string(kHeader) + "BW,7102.31,1250.505,187500.01\n" +
                                   "\"NA,BW\",710210,1,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].origin(), "BW");
  EXPECT_EQ((*rows)[0].hs_code(), "710231");
  EXPECT_EQ((*rows)[0].carats_thousandths(), 1'250'505);
  EXPECT_EQ((*rows)[0].value_usd_cents(), 18'750'001);
  EXPECT_EQ((*rows)[1].origin(), "BW,NA");
  EXPECT_EQ((*rows)[1].value_usd_cents(), 0);
  EXPECT_THAT(*ReadFiguresCsv(kHeader), IsEmpty()) << "there was none";
}

TEST(FiguresCsvTest, EveryFaultyFieldIsNamedByItsPosition) {
  const auto refused = ReadFiguresCsv(std::string(kHeader) + "BW,710231,1.5,2\n" +
                                      "Botswana,7102,1.2345,5 EUR\n");
  std::vector<std::string> fields, reasons;
  for (const Fault& fault : FaultsOf(refused.status())) {
    fields.push_back(fault.field);
    reasons.push_back(fault.reason);
  }
  EXPECT_THAT(fields, ElementsAre("line 3, character 1, origin", "line 3, character 10, hs_code",
                                  "line 3, character 15, carats",
                                  "line 3, character 22, value_usd"));
  EXPECT_EQ(reasons[2], "CARATS_TOO_MANY_DECIMALS");
  EXPECT_EQ(reasons[3], "CURRENCY_NOT_USD");
}

TEST(FiguresCsvTest, AnotherShapeIsRefused) {
  const auto field = [](const std::string& text) {
    const auto faults = FaultsOf(ReadFiguresCsv(text).status());
    return faults.empty() ? std::string() : faults[0].reason + " " + faults[0].field;
  };
  EXPECT_EQ(field(""), "FIGURES_MALFORMED line 1, character 1");
  EXPECT_EQ(field("origin,hs,carats,usd\n"), "FIGURES_MALFORMED line 1, character 1");
  EXPECT_EQ(field(std::string(kHeader) + "\nBW,710231,1\n"), "FIGURES_MALFORMED line 3, character 1");
  std::string many = kHeader;
  int rows = 0;
  for (char first = 'A'; first <= 'Z'; ++first) {
    for (char second = 'A'; second <= 'Z' && rows < 500; ++second) {
      const std::string country{first, second};
      if (!scheme::CountryCode::Parse(country).ok()) continue;
      for (const char* code : {"710210", "710221", "710231"}) {
        if (rows++ < 500) many += country + "," + code + ",1,1\n";
      }
    }
  }
  EXPECT_EQ(field(many), "");
  EXPECT_EQ(field(many + "BW,710231,1,1\n"), "FIGURES_MALFORMED line 502, character 1");
}

TEST(FiguresCsvTest, ARowThatStandsThereTwiceIsNamedByItsLine) {
  const auto refused =
      ReadFiguresCsv(std::string(kHeader) + "BW,7102.31,1,1\n\nBW,7102.10,1,1\nBW,710231,2,2\n");
  const auto faults = FaultsOf(refused.status());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].field, "line 5, character 1");
  EXPECT_EQ(faults[0].rule, "CORE Annex III");
  EXPECT_EQ(faults[0].message, "origin and HS code stand there already, at line 2, character 1");
}

}  // namespace
}  // namespace kp::kpctl
