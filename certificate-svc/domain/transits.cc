#include "certificate-svc/domain/transits.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

absl::StatusOr<scheme::CertificateNumber> ReadNumber(const std::string& text,
                                                     std::string_view field) {
  auto number = scheme::CertificateNumber::Parse(text);
  if (!number.ok()) return WithFieldPrefix(number.status(), field);
  return number;
}

absl::Status Unknown(const std::string& number) {
  return MakeError(absl::StatusCode::kNotFound, kTransitUnknown,
                   absl::StrCat("no transit of ", number, " is recorded"));
}

// A look that was taken before: its officer is known, and its day was checked then.
absl::StatusOr<scheme::ImportLook> ReadTaken(pb::ImportInspection look, std::string_view field) {
  look.clear_officer();
  KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(look.date()));
  return ReadLook(look, day, absl::StrCat(std::string(field), "."));
}

// What R25 says of the transit as it stands.
absl::StatusOr<std::vector<scheme::Finding>> Judge(const pb::Transit& transit) {
  scheme::TransitFacts facts;
  facts.certificate_seals.assign(transit.certificate_seals().begin(),
                                 transit.certificate_seals().end());
  facts.purpose_shown = transit.purpose_shown();
  facts.new_certificate = !transit.new_certificate().empty();
  KP_ASSIGN_OR_RETURN(facts.entry, ReadTaken(transit.entry_inspection(), "entry_inspection"));
  if (transit.has_exit_inspection()) {
    KP_ASSIGN_OR_RETURN(facts.exit, ReadTaken(transit.exit_inspection(), "exit_inspection"));
  }
  return scheme::CheckTransit(facts);
}

void SaveFindings(const std::vector<scheme::Finding>& findings, pb::Transit& transit) {
  transit.clear_findings();
  for (const scheme::Finding& finding : findings) {
    *transit.add_findings() = scheme::wire::WriteFinding(finding);
  }
}

absl::StatusOr<store::NewEvent> EventOf(const Environment& env, const std::string& kind,
                                        const v1::Officer& officer, const pb::Transit& transit) {
  KP_ASSIGN_OR_RETURN(const std::string bytes, statement::EncodePayload(transit));
  return SignEvent(env, {.kind = kind,
                         .subject = transit.number(),
                         .officer = &officer,
                         .statement_digest = statement::Sha256(bytes)});
}

}  // namespace

absl::StatusOr<v1::Transit> Transits::Enter(const identity::SpiffeId& caller,
                                            const v1::RecordTransitEntryRequest& request) {
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number(), "number"));
  const auto to = scheme::EntityCode::Parse(request.importing_entity());
  if (!to.ok()) return WithFieldPrefix(to.status(), "importing_entity");
  for (int i = 0; i < request.certificate_seals_size(); ++i) {
    const std::string field = absl::StrCat("certificate_seals[", i, "]");
    if (static_cast<size_t>(i) >= scheme::kMaxSeals) {
      return FieldError({kLookIncomplete, field, absl::StrCat("at most ", scheme::kMaxSeals), ""});
    }
    if (const auto bad =
            scheme::CheckText(request.certificate_seals(i), field, scheme::kMaxIdentifier)) {
      return FieldError(*bad);
    }
  }
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(caller));
  return Once<v1::Transit>(
      env_, caller.ToString(), "RecordTransitEntry", request,
      [&]() -> absl::StatusOr<Act<v1::Transit>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        if (ServedBy(*view, *to) == env_.entity) {
          return FieldError({kTransitIsImport, "importing_entity",
                             "is this entity: the goods are an import, not in transit",
                             "CORE III(d)"});
        }
        KP_RETURN_IF_ERROR(
            ReadLook(request.inspection(), Today(env_, *view, officer.authority()), "inspection.")
                .status());
        const scheme::Entity* issuer = view->parties.FindIssuer(number.issuer());
        v1::Transit transit;
        transit.set_number(number.canonical());
        transit.set_issuer(issuer == nullptr ? number.issuer().text() : issuer->code.text());
        transit.set_importing_entity(to->text());
        transit.set_state(pb::TRANSIT_STATE_ENTERED);
        *transit.mutable_certificate_seals() = request.certificate_seals();
        transit.set_purpose_shown(request.purpose_shown());
        *transit.mutable_entry_inspection() = request.inspection();
        *transit.mutable_entry_inspection()->mutable_officer() = officer;
        transit.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        KP_ASSIGN_OR_RETURN(const auto findings, Judge(transit));
        SaveFindings(findings, transit);
        KP_ASSIGN_OR_RETURN(const auto event, EventOf(env_, "TRANSIT_ENTERED", officer, transit));
        return Act<v1::Transit>(
            [this, transit, event](store::Transaction& tx) -> absl::StatusOr<v1::Transit> {
              KP_ASSIGN_OR_RETURN(const bool inserted, InsertTransit(tx, transit));
              if (!inserted) {
                return MakeError(absl::StatusCode::kAlreadyExists, kTransitExists,
                                 absl::StrCat("a transit of ", transit.number(), " is recorded"));
              }
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              return transit;
            });
      });
}

absl::StatusOr<v1::Transit> Transits::Exit(const identity::SpiffeId& caller,
                                           const v1::RecordTransitExitRequest& request) {
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number(), "number"));
  std::string new_certificate;
  if (!request.new_certificate().empty()) {
    KP_ASSIGN_OR_RETURN(const auto other, ReadNumber(request.new_certificate(), "new_certificate"));
    new_certificate = other.canonical();
  }
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(caller));
  return Once<v1::Transit>(
      env_, caller.ToString(), "RecordTransitExit", request,
      [&]() -> absl::StatusOr<Act<v1::Transit>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_RETURN_IF_ERROR(
            ReadLook(request.inspection(), Today(env_, *view, officer.authority()), "inspection.")
                .status());
        std::optional<TransitRow> row;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(row, FindTransit(session, number.canonical()));
          return absl::OkStatus();
        }));
        if (!row.has_value()) return Unknown(number.canonical());
        v1::Transit& transit = row->transit;
        if (transit.state() != pb::TRANSIT_STATE_ENTERED) {
          return FaultError(absl::StatusCode::kFailedPrecondition,
                            {scheme::reasons::kWrongState, "state",
                             "the shipment has left, or is held for good", "R25"});
        }
        *transit.mutable_exit_inspection() = request.inspection();
        *transit.mutable_exit_inspection()->mutable_officer() = officer;
        transit.set_new_certificate(new_certificate);
        transit.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        KP_ASSIGN_OR_RETURN(const auto findings, Judge(transit));
        SaveFindings(findings, transit);
        const bool held = !findings.empty() && Worst(findings) == scheme::Severity::kHard;
        transit.set_state(held ? pb::TRANSIT_STATE_HELD : pb::TRANSIT_STATE_LEFT);
        KP_ASSIGN_OR_RETURN(const auto event, EventOf(env_, held ? "TRANSIT_HELD" : "TRANSIT_LEFT",
                                                      officer, transit));
        return Act<v1::Transit>([this, transit, event, revision = row->revision](
                                    store::Transaction& tx) -> absl::StatusOr<v1::Transit> {
          KP_RETURN_IF_ERROR(UpdateTransit(tx, revision, transit));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return transit;
        });
      });
}

absl::StatusOr<v1::Transit> Transits::Get(const v1::GetTransitRequest& request) const {
  KP_ASSIGN_OR_RETURN(const auto number, ReadNumber(request.number(), "number"));
  std::optional<TransitRow> row;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(row, FindTransit(session, number.canonical()));
    return absl::OkStatus();
  }));
  if (!row.has_value()) return Unknown(number.canonical());
  return row->transit;
}

}  // namespace kp::certificate
