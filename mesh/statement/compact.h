// The form of a statement that fits a QR code: "KP1:" + base45(zlib(COSE_Sign1)).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace kp::statement {

inline constexpr char kCompactPrefix[] = "KP1:";

// The largest statement that is read from a compact text: more does not fit a QR code (version 40
// holds 4,296 characters, which is 2,864 bytes before compression gains anything).
inline constexpr size_t kMaxCompactStatementSize = size_t{8} * 1024;

// The largest zlib stream whose compact text fits a QR code. Version 40 at level Q holds 2,420
// alphanumeric characters; less the prefix they are 2,416, and base45 takes three for two bytes.
inline constexpr size_t kMaxQrBytes = 1610;

absl::StatusOr<std::string> CompactEncode(std::string_view statement);

// Whether somebody means such a text: "KP" in any case, digits and a colon.
bool LooksCompact(std::string_view text);
// Whether it is of the form that CompactDecode reads. STATEMENT_COMPACT_MALFORMED with the position:
// small letters, a version that this program does not know, or no such text at all.
absl::Status CheckCompactPrefix(std::string_view text);

// The statement's bytes, unverified. STATEMENT_COMPACT_MALFORMED for a wrong prefix, character,
// zlib stream or anything after it, with the position: of a character in `text`, of a byte in the
// zlib stream. STATEMENT_TOO_LARGE when it would inflate beyond `max_size`, which is never exceeded
// on the way.
absl::StatusOr<std::string> CompactDecode(std::string_view text,
                                          size_t max_size = kMaxCompactStatementSize);

// What a statement takes in its compact form.
struct CompactSize {
  size_t plain = 0;       // bytes of the statement
  size_t compressed = 0;  // bytes of the zlib stream

  bool FitsQr() const { return plain <= kMaxCompactStatementSize && compressed <= kMaxQrBytes; }
};

CompactSize CompactSizeOf(std::string_view statement);

// Whether a statement of `plain` bytes fits a QR code however badly it compresses: then nobody needs
// to compress it to know.
bool SurelyFitsQr(size_t plain);

// The most that a statement with this payload can take once it is signed: key id, salt and
// signature, which nobody knows beforehand, are in their places as bytes that do not compress. Their
// values move the size of a zlib stream by a few bytes: it is measured with several, and the
// largest counts, with a margin (kSizeMargin). Errors are those of StatementSigner::Sign.
absl::StatusOr<CompactSize> LargestCompactSize(const std::string& issuer,
                                               const std::string& content_type,
                                               const google::protobuf::Message& payload);

// Of 20,000 signatures over one payload none took more than 2 bytes above the largest of those
// measured (compact_test.cc repeats it with 2,000).
inline constexpr size_t kSizeMargin = 10;

}  // namespace kp::statement
