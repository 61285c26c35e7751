// Where the stones of a shipment were mined (field F3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheme/codes.h"

namespace kp::scheme {

inline constexpr std::size_t kMaxOrigins = 60;

// One country; or mixed and not disclosed (asterisks on the paper); or mixed of two or more
// countries. Places that mine are countries of ISO 3166-1: EU is none, GL is.
class Origin final {
 public:
  enum class Kind { kSingle, kMixedUndisclosed, kMixedListed };

  // Mixed, not disclosed.
  Origin() = default;
  // Errors, both of rule R05: ORIGIN_NOT_A_COUNTRY; of the list also ORIGIN_LIST_TOO_SHORT,
  // ORIGIN_DUPLICATE, LIST_TOO_LONG (no rule).
  static absl::StatusOr<Origin> Single(std::string_view country);
  static absl::StatusOr<Origin> Mixed(const std::vector<std::string>& countries);
  static Origin MixedUndisclosed() { return Origin(); }
  // "BW"; "*" or more asterisks or "MIXED"; "BW,NA". Errors as above.
  static absl::StatusOr<Origin> Parse(std::string_view text);

  Kind kind() const { return kind_; }
  // One country, none, or two and more in ascending order.
  const std::vector<CountryCode>& countries() const { return countries_; }
  bool Names(const CountryCode& country) const;
  std::string ToString() const;  // "BW", "***", "BW,NA"; Parse reads it back
  friend bool operator==(const Origin&, const Origin&) = default;

 private:
  Kind kind_ = Kind::kMixedUndisclosed;
  std::vector<CountryCode> countries_;
};

}  // namespace kp::scheme
