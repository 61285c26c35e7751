// W3C trace context (https://www.w3.org/TR/trace-context/) and request ids, as metadata.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace kp::rpc {

inline constexpr char kMetadataTraceparent[] = "traceparent";
inline constexpr char kMetadataRequestId[] = "kp-request-id";
inline constexpr char kMetadataTime[] = "kp-time";  // the sender's clock, RFC 3339 UTC

// One request's place in a trace.
struct TraceContext {
  std::string trace_id;  // 32 lower-case hex digits, never all zero
  std::string span_id;   // 16, of the sender
  bool sampled = false;

  // The header of a call made on behalf of this request: same trace, new span.
  std::string Child(IdSource& ids) const;

  static TraceContext New(IdSource& ids);
  // nullopt when it is not a version-00 traceparent (or a later version that begins like one).
  static std::optional<TraceContext> Parse(std::string_view header);
};

// Whether `id` may be taken into logs as a request id: 1 to 64 of [A-Za-z0-9._-].
bool IsUsableRequestId(std::string_view id);

}  // namespace kp::rpc
