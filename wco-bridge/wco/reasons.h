// Reasons of the errors of this layer. Faults of a message are no errors; they have codes
// (codes.h).
#pragma once

#include <string_view>

namespace kp::wco {

// The XML schema that the configuration names does not compile.
inline constexpr std::string_view kSchemaUnusable = "WCO_SCHEMA_UNUSABLE";
// The Response document cannot be read.
inline constexpr std::string_view kResponseUnreadable = "WCO_RESPONSE_UNREADABLE";

}  // namespace kp::wco
