// Inputs made to break a reader: each must end in a refusal by name, soon, and in bounded memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>
#include <utility>

#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using testing::ImportDeclaration;
using testing::Parse;
using testing::Replace;
using testing::ToUtf16;

auto CodeIs(std::string_view code) { return Field(&Fault::code, std::string(code)); }

std::string WithDoctype(const std::string& doctype) {
  return Replace(ImportDeclaration(), "<md:MetaData", doctype + "<md:MetaData");
}

std::string Repeat(std::string_view part, int times) {
  std::string text;
  text.reserve(part.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

TEST(HostileTest, AnyDoctypeIsRefused) {
  EXPECT_THAT(Parse(WithDoctype("<!DOCTYPE x>")).faults, ElementsAre(CodeIs(kDoctype)));
  EXPECT_THAT(Parse(WithDoctype("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">")).faults,
              ElementsAre(CodeIs(kDoctype)));
  EXPECT_THAT(Parse(WithDoctype("<!DOCTYPE x [<!ENTITY e SYSTEM \"http://192.0.2.1/\">]>")).faults,
              ElementsAre(CodeIs(kDoctype)));
}

TEST(HostileTest, AnEntityBombDoesNotExpand) {
  std::string bomb = "<!DOCTYPE x [<!ENTITY e0 \"aaaaaaaaaa\">";
  for (int i = 1; i < 12; ++i) {
    bomb += "<!ENTITY e" + std::to_string(i) + " \"" +
            Repeat("&e" + std::to_string(i - 1) + ";", 10) + "\">";
  }
  const std::string message = Replace(WithDoctype(bomb + "]>"), "KPB-2026", "&e11;");
  EXPECT_THAT(Parse(message).faults, ElementsAre(CodeIs(kDoctype)));
  EXPECT_THAT(Parse(Replace(ImportDeclaration(), "KPB-2026", "&e11;")).faults,
              ElementsAre(CodeIs(kNotWellFormed)));
}

TEST(HostileTest, DeepNestingIsRefused) {
  const std::string deep = Repeat("<a>", 10000) + Repeat("</a>", 10000);
  EXPECT_THAT(Parse(deep).faults, ElementsAre(CodeIs(kLimit)));
  EXPECT_THAT(Parse(Replace(ImportDeclaration(), "<Declarant>", deep + "<Declarant>")).faults,
              ElementsAre(CodeIs(kLimit)));
}

TEST(HostileTest, AHugeAttributeIsRefused) {
  const std::string message = Replace(ImportDeclaration(), "<Declaration>",
                                      "<Declaration a=\"" + Repeat("x", 50'000'000) + "\">");
  EXPECT_THAT(Parse(message).faults, ElementsAre(CodeIs(kTooLarge)));
  ParseOptions wide;
  wide.limits.max_bytes = 100'000'000;
  EXPECT_THAT(Parse(message, wide).faults, ElementsAre(CodeIs(kNotWellFormed)))
      << "libxml2's own limit of 10 MB";
  EXPECT_THAT(Parse(Replace(ImportDeclaration(), "<FunctionCode>",
                            "<FunctionCode listName=\"" + Repeat("x", 1025) + "\">"))
                  .faults,
              ElementsAre(CodeIs(kLimit)));
  EXPECT_TRUE(Parse(Replace(ImportDeclaration(), "<FunctionCode>",
                            "<FunctionCode listName=\"" + Repeat("x", 1024) + "\">"))
                  .faults.empty());
}

TEST(HostileTest, ManyElementsOrAttributesAreRefused) {
  EXPECT_THAT(
      Parse(Replace(ImportDeclaration(), "<Declarant>", Repeat("<a/>", 20001) + "<Declarant>"))
          .faults,
      ElementsAre(CodeIs(kLimit)));
  std::string attributes = "<FunctionCode";
  for (int i = 0; i < 17; ++i) {
    attributes += " a" + std::to_string(i) + "=\"\"";
  }
  EXPECT_THAT(Parse(Replace(ImportDeclaration(), "<FunctionCode", attributes)).faults,
              ElementsAre(CodeIs(kLimit)));
}

TEST(HostileTest, InvalidUtf8IsRefused) {
  for (const std::string_view bytes :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xC3",
        "\xEF\xBF\xBF", "\x01", "\x1B"}) {
    EXPECT_THAT(Parse(Replace(ImportDeclaration(), "KPB-2026", bytes)).faults,
                ElementsAre(CodeIs(kBadEncoding)));
  }
}

TEST(HostileTest, BrokenUtf16IsRefused) {
  const std::string good = ToUtf16(ImportDeclaration(), true);
  ASSERT_TRUE(Parse(good).faults.empty());
  EXPECT_THAT(Parse(good + "x").faults, ElementsAre(CodeIs(kBadEncoding)));
  std::string lone = good;
  lone[1001] = '\xD8';  // a high surrogate that no low one follows
  EXPECT_THAT(Parse(lone).faults, ElementsAre(CodeIs(kBadEncoding)));
}

TEST(HostileTest, TruncationAtEveryByteIsRefused) {
  const std::string message = ImportDeclaration();
  const std::size_t whole = message.rfind('>') + 1;
  for (std::size_t size = 0; size < whole; ++size) {
    const ParseResult result = Parse(message.substr(0, size));
    ASSERT_FALSE(result.declaration.has_value()) << size;
    ASSERT_THAT(result.faults, ElementsAre(CodeIs(kNotWellFormed))) << size;
  }
  EXPECT_TRUE(Parse(message.substr(0, whole)).faults.empty());
  const std::string wide = ToUtf16(message, false);
  for (std::size_t size = 0; size < wide.size() - 3; ++size) {
    ASSERT_FALSE(Parse(wide.substr(0, size)).declaration.has_value()) << size;
  }
}

TEST(HostileTest, AnyFlippedByteEndsInAnAnswer) {
  std::string message = ImportDeclaration();
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (const char c : {'<', '&', '\0', '"', '\xFF', '0'}) {
      const char before = std::exchange(message[i], c);
      const ParseResult result = Parse(message);
      ASSERT_NE(result.declaration.has_value(), !result.faults.empty()) << i;
      message[i] = before;
    }
  }
}

TEST(HostileTest, TwoMessagesInOneEnvelopeAreRefused) {
  const std::string message = ImportDeclaration();
  const auto begin = message.find("<Declaration>");
  const auto end = message.find("</md:MetaData>");
  const std::string declaration = message.substr(begin, end - begin);
  EXPECT_THAT(Parse(Replace(message, declaration, declaration + declaration)).faults,
              ElementsAre(CodeIs(kNotADeclaration)));
  EXPECT_THAT(Parse(Replace(message, declaration, "")).faults,
              ElementsAre(CodeIs(kNotADeclaration)));
}

// The figure that docs/wco.md states: what a message of the largest size makes the process hold.
// CTest runs each case in a process of its own, so the peak is this one's.
TEST(HostileTest, MemoryStaysBounded) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory is not the parser's";
#endif
  const auto peak_kib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const std::string head =
      "<md:MetaData xmlns:md=\"urn:wco:datamodel:WCO:DocumentMetaData-DMS:2\">";
  const long before = peak_kib();
  for (const std::string_view filler : {"<a b='' c='' d='' e='' f='' g='' h=''/>", "<a>x</a>",
                                        "<!---->", "<?a?>", "&#120;", "<![CDATA[]]>"}) {
    const int times = static_cast<int>((Limits{}.max_bytes - 200) / filler.size());
    Parse(head + Repeat(filler, times) + "</md:MetaData>");
  }
  EXPECT_LT(peak_kib() - before, 48 * 1024);
}

}  // namespace
}  // namespace kp::wco
