#include "scheme/dates.h"

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

absl::Status Malformed() {
  return FieldError(
      {reasons::kDateMalformed, "", "a date is written YYYY-MM-DD, from 1900 to 2999", ""});
}

// The digits of `text` from `at` on, or -1.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

Date LastOfMonth(int year, int month) { return Date(absl::CivilMonth(year, month) + 1) - 1; }

}  // namespace

absl::StatusOr<Date> MakeDate(int year, int month, int day) {
  if (year < 1900 || year > 2999) return Malformed();
  if (month < 1 || month > 12 || day < 1 || day > LastOfMonth(year, month).day()) {
    return FieldError(
        {reasons::kDateNotInCalendar, "",
         absl::StrFormat("%04d-%02d-%02d is no day of the calendar", year, month, day), ""});
  }
  return Date(year, month, day);
}

absl::StatusOr<Date> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return Malformed();
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  if (year < 0 || month < 0 || day < 0) return Malformed();
  return MakeDate(year, month, day);
}

std::string FormatDate(Date date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

Date AddMonths(Date date, int months) {
  const absl::CivilMonth month = absl::CivilMonth(date) + months;
  const Date last = Date(month + 1) - 1;
  return date.day() > last.day() ? last : Date(month.year(), month.month(), date.day());
}

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  absl::TimeZone zone;
  // An empty name would be read as UTC.
  if (name.empty() || !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) {
    return FieldError({reasons::kZoneUnknown, "",
                       "'" + std::string(name) + "' is no name of the time zone database", ""});
  }
  return zone;
}

Date DayInZone(absl::Time time, absl::TimeZone zone) { return absl::ToCivilDay(time, zone); }

bool IsExpiredAt(Date expiry, absl::Time time, absl::TimeZone issuer_zone) {
  return DayInZone(time, issuer_zone) > expiry;
}

absl::StatusOr<UncertainDate> UncertainDate::Parse(std::string_view text) {
  if (text.empty()) return UncertainDate{};
  if (text.size() == 10) {
    KP_ASSIGN_OR_RETURN(const Date day, ParseDate(text));
    return On(day);
  }
  if (text.size() != 4 && text.size() != 7) return Malformed();
  std::string first(text);
  first.append(text.size() == 4 ? "-01-01" : "-01");
  KP_ASSIGN_OR_RETURN(const Date earliest, ParseDate(first));
  const Date latest = text.size() == 4
                          ? Date(earliest.year(), 12, 31)
                          : LastOfMonth(static_cast<int>(earliest.year()), earliest.month());
  return UncertainDate{earliest, latest};
}

Certainty UncertainDate::ReachedBy(Date day) const {
  if (latest && day >= *latest) return Certainty::kYes;
  if (earliest && day < *earliest) return Certainty::kNo;
  return Certainty::kUncertain;
}

Certainty Period::Covers(Date first, Date last) const {
  const bool surely_not_begun = from.ReachedBy(last) == Certainty::kNo;
  const bool surely_over = until && until->ReachedBy(first) == Certainty::kYes;
  if (surely_not_begun || surely_over) return Certainty::kNo;
  const bool surely_begun = from.ReachedBy(first) == Certainty::kYes;
  const bool surely_open = !until || until->ReachedBy(last) == Certainty::kNo;
  return surely_begun && surely_open ? Certainty::kYes : Certainty::kUncertain;
}

Certainty AnyCovers(std::span<const Period> periods, Date first, Date last) {
  Certainty best = Certainty::kNo;
  for (const Period& period : periods) {
    const Certainty one = period.Covers(first, last);
    if (one > best) best = one;
  }
  return best;
}

}  // namespace kp::scheme
