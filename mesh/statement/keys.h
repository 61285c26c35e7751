// Signing keys: ECDSA on P-256 with SHA-256 (ES256), and the digest that names things.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kp::statement {

inline constexpr size_t kDigestSize = 32;
// r and s of ES256, each 32 bytes big-endian (RFC 9053 section 2.1).
inline constexpr size_t kSignatureSize = 64;

// SHA-256, 32 raw bytes.
std::string Sha256(std::string_view bytes);

// Lower-case hex, as key ids and digests are shown to people.
std::string ToHex(std::string_view bytes);

// A P-256 public key. Copies are cheap and share their state. Thread-safe.
// Factories fail with STATEMENT_KEY_MALFORMED.
class PublicKey final {
 public:
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);  // SubjectPublicKeyInfo
  static absl::StatusOr<PublicKey> FromDer(std::string_view der);  // SubjectPublicKeyInfo
  static absl::StatusOr<PublicKey> FromCertificatePem(
      std::string_view pem);  // its first certificate

  // SHA-256 of Der(): 32 raw bytes.
  const std::string& KeyId() const;
  // The SubjectPublicKeyInfo as this build writes it (named curve, uncompressed point).
  const std::string& Der() const;
  std::string Pem() const;

  // OK when `signature` (64 bytes, r || s) over SHA-256 of `message` is this key's, else
  // STATEMENT_BAD_SIGNATURE.
  absl::Status Verify(std::string_view message, std::string_view signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.Der() == b.Der(); }

 private:
  struct State;
  explicit PublicKey(std::shared_ptr<const State> state);
  static absl::StatusOr<PublicKey> FromEvp(EVP_PKEY* key);
  friend class PrivateKey;

  std::shared_ptr<const State> state_;
};

// A P-256 private key. Copies are cheap and share the key. Thread-safe.
class PrivateKey final {
 public:
  static absl::StatusOr<PrivateKey> Generate();
  // PKCS#8 or SEC1, unencrypted. STATEMENT_KEY_MALFORMED when it is neither or not P-256.
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);
  // The same from a file; NOT_FOUND when it cannot be read.
  static absl::StatusOr<PrivateKey> FromPemFile(const std::string& path);

  // Creates `path` with mode 0600 and writes PKCS#8. ALREADY_EXISTS rather than overwrite a key.
  absl::Status WritePemFile(const std::string& path) const;

  const PublicKey& Public() const { return public_; }

  // For certificate requests and signing contexts; borrowed, never to be changed.
  EVP_PKEY* raw() const { return key_.get(); }

 private:
  PrivateKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key);
  static absl::StatusOr<PrivateKey> FromEvp(std::shared_ptr<EVP_PKEY> key);

  std::shared_ptr<EVP_PKEY> key_;
  PublicKey public_;
};

}  // namespace kp::statement
