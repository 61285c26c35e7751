#include "scheme/serial_range.h"

#include <algorithm>

#include "scheme/reasons.h"
#include "scheme/verdict.h"

namespace kp::scheme {
namespace {

constexpr std::size_t kMaxDigits = 18;

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string Explain(const CertificateNumber& number, const SerialFacts& facts,
                    SerialPosition position, std::string_view authority, int year) {
  const std::string text = number.canonical();
  const std::string range = facts.allotted.has_value() ? facts.allotted->ToString() : "";
  switch (position) {
    case SerialPosition::kNotKept:
    case SerialPosition::kInside:
      return "";
    case SerialPosition::kOutside:
      return text + " lies in no range that the issuer ever allotted";
    case SerialPosition::kOtherYear:
      return text + " lies in the range " + range + ", allotted for " +
             std::to_string(facts.allotted->year) + ", not for " + std::to_string(year);
    case SerialPosition::kOtherAuthority:
      return text + " lies in the range " + range + ", allotted to " +
             Quoted(facts.allotted->authority) + ", not to " + Quoted(authority);
    case SerialPosition::kBlankLost:
      return text + " is a blank form that was lost before anything was issued on it";
    case SerialPosition::kBlankStolen:
      return text + " is a blank form that was stolen before anything was issued on it";
    case SerialPosition::kArchived:
      return text + " was issued, and its record has gone to the issuer's archive";
  }
  return "";
}

}  // namespace

std::optional<SerialKey> SerialKeyOf(const CertificateNumber& number) {
  const std::string text = number.canonical();
  std::size_t digits = 0;
  while (digits < std::min(kMaxDigits, number.serial().size())) {
    const char c = text[text.size() - 1 - digits];
    if (c < '0' || c > '9') break;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  SerialKey key;
  key.head = text.substr(0, text.size() - digits);
  key.digits = static_cast<int>(digits);
  for (const char c : text.substr(key.head.size())) key.value = key.value * 10 + (c - '0');
  return key;
}

std::string NumberText(const SerialKey& key) {
  std::string digits = std::to_string(key.value);
  const auto width = static_cast<std::size_t>(key.digits);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return key.head + digits;
}

std::string SerialRange::ToString() const {
  SerialKey end = first;
  end.value = last;
  return NumberText(first) + " to " + NumberText(end);
}

absl::StatusOr<SerialRange> MakeSerialRange(const CertificateNumber& first,
                                            const CertificateNumber& last) {
  const auto malformed = [](const char* field, std::string message) {
    return FieldError({reasons::kRangeMalformed, field, std::move(message), "R06"});
  };
  const auto from = SerialKeyOf(first);
  if (!from) return malformed("first_number", "must end in a digit");
  const auto to = SerialKeyOf(last);
  if (!to) return malformed("last_number", "must end in a digit");
  if (from->head != to->head || from->digits != to->digits) {
    return malformed("last_number",
                     "must be of one series with the first: the same letters, and as many digits");
  }
  if (to->value < from->value) return malformed("last_number", "lies before the first");
  SerialRange range;
  range.first = *from;
  range.last = to->value;
  return range;
}

const char* SerialPositionName(SerialPosition position) {
  switch (position) {
    case SerialPosition::kNotKept:
      return "NOT_KEPT";
    case SerialPosition::kInside:
      return "INSIDE";
    case SerialPosition::kOutside:
      return "OUTSIDE";
    case SerialPosition::kOtherYear:
      return "OTHER_YEAR";
    case SerialPosition::kOtherAuthority:
      return "OTHER_AUTHORITY";
    case SerialPosition::kBlankLost:
      return "BLANK_LOST";
    case SerialPosition::kBlankStolen:
      return "BLANK_STOLEN";
    case SerialPosition::kArchived:
      return "ARCHIVED";
  }
  return "";
}

SerialPosition PositionOf(const SerialFacts& facts, std::string_view authority, int year) {
  // What was issued is neither blank nor outside, whatever the ranges say.
  if (facts.archived) return SerialPosition::kArchived;
  // A form that is gone stays gone, whatever range it was printed for.
  if (facts.blank == RangeKind::kBlanksLost) return SerialPosition::kBlankLost;
  if (facts.blank == RangeKind::kBlanksStolen) return SerialPosition::kBlankStolen;
  if (!facts.kept) return SerialPosition::kNotKept;
  if (!facts.allotted) return SerialPosition::kOutside;
  if (year != 0 && facts.allotted->year != 0 && facts.allotted->year != year) {
    return SerialPosition::kOtherYear;
  }
  if (!authority.empty() && facts.allotted->authority != authority) {
    return SerialPosition::kOtherAuthority;
  }
  return SerialPosition::kInside;
}

std::optional<Finding> CheckSerial(const CertificateNumber& number, const SerialFacts& facts,
                                   std::string_view authority, int year,
                                   const std::string& pointer) {
  const SerialPosition position = PositionOf(facts, authority, year);
  // At issue everything is known: whatever the ranges have against the number refuses it.
  const Cell cell = SerialCell(position, true);
  if (cell.reason == nullptr) return std::nullopt;
  return Finding{"R06", Severity::kHard, pointer, Explain(number, facts, position, authority, year),
                 cell.reason};
}

std::optional<Finding> JudgeUnknownSerial(const CertificateNumber& number, const SerialFacts& facts,
                                          int year, bool register_complete) {
  const SerialPosition position = PositionOf(facts, "", year);
  const Cell cell = SerialCell(position, register_complete);
  if (cell.reason == nullptr) return std::nullopt;
  return Finding{"R06", cell.severity, "number", Explain(number, facts, position, "", year),
                 cell.reason};
}

}  // namespace kp::scheme
