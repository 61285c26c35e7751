// A certificate as printed, read back from what poppler makes of the PDF.
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "document/certificate_print.h"
#include "document/labels.h"
#include "document/printable.h"
#include "document/reader.h"
#include "document/reasons.h"
#include "document/testing/certificates.h"
#include "document/testing/scans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/keys.h"
#include "scheme/certificate.h"

namespace kp::document {
namespace {

namespace pb = certificate::v1;
using certificate::testing::GoodApplication;
using ::testing::HasSubstr;
using ::testing::Not;

// The text in one line: where it wraps is for the eye.
std::string Flat(const std::string& text) {
  std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n\f\t"), absl::SkipEmpty());
  return absl::StrJoin(words, " ");
}

// Without spaces and marks of direction, which poppler puts between Arabic letters.
std::string Squeezed(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{" ", ""}, {"\n", ""}, {"\u202a", ""}, {"\u202b", ""}, {"\u202c", ""}, {"\f", ""}});
}

class PrintTest : public ::testing::Test {
 protected:
  testing::Issuer issuer_;
  const pb::Certificate good_ = issuer_.Validated(GoodApplication());
};

TEST_F(PrintTest, ThePageHasTitleStatementF1ToF15LinesImportPartAndCode) {
  PrintOptions options;
  options.language = "en";
  options.authorities["BW office"] = "Ministry of Minerals";
  const auto printed = PrintCertificate(good_, options);
  ASSERT_TRUE(printed.ok()) << printed.status();
  const std::string text = Flat(testing::TextOf(printed->pdf));
  for (const std::string& wanted :
       {std::string(scheme::kTitleText),
        std::string("in accordance with the provisions of the"),
        std::string("F3 Country of origin BW"),
        std::string("F4 Language English"),
        "F5 Certificate number " + good_.number(),
        std::string("F6 Security SHA-256"),
        "F7 Date of issuance " + good_.issue_date(),
        "F8 Date of expiry " + good_.expiry_date(),
        std::string("F9 Issuing authority Ministry of Minerals (BW office)"),
        std::string("F10 Exporter Okavango Diamond Company"),
        std::string("F10 Importer Antwerp Rough BV"),
        std::string("F11 Carats"),
        std::string("F12 Value (US$)"),
        std::string("710231 1250.50 187500.00"),
        std::string("F13 Number of parcels 2"),
        std::string("F14 HS code"),
        std::string("F15 Validated by the exporting authority"),
        "F15 Date of validation " + good_.validation_date(),
        std::string("F15 Signature and stamp"),
        std::string("Seals A-1"),
        std::string("Import confirmation"),
        std::string("Country of destination"),
        std::string("Identification of importer"),
        std::string("Date of receipt by importing authority"),
        std::string("Authentication by importing authority")}) {
    EXPECT_THAT(text, HasSubstr(wanted));
  }
}

TEST_F(PrintTest, ThePageIsA4AndTheSameCertificateGivesTheSameBytes) {
  const auto printed = PrintCertificate(good_, {});
  ASSERT_TRUE(printed.ok()) << printed.status();
  for (const GreyImage& page : testing::Pages(printed->pdf)) {
    EXPECT_NEAR(page.width, 210 / 25.4 * testing::kDpi, 1);
    EXPECT_NEAR(page.height, 297 / 25.4 * testing::kDpi, 1);
  }
  EXPECT_EQ(PrintCertificate(good_, {})->pdf, printed->pdf);
}

TEST_F(PrintTest, TheFurtherLanguageStandsBesideEnglishByRegionTag) {
  for (const auto& [tag, sample] : {std::pair{"ru", "Сертификат Кимберлийского процесса"},
                                    {"fr", "Pays d’origine"},
                                    {"pt", "Quilates"},
                                    {"ar", "عملية"},
                                    {"zh-CN", "金伯利进程证书"},
                                    {"fr-BE", "Exportateur"}}) {
    PrintOptions options;
    options.language = tag;
    const auto printed = PrintCertificate(good_, options);
    ASSERT_TRUE(printed.ok()) << tag << ": " << printed.status();
    const std::string text = testing::TextOf(printed->pdf);
    EXPECT_THAT(Squeezed(text), HasSubstr(Squeezed(sample))) << tag;
    EXPECT_THAT(text, HasSubstr("Country of origin")) << tag;
    options.language = "en";
    EXPECT_THAT(Squeezed(testing::TextOf(PrintCertificate(good_, options)->pdf)),
                Not(HasSubstr(Squeezed(sample))))
        << tag;
  }
}

TEST_F(PrintTest, TheLanguageOfTheCertificateIsTakenAndOneWithoutLabelsIsAnError) {
  pb::Certificate application = GoodApplication();
  application.set_language("pt");
  EXPECT_EQ(PrintCertificate(issuer_.Validated(application), {})->language, "pt");
  const auto unknown = PrintCertificate(good_, {.language = "tlh", .authorities = {}});
  EXPECT_EQ(ReasonOf(unknown.status()), kLanguageUnknown);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("ar, fr, pt, ru, zh-cn"));
  // Chinese of China only: the same code points look otherwise elsewhere.
  EXPECT_EQ(ReasonOf(PrintCertificate(good_, {.language = "zh", .authorities = {}}).status()),
            kLanguageUnknown);
}

TEST_F(PrintTest, F4IsThatOfTheCertificateWhateverAPrintIsWantedIn) {
  pb::Certificate application = GoodApplication();
  application.set_language("ru");
  const pb::Certificate russian = issuer_.Validated(application);
  const auto text = [&](const char* language) {
    const auto printed = PrintCertificate(russian, {.language = language, .authorities = {}});
    EXPECT_TRUE(printed.ok()) << printed.status();
    return Flat(testing::TextOf(printed->pdf));
  };
  for (const char* own : {"", "ru"}) {
    EXPECT_THAT(text(own), HasSubstr("F4 Language Язык English, русский")) << own;
    EXPECT_THAT(text(own), Not(HasSubstr("COPY IN"))) << own;
  }
  EXPECT_THAT(text("fr"), HasSubstr("F4 Language Langue English, русский"));
  EXPECT_THAT(text("fr"), HasSubstr("COPY IN English, français: the certificate was issued in "
                                    "English, русский (F4)."));
  EXPECT_THAT(text("en"), HasSubstr("F4 Language English, русский"));
  EXPECT_THAT(text("en"), HasSubstr("COPY IN English: the certificate was issued in"));
}

TEST_F(PrintTest, AnOrdinaryCertificateHasItsImportPartOnTheFirstPageInEveryLanguage) {
  pb::Certificate application = GoodApplication();
  application.mutable_exporter()->set_address("Plot 74204, Diamond Technology Park, Gaborone");
  application.mutable_importer()->set_address("Hoveniersstraat 22, 2018 Antwerpen");
  for (const char* language : {"en", "ar", "fr", "pt", "ru", "zh-cn"}) {
    application.set_language(language);
    const pb::Certificate record = issuer_.Validated(application);
    // The print itself, and a copy, which has a line more.
    for (const char* wanted : {language, "fr"}) {
      const auto printed = PrintCertificate(record, {.language = wanted, .authorities = {}});
      ASSERT_TRUE(printed.ok()) << printed.status();
      const std::string text = testing::TextOf(printed->pdf);
      const size_t first_page = text.find('\f');
      ASSERT_NE(first_page, std::string::npos);
      EXPECT_LT(text.find("Authentication by importing"), first_page) << language << ' ' << wanted;
      EXPECT_EQ(printed->pages, 2) << language << ' ' << wanted;
    }
  }
}

TEST_F(PrintTest, EveryFurtherPageBearsTheNumberAtItsHead) {
  const std::string title = "Kimberley Process Certificate " + good_.number();
  std::string text = testing::TextOf(PrintCertificate(good_, {})->pdf);
  EXPECT_THAT(text.substr(text.find('\f') + 1), ::testing::StartsWith(title + "\n"));
  pb::Certificate gone = good_;
  gone.set_state(pb::CERTIFICATE_STATE_VOID);
  text = testing::TextOf(PrintCertificate(gone, {})->pdf);
  EXPECT_THAT(text.substr(text.find('\f') + 1),
              ::testing::StartsWith(title + " — NO LONGER VALID: VOID\n"));
}

TEST_F(PrintTest, ALongNameWraps) {
  const pb::Certificate record = issuer_.Validated(testing::LongApplication());
  const auto printed = PrintCertificate(record, {.language = "ru", .authorities = {}});
  ASSERT_TRUE(printed.ok()) << printed.status();
  // Nothing is cut: without the line breaks the whole names are there. The second one is one word.
  std::string text = testing::TextOf(printed->pdf);
  EXPECT_THAT(Flat(text), HasSubstr(record.exporter().name()));
  std::erase(text, '\n');
  EXPECT_THAT(text, HasSubstr(record.importer().name()));
  // And no hyphens that the name does not have.
  const std::string words = testing::WordsOf(printed->pdf);
  EXPECT_THAT(words, HasSubstr("WWW</word>"));
  EXPECT_THAT(words, Not(HasSubstr("W-</word>")));
  // Nothing stands outside the margins.
  for (const GreyImage& page : testing::Pages(printed->pdf)) {
    const int margin = static_cast<int>(14 / 25.4 * testing::kDpi);
    for (int y = 0; y < page.height; ++y) {
      for (int x = 0; x < margin; ++x) {
        ASSERT_EQ(page.at(x, y), 255) << x << ", " << y;
        ASSERT_EQ(page.at(page.width - 1 - x, y), 255) << x << ", " << y;
      }
    }
  }
}

// Fonts of this directory alone, as on a machine where the others are not installed.
class OnlyFontsOf final {
 public:
  explicit OnlyFontsOf(const char* directory) : before_(FcConfigReference(nullptr)) {
    FcConfig* const config = FcConfigCreate();
    EXPECT_TRUE(FcConfigAppFontAddDir(config, reinterpret_cast<const FcChar8*>(directory)));
    FcConfigSetCurrent(config);
    pango_cairo_font_map_set_default(nullptr);
  }
  ~OnlyFontsOf() {
    FcConfigSetCurrent(before_);
    pango_cairo_font_map_set_default(nullptr);
  }
  OnlyFontsOf(const OnlyFontsOf&) = delete;
  OnlyFontsOf& operator=(const OnlyFontsOf&) = delete;

 private:
  FcConfig* const before_;
};

TEST_F(PrintTest, AMissingGlyphIsAnErrorThatNamesFieldAndCharacterNotABlank) {
  pb::Certificate application = GoodApplication();
  application.mutable_importer()->set_name("Antwerp \u4e0a\u6d77");
  const pb::Certificate record = issuer_.Validated(application);
  {
    const OnlyFontsOf latin("/usr/share/fonts/truetype/dejavu");
    const auto missing = PrintCertificate(record, {});
    EXPECT_EQ(missing.status().code(), absl::StatusCode::kInvalidArgument);
    ASSERT_EQ(FaultsOf(missing.status()).size(), 1U) << missing.status();
    EXPECT_EQ(FaultsOf(missing.status())[0].reason, kGlyphMissing);
    EXPECT_EQ(FaultsOf(missing.status())[0].field, "importer.name");
    EXPECT_THAT(FaultsOf(missing.status())[0].message, HasSubstr("U+4E0A at byte 8"));
    // Whoever applies can be told so before there is a certificate.
    const std::vector<Fault> told = PrintFaults(application);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].field, "importer.name");
    EXPECT_THAT(told[0].message, HasSubstr("U+4E0A at byte 8"));
  }
  EXPECT_TRUE(PrintCertificate(record, {}).ok());
  EXPECT_THAT(PrintFaults(application), ::testing::IsEmpty());
  application.set_language("fr");
  EXPECT_THAT(PrintFaults(application), ::testing::IsEmpty());
  application.set_language("tlh");
  ASSERT_EQ(PrintFaults(application).size(), 1U);
  EXPECT_EQ(PrintFaults(application)[0].reason, kLanguageUnknown);
}

TEST_F(PrintTest, WithoutAFontForTheFurtherLanguageNothingIsPrinted) {
  const PrintOptions chinese{.language = "zh-cn", .authorities = {}};
  {
    const OnlyFontsOf latin("/usr/share/fonts/truetype/dejavu");
    EXPECT_EQ(ReasonOf(PrintCertificate(good_, chinese).status()), kGlyphMissing);
    EXPECT_TRUE(PrintCertificate(good_, {.language = "fr", .authorities = {}}).ok());
  }
  EXPECT_TRUE(PrintCertificate(good_, chinese).ok());
}

TEST_F(PrintTest, WhatIsNotValidatedIsNotPrinted) {
  const pb::Certificate issued =
      issuer_.bw().Issue(issuer_.bw().Apply(GoodApplication()).application_id());
  EXPECT_EQ(ReasonOf(PrintCertificate(issued, {}).status()), kNotValidated);
  EXPECT_TRUE(PrintCertificate(issuer_.bw().Validate(issued.number()), {}).ok());
}

TEST_F(PrintTest, ARecordWithTheStatementOfAnotherIsRefused) {
  pb::Certificate record = issuer_.Validated(GoodApplication());
  EXPECT_TRUE(PrintCertificate(record, {}).ok());
  record.set_statement(good_.statement());
  EXPECT_EQ(ReasonOf(PrintCertificate(record, {}).status()), kRecordContradictsStatement);
}

TEST_F(PrintTest, WhatIsNoLongerValidSaysSoAndEndorsedErrorsStandBelow) {
  certificate::v1::CorrectCertificateRequest correct;
  correct.set_request_id(SystemIds().NewUuid());
  correct.set_number(good_.number());
  correct.set_field("importer.registration");
  correct.set_value("BE0400123456");
  correct.set_text("left out");
  auto& bw = issuer_.bw();
  ASSERT_TRUE(bw.life->Correct(bw.Officer("issuer"), correct).ok());
  EXPECT_THAT(Flat(testing::TextOf(PrintCertificate(bw.Get(good_.number()), {})->pdf)),
              Not(HasSubstr("BE0400123456")))
      << "nobody endorsed it yet";
  correct.set_request_id(SystemIds().NewUuid());
  ASSERT_TRUE(bw.life->Correct(bw.Officer("validator"), correct).ok());
  std::string text = Flat(testing::TextOf(PrintCertificate(bw.Get(good_.number()), {})->pdf));
  EXPECT_THAT(text, HasSubstr("importer.registration: \"\" → \"BE0400123456\" (left out"));
  EXPECT_THAT(text, Not(HasSubstr("NO LONGER VALID")));
  certificate::v1::RecordCertificateEventRequest stolen;
  stolen.set_request_id(SystemIds().NewUuid());
  stolen.set_number(good_.number());
  stolen.set_state(pb::CERTIFICATE_STATE_STOLEN);
  stolen.set_text("taken at the airport");
  ASSERT_TRUE(bw.life->Record(bw.Officer("issuer"), stolen).ok());
  text = Flat(testing::TextOf(PrintCertificate(bw.Get(good_.number()), {})->pdf));
  EXPECT_THAT(text, HasSubstr("NO LONGER VALID: STOLEN. taken at the airport"));
}

}  // namespace
}  // namespace kp::document
