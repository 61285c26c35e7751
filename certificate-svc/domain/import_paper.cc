// Entries from paper: made, put right, detained or let go, confirmed.
#include <algorithm>
#include <map>

#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/import_step.h"
#include "certificate-svc/domain/paper_source.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/statistics.h"
#include "mesh/statement/statement.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Event;
using scheme::Side;

constexpr int kMaxManualChecks = 20;
constexpr size_t kMaxRemarks = 2000;
constexpr size_t kMaxCheckReference = 200;

absl::StatusOr<scheme::Date> DayOrToday(const std::string& text, scheme::Date today,
                                        std::string_view field) {
  if (text.empty()) return today;
  const auto day = scheme::ParseDate(text);
  if (!day.ok()) return WithFieldPrefix(day.status(), field);
  KP_RETURN_IF_ERROR(CheckDayOfAct(*day, today, field));
  return *day;
}

// Adds checks by hand, each whole.
absl::Status AddManualChecks(const google::protobuf::RepeatedPtrField<pb::ManualCheck>& checks,
                             scheme::Date today, pb::ImportEntry& entry) {
  std::vector<Fault> faults;
  const auto fault = [&](const std::string& field, std::string message) {
    faults.push_back({kImportIncomplete, field, std::move(message), "CORE Annex II 19"});
  };
  if (entry.manual_checks_size() + checks.size() > kMaxManualChecks) {
    fault("manual_checks", absl::StrCat("at most ", kMaxManualChecks, " in all"));
    return FieldErrors(faults);
  }
  for (int i = 0; i < checks.size(); ++i) {
    const pb::ManualCheck& check = checks[i];
    const std::string path = absl::StrCat("manual_checks[", i, "].");
    if (!pb::ManualCheckKind_IsValid(check.kind()) ||
        check.kind() == pb::MANUAL_CHECK_KIND_UNSPECIFIED) {
      fault(path + "kind", "is none that this version knows");
    }
    if (scheme::FoldName(check.reference()).empty()) {
      fault(path + "reference", "is required: where the check can be found again");
    }
    if (auto bad = scheme::CheckText(check.reference(), path + "reference", kMaxCheckReference)) {
      faults.push_back(*std::move(bad));
    }
    if (auto bad = scheme::CheckText(check.text(), path + "text", kMaxRemarks)) {
      faults.push_back(*std::move(bad));
    }
    if (check.kind() == pb::MANUAL_CHECK_KIND_OTHER && scheme::FoldName(check.text()).empty()) {
      fault(path + "text", "is required: which check it was");
    }
    if (check.date().empty()) {
      fault(path + "date", "is required");
    } else if (const auto day = DayOrToday(check.date(), today, path + "date"); !day.ok()) {
      for (Fault& bad : FaultsOf(day.status())) faults.push_back(std::move(bad));
    }
    *entry.add_manual_checks() = check;
  }
  return FieldErrors(faults);
}

absl::StatusOr<std::vector<scheme::Finding>> HardFindings(const pb::ImportEntry& entry) {
  std::vector<scheme::Finding> hard;
  for (const pb::Finding& finding : entry.findings()) {
    KP_ASSIGN_OR_RETURN(scheme::Finding read, wire::ReadFinding(finding));
    if (read.severity == scheme::Severity::kHard) hard.push_back(std::move(read));
  }
  return hard;
}

// Goods with a fault are let go after remedial measures; some faults have none.
absl::Status CheckRemediable(const std::vector<scheme::Finding>& hard) {
  for (const scheme::Finding& finding : hard) {
    if (!scheme::IsBeyondRemedy(finding)) continue;
    return MakeError(absl::StatusCode::kFailedPrecondition, kImportNotRemediable,
                     absl::StrCat(finding.rule, finding.rule.empty() ? "" : ": ", finding.text,
                                  "; seize the goods or send them back"));
  }
  return absl::OkStatus();
}

absl::Status Move(pb::ImportEntry& entry, Event event, std::string_view text) {
  KP_ASSIGN_OR_RETURN(const scheme::State before, wire::ReadState(entry.state()));
  KP_ASSIGN_OR_RETURN(const scheme::State after,
                      scheme::Next(before, event, Side::kImportingEntity));
  entry.set_state(wire::WriteState(after));
  entry.set_state_text(std::string(text));
  return absl::OkStatus();
}

absl::Status CheckIsPaper(const pb::ImportEntry& entry) {
  if (entry.way() != pb::IMPORT_WAY_MESH) return absl::OkStatus();
  return FaultError(absl::StatusCode::kFailedPrecondition,
                    {kIssuerOnMesh, "number",
                     absl::StrCat(entry.number(), " came by the mesh: its issuer is told"),
                     "CORE III(b)"});
}

// What stands between an entry from paper and its confirmation.
absl::Status CheckConfirmable(const pb::ImportEntry& entry, const scheme::Certificate& paper) {
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(entry.state()));
  KP_RETURN_IF_ERROR(scheme::Next(state, Event::kConfirm, Side::kImportingEntity).status());
  KP_RETURN_IF_ERROR(scheme::RefuseHard(scheme::CheckPaperWhole(paper)));
  KP_ASSIGN_OR_RETURN(const auto hard, HardFindings(entry));
  return state == scheme::State::kReleased ? CheckRemediable(hard) : scheme::RefuseHard(hard);
}

absl::StatusOr<scheme::Certificate> PaperOf(const pb::ImportEntry& entry) {
  std::vector<scheme::Finding> told_already;
  KP_ASSIGN_OR_RETURN(scheme::Certificate paper, wire::ReadPaper(entry.paper(), told_already));
  KP_ASSIGN_OR_RETURN(paper.issuing_entity, scheme::EntityCode::Parse(entry.issuer()));
  return paper;
}

// A confirmed paper is a source of what arrived, at most of what it certified.
absl::Status OpenPaperSource(store::Transaction& tx, const Environment& env,
                             const v1::Officer& officer, const pb::ImportEntry& entry) {
  int64_t arrived = 0;
  int64_t certified = 0;
  for (const pb::Line& line : entry.arrival().lines()) arrived += line.carats_thousandths();
  for (const pb::Line& line : entry.certified_lines()) certified += line.carats_thousandths();
  pb::Source source;
  source.set_id(entry.number());
  source.set_kind(pb::SOURCE_KIND_PAPER_IMPORT);
  source.set_carats_thousandths(std::min(arrived, certified));
  *source.mutable_origin() = entry.origin();
  source.set_text(
      absl::StrCat("import book: ", entry.printed_number(), ", confirmed ", entry.confirm_date()));
  source.mutable_open_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
  KP_RETURN_IF_ERROR(FillStandingOfPaper(tx, env, entry, officer, source));
  KP_ASSIGN_OR_RETURN(const bool inserted, InsertSource(tx, source));
  if (!inserted) {
    return MakeError(absl::StatusCode::kAlreadyExists, kSourceExists,
                     absl::StrCat("there is a source \"", source.id(), "\" already"));
  }
  KP_ASSIGN_OR_RETURN(
      const store::NewEvent event,
      SignEvent(env, {.kind = "SOURCE_OPENED",
                      .subject = source.id(),
                      .officer = &officer,
                      .statement_digest = statement::Sha256(source.SerializeAsString()),
                      .text = source.text(),
                      .source = &source}));
  return env.events.Append(tx, event).status();
}

// What statistics and the monthly report count of it.
absl::Status CountPaperImport(store::Transaction& tx, const pb::ImportEntry& entry,
                              const v1::Officer& officer) {
  pb::ConfirmedImport import;
  import.set_number(entry.number());
  import.set_issuer(entry.issuer());
  import.set_issuing_authority(entry.paper().issuing_authority());
  import.set_issue_date(entry.paper().issue_date());
  import.set_expiry_date(entry.paper().expiry_date());
  *import.mutable_origin() = entry.origin();
  *import.mutable_certified_lines() = entry.certified_lines();
  *import.mutable_lines() = entry.arrival().lines();
  import.set_receipt_date(entry.arrival().receipt_date());
  import.set_confirm_date(entry.confirm_date());
  import.set_verifying_authority(officer.authority());
  return SaveConfirmedImport(tx, import);
}

}  // namespace

absl::StatusOr<pb::ImportEntry> ImportBook::Enter(const identity::SpiffeId& caller,
                                                  const v1::EnterPaperImportRequest& request) {
  const bool detained = !request.detain_text().empty();
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    if (scene.issuer == env_.entity.text()) {
      return FieldError(
          {kImportIsOwn, "number", "is this entity's own: nothing came in with it", "R17"});
    }
    if (!request.despite_mesh_text().empty()) {
      KP_RETURN_IF_ERROR(
          RenameFields(CheckReasons(request.despite_mesh_text()), "text", "despite_mesh_text"));
    } else if (scene.on_mesh) {
      return FaultError(absl::StatusCode::kFailedPrecondition,
                        {kIssuerOnMesh, "despite_mesh_text",
                         absl::StrCat(scene.issuer,
                                      " is on the mesh: verify and confirm the certificate there, "
                                      "or say here why not"),
                         "CORE III(b)"});
    }
    entry.set_way(scene.on_mesh ? pb::IMPORT_WAY_PAPER_DESPITE_MESH : pb::IMPORT_WAY_PAPER);
    entry.set_despite_mesh_text(request.despite_mesh_text());
    KP_ASSIGN_OR_RETURN(const scheme::Date submitted,
                        DayOrToday(request.submission_date(), scene.today, "submission_date"));
    entry.set_submission_date(scheme::FormatDate(submitted));
    entry.set_state(pb::CERTIFICATE_STATE_ARRIVED);
    *entry.mutable_officer() = scene.officer;
    *entry.mutable_paper() = request.paper();
    KP_RETURN_IF_ERROR(AddManualChecks(request.manual_checks(), scene.today, entry));
    if (request.original_missing()) {
      entry.set_original_missing(true);
      entry.set_original_missing_date(entry.submission_date());
    }
    if (request.has_inspection()) {
      KP_RETURN_IF_ERROR(ReadLook(request.inspection(), scene.today, "inspection.").status());
      KP_RETURN_IF_ERROR(CheckLookDay(entry, request.inspection(), "inspection.date"));
      pb::ImportInspection& inspection = *entry.add_inspections();
      inspection = request.inspection();
      *inspection.mutable_officer() = scene.officer;
    }
    KP_RETURN_IF_ERROR(JudgePaper(env_, scene.view, entry));
    if (detained) {
      KP_RETURN_IF_ERROR(RenameFields(CheckReasons(request.detain_text(), "EU art. 5(1)(b)"),
                                      "text", "detain_text"));
      entry.set_failure_date(scheme::FormatDate(scene.today));
      return Move(entry, Event::kDetain, request.detain_text());
    }
    KP_ASSIGN_OR_RETURN(const auto hard, HardFindings(entry));
    return scheme::RefuseHard(hard);
  };
  return Step(caller, "EnterPaperImport", request, request.number(),
              detained ? "IMPORT_ENTERED_DETAINED" : "IMPORT_ENTERED",
              detained ? request.detain_text() : request.despite_mesh_text(), Absent::kWanted,
              change);
}

absl::StatusOr<pb::ImportEntry> ImportBook::Amend(const identity::SpiffeId& caller,
                                                  const v1::AmendPaperImportRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    KP_RETURN_IF_ERROR(CheckIsPaper(entry));
    if (entry.state() >= pb::CERTIFICATE_STATE_CONFIRMED) {
      return FaultError(absl::StatusCode::kFailedPrecondition,
                        {scheme::reasons::kWrongState, "state",
                         "what is confirmed or ended is not amended", "CORE III(b)"});
    }
    if (request.has_paper()) *entry.mutable_paper() = request.paper();
    KP_RETURN_IF_ERROR(AddManualChecks(request.manual_checks(), scene.today, entry));
    KP_RETURN_IF_ERROR(JudgePaper(env_, scene.view, entry));
    if (!entry.announced()) return absl::OkStatus();
    std::optional<v1::CertificateStatement> certificate;
    KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(certificate, FindAnnounced(session, entry.number()));
      return absl::OkStatus();
    }));
    return certificate.has_value() ? JudgeAgainstAnnounced(*certificate, entry) : absl::OkStatus();
  };
  return Step(caller, "AmendPaperImport", request, request.number(), "IMPORT_AMENDED",
              request.text(), Absent::kError, change);
}

absl::StatusOr<pb::ImportEntry> ImportBook::Confirm(const identity::SpiffeId& caller,
                                                    const v1::ConfirmPaperImportRequest& request) {
  KP_ASSIGN_OR_RETURN(const scheme::Arrival arrival, wire::ReadArrival(request.arrival()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    KP_RETURN_IF_ERROR(CheckIsPaper(entry));
    KP_ASSIGN_OR_RETURN(const scheme::Certificate paper, PaperOf(entry));
    KP_RETURN_IF_ERROR(CheckConfirmable(entry, paper));
    KP_RETURN_IF_ERROR(CheckArrival(scene.view, request.arrival(), arrival, scene.today));
    KP_ASSIGN_OR_RETURN(const scheme::Date received,
                        scheme::ParseDate(request.arrival().receipt_date()));
    KP_RETURN_IF_ERROR(scheme::RefuseHard(
        scheme::CheckNotBeforeIssue(paper, received, "arrival.receipt_date", "receipt")));
    KP_RETURN_IF_ERROR(CheckBeforeConfirmation(env_, scene.view, &entry, request.arrival(), false));
    NoteReadiness(env_, scene.view, request.arrival(), entry);
    KP_RETURN_IF_ERROR(Move(entry, Event::kConfirm, ""));
    *entry.mutable_arrival() = request.arrival();
    entry.set_confirm_date(scheme::FormatDate(scene.today));
    for (const scheme::Finding& difference : scheme::CheckArrival(paper, arrival)) {
      *entry.add_differences() = wire::WriteFinding(difference);
    }
    v1::ImportConfirmationStatement said;
    said.set_number(entry.number());
    said.set_printed_number(entry.printed_number());
    *said.mutable_arrival() = entry.arrival();
    *said.mutable_importer() = entry.paper().importer();
    *said.mutable_exporter() = entry.paper().exporter();
    said.set_importing_entity(env_.entity.text());
    *said.mutable_officer() = scene.officer;
    said.set_confirm_date(entry.confirm_date());
    *said.mutable_differences() = entry.differences();
    said.set_entered_from_paper(true);
    KP_ASSIGN_OR_RETURN(
        const statement::Statement signed_confirmation,
        env_.signer.Sign(ImportConfirmationContentType(), said, std::nullopt, env_.clock.Now()));
    entry.set_confirmation(signed_confirmation.bytes());
    return absl::OkStatus();
  };
  return Step(caller, "ConfirmPaperImport", request, request.number(), "IMPORT_CONFIRMED", "",
              Absent::kError, change,
              [this, actor](store::Transaction& tx, pb::ImportEntry& entry) -> absl::Status {
                KP_RETURN_IF_ERROR(CountPaperImport(tx, entry, actor));
                KP_RETURN_IF_ERROR(KeepFirstConfirmation(tx, env_, entry.number(),
                                                         v1::CONFIRMATION_WAY_PAPER,
                                                         entry.confirmation(), ""));
                return OpenPaperSource(tx, env_, actor, entry);
              });
}

absl::StatusOr<pb::ImportEntry> ImportBook::RecordEvent(
    const identity::SpiffeId& caller, const v1::RecordPaperImportEventRequest& request) {
  static const std::map<pb::CertificateState, Event> kEvents = {
      {pb::CERTIFICATE_STATE_DETAINED, Event::kDetain},
      {pb::CERTIFICATE_STATE_RELEASED, Event::kRelease},
      {pb::CERTIFICATE_STATE_SEIZED, Event::kSeize},
      {pb::CERTIFICATE_STATE_RETURNED, Event::kReturn},
  };
  const auto event = kEvents.find(request.state());
  if (event == kEvents.end()) {
    return FieldError({kImportStateNotRecordable, "state",
                       "must be DETAINED, RELEASED, SEIZED or RETURNED", "EU art. 5"});
  }
  KP_RETURN_IF_ERROR(CheckReasons(
      request.text(), scheme::FindTransition(event->second, Side::kImportingEntity)->source));
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    KP_RETURN_IF_ERROR(CheckIsPaper(entry));
    if (event->second == Event::kRelease) {
      KP_ASSIGN_OR_RETURN(const auto hard, HardFindings(entry));
      KP_RETURN_IF_ERROR(CheckRemediable(hard));
    }
    const bool held = event->second == Event::kDetain || event->second == Event::kSeize;
    if (held && entry.failure_date().empty()) {
      entry.set_failure_date(scheme::FormatDate(scene.today));
    }
    return Move(entry, event->second, request.text());
  };
  KP_ASSIGN_OR_RETURN(const scheme::State after, wire::ReadState(request.state()));
  return Step(caller, "RecordPaperImportEvent", request, request.number(),
              absl::StrCat("IMPORT_", scheme::StateName(after)), request.text(), Absent::kError,
              change);
}

}  // namespace kp::certificate
