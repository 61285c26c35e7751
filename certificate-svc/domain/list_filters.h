// Filters of lists, read from requests as the store has them (scheme/list_filter.h). Empty stays
// empty: no filter.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "scheme/list_filter.h"

namespace kp::certificate {

// The other entity that a list of this entity's books is about, canonical. INVALID_ARGUMENT as
// ReadOtherEntity, about `field`; without trust documents in force nobody can say who is one.
absl::StatusOr<std::string> ReadFilterEntity(const Environment& env, const std::string& text,
                                             const char* field, scheme::FilterRole role);

struct DaySpan {
  std::string from, until;  // "YYYY-MM-DD"; empty: open
};
// INVALID_ARGUMENT names the field: not a day, or PERIOD_REVERSED.
absl::StatusOr<DaySpan> ReadFilterSpan(const std::string& from, const char* from_field,
                                       const std::string& until, const char* until_field,
                                       scheme::SpanEnd end);

}  // namespace kp::certificate
