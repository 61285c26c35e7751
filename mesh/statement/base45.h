// Base45 (RFC 9285): bytes in the alphabet that a QR code packs densely.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::statement {

std::string Base45Encode(std::string_view bytes);

// STATEMENT_COMPACT_MALFORMED with the position of the first character that is wrong, counted from
// `offset` on: of the text that it is part of.
absl::StatusOr<std::string> Base45Decode(std::string_view text, size_t offset = 0);

}  // namespace kp::statement
