#include "scheme/issuer_profile.h"

namespace kp::scheme {
namespace {

EntityCode Code(std::string_view letters) {
  return EntityCode::Parse(letters).value_or(EntityCode());
}

}  // namespace

Date ValidityLimit::LatestExpiry(Date issue) const {
  return unit == Unit::kMonths ? AddMonths(issue, count) : issue + count;
}

std::string ValidityLimit::ToString() const {
  return std::to_string(count) + (unit == Unit::kMonths ? " months" : " days");
}

std::vector<IssuerProfile> KnownProfiles() {
  const ValidityLimit two_months_by_law = {2, ValidityLimit::Unit::kMonths, true};
  const ValidityLimit two_months = {2, ValidityLimit::Unit::kMonths, false};
  const ValidityLimit sixty_days_by_law = {60, ValidityLimit::Unit::kDays, true};
  return {
      {Code("EU"),
       {},
       SerialForm{8, true},
       two_months_by_law,
       "Europe/Brussels",
       "Regulation (EC) No 2368/2002 art. 12(5), Annex IV"},
      {Code("GB"),
       {},
       std::nullopt,
       two_months,
       "Europe/London",
       "retained Regulation 2368/2002, chapter III; the length is not confirmed"},
      {Code("MO"), {}, std::nullopt, sixty_days_by_law, "Asia/Macau", "Macao Law 15/2019"},
      {Code("ZA"),
       {},
       SerialForm{7, false},
       {},
       "Africa/Johannesburg",
       "a number in customs test data; that the form is general is not confirmed"},
  };
}

IssuerProfile KnownProfile(const EntityCode& code) {
  for (IssuerProfile& profile : KnownProfiles()) {
    if (profile.code == code) return std::move(profile);
  }
  IssuerProfile profile;
  profile.code = code;
  profile.source = "not known: 60 days, soft";
  return profile;
}

}  // namespace kp::scheme
