// Denial statements: who may deny what (architecture 4.4, item 4).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/trust/snapshot.h"

namespace kp::trust {

// Denials that one list holds in all and by one issuer, so that nobody can fill every node.
inline constexpr size_t kMaxDenials = 512;
inline constexpr size_t kMaxDenialsByIssuer = 64;
// Largest denial statement.
inline constexpr size_t kMaxDenialSize = size_t{4} << 10;

struct DenialRules {
  std::string registry_party;
  // Longest life of the registry's denials of others.
  absl::Duration registry_denial_life;
};

// Reads `denial` and decides whether it may stand under `snapshot`: signed by the party it is
// about, or by the registry for at most its life. DENIAL_NOT_YOURS, TRUST_MALFORMED with the field,
// or the errors of VerifyStatement. That it has lapsed by `now` is no error.
absl::StatusOr<DenialInForce> CheckDenial(const Snapshot& snapshot, const DenialRules& rules,
                                          const std::string& denial, absl::Time now);

// SHA-256 over the digests of the denial statements in their order, as Freshness names it.
std::string DenialsDigest(const std::vector<std::string>& denials);

}  // namespace kp::trust
