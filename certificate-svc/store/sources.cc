#include "certificate-svc/store/sources.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

absl::StatusOr<pb::Source> ToSource(const Bytes& record, int64_t drawn, int64_t state) {
  pb::Source source;
  if (!source.ParseFromString(record.value)) return absl::DataLossError("a source is damaged");
  source.set_drawn_thousandths(drawn);
  source.set_state(static_cast<pb::SourceState>(state));
  return source;
}

constexpr char kSums[] =
    "CAST(COALESCE(SUM(CASE WHEN state = 3 THEN drawn ELSE carats_in END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(drawn), 0) AS BIGINT)";

}  // namespace

pb::SourceState OpenedState(const pb::Source& source) {
  const bool old_certificate = source.need() == pb::SOURCE_NEED_UNSPECIFIED &&
                               source.kind() == pb::SOURCE_KIND_CERTIFICATE;
  return source.need() == pb::SOURCE_NEED_NOTHING || old_certificate ? pb::SOURCE_STATE_OPEN
                                                                     : pb::SOURCE_STATE_WAITING;
}

std::string OriginColumn(const pb::Source& source) {
  const bool own = source.kind() == pb::SOURCE_KIND_OWN_PRODUCTION && source.year() != 0;
  return own && source.origin().countries_size() == 1 ? source.origin().countries(0) : "";
}

absl::StatusOr<bool> InsertSource(Transaction& tx, const pb::Source& source) {
  KP_ASSIGN_OR_RETURN(
      const auto position,
      tx.QueryOne<int64_t>(
          "UPDATE counters SET value = value + 1 WHERE name = 'source' RETURNING value"));
  if (!position.has_value()) return absl::InternalError("a counter is missing");
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO sources (id, position, kind, carats_in, drawn, record, state, year, "
                 "half, origin) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                 source.id(), *position, static_cast<int>(source.kind()),
                 source.carats_thousandths(), Bytes{source.SerializeAsString()},
                 static_cast<int>(OpenedState(source)), source.year(), source.half(),
                 OriginColumn(source)));
  if (inserted == 1) tx.Touch("sources", {source.id()});
  return inserted == 1;
}

absl::StatusOr<std::optional<pb::Source>> FindSource(ReadSession& session, std::string_view id) {
  KP_ASSIGN_OR_RETURN(const auto row,
                      (session.QueryOne<Bytes, int64_t, int64_t>(
                          "SELECT record, drawn, state FROM sources WHERE id = ?", id)));
  if (!row.has_value()) return std::optional<pb::Source>();
  const auto& [record, drawn, state] = *row;
  KP_ASSIGN_OR_RETURN(pb::Source source, ToSource(record, drawn, state));
  return std::optional<pb::Source>(std::move(source));
}

absl::StatusOr<bool> MoveSource(Transaction& tx, std::string_view id, pb::SourceState from,
                                pb::SourceState to) {
  KP_ASSIGN_OR_RETURN(const int64_t changed,
                      tx.Execute("UPDATE sources SET state = ? WHERE id = ? AND state = ?",
                                 static_cast<int>(to), id, static_cast<int>(from)));
  return changed == 1;
}

absl::StatusOr<std::vector<SourceRow>> ListSources(ReadSession& session, const SourceQuery& query) {
  const int64_t before = query.before_position == 0 ? INT64_MAX : query.before_position;
  const int state = static_cast<int>(query.state);
  constexpr std::string_view kAll =
      "SELECT position, record, drawn, state FROM sources WHERE position < ? "
      "AND (? = 0 OR state = ?) ORDER BY position DESC LIMIT ?";
  constexpr std::string_view kOpen =
      "SELECT position, record, drawn, state FROM sources WHERE position < ? "
      "AND (? = 0 OR state = ?) AND drawn < carats_in AND state <> 3 "
      "ORDER BY position DESC LIMIT ?";
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<int64_t, Bytes, int64_t, int64_t>(
                          query.open_only ? kOpen : kAll, before, state, state, query.limit)));
  std::vector<SourceRow> rows;
  for (const auto& [position, record, drawn, now] : found) {
    KP_ASSIGN_OR_RETURN(pb::Source source, ToSource(record, drawn, now));
    rows.push_back({position, std::move(source)});
  }
  return rows;
}

absl::StatusOr<std::vector<SourceRow>> WaitingSources(ReadSession& session, int64_t after_position,
                                                      int limit) {
  KP_ASSIGN_OR_RETURN(const auto found, (session.Query<int64_t, Bytes, int64_t, int64_t>(
                                            kWaitingSourcesSql, after_position, limit)));
  std::vector<SourceRow> rows;
  for (const auto& [position, record, drawn, now] : found) {
    KP_ASSIGN_OR_RETURN(pb::Source source, ToSource(record, drawn, now));
    rows.push_back({position, std::move(source)});
  }
  return rows;
}

absl::StatusOr<bool> AmendSource(Transaction& tx, const pb::Source& source) {
  pb::Source stored = source;
  stored.clear_drawn_thousandths();
  stored.clear_state();
  // 3: closed, and closed it stays.
  KP_ASSIGN_OR_RETURN(
      const int64_t changed,
      tx.Execute("UPDATE sources SET carats_in = ?, record = ?, "
                 "state = CASE WHEN state = 3 THEN 3 ELSE ? END WHERE id = ? AND drawn <= ?",
                 source.carats_thousandths(), Bytes{stored.SerializeAsString()},
                 static_cast<int>(OpenedState(stored)), source.id(), source.carats_thousandths()));
  if (changed == 1) tx.Touch("sources", {source.id()});
  return changed == 1;
}

absl::StatusOr<SourceUses> UsesOfSource(ReadSession& session, std::string_view id, int limit) {
  SourceUses out;
  KP_ASSIGN_OR_RETURN(const auto count,
                      session.QueryOne<int64_t>(
                          "SELECT COUNT(*) FROM draws WHERE source_id = ?", id));
  out.count = count.value_or(0);
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<std::string, std::string, int64_t>(
          "SELECT draws.application_id, COALESCE(certificates.number, ''), draws.carats FROM draws "
          "LEFT JOIN certificates ON certificates.application_id = draws.application_id "
          "WHERE draws.source_id = ? "
          "ORDER BY COALESCE(certificates.position, 0) DESC, draws.application_id LIMIT ?",
          id, limit)));
  for (const auto& [application, number, carats] : found) {
    pb::SourceUse& use = out.uses.emplace_back();
    use.set_application_id(application);
    use.set_number(number);
    use.set_carats_thousandths(carats);
  }
  return out;
}

absl::StatusOr<ProductionSum> SumProduction(ReadSession& session, int year, int half,
                                            std::string_view origin) {
  KP_ASSIGN_OR_RETURN(
      const auto sums,
      (session.QueryOne<int64_t, int64_t>(
          absl::StrCat("SELECT ", kSums, " FROM sources WHERE kind = 1 AND year = ? AND half = ? "
                                         "AND origin = ?"),
          year, half, origin)));
  ProductionSum sum{half, std::string(origin), 0, 0};
  if (sums.has_value()) std::tie(sum.opened, sum.drawn) = *sums;
  return sum;
}

absl::StatusOr<std::vector<ProductionSum>> SumProductionOfYear(ReadSession& session, int year) {
  KP_ASSIGN_OR_RETURN(const auto found,
                      (session.Query<int64_t, std::string, int64_t, int64_t>(
                          absl::StrCat("SELECT half, origin, ", kSums,
                                       " FROM sources WHERE kind = 1 AND year IN (0, ?) "
                                       "GROUP BY half, origin ORDER BY half, origin"),
                          year)));
  std::vector<ProductionSum> sums;
  for (const auto& [half, origin, opened, drawn] : found) {
    sums.push_back({static_cast<int>(half), origin, opened, drawn});
  }
  return sums;
}

absl::StatusOr<std::optional<Drawn>> DrawSource(Transaction& tx, std::string_view application_id,
                                                std::string_view source_id,
                                                int64_t carats_thousandths) {
  KP_ASSIGN_OR_RETURN(const auto drawn,
                      (tx.QueryOne<int64_t, int64_t, std::string>(
                          "UPDATE sources SET drawn = drawn + ? "
                          "WHERE id = ? AND state = 1 AND drawn + ? <= carats_in "
                          "RETURNING year, half, origin",
                          carats_thousandths, source_id, carats_thousandths)));
  if (!drawn.has_value()) return std::optional<Drawn>();
  KP_RETURN_IF_ERROR(
      tx.Execute("INSERT INTO draws (application_id, source_id, carats) VALUES (?, ?, ?)",
                 application_id, source_id, carats_thousandths)
          .status());
  const auto& [year, half, origin] = *drawn;
  return std::optional<Drawn>({static_cast<int>(year), static_cast<int>(half), origin});
}

absl::Status GiveBackSources(Transaction& tx, std::string_view application_id) {
  KP_ASSIGN_OR_RETURN(const auto draws,
                      (tx.Query<std::string, int64_t>(
                          "DELETE FROM draws WHERE application_id = ? RETURNING source_id, carats",
                          application_id)));
  for (const auto& [source_id, carats] : draws) {
    KP_RETURN_IF_ERROR(
        tx.Execute("UPDATE sources SET drawn = drawn - ? WHERE id = ?", carats, source_id).status());
  }
  return absl::OkStatus();
}

}  // namespace kp::certificate
