#include "scheme/lifecycle.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

constexpr unsigned kNothing = 0;

constexpr std::array<Transition, 5> kTransitions = {{
    {Event::kApply, kNothing, State::kApplied, Side::kIssuingEntity, Power::kIssue},
    {Event::kIssue, StateBit(State::kApplied), State::kIssued, Side::kIssuingEntity, Power::kIssue},
    {Event::kValidate, StateBit(State::kIssued), State::kValidated, Side::kIssuingEntity,
     Power::kValidate},
    {Event::kExport, StateBit(State::kValidated), State::kExported, Side::kIssuingEntity,
     Power::kIssue},
    {Event::kConfirm, StateBit(State::kExported), State::kConfirmed, Side::kImportingEntity,
     Power::kVerify},
}};

}  // namespace

std::span<const Transition> Transitions() { return kTransitions; }

absl::StatusOr<State> Next(std::optional<State> state, Event event) {
  const auto transition =
      std::find_if(kTransitions.begin(), kTransitions.end(),
                   [&](const Transition& candidate) { return candidate.event == event; });
  const bool allowed =
      state ? (transition->from & StateBit(*state)) != 0 : transition->from == kNothing;
  if (allowed) return transition->to;
  std::string needed;
  for (const State from : kAllStates) {
    if ((transition->from & StateBit(from)) == 0) continue;
    if (!needed.empty()) needed += " or ";
    needed += StateName(from);
  }
  const std::string now = state ? StateName(*state) : "not there";
  return MakeError(absl::StatusCode::kFailedPrecondition, reasons::kWrongState,
                   std::string(EventName(event)) + " needs a certificate that is " +
                       (needed.empty() ? "not there" : needed) + "; this one is " + now,
                   {{"event", EventName(event)}, {"state", now}, {"needed", needed}});
}

const char* StateName(State state) {
  switch (state) {
    case State::kApplied:
      return "APPLIED";
    case State::kDeficient:
      return "DEFICIENT";
    case State::kRejected:
      return "REJECTED";
    case State::kIssued:
      return "ISSUED";
    case State::kValidated:
      return "VALIDATED";
    case State::kExported:
      return "EXPORTED";
    case State::kArrived:
      return "ARRIVED";
    case State::kDetained:
      return "DETAINED";
    case State::kReleased:
      return "RELEASED";
    case State::kConfirmed:
      return "CONFIRMED";
    case State::kReturned:
      return "RETURNED";
    case State::kReplaced:
      return "REPLACED";
    case State::kVoid:
      return "VOID";
    case State::kLost:
      return "LOST";
    case State::kStolen:
      return "STOLEN";
    case State::kSeized:
      return "SEIZED";
  }
  return "";
}

std::optional<State> StateFromName(std::string_view name) {
  for (const State state : kAllStates) {
    if (name == StateName(state)) return state;
  }
  return std::nullopt;
}

const char* EventName(Event event) {
  switch (event) {
    case Event::kApply:
      return "APPLY";
    case Event::kIssue:
      return "ISSUE";
    case Event::kValidate:
      return "VALIDATE";
    case Event::kExport:
      return "EXPORT";
    case Event::kConfirm:
      return "CONFIRM";
  }
  return "";
}

}  // namespace kp::scheme
