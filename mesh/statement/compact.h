// The form of a statement that fits a QR code: "KP1:" + base45(zlib(COSE_Sign1)).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::statement {

inline constexpr char kCompactPrefix[] = "KP1:";

// The largest statement that is read from a compact text: more does not fit a QR code (version 40
// holds 4,296 characters, which is 2,864 bytes before compression gains anything).
inline constexpr size_t kMaxCompactStatementSize = size_t{8} * 1024;

absl::StatusOr<std::string> CompactEncode(std::string_view statement);

// The statement's bytes, unverified. STATEMENT_COMPACT_MALFORMED for a wrong prefix, character,
// zlib stream or anything after it; STATEMENT_TOO_LARGE when it would inflate beyond `max_size`,
// which is never exceeded on the way.
absl::StatusOr<std::string> CompactDecode(std::string_view text,
                                          size_t max_size = kMaxCompactStatementSize);

}  // namespace kp::statement
