#include "mesh/statement/base45.h"

#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
static_assert(kAlphabet.size() == 45);

constexpr uint8_t kNone = 255;

constexpr std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}();

absl::Status Fault(size_t position, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, kCompactMalformed,
                   absl::StrCat("base45 character ", position, ": ",
                                absl::string_view(what.data(), what.size())));
}

}  // namespace

std::string Base45Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 1) / 2 * 3);
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const bool pair = i + 1 < bytes.size();
    uint32_t value = static_cast<unsigned char>(bytes[i]);
    if (pair) value = value * 256 + static_cast<unsigned char>(bytes[i + 1]);
    text += kAlphabet[value % 45];
    text += kAlphabet[value / 45 % 45];
    if (pair) text += kAlphabet[value / (45 * 45)];
  }
  return text;
}

absl::StatusOr<std::string> Base45Decode(std::string_view text, size_t offset) {
  std::string bytes;
  bytes.reserve(text.size() / 3 * 2 + 1);
  for (size_t i = 0; i < text.size(); i += 3) {
    const std::string_view group = text.substr(i, 3);
    if (group.size() == 1) return Fault(offset + i, "one character is left over");
    uint32_t value = 0;
    uint32_t weight = 1;
    for (size_t j = 0; j < group.size(); ++j) {
      const uint8_t digit = kValues[static_cast<unsigned char>(group[j])];
      if (digit == kNone) return Fault(offset + i + j, "not in the alphabet");
      value += digit * weight;
      weight *= 45;
    }
    const bool pair = group.size() == 3;
    if (value > (pair ? 0xffffu : 0xffu)) return Fault(offset + i, "the group is too large for its bytes");
    if (pair) bytes += static_cast<char>(value >> 8);
    bytes += static_cast<char>(value & 0xffu);
  }
  return bytes;
}

}  // namespace kp::statement
