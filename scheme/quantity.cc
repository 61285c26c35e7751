#include "scheme/quantity.h"

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

constexpr std::size_t kMaxDecimalText = 40;

struct DecimalReasons {
  const char* malformed;
  const char* too_many_decimals;
  const char* out_of_range;
  const char* unit;
};
constexpr DecimalReasons kCaratReasons = {reasons::kCaratsMalformed,
                                          reasons::kCaratsTooManyDecimals,
                                          reasons::kCaratsOutOfRange, "carats"};
constexpr DecimalReasons kDollarReasons = {reasons::kValueMalformed, reasons::kValueTooManyDecimals,
                                           reasons::kValueOutOfRange, "dollars"};

absl::Status Faulty(const char* reason, const std::string& message) {
  return FieldError({reason, "", message, ""});
}

absl::Status OutOfRange(const DecimalReasons& reasons) {
  return Faulty(reasons.out_of_range, std::string("more ") + reasons.unit + " than are recorded");
}

// A decimal number with at most `decimals` decimals, in units of the last of them.
absl::StatusOr<std::int64_t> ParseDecimal(std::string_view text, int decimals, std::int64_t max,
                                          const DecimalReasons& reasons) {
  const auto malformed = [&](std::size_t at) {
    return Faulty(reasons.malformed, std::string("not a number of ") + reasons.unit +
                                         " such as 1250.50, at position " + std::to_string(at));
  };
  if (text.size() > kMaxDecimalText) return malformed(kMaxDecimalText);
  const bool negative = !text.empty() && text.front() == '-';
  std::int64_t value = 0;
  int digits_before = 0;
  int digits_after = 0;
  bool point = false;
  bool too_large = false;
  for (std::size_t i = negative ? 1 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point && digits_before > 0) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      point ? ++digits_after : ++digits_before;
      if (digits_after <= decimals) value = value * 10 + (c - '0');
      // Far above any maximum, far below overflow.
      too_large = too_large || value > 10 * max;
      if (too_large) value = 0;
    } else {
      return malformed(i);
    }
  }
  if (digits_before == 0 || (point && digits_after == 0)) return malformed(text.size());
  if (digits_after > decimals) {
    return Faulty(reasons.too_many_decimals,
                  "at most " + std::to_string(decimals) + " decimals of " + reasons.unit);
  }
  for (int i = digits_after; i < decimals; ++i) value *= 10;
  if (too_large || value > max) return OutOfRange(reasons);
  return negative ? -value : value;
}

std::int64_t DivideRounding(std::int64_t value, std::int64_t by) {
  return (value + (value < 0 ? -by / 2 : by / 2)) / by;
}

std::string Fixed(std::int64_t value, std::int64_t unit, int decimals) {
  const std::int64_t magnitude = value < 0 ? -value : value;
  return absl::StrFormat("%s%d.%0*d", value < 0 ? "-" : "", magnitude / unit, decimals,
                         magnitude % unit);
}

}  // namespace

absl::StatusOr<Carats> Carats::FromThousandths(std::int64_t thousandths) {
  if (thousandths > kMaxThousandths || thousandths < -kMaxThousandths) {
    return OutOfRange(kCaratReasons);
  }
  return Carats(thousandths);
}

absl::StatusOr<Carats> Carats::Parse(std::string_view text) {
  KP_ASSIGN_OR_RETURN(const std::int64_t thousandths,
                      ParseDecimal(text, 3, kMaxThousandths, kCaratReasons));
  return Carats(thousandths);
}

std::string Carats::ToString() const {
  std::string text = Fixed(thousandths_, 1000, 3);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string Carats::TwoDecimals() const { return Fixed(DivideRounding(thousandths_, 10), 100, 2); }

// A thousandth of a carat is 0.2 mg.
std::int64_t Carats::Milligrams() const { return DivideRounding(thousandths_, 5); }

absl::StatusOr<UsDollars> UsDollars::FromCents(std::int64_t cents) {
  if (cents > kMaxCents || cents < -kMaxCents) return OutOfRange(kDollarReasons);
  return UsDollars(cents);
}

absl::StatusOr<UsDollars> UsDollars::Parse(std::string_view amount, std::string_view currency) {
  if (currency != "USD") {
    return FieldError(
        {reasons::kCurrencyNotUsd, "",
         "values are in US dollars (USD) only, not '" + std::string(currency.substr(0, 10)) + "'",
         "R09"});
  }
  KP_ASSIGN_OR_RETURN(const std::int64_t cents, ParseDecimal(amount, 2, kMaxCents, kDollarReasons));
  return UsDollars(cents);
}

std::string UsDollars::ToString() const { return Fixed(cents_, 100, 2); }

}  // namespace kp::scheme
