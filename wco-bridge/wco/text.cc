#include "wco-bridge/wco/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>

namespace kp::wco {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::optional<int> ParseDigits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

bool IsXmlChar(char32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

// By the lead byte; 0 for one that starts no well-formed sequence.
std::size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xC2 || lead > 0xF4) {
    return 0;
  }
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::size_t CountCodePoints(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) {
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  }
  return count;
}

std::string Shorten(std::string_view utf8, std::size_t limit) {
  if (CountCodePoints(utf8) <= limit) {
    return std::string(utf8);
  }
  std::size_t end = 0;
  for (std::size_t kept = 0; end < utf8.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(utf8[end]) & 0xC0) != 0x80;
    if (starts && kept++ == limit - 3) {
      break;
    }
  }
  return std::string(utf8.substr(0, end)) + "...";
}

std::size_t XmlCharLength(std::string_view bytes) {
  if (bytes.empty()) {
    return 0;
  }
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = SequenceLength(lead);
  if (length == 0 || bytes.size() < length) {
    return 0;
  }
  char32_t c = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xC0) != 0x80) {
      return 0;
    }
    c = (c << 6) | (next & 0x3Fu);
  }
  const bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
  return !overlong && IsXmlChar(c) ? length : 0;
}

std::string ToXmlText(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = XmlCharLength(bytes);
    text += length == 0 ? kReplacement : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

std::string ToNfc(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  std::string normalized;
  icu::StringByteSink<std::string> sink(&normalized);
  if (U_SUCCESS(error)) {
    nfc->normalizeUTF8(0, icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())),
                       sink, nullptr, error);
  }
  // Only a machine without memory or without ICU's built-in data gets here; names then stay as
  // sent.
  return U_SUCCESS(error) ? normalized : std::string(utf8);
}

std::optional<char32_t> UnseenCharacterIn(std::string_view utf8) {
  constexpr UChar32 kBraillePatternBlank = 0x2800;  // a symbol by category, but without a dot
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 c = text.char32At(at);
    const bool seen = c == ' ' || (u_isgraph(c) && c != kBraillePatternBlank &&
                                   !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT));
    if (!seen) {
      return static_cast<char32_t>(c);
    }
  }
  return std::nullopt;
}

std::optional<absl::CivilDay> ParseDay(std::string_view text) {
  const std::optional<int> number = text.size() == 8 ? ParseDigits(text) : std::nullopt;
  if (!number || *number / 1000000 != 20) {
    return std::nullopt;
  }
  const int year = *number / 10000;
  const int month = *number / 100 % 100;
  const int day = *number % 100;
  // CivilDay turns 31 February into 3 March; a day that does not survive is none of the calendar.
  const absl::CivilDay result(year, month, day);
  if (result.month() != month || result.day() != day) {
    return std::nullopt;
  }
  return result;
}

std::optional<absl::Time> ParseInstant(std::string_view text) {
  if (text.size() != 15 && text.size() != 17) {
    return std::nullopt;
  }
  const std::optional<absl::CivilDay> day = ParseDay(text.substr(0, 8));
  const std::optional<int> clock = ParseDigits(text.substr(8, 6));
  if (!day || !clock || *clock / 10000 > 23 || *clock / 100 % 100 > 59 || *clock % 100 > 59) {
    return std::nullopt;
  }
  int offset_hours = 0;
  const char sign = text[14];
  if (text.size() == 15) {
    if (sign != 'Z') {
      return std::nullopt;
    }
  } else {
    const std::optional<int> hours = ParseDigits(text.substr(15));
    if (!hours || *hours > 14 || (sign != '+' && sign != '-')) {
      return std::nullopt;
    }
    offset_hours = sign == '+' ? *hours : -*hours;
  }
  const absl::CivilSecond second(day->year(), day->month(), day->day(), *clock / 10000,
                                 *clock / 100 % 100, *clock % 100);
  return absl::FromCivil(second, absl::UTCTimeZone()) - absl::Hours(offset_hours);
}

std::string FormatInstant(absl::Time time) {
  return absl::FormatTime("%Y%m%d%H%M%SZ", time, absl::UTCTimeZone());
}

}  // namespace kp::wco
