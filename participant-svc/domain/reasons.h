// Reasons of the errors that the registry makes itself; docs/error-codes.md lists them.
#pragma once

namespace kp::participant {

// No participant of this code: NOT_FOUND.
inline constexpr char kParticipantUnknown[] = "PARTICIPANT_UNKNOWN";
// A request without a document, or with parts that no manifest goes with: INVALID_ARGUMENT.
inline constexpr char kDocumentMissing[] = "DOCUMENT_MISSING";
// The manifest in force has no key for this registry's signatures: FAILED_PRECONDITION.
inline constexpr char kRegistryKeyNotPublished[] = "REGISTRY_KEY_NOT_PUBLISHED";
// So many denials are in force that no further one is taken: RESOURCE_EXHAUSTED.
inline constexpr char kTooManyDenials[] = "TOO_MANY_DENIALS";

}  // namespace kp::participant
