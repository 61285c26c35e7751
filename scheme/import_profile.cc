#include "scheme/import_profile.h"

#include <algorithm>

namespace kp::scheme {

std::string Deadline::ToString() const {
  const char* const name = unit == Unit::kMonths        ? "month"
                           : unit == Unit::kWorkingDays ? "working day"
                                                        : "day";
  return std::to_string(count) + " " + name + (count == 1 ? "" : "s");
}

bool IsWorkingDay(Date day, std::span<const Date> holidays) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday &&
         std::ranges::find(holidays, day) == holidays.end();
}

Date DueDay(Date from, const Deadline& deadline, std::span<const Date> holidays) {
  switch (deadline.unit) {
    case Deadline::Unit::kDays:
      return from + deadline.count;
    case Deadline::Unit::kMonths:
      return AddMonths(from, deadline.count);
    case Deadline::Unit::kWorkingDays:
      break;
  }
  Date day = from;
  for (int left = deadline.count; left > 0;) {
    ++day;
    if (IsWorkingDay(day, holidays)) --left;
  }
  return day;
}

ImportProfile KnownImportProfile(const EntityCode& code) {
  ImportProfile profile;
  if (code.text() == "EU") {
    profile.confirmation = Deadline{10, Deadline::Unit::kWorkingDays, "EU art. 5(1)(a)"};
    profile.failure_report = Deadline{1, Deadline::Unit::kMonths, "EU arts. 5(3), 14(3)"};
  } else if (code.text() == "IN") {
    profile.lots_percent = 25;
    profile.original = Deadline{7, Deadline::Unit::kWorkingDays, "India, customs circular 53/2003"};
    profile.original_required = true;
  } else if (code.text() == "HK") {
    profile.own_certificate = true;
  }
  return profile;
}

}  // namespace kp::scheme
