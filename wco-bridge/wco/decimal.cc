#include "wco-bridge/wco/decimal.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "wco-bridge/wco/text.h"

namespace kp::wco {
namespace {

constexpr int kMaxScale = 6;

constexpr std::int64_t kPowersOfTen[kMaxScale + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text, int total, int fraction) {
  text = Trim(text);
  bool minus = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    minus = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view part = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (whole.empty() && part.empty()) {
    return std::nullopt;
  }
  for (const std::string_view digits : {whole, part}) {
    for (const char c : digits) {
      if (!IsDigit(c)) {
        return std::nullopt;
      }
    }
  }
  while (!whole.empty() && whole.front() == '0') {
    whole.remove_prefix(1);
  }
  while (!part.empty() && part.back() == '0') {
    part.remove_suffix(1);
  }
  // xs:totalDigits counts the digits of the value: in 0.000002 that is one, but six as
  // fractionDigits.
  std::string_view counted = part;
  while (whole.empty() && !counted.empty() && counted.front() == '0') {
    counted.remove_prefix(1);
  }
  if (part.size() > static_cast<std::size_t>(fraction) ||
      whole.size() + counted.size() > static_cast<std::size_t>(total)) {
    return std::nullopt;
  }
  Decimal result;
  for (const std::string_view digits : {whole, part}) {
    for (const char c : digits) {
      result.units_ = result.units_ * 10 + (c - '0');
    }
  }
  result.scale_ = static_cast<int>(part.size());
  if (minus) {
    result.units_ = -result.units_;
  }
  return result;
}

Decimal Decimal::FromScaled(std::int64_t units, int scale) {
  Decimal result;
  result.units_ = units;
  result.scale_ = scale;
  while (result.scale_ > 0 && result.units_ % 10 == 0) {
    result.units_ /= 10;
    --result.scale_;
  }
  return result;
}

std::string Decimal::ToString() const {
  // Negating in unsigned arithmetic is defined for the smallest int64 too.
  const std::uint64_t magnitude =
      units_ < 0 ? 0 - static_cast<std::uint64_t>(units_) : static_cast<std::uint64_t>(units_);
  const auto power = static_cast<std::uint64_t>(kPowersOfTen[scale_]);
  std::string text = absl::StrCat(units_ < 0 ? "-" : "", magnitude / power);
  if (scale_ > 0) {
    const std::string part = absl::StrCat(magnitude % power);
    absl::StrAppend(&text, ".", std::string(static_cast<std::size_t>(scale_) - part.size(), '0'),
                    part);
  }
  return text;
}

std::optional<std::int64_t> Decimal::ToScaled(int scale) const {
  if (scale < scale_ || scale - scale_ > kMaxScale) {
    return std::nullopt;
  }
  const std::int64_t power = kPowersOfTen[scale - scale_];
  if (units_ > std::numeric_limits<std::int64_t>::max() / power ||
      units_ < std::numeric_limits<std::int64_t>::min() / power) {
    return std::nullopt;
  }
  return units_ * power;
}

}  // namespace kp::wco
