// The source book: what the stones of certificates come from, and how much of it is left (R16).
// Functions work in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/source_book_service.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

struct SourceRow {
  int64_t position = 0;
  pb::Source source;  // with what is drawn
};

// The state in which a source begins, by what it needs; and the country of own production of a
// half-year, empty for every other source. Columns beside the record, for audits.
pb::SourceState OpenedState(const pb::Source& source);
std::string OriginColumn(const pb::Source& source);

// False when there is one of this id.
absl::StatusOr<bool> InsertSource(store::Transaction& tx, const pb::Source& source);
absl::StatusOr<std::optional<pb::Source>> FindSource(store::ReadSession& session,
                                                     std::string_view id);
// False, and nothing changed, where it is not in the state `from` (any more).
absl::StatusOr<bool> MoveSource(store::Transaction& tx, std::string_view id, pb::SourceState from,
                                pb::SourceState to);

struct SourceQuery {
  bool open_only = false;                                // not closed, and something left
  pb::SourceState state = pb::SOURCE_STATE_UNSPECIFIED;  // unspecified: all
  int64_t before_position = 0;                           // 0: from the newest
  int limit = 50;
};
// Newest first.
absl::StatusOr<std::vector<SourceRow>> ListSources(store::ReadSession& session,
                                                   const SourceQuery& query);

// Those that wait for another person, oldest first, behind `after_position`. The state stands as a
// literal: that is what lets SQLite use the index of those that wait.
inline constexpr char kWaitingSourcesSql[] =
    "SELECT position, record, drawn, state FROM sources WHERE state = 2 AND position > ? "
    "ORDER BY position LIMIT ?";
absl::StatusOr<std::vector<SourceRow>> WaitingSources(store::ReadSession& session,
                                                      int64_t after_position, int limit);

// What draws on a source, newest certificate first, at most `limit`; and how many draw in all.
struct SourceUses {
  std::vector<pb::SourceUse> uses;
  int64_t count = 0;
};
absl::StatusOr<SourceUses> UsesOfSource(store::ReadSession& session, std::string_view id,
                                        int limit);

// Own production in the book, by half-year and origin, thousandths of a carat.
struct ProductionSum {
  int half = 0;        // 0: opened before half-years were told
  std::string origin;  // "BW"; empty with half 0
  int64_t opened = 0;  // in sources that are not closed, and drawn from those that are
  int64_t drawn = 0;
};
// Of one half-year and origin; zeros where there is none. Right as long as nobody else writes:
// after the transaction's event, whose row in the log holds every other act of the register back.
absl::StatusOr<ProductionSum> SumProduction(store::ReadSession& session, int year, int half,
                                            std::string_view origin);
// Of a year, and of all years what was opened before half-years were told.
absl::StatusOr<std::vector<ProductionSum>> SumProductionOfYear(store::ReadSession& session,
                                                               int year);

// Puts what its confirmation says now in place of what it said, and opens it or lets it wait as what
// it then lacks asks; a closed one stays closed. False when more is drawn than that.
absl::StatusOr<bool> AmendSource(store::Transaction& tx, const pb::Source& source);

// What was drawn on: the half-year and country of own production; year 0 for every other source.
struct Drawn {
  int year = 0;
  int half = 0;
  std::string origin;
};
// Draws for one application; nothing when the source is not open or less than `carats` is left. Of
// two draws at once on the last carats one is refused.
absl::StatusOr<std::optional<Drawn>> DrawSource(store::Transaction& tx,
                                                std::string_view application_id,
                                                std::string_view source_id,
                                                int64_t carats_thousandths);
// Gives back what an application has drawn.
absl::Status GiveBackSources(store::Transaction& tx, std::string_view application_id);

}  // namespace kp::certificate
