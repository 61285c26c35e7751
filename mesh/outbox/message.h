// What travels from one entity to another, and where it stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace kp::outbox {

// PENDING -> DELIVERED, or PENDING -> PARKED or FAILED -> (Retry) -> PENDING or (Discard) ->
// DISCARDED.
enum class State {
  kPending,    // waits for its turn, for its next try, or is under way
  kDelivered,  // the partner's receipt is stored
  kParked,     // given up after the maximum age; an operator can retry it
  kFailed,     // refused by the partner for good; an operator can retry it
  kHeld,       // shown only, never stored: pending behind a parked or refused message
  kDiscarded,  // an administrator gave it up in writing; it holds nothing back any more
};

// "PENDING"... as stored and shown.
std::string_view StateName(State state);

// A message to send. Messages of one partner and order key are delivered in the order of their
// enqueuing transactions.
struct NewMessage {
  std::string partner;       // the entity, e.g. "EU"
  std::string order_key;     // the certificate
  std::string kind;          // short name for operators, e.g. "PRE_ALERT"; no contents
  std::string content_type;  // of `body`
  std::string body;          // the bytes as signed
};

struct Message {
  std::string id;  // UUID; the same at every try, which is how the receiver knows a duplicate
  NewMessage what;
  absl::Time created_at;
  State state = State::kPending;
  int64_t attempts = 0;
  absl::Time next_try_at;  // of a pending message
  std::string last_error;  // of the last try that failed; for operators
  std::string receipt;     // as signed by the partner; of a delivered message
  std::string outcome;     // what the partner did: "DONE", "ALREADY_USED"...; of a delivered message
};

// What an operator may see: all but the contents.
struct MessageInfo {
  std::string id;
  std::string partner;
  std::string order_key;
  std::string kind;
  absl::Time created_at;
  State state = State::kPending;
  int64_t attempts = 0;
  absl::Time next_try_at;
  std::string last_error;
};

}  // namespace kp::outbox
