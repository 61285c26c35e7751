#include "document/labels.h"

#include <set>

#include "base/error.h"
#include "document/reasons.h"
#include "gtest/gtest.h"
#include "scheme/certificate.h"

namespace kp::document {
namespace {

TEST(LabelsTest, TitleAndStatementInEnglishAreTheSchemesOwn) {
  EXPECT_EQ(English()[Label::kTitle], scheme::kTitleText);
  EXPECT_EQ(English()[Label::kStatement], scheme::kStatementText);
}

TEST(LabelsTest, EveryLanguageHasWordsOfItsOwnForEveryLabel) {
  for (const Language& language : FurtherLanguages()) {
    std::set<std::string_view> seen;
    for (size_t i = 0; i < kLabels; ++i) {
      const auto label = static_cast<Label>(i);
      EXPECT_FALSE(language[label].empty());
      EXPECT_TRUE(seen.insert(language[label]).second)
          << language.tag << " twice: " << language[label];
    }
  }
}

TEST(LabelsTest, ATagIsFoundWhateverItsCaseAndARegionFallsBackToTheLanguage) {
  for (const auto& [tag, found] : {std::pair{"ru", "ru"},
                                   {"RU", "ru"},
                                   {"fr-BE", "fr"},
                                   {"pt-AO", "pt"},
                                   {"zh-CN", "zh-cn"},
                                   {"ar-AE", "ar"}}) {
    const auto language = FindLanguage(tag);
    ASSERT_TRUE(language.ok()) << tag;
    EXPECT_EQ((*language)->tag, found);
  }
  for (const char* tag : {"zh", "zh-TW", "en", "", "frx", "f", "-"}) {
    EXPECT_EQ(ReasonOf(FindLanguage(tag).status()), kLanguageUnknown) << tag;
  }
}

}  // namespace
}  // namespace kp::document
