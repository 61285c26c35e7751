// Use of a certificate at import: one record at the issuer, keyed by certificate. A use claims the
// whole certificate. Its two legs, the authority's confirmation and the customs' reservation and
// write-off, complete each other under one consignment reference, in either order; a second
// reference is refused (R22). Pure: the caller stores the new record by one conditional update on
// `revision`.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "scheme/codes.h"
#include "scheme/lifecycle.h"

namespace kp::scheme {

enum class CustomsLeg { kNone, kReserved, kWrittenOff, kReleased };
enum class UseAct { kReserve, kWriteOff, kRelease, kConfirm };
enum class UseOutcome { kDone, kAlreadyDone, kAlreadyUsed, kNotTheImporter, kRefused };

const char* CustomsLegName(CustomsLeg leg);      // "WRITTEN_OFF"
const char* UseActName(UseAct act);              // "WRITE_OFF"
const char* UseOutcomeName(UseOutcome outcome);  // "ALREADY_DONE"

inline constexpr absl::Duration kDefaultReservation = absl::Hours(30 * 24);

struct Use {
  EntityCode importing_entity;  // named on the certificate, or the entity that serves it
  std::string reference;        // of the last use; whether it still holds: Holder()
  bool confirmed = false;
  absl::Time confirmed_time;
  CustomsLeg customs = CustomsLeg::kNone;
  absl::Time customs_time;           // of the last customs act
  absl::Time reserved_until;         // while reserved
  std::int64_t customs_version = 0;  // of the declaration that acted last
  std::int64_t revision = 0;         // rises by one with every change

  // The customs leg at `now`: a reservation past its end is released.
  CustomsLeg CustomsAt(absl::Time now) const;
  // The reference that holds the certificate at `now`; empty: it is free.
  std::string Holder(absl::Time now) const;
  // Whether a leg has consumed the certificate for good.
  bool Consumed() const { return confirmed || customs == CustomsLeg::kWrittenOff; }
};

struct UseRequest {
  UseAct act = UseAct::kReserve;
  EntityCode by;             // entity of the caller, from the handshake
  std::string reference;     // consignment reference; may be empty for kConfirm
  std::int64_t version = 0;  // of the customs declaration; rises with amendments; 0 for kConfirm
  absl::Time time;
};

struct UseDecision {
  UseOutcome outcome = UseOutcome::kRefused;
  std::string reason;  // scheme/reasons.h; empty for DONE and ALREADY_DONE
  Use next;            // equal to the record as it was unless DONE
};

// `state` is the certificate's. Total: every record, state and request has an outcome.
//   DONE            the act is in `next`
//   ALREADY_DONE    same reference, same leg: nothing to do
//   ALREADY_USED    another reference holds it (or a confirmation that names none comes second)
//   NOT_THE_IMPORTER
//   REFUSED         CERTIFICATE_NOT_USABLE, REFERENCE_REQUIRED, NOT_RESERVED, STALE_VERSION,
//                   ALREADY_WRITTEN_OFF
UseDecision DecideUse(const Use& use, State state, const UseRequest& request,
                      absl::Duration reservation = kDefaultReservation);

// How a question's consignment reference stands to the use: input of the verdict.
enum class UsePosition { kNone, kSameReference, kOtherReference, kReferenceNotStated };
const char* UsePositionName(UsePosition position);  // "SAME_REFERENCE"
UsePosition PositionOf(const Use& use, const std::string& reference, absl::Time now);

}  // namespace kp::scheme
