#include "scheme/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include <unicode/uchar.h>

#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

struct Folding {
  char16_t from;
  char16_t to[3];
};

// What a certificate says is printed and read by people of two authorities (F1 to F15).
constexpr char kPrintedRule[] = "CORE Annex I A";

constexpr Folding kFoldings[] = {
#include "scheme/fold_table.inc"
};

// Reads one code point at `at` and moves past it; false, and `at` untouched, when the bytes are not
// valid UTF-8.
bool DecodeNext(std::string_view text, std::size_t& at, char32_t& code_point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if (lead < 0x80) {
    length = 1;
    value = lead;
  } else if ((lead & 0xE0U) == 0xC0U) {
    length = 2;
    value = lead & 0x1FU;
    smallest = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3;
    value = lead & 0x0FU;
    smallest = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4;
    value = lead & 0x07U;
    smallest = 0x10000;
  } else {
    return false;
  }
  if (text.size() - at < length) return false;
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char next = byte(at + i);
    if ((next & 0xC0U) != 0x80U) return false;
    value = (value << 6U) | (next & 0x3FU);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
  at += length;
  code_point = value;
  return true;
}

void Encode(char32_t c, std::string& out) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// The joiners of Arabic and Indic scripts are needed to write names in them.
constexpr char32_t kNonJoiner = 0x200C;
constexpr char32_t kJoiner = 0x200D;

struct Unprintable {
  const char* reason;  // null: it can be printed
  const char* what;
};

// A name with such a character could be shown as another name, or not at all; two texts that look
// alike must not differ.
Unprintable WhyUnprintable(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return {nullptr, ""};
  const auto code = static_cast<UChar32>(c);
  switch (u_charType(code)) {
    case U_PRIVATE_USE_CHAR:
      return {reasons::kTextUnprintable, "of private use, which means something else to everybody"};
    case U_UNASSIGNED:
      return {reasons::kTextUnprintable, "that Unicode assigns to nothing"};
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return {reasons::kTextControlCharacter, "that controls the text"};
    default:
      break;
  }
  if (c == kNonJoiner || c == kJoiner) return {nullptr, ""};
  if (u_hasBinaryProperty(code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
      (c >= 0xFFF9 && c <= 0xFFFB)) {
    return {reasons::kTextControlCharacter, "that nobody sees"};
  }
  return {nullptr, ""};
}

std::string CodePointText(char32_t c) {
  std::array<char, 12> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(c));
  return text.data();
}

bool IsSpace(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

bool IsCombining(char32_t c) { return c >= 0x300 && c <= 0x36F; }

void AppendFolded(char32_t c, std::u32string& out) {
  if (c >= 'A' && c <= 'Z') {
    out += c - 'A' + 'a';
    return;
  }
  const auto* found =
      std::lower_bound(std::begin(kFoldings), std::end(kFoldings), c,
                       [](const Folding& folding, char32_t value) { return folding.from < value; });
  if (found == std::end(kFoldings) || found->from != c) {
    out += c;
    return;
  }
  for (const char16_t part : found->to) {
    if (part != 0) out += part;
  }
}

}  // namespace

std::optional<std::size_t> InvalidUtf8At(std::string_view text) {
  std::size_t at = 0;
  char32_t ignored = 0;
  while (at < text.size()) {
    if (!DecodeNext(text, at, ignored)) return at;
  }
  return std::nullopt;
}

std::size_t CountCodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::u32string CodePoints(std::string_view text) {
  std::u32string out;
  std::size_t at = 0;
  char32_t c = 0;
  while (at < text.size() && DecodeNext(text, at, c)) out += c;
  return out;
}

std::optional<Fault> CheckText(std::string_view text, std::string_view field, std::size_t max) {
  const std::string path(field);
  std::size_t at = 0;
  std::size_t count = 0;
  while (at < text.size()) {
    const std::size_t start = at;
    char32_t c = 0;
    if (!DecodeNext(text, at, c)) {
      return Fault{reasons::kTextNotUtf8, path, "not valid UTF-8 at byte " + std::to_string(start),
                   ""};
    }
    if (const Unprintable why = WhyUnprintable(c); why.reason != nullptr) {
      return Fault{why.reason, path,
                   CodePointText(c) + " at byte " + std::to_string(start) + ", a character " +
                       why.what,
                   kPrintedRule};
    }
    if (++count > max) {
      return Fault{reasons::kTextTooLong, path,
                   "longer than " + std::to_string(max) + " characters", ""};
    }
  }
  return std::nullopt;
}

bool IsLanguageTag(std::string_view text) {
  constexpr std::size_t kMaxTag = 35;
  constexpr std::size_t kMaxPart = 8;
  if (text.size() > kMaxTag) return false;
  bool first = true;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::string_view part = text.substr(at, text.find('-', at) - at);
    const bool sized = part.size() <= kMaxPart && part.size() >= (first ? 2U : 1U);
    const bool written = std::all_of(part.begin(), part.end(), [&](char c) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return letter || (!first && c >= '0' && c <= '9');
    });
    if (!sized || !written) return false;
    first = false;
    at += part.size() + 1;
  }
  return true;
}

std::string FoldName(std::string_view text) {
  std::u32string folded;
  std::size_t at = 0;
  while (at < text.size()) {
    char32_t c = 0;
    if (!DecodeNext(text, at, c)) return std::string(text);
    if (IsSpace(c)) {
      if (!folded.empty() && folded.back() != U' ') folded += U' ';
    } else {
      AppendFolded(c, folded);
    }
  }
  if (!folded.empty() && folded.back() == U' ') folded.pop_back();
  // The same accents may come in either order.
  for (auto begin = folded.begin(); begin != folded.end();) {
    begin = std::find_if(begin, folded.end(), IsCombining);
    const auto end = std::find_if_not(begin, folded.end(), IsCombining);
    std::sort(begin, end);
    begin = end;
  }
  std::string out;
  for (const char32_t c : folded) Encode(c, out);
  return out;
}

bool SameName(std::string_view a, std::string_view b) { return FoldName(a) == FoldName(b); }

}  // namespace kp::scheme
