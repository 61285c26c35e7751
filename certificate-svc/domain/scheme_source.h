// The scheme's facts (participants, profiles, measures) by the trust documents in force.
#pragma once

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/trust/trust_store.h"
#include "scheme/measure.h"
#include "scheme/party_directory.h"

namespace kp::certificate {

// One state of the trust documents, read. Immutable.
struct SchemeView {
  std::shared_ptr<const trust::Snapshot> trust;
  scheme::PartyDirectory parties;
  scheme::MeasureBook measures;
};

// For trust::TrustOptions::check_parts: a manifest whose parts the scheme cannot read is refused.
absl::Status CheckSchemeParts(const trust::Parts& parts);

// Follows a trust store. Thread-safe.
class SchemeSource final {
 public:
  // `store` outlives it. Subscribes, and reads what is in force now.
  explicit SchemeSource(trust::TrustStore& store);

  // UNAVAILABLE, TRUST_NOT_LOADED or TRUST_EXPIRED when nothing may be judged.
  absl::StatusOr<std::shared_ptr<const SchemeView>> Current() const;

 private:
  // Held by the store's listener too, which is never removed and may run when this is gone.
  struct State {
    std::mutex mutex;
    std::shared_ptr<const SchemeView> view;
  };
  static void Refresh(trust::TrustStore& store, State& state);

  trust::TrustStore& store_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace kp::certificate
