// The reasons of the mesh's own errors: what a caller may branch on. Listed in docs/error-codes.md.
#pragma once

#include <string_view>

namespace kp::rpc {

// The domain of every google.rpc.ErrorInfo that this project sends.
inline constexpr std::string_view kErrorDomain = "kp";

// PERMISSION_DENIED: the method is not in the access table.
inline constexpr std::string_view kUnknownMethod = "UNKNOWN_METHOD";
// UNIMPLEMENTED: the caller may call the method, but this version of the server does not serve it.
inline constexpr std::string_view kMethodNotServed = "METHOD_NOT_SERVED";
// PERMISSION_DENIED: the trust documents do not name the caller's trust domain.
inline constexpr std::string_view kDomainNotKnown = "DOMAIN_NOT_KNOWN";
// PERMISSION_DENIED: no grant of the method names this role from this domain.
inline constexpr std::string_view kRoleNotAllowed = "ROLE_NOT_ALLOWED";
// PERMISSION_DENIED: an officer without an entry or without the power that the method asks for.
inline constexpr std::string_view kPowerMissing = "POWER_MISSING";
// UNAVAILABLE: the officer register could not be read.
inline constexpr std::string_view kPowersUnknown = "POWERS_UNKNOWN";

// UNAVAILABLE: the trust documents have expired; only they and health can be asked for.
inline constexpr std::string_view kTrustExpired = "TRUST_EXPIRED";
// UNAVAILABLE: the server is stopping; ask again, elsewhere or later.
inline constexpr std::string_view kDraining = "DRAINING";

// RESOURCE_EXHAUSTED: the queue of the server is full.
inline constexpr std::string_view kOverloaded = "OVERLOADED";
// RESOURCE_EXHAUSTED: too many calls to this peer wait for its answer; or, said by a server, it
// holds too many calls of the caller's trust domain.
inline constexpr std::string_view kPeerBusy = "PEER_BUSY";
// RESOURCE_EXHAUSTED: the reader of a stream fell too far behind.
inline constexpr std::string_view kSlowReader = "SLOW_READER";
// DEADLINE_EXCEEDED: too little time was left to begin.
inline constexpr std::string_view kDeadlineTooShort = "DEADLINE_TOO_SHORT";

// FAILED_PRECONDITION: the clocks of caller and server differ too much; metadata shows both.
inline constexpr std::string_view kClockSkew = "CLOCK_SKEW";
// INVALID_ARGUMENT: the bytes are no message of the method's type.
inline constexpr std::string_view kMalformedRequest = "MALFORMED_REQUEST";
// INVALID_ARGUMENT: a text field is not valid UTF-8; the field is named.
inline constexpr std::string_view kInvalidUtf8 = "INVALID_UTF8";
// INVALID_ARGUMENT: a text field holds U+0000, at the byte told; no text here needs it, and what is
// written in C ends there.
inline constexpr std::string_view kTextControlCharacter = "TEXT_CONTROL_CHARACTER";

// INVALID_ARGUMENT: the page token was not made for this query and caller.
inline constexpr std::string_view kPageTokenInvalid = "PAGE_TOKEN_INVALID";
// INVALID_ARGUMENT: the page size is negative or above the method's limit.
inline constexpr std::string_view kPageSizeInvalid = "PAGE_SIZE_INVALID";

// INTERNAL: the cause is in the server's log, under the incident id of the metadata.
inline constexpr std::string_view kInternalError = "INTERNAL_ERROR";

}  // namespace kp::rpc
