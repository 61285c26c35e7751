// What a signed code proves to somebody who can reach nobody: with kept trust documents alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "document/signed_code.h"
#include "mesh/trust/snapshot.h"
#include "scheme/finding.h"
#include "scheme/verdict.h"

namespace kp::document {

struct OfflineReading {
  // Where the signature holds.
  std::optional<SignedCode> code;
  // With the issuer silent, as by DecideVerdict: REJECT, else UNAVAILABLE. Without the issuer there
  // is no ACCEPT: what became of the certificate since it was signed is not on it.
  scheme::Verdict verdict;
};

// Signature, key at the time of signing, and the rules and measures that are decided from the
// certificate, as of `now`. Errors: trust documents that the scheme cannot read.
absl::StatusOr<OfflineReading> ReadOffline(std::string_view text, const trust::Snapshot& trust,
                                           scheme::Purpose purpose, absl::Time now);

}  // namespace kp::document
