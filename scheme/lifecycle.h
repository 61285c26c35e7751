// The life of a certificate: its states, the events between them, and who may cause each. One
// table, used by code and docs.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scheme/party_directory.h"

namespace kp::scheme {

// States in the order of a life (domain 4.1, 4.5). Expired is none of them: it is derived from
// dates.
enum class State {
  kApplied,
  kDeficient,
  kRejected,
  kIssued,
  kValidated,
  kExported,
  kArrived,
  kDetained,
  kReleased,
  kConfirmed,
  kReturned,
  kReplaced,
  kVoid,
  kLost,
  kStolen,
  kSeized,
};
inline constexpr std::array kAllStates = {
    State::kApplied,   State::kDeficient, State::kRejected, State::kIssued,
    State::kValidated, State::kExported,  State::kArrived,  State::kDetained,
    State::kReleased,  State::kConfirmed, State::kReturned, State::kReplaced,
    State::kVoid,      State::kLost,      State::kStolen,   State::kSeized};

constexpr unsigned StateBit(State state) { return 1U << static_cast<unsigned>(state); }

const char* StateName(State state);  // "APPLIED"
std::optional<State> StateFromName(std::string_view name);

enum class Event { kApply, kIssue, kValidate, kExport, kConfirm };
const char* EventName(Event event);  // "APPLY"

// On whose side the event happens.
enum class Side { kIssuingEntity, kImportingEntity };

struct Transition {
  Event event;
  unsigned from;  // set of StateBit(); 0: from nothing
  State to;
  Side side;
  Power power;  // that the acting officer needs at the own entity
};

std::span<const Transition> Transitions();

// The state after an event; nothing stands for "no certificate yet". Errors: FAILED_PRECONDITION
// WRONG_STATE, naming the state and those from which the event may come.
absl::StatusOr<State> Next(std::optional<State> state, Event event);

}  // namespace kp::scheme
