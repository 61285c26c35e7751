#include "certificate-svc/domain/register.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/domain/code_size.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/numbers.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/sources.h"
#include "kp/certificate/v1/statements.pb.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr scheme::Side kIssuer = scheme::Side::kIssuingEntity;

// How the rules of a step came out: in the record for good, and for the caller.
template <typename Response>
void NoteRules(const scheme::CheckResult& check, Response& response) {
  for (const scheme::Finding& finding : check.findings) {
    *response.add_findings() = wire::WriteFinding(finding);
  }
  response.mutable_certificate()->set_rules_ran(wire::RuleBits(check.rules));
  response.mutable_certificate()->set_rules_noted(wire::RuleBits(check.findings));
}

// What the register fills and an application must leave empty.
absl::Status CheckOutputOnly(const pb::Certificate& c) {
  std::vector<Fault> faults;
  const auto check = [&](bool given, const char* field) {
    if (given) {
      faults.push_back({kFieldOutputOnly, absl::StrCat("certificate.", field),
                        "is filled by the register and must be left empty", ""});
    }
  };
  check(!c.name().empty(), "name");
  check(!c.application_id().empty(), "application_id");
  check(!c.number().empty(), "number");
  check(!c.printed_number().empty(), "printed_number");
  check(c.state() != pb::CERTIFICATE_STATE_UNSPECIFIED, "state");
  check(!c.issue_date().empty(), "issue_date");
  check(!c.expiry_date().empty(), "expiry_date");
  check(!c.validating_authority().empty(), "validating_authority");
  check(!c.validation_date().empty(), "validation_date");
  check(!c.export_date().empty(), "export_date");
  check(c.attestations_size() > 0, "attestations");
  check(c.has_applied_by(), "applied_by");
  check(c.has_issued_by(), "issued_by");
  check(c.has_validated_by(), "validated_by");
  check(!c.statement().empty(), "statement");
  check(c.has_update_time(), "update_time");
  check(c.has_use(), "use");
  check(!c.replaces().empty(), "replaces");
  check(!c.replaced_by().empty(), "replaced_by");
  check(c.corrections_size() > 0, "corrections");
  check(!c.state_text().empty(), "state_text");
  check(c.inspections_size() > 0, "inspections");
  check(c.has_risk_selection(), "risk_selection");
  check(c.goods_detained(), "goods_detained");
  check(!c.technical_number().empty(), "technical_number");
  check(!c.application_date().empty(), "application_date");
  check(c.proposed_corrections_size() > 0, "proposed_corrections");
  check(c.rules_ran() != 0 || c.rules_noted() != 0, "rules_ran");
  return FieldErrors(faults);
}

// The language beside English is one that the entity prints; by default its usual one (F4).
absl::Status ChooseLanguage(const Environment& env, const SchemeView& view,
                            pb::Certificate& record) {
  const scheme::Entity* entity = view.parties.FindEntity(env.entity);
  if (entity == nullptr || entity->languages.empty()) return absl::OkStatus();
  const std::vector<std::string>& languages = entity->languages;
  if (record.language().empty()) {
    record.set_language(languages.front());
    return absl::OkStatus();
  }
  const bool printed = std::any_of(languages.begin(), languages.end(), [&](const auto& language) {
    return absl::EqualsIgnoreCase(language, record.language());
  });
  if (printed || absl::EqualsIgnoreCase(record.language(), "en")) return absl::OkStatus();
  return FieldError({kLanguageNotPrinted, "certificate.language",
                     absl::StrCat("certificates of ", env.entity.text(),
                                  " are printed in English and ", absl::StrJoin(languages, ", ")),
                     "F4"});
}

// The rules that an application must keep; soft findings go into the response. What is recorded is
// in the one spelling of its codes, the importing entity by its own code ("EU" for "EC").
template <typename Response>
absl::Status CheckApplied(const Environment& env, const SchemeView& view, pb::Certificate& record,
                          Response& response) {
  auto certificate = ReadRecord(env, record);
  if (!certificate.ok()) return WithFieldPrefix(certificate.status(), "certificate.");
  const scheme::Entity* importer = view.parties.FindIssuer(certificate->importing_entity);
  if (importer != nullptr) certificate->importing_entity = importer->code;
  record = wire::Normalised(record, *certificate);
  KP_RETURN_IF_ERROR(ChooseLanguage(env, view, record));
  KP_RETURN_IF_ERROR(WithFieldPrefix(ReadSources(env, record, *certificate), "certificate."));
  const scheme::CheckResult check = scheme::CheckApplication(
      *certificate, IssuerInput(view, Today(env, view, record.issuing_authority())));
  KP_RETURN_IF_ERROR(WithFieldPrefix(scheme::RefuseHard(check.findings), "certificate."));
  NoteRules(check, response);
  return absl::OkStatus();
}

// A certificate under which goods are claimed cannot be replaced: they would be claimed twice.
absl::Status CheckUnused(const Environment& env, const UseRow& use) {
  if (use.use.Holder(env.clock.Now()).empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, scheme::reasons::kAlreadyUsed,
                   "the certificate is in use at import and cannot be replaced");
}

// The day from which an inspection is one of these particulars.
void NoteParticularsGiven(const Environment& env, const SchemeView& view,
                          pb::Certificate& record) {
  record.set_application_date(
      scheme::FormatDate(Today(env, view, record.issuing_authority())));
}

// Chooses by the entity's profile whether the containers are opened; the seed is kept, so that the
// choice can be repeated.
void SelectByRisk(const Environment& env, const SchemeView& view, pb::Certificate& record) {
  const scheme::Entity* entity = view.parties.FindEntity(env.entity);
  if (entity == nullptr || entity->inspection_percent == 0) return;
  pb::RiskSelection& selection = *record.mutable_risk_selection();
  selection.set_percent(entity->inspection_percent);
  selection.set_seed(env.ids.NewHex(8));
  selection.set_selected(scheme::SelectedByRisk(selection.seed(), record.application_id(),
                                                entity->inspection_percent));
}

}  // namespace

template <typename Response, typename Request>
absl::StatusOr<Response> Register::Enter(const identity::SpiffeId& caller,
                                         const std::string& method, const Request& request,
                                         const pb::Certificate& application,
                                         const std::string& replaces, const std::string& reasons) {
  KP_RETURN_IF_ERROR(CheckOutputOnly(application));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), method, request, [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = application;
        record.set_application_id(env_.ids.NewUuid());
        record.set_name(absl::StrCat("entities/", env_.entity.text(), "/applications/",
                                     record.application_id()));
        if (record.issuing_authority().empty()) record.set_issuing_authority(actor.authority());
        *record.mutable_applied_by() = actor;
        NoteParticularsGiven(env_, *view, record);
        if (!replaces.empty()) {
          KP_ASSIGN_OR_RETURN(const ReplacedRow old, ReadReplaceable(replaces));
          record.set_replaces(old.row.certificate.number());
        }
        KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kApply, kIssuer, reasons));
        SelectByRisk(env_, *view, record);
        KP_RETURN_IF_ERROR(CheckApplied(env_, *view, record, response));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "APPLIED",
                                             .subject = record.application_id(),
                                             .officer = &actor,
                                             .certificate = &record,
                                             .text = reasons}));
        return Act<Response>(
            [this, response, event](store::Transaction& tx) -> absl::StatusOr<Response> {
              KP_RETURN_IF_ERROR(InsertCertificate(tx, response.certificate()));
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              return response;
            });
      });
}

absl::StatusOr<Register::ReplacedRow> Register::ReadReplaceable(const std::string& number) const {
  ReplacedRow old;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(old.row, FindRecord(session, number));
    KP_ASSIGN_OR_RETURN(old.use, FindUse(session, old.row.certificate.number()));
    return absl::OkStatus();
  }));
  pb::Certificate after = old.row.certificate;
  KP_RETURN_IF_ERROR(Advance(env_, after, scheme::Event::kReplace, kIssuer));
  KP_RETURN_IF_ERROR(CheckUnused(env_, old.use));
  return old;
}

absl::StatusOr<v1::ApplyForCertificateResponse> Register::Apply(
    const identity::SpiffeId& caller, const v1::ApplyForCertificateRequest& request) {
  return Enter<v1::ApplyForCertificateResponse>(caller, "ApplyForCertificate", request,
                                                request.certificate(), "", "");
}

absl::StatusOr<v1::ReplaceCertificateResponse> Register::Replace(
    const identity::SpiffeId& caller, const v1::ReplaceCertificateRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), "Canada, Act s. 11"));
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  auto response = Enter<v1::ReplaceCertificateResponse>(caller, "ReplaceCertificate", request,
                                                        request.replacement(), number->canonical(),
                                                        request.text());
  if (!response.ok()) return RenameFields(response.status(), "certificate.", "replacement.");
  return response;
}

absl::StatusOr<v1::AmendApplicationResponse> Register::Amend(
    const identity::SpiffeId& caller, const v1::AmendApplicationRequest& request) {
  KP_RETURN_IF_ERROR(CheckOutputOnly(request.certificate()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::AmendApplicationResponse;
  return Once<Response>(
      env_, caller.ToString(), "AmendApplication", request, [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_ASSIGN_OR_RETURN(const CertificateRow row,
                            ReadRow(env_, request.application_id(), "application_id"));
        const pb::Certificate& before = row.certificate;
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = request.certificate();
        record.set_name(before.name());
        record.set_application_id(before.application_id());
        record.set_replaces(before.replaces());
        record.set_state(before.state());
        // Inspections were of what was applied for before; the choice by risk stays.
        *record.mutable_risk_selection() = before.risk_selection();
        if (record.issuing_authority().empty()) {
          record.set_issuing_authority(before.issuing_authority());
        }
        *record.mutable_applied_by() = actor;
        NoteParticularsGiven(env_, *view, record);
        KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kAmend, kIssuer));
        KP_RETURN_IF_ERROR(CheckApplied(env_, *view, record, response));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "AMENDED",
                                             .subject = record.application_id(),
                                             .officer = &actor,
                                             .certificate = &record}));
        return Act<Response>([this, response, event, revision = row.revision](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, revision, response.certificate()));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return response;
        });
      });
}

absl::StatusOr<v1::IssueCertificateResponse> Register::Issue(
    const identity::SpiffeId& caller, const v1::IssueCertificateRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::IssueCertificateResponse;
  return Once<Response>(
      env_, caller.ToString(), "IssueCertificate", request, [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        std::optional<CertificateRow> row;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(row, FindByApplication(session, request.application_id()));
          return absl::OkStatus();
        }));
        if (!row.has_value()) return CertificateUnknown();
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row->certificate;
        KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kIssue, kIssuer));
        const scheme::Date today = Today(env_, *view, record.issuing_authority());
        record.set_issue_date(request.issue_date().empty() ? scheme::FormatDate(today)
                                                           : request.issue_date());
        auto issue_date = scheme::ParseDate(record.issue_date());
        if (!issue_date.ok()) return WithFieldPrefix(issue_date.status(), "issue_date");
        const scheme::IssuerProfile& profile = view->parties.ProfileOf(env_.entity);
        record.set_expiry_date(request.expiry_date().empty()
                                   ? scheme::FormatDate(profile.validity.LatestExpiry(*issue_date))
                                   : request.expiry_date());
        *record.mutable_issued_by() = actor;
        const auto check_with =
            [&](const std::string& printed) -> absl::StatusOr<scheme::CheckResult> {
          auto number = scheme::CertificateNumber::Parse(printed);
          if (!number.ok()) return WithFieldPrefix(number.status(), "printed_number");
          record.set_number(number->canonical());
          record.set_printed_number(printed);
          KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, ReadRecord(env_, record));
          KP_RETURN_IF_ERROR(ReadSources(env_, record, certificate));
          scheme::CheckResult check = scheme::CheckIssue(certificate, IssuerInput(*view, today));
          for (scheme::Finding& finding : check.findings) {
            if (finding.pointer == "number") finding.pointer = "printed_number";
          }
          KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
          return check;
        };
        const bool automatic = request.printed_number().empty();
        KP_ASSIGN_OR_RETURN(
            scheme::CheckResult check,
            check_with(automatic ? ProvisionalNumber(env_, profile) : request.printed_number()));
        if (automatic) {
          // What is refused above has taken no number.
          KP_ASSIGN_OR_RETURN(const std::string next,
                              NextNumber(env_, *view, record.issuing_authority(),
                                         static_cast<int>(issue_date->year())));
          KP_ASSIGN_OR_RETURN(check, check_with(next));
        }
        record.set_name(
            absl::StrCat("entities/", env_.entity.text(), "/certificates/", record.number()));
        NoteRules(check, response);
        KP_RETURN_IF_ERROR(CheckWillFitCode(env_, *view, record, check.attestation));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "ISSUED",
                                             .subject = record.number(),
                                             .officer = &actor,
                                             .certificate = &record}));
        std::optional<Replacement> replacement;
        if (!record.replaces().empty()) {
          KP_ASSIGN_OR_RETURN(replacement, MakeReplacement(*view, record, actor));
        }
        return Act<Response>([this, view, response, event, replacement, automatic,
                              revision = row->revision](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          const pb::Certificate& after = response.certificate();
          KP_ASSIGN_OR_RETURN(const bool claimed,
                              ClaimNumber(tx, after.number(), after.application_id()));
          if (!claimed && automatic) {
            // Somebody printed this very number meanwhile: decided again, with the next one.
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange, "the number was taken");
          }
          if (!claimed) {
            return FieldError({scheme::reasons::kNumberAlreadyUsed, "printed_number",
                               absl::StrCat(after.number(),
                                            " was used before; a number is never "
                                            "used twice, void ones included"),
                               "R06"});
          }
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, revision, after));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          const absl::Status allotted = CheckNumberIsAllotted(tx, env_, *view, after);
          if (!allotted.ok() && automatic && !FaultsOf(allotted).empty()) {
            // Reported lost since it was taken: decided again, with the next one.
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange, "the number is gone");
          }
          KP_RETURN_IF_ERROR(allotted);
          // The goods of a replaced certificate are drawn by the one in its place.
          if (replacement.has_value()) KP_RETURN_IF_ERROR(Store(tx, *replacement));
          KP_RETURN_IF_ERROR(DrawSources(tx, after));
          return response;
        });
      });
}

absl::StatusOr<Register::Replacement> Register::MakeReplacement(const SchemeView& view,
                                                                const pb::Certificate& by,
                                                                const v1::Officer& actor) const {
  KP_ASSIGN_OR_RETURN(const ReplacedRow old, ReadReplaceable(by.replaces()));
  Replacement made;
  made.row = old.row;
  pb::Certificate& record = made.row.certificate;
  const std::string reasons = absl::StrCat("replaced by ", by.number());
  KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kReplace, kIssuer, reasons));
  record.set_replaced_by(by.number());
  KP_ASSIGN_OR_RETURN(made.message, StatusMessage(env_, view, record, actor, reasons));
  KP_ASSIGN_OR_RETURN(made.event, SignEvent(env_, {.kind = "REPLACED",
                                                   .subject = record.number(),
                                                   .officer = &actor,
                                                   .certificate = &record,
                                                   .text = reasons}));
  return made;
}

absl::Status Register::Store(store::Transaction& tx, const Replacement& made) const {
  // A use in between changed the row's revision: the whole issue is decided again.
  KP_RETURN_IF_ERROR(UpdateCertificate(tx, made.row.revision, made.row.certificate));
  KP_RETURN_IF_ERROR(GiveBackSources(tx, made.row.certificate.application_id()));
  KP_RETURN_IF_ERROR(env_.events.Append(tx, made.event).status());
  if (!made.message.has_value()) return absl::OkStatus();
  return env_.outbox.Enqueue(tx, *made.message).status();
}

absl::StatusOr<v1::ValidateCertificateResponse> Register::Validate(
    const identity::SpiffeId& caller, const v1::ValidateCertificateRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::ValidateCertificateResponse;
  return Once<Response>(
      env_, caller.ToString(), "ValidateCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_ASSIGN_OR_RETURN(const CertificateRow row, ReadRow(env_, request.number()));
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row.certificate;
        KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kValidate, kIssuer));
        const scheme::Date today = Today(env_, *view, actor.authority());
        if (request.seals_size() > 0) *record.mutable_seals() = request.seals();
        record.set_validating_authority(actor.authority());
        record.set_validation_date(scheme::FormatDate(today));
        *record.mutable_validated_by() = actor;
        KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, ReadRecord(env_, record));
        KP_RETURN_IF_ERROR(ReadSources(env_, record, certificate));
        scheme::RuleInput input = IssuerInput(*view, today);
        input.issued_by = record.issued_by().person();
        // One identity is one person, whatever the officer register says in between.
        input.validated_by = actor.spiffe_id() == record.issued_by().spiffe_id()
                                 ? record.issued_by().person()
                                 : actor.person();
        const scheme::CheckResult check = scheme::CheckValidate(certificate, input);
        KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
        NoteRules(check, response);
        *record.add_attestations() = wire::WriteAttestation(check.attestation);
        KP_ASSIGN_OR_RETURN(const statement::Statement signed_certificate,
                            env_.signer.Sign(CertificateContentType(), wire::WriteStatement(record),
                                             std::nullopt, env_.clock.Now()));
        KP_RETURN_IF_ERROR(CheckFitsCode(env_, record, signed_certificate.bytes()));
        record.set_statement(signed_certificate.bytes());
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "VALIDATED",
                                             .subject = record.number(),
                                             .officer = &actor,
                                             .certificate = &record,
                                             .statement_digest = signed_certificate.digest()}));
        return Act<Response>([this, response, event, revision = row.revision](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, revision, response.certificate()));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return response;
        });
      });
}

absl::StatusOr<v1::ExportCertificateResponse> Register::Export(
    const identity::SpiffeId& caller, const v1::ExportCertificateRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::ExportCertificateResponse;
  return Once<Response>(
      env_, caller.ToString(), "ExportCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_ASSIGN_OR_RETURN(const CertificateRow row, ReadRow(env_, request.number()));
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row.certificate;
        KP_RETURN_IF_ERROR(Advance(env_, record, scheme::Event::kExport, kIssuer));
        const scheme::Date today = Today(env_, *view, record.issuing_authority());
        record.set_export_date(request.export_date().empty() ? scheme::FormatDate(today)
                                                             : request.export_date());
        KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, ReadRecord(env_, record));
        KP_RETURN_IF_ERROR(ReadSources(env_, record, certificate));
        const scheme::CheckResult check =
            scheme::CheckExport(certificate, IssuerInput(*view, today));
        KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
        NoteRules(check, response);
        *record.add_attestations() = wire::WriteAttestation(check.attestation);
        const std::string digest = statement::Sha256(record.statement());

        std::optional<outbox::NewMessage> message;
        const std::string importer = ServedBy(*view, certificate.importing_entity).text();
        if (view->trust->EndpointOf(importer, access::v1::ROLE_CERTIFICATE_SVC).ok()) {
          v1::PreAlertStatement alert;
          alert.set_number(record.number());
          alert.set_certificate_digest(digest);
          alert.set_certificate_statement(record.statement());
          alert.set_export_date(record.export_date());
          alert.set_total_carats_thousandths(certificate.TotalCarats().thousandths());
          alert.set_total_value_usd_cents(certificate.TotalValue().cents());
          *alert.mutable_origin() = record.origin();
          alert.set_importer_name(record.importer().name());
          alert.set_exporter_name(record.exporter().name());
          alert.set_parcels(record.parcels());
          KP_ASSIGN_OR_RETURN(
              const statement::Statement signed_alert,
              env_.signer.Sign(PreAlertContentType(), alert, importer, env_.clock.Now()));
          message = outbox::NewMessage{importer, record.number(), "prealert", PreAlertContentType(),
                                       signed_alert.bytes()};
        }
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "EXPORTED",
                                             .subject = record.number(),
                                             .officer = &actor,
                                             .certificate = &record,
                                             .statement_digest = digest}));
        return Act<Response>([this, response, event, message, revision = row.revision](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          Response done = response;
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, revision, done.certificate()));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          if (message.has_value()) {
            KP_ASSIGN_OR_RETURN(*done.mutable_prealert_message_id(),
                                env_.outbox.Enqueue(tx, *message));
          }
          return done;
        });
      });
}

}  // namespace kp::certificate
