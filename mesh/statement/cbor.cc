#include "mesh/statement/cbor.h"

#include <cbor.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

using Kind = CborReader::Kind;

constexpr size_t kMaxHeadSize = 9;

// One head as libcbor's streaming decoder reports it.
struct Token {
  Kind kind = Kind::kNull;
  uint64_t value = 0;  // integer (for a negative one -1 - value), length, count, tag or truth
  std::string_view content;
  const char* refused = nullptr;
};

void Set(void* token, Kind kind, uint64_t value) {
  static_cast<Token*>(token)->kind = kind;
  static_cast<Token*>(token)->value = value;
}

void SetString(void* token, Kind kind, cbor_data data, size_t size) {
  Set(token, kind, size);
  static_cast<Token*>(token)->content = {reinterpret_cast<const char*>(data), size};
}

void Refuse(void* token, const char* what) { static_cast<Token*>(token)->refused = what; }
void RefuseIndefinite(void* token) { Refuse(token, "an indefinite length is not allowed"); }

cbor_callbacks MakeCallbacks() {
  cbor_callbacks on{};
  on.uint8 = [](void* t, uint8_t v) { Set(t, Kind::kUint, v); };
  on.uint16 = [](void* t, uint16_t v) { Set(t, Kind::kUint, v); };
  on.uint32 = [](void* t, uint32_t v) { Set(t, Kind::kUint, v); };
  on.uint64 = [](void* t, uint64_t v) { Set(t, Kind::kUint, v); };
  on.negint8 = [](void* t, uint8_t v) { Set(t, Kind::kNegative, v); };
  on.negint16 = [](void* t, uint16_t v) { Set(t, Kind::kNegative, v); };
  on.negint32 = [](void* t, uint32_t v) { Set(t, Kind::kNegative, v); };
  on.negint64 = [](void* t, uint64_t v) { Set(t, Kind::kNegative, v); };
  on.byte_string = [](void* t, cbor_data d, size_t n) { SetString(t, Kind::kBytes, d, n); };
  on.string = [](void* t, cbor_data d, size_t n) { SetString(t, Kind::kText, d, n); };
  on.array_start = [](void* t, size_t n) { Set(t, Kind::kArray, n); };
  on.map_start = [](void* t, size_t n) { Set(t, Kind::kMap, n); };
  on.tag = [](void* t, uint64_t v) { Set(t, Kind::kTag, v); };
  on.boolean = [](void* t, bool v) { Set(t, Kind::kBool, v ? 1 : 0); };
  on.null = [](void* t) { Set(t, Kind::kNull, 0); };
  on.byte_string_start = RefuseIndefinite;
  on.string_start = RefuseIndefinite;
  on.indef_array_start = RefuseIndefinite;
  on.indef_map_start = RefuseIndefinite;
  on.indef_break = RefuseIndefinite;
  on.float2 = [](void* t, float) { Refuse(t, "a float is not allowed"); };
  on.float4 = [](void* t, float) { Refuse(t, "a float is not allowed"); };
  on.float8 = [](void* t, double) { Refuse(t, "a float is not allowed"); };
  on.undefined = [](void* t) { Refuse(t, "undefined is not allowed"); };
  return on;
}

// The size of the shortest head that says the same.
size_t ShortestHead(Kind kind, uint64_t value) {
  std::array<unsigned char, kMaxHeadSize> head{};
  if (kind == Kind::kBool || kind == Kind::kNull) return 1;
  // The major type does not change the length of a head.
  return cbor_encode_uint(value, head.data(), head.size());
}

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kUint:
      return "an unsigned integer";
    case Kind::kNegative:
      return "a negative integer";
    case Kind::kBytes:
      return "a byte string";
    case Kind::kText:
      return "a text string";
    case Kind::kArray:
      return "an array";
    case Kind::kMap:
      return "a map";
    case Kind::kTag:
      return "a tag";
    case Kind::kBool:
      return "a boolean";
    case Kind::kNull:
      return "null";
  }
  return "an item";
}

template <typename Encode, typename Value>
void AppendHead(std::string& out, Encode encode, Value value) {
  std::array<unsigned char, kMaxHeadSize> head{};
  const size_t size = encode(value, head.data(), head.size());
  out.append(reinterpret_cast<const char*>(head.data()), size);
}

}  // namespace

void CborWriter::Uint(uint64_t value) { AppendHead(out_, cbor_encode_uint, value); }

void CborWriter::Int(int64_t value) {
  if (value >= 0) {
    Uint(static_cast<uint64_t>(value));
  } else {
    AppendHead(out_, cbor_encode_negint, static_cast<uint64_t>(-1 - value));
  }
}

void CborWriter::Bytes(std::string_view value) {
  AppendHead(out_, cbor_encode_bytestring_start, value.size());
  out_.append(value);
}

void CborWriter::Text(std::string_view value) {
  AppendHead(out_, cbor_encode_string_start, value.size());
  out_.append(value);
}

void CborWriter::Bool(bool value) { AppendHead(out_, cbor_encode_bool, value); }

void CborWriter::Null() {
  std::array<unsigned char, kMaxHeadSize> head{};
  const size_t size = cbor_encode_null(head.data(), head.size());
  out_.append(reinterpret_cast<const char*>(head.data()), size);
}

void CborWriter::Array(size_t items) { AppendHead(out_, cbor_encode_array_start, items); }

void CborWriter::Map(size_t pairs) { AppendHead(out_, cbor_encode_map_start, pairs); }

void CborWriter::Tag(uint64_t tag) { AppendHead(out_, cbor_encode_tag, tag); }

struct CborReader::Head {
  Kind kind;
  uint64_t value;
  std::string_view content;
  size_t size;  // with the content
};

absl::Status CborReader::FaultAt(size_t position, std::string_view what) const {
  return MakeError(
      absl::StatusCode::kInvalidArgument, kMalformed,
      absl::StrFormat("CBOR byte %d: %s", position, absl::string_view(what.data(), what.size())));
}

absl::Status CborReader::Fault(std::string_view what) const { return FaultAt(last_, what); }

absl::StatusOr<CborReader::Head> CborReader::ReadHead() const {
  static const cbor_callbacks callbacks = MakeCallbacks();
  const std::string_view rest = bytes_.substr(position_);
  if (rest.empty()) return FaultAt(position_, "the data ends where an item should begin");
  // libcbor 0.8 calls the tags 6 to 20 unassigned, as RFC 7049 did, and COSE_Sign1 is 18.
  if (const auto first = static_cast<unsigned char>(rest[0]); first >= 0xc0 && first <= 0xd7) {
    return Head{Kind::kTag, first - uint64_t{0xc0}, {}, 1};
  }
  Token token;
  const cbor_decoder_result result =
      cbor_stream_decode(reinterpret_cast<cbor_data>(rest.data()), rest.size(), &callbacks, &token);
  if (result.status == CBOR_DECODER_NEDATA) {
    return FaultAt(position_, "the item is longer than the data");
  }
  if (result.status != CBOR_DECODER_FINISHED) return FaultAt(position_, "not a CBOR item");
  if (token.refused != nullptr) return FaultAt(position_, token.refused);
  if (result.read - token.content.size() != ShortestHead(token.kind, token.value)) {
    return FaultAt(position_, "not in the shortest form");
  }
  return Head{token.kind, token.value, token.content, result.read};
}

absl::Status CborReader::Consume(const Head& head) {
  while (depth_ > 0 && frames_[depth_ - 1].remaining == 0) --depth_;
  last_ = position_;
  if (depth_ > 0) {
    Frame& frame = frames_[depth_ - 1];
    if (frame.map && frame.remaining % 2 == 0) {
      if (head.kind != Kind::kUint && head.kind != Kind::kNegative && head.kind != Kind::kText) {
        return Fault("a map key must be an integer or text");
      }
      const std::string_view key = bytes_.substr(position_, head.size);
      if (key == frame.previous_key) return Fault("a map key is repeated");
      if (key < frame.previous_key) return Fault("map keys are not in ascending order");
      frame.previous_key = key;
    }
    if (head.kind != Kind::kTag) --frame.remaining;
  }
  position_ += head.size;
  if (head.kind == Kind::kText && !IsUtf8(head.content)) return Fault("the text is not UTF-8");
  if (head.kind == Kind::kArray || head.kind == Kind::kMap) {
    const bool map = head.kind == Kind::kMap;
    // Every item takes at least one byte, so this bounds what a reader may reserve for a count.
    if (head.value > (bytes_.size() - position_) / (map ? 2 : 1)) {
      return Fault("more items are announced than the data can hold");
    }
    if (depth_ == frames_.size()) {
      return Fault(absl::StrCat("nested deeper than ", kMaxCborDepth));
    }
    frames_[depth_++] = {map, map ? 2 * head.value : head.value, {}};
  }
  return absl::OkStatus();
}

absl::StatusOr<CborReader::Kind> CborReader::Peek() const {
  KP_ASSIGN_OR_RETURN(const Head head, ReadHead());
  return head.kind;
}

absl::StatusOr<CborReader::Head> CborReader::Next(Kind kind) {
  KP_ASSIGN_OR_RETURN(Head head, ReadHead());
  if (head.kind != kind) {
    return FaultAt(position_,
                   absl::StrCat("expected ", NameOf(kind), ", found ", NameOf(head.kind)));
  }
  KP_RETURN_IF_ERROR(Consume(head));
  return head;
}

absl::StatusOr<uint64_t> CborReader::Uint() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kUint));
  return head.value;
}

absl::StatusOr<int64_t> CborReader::Int() {
  KP_ASSIGN_OR_RETURN(const Head head, ReadHead());
  if (head.kind != Kind::kUint && head.kind != Kind::kNegative) {
    return FaultAt(position_, absl::StrCat("expected an integer, found ", NameOf(head.kind)));
  }
  KP_RETURN_IF_ERROR(Consume(head));
  if (head.value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Fault("the integer does not fit 64 bits with sign");
  }
  const auto value = static_cast<int64_t>(head.value);
  return head.kind == Kind::kUint ? value : -1 - value;
}

absl::StatusOr<std::string_view> CborReader::Bytes() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kBytes));
  return head.content;
}

absl::StatusOr<std::string_view> CborReader::Text() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kText));
  return head.content;
}

absl::StatusOr<bool> CborReader::Bool() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kBool));
  return head.value != 0;
}

absl::Status CborReader::Null() { return Next(Kind::kNull).status(); }

absl::StatusOr<size_t> CborReader::Array() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kArray));
  return head.value;
}

absl::StatusOr<size_t> CborReader::Map() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kMap));
  return head.value;
}

absl::StatusOr<uint64_t> CborReader::Tag() {
  KP_ASSIGN_OR_RETURN(const Head head, Next(Kind::kTag));
  return head.value;
}

absl::StatusOr<std::string_view> CborReader::Skip() {
  const size_t start = position_;
  uint64_t open = 1;  // items still to read; each is at least a byte, so this cannot overflow
  while (open > 0) {
    KP_ASSIGN_OR_RETURN(const Head head, ReadHead());
    if (head.kind == Kind::kTag) return FaultAt(position_, "a tag is not expected here");
    KP_RETURN_IF_ERROR(Consume(head));
    --open;
    if (head.kind == Kind::kArray) open += head.value;
    if (head.kind == Kind::kMap) open += 2 * head.value;
  }
  return bytes_.substr(start, position_ - start);
}

absl::Status CborReader::Finish() const {
  if (position_ != bytes_.size()) return FaultAt(position_, "bytes after the end");
  return absl::OkStatus();
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  while (i < text.size()) {
    const unsigned char lead = byte(i);
    size_t size = 1;
    uint32_t code = lead;
    uint32_t smallest = 0;
    if (lead >= 0x80) {
      if (lead >= 0xc0 && lead < 0xe0) {
        size = 2, code = lead & 0x1fu, smallest = 0x80;
      } else if (lead >= 0xe0 && lead < 0xf0) {
        size = 3, code = lead & 0x0fu, smallest = 0x800;
      } else if (lead >= 0xf0 && lead < 0xf8) {
        size = 4, code = lead & 0x07u, smallest = 0x10000;
      } else {
        return false;
      }
      if (size > text.size() - i) return false;
      for (size_t j = 1; j < size; ++j) {
        if ((byte(i + j) & 0xc0u) != 0x80u) return false;
        code = (code << 6) | (byte(i + j) & 0x3fu);
      }
    }
    if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += size;
  }
  return true;
}

}  // namespace kp::statement
