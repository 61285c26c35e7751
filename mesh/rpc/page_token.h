// Page tokens of list methods (AIP-158): opaque, and bound to the query and the caller, so that a
// token of one list cannot be used on another.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::rpc {

// The token for what follows `key`. `binding`: method, caller and every field of the query.
std::string MakePageToken(std::string_view key, std::string_view binding);

// The key; empty for an empty token. INVALID_ARGUMENT, PAGE_TOKEN_INVALID for a token that was not
// made for this binding.
absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view binding);

// The size of a page: `fallback` for 0. INVALID_ARGUMENT, PAGE_SIZE_INVALID below 0 or above
// `most`.
absl::StatusOr<int> PageSize(int requested, int fallback, int most);

}  // namespace kp::rpc
