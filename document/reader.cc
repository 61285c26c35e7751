#include "document/reader.h"

#include <zbar.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "document/reasons.h"
#include "mesh/statement/compact.h"

namespace kp::document {
namespace {

struct Symbol {
  std::string text;
  int x = 0;  // a corner
  int y = 0;
};

// All QR codes of the image.
std::vector<Symbol> Scan(const GreyImage& image) {
  const std::unique_ptr<zbar::zbar_image_scanner_t, void (*)(zbar::zbar_image_scanner_t*)> scanner(
      zbar::zbar_image_scanner_create(), zbar::zbar_image_scanner_destroy);
  // Other symbologies would be found in the lines of a form.
  zbar::zbar_image_scanner_set_config(scanner.get(), zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  zbar::zbar_image_scanner_set_config(scanner.get(), zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  const std::unique_ptr<zbar::zbar_image_t, void (*)(zbar::zbar_image_t*)> scanned(
      zbar::zbar_image_create(), zbar::zbar_image_destroy);
  zbar::zbar_image_set_format(scanned.get(), 'Y' | '8' << 8 | '0' << 16 | '0' << 24);
  zbar::zbar_image_set_size(scanned.get(), static_cast<unsigned>(image.width),
                            static_cast<unsigned>(image.height));
  zbar::zbar_image_set_data(scanned.get(), image.pixels.data(), image.pixels.size(), nullptr);
  std::vector<Symbol> symbols;
  if (zbar::zbar_scan_image(scanner.get(), scanned.get()) <= 0) return symbols;
  for (const zbar::zbar_symbol_t* symbol = zbar::zbar_image_first_symbol(scanned.get());
       symbol != nullptr; symbol = zbar::zbar_symbol_next(symbol)) {
    Symbol& found = symbols.emplace_back();
    found.text.assign(zbar::zbar_symbol_get_data(symbol),
                      zbar::zbar_symbol_get_data_length(symbol));
    if (zbar::zbar_symbol_get_loc_size(symbol) > 0) {
      found.x = zbar::zbar_symbol_get_loc_x(symbol, 0);
      found.y = zbar::zbar_symbol_get_loc_y(symbol, 0);
    }
  }
  return symbols;
}

struct Try {
  const char* how;
  double scale;
  double degrees;
  bool blur;
};

// In the order of what rescues most for least.
constexpr Try kTries[] = {
    {"as it is", 1, 0, false},
    {"enlarged to 150 %", 1.5, 0, false},
    {"blurred", 1, 0, true},
    {"enlarged to 200 %", 2, 0, false},
    {"turned by 45 degrees", 1, 45, false},
    {"enlarged to 200 % and blurred", 2, 0, true},
    {"enlarged to 150 % and turned by 45 degrees", 1.5, 45, false},
    {"reduced to 50 %", 0.5, 0, false},
};

bool WithinLimits(const GreyImage& image, const Try& attempt) {
  // Turned by 45 degrees an image needs up to twice the room.
  const double room = attempt.degrees == 0 ? 1 : 1.42;
  const double width = image.width * attempt.scale * room;
  const double height = image.height * attempt.scale * room;
  return width * height <= static_cast<double>(kMaxPixels) * room * room &&
         std::max(width, height) < static_cast<double>(kMaxSide);
}

absl::Status Refuse(const char* reason, const std::string& why) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, why);
}

}  // namespace

absl::StatusOr<FoundCode> FindCode(const GreyImage& image) {
  std::vector<Symbol> foreign;
  int tries = 0;
  for (const Try& attempt : kTries) {
    if (!WithinLimits(image, attempt)) continue;
    ++tries;
    const bool same = attempt.scale == 1 && attempt.degrees == 0;
    GreyImage changed = same ? image : Transformed(image, attempt.scale, attempt.degrees);
    if (attempt.blur) changed = Blurred(changed);
    FoundCode found{"", attempt.how};
    for (const Symbol& symbol : Scan(changed)) {
      if (!symbol.text.starts_with(statement::kCompactPrefix)) {
        if (same) foreign.push_back(symbol);
        continue;
      }
      if (!found.text.empty() && found.text != symbol.text) {
        return Refuse(kSeveralCodes, absl::StrCat("the image shows a second certificate's code at "
                                                  "pixel (",
                                                  symbol.x, ", ", symbol.y, ")"));
      }
      found.text = symbol.text;
    }
    if (!found.text.empty()) return found;
  }
  for (const Symbol& symbol : foreign) {
    if (statement::LooksCompact(symbol.text)) return statement::CheckCompactPrefix(symbol.text);
  }
  if (!foreign.empty()) {
    return Refuse(kForeignCode,
                  absl::StrCat("the QR code at pixel (", foreign[0].x, ", ", foreign[0].y,
                               ") does not begin with ", statement::kCompactPrefix));
  }
  return Refuse(kNoCodeFound,
                absl::StrCat("no QR code was found in ", image.width, " by ", image.height,
                             " pixels, in ", tries, " tries: as it is, enlarged, blurred, turned"));
}

}  // namespace kp::document
