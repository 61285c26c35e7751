#include "participant-svc/domain/registry.h"

#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "scheme/wire/registry.h"

namespace kp::participant {
namespace {

using registry::v1::MeasuresPart;
using registry::v1::ParticipantsPart;

// An absent part is an empty one.
template <typename Part>
absl::StatusOr<Part> ReadPart(const trust::Parts& parts, const char* name) {
  Part part;
  const auto it = parts.find(name);
  if (it == parts.end()) return part;
  KP_RETURN_IF_ERROR(
      WithFieldPrefix(statement::DecodePayload(it->second, part), absl::StrCat(name, ".")));
  return part;
}

bool MayCover(const std::string& from, const std::string& until, scheme::Date day) {
  auto start = scheme::UncertainDate::Parse(from);
  if (!start.ok()) return false;
  scheme::Period period{*start, std::nullopt};
  if (!until.empty()) {
    auto end = scheme::UncertainDate::Parse(until);
    if (!end.ok()) return false;
    period.until = *end;
  }
  return period.Covers(day) != scheme::Certainty::kNo;
}

}  // namespace

absl::Status CheckParts(const trust::Parts& parts) {
  KP_ASSIGN_OR_RETURN(const auto participants,
                      ReadPart<ParticipantsPart>(parts, scheme::wire::kParticipantsPart));
  const auto directory =
      scheme::wire::ReadParticipants(participants, [](std::string_view) { return false; });
  KP_RETURN_IF_ERROR(
      WithFieldPrefix(directory.status(), absl::StrCat(scheme::wire::kParticipantsPart, ".")));
  KP_ASSIGN_OR_RETURN(const auto measures,
                      ReadPart<MeasuresPart>(parts, scheme::wire::kMeasuresPart));
  return WithFieldPrefix(scheme::wire::ReadMeasures(measures).status(),
                         absl::StrCat(scheme::wire::kMeasuresPart, "."));
}

bool TookPartOn(const registry::v1::Participant& participant, scheme::Date day) {
  for (const auto& span : participant.participations()) {
    if (MayCover(span.from(), span.until(), day)) return true;
  }
  return false;
}

bool InForceOn(const registry::v1::Measure& measure, scheme::Date day) {
  return MayCover(measure.from(), measure.until(), day);
}

absl::StatusOr<std::shared_ptr<const Registry>> RegistrySource::Current() {
  KP_ASSIGN_OR_RETURN(const auto snapshot, trust_.Usable());
  const std::lock_guard<std::mutex> lock(mutex_);
  if (current_ != nullptr && snapshot->signed_manifest().digest == manifest_digest_) {
    return current_;
  }
  KP_ASSIGN_OR_RETURN(
      const auto participants,
      ReadPart<ParticipantsPart>(snapshot->parts(), scheme::wire::kParticipantsPart));
  KP_ASSIGN_OR_RETURN(const auto measures,
                      ReadPart<MeasuresPart>(snapshot->parts(), scheme::wire::kMeasuresPart));
  auto next = std::make_shared<Registry>();
  for (const auto& participant : participants.participants()) {
    next->participants.emplace(participant.code(), participant);
  }
  for (const auto& entity : participants.entities()) next->entities.emplace(entity.code(), entity);
  for (const auto& measure : measures.measures()) next->measures.emplace(measure.id(), measure);
  manifest_digest_ = snapshot->signed_manifest().digest;
  current_ = std::move(next);
  return current_;
}

}  // namespace kp::participant
