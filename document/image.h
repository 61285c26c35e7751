// Grey images: read from files of others, enlarged, blurred, turned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kp::document {

// Of a file, and of the image in it: A4 at 600 dpi has 35 million.
inline constexpr std::size_t kMaxImageFile = std::size_t{64} << 20;
inline constexpr std::int64_t kMaxPixels = 64'000'000;
inline constexpr std::int64_t kMaxSide = 32'767;  // cairo's

// Eight bits a pixel, 0 is black, rows from top to bottom without gaps.
struct GreyImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;

  std::uint8_t& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  std::uint8_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

// A PNG or a JPEG file, what is transparent on white. IMAGE_UNREADABLE: neither, damaged, larger
// than the limits, which are looked at before a pixel is read.
absl::StatusOr<GreyImage> DecodeImage(std::string_view file);

// Turned by `degrees` around its middle and scaled, on white; large enough to hold all of it. The
// result must keep the limits above.
GreyImage Transformed(const GreyImage& image, double scale, double degrees);

// Every pixel the mean of itself and its eight neighbours.
GreyImage Blurred(const GreyImage& image);

}  // namespace kp::document
