// Whether issuers have filed their statistics, as far as this node can know (R24).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "scheme/rules.h"

namespace kp::certificate {

// Thread-safe. What it says may be up to a minute old: verification does not read the database for it.
class FilingStanding final {
 public:
  explicit FilingStanding(const Environment& environment) : env_(environment) {}

  // Of the own entity, or of a partner on the mesh whose register and ours both say from when they are
  // complete; nothing for anybody else.
  absl::StatusOr<std::optional<scheme::StatisticsKnown>> Of(const SchemeView& view,
                                                            const scheme::EntityCode& issuer) const;

 private:
  struct Seen {
    absl::Time at;
    std::optional<scheme::Quarter> latest;
  };

  const Environment& env_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Seen> seen_;  // by entity of the registry
};

}  // namespace kp::certificate
