#include "mesh/statement/proto_cbor.h"

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "google/protobuf/descriptor.h"
#include "mesh/statement/cbor.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The range of google.protobuf.Timestamp: the years 1 to 9999.
constexpr int64_t kMinTimestamp = -62135596800;
constexpr int64_t kMaxTimestamp = 253402300799;
constexpr int32_t kMaxNanos = 999999999;
constexpr int kTimestampSeconds = 1;  // field numbers
constexpr int kTimestampNanos = 2;

constexpr int kSingular = -1;

// Where a value stands; made into text only when something is wrong with it.
struct Path {
  const Path* parent = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = kSingular;

  std::string Text() const {
    std::string text = parent != nullptr ? parent->Text() : std::string();
    if (field == nullptr) return text;
    if (!text.empty()) text += '.';
    text += field->name();
    if (index != kSingular) absl::StrAppend(&text, "[", index, "]");
    return text;
  }
};

absl::Status Wrong(const Path& path, std::string_view message) {
  std::string field = path.Text();
  if (field.empty()) field = "payload";
  return FieldError({kMalformed, std::move(field), std::string(message), ""});
}

// Gives an error of the CBOR layer the place that it does not know.
absl::Status At(const Path& path, const absl::Status& status) {
  if (status.ok() || !FaultsOf(status).empty()) return status;
  const absl::string_view message = status.message();
  return Wrong(path, {message.data(), message.size()});
}

bool IsTimestamp(const Descriptor& type) {
  return type.well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP;
}

absl::Status CheckTimestamp(const Path& path, int64_t seconds, int32_t nanos) {
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp || nanos < 0 || nanos > kMaxNanos) {
    return Wrong(path, "the time is not within the years 1 to 9999");
  }
  return absl::OkStatus();
}

absl::Status CheckEncodable(const Path& path, const FieldDescriptor& field) {
  const bool unsupported =
      field.is_map() || field.is_extension() || field.type() == FieldDescriptor::TYPE_GROUP ||
      field.type() == FieldDescriptor::TYPE_FLOAT || field.type() == FieldDescriptor::TYPE_DOUBLE;
  if (unsupported) return Wrong(path, "floats, map fields, groups and extensions cannot be signed");
  return absl::OkStatus();
}

class Encoder {
 public:
  absl::Status WriteMessage(const Message& message, const Path& path, size_t depth) {
    const Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) {
      return Wrong(path, "holds fields that this build does not know");
    }
    KP_RETURN_IF_ERROR(CheckDepth(path, depth));
    std::vector<const FieldDescriptor*> fields;  // those present, ascending by number
    reflection.ListFields(message, &fields);
    writer_.Map(fields.size());
    for (const FieldDescriptor* field : fields) {
      const Path at{&path, field};
      KP_RETURN_IF_ERROR(CheckEncodable(at, *field));
      writer_.Uint(static_cast<uint64_t>(field->number()));
      if (!field->is_repeated()) {
        KP_RETURN_IF_ERROR(WriteValue(message, at, depth + 1));
        continue;
      }
      KP_RETURN_IF_ERROR(CheckDepth(at, depth + 1));
      const int size = reflection.FieldSize(message, field);
      writer_.Array(static_cast<size_t>(size));
      for (int i = 0; i < size; ++i) {
        KP_RETURN_IF_ERROR(WriteValue(message, {&path, field, i}, depth + 2));
      }
    }
    return absl::OkStatus();
  }

  std::string Take() { return writer_.Take(); }

 private:
  // What could not be read back must not be signed.
  static absl::Status CheckDepth(const Path& path, size_t depth) {
    if (depth < kMaxCborDepth) return absl::OkStatus();
    return Wrong(path, absl::StrCat("nested deeper than ", kMaxCborDepth));
  }

  absl::Status WriteValue(const Message& message, const Path& at, size_t depth) {
    const Reflection& from = *message.GetReflection();
    const FieldDescriptor* field = at.field;
    const int i = at.index;
    const bool one = i == kSingular;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        writer_.Int(one ? from.GetInt32(message, field) : from.GetRepeatedInt32(message, field, i));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_INT64:
        writer_.Int(one ? from.GetInt64(message, field) : from.GetRepeatedInt64(message, field, i));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_UINT32:
        writer_.Uint(one ? from.GetUInt32(message, field)
                         : from.GetRepeatedUInt32(message, field, i));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_UINT64:
        writer_.Uint(one ? from.GetUInt64(message, field)
                         : from.GetRepeatedUInt64(message, field, i));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_BOOL:
        writer_.Bool(one ? from.GetBool(message, field) : from.GetRepeatedBool(message, field, i));
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value =
            one ? from.GetEnumValue(message, field) : from.GetRepeatedEnumValue(message, field, i);
        if (field->enum_type()->FindValueByNumber(value) == nullptr) {
          return Wrong(at,
                       absl::StrCat(value, " is not a value of ", field->enum_type()->full_name()));
        }
        writer_.Int(value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& value =
            one ? from.GetStringReference(message, field, &scratch)
                : from.GetRepeatedStringReference(message, field, i, &scratch);
        if (field->type() == FieldDescriptor::TYPE_BYTES) {
          writer_.Bytes(value);
          return absl::OkStatus();
        }
        if (!IsUtf8(value)) return Wrong(at, "the text is not UTF-8");
        writer_.Text(value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const Message& part =
            one ? from.GetMessage(message, field) : from.GetRepeatedMessage(message, field, i);
        return IsTimestamp(*part.GetDescriptor()) ? WriteTimestamp(part, at, depth)
                                                  : WriteMessage(part, at, depth);
      }
      default:
        return Wrong(at, "a field of this type cannot be signed");
    }
  }

  absl::Status WriteTimestamp(const Message& time, const Path& at, size_t depth) {
    const Descriptor& type = *time.GetDescriptor();
    const Reflection& from = *time.GetReflection();
    const int64_t seconds = from.GetInt64(time, type.FindFieldByNumber(kTimestampSeconds));
    const int32_t nanos = from.GetInt32(time, type.FindFieldByNumber(kTimestampNanos));
    KP_RETURN_IF_ERROR(CheckTimestamp(at, seconds, nanos));
    if (nanos == 0) {
      writer_.Int(seconds);
      return absl::OkStatus();
    }
    KP_RETURN_IF_ERROR(CheckDepth(at, depth));
    writer_.Array(2);
    writer_.Int(seconds);
    writer_.Int(nanos);
    return absl::OkStatus();
  }

  CborWriter writer_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view payload) : reader_(payload) {}

  absl::Status ReadWhole(Message& message) {
    const Path root;
    KP_RETURN_IF_ERROR(ReadMessage(message, root));
    return At(root, reader_.Finish());
  }

 private:
  absl::Status ReadMessage(Message& message, const Path& path) {
    const Descriptor& type = *message.GetDescriptor();
    const auto pairs = reader_.Map();
    if (!pairs.ok()) return At(path, pairs.status());
    for (size_t i = 0; i < *pairs; ++i) {
      const auto number = reader_.Uint();
      if (!number.ok()) return At(path, number.status());
      const FieldDescriptor* field = *number <= static_cast<uint64_t>(FieldDescriptor::kMaxNumber)
                                         ? type.FindFieldByNumber(static_cast<int>(*number))
                                         : nullptr;
      if (field == nullptr) {
        return Wrong(path, absl::StrCat(type.full_name(), " has no field ", *number));
      }
      KP_RETURN_IF_ERROR(ReadField(message, {&path, field}));
    }
    return absl::OkStatus();
  }

  absl::Status ReadField(Message& message, const Path& at) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* field = at.field;
    KP_RETURN_IF_ERROR(CheckEncodable(at, *field));
    if (field->is_repeated()) {
      const auto size = reader_.Array();
      if (!size.ok()) return At(at, size.status());
      if (*size == 0) return Wrong(at, "an empty list must be left out");
      for (size_t i = 0; i < *size; ++i) {
        KP_RETURN_IF_ERROR(ReadValue(message, {at.parent, field, static_cast<int>(i)}));
      }
      return absl::OkStatus();
    }
    if (field->real_containing_oneof() != nullptr &&
        reflection.HasOneof(message, field->real_containing_oneof())) {
      return Wrong(at, absl::StrCat("only one of ", field->real_containing_oneof()->name(),
                                    " may be there"));
    }
    KP_RETURN_IF_ERROR(ReadValue(message, at));
    if (!field->has_presence() && !reflection.HasField(message, field)) {
      return Wrong(at, "a default value must be left out");
    }
    return absl::OkStatus();
  }

  absl::Status ReadValue(Message& message, const Path& at) {
    const Reflection& into = *message.GetReflection();
    const FieldDescriptor* field = at.field;
    const bool one = at.index == kSingular;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        int32_t value = 0;
        KP_RETURN_IF_ERROR(ReadInteger(at, value));
        one ? into.SetInt32(&message, field, value) : into.AddInt32(&message, field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t value = 0;
        KP_RETURN_IF_ERROR(ReadInteger(at, value));
        one ? into.SetInt64(&message, field, value) : into.AddInt64(&message, field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t value = 0;
        KP_RETURN_IF_ERROR(ReadInteger(at, value));
        one ? into.SetUInt32(&message, field, value) : into.AddUInt32(&message, field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        uint64_t value = 0;
        KP_RETURN_IF_ERROR(ReadInteger(at, value));
        one ? into.SetUInt64(&message, field, value) : into.AddUInt64(&message, field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const auto value = reader_.Bool();
        if (!value.ok()) return At(at, value.status());
        one ? into.SetBool(&message, field, *value) : into.AddBool(&message, field, *value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        int32_t value = 0;
        KP_RETURN_IF_ERROR(ReadInteger(at, value));
        if (field->enum_type()->FindValueByNumber(value) == nullptr) {
          return Wrong(at,
                       absl::StrCat(value, " is not a value of ", field->enum_type()->full_name()));
        }
        one ? into.SetEnumValue(&message, field, value) : into.AddEnumValue(&message, field, value);
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const auto value =
            field->type() == FieldDescriptor::TYPE_BYTES ? reader_.Bytes() : reader_.Text();
        if (!value.ok()) return At(at, value.status());
        one ? into.SetString(&message, field, std::string(*value))
            : into.AddString(&message, field, std::string(*value));
        return absl::OkStatus();
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& part =
            one ? *into.MutableMessage(&message, field) : *into.AddMessage(&message, field);
        return IsTimestamp(*part.GetDescriptor()) ? ReadTimestamp(part, at) : ReadMessage(part, at);
      }
      default:
        return Wrong(at, "a field of this type cannot be signed");
    }
  }

  template <typename T>
  absl::Status ReadInteger(const Path& at, T& value) {
    if constexpr (std::is_signed_v<T>) {
      const auto wide = reader_.Int();
      if (!wide.ok()) return At(at, wide.status());
      if (*wide < std::numeric_limits<T>::min() || *wide > std::numeric_limits<T>::max()) {
        return At(at, reader_.Fault("the integer does not fit the field"));
      }
      value = static_cast<T>(*wide);
    } else {
      const auto wide = reader_.Uint();
      if (!wide.ok()) return At(at, wide.status());
      if (*wide > std::numeric_limits<T>::max()) {
        return At(at, reader_.Fault("the integer does not fit the field"));
      }
      value = static_cast<T>(*wide);
    }
    return absl::OkStatus();
  }

  absl::Status ReadTimestamp(Message& time, const Path& at) {
    const auto kind = reader_.Peek();
    if (!kind.ok()) return At(at, kind.status());
    const bool with_nanos = *kind == CborReader::Kind::kArray;
    if (with_nanos) {
      const auto size = reader_.Array();
      if (!size.ok()) return At(at, size.status());
      if (*size != 2) return At(at, reader_.Fault("a time is seconds or [seconds, nanos]"));
    }
    int64_t seconds = 0;
    int32_t nanos = 0;
    KP_RETURN_IF_ERROR(ReadInteger(at, seconds));
    if (with_nanos) {
      KP_RETURN_IF_ERROR(ReadInteger(at, nanos));
      if (nanos == 0) return At(at, reader_.Fault("a time without nanos is written as seconds"));
    }
    KP_RETURN_IF_ERROR(CheckTimestamp(at, seconds, nanos));
    const Descriptor& type = *time.GetDescriptor();
    const Reflection& into = *time.GetReflection();
    into.SetInt64(&time, type.FindFieldByNumber(kTimestampSeconds), seconds);
    into.SetInt32(&time, type.FindFieldByNumber(kTimestampNanos), nanos);
    return absl::OkStatus();
  }

  CborReader reader_;
};

}  // namespace

absl::StatusOr<std::string> EncodePayload(const Message& message) {
  Encoder encoder;
  KP_RETURN_IF_ERROR(encoder.WriteMessage(message, Path{}, 0));
  return encoder.Take();
}

absl::Status DecodePayload(std::string_view payload, Message& message) {
  message.Clear();
  return Decoder(payload).ReadWhole(message);
}

}  // namespace kp::statement
