// Reasons of the errors that mesh/trust makes (base/error.h).
#pragma once

namespace kp::trust {

// The trust documents have run out; only fetching them still works: UNAVAILABLE.
inline constexpr char kTrustExpired[] = "TRUST_EXPIRED";
// This node has never had trust documents: UNAVAILABLE.
inline constexpr char kTrustNotLoaded[] = "TRUST_NOT_LOADED";
// Nothing has been published yet: NOT_FOUND.
inline constexpr char kTrustNotPublished[] = "TRUST_NOT_PUBLISHED";
// A trust document that cannot be read or contradicts itself: INVALID_ARGUMENT with the field.
inline constexpr char kTrustMalformed[] = "TRUST_MALFORMED";
// A document of another world (demo against production): FAILED_PRECONDITION.
inline constexpr char kTrustOtherWorld[] = "TRUST_OTHER_WORLD";
// Fewer root signers than the threshold have signed: FAILED_PRECONDITION.
inline constexpr char kTrustThresholdNotReached[] = "TRUST_THRESHOLD_NOT_REACHED";
// A root document that does not follow the one in force by exactly one: FAILED_PRECONDITION.
inline constexpr char kTrustVersionGap[] = "TRUST_VERSION_GAP";
// Older than what this node has already seen, however well signed: FAILED_PRECONDITION.
inline constexpr char kTrustRollback[] = "TRUST_ROLLBACK";
// The same version with other content: FAILED_PRECONDITION. Somebody shows two histories.
inline constexpr char kTrustFork[] = "TRUST_FORK";
// A part that the manifest names could not be had: UNAVAILABLE.
inline constexpr char kTrustPartMissing[] = "TRUST_PART_MISSING";
// A part whose bytes do not have the digest or size that the manifest names: FAILED_PRECONDITION.
inline constexpr char kTrustPartDigest[] = "TRUST_PART_DIGEST";
// A freshness statement about a newer manifest than this node has: fetch it first.
inline constexpr char kTrustManifestBehind[] = "TRUST_MANIFEST_BEHIND";
// A freshness statement whose time has run out: the source has lost the registry.
inline constexpr char kTrustStale[] = "TRUST_STALE";
// A denial by somebody whom it does not concern: PERMISSION_DENIED.
inline constexpr char kDenialNotYours[] = "DENIAL_NOT_YOURS";
// No part with this digest: NOT_FOUND.
inline constexpr char kPartUnknown[] = "PART_UNKNOWN";
// A statement by a key that was denied: PERMISSION_DENIED.
inline constexpr char kKeyDenied[] = "KEY_DENIED";
// A statement by a key that is compromised, so that its date proves nothing: FAILED_PRECONDITION.
inline constexpr char kKeyCompromised[] = "KEY_COMPROMISED";
// A statement dated outside the time in which its key was in use: FAILED_PRECONDITION.
inline constexpr char kKeyNotInUse[] = "KEY_NOT_IN_USE";
// No address for this service of this party: NOT_FOUND.
inline constexpr char kEndpointUnknown[] = "ENDPOINT_UNKNOWN";

}  // namespace kp::trust
