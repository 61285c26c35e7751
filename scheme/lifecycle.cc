#include "scheme/lifecycle.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

constexpr unsigned kNothing = 0;

template <typename... States>
constexpr unsigned Any(States... states) {
  return (StateBit(states) | ...);
}

// Of the issuer's hands, before and after the goods left.
constexpr unsigned kAtHome = Any(State::kIssued, State::kValidated);
constexpr unsigned kUnderway = Any(State::kExported);
// The goods are with the importing authority, and nothing has closed the certificate.
constexpr unsigned kThere = Any(State::kArrived, State::kDetained, State::kReleased);

constexpr Side kIssuer = Side::kIssuingEntity;
constexpr Side kImporter = Side::kImportingEntity;

constexpr std::array kTransitions = std::to_array<Transition>({
    {Event::kApply, kNothing, State::kApplied, kIssuer, Power::kIssue, false, "CORE Annex II 17"},
    {Event::kFindDeficient, Any(State::kApplied), State::kDeficient, kIssuer, Power::kIssue, true,
     "Canada, Act s. 9(b)"},
    {Event::kAmend, Any(State::kApplied, State::kDeficient), State::kApplied, kIssuer,
     Power::kIssue, false, "Canada, Act s. 9(b)"},
    {Event::kReject, Any(State::kApplied, State::kDeficient), State::kRejected, kIssuer,
     Power::kIssue, true, "Canada, Act s. 9(c)"},
    {Event::kIssue, Any(State::kApplied), State::kIssued, kIssuer, Power::kIssue, false,
     "CORE Annex I A"},
    {Event::kValidate, Any(State::kIssued), State::kValidated, kIssuer, Power::kValidate, false,
     "CORE I, IV(b)"},
    {Event::kExport, Any(State::kValidated), State::kExported, kIssuer, Power::kIssue, false,
     "CORE Annex II 19"},
    {Event::kArrive, kUnderway, State::kArrived, kImporter, Power::kVerify, false,
     "CORE Annex II 21"},
    {Event::kDetain, kUnderway | Any(State::kArrived, State::kReleased), State::kDetained,
     kImporter, Power::kVerify, true, "EU art. 5(1)(b)"},
    {Event::kRelease, Any(State::kDetained), State::kReleased, kImporter, Power::kVerify, true,
     "EU art. 5(2)"},
    {Event::kConfirm, kUnderway | Any(State::kArrived, State::kReleased), State::kConfirmed,
     kImporter, Power::kVerify, false, "CORE III(b)"},
    // Not exported in time, come back unused, or found again.
    {Event::kReturn, kAtHome | kUnderway | Any(State::kLost, State::kStolen), State::kReturned,
     kIssuer, Power::kIssue, true, "EU art. 12(5)"},
    // The original was not produced, or the goods were refused: they go back to the exporter.
    {Event::kReturn, kThere, State::kReturned, kImporter, Power::kVerify, true,
     "India, circular 53/2003; EU art. 5"},
    {Event::kReplace, kAtHome | kUnderway | Any(State::kDetained, State::kLost), State::kReplaced,
     kIssuer, Power::kIssue, true, "Canada, Act s. 11"},
    {Event::kVoid, kAtHome | kUnderway | kThere, State::kVoid, kIssuer, Power::kIssue, true,
     "Canada, Act s. 12"},
    {Event::kReportLost, kAtHome | kUnderway, State::kLost, kIssuer, Power::kIssue, true,
     "this project; CORE is silent"},
    {Event::kReportStolen, kAtHome | kUnderway | kThere | Any(State::kLost), State::kStolen,
     kIssuer, Power::kIssue, true, "this project; CORE is silent"},
    {Event::kSeize, kAtHome | kUnderway, State::kSeized, kIssuer, Power::kIssue, true,
     "CORE V(f); EU art. 5"},
    {Event::kSeize, kUnderway | kThere, State::kSeized, kImporter, Power::kVerify, true,
     "EU art. 5"},
});

}  // namespace

std::span<const Transition> Transitions() { return kTransitions; }

const Transition* FindTransition(Event event, Side side) {
  const auto found = std::ranges::find_if(
      kTransitions, [&](const Transition& row) { return row.event == event && row.side == side; });
  return found == kTransitions.end() ? nullptr : &*found;
}

absl::StatusOr<State> Next(std::optional<State> state, Event event, Side side) {
  const Transition* transition = FindTransition(event, side);
  const unsigned from = transition == nullptr ? 0 : transition->from;
  const bool allowed =
      transition != nullptr && (state ? (from & StateBit(*state)) != 0 : from == kNothing);
  if (allowed) return transition->to;
  std::string needed;
  for (const State candidate : kAllStates) {
    if ((from & StateBit(candidate)) == 0) continue;
    if (!needed.empty()) needed += " or ";
    needed += StateName(candidate);
  }
  const std::string now = state ? StateName(*state) : "not there";
  const std::string text =
      transition == nullptr ? std::string(EventName(event)) + " is not for this side to cause"
                            : std::string(EventName(event)) + " needs a certificate that is " +
                                  (needed.empty() ? "not there" : needed) + "; this one is " + now;
  const char* const source = transition == nullptr ? "KP 4.5" : transition->source;
  return FaultError(absl::StatusCode::kFailedPrecondition,
                    {reasons::kWrongState, "state", text, source},
                    {{"event", EventName(event)}, {"state", now}, {"needed", needed}});
}

namespace {

// For what changes no state.
absl::Status NeedOneOf(unsigned states, State state, const char* what, const char* needed,
                       const char* source) {
  if ((states & StateBit(state)) != 0) return absl::OkStatus();
  return FaultError(absl::StatusCode::kFailedPrecondition,
                    {reasons::kWrongState, "state",
                     std::string(what) + " needs a certificate that is " + needed +
                         "; this one is " + StateName(state),
                     source},
                    {{"event", what}, {"state", StateName(state)}});
}

}  // namespace

absl::Status CheckCorrectable(State state) {
  return NeedOneOf(Any(State::kValidated) | kUnderway | kThere, state, "CORRECT",
                   "validated and not closed", "India, DGFT 34/2015-2020");
}

absl::Status CheckInspectable(State state) {
  return NeedOneOf(Any(State::kApplied, State::kIssued), state, "INSPECT",
                   "applied for or issued and not validated", "CORE IV(b)");
}

bool MayLetGoAfterEnd(State state) {
  return (Any(State::kReplaced, State::kVoid, State::kStolen) & StateBit(state)) != 0;
}

bool IsGone(State state) {
  constexpr unsigned kGone = Any(State::kReturned, State::kReplaced, State::kVoid, State::kLost,
                                 State::kStolen, State::kSeized);
  return (kGone & StateBit(state)) != 0;
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
    case Event::kFindDeficient:
      return "FIND_DEFICIENT";
    case Event::kAmend:
      return "AMEND";
    case Event::kReject:
      return "REJECT";
    case Event::kIssue:
      return "ISSUE";
    case Event::kValidate:
      return "VALIDATE";
    case Event::kExport:
      return "EXPORT";
    case Event::kArrive:
      return "ARRIVE";
    case Event::kDetain:
      return "DETAIN";
    case Event::kRelease:
      return "RELEASE";
    case Event::kConfirm:
      return "CONFIRM";
    case Event::kReturn:
      return "RETURN";
    case Event::kReplace:
      return "REPLACE";
    case Event::kVoid:
      return "VOID";
    case Event::kReportLost:
      return "REPORT_LOST";
    case Event::kReportStolen:
      return "REPORT_STOLEN";
    case Event::kSeize:
      return "SEIZE";
  }
  return "";
}

}  // namespace kp::scheme
