#include "document/image.h"

#include <algorithm>

#include "base/error.h"
#include "document/reasons.h"
#include "document/testing/scans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kp::document {
namespace {

using ::testing::HasSubstr;

GreyImage Ramp(int width, int height) {
  GreyImage image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(i % 256));
  return image;
}

void Refused(const std::string& file, const std::string& why) {
  const auto image = DecodeImage(file);
  EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(image.status()), kImageUnreadable) << why;
  EXPECT_THAT(std::string(image.status().message()), HasSubstr(why));
}

TEST(ImageTest, APngIsReadAsItIs) {
  const auto image = DecodeImage(testing::ToPng(Ramp(40, 30)));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 40);
  EXPECT_EQ(image->height, 30);
  EXPECT_EQ(image->pixels, Ramp(40, 30).pixels);
}

TEST(ImageTest, AJpegIsReadClosely) {
  GreyImage grey{64, 64, std::vector<uint8_t>(4096, 200)};
  const auto image = DecodeImage(testing::ToJpeg(grey, 80));
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->pixels.size(), 4096U);
  EXPECT_NEAR(image->at(30, 30), 200, 2);
}

TEST(ImageTest, WhatIsNoImageIsRefusedWithThePosition) {
  Refused("", "byte 0");
  Refused("%PDF-1.7", "byte 0");
  const std::string png = testing::ToPng(Ramp(40, 30));
  Refused(png.substr(0, 20), "at byte 8");
  Refused(png.substr(0, png.size() / 2), "damaged before byte");
  std::string damaged = png;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x20);
  Refused(damaged, "damaged before byte");
  const std::string jpeg = testing::ToJpeg(Ramp(40, 30), 80);
  Refused(jpeg.substr(0, 3), "0 by 0 pixels");
  EXPECT_TRUE(DecodeImage(jpeg).ok());
}

TEST(ImageTest, TheSizeIsLookedAtBeforeAPixelIsRead) {
  std::string png = testing::ToPng(Ramp(40, 30));
  // 40 by 30 becomes 65,576 by 30, then 40 by 16,777,246: a few bytes that ask for gigabytes.
  std::string wide = png;
  wide[17] = 1;
  Refused(wide, "65576 by 30");
  std::string tall = png;
  tall[20] = 1;
  Refused(tall, "40 by 16777246");
  std::string many = png;  // both sides are allowed, the product is not
  many[18] = 0x7f;
  many[22] = 0x7f;
  Refused(many, "at most 64000000");
  EXPECT_TRUE(DecodeImage(png).ok());
}

TEST(ImageTest, TurnedByAQuarterEveryPixelIsInItsPlace) {
  GreyImage image{21, 11, std::vector<uint8_t>(231, 255)};
  image.at(2, 3) = 0;
  const GreyImage turned = Transformed(image, 1, 90);
  EXPECT_NEAR(turned.width, 11, 1);
  EXPECT_NEAR(turned.height, 21, 1);
  const auto darkest = std::min_element(turned.pixels.begin(), turned.pixels.end());
  const auto at = static_cast<int>(darkest - turned.pixels.begin());
  EXPECT_LT(*darkest, 200);
  const int x = at % turned.width;
  const int y = at / turned.width;
  EXPECT_NEAR(x, 7, 1);  // what was the left is above, what was above is right
  EXPECT_NEAR(y, 2, 1);
}

TEST(ImageTest, BlurredIsTheMeanOfNine) {
  GreyImage image{5, 5, std::vector<uint8_t>(25, 0)};
  image.at(2, 2) = 90;
  const GreyImage blurred = Blurred(image);
  EXPECT_EQ(blurred.at(2, 2), 10);
  EXPECT_EQ(blurred.at(1, 1), 10);
  EXPECT_EQ(blurred.at(0, 0), 0);
  EXPECT_EQ(blurred.at(4, 2), 0);
}

}  // namespace
}  // namespace kp::document
