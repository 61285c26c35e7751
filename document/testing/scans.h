// For tests only: a printed certificate as a scanner or a telephone sees it. Anything that fails
// here aborts the test program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "document/image.h"

namespace kp::document::testing {

inline constexpr int kDpi = 200;

// The pages of a PDF by poppler's pdftoppm, as PNG files at 200 dpi.
std::vector<std::string> PngPages(const std::string& pdf);
std::vector<GreyImage> Pages(const std::string& pdf);
// Its text by poppler's pdftotext, cell after cell as it was drawn.
std::string TextOf(const std::string& pdf);
// Its words with their places, as HTML; unlike the text with the hyphens at the ends of lines.
std::string WordsOf(const std::string& pdf);

// The whole file as written by an ordinary encoder.
std::string ToPng(const GreyImage& image);
std::string ToJpeg(const GreyImage& image, int quality);

// With normally distributed noise on every pixel; the same for the same seed.
GreyImage Noisy(const GreyImage& image, double deviation, std::uint32_t seed);
// With a round black blot; in pixels.
GreyImage Blotted(const GreyImage& image, double x, double y, double diameter);

struct Square {
  double x = 0;  // of its left upper corner, in pixels
  double y = 0;
  double side = 0;
};

// Where the symbol of a code of `modules` modules stands on a page that was rasterised upright: in
// the middle, below the first line that begins and ends with the edge of a finder pattern.
Square FindSymbol(const GreyImage& page, int modules);

}  // namespace kp::document::testing
