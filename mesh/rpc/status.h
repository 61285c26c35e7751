// The one mapping between absl::Status (with reason, metadata and faults, base/error.h) and
// grpc::Status with google.rpc details: one ErrorInfo, and a BadRequest when fields are wrong.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace kp::rpc {

// Details and message together stay below this many bytes: trailers above 8 KiB would replace the
// real code by RESOURCE_EXHAUSTED. What does not fit is cut: message first, then the last faults.
inline constexpr size_t kMaxDetailBytes = 4096;

// What goes on the wire for `status`. Codes INTERNAL, UNKNOWN and DATA_LOSS hide their cause: the
// peer gets a generic text and an incident id, and `log_incident(incident id, cause)` is told the
// rest. Without `log_incident` the cause is logged by mesh/telemetry.
grpc::Status ToGrpcStatus(
    const absl::Status& status,
    const std::function<void(std::string_view, const absl::Status&)>& log_incident = nullptr);

// The same as a message, for one item of a batch.
google::rpc::Status ToRpcStatus(const absl::Status& status);

// The inverse, for callers: reason, metadata and faults are those that the server gave. A refusal
// by the authorization processor carries no details (gRPC has no way for it); its reason is read
// from the message "REASON: text". An unreadable detail is ignored, never an error of its own.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace kp::rpc
