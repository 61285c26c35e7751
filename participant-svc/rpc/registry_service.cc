#include "participant-svc/rpc/registry_service.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/rpc/page_token.h"
#include "participant-svc/domain/reasons.h"
#include "scheme/codes.h"
#include "scheme/reasons.h"

namespace kp::participant {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kLargestPage = 500;

// The first faulty field of a query is the one that is named.
absl::StatusOr<std::optional<scheme::Date>> ReadDay(const std::string& on) {
  if (on.empty()) return std::optional<scheme::Date>();
  auto day = scheme::ParseDate(on);
  if (day.ok()) return std::optional<scheme::Date>(*day);
  return FieldError({ReasonOf(day.status()), "on", std::string(day.status().message()), ""});
}

// The participant that a list is asked for, by its code in any case; empty for empty. "No measure"
// must not be what somebody reads who has mistyped it.
absl::StatusOr<std::string> ReadParticipant(const Registry& registry, const std::string& text) {
  if (text.empty()) return std::string();
  const auto code = scheme::ParticipantCode::Parse(text);
  if (!code.ok()) return WithFieldPrefix(code.status(), "participant");
  if (registry.participants.contains(code->text())) return code->text();
  // A measure may stand against a place that is none.
  for (const auto& [id, measure] : registry.measures) {
    if (measure.participant() == code->text()) return code->text();
  }
  std::string message = absl::StrCat("the trust documents know no participant ", code->text());
  for (const auto& [entity_code, entity] : registry.entities) {
    for (const auto& territory : entity.territories()) {
      if (territory.country() != code->text()) continue;
      message = absl::StrCat(code->text(), " takes part as ", entity.participant());
    }
  }
  return FieldError({scheme::reasons::kCodeUnknown, "participant", message, ""});
}

// One page of those items of `all` that `wanted` takes, after the token's key.
template <typename Item, typename Request, typename Response>
absl::Status FillPage(const std::map<std::string, Item>& all, const rpc::CallContext& call,
                      const Request& request, const std::string& query,
                      const std::function<bool(const Item&)>& wanted,
                      google::protobuf::RepeatedPtrField<Item>& page, Response& response) {
  const std::string binding =
      absl::StrCat(call.method(), "\n", call.caller().ToString(), "\n", query);
  KP_ASSIGN_OR_RETURN(const int size,
                      rpc::PageSize(request.page_size(), kDefaultPage, kLargestPage));
  KP_ASSIGN_OR_RETURN(const std::string after, rpc::ReadPageToken(request.page_token(), binding));
  for (auto it = all.upper_bound(after); it != all.end(); ++it) {
    if (!wanted(it->second)) continue;
    if (page.size() == size) {
      response.set_next_page_token(rpc::MakePageToken(std::prev(it)->first, binding));
      break;
    }
    *page.Add() = it->second;
  }
  return absl::OkStatus();
}

}  // namespace

RegistryServiceHandlers::RegistryServiceHandlers(RegistrySource& source) : source_(source) {
  service_.Unary("GetParticipant", rpc::Lane::kFast, this,
                 &RegistryServiceHandlers::GetParticipant);
  service_.Unary("ListParticipants", rpc::Lane::kFast, this,
                 &RegistryServiceHandlers::ListParticipants);
  service_.Unary("ListEntities", rpc::Lane::kFast, this, &RegistryServiceHandlers::ListEntities);
  service_.Unary("ListMeasures", rpc::Lane::kFast, this, &RegistryServiceHandlers::ListMeasures);
}

absl::Status RegistryServiceHandlers::GetParticipant(
    rpc::CallContext&, const registry::v1::GetParticipantRequest& request,
    registry::v1::GetParticipantResponse& response) {
  KP_ASSIGN_OR_RETURN(const auto registry, source_.Current());
  const auto code = scheme::ParticipantCode::Parse(request.code());
  const auto it = code.ok() ? registry->participants.find(code->text())
                            : registry->participants.end();
  if (it == registry->participants.end()) {
    return MakeError(absl::StatusCode::kNotFound, kParticipantUnknown,
                     "the registry has no participant of this code");
  }
  *response.mutable_participant() = it->second;
  for (const auto& [id, entity] : registry->entities) {
    if (entity.participant() == code->text()) *response.add_entities() = entity;
  }
  for (const auto& [id, measure] : registry->measures) {
    if (measure.participant() == code->text()) *response.add_measures() = measure;
  }
  return absl::OkStatus();
}

absl::Status RegistryServiceHandlers::ListParticipants(
    rpc::CallContext& call, const registry::v1::ListParticipantsRequest& request,
    registry::v1::ListParticipantsResponse& response) {
  KP_ASSIGN_OR_RETURN(const auto registry, source_.Current());
  KP_ASSIGN_OR_RETURN(const auto day, ReadDay(request.on()));
  const std::function<bool(const registry::v1::Participant&)> wanted =
      [&](const registry::v1::Participant& p) { return !day.has_value() || TookPartOn(p, *day); };
  int total = 0;
  for (const auto& [code, participant] : registry->participants) total += wanted(participant);
  response.set_total_size(total);
  return FillPage(registry->participants, call, request, request.on(), wanted,
                  *response.mutable_participants(), response);
}

absl::Status RegistryServiceHandlers::ListEntities(rpc::CallContext& call,
                                                   const registry::v1::ListEntitiesRequest& request,
                                                   registry::v1::ListEntitiesResponse& response) {
  KP_ASSIGN_OR_RETURN(const auto registry, source_.Current());
  KP_ASSIGN_OR_RETURN(const std::string participant,
                      ReadParticipant(*registry, request.participant()));
  const std::function<bool(const registry::v1::IssuingEntity&)> wanted =
      [&](const registry::v1::IssuingEntity& e) {
        return participant.empty() || e.participant() == participant;
      };
  return FillPage(registry->entities, call, request, participant, wanted,
                  *response.mutable_entities(), response);
}

absl::Status RegistryServiceHandlers::ListMeasures(rpc::CallContext& call,
                                                   const registry::v1::ListMeasuresRequest& request,
                                                   registry::v1::ListMeasuresResponse& response) {
  KP_ASSIGN_OR_RETURN(const auto registry, source_.Current());
  KP_ASSIGN_OR_RETURN(const auto day, ReadDay(request.on()));
  KP_ASSIGN_OR_RETURN(const std::string participant,
                      ReadParticipant(*registry, request.participant()));
  const std::function<bool(const registry::v1::Measure&)> wanted =
      [&](const registry::v1::Measure& m) {
        return (participant.empty() || m.participant() == participant) &&
               (!day.has_value() || InForceOn(m, *day));
      };
  return FillPage(registry->measures, call, request,
                  absl::StrCat(participant, "\n", request.on()), wanted,
                  *response.mutable_measures(), response);
}

}  // namespace kp::participant
