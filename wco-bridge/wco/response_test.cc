#include "wco-bridge/wco/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/reasons.h"
#include "wco-bridge/wco/schema.h"
#include "wco-bridge/wco/test_support.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

using testing::HasWcoDirectory;
using testing::Replace;
using testing::TestData;
using testing::WcoDirectory;

// What testdata/kp-response-rejected.xml says.
Response Rejection() {
  Response response;
  response.function = kResponseRejected;
  response.reference = "b5d0c1f2a9e84d0b8d6a7c3e1f205a44";
  response.issued = *ParseInstant("20260302101507Z");
  response.errors = {{"KP1002",
                      "Certificate not found at the exporting authority",
                      {{{"42A", 1}, {"67A", 0}, {"68A", 1}, {"02A", 1}}, "D005"}}};
  response.lrn = "KPB-2026-0000001";
  response.mrn = "26ZZKPB0000000001";
  response.rejected = response.issued;
  response.version = "1";
  return response;
}

// A document without its comment and the blanks between elements.
std::string Compact(std::string text) {
  if (const auto begin = text.find("<!--"); begin != std::string::npos) {
    text.erase(begin, text.find("-->") + 3 - begin);
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\n' ||
        (text[i] == ' ' && text.find_first_not_of(" \n", i) != std::string::npos &&
         (text[text.find_first_not_of(" \n", i)] == '<' ||
          text.compare(text.find_first_not_of(" \n", i), 5, "xmlns") == 0))) {
      i = std::min(text.find_first_not_of(" \n", i), text.size());
      out += i < text.size() && text[i] == 'x' ? " " : "";
      continue;
    }
    out += text[i++];
  }
  return out;
}

TEST(ResponseTest, ARejectionHasTheFormOfTheExample) {
  EXPECT_EQ(Compact(WriteResponse(Rejection())), Compact(TestData("kp-response-rejected.xml")));
}

TEST(ResponseTest, TheExampleReadsBack) {
  const auto responses = ParseResponse(TestData("kp-response-rejected.xml"));
  ASSERT_TRUE(responses.ok()) << responses.status();
  ASSERT_EQ(responses->size(), 1u);
  EXPECT_EQ(responses->front(), Rejection());
}

Response Everything() {
  Response response = Rejection();
  response.function = kResponseControl;
  response.statements = {{"KPTICKET", "ticket 7 < 8 & \"more\"", {}},
                         {"KP3110", "R12 \xC3\xA9", {{{"42A", 1}, {"67A", 0}}, ""}}};
  response.errors.push_back({"KP3101", "carats", {}});
  response.accepted = response.issued - absl::Hours(1);
  response.cancelled = response.issued + absl::Hours(1);
  return response;
}

TEST(ResponseTest, WhatIsWrittenReadsBack) {
  const std::string text = WriteResponse(Everything());
  const auto responses = ParseResponse(text);
  ASSERT_TRUE(responses.ok()) << responses.status();
  EXPECT_EQ(responses->front(), Everything());
  EXPECT_EQ(WriteResponse(responses->front()), text);
}

TEST(ResponseTest, ThePublishedSchemaAcceptsWhatIsWritten) {
  if (!HasWcoDirectory()) {
    GTEST_SKIP() << testing::kNoWcoDirectory;
  }
  const auto schema = Schema::Load(WcoDirectory() / "kp-made-here/wco-res-driver.xsd");
  ASSERT_TRUE(schema.ok()) << schema.status();
  Response bare;
  bare.function = kResponseAccepted;
  bare.issued = Rejection().issued;
  for (const Response& response : {Rejection(), Everything(), bare}) {
    const std::vector<Fault> faults = (*schema)->ValidateText(WriteResponse(response));
    EXPECT_TRUE(faults.empty()) << FormatFault(faults.front());
  }
  const std::string broken = Replace(WriteResponse(bare), "<FunctionCode>01", "<FunctionCode>abc");
  EXPECT_FALSE((*schema)->ValidateText(broken).empty());
}

TEST(ResponseTest, HostileTextCannotBreakTheDocument) {
  Response response = Rejection();
  response.errors[0].description = "</Error>\x01\xFF]]>\n&amp;" + std::string(600, 'x');
  const auto responses = ParseResponse(WriteResponse(response));
  ASSERT_TRUE(responses.ok()) << responses.status();
  EXPECT_EQ(CountCodePoints(responses->front().errors[0].description), 512u);
  EXPECT_THAT(responses->front().errors[0].description,
              ::testing::StartsWith("</Error>\xEF\xBF\xBD\xEF\xBF\xBD]]> &amp;"));
}

TEST(ResponseTest, FaultsBecomeErrorsWithPointers) {
  const ParseResult result =
      testing::Parse(Replace(testing::ImportDeclaration(), "20260227", "20260231"));
  const std::vector<ResponseError> errors = ToResponseErrors(result.faults);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, "KP1125");
  EXPECT_EQ(errors[0].pointer.ToString(), "42A/67A/68A[1]/02A[1]#276");
  EXPECT_EQ(errors[0].description,
            "not a date of format 102; found \"20260231\"; expected CCYYMMDD, a day of the "
            "calendar in 2000 to 2099 (line 38)");
}

TEST(ResponseTest, SeveralResponsesInOneEnvelopeAreAllRead) {
  std::string text = WriteResponse(Rejection());
  const auto begin = text.find("  <Response>");
  const auto end = text.find("</md:MetaData>");
  text.insert(end, Replace(text.substr(begin, end - begin), "Code>03<", "Code>05<"));
  const auto responses = ParseResponse(text);
  ASSERT_TRUE(responses.ok());
  ASSERT_EQ(responses->size(), 2u);
  EXPECT_EQ((*responses)[1].function, kResponseControl);
}

TEST(ResponseTest, WhatIsNoResponseIsRefused) {
  for (const std::string& text : {std::string("no XML"), testing::ImportDeclaration(),
                                  Replace(WriteResponse(Rejection()), "RES-DMS:2", "X")}) {
    const auto responses = ParseResponse(text);
    ASSERT_FALSE(responses.ok());
    EXPECT_EQ(ReasonOf(responses.status()), kResponseUnreadable);
  }
}

}  // namespace
}  // namespace kp::wco
