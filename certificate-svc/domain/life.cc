#include "certificate-svc/domain/life.h"

#include <map>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/store/sources.h"
#include "scheme/correction.h"
#include "scheme/inspection_day.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Event;
using scheme::Side;

constexpr char kCorrectionClause[] = "India, DGFT 34/2015-2020";
// A correction that nobody endorsed yet: it has no effect, and nobody else is told.
constexpr char kProposed[] = "CORRECTION_PROPOSED";

bool IsOnePerson(const v1::Officer& a, const v1::Officer& b) {
  return a.person() == b.person() || a.spiffe_id() == b.spiffe_id();
}

// Takes out what was indicated for a field, if it was.
std::optional<pb::Correction> TakeProposed(pb::Certificate& record, const std::string& field) {
  auto* const proposed = record.mutable_proposed_corrections();
  for (int i = 0; i < proposed->size(); ++i) {
    if (proposed->Get(i).field() != field) continue;
    pb::Correction taken = proposed->Get(i);
    proposed->DeleteSubrange(i, 1);
    return taken;
  }
  return std::nullopt;
}

// Whether it is minor, measured from what was printed first.
absl::Status CheckCorrection(pb::Certificate& record, const scheme::MinorPath& path,
                             const v1::CorrectCertificateRequest& request) {
  pb::Certificate printed = AsPrinted(record);
  std::vector<std::string> corrected;
  for (const pb::Correction& one : record.corrections()) corrected.push_back(one.field());
  return scheme::CheckMinor(path,
                            {request.field(), *MinorField(printed, path),
                             *MinorField(record, path), request.value()},
                            corrected);
}

// Nobody looked at a shipment before it was applied for, with these particulars.
absl::Status CheckOfTheseParticulars(const pb::Certificate& record, scheme::Date day,
                                     scheme::Date today) {
  // Records of before this rule do not tell it.
  if (record.application_date().empty()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const scheme::Date given, scheme::ParseDate(record.application_date()));
  const scheme::InspectionBounds bounds = scheme::BoundsBeforeExport(given, today);
  if (scheme::Place(bounds, day) != scheme::InspectionTime::kTooEarly) return absl::OkStatus();
  return FieldError({scheme::reasons::kInspectionOutOfTime, "inspection.date",
                     absl::StrCat(scheme::WhyNot(bounds, day),
                                  " of this application: look at what was applied for"),
                     "R12"});
}

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
        std::optional<outbox::NewMessage> message;
        if (kind != kProposed) {
          KP_ASSIGN_OR_RETURN(message, StatusMessage(env_, *view, record, actor, text));
        }
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
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), "Canada, Act s. 9(b)"));
  return Step(caller, "RecordDeficiency", request, request.application_id(), "DEFICIENT",
              request.text(),
              [&](pb::Certificate& record, const v1::Officer&) {
                return Advance(env_, record, Event::kFindDeficient, Side::kIssuingEntity,
                               request.text());
              });
}

absl::StatusOr<v1::Certificate> Life::Reject(const identity::SpiffeId& caller,
                                             const v1::RejectApplicationRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), "Canada, Act s. 9(c)"));
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
  const scheme::Transition& step = *scheme::FindTransition(event->second, Side::kIssuingEntity);
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), step.source));
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
    KP_RETURN_IF_ERROR(WithFieldPrefix(CheckReasons(stated.text(), "CORE IV(b)"), "inspection."));
  }
  return Step(
      caller, "RecordInspection", request, request.id(), "INSPECTED", stated.text(),
      [&](pb::Certificate& record, const v1::Officer& actor) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
        KP_RETURN_IF_ERROR(scheme::CheckInspectable(state));
        const auto day = scheme::ParseDate(stated.date());
        if (!day.ok()) return WithFieldPrefix(day.status(), "inspection.date");
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const scheme::Date today = Today(env_, *view, actor.authority());
        KP_RETURN_IF_ERROR(CheckDayOfAct(*day, today, "inspection.date"));
        KP_RETURN_IF_ERROR(CheckOfTheseParticulars(record, *day, today));
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
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), kCorrectionClause));
  std::string kind;
  return Step(
      caller, "CorrectCertificate", request, request.number(), kind, request.text(),
      [&](pb::Certificate& record, const v1::Officer& actor) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
        KP_RETURN_IF_ERROR(scheme::CheckCorrectable(state));
        KP_ASSIGN_OR_RETURN(const scheme::MinorPath path,
                            scheme::ParseMinorPath(request.field(),
                                                   static_cast<size_t>(record.seals_size())));
        KP_RETURN_IF_ERROR(CheckCorrection(record, path, request));
        const int64_t now = absl::ToUnixSeconds(env_.clock.Now());
        record.mutable_update_time()->set_seconds(now);
        std::string& field = *MinorField(record, path);
        const std::optional<pb::Correction> proposed = TakeProposed(record, request.field());
        pb::Correction correction;
        if (!proposed.has_value() || proposed->value() != request.value()) {
          kind = kProposed;
          correction.set_field(request.field());
          correction.set_printed(field);
          correction.set_value(request.value());
          correction.set_text(request.text());
          *correction.mutable_proposed_by() = actor;
          correction.mutable_propose_time()->set_seconds(now);
          *record.add_proposed_corrections() = correction;
          // The field's own limits of size and encoding.
          pb::Certificate after = record;
          *MinorField(after, path) = request.value();
          return ReadRecord(env_, after).status();
        }
        if (IsOnePerson(proposed->proposed_by(), actor)) {
          return FaultError(
              absl::StatusCode::kFailedPrecondition,
              {scheme::reasons::kCorrectionSamePerson, "field",
               absl::StrCat("the correction of ", request.field(),
                            " is yours: another person with the power to issue or to validate "
                            "endorses it, by the same command"),
               "K04"});
        }
        kind = "CORRECTED";
        correction = *proposed;
        correction.set_printed(field);
        *correction.mutable_officer() = actor;
        correction.mutable_endorse_time()->set_seconds(now);
        *record.add_corrections() = correction;
        field = request.value();
        return ReadRecord(env_, record).status();
      });
}

}  // namespace kp::certificate
