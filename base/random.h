// Randomness (salts, nonces) and identifiers, injected so that tests can foresee them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace kp {

// Cryptographically strong bytes. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<uint8_t> bytes) = 0;

  std::string Bytes(size_t count);
};

// The kernel's generator (getrandom). Never fails: a kernel without it stops the process.
Random& SystemRandom();

// Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  // A UUID, version 4 (RFC 9562 section 5.4), lower case with hyphens.
  virtual std::string NewUuid() = 0;
  // `count` random bytes (at least one) in lower-case hex, not all zero.
  virtual std::string NewHex(size_t count) = 0;
};

// From `random`, which outlives it.
std::unique_ptr<IdSource> MakeIdSource(Random& random);
IdSource& SystemIds();

// Counts up: the same in every run, for tests. Thread-safe.
std::unique_ptr<Random> MakeCountingRandom();

}  // namespace kp
