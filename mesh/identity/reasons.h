// Reasons of identity errors; docs/error-codes.md lists them.
#pragma once

#include <string_view>

namespace kp::identity {

// The text is no SPIFFE id in this mesh's form.
inline constexpr std::string_view kBadSpiffeId = "BAD_SPIFFE_ID";
// A well-formed SPIFFE id whose first path segment is no role of the closed set.
inline constexpr std::string_view kUnknownRole = "UNKNOWN_ROLE";
// The caller has no single authenticated mesh identity.
inline constexpr std::string_view kNoIdentity = "NO_IDENTITY";

}  // namespace kp::identity
