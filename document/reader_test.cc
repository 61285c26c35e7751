// A printed certificate, rasterised by poppler and read by zbar, as scanners and telephones see it.
#include "document/reader.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "document/certificate_print.h"
#include "document/qr.h"
#include "document/reasons.h"
#include "document/testing/certificates.h"
#include "document/testing/scans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"

namespace kp::document {
namespace {

namespace pb = certificate::v1;
using certificate::testing::GoodApplication;
using ::testing::HasSubstr;

constexpr double kPixelsPerMm = testing::kDpi / 25.4;

struct Print {
  std::string text;  // of the code
  PrintedCertificate printed;
  std::vector<GreyImage> pages;
  const GreyImage& page() const { return pages.back(); }  // with the code
  int modules() const { return printed.code_version * 4 + 17; }
};

Print PrintOf(const pb::Certificate& record) {
  Print print;
  print.text = *statement::CompactEncode(record.statement());
  print.printed = *PrintCertificate(record, {.language = "fr", .authorities = {}});
  print.pages = testing::Pages(print.printed.pdf);
  return print;
}

// The same print for all: rasterising takes longer than reading.
class ReaderTest : public ::testing::Test {
 protected:
  static const Print& Small() {
    static const Print* const kPrint =
        new Print(PrintOf(testing::Issuer().Validated(GoodApplication())));
    return *kPrint;
  }
  static const Print& Largest() {
    static const Print* const kPrint =
        new Print(PrintOf(testing::Issuer().Largest(testing::LongApplication())));
    return *kPrint;
  }
  static void Reads(const GreyImage& image, const Print& print, const std::string& what) {
    const auto found = FindCode(image);
    ASSERT_TRUE(found.ok()) << what << ": " << found.status();
    EXPECT_EQ(found->text, print.text) << what;
    std::printf("%s, version %d: read %s\n", what.c_str(), print.printed.code_version,
                found->how.c_str());
  }
};

TEST_F(ReaderTest, TheCodeIsOfModulesOf06MmWithQuietZoneOnAPageOfItsOwnIfNeedBe) {
  EXPECT_EQ(Small().printed.code_version, kLeastVersion);
  EXPECT_EQ(Largest().printed.code_version, 40);
  EXPECT_NEAR(Largest().printed.code_mm, 111, 0.01);
  for (const Print* print : {&Small(), &Largest()}) {
    EXPECT_NEAR(print->printed.code_mm, (print->modules() + 8) * 0.6, 0.01);
    // As drawn: the symbol where it is told, white around it.
    const testing::Square symbol = testing::FindSymbol(print->page(), print->modules());
    const auto clear = [&](double mm) { return static_cast<int>(std::lround(mm * kPixelsPerMm)); };
    for (int y = static_cast<int>(symbol.y) - clear(2.3); y < symbol.y + symbol.side + clear(2.3);
         ++y) {
      for (int x = clear(0.4); x < clear(2.3); ++x) {
        ASSERT_EQ(print->page().at(static_cast<int>(symbol.x) - x, y), 255);
        ASSERT_EQ(print->page().at(static_cast<int>(symbol.x + symbol.side) + x, y), 255);
      }
    }
    // The lowest dark row of the symbol: the finder pattern at its left lower corner.
    const int bottom = static_cast<int>(symbol.y + symbol.side - 0.3 * kPixelsPerMm);
    EXPECT_LT(print->page().at(static_cast<int>(symbol.x + 2 * kPixelsPerMm), bottom), 128);
  }
}

TEST_F(ReaderTest, ReadsEveryPageAt200Dpi) {
  Reads(Small().page(), Small(), "200 dpi");
  Reads(Largest().page(), Largest(), "200 dpi");
}

TEST_F(ReaderTest, ReadsAPageRotatedBy5Degrees) {
  for (const double degrees : {5.0, -5.0, 90.0, 180.0}) {
    const std::string what = "turned by " + std::to_string(static_cast<int>(degrees));
    Reads(Transformed(Small().page(), 1, degrees), Small(), what);
    Reads(Transformed(Largest().page(), 1, degrees), Largest(), what);
  }
}

TEST_F(ReaderTest, ReadsAPageScaledBy07) {
  Reads(Transformed(Small().page(), 0.7, 0), Small(), "scaled by 0.7");
  Reads(Transformed(Largest().page(), 0.7, 0), Largest(), "scaled by 0.7");
}

TEST_F(ReaderTest, ReadsAPageWithNoiseAndJpeg80) {
  for (const Print* print : {&Small(), &Largest()}) {
    const std::string jpeg = testing::ToJpeg(testing::Noisy(print->page(), 25, 1), 80);
    Reads(*DecodeImage(jpeg), *print, "noise and JPEG 80");
  }
}

TEST_F(ReaderTest, ReadsAPageRotatedScaledNoisyAndJpeg80AtOnce) {
  for (const Print* print : {&Small(), &Largest()}) {
    const GreyImage scan = testing::Noisy(Transformed(print->page(), 0.7, 5), 15, 2);
    Reads(*DecodeImage(testing::ToJpeg(scan, 80)), *print, "all at once");
  }
}

TEST_F(ReaderTest, WhatIsNotReadAsItIsIsTriedEnlargedBlurredAndTurned) {
  std::string rescued;
  const auto read = [&](const GreyImage& image) {
    const auto found = FindCode(*DecodeImage(testing::ToJpeg(image, 80)));
    if (!found.ok()) return;
    EXPECT_EQ(found->text, Largest().text);
    absl::StrAppend(&rescued, found->how, "\n");
  };
  read(testing::Noisy(Largest().page(), 60, 1));
  for (const double degrees : {30, 40, 15, 25, 35}) {
    const GreyImage scan = Transformed(Largest().page(), 0.7, degrees);
    for (const double noise : {40, 50, 30, 60}) {
      if (absl::StrContains(rescued, "turned") && absl::StrContains(rescued, "enlarged")) break;
      read(testing::Noisy(scan, noise, 1));
    }
  }
  EXPECT_THAT(rescued, HasSubstr("blurred"));
  EXPECT_THAT(rescued, HasSubstr("enlarged"));
  EXPECT_THAT(rescued, HasSubstr("turned"));
}

TEST_F(ReaderTest, ReadsAPageWithABlotOf30Mm) {
  for (const Print* print : {&Small(), &Largest()}) {
    const testing::Square symbol = testing::FindSymbol(print->page(), print->modules());
    for (const auto& [right, down] :
         {std::pair{0.5, 0.5}, {0.4, 0.6}, {0.6, 0.5}, {0.5, 0.2}, {0.5, 0.8}, {0.2, 0.5}}) {
      Reads(testing::Blotted(print->page(), symbol.x + right * symbol.side,
                             symbol.y + down * symbol.side, 30 * kPixelsPerMm),
            *print, "a blot of 30 mm");
    }
  }
}

TEST_F(ReaderTest, ABlotOnAFinderPatternIsTold) {
  const testing::Square symbol = testing::FindSymbol(Small().page(), Small().modules());
  const auto lost =
      FindCode(testing::Blotted(Small().page(), symbol.x, symbol.y, 30 * kPixelsPerMm));
  EXPECT_EQ(ReasonOf(lost.status()), kNoCodeFound) << lost.status();
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(FindCode(Small().page()).ok());
}

// A page with codes of these texts one below the other.
GreyImage PageOf(const std::vector<std::string>& texts) {
  GreyImage page{600, static_cast<int>(texts.size()) * 600, {}};
  page.pixels.assign(static_cast<size_t>(page.width) * static_cast<size_t>(page.height), 255);
  for (size_t i = 0; i < texts.size(); ++i) {
    const QrCode code = *QrCode::Encode(texts[i]);
    for (int y = 0; y < code.modules() * 4; ++y) {
      for (int x = 0; x < code.modules() * 4; ++x) {
        if (code.dark(x / 4, y / 4)) page.at(x + 50, y + 50 + static_cast<int>(i) * 600) = 0;
      }
    }
  }
  return page;
}

TEST_F(ReaderTest, AForeignCodeIsToldWithItsPlaceAndTwoCertificatesAreRefused) {
  const auto foreign = FindCode(PageOf({"HTTPS://EXAMPLE.ORG/"}));
  EXPECT_EQ(ReasonOf(foreign.status()), kForeignCode);
  EXPECT_THAT(std::string(foreign.status().message()), HasSubstr("at pixel ("));
  // Beside a certificate's code it does not disturb.
  EXPECT_EQ(FindCode(PageOf({"HTTPS://EXAMPLE.ORG/", "KP1:ABC"}))->text, "KP1:ABC");
  EXPECT_EQ(ReasonOf(FindCode(PageOf({"KP1:ABC", "KP1:ABD"})).status()), kSeveralCodes);
  EXPECT_EQ(FindCode(PageOf({"KP1:ABC", "KP1:ABC"}))->text, "KP1:ABC");
  EXPECT_EQ(ReasonOf(FindCode(PageOf({})).status()), kNoCodeFound);
}

TEST_F(ReaderTest, SpacesOfTheCodeStayAlsoAtItsEnds) {
  EXPECT_EQ(FindCode(PageOf({"KP1: AB  C "}))->text, "KP1: AB  C ");
}

TEST_F(ReaderTest, WhatFitsNoCodeIsRefused) {
  EXPECT_EQ(QrCode::Encode("KP1:" + std::string(2416, 'A'))->version(), 40);
  const auto larger = QrCode::Encode("KP1:" + std::string(2417, 'A'));
  EXPECT_EQ(ReasonOf(larger.status()), kCodeTooLarge);
  EXPECT_THAT(std::string(larger.status().message()), HasSubstr("2421"));
  const auto foreign = QrCode::Encode("KP1:a");
  EXPECT_EQ(ReasonOf(foreign.status()), kCodeTooLarge);
  EXPECT_THAT(std::string(foreign.status().message()), HasSubstr("character 4"));
}

}  // namespace
}  // namespace kp::document
