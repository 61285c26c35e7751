// Exact decimal numbers as WCO messages carry them: at most 16 significant digits, six of them
// after the point. Never a binary float: 0.1 carat must stay 0.1 carat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kp::wco {

// A value type; canonical, so equal numbers are equal objects ("+1250.50" == "1250.5").
class Decimal final {
 public:
  Decimal() = default;

  // Reads the lexical form of xs:decimal: an optional sign, ASCII digits, an optional point; blanks
  // around it are ignored, leading and trailing zeros do not count as digits. Empty for anything
  // else (comma, exponent, inner blank) and for more than `total` digits or `fraction` decimals.
  static std::optional<Decimal> Parse(std::string_view text, int total = 16, int fraction = 6);

  // The number `units` / 10^scale; 0 <= scale <= 6.
  static Decimal FromScaled(std::int64_t units, int scale);

  // Fixed point, no exponent, no trailing zeros, no plus: "1250.5", "0", "-3".
  std::string ToString() const;

  // The number in units of 10^-scale; empty when that is not exact or does not fit.
  std::optional<std::int64_t> ToScaled(int scale) const;

  bool positive() const { return units_ > 0; }
  bool negative() const { return units_ < 0; }

  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  std::int64_t units_ = 0;
  int scale_ = 0;
};

}  // namespace kp::wco
