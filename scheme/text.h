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

// Code points of a text, up to the first byte that is not valid UTF-8.
std::u32string CodePoints(std::string_view text);

// The first thing wrong with a text: encoding, more than `max` code points, or a code point that
// cannot be printed so that everybody reads the same: controls and what nobody sees (Unicode's
// default ignorables but the joiners of Arabic and Indic scripts, so overrides of the direction,
// selectors, tags), private use, noncharacters, and what this Unicode version assigns to nothing.
// The fault's field is `field`, the code point and its byte are named. An empty text is no fault.
std::optional<Fault> CheckText(std::string_view text, std::string_view field, std::size_t max);

// Whether a text has the form of a language tag (BCP 47, RFC 5646 section 2.1): a part of 2 to 8
// letters, then parts of 1 to 8 letters and digits, joined by hyphens; at most 35 characters.
bool IsLanguageTag(std::string_view text);

// The form in which names are compared: white space at the ends is dropped and every run of it
// inside becomes one space; letters of the Latin, Greek and Cyrillic blocks become lower case; an
// accented letter and the letter followed by its combining accent become the same. Nothing else is
// ignored: accents, punctuation and abbreviations count. Invalid UTF-8 is kept as it is.
std::string FoldName(std::string_view text);

// Whether two names are the same after folding.
bool SameName(std::string_view a, std::string_view b);

}  // namespace kp::scheme
