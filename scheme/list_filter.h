// What the lists of an entity's books can be asked for. A filter that nothing can match is a slip of
// whoever asks, and is told as one: an empty list would read as "there is none". Pure.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scheme/codes.h"
#include "scheme/dates.h"
#include "scheme/party_directory.h"

namespace kp::scheme {

// As what the entity that a filter names stands in the books.
enum class FilterRole {
  kImporter,  // named on certificates as the entity of import: also a place that another one serves
  kPartner,   // the other authority, which issues certificates of its own
};

// The other entity that lists of the books of `own` are asked for, by its code in any case. Errors
// are about `field`: CODE_MALFORMED; CODE_UNKNOWN, no trust document knows it; ENTITY_NOT_ISSUING,
// another one issues for it, which the message names; SAME_ENTITY, there is no trade with it (R04).
absl::StatusOr<EntityCode> ReadOtherEntity(const PartyDirectory& parties, const EntityCode& own,
                                           FilterRole role, std::string_view text,
                                           std::string_view field, Date today);

// Whether a span of days holds any; a day that is not given is open. Error: PERIOD_REVERSED about
// `field`, that of `until`, which is the last day in the span or the first day behind it.
enum class SpanEnd { kIncluded, kNotIncluded };
absl::Status CheckSpan(std::optional<Date> from, std::optional<Date> until, SpanEnd end,
                       std::string_view field);

}  // namespace kp::scheme
