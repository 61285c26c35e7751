#include "document/testing/scans.h"

#include <cairo.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "document/qr.h"
#include "tests/support/pki.h"

namespace kp::document::testing {
namespace {

[[noreturn]] void Abort(const std::string& why) {
  std::fprintf(stderr, "scans: %s\n", why.c_str());
  std::abort();
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Abort("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Runs a tool of poppler-utils on the PDF: "TOOL FLAGS in.pdf OUT" in `directory`.
void Poppler(const kp::testing::TempDir& directory, const std::string& pdf, const std::string& tool,
             const std::string& out) {
  std::ofstream(directory / "in.pdf", std::ios::binary) << pdf;
  const std::string command = absl::StrCat(tool, " ", directory / "in.pdf", " ", directory / out);
  if (std::system(command.c_str()) != 0) Abort(command);
}

cairo_status_t Append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::vector<std::string> PngPages(const std::string& pdf) {
  const kp::testing::TempDir directory;
  Poppler(directory, pdf, absl::StrCat("pdftoppm -png -r ", kDpi), "page");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() == ".png") names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string> pages;
  for (const std::string& name : names) pages.push_back(ReadFile(name));
  return pages;
}

std::vector<GreyImage> Pages(const std::string& pdf) {
  std::vector<GreyImage> pages;
  for (const std::string& png : PngPages(pdf)) {
    auto page = DecodeImage(png);
    if (!page.ok()) Abort(page.status().ToString());
    pages.push_back(*std::move(page));
  }
  return pages;
}

std::string TextOf(const std::string& pdf) {
  const kp::testing::TempDir directory;
  Poppler(directory, pdf, "pdftotext -raw", "out.txt");
  return ReadFile(directory / "out.txt");
}

std::string WordsOf(const std::string& pdf) {
  const kp::testing::TempDir directory;
  Poppler(directory, pdf, "pdftotext -bbox", "out.html");
  return ReadFile(directory / "out.html");
}

std::string ToPng(const GreyImage& image) {
  cairo_surface_t* const surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    auto* const row = reinterpret_cast<std::uint32_t*>(cairo_image_surface_get_data(surface) +
                                                       static_cast<std::ptrdiff_t>(y) *
                                                           cairo_image_surface_get_stride(surface));
    for (int x = 0; x < image.width; ++x) row[x] = image.at(x, y) * 0x010101U;
  }
  cairo_surface_mark_dirty(surface);
  std::string png;
  if (cairo_surface_write_to_png_stream(surface, Append, &png) != CAIRO_STATUS_SUCCESS) {
    Abort("cairo writes no PNG");
  }
  cairo_surface_destroy(surface);
  return png;
}

std::string ToJpeg(const GreyImage& image, int quality) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  if (tjCompress2(encoder, image.pixels.data(), image.width, 0, image.height, TJPF_GRAY, &bytes,
                  &size, TJSAMP_GRAY, quality, 0) != 0) {
    Abort(tjGetErrorStr2(encoder));
  }
  std::string jpeg(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(encoder);
  return jpeg;
}

GreyImage Noisy(const GreyImage& image, double deviation, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, deviation);
  GreyImage out = image;
  for (std::uint8_t& pixel : out.pixels) {
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + noise(random), 0.0, 255.0));
  }
  return out;
}

GreyImage Blotted(const GreyImage& image, double x, double y, double diameter) {
  GreyImage out = image;
  for (int row = 0; row < out.height; ++row) {
    for (int column = 0; column < out.width; ++column) {
      if (std::hypot(column - x, row - y) <= diameter / 2) out.at(column, row) = 0;
    }
  }
  return out;
}

Square FindSymbol(const GreyImage& page, int modules) {
  const double module = kModuleMm * kDpi / 25.4;
  const double side = modules * module;
  const double left = (page.width - side) / 2;
  const auto dark = [&](double from, int y) {
    for (double x = from + module / 2; x < from + 6.5 * module; ++x) {
      if (page.at(static_cast<int>(x), y) > 127) return false;
    }
    return true;
  };
  for (int y = 0; y < page.height; ++y) {
    // A rule across the page is dark beside the symbol too.
    if (page.at(static_cast<int>(left - 2 * module), y) > 127 && dark(left, y) &&
        dark(left + side - 7 * module, y)) {
      return {left, static_cast<double>(y), side};
    }
  }
  Abort("no symbol on the page");
}

}  // namespace kp::document::testing
