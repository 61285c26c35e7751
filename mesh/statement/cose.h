// COSE_Sign1 with ES256 (RFC 9052 section 4.2), without a meaning of its own: headers are bytes
// here, statement.h says what they must hold. The encoding around them must be deterministic CBOR.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/signer.h"

namespace kp::statement {

inline constexpr uint64_t kCoseSign1Tag = 18;
inline constexpr int64_t kCoseEs256 = -7;
// Labels of header parameters (RFC 9052 section 3.1, RFC 9597).
inline constexpr int64_t kCoseHeaderAlgorithm = 1;
inline constexpr int64_t kCoseHeaderCritical = 2;
inline constexpr int64_t kCoseHeaderContentType = 3;
inline constexpr int64_t kCoseHeaderKeyId = 4;
inline constexpr int64_t kCoseHeaderCwtClaims = 15;

// The parts of a COSE_Sign1, as views into the bytes it was parsed from.
struct CoseSign1 {
  bool tagged = false;
  std::string_view protected_header;        // the content of the byte string
  std::string_view unprotected_header;      // an encoded map
  std::optional<std::string_view> payload;  // absent when detached
  std::string_view signature;               // 64 bytes
};

// Tagged with 18 or not at all. STATEMENT_MALFORMED, STATEMENT_BAD_SIGNATURE when the signature is
// not 64 bytes.
absl::StatusOr<CoseSign1> ParseCoseSign1(std::string_view bytes);

// The bytes that are signed (Sig_structure, RFC 9052 section 4.4).
std::string CoseToBeSigned(std::string_view protected_header, std::string_view external_aad,
                           std::string_view payload);

// Where the payload travels.
enum class CosePayload { kAttached, kDetached };

// Signs `payload` under `protected_header` (an encoded map) with an empty unprotected header. The
// result carries tag 18, so that it explains itself wherever it is stored.
absl::StatusOr<std::string> SignCoseSign1(const Signer& signer, std::string_view protected_header,
                                          std::string_view payload, std::string_view external_aad,
                                          CosePayload where);

// Checks the signature. `detached_payload` is the payload when `message` has none; one of the two
// must be there, not both. An algorithm named in either header must be ES256
// (STATEMENT_WRONG_ALGORITHM); critical parameters are refused, since this layer understands none.
absl::Status VerifyCoseSign1(const CoseSign1& message, const PublicKey& key,
                             std::string_view external_aad,
                             std::optional<std::string_view> detached_payload = std::nullopt);

}  // namespace kp::statement
