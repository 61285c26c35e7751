#include "mesh/rpc/trace.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace kp::rpc {
namespace {

constexpr size_t kMaxRequestId = 64;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

TraceContext TraceContext::New(IdSource& ids) {
  return {ids.NewHex(16), ids.NewHex(8), false};
}

std::string TraceContext::Child(IdSource& ids) const {
  return absl::StrCat("00-", trace_id, "-", ids.NewHex(8), sampled ? "-01" : "-00");
}

// version "-" trace-id "-" parent-id "-" trace-flags, W3C Trace Context section 3.2.
std::optional<TraceContext> TraceContext::Parse(std::string_view header) {
  constexpr size_t kLength = 55;
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace_id = header.substr(3, 32);
  const std::string_view span_id = header.substr(36, 16);
  const std::string_view flags = header.substr(53, 2);
  if (!IsLowerHex(version) || version == "ff" || !IsLowerHex(trace_id) || IsZero(trace_id) ||
      !IsLowerHex(span_id) || IsZero(span_id) || !IsLowerHex(flags)) {
    return std::nullopt;
  }
  // Only a later version may be longer, and then with another dash.
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  const bool sampled =
      (static_cast<unsigned>(flags[1] <= '9' ? flags[1] - '0' : flags[1] - 'a' + 10) & 1U) != 0;
  return TraceContext{std::string(trace_id), std::string(span_id), sampled};
}

bool IsUsableRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestId && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace kp::rpc
