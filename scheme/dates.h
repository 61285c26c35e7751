// Days. A date on a certificate is a civil day in the time zone of the authority that issued it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace kp::scheme {

using Date = absl::CivilDay;

// Three answers to a question about the past. "Could not tell" is never "yes".
enum class Certainty { kNo, kUncertain, kYes };

// A day of the calendar, 1900 to 2999. Errors: DATE_MALFORMED, DATE_NOT_IN_CALENDAR.
absl::StatusOr<Date> MakeDate(int year, int month, int day);

// "2026-02-27". Errors: DATE_MALFORMED, DATE_NOT_IN_CALENDAR.
absl::StatusOr<Date> ParseDate(std::string_view text);
std::string FormatDate(Date date);

// `months` calendar months later; the last day of the month where that day does not exist
// (31 December and two months: 28 or 29 February).
Date AddMonths(Date date, int months);

// The time zone of a name of the tz database. Errors: ZONE_UNKNOWN.
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);

// The day that an instant falls on in a zone.
Date DayInZone(absl::Time time, absl::TimeZone zone);

// Whether a certificate that expires on `expiry` is expired at `time`: it is good through the end
// of that day in its issuer's zone.
bool IsExpiredAt(Date expiry, absl::Time time, absl::TimeZone issuer_zone);

// A day of which the sources may tell only the month or the year, or nothing: it lies from
// `earliest` to `latest`, both included; an absent bound is not known.
struct UncertainDate {
  std::optional<Date> earliest;
  std::optional<Date> latest;

  static UncertainDate On(Date day) { return {day, day}; }
  // "YYYY", "YYYY-MM", "YYYY-MM-DD"; empty: nothing known. Errors as ParseDate.
  static absl::StatusOr<UncertainDate> Parse(std::string_view text);

  // Whether that day has come on `day`.
  Certainty ReachedBy(Date day) const;
  friend bool operator==(const UncertainDate&, const UncertainDate&) = default;
};

// From a first day (included) to an end (the first day on which it no longer holds; absent: open).
struct Period {
  UncertainDate from;
  std::optional<UncertainDate> until;

  Certainty Covers(Date day) const { return Covers(day, day); }
  // Whether it holds on every day from `first` to `last`: no, when it holds on none of them.
  Certainty Covers(Date first, Date last) const;
  friend bool operator==(const Period&, const Period&) = default;
};

// Yes if one period surely covers all those days, uncertain if one may cover some, else no.
Certainty AnyCovers(std::span<const Period> periods, Date first, Date last);

}  // namespace kp::scheme
