// The commodity code of a line (field F14).
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::scheme {

// The first six digits of a code of the Harmonized System. National tariffs add digits, which do
// not count here. Empty when default-constructed.
class HsCode final {
 public:
  HsCode() = default;
  // "7102.31", "71023100", "7102.31.00.90": six to ten digits, dots and spaces between them.
  // Errors: HS_CODE_MALFORMED. A code outside the scheme is read: that is rule R08.
  static absl::StatusOr<HsCode> Parse(std::string_view text);

  const std::string& digits() const { return digits_; }  // "710231"
  std::string ToString() const;                          // "7102.31"
  // 7102.10 unsorted, 7102.21 industrial, 7102.31 non-industrial: unworked or simply sawn, cleaved
  // or bruted.
  bool InScope() const;
  bool empty() const { return digits_.empty(); }
  friend auto operator<=>(const HsCode&, const HsCode&) = default;

 private:
  explicit HsCode(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

}  // namespace kp::scheme
