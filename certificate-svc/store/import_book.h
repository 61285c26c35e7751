// The import book: one row for each number that came in, its deadlines, and shipments in transit.
// Functions work in the caller's transaction; errors are those of the store unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/import_book_service.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct ImportRow {
  int64_t position = 0;  // order of entry
  int64_t revision = 0;
  pb::ImportEntry entry;
};

// Which book has a number: it is entered by hand once, in one of them.
inline constexpr char kInImportBook[] = "import";
inline constexpr char kInSourceBook[] = "source";
// Takes the number for `book`; false when a book has it already.
absl::StatusOr<bool> ClaimBookNumber(store::Transaction& tx, std::string_view number,
                                     std::string_view book);
// The book that has the number; empty when none has.
absl::StatusOr<std::string> BookOfNumber(store::ReadSession& session, std::string_view number);

// Enters the first version; false when there is an entry of this number.
absl::StatusOr<bool> InsertImport(store::Transaction& tx, const pb::ImportEntry& entry);
absl::StatusOr<std::optional<ImportRow>> FindImport(store::ReadSession& session,
                                                    std::string_view number);
// Puts `entry` in place of a row that still has `revision`, else CONCURRENT_CHANGE.
absl::Status UpdateImport(store::Transaction& tx, int64_t revision, const pb::ImportEntry& entry);
// As FindImport, and nobody else changes the row until the transaction ends.
absl::StatusOr<std::optional<ImportRow>> LockImport(store::Transaction& tx,
                                                    std::string_view number);
// The state by the issuer's word: a confirmed entry keeps its state, another closed one is left
// only by a closed one. Nothing where there is no entry. Closing ends the deadlines but that of a
// report.
absl::Status SetImportState(store::Transaction& tx, std::string_view number,
                            pb::CertificateState state);

// Keeps one version as deterministic CBOR, in the order of the calls.
absl::Status SaveImportVersion(store::Transaction& tx, std::string_view number,
                               const std::string& bytes);
// Oldest first, at most `limit`.
absl::StatusOr<std::vector<std::string>> ImportVersions(store::ReadSession& session,
                                                        std::string_view number, int limit);

struct ImportQuery {
  std::string issuer;                        // empty: all
  std::vector<pb::CertificateState> states;  // empty: all
  pb::ImportFilter filter = pb::IMPORT_FILTER_UNSPECIFIED;
  std::string submitted_from;   // YYYY-MM-DD; empty: no bound
  std::string submitted_until;  // likewise
  int64_t before_position = 0;  // 0: from the newest
  int limit = 50;
};
// Newest entry first.
absl::StatusOr<std::vector<ImportRow>> ListImports(store::ReadSession& session,
                                                   const ImportQuery& query);
// In one state, oldest entry first, behind `after_position`.
absl::StatusOr<std::vector<ImportRow>> ImportsInState(store::ReadSession& session,
                                                      pb::CertificateState state,
                                                      int64_t after_position, int limit);
inline constexpr char kImportsInStateSql[] =
    "SELECT position, revision, number, issuer, way, state, record FROM import_book "
    "WHERE state = ? AND position > ? ORDER BY position LIMIT ?";

// --- Deadlines ---

// Takes the entry's deadlines but for those of `except`.
absl::Status DeleteDeadlines(store::Transaction& tx, std::string_view number,
                             pb::ImportDeadlineKind except);
// Puts these in place of the entry's deadlines.
absl::Status ReplaceDeadlines(store::Transaction& tx, std::string_view number,
                              const std::vector<pb::ImportDeadline>& deadlines);
// By due day. days_overdue is left to the caller.
absl::StatusOr<std::vector<pb::ImportDeadline>> DeadlinesOfImport(store::ReadSession& session,
                                                                  std::string_view number);

struct DeadlineQuery {
  std::string issuer;  // empty: all
  pb::ImportDeadlineKind kind = pb::IMPORT_DEADLINE_KIND_UNSPECIFIED;
  std::string due_before;  // YYYY-MM-DD, not included
  // Behind these, which are of the last one of the page before.
  std::string after_issuer, after_due, after_number;
  int64_t after_kind = 0;
  int limit = 50;
};
// By issuer, due day, number and kind.
absl::StatusOr<std::vector<pb::ImportDeadline>> ListDeadlines(store::ReadSession& session,
                                                              const DeadlineQuery& query);
// Of one kind, by due day and number, behind these two. days_overdue is left to the caller.
absl::StatusOr<std::vector<pb::ImportDeadline>> DeadlinesOfKind(store::ReadSession& session,
                                                                pb::ImportDeadlineKind kind,
                                                                std::string_view after_due,
                                                                std::string_view after_number,
                                                                int limit);
inline constexpr char kDeadlinesOfKindSql[] =
    "SELECT number, issuer, kind, since_day, due_day, source FROM import_deadlines "
    "WHERE kind = ? AND (due_day, number) > (?, ?) ORDER BY due_day, number LIMIT ?";
// The same as ListDeadlines counted by issuer and kind, without paging.
absl::StatusOr<std::vector<pb::OverduePartner>> CountDeadlines(store::ReadSession& session,
                                                               const DeadlineQuery& query);

// --- The own certificate of import ---

// The next serial of the own series, from 1.
absl::StatusOr<int64_t> NextImportCertificate(store::Transaction& tx);
// Takes the reference for the number; false when either has one already.
absl::StatusOr<bool> InsertImportCertificate(store::Transaction& tx, std::string_view reference,
                                             std::string_view number);

// --- Transit ---

struct TransitRow {
  int64_t revision = 0;
  pb::Transit transit;
};
// False when there is one of this number.
absl::StatusOr<bool> InsertTransit(store::Transaction& tx, const pb::Transit& transit);
absl::StatusOr<std::optional<TransitRow>> FindTransit(store::ReadSession& session,
                                                      std::string_view number);
// As UpdateImport.
absl::Status UpdateTransit(store::Transaction& tx, int64_t revision, const pb::Transit& transit);

}  // namespace kp::certificate
