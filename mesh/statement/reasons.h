// The reasons of the statement layer: what a caller branches on, and what docs/error-codes.md
// lists.
#pragma once

namespace kp::statement {

// Not deterministic CBOR, not a COSE_Sign1, or a payload that does not fit its schema.
inline constexpr char kMalformed[] = "STATEMENT_MALFORMED";
// A header parameter outside the signature's protection.
inline constexpr char kUnprotectedHeader[] = "STATEMENT_UNPROTECTED_HEADER";
// The algorithm is absent or is not ES256.
inline constexpr char kWrongAlgorithm[] = "STATEMENT_WRONG_ALGORITHM";
// No key id, or one that is not 32 bytes.
inline constexpr char kNoKeyId[] = "STATEMENT_NO_KEY_ID";
// The protected header names no content type.
inline constexpr char kNoContentType[] = "STATEMENT_NO_CONTENT_TYPE";
// Not a content type of this project, or another than the reader asked for.
inline constexpr char kWrongContentType[] = "STATEMENT_WRONG_CONTENT_TYPE";
// The protected header names no issuer.
inline constexpr char kNoIssuer[] = "STATEMENT_NO_ISSUER";
// Said by another party than the reader expects.
inline constexpr char kWrongIssuer[] = "STATEMENT_WRONG_ISSUER";
// Addressed to somebody else, or to nobody where an address is needed.
inline constexpr char kWrongAudience[] = "STATEMENT_WRONG_AUDIENCE";
// The protected header has no time of signing.
inline constexpr char kNoTime[] = "STATEMENT_NO_TIME";
// Signed later than the reader's clock allows.
inline constexpr char kFromTheFuture[] = "STATEMENT_FROM_THE_FUTURE";
// Signed longer ago than the reader accepts.
inline constexpr char kTooOld[] = "STATEMENT_TOO_OLD";
// The key id is not among the issuer's keys. A newer trust document may cure it.
inline constexpr char kUnknownKey[] = "STATEMENT_UNKNOWN_KEY";
// The signature is not that of the key named over these bytes.
inline constexpr char kBadSignature[] = "STATEMENT_BAD_SIGNATURE";
// Larger than the reader takes.
inline constexpr char kTooLarge[] = "STATEMENT_TOO_LARGE";
// Fewer distinct keys than needed have signed a document.
inline constexpr char kThresholdNotMet[] = "STATEMENT_THRESHOLD_NOT_MET";
// Not a compact text: prefix, base45 or zlib is wrong.
inline constexpr char kCompactMalformed[] = "STATEMENT_COMPACT_MALFORMED";
// Not a P-256 key, or not a key at all.
inline constexpr char kKeyMalformed[] = "STATEMENT_KEY_MALFORMED";

}  // namespace kp::statement
