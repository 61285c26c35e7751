#include "certificate-svc/domain/life.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/store/sources.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Event;
using scheme::Side;

// A certificate with more errors is not minor wrong; and all of them go into one statement.
constexpr int kMaxCorrections = 20;

}  // namespace

template <typename Request>
absl::StatusOr<v1::Certificate> Life::Step(const identity::SpiffeId& caller,
                                           const std::string& method, const Request& request,
                                           const std::string& id, const std::string& kind,
                                           const std::string& text, const Change& change) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<v1::Certificate>(
      env_, caller.ToString(), method, request,
      [&]() -> absl::StatusOr<Act<v1::Certificate>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const bool by_application = method == "RecordDeficiency" || method == "RejectApplication";
        KP_ASSIGN_OR_RETURN(CertificateRow row,
                            ReadRow(env_, id,
                                    by_application                 ? "application_id"
                                    : method == "RecordInspection" ? "id"
                                                                   : "number"));
        pb::Certificate& record = row.certificate;
        const bool exported = !record.export_date().empty();
        KP_RETURN_IF_ERROR(change(record, actor));
        // Stones that never left, or came back, may go out under another certificate.
        const bool gives_back =
            record.state() == pb::CERTIFICATE_STATE_RETURNED ||
            (record.state() == pb::CERTIFICATE_STATE_VOID && !exported);
        const std::string& subject =
            record.number().empty() ? record.application_id() : record.number();
        KP_ASSIGN_OR_RETURN(const auto message,
                            StatusMessage(env_, *view, record, actor, text));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = kind,
                                             .subject = subject,
                                             .officer = &actor,
                                             .certificate = &record,
                                             .text = text}));
        return Act<v1::Certificate>([this, row, event, message, gives_back](store::Transaction& tx)
                                        -> absl::StatusOr<v1::Certificate> {
          KP_RETURN_IF_ERROR(UpdateCertificate(tx, row.revision, row.certificate));
          if (gives_back) {
            KP_RETURN_IF_ERROR(GiveBackSources(tx, row.certificate.application_id()));
          }
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          if (message.has_value()) {
            KP_RETURN_IF_ERROR(env_.outbox.Enqueue(tx, *message).status());
          }
          return row.certificate;
        });
      });
}

absl::StatusOr<v1::Certificate> Life::FindDeficient(const identity::SpiffeId& caller,
                                                    const v1::RecordDeficiencyRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  return Step(caller, "RecordDeficiency", request, request.application_id(), "DEFICIENT",
              request.text(),
              [&](pb::Certificate& record, const v1::Officer&) {
                return Advance(env_, record, Event::kFindDeficient, Side::kIssuingEntity,
                               request.text());
              });
}

absl::StatusOr<v1::Certificate> Life::Reject(const identity::SpiffeId& caller,
                                             const v1::RejectApplicationRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  return Step(caller, "RejectApplication", request, request.application_id(), "REJECTED",
              request.text(),
              [&](pb::Certificate& record, const v1::Officer&) {
                return Advance(env_, record, Event::kReject, Side::kIssuingEntity, request.text());
              });
}

absl::StatusOr<v1::Certificate> Life::Record(const identity::SpiffeId& caller,
                                             const v1::RecordCertificateEventRequest& request) {
  static const std::map<pb::CertificateState, Event> kEvents = {
      {pb::CERTIFICATE_STATE_VOID, Event::kVoid},
      {pb::CERTIFICATE_STATE_RETURNED, Event::kReturn},
      {pb::CERTIFICATE_STATE_LOST, Event::kReportLost},
      {pb::CERTIFICATE_STATE_STOLEN, Event::kReportStolen},
      {pb::CERTIFICATE_STATE_SEIZED, Event::kSeize},
  };
  const auto event = kEvents.find(request.state());
  if (event == kEvents.end()) {
    return FieldError({kStateNotRecordable, "state",
                       "must be VOID, RETURNED, LOST, STOLEN or SEIZED; other states come by acts "
                       "of their own",
                       "KP 4.5"});
  }
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  KP_ASSIGN_OR_RETURN(const scheme::State after, wire::ReadState(request.state()));
  return Step(caller, "RecordCertificateEvent", request, request.number(),
              scheme::StateName(after), request.text(), [&](pb::Certificate& record, const v1::Officer&) {
                return Advance(env_, record, event->second, Side::kIssuingEntity, request.text());
              });
}

absl::StatusOr<v1::Certificate> Life::Inspect(const identity::SpiffeId& caller,
                                              const v1::RecordInspectionRequest& request) {
  const pb::Inspection& stated = request.inspection();
  std::vector<Fault> faults;
  const auto fault = [&](const char* field, std::string message) {
    faults.push_back({kInspectionIncomplete, absl::StrCat("inspection.", field),
                      std::move(message), "CORE IV(b)"});
  };
  if (scheme::FoldName(stated.inspector()).empty()) fault("inspector", "is required: who looked");
  if (stated.has_officer()) fault("officer", "is filled by the register");
  if (!stated.as_stated() && scheme::FoldName(stated.text()).empty()) {
    fault("text", "is required: what was found other than stated");
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  if (!stated.text().empty()) {
    KP_RETURN_IF_ERROR(WithFieldPrefix(CheckReasons(stated.text()), "inspection."));
  }
  return Step(
      caller, "RecordInspection", request, request.id(), "INSPECTED", stated.text(),
      [&](pb::Certificate& record, const v1::Officer& actor) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
        KP_RETURN_IF_ERROR(scheme::CheckInspectable(state));
        const auto day = scheme::ParseDate(stated.date());
        if (!day.ok()) return WithFieldPrefix(day.status(), "inspection.date");
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_RETURN_IF_ERROR(CheckDayOfAct(*day, Today(env_, *view, actor.authority()),
                                         "inspection.date"));
        pb::Inspection& inspection = *record.add_inspections();
        inspection = stated;
        *inspection.mutable_officer() = actor;
        record.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        // Limits of size and encoding, told of the request's own fields.
        pb::Certificate only;
        *only.add_inspections() = inspection;
        const absl::Status form = ReadRecord(env_, only).status();
        KP_RETURN_IF_ERROR(RenameFields(form, "inspections[0].", "inspection."));
        return ReadRecord(env_, record).status();
      });
}

absl::StatusOr<v1::Certificate> Life::Correct(const identity::SpiffeId& caller,
                                              const v1::CorrectCertificateRequest& request) {
  constexpr char kClause[] = "India, DGFT 34/2015-2020";
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  return Step(
      caller, "CorrectCertificate", request, request.number(), "CORRECTED", request.text(),
      [&](pb::Certificate& record, const v1::Officer& actor) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
        KP_RETURN_IF_ERROR(scheme::CheckCorrectable(state));
        std::string* field = MinorField(record, request.field());
        if (record.corrections_size() >= kMaxCorrections) {
          return FieldError({kCorrectionNotMinor, "field",
                             absl::StrCat("the certificate has ", kMaxCorrections,
                                          " corrections already; replace it instead"),
                             kClause});
        }
        if (field == nullptr) {
          return FieldError({kCorrectionNotMinor, "field",
                             absl::StrCat("\"", request.field(),
                                          "\" is no name, address, registration or seal of this "
                                          "certificate; replace the certificate instead"),
                             kClause});
        }
        if (scheme::FoldName(request.value()).empty()) {
          return FieldError({kCorrectionSame, "value", "is required: what is right", kClause});
        }
        if (*field == request.value()) {
          return FieldError(
              {kCorrectionSame, "value", "is what the certificate says already", kClause});
        }
        pb::Correction& correction = *record.add_corrections();
        correction.set_field(request.field());
        correction.set_printed(*field);
        correction.set_value(request.value());
        correction.set_text(request.text());
        *correction.mutable_officer() = actor;
        correction.mutable_endorse_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
        *field = request.value();
        *record.mutable_update_time() = correction.endorse_time();
        // The field's own limits of size and encoding.
        const auto corrected = ReadRecord(env_, record);
        return corrected.ok() ? absl::OkStatus() : corrected.status();
      });
}

}  // namespace kp::certificate
