// Moves the result of a use case into a response of the same type.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::certificate {

template <typename Response>
absl::Status Give(absl::StatusOr<Response> result, Response& response) {
  if (!result.ok()) return result.status();
  response = *std::move(result);
  return absl::OkStatus();
}

}  // namespace kp::certificate
