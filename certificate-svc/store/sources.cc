#include "certificate-svc/store/sources.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

absl::StatusOr<pb::Source> ToSource(const Bytes& record, int64_t drawn) {
  pb::Source source;
  if (!source.ParseFromString(record.value)) return absl::DataLossError("a source is damaged");
  source.set_drawn_thousandths(drawn);
  return source;
}

}  // namespace

absl::StatusOr<bool> InsertSource(Transaction& tx, const pb::Source& source) {
  KP_ASSIGN_OR_RETURN(
      const auto position,
      tx.QueryOne<int64_t>(
          "UPDATE counters SET value = value + 1 WHERE name = 'source' RETURNING value"));
  if (!position.has_value()) return absl::InternalError("a counter is missing");
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO sources (id, position, kind, carats_in, drawn, record) "
                 "VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING",
                 source.id(), *position, static_cast<int>(source.kind()),
                 source.carats_thousandths(), Bytes{source.SerializeAsString()}));
  return inserted == 1;
}

absl::StatusOr<std::optional<pb::Source>> FindSource(ReadSession& session, std::string_view id) {
  KP_ASSIGN_OR_RETURN(const auto row, (session.QueryOne<Bytes, int64_t>(
                                          "SELECT record, drawn FROM sources WHERE id = ?", id)));
  if (!row.has_value()) return std::optional<pb::Source>();
  KP_ASSIGN_OR_RETURN(pb::Source source, ToSource(std::get<0>(*row), std::get<1>(*row)));
  return std::optional<pb::Source>(std::move(source));
}

absl::StatusOr<std::vector<SourceRow>> ListSources(ReadSession& session, bool open_only,
                                                   int64_t before_position, int limit) {
  const int64_t before = before_position == 0 ? INT64_MAX : before_position;
  constexpr std::string_view kAll =
      "SELECT position, record, drawn FROM sources WHERE position < ? ORDER BY position DESC "
      "LIMIT ?";
  constexpr std::string_view kOpen =
      "SELECT position, record, drawn FROM sources WHERE position < ? AND drawn < carats_in "
      "ORDER BY position DESC LIMIT ?";
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, Bytes, int64_t>(open_only ? kOpen : kAll, before, limit)));
  std::vector<SourceRow> rows;
  for (const auto& [position, record, drawn] : found) {
    KP_ASSIGN_OR_RETURN(pb::Source source, ToSource(record, drawn));
    rows.push_back({position, std::move(source)});
  }
  return rows;
}

absl::StatusOr<bool> DrawSource(Transaction& tx, std::string_view application_id,
                                std::string_view source_id, int64_t carats_thousandths) {
  KP_ASSIGN_OR_RETURN(
      const int64_t changed,
      tx.Execute("UPDATE sources SET drawn = drawn + ? WHERE id = ? AND drawn + ? <= carats_in",
                 carats_thousandths, source_id, carats_thousandths));
  if (changed == 0) return false;
  KP_RETURN_IF_ERROR(
      tx.Execute("INSERT INTO draws (application_id, source_id, carats) VALUES (?, ?, ?)",
                 application_id, source_id, carats_thousandths)
          .status());
  return true;
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
