// What is national about imports: what an entity asks for before it confirms one, and how much time
// it gives (domain sections 4.2, 5 and 7).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scheme/codes.h"
#include "scheme/dates.h"

namespace kp::scheme {

inline constexpr int kMaxDeadlineCount = 3650;
inline constexpr std::size_t kMaxHolidays = 2000;

// So much time from the day on which something happened; that day does not count.
struct Deadline {
  enum class Unit { kDays, kWorkingDays, kMonths };
  int count = 0;
  Unit unit = Unit::kDays;
  std::string source;  // the clause

  std::string ToString() const;  // "10 working days"
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

// Whether people work on that day: Monday to Friday, but the holidays.
bool IsWorkingDay(Date day, std::span<const Date> holidays);

// The last day on which a deadline that runs from `from` is kept. Of calendar days and months it
// may fall on a day on which nobody works: no source says that it moves.
Date DueDay(Date from, const Deadline& deadline, std::span<const Date> holidays);

struct ImportProfile {
  bool inspection_required = false;  // no confirmation without a record of an inspection
  int inspection_percent = 0;        // of consignments that are opened, by risk
  int lots_percent = 0;  // of the lots of each consignment that are opened, at least one
  std::optional<Deadline> confirmation;    // from submission; absent: the service's own default
  std::optional<Deadline> original;        // to produce a missing original; absent: none is known
  bool original_required = false;          // no confirmation while the original is missing
  std::optional<Deadline> failure_report;  // from detention or seizure; absent: none is known
  bool own_certificate = false;            // a certificate of import of its own comes first
  std::vector<Date> holidays;              // beside Saturdays and Sundays; empty: none is known
};

// What this project knows: EU (Reg. 2368/2002 art. 5: confirmation in 10 working days, failure
// report in one month), IN (customs circular 53/2003: 25 % of the lots, the original in 7 working
// days), HK (its own certificate of import). Others ask for nothing that a source names. The trust
// documents may say better.
ImportProfile KnownImportProfile(const EntityCode& code);

}  // namespace kp::scheme
