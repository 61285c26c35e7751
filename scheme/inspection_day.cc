#include "scheme/inspection_day.h"

namespace kp::scheme {

InspectionBounds BoundsBeforeExport(std::optional<Date> particulars, Date last) {
  return {particulars,
          particulars ? "the day of the particulars, " + FormatDate(*particulars) : std::string(),
          last};
}

InspectionBounds BoundsAtImport(std::optional<Date> presented, std::optional<Date> exported,
                                Date last) {
  if (presented) return {presented, "the day of presentation, " + FormatDate(*presented), last};
  if (!exported) return {std::nullopt, "", last};
  return {*exported - 1, "the export, which the issuer tells of " + FormatDate(*exported), last};
}

InspectionTime Place(const InspectionBounds& bounds, Date day) {
  if (day > bounds.last) return InspectionTime::kTooLate;
  if (bounds.first && day < *bounds.first) return InspectionTime::kTooEarly;
  return InspectionTime::kCounts;
}

std::string WhyNot(const InspectionBounds& bounds, Date day) {
  switch (Place(bounds, day)) {
    case InspectionTime::kCounts:
      return "";
    case InspectionTime::kTooEarly:
      return FormatDate(day) + " lies before " + bounds.first_is;
    case InspectionTime::kTooLate:
      return FormatDate(day) + " lies after " + FormatDate(bounds.last);
  }
  return "";
}

}  // namespace kp::scheme
