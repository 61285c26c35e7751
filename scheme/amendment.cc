#include "scheme/amendment.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::scheme {

absl::StatusOr<AmendmentFit> FitAmendment(std::span<const std::string> kept, std::int64_t version,
                                          std::string_view digest, std::string_view replaces) {
  if (kept.empty() || version < 2) {
    return MakeError(absl::StatusCode::kNotFound, kConfirmationUnknown,
                     "no confirmation is here that could be amended so");
  }
  const auto standing = static_cast<std::int64_t>(kept.size());
  if (version <= standing) {
    if (kept[static_cast<std::size_t>(version - 1)] == digest) return AmendmentFit::kKept;
    return MakeError(absl::StatusCode::kAborted, kConfirmationSuperseded,
                     absl::StrCat("another statement is version ", version,
                                  " of the confirmation; version ", standing, " stands"));
  }
  if (version > kMaxConfirmationVersions) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, kConfirmationFull,
        absl::StrCat("a confirmation has at most ", kMaxConfirmationVersions, " versions"));
  }
  if (version > standing + 1) {
    return MakeError(absl::StatusCode::kUnavailable, kConfirmationGap,
                     absl::StrCat("version ", standing + 1, " has not arrived yet"));
  }
  if (kept.back() != replaces) {
    return MakeError(
        absl::StatusCode::kAborted, kConfirmationSuperseded,
        absl::StrCat("it replaces another statement than version ", standing, ", which stands"));
  }
  return AmendmentFit::kNext;
}

}  // namespace kp::scheme
