// Text rules shared by reading and writing messages.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace kp::wco {

// Without blanks (space, tab, line ends) at both ends.
std::string_view Trim(std::string_view text);

// Code points in well-formed UTF-8.
std::size_t CountCodePoints(std::string_view utf8);

// At most `limit` code points of `utf8`; what is cut off is replaced by "..." within the limit.
std::string Shorten(std::string_view utf8, std::size_t limit);

// Any bytes as text that XML 1.0 can hold: what it cannot becomes U+FFFD.
std::string ToXmlText(std::string_view bytes);

// The length of the well-formed UTF-8 sequence at the start of `bytes` when it is a character that
// XML 1.0 allows, else 0.
std::size_t XmlCharLength(std::string_view bytes);

// Unicode normalization form C.
std::string ToNfc(std::string_view utf8);

// The first character that a reader does not see, or takes for an ordinary blank: controls, marks
// that reorder or hide, fillers, blanks other than U+0020. `utf8` is well-formed.
std::optional<char32_t> UnseenCharacterIn(std::string_view utf8);

// "CCYYMMDD" as a day of the calendar, years 2000 to 2099 (the data model knows no others).
std::optional<absl::CivilDay> ParseDay(std::string_view text);

// "CCYYMMDDHHMMSS" with "Z", "+HH" or "-HH". No offset has minutes in this format, and none exceeds
// 14 hours.
std::optional<absl::Time> ParseInstant(std::string_view text);

// In UTC with "Z", whole seconds (the rest is cut off).
std::string FormatInstant(absl::Time time);

}  // namespace kp::wco
