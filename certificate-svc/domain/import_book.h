// The import book: every certificate that came in. Entries from paper are made, amended and
// confirmed here; inspections, originals, reports and the own certificate of import are recorded
// here for both ways (domain sections 4.2, 4.4, 5, 7).
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/import_book_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// A certificate of an issuer on the mesh is verified and confirmed by the mesh:
// FAILED_PRECONDITION.
inline constexpr char kIssuerOnMesh[] = "ISSUER_ON_MESH";
// What an officer entered of a paper or a check by hand is incomplete: INVALID_ARGUMENT.
inline constexpr char kImportIncomplete[] = "IMPORT_INCOMPLETE";
// The certificate is one of this entity's own, so that nothing came in with it: INVALID_ARGUMENT.
inline constexpr char kImportIsOwn[] = "IMPORT_IS_OWN";
// A rule is broken that nothing at import remedies: FAILED_PRECONDITION. Seize or send back.
inline constexpr char kImportNotRemediable[] = "IMPORT_NOT_REMEDIABLE";
// The state is none that can be recorded of an entry from paper: INVALID_ARGUMENT.
inline constexpr char kImportStateNotRecordable[] = "IMPORT_STATE_NOT_RECORDABLE";
// The entry has no failure to report, or it was reported: FAILED_PRECONDITION.
inline constexpr char kNoFailureToReport[] = "NO_FAILURE_TO_REPORT";
// The original is not missing, or was not said to be: FAILED_PRECONDITION.
inline constexpr char kOriginalNotMissing[] = "ORIGINAL_NOT_MISSING";
// This entity's profile knows no certificate of import of its own: FAILED_PRECONDITION.
inline constexpr char kImportCertificateNotUsed[] = "IMPORT_CERTIFICATE_NOT_USED";
// The reference is given, or the import has its certificate: ALREADY_EXISTS.
inline constexpr char kImportCertificateExists[] = "IMPORT_CERTIFICATE_EXISTS";

// Thread-safe. Each act is one durable transaction: the entry, its version, its deadlines, and a
// signed event that names the version's digest.
class ImportBook final {
 public:
  ImportBook(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<pb::ImportEntry> Enter(const identity::SpiffeId& caller,
                                        const v1::EnterPaperImportRequest& request);
  absl::StatusOr<pb::ImportEntry> Amend(const identity::SpiffeId& caller,
                                        const v1::AmendPaperImportRequest& request);
  absl::StatusOr<pb::ImportEntry> Confirm(const identity::SpiffeId& caller,
                                          const v1::ConfirmPaperImportRequest& request);
  absl::StatusOr<pb::ImportEntry> RecordEvent(const identity::SpiffeId& caller,
                                              const v1::RecordPaperImportEventRequest& request);

  absl::StatusOr<pb::ImportEntry> Inspect(const identity::SpiffeId& caller,
                                          const v1::RecordImportInspectionRequest& request);
  absl::StatusOr<pb::ImportEntry> RecordOriginal(const identity::SpiffeId& caller,
                                                 const v1::RecordOriginalRequest& request);
  absl::StatusOr<pb::ImportEntry> RecordFailureReport(
      const identity::SpiffeId& caller, const v1::RecordFailureReportRequest& request);
  absl::StatusOr<pb::ImportEntry> IssueCertificate(
      const identity::SpiffeId& caller, const v1::IssueImportCertificateRequest& request);

  absl::StatusOr<v1::GetImportResponse> Get(const v1::GetImportRequest& request) const;
  absl::StatusOr<v1::ListImportsResponse> List(const identity::SpiffeId& caller,
                                               const v1::ListImportsRequest& request) const;
  absl::StatusOr<v1::ListOverdueImportsResponse> Overdue(
      const identity::SpiffeId& caller, const v1::ListOverdueImportsRequest& request) const;

 private:
  // What one act knows.
  struct Scene {
    const SchemeView& view;
    const v1::Officer& officer;
    const scheme::CertificateNumber& number;
    std::string issuer;    // entity by the number's letters
    bool on_mesh = false;  // the issuer has a certificate-svc in the mesh
    scheme::Date today;    // by the officer's authority
  };
  // What an act does beside storing the entry, in its transaction.
  using Extra = std::function<absl::Status(store::Transaction&, pb::ImportEntry&)>;
  using Change = std::function<absl::Status(const Scene&, pb::ImportEntry&)>;
  // Whether a number without an entry is an error, becomes an entry of the mesh where its issuer is
  // there, or is what the act is about.
  enum class Absent { kError, kOfMesh, kWanted };

  // One act on the entry of `number`: `change` it, store it, sign `kind` with `text`.
  template <typename Request>
  absl::StatusOr<pb::ImportEntry> Step(const identity::SpiffeId& caller, const char* method,
                                       const Request& request, const std::string& number,
                                       const std::string& kind, const std::string& text,
                                       Absent absent, const Change& change,
                                       const Extra& extra = nullptr);

  const Environment& env_;
  const OfficerRegister& officers_;
};

// What the rules say of a paper as it was entered, and which named checks ran and which could not.
// Fills findings and checks, and what is certified. INVALID_ARGUMENT for what cannot be read.
absl::Status JudgePaper(const Environment& env, const SchemeView& view, pb::ImportEntry& entry);

}  // namespace kp::certificate
