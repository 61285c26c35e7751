// Reads a request and names the field that is in its way: protobuf itself only says that it failed.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace kp::rpc {

// Parses `bytes` into the empty `message`. INVALID_ARGUMENT with the reason INVALID_UTF8 and the
// path of the field, or MALFORMED_REQUEST when the bytes are no message of this type, or
// TEXT_CONTROL_CHARACTER with the path of a text field that holds U+0000.
[[nodiscard]] absl::Status ParseRequest(grpc::ByteBuffer& bytes,
                                        google::protobuf::Message& message);

}  // namespace kp::rpc
