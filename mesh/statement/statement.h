// A signed statement: who says what kind of thing to whom and when, in one COSE_Sign1. The layout
// is in docs/statements.md. What is stored, hashed and passed on is always bytes(), as signed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "google/protobuf/message.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/signer.h"

namespace kp::statement {

// "application/vnd.kp.<kind>.v1+cbor". `kind` is lower-case letters, digits and '-'. Another
// payload layout is another version and another content type.
std::string ContentType(std::string_view kind, int version = 1);

// The largest statement that one entity takes from another.
inline constexpr size_t kMaxStatementSize = size_t{64} * 1024;

// Bytes of the `salt` field of every payload.
inline constexpr size_t kSaltSize = 16;

// What the protected header says.
struct StatementHeader {
  std::string content_type;
  std::string kid;                      // SHA-256 of the signing key's SPKI, 32 raw bytes
  std::string issuer;                   // who says it
  std::optional<std::string> audience;  // to whom, where it is addressed
  absl::Time issued_at;                 // whole seconds

  friend bool operator==(const StatementHeader&, const StatementHeader&) = default;
};

// An immutable value. Being parsed says nothing about the signature: see VerifyStatement.
class Statement final {
 public:
  // Takes bytes apart; every deviation from the layout is refused with a reason of its own
  // (reasons.h), the size first.
  static absl::StatusOr<Statement> Parse(std::string bytes, size_t max_size = kMaxStatementSize);

  const StatementHeader& header() const { return header_; }
  const std::string& content_type() const { return header_.content_type; }
  const std::string& issuer() const { return header_.issuer; }
  const std::optional<std::string>& audience() const { return header_.audience; }
  absl::Time issued_at() const { return header_.issued_at; }
  const std::string& kid() const { return header_.kid; }

  // Deterministic CBOR, for DecodePayload below.
  std::string_view payload() const;
  // The whole statement exactly as signed.
  const std::string& bytes() const { return bytes_; }
  // SHA-256 of bytes(), raw. It names these bytes, not the fact: ECDSA lets anyone who holds a
  // statement derive a second valid signature, so "the same statement twice" is decided on content.
  const std::string& digest() const { return digest_; }

 private:
  friend class StatementSigner;
  Statement(StatementHeader header, std::string bytes, size_t payload_at, size_t payload_size);

  StatementHeader header_;
  std::string bytes_;
  size_t payload_at_;
  size_t payload_size_;
  std::string digest_;
};

// The payload as `T`, with the errors of proto_cbor.h. Only after VerifyStatement.
absl::Status DecodeStatementPayload(const Statement& statement, google::protobuf::Message& payload);
template <typename T>
absl::StatusOr<T> DecodePayload(const Statement& statement) {
  T payload;
  if (absl::Status status = DecodeStatementPayload(statement, payload); !status.ok()) return status;
  return payload;
}

// Makes statements of one issuer. Thread-safe.
class StatementSigner final {
 public:
  // `issuer` is not empty. `random` must outlive the signer.
  StatementSigner(std::string issuer, std::shared_ptr<const Signer> signer, Random& random);

  // Signs a copy of `payload` whose field `salt` (bytes, required in the message type) holds 16
  // fresh random bytes. `now` is cut to whole seconds. STATEMENT_TOO_LARGE above kMaxStatementSize;
  // other errors are those of the payload's encoding, the random source and the key.
  absl::StatusOr<Statement> Sign(const std::string& content_type,
                                 const google::protobuf::Message& payload,
                                 const std::optional<std::string>& audience, absl::Time now) const;

  const std::string& issuer() const { return issuer_; }
  const std::string& KeyId() const { return signer_->KeyId(); }

 private:
  std::string issuer_;
  std::shared_ptr<const Signer> signer_;
  Random& random_;
};

// The key `kid` (raw) among the keys that `issuer` had at `issued_at`. NOT_FOUND becomes
// STATEMENT_UNKNOWN_KEY; any other error (trust expired, key compromised) is passed on as it is.
using KeyLookup = std::function<absl::StatusOr<PublicKey>(
    const std::string& issuer, const std::string& kid, absl::Time issued_at)>;

// What the reader of a statement expects of it.
struct Expectation {
  std::string content_type;
  // Absent: whoever signed; the lookup decides whether it knows that issuer.
  std::optional<std::string> issuer;
  // Absent: not checked, for an auditor who reads what was said to others.
  std::optional<std::string> audience;
  // The reader's clock, and how far ahead of it a statement may have been signed.
  absl::Time now;
  absl::Duration max_skew = absl::Seconds(60);
  // Where only a fresh statement will do; max_skew is added to it.
  std::optional<absl::Duration> max_age;
};

// OK when the statement is what is expected and its signature is that of a key the lookup gives.
// Cheap checks come first; the payload is not looked at.
absl::Status VerifyStatement(const Statement& statement, const Expectation& expected,
                             const KeyLookup& lookup);

}  // namespace kp::statement
