// An officer amends a confirmation of receipt.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/paper_source.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/trade.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/trust/snapshot.h"
#include "scheme/amendment.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

// What this entity's books know of the confirmation that is to be amended.
struct Confirmed {
  ImportRow import;
  std::vector<ConfirmationRow> versions;  // of the way that counts
  v1::Confirmation standing;
  std::optional<v1::PreAlertStatement> alert;
};

absl::StatusOr<Confirmed> ReadConfirmed(store::ReadSession& session, const Environment& env,
                                        const std::string& number) {
  const auto unknown = [&] {
    return MakeError(absl::StatusCode::kNotFound, scheme::kConfirmationUnknown,
                     absl::StrCat("this entity has no confirmation of ", number,
                                  " that took effect at its issuer"));
  };
  Confirmed confirmed;
  KP_ASSIGN_OR_RETURN(const auto rows, ConfirmationsOf(session, number));
  KP_ASSIGN_OR_RETURN(auto import, FindImport(session, number));
  if (rows.empty() || !import.has_value()) return unknown();
  confirmed.import = *std::move(import);
  confirmed.versions = CountingVersions(rows);
  KP_ASSIGN_OR_RETURN(confirmed.standing, ReadConfirmation(confirmed.versions.back()));
  // An issuer keeps those of others.
  if (confirmed.standing.entity() != env.entity.text()) return unknown();
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(session, number));
  if (!incoming.has_value()) return confirmed;
  KP_ASSIGN_OR_RETURN(const auto announced, statement::Statement::Parse(incoming->prealert));
  KP_ASSIGN_OR_RETURN(confirmed.alert, statement::DecodePayload<v1::PreAlertStatement>(announced));
  return confirmed;
}

// What the amended confirmation says of the arrival: whole, with the names that were confirmed.
absl::StatusOr<v1::Arrival> ArrivalOf(const SchemeView& view, const v1::Arrival& stated,
                                      scheme::Date today, const Confirmed& confirmed) {
  KP_ASSIGN_OR_RETURN(const scheme::Arrival read, wire::ReadArrival(stated));
  KP_RETURN_IF_ERROR(CheckArrival(view, stated, read, today));
  KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(stated.receipt_date()));
  if (confirmed.alert.has_value()) {
    KP_RETURN_IF_ERROR(CheckNotBeforeExport(day, *confirmed.alert, "arrival.receipt_date"));
  }
  const v1::Arrival& before = confirmed.standing.arrival();
  v1::Arrival arrival = stated;
  if (arrival.exporter_name().empty()) arrival.set_exporter_name(before.exporter_name());
  if (arrival.importer_name().empty()) arrival.set_importer_name(before.importer_name());
  if (arrival.inspector().empty()) arrival.set_inspector(before.inspector());
  if (arrival.SerializeAsString() == before.SerializeAsString()) {
    return FieldError({kConfirmationUnchanged, "arrival",
                       absl::StrCat("says what version ", confirmed.standing.version(), " says"),
                       "CORE III(b)"});
  }
  return arrival;
}

// Differences of an entry from paper from what arrived (R20).
absl::Status JudgeArrival(pb::ImportEntry& entry) {
  std::vector<scheme::Finding> told_already;
  KP_ASSIGN_OR_RETURN(scheme::Certificate paper, wire::ReadPaper(entry.paper(), told_already));
  KP_ASSIGN_OR_RETURN(paper.issuing_entity, scheme::EntityCode::Parse(entry.issuer()));
  KP_ASSIGN_OR_RETURN(const scheme::Arrival arrival, wire::ReadArrival(entry.arrival()));
  entry.clear_differences();
  for (const scheme::Finding& difference : scheme::CheckArrival(paper, arrival)) {
    *entry.add_differences() = wire::WriteFinding(difference);
  }
  return absl::OkStatus();
}

// The source of stones that the confirmation opened holds what arrived, at most what was certified.
absl::Status FollowSource(store::Transaction& tx, const Environment& env,
                          const Confirmed& confirmed, const pb::ImportEntry& entry,
                          const v1::Officer& officer) {
  const std::string& number = entry.number();
  KP_ASSIGN_OR_RETURN(const auto source, FindSource(tx, number));
  // Opened by hand: the carats in it are not those of the confirmation.
  if (!source.has_value()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const std::string book, BookOfNumber(tx, number));
  if (book == kInSourceBook) return absl::OkStatus();
  int64_t arrived = 0;
  int64_t certified = 0;
  for (const pb::Line& line : entry.arrival().lines()) arrived += line.carats_thousandths();
  for (const pb::Line& line : entry.certified_lines()) certified += line.carats_thousandths();
  if (confirmed.alert.has_value()) certified = confirmed.alert->total_carats_thousandths();
  pb::Source amended = *source;
  // Columns of their own.
  amended.clear_drawn_thousandths();
  amended.clear_state();
  const std::string before = amended.SerializeAsString();
  amended.set_carats_thousandths(std::min(arrived, certified));
  // One that rests on a paper needs two persons again, behind what is said now.
  if (amended.kind() == pb::SOURCE_KIND_PAPER_IMPORT) {
    KP_RETURN_IF_ERROR(FillStandingOfPaper(tx, env, entry, officer, amended));
  }
  if (amended.SerializeAsString() == before) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const bool fits, AmendSource(tx, amended));
  if (!fits) {
    KP_ASSIGN_OR_RETURN(const auto now, FindSource(tx, number));
    const auto drawn = scheme::Carats::FromThousandths(now->drawn_thousandths());
    return MakeError(absl::StatusCode::kFailedPrecondition, kConfirmationDrawn,
                     absl::StrCat(drawn.ok() ? drawn->ToString() : "more",
                                  " carats of it were re-exported already, more than arrived by "
                                  "the amended confirmation"));
  }
  KP_ASSIGN_OR_RETURN(
      const store::NewEvent event,
      SignEvent(env,
                {.kind = "SOURCE_AMENDED",
                 .subject = number,
                 .officer = &officer,
                 .statement_digest = statement::Sha256(amended.SerializeAsString()),
                 .text = absl::StrCat("confirmation version ", confirmed.standing.version() + 1),
                 .source = &amended}));
  return env.events.Append(tx, event).status();
}

}  // namespace

absl::StatusOr<v1::AmendConfirmationResponse> Confirmations::Amend(
    const identity::SpiffeId& caller, const v1::AmendConfirmationRequest& request) {
  using Response = v1::AmendConfirmationResponse;
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  if (request.replaces_version() < 1) {
    return FieldError({kAmendmentMalformed, "replaces_version",
                       "is required: the version that stands, from 1", "CORE III(b)"});
  }
  KP_ASSIGN_OR_RETURN(const v1::Officer officer, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), "AmendConfirmation", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const absl::Time now = env_.clock.Now();
        Confirmed confirmed;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(confirmed, ReadConfirmed(session, env_, number->canonical()));
          return absl::OkStatus();
        }));
        const int32_t version = confirmed.standing.version() + 1;
        if (request.replaces_version() != confirmed.standing.version()) {
          return MakeError(absl::StatusCode::kAborted, scheme::kConfirmationSuperseded,
                           absl::StrCat("version ", confirmed.standing.version(),
                                        " stands; read it, and say that it is to be replaced"));
        }
        std::vector<std::string> kept;
        for (const ConfirmationRow& row : confirmed.versions) kept.push_back(row.digest);
        KP_RETURN_IF_ERROR(scheme::FitAmendment(kept, version, "", kept.back()).status());
        KP_ASSIGN_OR_RETURN(const v1::Arrival arrival,
                            ArrivalOf(*view, request.arrival(),
                                      Today(env_, *view, officer.authority()), confirmed));
        pb::ImportEntry entry = confirmed.import.entry;
        KP_RETURN_IF_ERROR(CheckAmendedReadiness(env_, *view, entry, arrival));
        NoteReadiness(env_, *view, arrival, entry);
        *entry.mutable_arrival() = arrival;
        entry.set_confirmation_version(version);
        *entry.mutable_update_time() = trust::ToTimestamp(now);
        ConfirmationRow row{.number = number->canonical(),
                            .way = confirmed.standing.way(),
                            .version = version,
                            .recorded_at = now};
        const bool by_mesh = row.way == v1::CONFIRMATION_WAY_MESH;
        if (by_mesh) {
          v1::AmendedConfirmationStatement said;
          said.set_number(row.number);
          if (confirmed.alert.has_value()) {
            said.set_certificate_digest(confirmed.alert->certificate_digest());
          }
          said.set_version(version);
          said.set_replaces_digest(kept.back());
          *said.mutable_arrival() = arrival;
          said.set_text(request.text());
          *said.mutable_officer() = officer;
          *said.mutable_act_time() = trust::ToTimestamp(now);
          KP_ASSIGN_OR_RETURN(
              const auto signed_act,
              env_.signer.Sign(AmendedConfirmationContentType(), said, entry.issuer(), now));
          row.statement = signed_act.bytes();
        } else {
          KP_RETURN_IF_ERROR(JudgeArrival(entry));
          v1::ImportConfirmationStatement said;
          KP_ASSIGN_OR_RETURN(const auto before,
                              statement::Statement::Parse(confirmed.versions.front().statement));
          KP_ASSIGN_OR_RETURN(said,
                              statement::DecodePayload<v1::ImportConfirmationStatement>(before));
          said.clear_salt();
          *said.mutable_arrival() = arrival;
          *said.mutable_officer() = officer;
          *said.mutable_differences() = entry.differences();
          said.set_version(version);
          said.set_replaces_digest(kept.back());
          said.set_text(request.text());
          KP_ASSIGN_OR_RETURN(
              const auto signed_act,
              env_.signer.Sign(ImportConfirmationContentType(), said, std::nullopt, now));
          row.statement = signed_act.bytes();
          entry.set_confirmation(row.statement);
        }
        row.digest = statement::Sha256(row.statement);
        Response response;
        KP_ASSIGN_OR_RETURN(*response.mutable_confirmation(), ReadConfirmation(row));
        response.mutable_confirmation()->set_standing(true);
        if (!by_mesh) *response.mutable_differences() = entry.differences();
        KP_ASSIGN_OR_RETURN(const ImportVersion stored, VersionOf(entry));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "CONFIRMATION_AMENDED",
                                             .subject = row.number,
                                             .officer = &officer,
                                             .statement_digest = row.digest,
                                             .text = request.text()}));
        return Act<Response>([this, confirmed, entry, stored, row, event, officer, view, by_mesh,
                              response](store::Transaction& tx) -> absl::StatusOr<Response> {
          // First of all: of two who amend, or draw and amend, the second sees what the first did.
          KP_ASSIGN_OR_RETURN(const auto locked, LockImport(tx, row.number));
          if (!locked.has_value() || locked->revision != confirmed.import.revision + 1) {
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                             "the import was changed by somebody else meanwhile");
          }
          KP_ASSIGN_OR_RETURN(const bool inserted, InsertConfirmation(tx, row));
          if (!inserted) {
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                             "the confirmation was amended by somebody else meanwhile");
          }
          KP_RETURN_IF_ERROR(
              StoreImport(tx, env_, *view, locked->revision, entry, stored).status());
          KP_RETURN_IF_ERROR(AmendImport(tx, row.number, entry.arrival()));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          KP_RETURN_IF_ERROR(FollowSource(tx, env_, confirmed, entry, officer));
          if (!by_mesh) return response;
          KP_RETURN_IF_ERROR(env_.outbox
                                 .Enqueue(tx, {entry.issuer(), row.number, kAmendmentMessageKind,
                                               AmendedConfirmationContentType(), row.statement})
                                 .status());
          return response;
        });
      });
}

}  // namespace kp::certificate
