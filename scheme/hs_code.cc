#include "scheme/hs_code.h"

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {

absl::StatusOr<HsCode> HsCode::Parse(std::string_view text) {
  const auto malformed = [] {
    return FieldError({reasons::kHsCodeMalformed, "",
                       "a commodity code has six to ten digits, such as 7102.31", ""});
  };
  constexpr std::size_t kMaxText = 20;
  if (text.size() > kMaxText) return malformed();
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != '.' && c != ' ') {
      return malformed();
    }
  }
  if (digits.size() < 6 || digits.size() > 10) return malformed();
  return HsCode(digits.substr(0, 6));
}

std::string HsCode::ToString() const {
  return empty() ? std::string() : digits_.substr(0, 4) + "." + digits_.substr(4);
}

bool HsCode::InScope() const {
  return digits_ == "710210" || digits_ == "710221" || digits_ == "710231";
}

}  // namespace kp::scheme
