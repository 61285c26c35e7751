// Weight and money, exact: thousandths of a carat and cents of a US dollar, never floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::scheme {

// Carats of rough diamonds (field F11); 1 carat is 0.2 g. May be zero or negative as parsed: that
// they are positive is rule R09. At most a thousand million either way, so that no sum of a
// certificate's lines can overflow.
class Carats final {
 public:
  static constexpr std::int64_t kMaxThousandths = 1'000'000'000'000;

  constexpr Carats() = default;
  // Errors: CARATS_OUT_OF_RANGE.
  static absl::StatusOr<Carats> FromThousandths(std::int64_t thousandths);
  // "1250.50", "-3", ".5" is not read. Errors: CARATS_MALFORMED, CARATS_TOO_MANY_DECIMALS (also
  // when the fourth is zero), CARATS_OUT_OF_RANGE.
  static absl::StatusOr<Carats> Parse(std::string_view text);

  std::int64_t thousandths() const { return thousandths_; }
  std::string ToString() const;     // shortest: "1250.5"
  std::string TwoDecimals() const;  // as statistics print it, halves away from zero: "1250.50"
  bool HasThirdDecimal() const { return thousandths_ % 10 != 0; }
  // Net mass rounded to 0.000001 kg (halves away from zero), in that unit.
  std::int64_t Milligrams() const;

  Carats& operator+=(Carats other) {
    thousandths_ += other.thousandths_;
    return *this;
  }
  friend Carats operator+(Carats a, Carats b) { return a += b; }
  Carats& operator-=(Carats other) {
    thousandths_ -= other.thousandths_;
    return *this;
  }
  friend Carats operator-(Carats a, Carats b) { return a -= b; }
  friend auto operator<=>(const Carats&, const Carats&) = default;

 private:
  constexpr explicit Carats(std::int64_t thousandths) : thousandths_(thousandths) {}
  std::int64_t thousandths_ = 0;
};

// A value in US dollars (field F12). As with Carats, positive is rule R09. At most a hundred
// thousand million dollars either way.
class UsDollars final {
 public:
  static constexpr std::int64_t kMaxCents = 10'000'000'000'000;

  constexpr UsDollars() = default;
  // Errors: VALUE_OUT_OF_RANGE.
  static absl::StatusOr<UsDollars> FromCents(std::int64_t cents);
  // Errors: CURRENCY_NOT_USD (rule R09) unless `currency` is "USD"; VALUE_MALFORMED,
  // VALUE_TOO_MANY_DECIMALS, VALUE_OUT_OF_RANGE.
  static absl::StatusOr<UsDollars> Parse(std::string_view amount, std::string_view currency);

  std::int64_t cents() const { return cents_; }
  std::string ToString() const;  // always two decimals: "187500.00"

  UsDollars& operator+=(UsDollars other) {
    cents_ += other.cents_;
    return *this;
  }
  friend UsDollars operator+(UsDollars a, UsDollars b) { return a += b; }
  UsDollars& operator-=(UsDollars other) {
    cents_ -= other.cents_;
    return *this;
  }
  friend UsDollars operator-(UsDollars a, UsDollars b) { return a -= b; }
  friend auto operator<=>(const UsDollars&, const UsDollars&) = default;

 private:
  constexpr explicit UsDollars(std::int64_t cents) : cents_(cents) {}
  std::int64_t cents_ = 0;
};

}  // namespace kp::scheme
