// Texts that people write: size and encoding limits, and the folding under which two spellings of a
// name count as the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kp::scheme {

// Limits in code points.
inline constexpr std::size_t kMaxPartyName = 200;
inline constexpr std::size_t kMaxAddress = 500;
inline constexpr std::size_t kMaxAuthorityName = 200;
inline constexpr std::size_t kMaxIdentifier = 70;  // party ids, seals, consignment references
inline constexpr std::size_t kMaxAreaName = 100;

// The byte at which `text` stops being valid UTF-8 (RFC 3629: shortest forms, no surrogates, at
// most U+10FFFF), or nothing.
std::optional<std::size_t> InvalidUtf8At(std::string_view text);

// Code points of a valid UTF-8 text.
std::size_t CountCodePoints(std::string_view text);

// The first thing wrong with a text: encoding, control or invisible characters, more than `max` code
// points.
// The fault's field is `field`. An empty text is no fault.
std::optional<Fault> CheckText(std::string_view text, std::string_view field, std::size_t max);

// The form in which names are compared: white space at the ends is dropped and every run of it
// inside becomes one space; letters of the Latin, Greek and Cyrillic blocks become lower case; an
// accented letter and the letter followed by its combining accent become the same. Nothing else is
// ignored: accents, punctuation and abbreviations count. Invalid UTF-8 is kept as it is.
std::string FoldName(std::string_view text);

// Whether two names are the same after folding.
bool SameName(std::string_view a, std::string_view b);

}  // namespace kp::scheme
