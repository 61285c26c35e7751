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

// Whether no later event can make a certificate in this state good again (what is lost or stolen
// and found is returned).
bool IsGone(State state);

enum class Event {
  kApply,
  kFindDeficient,
  kAmend,
  kReject,
  kIssue,
  kValidate,
  kExport,
  kArrive,
  kDetain,
  kRelease,
  kConfirm,
  kReturn,
  kReplace,
  kVoid,
  kReportLost,
  kReportStolen,
  kSeize,
};
inline constexpr std::array kAllEvents = {
    Event::kApply,   Event::kFindDeficient, Event::kAmend,      Event::kReject,
    Event::kIssue,   Event::kValidate,      Event::kExport,     Event::kArrive,
    Event::kDetain,  Event::kRelease,       Event::kConfirm,    Event::kReturn,
    Event::kReplace, Event::kVoid,          Event::kReportLost, Event::kReportStolen,
    Event::kSeize};
const char* EventName(Event event);  // "FIND_DEFICIENT"

// On whose side the event happens.
enum class Side { kIssuingEntity, kImportingEntity };
inline constexpr std::array kAllSides = {Side::kIssuingEntity, Side::kImportingEntity};

struct Transition {
  Event event;
  unsigned from;  // set of StateBit(); 0: from nothing
  State to;
  Side side;
  Power power;         // that the acting officer needs at the own entity
  bool reasons;        // written reasons are needed
  const char* source;  // clause, or "this project"
};

// At most one row for an event and a side.
std::span<const Transition> Transitions();

// The row of an event on a side; null where that side cannot cause it.
const Transition* FindTransition(Event event, Side side);

// The state after an event; nothing stands for "no certificate yet". Errors: FAILED_PRECONDITION
// WRONG_STATE, naming the state and those from which the event may come.
absl::StatusOr<State> Next(std::optional<State> state, Event event, Side side);

// Whether the issuer may endorse a minor error: from validation until something has closed the
// certificate. It changes no state. FAILED_PRECONDITION, WRONG_STATE.
absl::Status CheckCorrectable(State state);
// Whether the importing authority may let goods go that it detained under a certificate which the
// issuer ended meanwhile (replaced, made void, reported stolen): the certificate stays as it is.
bool MayLetGoAfterEnd(State state);
// Whether an inspection may be recorded: before validation. FAILED_PRECONDITION, WRONG_STATE.
absl::Status CheckInspectable(State state);

}  // namespace kp::scheme
