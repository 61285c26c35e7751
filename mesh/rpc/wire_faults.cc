#include "mesh/rpc/wire_faults.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "mesh/rpc/reasons.h"

namespace kp::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kMaxDepth = 100;  // protobuf's own limit

std::string PathOf(const std::string& prefix, const FieldDescriptor& field, int index) {
  return field.is_repeated() ? absl::StrCat(prefix, field.name(), "[", index, "]")
                             : absl::StrCat(prefix, field.name());
}

bool IsUtf8(const std::string& text) {
  return WireFormatLite::VerifyUtf8String(text.data(), static_cast<int>(text.size()),
                                          WireFormatLite::PARSE, nullptr);
}

// The first text field that is not UTF-8, by its path; nullopt when there is none before the bytes
// end or stop making sense.
std::optional<std::string> FindBadText(CodedInputStream& input, const Descriptor& type,
                                       const std::string& prefix, int depth) {
  std::map<int, int> seen;  // how often a repeated field has come
  while (const uint32_t tag = input.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool length_delimited =
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (field == nullptr || !length_delimited ||
        (field->type() != FieldDescriptor::TYPE_STRING &&
         field->type() != FieldDescriptor::TYPE_MESSAGE)) {
      if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
      continue;
    }
    const std::string path = PathOf(prefix, *field, seen[field->number()]++);
    uint32_t size = 0;
    if (!input.ReadVarint32(&size)) return std::nullopt;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      std::string text;
      if (!input.ReadString(&text, static_cast<int>(size))) return std::nullopt;
      if (!IsUtf8(text)) return path;
      continue;
    }
    if (depth >= kMaxDepth) return std::nullopt;
    const auto limit = input.PushLimit(static_cast<int>(size));
    const auto inner = FindBadText(input, *field->message_type(), path + ".", depth + 1);
    if (inner.has_value() || !input.ConsumedEntireMessage()) return inner;
    input.PopLimit(limit);
  }
  return std::nullopt;
}

bool HoldsZeroByte(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return true;
  return std::any_of(slices.begin(), slices.end(), [](const grpc::Slice& slice) {
    return slice.size() > 0 && std::memchr(slice.begin(), 0, slice.size()) != nullptr;
  });
}

absl::Status CheckNoNul(const std::string& text, const std::string& path) {
  const size_t at = text.find('\0');
  if (at == std::string::npos) return absl::OkStatus();
  return FieldError({.reason = std::string(kTextControlCharacter),
                     .field = path,
                     .message = absl::StrCat("holds the control character U+0000 at byte ", at),
                     .rule = ""});
}

// Fields of the type bytes may hold anything; unknown fields are nobody's text.
absl::Status CheckNoNul(const google::protobuf::Message& message, const std::string& prefix) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_text = field->type() == FieldDescriptor::TYPE_STRING;
    if (!is_text && field->type() != FieldDescriptor::TYPE_MESSAGE) continue;
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string path = PathOf(prefix, *field, i);
      if (is_text) {
        std::string scratch;
        KP_RETURN_IF_ERROR(
            CheckNoNul(repeated ? reflection.GetRepeatedStringReference(message, field, i, &scratch)
                                : reflection.GetStringReference(message, field, &scratch),
                       path));
      } else {
        KP_RETURN_IF_ERROR(CheckNoNul(repeated ? reflection.GetRepeatedMessage(message, field, i)
                                               : reflection.GetMessage(message, field),
                                      path + "."));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ParseRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  {
    grpc::ProtoBufferReader reader(&bytes);
    if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) {
      return HoldsZeroByte(bytes) ? CheckNoNul(message, "") : absl::OkStatus();
    }
  }
  grpc::ProtoBufferReader reader(&bytes);
  CodedInputStream input(&reader);
  if (const auto path = FindBadText(input, *message.GetDescriptor(), "", 0); path.has_value()) {
    return FieldError({.reason = std::string(kInvalidUtf8),
                       .field = *path,
                       .message = "is not valid UTF-8",
                       .rule = "RFC 3629"});
  }
  return MakeError(absl::StatusCode::kInvalidArgument, kMalformedRequest,
                   absl::StrCat("the bytes are no ", message.GetTypeName()));
}

}  // namespace kp::rpc
