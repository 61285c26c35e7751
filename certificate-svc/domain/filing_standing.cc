#include "certificate-svc/domain/filing_standing.h"

#include <algorithm>

#include "base/error.h"
#include "certificate-svc/store/statistics.h"

namespace kp::certificate {
namespace {

constexpr absl::Duration kMaxAge = absl::Minutes(1);

}  // namespace

absl::StatusOr<std::optional<scheme::StatisticsKnown>> FilingStanding::Of(
    const SchemeView& view, const scheme::EntityCode& issuer) const {
  const std::optional<scheme::StatisticsKnown> nothing;
  const scheme::Entity* entity = view.parties.IssuerFor(issuer);
  const scheme::Entity* own = view.parties.FindEntity(env_.entity);
  if (entity == nullptr || own == nullptr || !entity->register_complete_from.has_value() ||
      !own->register_complete_from.has_value()) {
    return nothing;
  }
  const std::string& code = entity->code.text();
  if (entity != own && !view.trust->EndpointOf(code, access::v1::ROLE_CERTIFICATE_SVC).ok()) {
    return nothing;
  }
  scheme::StatisticsKnown known{
      std::max(*entity->register_complete_from, *own->register_complete_from), std::nullopt};
  const absl::Time now = env_.clock.Now();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto seen = seen_.find(code);
    if (seen != seen_.end() && seen->second.at <= now && now - seen->second.at < kMaxAge) {
      known.latest = seen->second.latest;
      return known;
    }
  }
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(known.latest, LatestFiledForGood(session, code));
    return absl::OkStatus();
  }));
  const std::lock_guard<std::mutex> lock(mutex_);
  seen_[code] = {now, known.latest};
  return known;
}

}  // namespace kp::certificate
