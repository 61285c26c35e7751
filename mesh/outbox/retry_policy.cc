#include "mesh/outbox/retry_policy.h"

#include <algorithm>

namespace kp::outbox {

bool IsFinal(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAlreadyExists:
      return true;
    default:
      return false;
  }
}

absl::Duration RetryPause(std::string_view id, int64_t attempts, absl::Duration first,
                          absl::Duration cap) {
  absl::Duration pause = std::min(first, cap);
  for (int64_t i = 1; i < attempts && pause < cap; ++i) pause = std::min(pause * 2, cap);
  // FNV-1a over the id and the attempt.
  uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](uint64_t byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const char c : id) mix(static_cast<unsigned char>(c));
  mix(static_cast<uint64_t>(attempts));
  const double jitter = 0.8 + 0.4 * static_cast<double>(hash >> 11) / 9007199254740992.0;  // 2^53
  return std::min(pause * jitter, cap);
}

}  // namespace kp::outbox
