// Names the field that made a message unreadable; protobuf itself only says that it failed.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace kp::rpc {

// Parses `bytes` into the empty `message`. INVALID_ARGUMENT with the reason INVALID_UTF8 and the
// path of the field, or MALFORMED_REQUEST when the bytes are no message of this type.
[[nodiscard]] absl::Status ParseRequest(grpc::ByteBuffer& bytes,
                                        google::protobuf::Message& message);

}  // namespace kp::rpc
