#include "document/image.h"

#include <cairo.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "document/reasons.h"

namespace kp::document {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;
using Painter = std::unique_ptr<cairo_t, void (*)(cairo_t*)>;

constexpr std::string_view kPngMagic("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kJpegMagic("\xff\xd8\xff", 3);

absl::Status Unreadable(const std::string& why) {
  return MakeError(absl::StatusCode::kInvalidArgument, kImageUnreadable, why);
}

absl::Status CheckSize(int64_t width, int64_t height) {
  if (width > 0 && height > 0 && width <= kMaxSide && height <= kMaxSide &&
      width * height <= kMaxPixels) {
    return absl::OkStatus();
  }
  return Unreadable(absl::StrCat("an image of ", width, " by ", height, " pixels; at most ",
                                 kMaxPixels, " are read, and ", kMaxSide, " on a side"));
}

// A surface of 32 bits a pixel, white.
Surface White(int width, int height) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height),
                  cairo_surface_destroy);
  const Painter cr(cairo_create(surface.get()), cairo_destroy);
  cairo_set_source_rgb(cr.get(), 1, 1, 1);
  cairo_paint(cr.get());
  return surface;
}

GreyImage FromSurface(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  GreyImage image{
      cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const unsigned char* const data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  image.pixels.reserve(static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      uint32_t pixel = 0;
      std::memcpy(&pixel, data + static_cast<ptrdiff_t>(y) * stride + 4 * x, sizeof(pixel));
      const uint32_t red = pixel >> 16U & 0xffU;
      const uint32_t green = pixel >> 8U & 0xffU;
      const uint32_t blue = pixel & 0xffU;
      image.pixels.push_back(static_cast<uint8_t>((red * 299 + green * 587 + blue * 114) / 1000));
    }
  }
  return image;
}

Surface ToSurface(const GreyImage& image) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height),
                  cairo_surface_destroy);
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const uint32_t pixel = image.at(x, y) * 0x010101U;
      std::memcpy(data + static_cast<ptrdiff_t>(y) * stride + 4 * x, &pixel, sizeof(pixel));
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

struct Stream {
  std::string_view file;
  size_t at = 0;
};

cairo_status_t ReadStream(void* closure, unsigned char* data, unsigned int length) {
  Stream& stream = *static_cast<Stream*>(closure);
  if (stream.file.size() - stream.at < length) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(data, stream.file.data() + stream.at, length);
  stream.at += length;
  return CAIRO_STATUS_SUCCESS;
}

uint32_t BigEndian(std::string_view file, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) value = value << 8U | static_cast<unsigned char>(file[i]);
  return value;
}

absl::StatusOr<GreyImage> DecodePng(std::string_view file) {
  // Signature, then the chunk IHDR: its length, its name, width, height.
  if (file.size() < 33 || file.substr(12, 4) != "IHDR") {
    return Unreadable("the PNG has no image header at byte 8");
  }
  KP_RETURN_IF_ERROR(CheckSize(BigEndian(file, 16), BigEndian(file, 20)));
  Stream stream{file};
  const Surface png(cairo_image_surface_create_from_png_stream(ReadStream, &stream),
                    cairo_surface_destroy);
  if (const cairo_status_t status = cairo_surface_status(png.get());
      status != CAIRO_STATUS_SUCCESS) {
    return Unreadable(absl::StrCat("the PNG is damaged before byte ", stream.at, ": ",
                                   cairo_status_to_string(status)));
  }
  const Surface page =
      White(cairo_image_surface_get_width(png.get()), cairo_image_surface_get_height(png.get()));
  {
    const Painter cr(cairo_create(page.get()), cairo_destroy);
    cairo_set_source_surface(cr.get(), png.get(), 0, 0);
    cairo_paint(cr.get());
  }
  return FromSurface(page.get());
}

absl::StatusOr<GreyImage> DecodeJpeg(std::string_view file) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  if (decoder == nullptr) return absl::InternalError("libjpeg does not start");
  const auto* const bytes = reinterpret_cast<const unsigned char*>(file.data());
  GreyImage image;
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), bytes, file.size(), &image.width, &image.height,
                          &subsampling, &colours) != 0) {
    return Unreadable(absl::StrCat("the JPEG's header: ", tjGetErrorStr2(decoder.get())));
  }
  KP_RETURN_IF_ERROR(CheckSize(image.width, image.height));
  image.pixels.resize(static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  // A warning (a file that ends early, stray bytes) leaves an image that may still be read.
  if (tjDecompress2(decoder.get(), bytes, file.size(), image.pixels.data(), image.width, 0,
                    image.height, TJPF_GRAY, TJFLAG_ACCURATEDCT) != 0 &&
      tjGetErrorCode(decoder.get()) != TJERR_WARNING) {
    return Unreadable(absl::StrCat("the JPEG: ", tjGetErrorStr2(decoder.get())));
  }
  return image;
}

}  // namespace

absl::StatusOr<GreyImage> DecodeImage(std::string_view file) {
  if (file.size() > kMaxImageFile) {
    return Unreadable(absl::StrCat("an image file of more than ", kMaxImageFile, " bytes"));
  }
  if (file.starts_with(kPngMagic)) return DecodePng(file);
  if (file.starts_with(kJpegMagic)) return DecodeJpeg(file);
  return Unreadable("byte 0: neither a PNG nor a JPEG begins so");
}

GreyImage Transformed(const GreyImage& image, double scale, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double sine = std::abs(std::sin(angle));
  const double cosine = std::abs(std::cos(angle));
  const auto side = [&](double a, double b) {
    return static_cast<int>(std::ceil(scale * (a * cosine + b * sine)));
  };
  const Surface page = White(side(image.width, image.height), side(image.height, image.width));
  const Surface source = ToSurface(image);
  {
    const Painter cr(cairo_create(page.get()), cairo_destroy);
    cairo_translate(cr.get(), cairo_image_surface_get_width(page.get()) / 2.0,
                    cairo_image_surface_get_height(page.get()) / 2.0);
    cairo_rotate(cr.get(), angle);
    cairo_scale(cr.get(), scale, scale);
    cairo_set_source_surface(cr.get(), source.get(), -image.width / 2.0, -image.height / 2.0);
    cairo_pattern_set_filter(cairo_get_source(cr.get()), CAIRO_FILTER_GOOD);
    cairo_paint(cr.get());
  }
  return FromSurface(page.get());
}

GreyImage Blurred(const GreyImage& image) {
  GreyImage out = image;
  for (int y = 1; y + 1 < image.height; ++y) {
    for (int x = 1; x + 1 < image.width; ++x) {
      int sum = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) sum += image.at(x + dx, y + dy);
      }
      out.at(x, y) = static_cast<uint8_t>(sum / 9);
    }
  }
  return out;
}

}  // namespace kp::document
