// Where unpredictable bytes (salts, nonces, ids) come from.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace kp::statement {

// Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // `count` raw bytes. Fails only when the source has none to give.
  virtual absl::StatusOr<std::string> Bytes(size_t count) = 0;
};

// The process's cryptographic generator. Lives as long as the process.
RandomSource& SystemRandom();

}  // namespace kp::statement
