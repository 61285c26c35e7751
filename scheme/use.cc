#include "scheme/use.h"

#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

// States in which goods are on their way, there, or closed by the import.
bool Usable(State state) {
  return state == State::kExported || state == State::kArrived || state == State::kReleased ||
         state == State::kConfirmed;
}

UseDecision Unchanged(const Use& use, UseOutcome outcome, const char* reason = "") {
  return {outcome, reason, use};
}

UseDecision Done(Use next) {
  ++next.revision;
  return {UseOutcome::kDone, "", std::move(next)};
}

UseDecision Refused(const Use& use, const char* reason) {
  return Unchanged(use, UseOutcome::kRefused, reason);
}

// The record as it stands for `reference`: of a reference that no longer holds, nothing counts.
Use ForReference(const Use& use, const std::string& reference, absl::Time now) {
  Use next = use;
  if (use.Holder(now).empty() && use.reference != reference) {
    next.customs = CustomsLeg::kNone;
    next.customs_version = 0;
  }
  next.reference = reference;
  return next;
}

void SetCustoms(Use& use, CustomsLeg leg, const UseRequest& request) {
  use.customs = leg;
  use.customs_time = request.time;
  use.customs_version = request.version;
}

UseDecision Confirm(const Use& use, const UseRequest& request) {
  const std::string holder = use.Holder(request.time);
  if (use.confirmed) {
    // Without a reference nothing says that it is the same consignment: a second presentation.
    return request.reference == use.reference
               ? Unchanged(use, UseOutcome::kAlreadyDone)
               : Unchanged(use, UseOutcome::kAlreadyUsed, reasons::kAlreadyUsed);
  }
  if (request.reference.empty() && holder.empty()) {
    return Refused(use, reasons::kReferenceRequired);
  }
  Use next =
      ForReference(use, request.reference.empty() ? holder : request.reference, request.time);
  next.customs = next.CustomsAt(request.time);
  next.confirmed = true;
  next.confirmed_time = request.time;
  return Done(std::move(next));
}

UseDecision Reserve(const Use& use, const UseRequest& request, absl::Duration reservation) {
  Use next = ForReference(use, request.reference, request.time);
  const CustomsLeg leg = next.CustomsAt(request.time);
  const bool lapsed = use.customs == CustomsLeg::kReserved && leg == CustomsLeg::kReleased;
  if (leg == CustomsLeg::kWrittenOff) {
    return request.version == use.customs_version ? Unchanged(use, UseOutcome::kAlreadyDone)
                                                  : Refused(use, reasons::kAlreadyWrittenOff);
  }
  if (leg == CustomsLeg::kReserved && request.version == use.customs_version) {
    return Unchanged(use, UseOutcome::kAlreadyDone);
  }
  // A cancelled declaration must not come back by a late copy of an earlier version; one whose
  // reservation merely lapsed may reserve again.
  const bool stale = lapsed                     ? request.version < next.customs_version
                     : leg == CustomsLeg::kNone ? false
                                                : request.version <= next.customs_version;
  if (stale) return Refused(use, reasons::kStaleVersion);
  SetCustoms(next, CustomsLeg::kReserved, request);
  next.reserved_until = request.time + reservation;
  return Done(std::move(next));
}

UseDecision WriteOff(const Use& use, const UseRequest& request) {
  if (use.reference != request.reference) return Refused(use, reasons::kNotReserved);
  const CustomsLeg leg = use.CustomsAt(request.time);
  if (leg == CustomsLeg::kWrittenOff) return Unchanged(use, UseOutcome::kAlreadyDone);
  if (leg != CustomsLeg::kReserved) return Refused(use, reasons::kNotReserved);
  if (request.version < use.customs_version) return Refused(use, reasons::kStaleVersion);
  Use next = use;
  SetCustoms(next, CustomsLeg::kWrittenOff, request);
  return Done(std::move(next));
}

UseDecision Release(const Use& use, const UseRequest& request) {
  if (use.reference != request.reference) return Refused(use, reasons::kNotReserved);
  switch (use.customs) {
    case CustomsLeg::kNone:
      return Refused(use, reasons::kNotReserved);
    case CustomsLeg::kWrittenOff:
      return Refused(use, reasons::kAlreadyWrittenOff);
    case CustomsLeg::kReleased:
      return Unchanged(use, UseOutcome::kAlreadyDone);
    case CustomsLeg::kReserved:
      break;
  }
  if (request.version < use.customs_version) return Refused(use, reasons::kStaleVersion);
  Use next = use;
  SetCustoms(next, CustomsLeg::kReleased, request);
  return Done(std::move(next));
}

}  // namespace

CustomsLeg Use::CustomsAt(absl::Time now) const {
  const bool lapsed = customs == CustomsLeg::kReserved && now >= reserved_until;
  return lapsed ? CustomsLeg::kReleased : customs;
}

std::string Use::Holder(absl::Time now) const {
  const CustomsLeg leg = CustomsAt(now);
  const bool held = confirmed || leg == CustomsLeg::kReserved || leg == CustomsLeg::kWrittenOff;
  return held ? reference : std::string();
}

UseDecision DecideUse(const Use& use, State state, const UseRequest& request,
                      absl::Duration reservation) {
  if (request.by != use.importing_entity) {
    return Unchanged(use, UseOutcome::kNotTheImporter, reasons::kNotTheImporter);
  }
  // Giving back is always allowed: what became of the certificate meanwhile holds no claim on it.
  if (request.act != UseAct::kRelease && !Usable(state)) {
    return Refused(use, reasons::kCertificateNotUsable);
  }
  if (request.reference.empty() && request.act != UseAct::kConfirm) {
    return Refused(use, reasons::kReferenceRequired);
  }
  const std::string holder = use.Holder(request.time);
  if (!request.reference.empty() && !holder.empty() && holder != request.reference) {
    return Unchanged(use, UseOutcome::kAlreadyUsed, reasons::kAlreadyUsed);
  }
  switch (request.act) {
    case UseAct::kConfirm:
      return Confirm(use, request);
    case UseAct::kReserve:
      return Reserve(use, request, reservation);
    case UseAct::kWriteOff:
      return WriteOff(use, request);
    case UseAct::kRelease:
      return Release(use, request);
  }
  return Refused(use, reasons::kCertificateNotUsable);
}

UsePosition PositionOf(const Use& use, const std::string& reference, absl::Time now) {
  const std::string holder = use.Holder(now);
  if (holder.empty()) return UsePosition::kNone;
  if (reference.empty()) return UsePosition::kReferenceNotStated;
  return holder == reference ? UsePosition::kSameReference : UsePosition::kOtherReference;
}

const char* CustomsLegName(CustomsLeg leg) {
  switch (leg) {
    case CustomsLeg::kNone:
      return "NONE";
    case CustomsLeg::kReserved:
      return "RESERVED";
    case CustomsLeg::kWrittenOff:
      return "WRITTEN_OFF";
    case CustomsLeg::kReleased:
      return "RELEASED";
  }
  return "";
}

const char* UseActName(UseAct act) {
  switch (act) {
    case UseAct::kReserve:
      return "RESERVE";
    case UseAct::kWriteOff:
      return "WRITE_OFF";
    case UseAct::kRelease:
      return "RELEASE";
    case UseAct::kConfirm:
      return "CONFIRM";
  }
  return "";
}

const char* UseOutcomeName(UseOutcome outcome) {
  switch (outcome) {
    case UseOutcome::kDone:
      return "DONE";
    case UseOutcome::kAlreadyDone:
      return "ALREADY_DONE";
    case UseOutcome::kAlreadyUsed:
      return "ALREADY_USED";
    case UseOutcome::kNotTheImporter:
      return "NOT_THE_IMPORTER";
    case UseOutcome::kRefused:
      return "REFUSED";
  }
  return "";
}

const char* UsePositionName(UsePosition position) {
  switch (position) {
    case UsePosition::kNone:
      return "NONE";
    case UsePosition::kSameReference:
      return "SAME_REFERENCE";
    case UsePosition::kOtherReference:
      return "OTHER_REFERENCE";
    case UsePosition::kReferenceNotStated:
      return "REFERENCE_NOT_STATED";
  }
  return "";
}

}  // namespace kp::scheme
