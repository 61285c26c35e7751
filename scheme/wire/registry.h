// The scheme's parts of the trust documents, as the scheme's own types.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kp/registry/v1/registry.pb.h"
#include "scheme/measure.h"
#include "scheme/party_directory.h"

namespace kp::scheme::wire {

// Names of the parts.
inline constexpr char kParticipantsPart[] = "participants";
inline constexpr char kMeasuresPart[] = "measures";

// A percentage that is not 0 to 100: INVALID_ARGUMENT.
inline constexpr char kPercentMalformed[] = "PERCENT_MALFORMED";

// A deadline without a count, a clause, or a readable list of holidays: INVALID_ARGUMENT.
inline constexpr char kDeadlineMalformed[] = "DEADLINE_MALFORMED";
// A language or a feature of an entity's paper that is wrong or missing: INVALID_ARGUMENT.
inline constexpr char kPaperMalformed[] = "PAPER_MALFORMED";

// `connected`: whether an entity has a certificate-svc in the mesh. Errors name the field of the
// part: those of PartyDirectory::Create, and of dates and codes that cannot be read.
absl::StatusOr<PartyDirectory> ReadParticipants(
    const registry::v1::ParticipantsPart& part,
    const std::function<bool(std::string_view entity)>& connected);

// Errors name the field of the part: those of MeasureBook::Create, and of dates and codes that cannot
// be read.
absl::StatusOr<MeasureBook> ReadMeasures(const registry::v1::MeasuresPart& part);

}  // namespace kp::scheme::wire
