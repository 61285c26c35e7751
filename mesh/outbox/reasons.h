// Reasons of the errors that mesh/outbox makes (base/error.h).
#pragma once

namespace kp::outbox {

// A message id that came before with other content: ALREADY_EXISTS.
inline constexpr char kMessageIdReused[] = "MESSAGE_ID_REUSED";
// No message with this id: NOT_FOUND.
inline constexpr char kMessageUnknown[] = "MESSAGE_UNKNOWN";
// Only a parked or refused message can be retried or discarded: FAILED_PRECONDITION.
inline constexpr char kMessageNotParked[] = "MESSAGE_NOT_PARKED";
// A message without partner, order key or kind; the field is named: INVALID_ARGUMENT.
inline constexpr char kMessageIncomplete[] = "MESSAGE_INCOMPLETE";
// The page size is not 1 to 1000: INVALID_ARGUMENT.
inline constexpr char kPageSizeInvalid[] = "PAGE_SIZE_INVALID";

// Too many messages wait for this partner: RESOURCE_EXHAUSTED. Nothing of the call was recorded.
inline constexpr char kOutboxFull[] = "OUTBOX_FULL";

}  // namespace kp::outbox
