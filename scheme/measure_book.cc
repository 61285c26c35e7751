#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "scheme/measure.h"
#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme {

struct MeasureBook::Index {
  std::vector<Measure> measures;
  std::vector<Area> areas;
  std::vector<Operation> operations;
};

namespace {

absl::Status Contradiction(const char* reason, const std::string& field,
                           const std::string& message) {
  return FieldError({reason, field, message, ""});
}

// The name of a place, of its participant, under which it is found.
using PlaceKey = std::pair<ParticipantCode, std::string>;

template <class Place>
std::vector<std::string> NamesOf(const Place& place) {
  std::set<std::string> names = {FoldName(place.id), FoldName(place.name)};
  for (const std::string& alias : place.aliases) names.insert(FoldName(alias));
  names.erase("");
  return {names.begin(), names.end()};
}

template <class Place>
absl::Status CheckPlaces(const std::vector<Place>& places, const std::string& list) {
  std::set<std::string> ids;
  std::set<PlaceKey> names;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    const std::string path = list + "[" + std::to_string(i) + "]";
    if (place.id.empty() || place.participant.empty()) {
      return Contradiction(reasons::kFieldMissing, path, "an id and a participant are needed");
    }
    if (!ids.insert(place.id).second) {
      return Contradiction(reasons::kDuplicateId, path + ".id", place.id);
    }
    for (const std::string& name : NamesOf(place)) {
      if (!names.insert({place.participant, name}).second) {
        return Contradiction(reasons::kDuplicateId, path, "'" + name + "' names two places");
      }
    }
  }
  return absl::OkStatus();
}

template <class Place>
const Place* FindPlace(const std::vector<Place>& places, const ParticipantCode& participant,
                       std::string_view name) {
  const std::string folded = FoldName(name);
  if (folded.empty()) return nullptr;
  for (const Place& place : places) {
    if (place.participant != participant) continue;
    const std::vector<std::string> names = NamesOf(place);
    if (std::find(names.begin(), names.end(), folded) != names.end()) return &place;
  }
  return nullptr;
}

template <class Place>
bool IsIdOf(const std::vector<Place>& places, const ParticipantCode& participant,
            const std::string& id) {
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return place.id == id && place.participant == participant;
  });
}

bool ScopeFits(MeasureKind kind, MeasureScope scope) {
  switch (kind) {
    case MeasureKind::kEmbargo:
    case MeasureKind::kEmbargoExceptGovernmentCertificate:
    case MeasureKind::kRemoval:
    case MeasureKind::kSuspension:
    case MeasureKind::kSelfSuspension:
      return scope == MeasureScope::kCountry;
    case MeasureKind::kAreaRestriction:
      return scope == MeasureScope::kArea || scope == MeasureScope::kOperation;
    case MeasureKind::kAreaPermission:
      return scope == MeasureScope::kArea;
    case MeasureKind::kOperationPermission:
      return scope == MeasureScope::kOperation;
    case MeasureKind::kCountersignature:
      return true;
    case MeasureKind::kEnhancedVigilance:
      return scope == MeasureScope::kCountry || scope == MeasureScope::kArea;
  }
  return false;
}

absl::Status CheckMeasure(const Measure& measure, const std::string& path,
                          const std::vector<Area>& areas,
                          const std::vector<Operation>& operations) {
  const auto missing = [&](const char* field) {
    return Contradiction(reasons::kFieldMissing, path + "." + field,
                         std::string("a measure of this kind needs ") + field);
  };
  if (measure.id.empty()) return missing("id");
  if (measure.participant.empty()) return missing("participant");
  if (measure.decision.empty()) return missing("decision");
  if (!ScopeFits(measure.kind, measure.scope)) {
    return Contradiction(reasons::kWrongScope, path + ".scope",
                         std::string(MeasureKindName(measure.kind)) + " cannot have scope " +
                             MeasureScopeName(measure.scope));
  }
  if (measure.scope == MeasureScope::kArea && measure.areas.empty()) return missing("areas");
  if (measure.scope == MeasureScope::kOperation && measure.operations.empty()) {
    return missing("operations");
  }
  if (measure.kind == MeasureKind::kCountersignature && measure.countersigner_role.empty()) {
    return missing("countersigner_role");
  }
  for (const std::string& area : measure.areas) {
    if (!IsIdOf(areas, measure.participant, area)) {
      return Contradiction(reasons::kAreaUnknown, path + ".areas",
                           "'" + area + "' is no area of " + measure.participant.text());
    }
  }
  for (const std::string& operation : measure.operations) {
    if (!IsIdOf(operations, measure.participant, operation)) {
      return Contradiction(reasons::kOperationUnknown, path + ".operations",
                           "'" + operation + "' is no operation of " + measure.participant.text());
    }
  }
  const Period& period = measure.period;
  if (period.until && period.until->latest && period.from.earliest &&
      *period.until->latest <= *period.from.earliest) {
    return Contradiction(reasons::kPeriodReversed, path + ".period", "ends before it begins");
  }
  return absl::OkStatus();
}

}  // namespace

MeasureBook::MeasureBook() : index_(std::make_shared<const Index>()) {}
MeasureBook::MeasureBook(std::shared_ptr<const Index> index) : index_(std::move(index)) {}

absl::StatusOr<MeasureBook> MeasureBook::Create(std::vector<Measure> measures,
                                                std::vector<Area> areas,
                                                std::vector<Operation> operations) {
  KP_RETURN_IF_ERROR(CheckPlaces(areas, "areas"));
  KP_RETURN_IF_ERROR(CheckPlaces(operations, "operations"));
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    if (!operation.area.empty() && !IsIdOf(areas, operation.participant, operation.area)) {
      return Contradiction(reasons::kAreaUnknown, "operations[" + std::to_string(i) + "].area",
                           "'" + operation.area + "' is no area of its participant");
    }
  }
  std::set<std::string> ids;
  for (std::size_t i = 0; i < measures.size(); ++i) {
    const std::string path = "measures[" + std::to_string(i) + "]";
    KP_RETURN_IF_ERROR(CheckMeasure(measures[i], path, areas, operations));
    if (!ids.insert(measures[i].id).second) {
      return Contradiction(reasons::kDuplicateId, path + ".id", measures[i].id);
    }
  }
  return MeasureBook(std::make_shared<const Index>(
      Index{std::move(measures), std::move(areas), std::move(operations)}));
}

const std::vector<Measure>& MeasureBook::measures() const { return index_->measures; }

const Measure* MeasureBook::Find(std::string_view id) const {
  for (const Measure& measure : index_->measures) {
    if (measure.id == id) return &measure;
  }
  return nullptr;
}

const Area* MeasureBook::FindArea(const ParticipantCode& participant, std::string_view name) const {
  return FindPlace(index_->areas, participant, name);
}

const Operation* MeasureBook::FindOperation(const ParticipantCode& participant,
                                            std::string_view name) const {
  return FindPlace(index_->operations, participant, name);
}

const char* MeasureKindName(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kEmbargo:
      return "EMBARGO";
    case MeasureKind::kEmbargoExceptGovernmentCertificate:
      return "EMBARGO_EXCEPT_GOVERNMENT_CERTIFICATE";
    case MeasureKind::kRemoval:
      return "REMOVAL";
    case MeasureKind::kSuspension:
      return "SUSPENSION";
    case MeasureKind::kSelfSuspension:
      return "SELF_SUSPENSION";
    case MeasureKind::kAreaRestriction:
      return "AREA_RESTRICTION";
    case MeasureKind::kAreaPermission:
      return "AREA_PERMISSION";
    case MeasureKind::kOperationPermission:
      return "OPERATION_PERMISSION";
    case MeasureKind::kCountersignature:
      return "COUNTERSIGNATURE";
    case MeasureKind::kEnhancedVigilance:
      return "ENHANCED_VIGILANCE";
  }
  return "";
}

const char* MeasureScopeName(MeasureScope scope) {
  switch (scope) {
    case MeasureScope::kCountry:
      return "COUNTRY";
    case MeasureScope::kArea:
      return "AREA";
    case MeasureScope::kOperation:
      return "OPERATION";
    case MeasureScope::kShipment:
      return "SHIPMENT";
  }
  return "";
}

}  // namespace kp::scheme
