// Versions of one confirmation of receipt: each one but the first replaces the one before it, by
// name. What one side has kept decides how another version fits, whenever it arrives.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kp::scheme {

// There is no confirmation that could be amended: NOT_FOUND; receipt REFUSED.
inline constexpr char kConfirmationUnknown[] = "CONFIRMATION_UNKNOWN";
// Another version stands by now: ABORTED, read again and decide again; receipt REFUSED where
// another statement has this version, or this one replaces another statement than the one that
// stands.
inline constexpr char kConfirmationSuperseded[] = "CONFIRMATION_SUPERSEDED";
// The version before it has not arrived yet; the sender tries again: UNAVAILABLE.
inline constexpr char kConfirmationGap[] = "CONFIRMATION_GAP";
// It was amended as often as a confirmation may be: FAILED_PRECONDITION.
inline constexpr char kConfirmationFull[] = "CONFIRMATION_FULL";

// Versions of one confirmation, the first one included.
inline constexpr std::int64_t kMaxConfirmationVersions = 100;

enum class AmendmentFit {
  kNext,  // behind the one that stands
  kKept,  // it came before
};

// `kept`: digests of the versions from 1 that are here. A version `version` with `digest` that
// replaces `replaces`.
absl::StatusOr<AmendmentFit> FitAmendment(std::span<const std::string> kept, std::int64_t version,
                                          std::string_view digest, std::string_view replaces);

}  // namespace kp::scheme
