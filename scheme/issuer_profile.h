// What is national about certificates: each issuing entity's number form and length of validity.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scheme/codes.h"
#include "scheme/dates.h"

namespace kp::scheme {

struct SerialForm {
  int digits = 0;     // exactly so many digits, nothing else
  bool hard = false;  // confirmed by the issuer's law: another form is a HARD finding, else REFER
};

struct ValidityLimit {
  enum class Unit { kDays, kMonths };
  int count = 60;
  Unit unit = Unit::kDays;
  bool hard = false;  // the limit is known: longer is a HARD finding, else REFER

  // The last day on which a certificate issued on `issue` may expire.
  Date LatestExpiry(Date issue) const;
  std::string ToString() const;  // "60 days", "2 months"
};

struct IssuerProfile {
  EntityCode code;
  std::vector<EntityCode> aliases;   // other letters that its certificates bear or bore
  std::optional<SerialForm> serial;  // absent: not known, any form passes
  ValidityLimit validity;            // default: 60 days, soft
  std::string zone_name = "UTC";     // of its authorities, where an authority has none of its own
  std::string source;                // where this is known from
};

// The profiles known to this project: EU two months and eight digits (Reg. 2368/2002 art. 12(5),
// Annex IV), GB two months (soft), MO 60 days, ZA seven digits (soft). The trust documents may
// carry better ones.
std::vector<IssuerProfile> KnownProfiles();

// The known profile of `code`, or the default one.
IssuerProfile KnownProfile(const EntityCode& code);

}  // namespace kp::scheme
