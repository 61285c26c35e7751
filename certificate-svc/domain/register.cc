#include "certificate-svc/domain/register.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/store/certificates.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr int kDefaultSerialDigits = 7;
constexpr int kMaxEvents = 1000;

absl::Status Unknown() {
  return MakeError(absl::StatusCode::kNotFound, kCertificateUnknown,
                   "the register has no such certificate or application");
}

// By application id where it is one, else by number in any printed form.
absl::StatusOr<CertificateRow> Find(store::ReadSession& session, const std::string& id) {
  KP_ASSIGN_OR_RETURN(auto row, FindByApplication(session, id));
  if (!row.has_value()) {
    KP_ASSIGN_OR_RETURN(const auto number, scheme::CertificateNumber::Parse(id));
    KP_ASSIGN_OR_RETURN(row, FindByNumber(session, number.canonical()));
  }
  if (!row.has_value()) return Unknown();
  return *std::move(row);
}

// The record in the scheme's own types, as of this register.
absl::StatusOr<scheme::Certificate> ReadRecord(const Environment& env, const pb::Certificate& in) {
  KP_ASSIGN_OR_RETURN(scheme::Certificate out, wire::ReadCertificate(in));
  out.issuing_entity = env.entity;
  return out;
}

scheme::Date Today(const Environment& env, const SchemeView& view, std::string_view authority) {
  return scheme::DayInZone(env.clock.Now(), view.parties.ZoneOf(env.entity, authority));
}

absl::Status Advance(pb::Certificate& certificate, scheme::Event event) {
  KP_ASSIGN_OR_RETURN(const scheme::State before, wire::ReadState(certificate.state()));
  KP_ASSIGN_OR_RETURN(const scheme::State after, scheme::Next(before, event));
  certificate.set_state(wire::WriteState(after));
  return absl::OkStatus();
}

template <typename Response>
void AddFindings(const std::vector<scheme::Finding>& findings, Response& response) {
  for (const scheme::Finding& finding : findings) {
    *response.add_findings() = wire::WriteFinding(finding);
  }
}

void Touch(const Environment& env, pb::Certificate& certificate) {
  certificate.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
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
  return FieldErrors(faults);
}

scheme::RuleInput InputFor(const SchemeView& view, scheme::Date today) {
  return scheme::RuleInput{view.parties, view.measures, today, scheme::MeasureView::kIssuer, "", ""};
}

}  // namespace

absl::StatusOr<v1::ApplyForCertificateResponse> Register::Apply(
    const identity::SpiffeId& caller, const v1::ApplyForCertificateRequest& request) {
  KP_RETURN_IF_ERROR(CheckOutputOnly(request.certificate()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::ApplyForCertificateResponse;
  return Once<Response>(
      env_, caller.ToString(), "ApplyForCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = request.certificate();
        record.set_application_id(env_.ids.NewUuid());
        record.set_name(absl::StrCat("entities/", env_.entity.text(), "/applications/",
                                     record.application_id()));
        if (record.issuing_authority().empty()) record.set_issuing_authority(actor.authority());
        *record.mutable_applied_by() = actor;
        record.set_state(pb::CERTIFICATE_STATE_APPLIED);
        Touch(env_, record);
        auto certificate = ReadRecord(env_, record);
        if (!certificate.ok()) return WithFieldPrefix(certificate.status(), "certificate.");
        const scheme::CheckResult check = scheme::CheckApplication(
            *certificate, InputFor(*view, Today(env_, *view, record.issuing_authority())));
        KP_RETURN_IF_ERROR(WithFieldPrefix(scheme::RefuseHard(check.findings), "certificate."));
        AddFindings(check.findings, response);
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, "APPLIED", record.application_id(), &actor, &record, ""));
        return Act<Response>(
            [this, response, event](store::Transaction& tx) -> absl::StatusOr<Response> {
              KP_RETURN_IF_ERROR(InsertCertificate(tx, response.certificate()));
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
      env_, caller.ToString(), "IssueCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        std::optional<CertificateRow> row;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(row, FindByApplication(session, request.application_id()));
          return absl::OkStatus();
        }));
        if (!row.has_value()) return Unknown();
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row->certificate;
        KP_RETURN_IF_ERROR(Advance(record, scheme::Event::kIssue));
        const scheme::Date today = Today(env_, *view, record.issuing_authority());
        record.set_issue_date(request.issue_date().empty() ? scheme::FormatDate(today)
                                                           : request.issue_date());
        auto issue_date = scheme::ParseDate(record.issue_date());
        if (!issue_date.ok()) return WithFieldPrefix(issue_date.status(), "issue_date.");
        const scheme::IssuerProfile& profile = view->parties.ProfileOf(env_.entity);
        record.set_expiry_date(
            request.expiry_date().empty()
                ? scheme::FormatDate(profile.validity.LatestExpiry(*issue_date))
                : request.expiry_date());
        std::string printed = request.printed_number();
        if (printed.empty()) {
          // A serial that a refusal or a crash leaves unused stays unused: numbers need not be
          // gapless, they must never be given twice.
          int64_t serial = 0;
          KP_RETURN_IF_ERROR(env_.database.Write([&](store::Transaction& tx) -> absl::Status {
            KP_ASSIGN_OR_RETURN(serial, NextSerial(tx));
            return absl::OkStatus();
          }));
          const int digits = profile.serial.has_value() && profile.serial->digits > 0
                                 ? profile.serial->digits
                                 : kDefaultSerialDigits;
          std::string text = absl::StrCat(serial);
          if (text.size() < static_cast<size_t>(digits)) {
            text.insert(0, static_cast<size_t>(digits) - text.size(), '0');
          }
          printed = absl::StrCat(env_.entity.text(), text);
        }
        auto number = scheme::CertificateNumber::Parse(printed);
        if (!number.ok()) return WithFieldPrefix(number.status(), "printed_number.");
        record.set_number(number->canonical());
        record.set_printed_number(printed);
        record.set_name(
            absl::StrCat("entities/", env_.entity.text(), "/certificates/", record.number()));
        *record.mutable_issued_by() = actor;
        Touch(env_, record);
        KP_ASSIGN_OR_RETURN(const scheme::Certificate certificate, ReadRecord(env_, record));
        const scheme::CheckResult check = scheme::CheckIssue(certificate, InputFor(*view, today));
        KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
        AddFindings(check.findings, response);
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, "ISSUED", record.number(), &actor, &record, ""));
        return Act<Response>([this, response, event, revision = row->revision](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          const pb::Certificate& after = response.certificate();
          KP_ASSIGN_OR_RETURN(const bool claimed,
                              ClaimNumber(tx, after.number(), after.application_id()));
          if (!claimed) {
            return FieldError({scheme::reasons::kNumberAlreadyUsed, "printed_number",
                               absl::StrCat(after.number(), " was used before; a number is never "
                                                            "used twice, void ones included"),
                               "R06"});
          }
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, revision, after));
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          return response;
        });
      });
}

absl::StatusOr<v1::ValidateCertificateResponse> Register::Validate(
    const identity::SpiffeId& caller, const v1::ValidateCertificateRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::ValidateCertificateResponse;
  return Once<Response>(
      env_, caller.ToString(), "ValidateCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        CertificateRow row;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(row, Find(session, request.number()));
          return absl::OkStatus();
        }));
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row.certificate;
        KP_RETURN_IF_ERROR(Advance(record, scheme::Event::kValidate));
        const scheme::Date today = Today(env_, *view, actor.authority());
        if (request.seals_size() > 0) *record.mutable_seals() = request.seals();
        record.set_validating_authority(actor.authority());
        record.set_validation_date(scheme::FormatDate(today));
        *record.mutable_validated_by() = actor;
        Touch(env_, record);
        KP_ASSIGN_OR_RETURN(const scheme::Certificate certificate, ReadRecord(env_, record));
        scheme::RuleInput input = InputFor(*view, today);
        input.issued_by = record.issued_by().person();
        input.validated_by = actor.person();
        const scheme::CheckResult check = scheme::CheckValidate(certificate, input);
        KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
        AddFindings(check.findings, response);
        *record.add_attestations() = wire::WriteAttestation(check.attestation);
        KP_ASSIGN_OR_RETURN(const statement::Statement signed_certificate,
                            env_.signer.Sign(CertificateContentType(), wire::WriteStatement(record),
                                             std::nullopt, env_.clock.Now()));
        record.set_statement(signed_certificate.bytes());
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, "VALIDATED", record.number(), &actor, &record,
                                      signed_certificate.digest()));
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
        CertificateRow row;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(row, Find(session, request.number()));
          return absl::OkStatus();
        }));
        Response response;
        pb::Certificate& record = *response.mutable_certificate();
        record = row.certificate;
        KP_RETURN_IF_ERROR(Advance(record, scheme::Event::kExport));
        const scheme::Date today = Today(env_, *view, record.issuing_authority());
        record.set_export_date(request.export_date().empty() ? scheme::FormatDate(today)
                                                             : request.export_date());
        Touch(env_, record);
        KP_ASSIGN_OR_RETURN(const scheme::Certificate certificate, ReadRecord(env_, record));
        const scheme::CheckResult check = scheme::CheckExport(certificate, InputFor(*view, today));
        KP_RETURN_IF_ERROR(scheme::RefuseHard(check.findings));
        AddFindings(check.findings, response);
        *record.add_attestations() = wire::WriteAttestation(check.attestation);
        const std::string digest = statement::Sha256(record.statement());

        std::optional<outbox::NewMessage> message;
        if (view->trust->EndpointOf(record.importing_entity(), access::v1::ROLE_CERTIFICATE_SVC)
                .ok()) {
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
          KP_ASSIGN_OR_RETURN(const statement::Statement signed_alert,
                              env_.signer.Sign(PreAlertContentType(), alert,
                                               record.importing_entity(), env_.clock.Now()));
          message = outbox::NewMessage{record.importing_entity(), record.number(), "prealert",
                                       PreAlertContentType(), signed_alert.bytes()};
        }
        KP_ASSIGN_OR_RETURN(
            const store::NewEvent event,
            SignEvent(env_, "EXPORTED", record.number(), &actor, &record, digest));
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

absl::StatusOr<v1::GetCertificateResponse> Register::Get(
    const identity::SpiffeId& caller, const v1::GetCertificateRequest& request) const {
  if (caller.role() == access::v1::ROLE_MONITOR) {
    KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
    const scheme::Entity* entity = view->parties.FindEntity(env_.entity);
    const scheme::Date today = Today(env_, *view, "");
    const auto& measures = view->measures.measures();
    const bool named = std::any_of(measures.begin(), measures.end(), [&](const auto& measure) {
      return measure.kind == scheme::MeasureKind::kCountersignature && entity != nullptr &&
             measure.participant == entity->participant &&
             measure.period.Covers(today) == scheme::Certainty::kYes;
    });
    if (!named) {
      return MakeError(absl::StatusCode::kPermissionDenied, kNoMonitoredMeasure,
                       "no measure in force asks for a monitor of this entity's shipments");
    }
  }
  v1::GetCertificateResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(CertificateRow row, Find(session, request.id()));
    pb::Certificate& certificate = *response.mutable_certificate();
    certificate = std::move(row.certificate);
    if (certificate.number().empty()) return absl::OkStatus();
    KP_ASSIGN_OR_RETURN(const UseRow use, FindUse(session, certificate.number()));
    if (use.use.revision > 0) {
      *certificate.mutable_use() =
          wire::WriteUse(use.use, use.customs_partner, env_.clock.Now());
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ListCertificatesResponse> Register::List(
    const identity::SpiffeId& caller, const v1::ListCertificatesRequest& request) const {
  CertificateFilter filter;
  for (const int state : request.states()) {
    KP_RETURN_IF_ERROR(wire::ReadState(static_cast<pb::CertificateState>(state)).status());
    filter.states.push_back(static_cast<pb::CertificateState>(state));
  }
  filter.importing_entity = request.importing_entity();
  KP_ASSIGN_OR_RETURN(const int size,
                      rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string binding =
      absl::StrCat("ListCertificates|", caller.ToString(), "|", request.importing_entity(), "|",
                   absl::StrJoin(request.states(), ","));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty() && !absl::SimpleAtoi(key, &filter.before_position)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  filter.limit = size + 1;
  v1::ListCertificatesResponse response;
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListCertificates(session, filter));
    return absl::OkStatus();
  }));
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(
        rpc::MakePageToken(absl::StrCat(rows.back().position), binding));
  }
  for (CertificateRow& row : rows) *response.add_certificates() = std::move(row.certificate);
  return response;
}

absl::StatusOr<v1::ListCertificateEventsResponse> Register::Events(
    const v1::ListCertificateEventsRequest& request) const {
  v1::ListCertificateEventsResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const CertificateRow row, Find(session, request.id()));
    // Before there is a number, events are about the application.
    std::vector<std::string> subjects = {row.certificate.application_id()};
    if (!row.certificate.number().empty()) subjects.push_back(row.certificate.number());
    for (const std::string& subject : subjects) {
      KP_ASSIGN_OR_RETURN(const auto events,
                          env_.events.OfSubject(session, subject, 0, kMaxEvents));
      for (const store::Event& event : events) {
        v1::RegisterEventRecord& out = *response.add_events();
        out.set_sequence(event.sequence);
        out.set_kind(event.what.kind);
        out.set_subject(event.what.subject);
        out.set_actor(event.what.actor_id);
        out.set_person(event.what.actor_person);
        *out.mutable_record_time() = trust::ToTimestamp(event.recorded_at);
        out.set_statement(event.what.statement);
        out.set_digest(event.digest);
      }
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace kp::certificate
