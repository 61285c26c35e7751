// For tests only: keys and random bytes that are the same in every run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/signer.h"

namespace kp::statement {

// The P-256 key whose private scalar is SHA-256 of `name`. Never to be trusted anywhere.
PrivateKey TestKey(std::string_view name);

// A signer with that key.
std::shared_ptr<const Signer> TestSigner(std::string_view name);

// Gives every byte the same value.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(uint8_t byte) : byte_(byte) {}
  void Fill(std::span<uint8_t> bytes) override { std::ranges::fill(bytes, byte_); }

 private:
  uint8_t byte_;
};

}  // namespace kp::statement
