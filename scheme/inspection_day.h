// When a look at the goods counts as an inspection of them: not before what it is to be compared
// with was there, and not after the act that rests on it. The bounds are this project's reading of
// the order of steps; no source names a number of days.
//
// Before export (R12, R14; CORE Annex II 17-18): the exporter submits the shipment with its
// particulars, then the contents are verified against them. So it counts from the day on which the
// particulars were given (the application, or its latest amendment), that day included, through the
// day of the validation.
//
// At import (R13, R19, R25; EU arts. 3-5): goods and certificate are presented together, then seals
// and contents are looked at. So it counts from the day of presentation, that day included, through
// the day on which it is recorded. Where nobody told that day yet, from the day before the export
// that the issuer announced: the two days are of two calendars, which may be a day apart.
#pragma once

#include <optional>
#include <string>

#include "scheme/dates.h"

namespace kp::scheme {

struct InspectionBounds {
  std::optional<Date> first;  // absent: not known, and nothing is too early
  std::string first_is;       // "the application of 2026-03-02"
  Date last;                  // the act that rests on it, or today where it is recorded
};

// `particulars`: when they were given; absent in records of before this rule.
InspectionBounds BoundsBeforeExport(std::optional<Date> particulars, Date last);
// `presented` and `exported`: absent where they are not known.
InspectionBounds BoundsAtImport(std::optional<Date> presented, std::optional<Date> exported,
                                Date last);

enum class InspectionTime { kCounts, kTooEarly, kTooLate };
InspectionTime Place(const InspectionBounds& bounds, Date day);

// Why it does not count, for a person; empty where it counts.
std::string WhyNot(const InspectionBounds& bounds, Date day);

}  // namespace kp::scheme
