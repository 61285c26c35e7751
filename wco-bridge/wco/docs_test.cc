// docs/wco.md says what the code does.
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/parser.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

std::string Document() { return testing::ReadFile("docs/wco.md"); }

TEST(DocsTest, ListsEveryCodeWithItsMeaning) {
  std::set<std::string> in_code;
  for (const CodeMeaning& row : kCodes) {
    EXPECT_EQ(row.code.size(), 6u);
    EXPECT_TRUE(in_code
                    .insert(absl::StrCat("| `", std::string(row.code), "` | ",
                                         std::string(row.meaning), " |"))
                    .second);
  }
  std::set<std::string> in_document;
  std::istringstream lines(Document());
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `KP", 0) == 0) {
      in_document.insert(line);
    }
  }
  EXPECT_EQ(in_document, in_code);
}

TEST(DocsTest, StatesTheLimits) {
  const Limits limits;
  for (const std::string& row :
       {absl::StrCat("| message | ", limits.max_bytes, " bytes |"),
        absl::StrCat("| depth of elements | ", limits.max_depth, " |"),
        absl::StrCat("| elements | ", limits.max_elements, " |"),
        absl::StrCat("| attributes of one element | ", limits.max_attributes, " |"),
        absl::StrCat("| one attribute | ", limits.max_attribute_bytes, " bytes |"),
        absl::StrCat("| faults told | ", limits.max_faults, " |")}) {
    EXPECT_NE(Document().find(row), std::string::npos) << row;
  }
}

// An example is a line of the document that begins with a change, "`from` -> `to`", and the fault
// that it brings on the next line.
TEST(DocsTest, TheExamplesComeOutAsPrinted) {
  std::istringstream lines(Document());
  int examples = 0;
  std::string change;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# change ", 0) == 0) {
      change = line.substr(9);
    } else if (!change.empty()) {
      const auto arrow = change.find(" -> ");
      ASSERT_NE(arrow, std::string::npos) << change;
      const ParseResult result = testing::Parse(testing::Replace(
          testing::ImportDeclaration(), change.substr(0, arrow), change.substr(arrow + 4)));
      ASSERT_EQ(result.faults.size(), 1u) << change;
      EXPECT_EQ(FormatFault(result.faults[0]), line);
      change.clear();
      ++examples;
    }
  }
  EXPECT_GE(examples, 4);
}

}  // namespace
}  // namespace kp::wco
