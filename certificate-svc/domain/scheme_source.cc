#include "certificate-svc/domain/scheme_source.h"

#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "scheme/wire/registry.h"

namespace kp::certificate {
namespace {

template <typename Part>
absl::StatusOr<Part> ReadPart(const trust::Parts& parts, std::string_view name) {
  Part part;
  if (const auto it = parts.find(name); it != parts.end()) {
    KP_RETURN_IF_ERROR(statement::DecodePayload(it->second, part));
  }
  return part;
}

absl::StatusOr<scheme::PartyDirectory> ReadParties(
    const trust::Parts& parts, const std::function<bool(std::string_view)>& connected) {
  KP_ASSIGN_OR_RETURN(const auto part, ReadPart<registry::v1::ParticipantsPart>(
                                           parts, scheme::wire::kParticipantsPart));
  return scheme::wire::ReadParticipants(part, connected);
}

absl::StatusOr<scheme::MeasureBook> ReadMeasures(const trust::Parts& parts) {
  KP_ASSIGN_OR_RETURN(const auto part, ReadPart<registry::v1::MeasuresPart>(
                                           parts, scheme::wire::kMeasuresPart));
  return scheme::wire::ReadMeasures(part);
}

}  // namespace

absl::Status CheckSchemeParts(const trust::Parts& parts) {
  KP_RETURN_IF_ERROR(ReadParties(parts, [](std::string_view) { return false; }).status());
  return ReadMeasures(parts).status();
}

SchemeSource::SchemeSource(trust::TrustStore& store) : store_(store) {
  Refresh(store_, *state_);
  store_.Subscribe([&store, state = state_] { Refresh(store, *state); });
}

void SchemeSource::Refresh(trust::TrustStore& store, State& state) {
  const std::shared_ptr<const trust::Snapshot> snapshot = store.snapshot();
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (snapshot == nullptr || (state.view != nullptr && state.view->trust == snapshot)) return;
  }
  auto view = std::make_shared<SchemeView>();
  view->trust = snapshot;
  auto parties = ReadParties(snapshot->parts(), [&](std::string_view entity) {
    return snapshot->EndpointOf(entity, access::v1::ROLE_CERTIFICATE_SVC).ok();
  });
  auto measures = ReadMeasures(snapshot->parts());
  if (!parties.ok() || !measures.ok()) {
    // CheckSchemeParts has read these very bytes before the manifest was accepted.
    telemetry::Error("scheme_parts_unreadable",
                     {{telemetry::kLogError, parties.ok() ? measures.status() : parties.status()}});
    return;
  }
  view->parties = *std::move(parties);
  view->measures = *std::move(measures);
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.view = std::move(view);
}

absl::StatusOr<std::shared_ptr<const SchemeView>> SchemeSource::Current() const {
  KP_RETURN_IF_ERROR(store_.Gate());
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->view == nullptr) {
    return absl::UnavailableError("the scheme's part of the trust documents cannot be read");
  }
  return state_->view;
}

}  // namespace kp::certificate
