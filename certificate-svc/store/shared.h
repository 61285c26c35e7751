// What the functions of several tables do alike.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/store/session.h"

namespace kp::certificate {

// Somebody else changed the row in between: ABORTED. Read again and decide again.
inline constexpr char kConcurrentChange[] = "CONCURRENT_CHANGE";

// That error about `what` ("the case").
absl::Status ConcurrentChange(std::string_view what);

// The next value of a counter, from 1. Holds its row until the commit: values become visible in
// their order.
absl::StatusOr<int64_t> NextOf(store::Transaction& tx, std::string_view counter);

}  // namespace kp::certificate
