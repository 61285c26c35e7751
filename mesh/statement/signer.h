// Whoever can sign with a key without showing it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mesh/statement/keys.h"

namespace kp::statement {

// Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  // SHA-256 of the public key's SubjectPublicKeyInfo, 32 raw bytes.
  virtual const std::string& KeyId() const = 0;
  // ES256 over `message`: 64 bytes, r || s. An error means that the key cannot be used now.
  virtual absl::StatusOr<std::string> Sign(std::string_view message) const = 0;
};

// Signs with a key held in this process.
class LocalSigner final : public Signer {
 public:
  explicit LocalSigner(PrivateKey key);
  ~LocalSigner() override;

  const std::string& KeyId() const override;
  absl::StatusOr<std::string> Sign(std::string_view message) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kp::statement
