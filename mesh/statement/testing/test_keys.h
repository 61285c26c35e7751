// For tests only: keys and random bytes that are the same in every run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mesh/statement/keys.h"
#include "mesh/statement/random.h"
#include "mesh/statement/signer.h"

namespace kp::statement {

// The P-256 key whose private scalar is SHA-256 of `name`. Never to be trusted anywhere.
PrivateKey TestKey(std::string_view name);

// A signer with that key.
std::shared_ptr<const Signer> TestSigner(std::string_view name);

// Gives every byte the same value.
class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(char byte) : byte_(byte) {}
  absl::StatusOr<std::string> Bytes(size_t count) override { return std::string(count, byte_); }

 private:
  char byte_;
};

}  // namespace kp::statement
