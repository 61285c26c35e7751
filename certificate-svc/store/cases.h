// Cases with the other side of a certificate, and what was said in them. Functions work in the
// caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/case.pb.h"
#include "mesh/store/session.h"
#include "scheme/lifecycle.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct CaseRow {
  std::string id{};
  std::string number{};
  std::string partner{};
  scheme::Side side = scheme::Side::kIssuingEntity;  // this entity's
  std::string certificate_digest{};                  // of the certificate's statement
  std::string reference{};                           // as in CaseStatement
  int64_t position = 0;                              // in the order of opening here
  int64_t revision = 0;                              // rises with every change
  pb::Case shown{};                                  // without entries
};

struct CaseEntryRow {
  scheme::Side by = scheme::Side::kIssuingEntity;
  int64_t sequence = 0;
  int64_t place = 0;        // in the order of these books: the case's revision with it
  std::string statement{};  // as signed
  absl::Time recorded_at{};
  std::string outcome{};  // of an own act; empty on the way
};

// Enters a case with revision 1; false when it is there already.
absl::StatusOr<bool> InsertCase(store::Transaction& tx, const CaseRow& row);

// Puts the row in place of one that still has the revision before it, else CONCURRENT_CHANGE.
absl::Status UpdateCase(store::Transaction& tx, const CaseRow& row);

absl::StatusOr<std::optional<CaseRow>> FindCase(store::ReadSession& session, std::string_view id);

struct CaseFilter {
  std::string number;           // empty: all
  std::string partner;          // empty: all
  bool open_only = false;       // not closed
  int64_t before_position = 0;  // 0: from the newest
  int limit = 50;
};
// Newest first.
absl::StatusOr<std::vector<CaseRow>> ListCases(store::ReadSession& session,
                                               const CaseFilter& filter);

// Cases that are not closed, by partner.
absl::StatusOr<std::vector<std::pair<std::string, int64_t>>> CountOpenCases(
    store::ReadSession& session);
// Open ones, oldest first, behind `after_position`.
absl::StatusOr<std::vector<CaseRow>> OpenCases(store::ReadSession& session, int64_t after_position,
                                               int limit);

// An act in the case. UpdateCase in the same transaction keeps two from taking one sequence.
absl::Status InsertCaseEntry(store::Transaction& tx, std::string_view case_id,
                             const CaseEntryRow& entry);
// How an own act came out at the other side.
absl::Status SaveCaseOutcome(store::Transaction& tx, std::string_view case_id, scheme::Side by,
                             int64_t sequence, std::string_view outcome);
// In the order in which they came into these books.
absl::StatusOr<std::vector<CaseEntryRow>> ReadCaseEntries(store::ReadSession& session,
                                                          std::string_view case_id);

}  // namespace kp::certificate
