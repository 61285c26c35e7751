// What is recorded of goods that came in, by the mesh or on paper: inspections, the original, the
// report of a failure, and the own certificate of import.
#include "absl/strings/str_format.h"
#include "certificate-svc/domain/import_step.h"
#include "mesh/statement/statement.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

absl::StatusOr<scheme::Date> DayOfAct(const std::string& text, scheme::Date today) {
  if (text.empty()) return today;
  const auto day = scheme::ParseDate(text);
  if (!day.ok()) return WithFieldPrefix(day.status(), "date");
  KP_RETURN_IF_ERROR(CheckDayOfAct(*day, today, "date"));
  return *day;
}

absl::Status CheckRemarks(const std::string& text) {
  return text.empty() ? absl::OkStatus() : CheckReasons(text);
}

// Own numbers look like no reference that is printed on a form elsewhere.
std::string SeriesOf(const Environment& env) { return env.entity.text() + "-IMP-"; }

absl::Status CheckCertificateRequest(const Environment& env,
                                     const v1::IssueImportCertificateRequest& request) {
  std::vector<Fault> faults;
  const auto text = [&](const std::string& value, const char* field) {
    if (auto bad = scheme::CheckText(value, field, scheme::kMaxIdentifier)) {
      faults.push_back(*std::move(bad));
    }
  };
  text(request.trader_registration(), "trader_registration");
  text(request.reference(), "reference");
  if (scheme::FoldName(request.trader_registration()).empty()) {
    faults.push_back({kImportIncomplete, "trader_registration",
                      "is required: the importer is a registered rough diamond trader",
                      "Hong Kong, Trade and Industry Department"});
  }
  if (!request.reference().empty() && scheme::FoldName(request.reference()).empty()) {
    faults.push_back({kImportIncomplete, "reference", "is blank", ""});
  }
  if (request.reference().starts_with(SeriesOf(env))) {
    faults.push_back({kImportIncomplete, "reference",
                      absl::StrCat("must not begin with \"", SeriesOf(env),
                                   "\", which is the register's own series"),
                      ""});
  }
  return FieldErrors(faults);
}

}  // namespace

absl::StatusOr<pb::ImportEntry> ImportBook::Inspect(
    const identity::SpiffeId& caller, const v1::RecordImportInspectionRequest& request) {
  if (!request.has_inspection()) {
    return FieldError({kLookIncomplete, "inspection", "is required", "EU art. 3; KP 4.2"});
  }
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    KP_RETURN_IF_ERROR(ReadLook(request.inspection(), scene.today, "inspection.").status());
    KP_RETURN_IF_ERROR(CheckLookDay(entry, request.inspection(), "inspection.date"));
    pb::ImportInspection& inspection = *entry.add_inspections();
    inspection = request.inspection();
    *inspection.mutable_officer() = scene.officer;
    return JudgeInspections(entry);
  };
  return Step(caller, "RecordImportInspection", request, request.number(), "IMPORT_INSPECTED",
              request.inspection().text(), Absent::kOfMesh, change);
}

absl::StatusOr<pb::ImportEntry> ImportBook::RecordOriginal(
    const identity::SpiffeId& caller, const v1::RecordOriginalRequest& request) {
  KP_RETURN_IF_ERROR(CheckRemarks(request.text()));
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const scheme::Date day, DayOfAct(request.date(), scene.today));
    const std::string text = scheme::FormatDate(day);
    if (!request.produced()) {
      // Its deadline runs from the first day; saying so again gives no more time.
      if (entry.original_missing()) return absl::OkStatus();
      entry.set_original_missing(true);
      entry.set_original_missing_date(text);
      entry.clear_original_produced_date();
      return absl::OkStatus();
    }
    if (!entry.original_missing()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kOriginalNotMissing,
                       "the original certificate was not said to be missing");
    }
    if (text < entry.original_missing_date()) {
      return FieldError(
          {kImportIncomplete, "date",
           absl::StrCat("lies before ", entry.original_missing_date(), ", when it was missing"),
           "R19"});
    }
    entry.set_original_missing(false);
    entry.set_original_produced_date(text);
    return absl::OkStatus();
  };
  return Step(caller, "RecordOriginal", request, request.number(),
              request.produced() ? "IMPORT_ORIGINAL_PRODUCED" : "IMPORT_ORIGINAL_MISSING",
              request.text(), Absent::kOfMesh, change);
}

absl::StatusOr<pb::ImportEntry> ImportBook::RecordFailureReport(
    const identity::SpiffeId& caller, const v1::RecordFailureReportRequest& request) {
  KP_RETURN_IF_ERROR(CheckReasons(request.text(), "EU arts. 5(3), 14(3)"));
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    if (entry.failure_date().empty() || !entry.failure_report_date().empty()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kNoFailureToReport,
                       entry.failure_date().empty() ? "the goods were not detained or seized"
                                                    : "the failure was reported before");
    }
    KP_ASSIGN_OR_RETURN(const scheme::Date day, DayOfAct(request.date(), scene.today));
    entry.set_failure_report_date(scheme::FormatDate(day));
    entry.set_failure_report_text(request.text());
    return absl::OkStatus();
  };
  return Step(caller, "RecordFailureReport", request, request.number(), "IMPORT_FAILURE_REPORTED",
              request.text(), Absent::kError, change);
}

absl::StatusOr<pb::ImportEntry> ImportBook::IssueCertificate(
    const identity::SpiffeId& caller, const v1::IssueImportCertificateRequest& request) {
  KP_RETURN_IF_ERROR(CheckCertificateRequest(env_, request));
  v1::ImportCertificateStatement said;
  const Change change = [&](const Scene& scene, pb::ImportEntry& entry) -> absl::Status {
    if (!ImportProfileOf(env_, scene.view).own_certificate) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kImportCertificateNotUsed,
                       absl::StrCat("the profile of ", env_.entity.text(),
                                    " knows no certificate of import of its own"));
    }
    if (entry.has_import_certificate()) {
      return MakeError(absl::StatusCode::kAlreadyExists, kImportCertificateExists,
                       absl::StrCat("the import has ", entry.import_certificate().reference()));
    }
    if (entry.state() >= pb::CERTIFICATE_STATE_CONFIRMED) {
      return FaultError(absl::StatusCode::kFailedPrecondition,
                        {scheme::reasons::kWrongState, "state",
                         "a certificate of import comes before the confirmation",
                         "Hong Kong, KP Certificate (Import)"});
    }
    pb::ImportCertificate& certificate = *entry.mutable_import_certificate();
    certificate.set_issue_date(scheme::FormatDate(scene.today));
    certificate.set_trader_registration(request.trader_registration());
    *certificate.mutable_officer() = scene.officer;
    said.set_number(entry.number());
    said.set_issue_date(certificate.issue_date());
    said.set_trader_registration(request.trader_registration());
    said.set_importer_name(entry.paper().importer().name());
    *said.mutable_officer() = scene.officer;
    if (entry.way() != pb::IMPORT_WAY_MESH) return absl::OkStatus();
    return env_.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto announced, FindAnnounced(session, entry.number()));
      if (announced.has_value()) said.set_importer_name(announced->importer().name());
      return absl::OkStatus();
    });
  };
  const Extra number_and_sign = [&](store::Transaction& tx,
                                    pb::ImportEntry& entry) -> absl::Status {
    pb::ImportCertificate& certificate = *entry.mutable_import_certificate();
    certificate.set_reference(request.reference());
    if (certificate.reference().empty()) {
      KP_ASSIGN_OR_RETURN(const int64_t serial, NextImportCertificate(tx));
      certificate.set_reference(absl::StrFormat("%s%s-%06d", SeriesOf(env_),
                                                certificate.issue_date().substr(0, 4), serial));
    }
    KP_ASSIGN_OR_RETURN(const bool inserted,
                        InsertImportCertificate(tx, certificate.reference(), entry.number()));
    if (!inserted) {
      return MakeError(absl::StatusCode::kAlreadyExists, kImportCertificateExists,
                       absl::StrCat("the reference \"", certificate.reference(),
                                    "\" is given, or the import has its certificate"));
    }
    said.set_reference(certificate.reference());
    KP_ASSIGN_OR_RETURN(
        const statement::Statement signed_certificate,
        env_.signer.Sign(ImportCertificateContentType(), said, std::nullopt, env_.clock.Now()));
    certificate.set_statement(signed_certificate.bytes());
    return absl::OkStatus();
  };
  return Step(caller, "IssueImportCertificate", request, request.number(),
              "IMPORT_CERTIFICATE_ISSUED", "", Absent::kOfMesh, change, number_and_sign);
}

}  // namespace kp::certificate
