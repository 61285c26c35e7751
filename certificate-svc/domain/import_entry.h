// Entries of the import book, as every act on them makes them: what the mesh says becomes an entry
// here, what stands before a confirmation is checked here, and deadlines follow from the entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/import_book.h"
#include "kp/certificate/v1/statements.pb.h"
#include "scheme/import_rules.h"
#include "scheme/rules.h"

namespace kp::certificate {

// The book has no such entry: NOT_FOUND.
inline constexpr char kImportUnknown[] = "IMPORT_UNKNOWN";
// A book has this number already: ALREADY_EXISTS. It is entered once, by the mesh or by hand.
inline constexpr char kImportExists[] = "IMPORT_EXISTS";
// The book has the import confirmed with other figures: FAILED_PRECONDITION.
inline constexpr char kImportConfirmedOtherwise[] = "IMPORT_CONFIRMED_OTHERWISE";
// An inspection at import or in transit lacks something: INVALID_ARGUMENT.
inline constexpr char kLookIncomplete[] = "IMPORT_INSPECTION_INCOMPLETE";

// What the own entity asks of imports.
const scheme::ImportProfile& ImportProfileOf(const Environment& env, const SchemeView& view);

// An inspection, read. INVALID_ARGUMENT with paths under `prefix`.
absl::StatusOr<scheme::ImportLook> ReadLook(const pb::ImportInspection& in, scheme::Date today,
                                            const std::string& prefix);

// Whether a look can have been one at these goods: not before they were presented, or, where nobody
// told that yet, left (scheme/inspection_day.h). INSPECTION_OUT_OF_TIME at `field`.
absl::Status CheckLookDay(const pb::ImportEntry& entry, const pb::ImportInspection& look,
                          const std::string& field);

// What inspections of goods come to: the findings of the latest one put in place of those of
// earlier ones, and of the lack of any.
absl::Status JudgeInspections(pb::ImportEntry& entry);

// The signed certificate that the issuer announced, if it did.
absl::StatusOr<std::optional<v1::CertificateStatement>> FindAnnounced(store::ReadSession& session,
                                                                      const std::string& number);
// Adds what the signed certificate says other than an entry from paper.
absl::Status JudgeAgainstAnnounced(const v1::CertificateStatement& certificate,
                                   pb::ImportEntry& entry);

// A blank entry of the mesh, with what is to be opened chosen.
pb::ImportEntry BlankMeshEntry(const Environment& env, const SchemeView& view,
                               const std::string& number, const std::string& issuer);
// Chooses what is to be opened; the lots once the number of parcels is known (0: not yet).
void ChooseOpening(const Environment& env, const SchemeView& view, int64_t parcels,
                   pb::ImportEntry& entry);

// The deadlines that run for an entry.
std::vector<pb::ImportDeadline> DeadlinesFor(const Environment& env, const SchemeView& view,
                                             const pb::ImportEntry& entry);

// SHA-256 of the version's deterministic CBOR, and the bytes.
struct ImportVersion {
  std::string bytes;
  std::string digest;
};
absl::StatusOr<ImportVersion> VersionOf(const pb::ImportEntry& entry);

// Stores an entry with its version and deadlines; `revision` 0: a new one, false when a book has
// the number. CONCURRENT_CHANGE.
absl::StatusOr<bool> StoreImport(store::Transaction& tx, const Environment& env,
                                 const SchemeView& view, int64_t revision,
                                 const pb::ImportEntry& entry, const ImportVersion& version);

// A pre-alert came: its certificate is in the book. An entry from paper stays one; where the signed
// certificate differs from what was entered, findings say so.
absl::Status AnnounceImport(store::Transaction& tx, const Environment& env, const SchemeView& view,
                            const std::string& issuer, const v1::CertificateStatement& certificate,
                            const std::string& export_date);

// An officer's act on goods or use, as it is sent to the issuer: submission, failure, inspection.
absl::Status NoteMeshAct(store::Transaction& tx, const Environment& env, const SchemeView& view,
                         const std::string& issuer, const v1::UseStatement& act,
                         const pb::ImportInspection* inspection);
// The issuer's receipt made the act take effect; a confirmation closes the entry.
absl::Status NoteMeshReceipt(store::Transaction& tx, const Environment& env, const SchemeView& view,
                             const std::string& issuer, const v1::UseStatement& act);

// What stands before a confirmation by the mesh. `entry` may be null; INVALID_ARGUMENT with
// INSPECTION_MISSING, ORIGINAL_MISSING, IMPORT_CERTIFICATE_MISSING; FAILED_PRECONDITION with
// WRONG_STATE, IMPORT_CONFIRMED_OTHERWISE.
absl::Status CheckBeforeConfirmation(const Environment& env, const SchemeView& view,
                                     const pb::ImportEntry* entry, const v1::Arrival& arrival,
                                     bool with_inspection);
// What the profile asks for before a confirmation, of one that is amended: INVALID_ARGUMENT
// likewise.
absl::Status CheckAmendedReadiness(const Environment& env, const SchemeView& view,
                                   const pb::ImportEntry& entry, const v1::Arrival& arrival);
// Puts into the entry what its profile asks for before a confirmation, and did without (R13, R19).
void NoteReadiness(const Environment& env, const SchemeView& view, const v1::Arrival& arrival,
                   pb::ImportEntry& entry);

}  // namespace kp::certificate
