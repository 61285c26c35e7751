// The scheme's parts of the manifest in force, ready to be listed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/registry/v1/registry.pb.h"
#include "mesh/trust/trust_store.h"
#include "scheme/dates.h"

namespace kp::participant {

// The check of the scheme's parts that every manifest must pass: they can be read, and contradict
// neither themselves nor each other. Errors name the part and the field.
absl::Status CheckParts(const trust::Parts& parts);

// Immutable; keys are codes and ids.
struct Registry {
  std::map<std::string, registry::v1::Participant> participants;
  std::map<std::string, registry::v1::IssuingEntity> entities;
  std::map<std::string, registry::v1::Measure> measures;
};

// Whether it took part, or was in force, on that day. Where only the month or the year of a date is
// known the day counts as covered if it may be: the spans themselves say how much is known.
bool TookPartOn(const registry::v1::Participant& participant, scheme::Date day);
bool InForceOn(const registry::v1::Measure& measure, scheme::Date day);

// Thread-safe.
class RegistrySource final {
 public:
  explicit RegistrySource(const trust::TrustStore& trust) : trust_(trust) {}
  // TRUST_NOT_LOADED, TRUST_EXPIRED.
  absl::StatusOr<std::shared_ptr<const Registry>> Current();

 private:
  const trust::TrustStore& trust_;
  std::mutex mutex_;
  std::string manifest_digest_;  // of `current_`
  std::shared_ptr<const Registry> current_;
};

}  // namespace kp::participant
