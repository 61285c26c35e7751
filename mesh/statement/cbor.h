// Deterministic CBOR (RFC 8949 section 4.2.1), written and read. The reader accepts only what the
// writer could have written: one value has one encoding, so bytes can be compared and hashed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::statement {

// Arrays and maps inside one another, deeper is refused in both directions.
inline constexpr size_t kMaxCborDepth = 16;

// Appends items to a string; heads always in the shortest form. The caller writes as many items as
// it announced, map keys in ascending order (non-negative integers), and text that is UTF-8.
class CborWriter final {
 public:
  void Uint(uint64_t value);
  void Int(int64_t value);
  void Bytes(std::string_view value);
  void Text(std::string_view value);
  void Bool(bool value);
  void Null();
  void Array(size_t items);
  void Map(size_t pairs);
  void Tag(uint64_t tag);

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Pulls items from `bytes`, which must outlive the reader and every view it gives. Refused, with
// reason STATEMENT_MALFORMED and the byte position: heads not in the shortest form, indefinite
// lengths, floats and simple values but true, false and null, map keys that are unsorted, repeated
// or neither integer nor text, text that is not UTF-8, more depth than kMaxCborDepth, counts that
// the remaining bytes cannot hold, and an item of another kind than asked for. Allocates nothing.
// After an error the reader is not to be used further.
class CborReader final {
 public:
  enum class Kind { kUint, kNegative, kBytes, kText, kArray, kMap, kTag, kBool, kNull };

  explicit CborReader(std::string_view bytes) : bytes_(bytes) {}

  // The kind of the next item, which stays unread.
  absl::StatusOr<Kind> Peek() const;

  absl::StatusOr<uint64_t> Uint();
  absl::StatusOr<int64_t> Int();  // also refuses what int64 cannot hold
  absl::StatusOr<std::string_view> Bytes();
  absl::StatusOr<std::string_view> Text();
  absl::StatusOr<bool> Bool();
  absl::Status Null();
  absl::StatusOr<size_t> Array();  // the number of items, which follow
  absl::StatusOr<size_t> Map();    // the number of pairs, which follow: key, value, key, value...
  absl::StatusOr<uint64_t> Tag();  // the tagged item follows

  // Reads one whole item of any kind but a tag, checks it, and returns its bytes.
  absl::StatusOr<std::string_view> Skip();

  // OK when everything has been read.
  absl::Status Finish() const;

  // The error of this reader for a value that is well encoded but not acceptable, at the item last
  // read.
  absl::Status Fault(std::string_view what) const;

 private:
  struct Head;
  struct Frame {
    bool map = false;
    uint64_t remaining = 0;         // items, for a map twice the pairs
    std::string_view previous_key;  // encoded
  };

  absl::StatusOr<Head> ReadHead() const;
  absl::StatusOr<Head> Next(Kind kind);
  absl::Status Consume(const Head& head);
  absl::Status FaultAt(size_t position, std::string_view what) const;

  std::string_view bytes_;
  size_t position_ = 0;
  size_t last_ = 0;  // where the item last read begins
  std::array<Frame, kMaxCborDepth> frames_;
  size_t depth_ = 0;
};

// True when `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

}  // namespace kp::statement
