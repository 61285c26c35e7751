#include "scheme/origin.h"

#include <algorithm>

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

absl::Status Faulty(const char* reason, const std::string& message, const char* rule = "R05") {
  return FieldError({reason, "", message, rule});
}

absl::StatusOr<CountryCode> MiningCountry(std::string_view text) {
  absl::StatusOr<CountryCode> country = CountryCode::Parse(text);
  if (country.ok()) return country;
  if (ReasonOf(country.status()) != reasons::kCountryUnknown) return country.status();
  return Faulty(reasons::kOriginNotACountry,
                std::string(text) + " is no country where stones are mined");
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

absl::StatusOr<Origin> Origin::Single(std::string_view country) {
  Origin origin;
  KP_ASSIGN_OR_RETURN(CountryCode code, MiningCountry(country));
  origin.kind_ = Kind::kSingle;
  origin.countries_.push_back(std::move(code));
  return origin;
}

absl::StatusOr<Origin> Origin::Mixed(const std::vector<std::string>& countries) {
  if (countries.size() > kMaxOrigins) {
    return Faulty(reasons::kListTooLong, "at most " + std::to_string(kMaxOrigins) + " origins", "");
  }
  if (countries.size() < 2) {
    return Faulty(reasons::kOriginListTooShort,
                  "a list of origins names two or more countries; one is a single origin");
  }
  Origin origin;
  origin.kind_ = Kind::kMixedListed;
  for (const std::string& country : countries) {
    KP_ASSIGN_OR_RETURN(CountryCode code, MiningCountry(country));
    if (origin.Names(code)) {
      return Faulty(reasons::kOriginDuplicate, code.text() + " is listed twice");
    }
    origin.countries_.push_back(std::move(code));
  }
  std::sort(origin.countries_.begin(), origin.countries_.end());
  return origin;
}

absl::StatusOr<Origin> Origin::Parse(std::string_view text) {
  text = Trimmed(text);
  const bool asterisks = !text.empty() && text.find_first_not_of('*') == std::string_view::npos;
  if (asterisks || text == "MIXED" || text == "mixed" || text == "Mixed") {
    return MixedUndisclosed();
  }
  if (text.find(',') == std::string_view::npos) return Single(text);
  std::vector<std::string> countries;
  for (std::size_t start = 0; start <= text.size() && countries.size() <= kMaxOrigins;) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    countries.emplace_back(Trimmed(text.substr(start, end - start)));
    start = end + 1;
  }
  return Mixed(countries);
}

bool Origin::Names(const CountryCode& country) const {
  return std::find(countries_.begin(), countries_.end(), country) != countries_.end();
}

std::string Origin::ToString() const {
  if (kind_ == Kind::kMixedUndisclosed) return "***";
  std::string text;
  for (const CountryCode& country : countries_) {
    if (!text.empty()) text += ",";
    text += country.text();
  }
  return text;
}

}  // namespace kp::scheme
