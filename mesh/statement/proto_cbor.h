// Payloads: a protobuf message is the schema, deterministic CBOR the encoding. The rule, which
// docs/statements.md spells out for other implementations:
//   message               map {field number: value}, ascending
//   integers              CBOR integer
//   bool, enum            true/false, the enum's number
//   string, bytes         text string, byte string
//   repeated              array, left out when empty
//   Timestamp             integer seconds since 1970, or [seconds, nanos] when nanos is not 0
//   implicit presence     left out when it is the default; optional, oneof and messages by presence
// Floats, map fields, groups and extensions have no encoding.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace kp::statement {

// The one encoding of `message`. Fails, naming the field, on a field type without an encoding, text
// that is not UTF-8, an enum value its enum does not define, a Timestamp out of range, fields that
// this build does not know, and nesting deeper than kMaxCborDepth.
absl::StatusOr<std::string> EncodePayload(const google::protobuf::Message& message);

// Replaces `message` by what `payload` says. Accepts exactly what EncodePayload writes for this
// message type; everything else is INVALID_ARGUMENT with reason STATEMENT_MALFORMED and the path of
// the field (kp::FaultsOf), and leaves `message` unspecified.
absl::Status DecodePayload(std::string_view payload, google::protobuf::Message& message);

}  // namespace kp::statement
