#include "certificate-svc/store/statistics.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;
using store::Transaction;

// Rows of one query of a walk; well below ReadSession::kMaxRows.
constexpr int kChunk = 2'000;
// Behind every place in a list of versions.
constexpr VersionPlace kNewest = {10'000, 0, 0};

template <typename Message>
absl::StatusOr<Message> Read(const Bytes& record) {
  Message message;
  if (!message.ParseFromString(record.value)) {
    return absl::DataLossError("a record of the statistics is damaged");
  }
  return message;
}

// Walks rows of (day, number, record) by day and number; `chunk` queries those behind a place.
template <typename Chunk, typename Row>
absl::Status Walk(const Chunk& chunk, const Row& row) {
  std::string day, number;
  for (;;) {
    const auto found = chunk(day, number);
    KP_RETURN_IF_ERROR(found.status());
    for (const auto& one : *found) {
      KP_RETURN_IF_ERROR(row(one));
      day = std::get<0>(one);
      number = std::get<1>(one);
    }
    if (found->size() < kChunk) return absl::OkStatus();
  }
}

using Records = absl::StatusOr<std::vector<std::tuple<std::string, std::string, Bytes>>>;

template <typename Message>
absl::Status WalkRecords(const std::function<Records(const std::string&, const std::string&)>& chunk,
                         const Take<Message>& take) {
  return Walk(chunk, [&](const auto& row) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const Message message, Read<Message>(std::get<2>(row)));
    return take(message);
  });
}

template <typename Message>
absl::StatusOr<std::vector<Message>> ReadAll(const Records& found) {
  KP_RETURN_IF_ERROR(found.status());
  std::vector<Message> list;
  for (const auto& [day, number, record] : *found) {
    KP_ASSIGN_OR_RETURN(Message message, Read<Message>(record));
    list.push_back(std::move(message));
  }
  return list;
}

template <typename Message>
absl::StatusOr<std::optional<Message>> ReadOne(const absl::StatusOr<std::optional<Bytes>>& found) {
  KP_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return std::optional<Message>();
  KP_ASSIGN_OR_RETURN(Message message, Read<Message>(**found));
  return std::optional<Message>(std::move(message));
}

FiledRow ToFiled(int64_t year, int64_t quarter, int64_t version, bool preliminary,
                 const Bytes& statement, absl::Time recorded_at) {
  return {{static_cast<int>(year), static_cast<int>(quarter)},
          static_cast<int>(version),
          preliminary,
          statement.value,
          recorded_at};
}

}  // namespace

absl::Status SaveConfirmedImport(Transaction& tx, const pb::ConfirmedImport& import) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO confirmed_imports (number, issuer, receipt_day, confirm_day, record) "
                 "VALUES (?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
                 import.number(), import.issuer(), import.receipt_date(), import.confirm_date(),
                 Bytes{import.SerializeAsString()}));
  if (inserted == 1) tx.Touch("confirmed_imports", {import.number()});
  return absl::OkStatus();
}

absl::Status SaveConfirmedExport(Transaction& tx, const pb::ConfirmedExport& confirmed) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO confirmed_exports (number, partner, receipt_day, record) "
                 "VALUES (?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
                 confirmed.number(), confirmed.partner(), confirmed.receipt_date(),
                 Bytes{confirmed.SerializeAsString()}));
  if (inserted == 1) tx.Touch("confirmed_exports", {confirmed.number()});
  return absl::OkStatus();
}

absl::Status UpdateConfirmedImport(Transaction& tx, const pb::ConfirmedImport& import) {
  tx.Touch("confirmed_imports", {import.number()});
  return tx
      .Execute("UPDATE confirmed_imports SET receipt_day = ?, record = ? WHERE number = ?",
               import.receipt_date(), Bytes{import.SerializeAsString()}, import.number())
      .status();
}

absl::Status UpdateConfirmedExport(Transaction& tx, const pb::ConfirmedExport& confirmed) {
  tx.Touch("confirmed_exports", {confirmed.number()});
  return tx
      .Execute("UPDATE confirmed_exports SET receipt_day = ?, record = ? WHERE number = ?",
               confirmed.receipt_date(), Bytes{confirmed.SerializeAsString()}, confirmed.number())
      .status();
}

absl::Status SaveAnnouncedDay(Transaction& tx, std::string_view number,
                              std::string_view export_day) {
  KP_ASSIGN_OR_RETURN(
      const auto cursors,
      tx.Query<int64_t>("UPDATE incoming SET export_day = ? WHERE number = ? RETURNING cursor",
                        export_day, number));
  for (const int64_t cursor : cursors) tx.Touch("incoming", {std::to_string(cursor)});
  return absl::OkStatus();
}

absl::Status ForEachImportReceived(ReadSession& session, const Days& days,
                                   const Take<pb::ConfirmedImport>& take) {
  return WalkRecords<pb::ConfirmedImport>(
      [&](const std::string& day, const std::string& number) {
        return session.Query<std::string, std::string, Bytes>(
            "SELECT receipt_day, number, record FROM confirmed_imports WHERE receipt_day >= ? AND "
            "receipt_day <= ? AND (receipt_day, number) > (?, ?) ORDER BY receipt_day, number "
            "LIMIT ?",
            days.first, days.last, day, number, kChunk);
      },
      take);
}

absl::Status ForEachExport(ReadSession& session, const Days& days,
                           const Take<pb::Certificate>& take) {
  return WalkRecords<pb::Certificate>(
      [&](const std::string& day, const std::string& number) {
        return session.Query<std::string, std::string, Bytes>(
            "SELECT export_day, number, record FROM certificates WHERE export_day >= ? AND "
            "export_day <= ? AND (export_day, number) > (?, ?) ORDER BY export_day, number LIMIT ?",
            days.first, days.last, day, number, kChunk);
      },
      take);
}

absl::Status ForEachConfirmedExport(ReadSession& session, std::string_view partner,
                                    const Days& days, const Take<pb::ConfirmedExport>& take) {
  return WalkRecords<pb::ConfirmedExport>(
      [&](const std::string& day, const std::string& number) {
        return session.Query<std::string, std::string, Bytes>(
            "SELECT receipt_day, number, record FROM confirmed_exports WHERE partner = ? AND "
            "receipt_day >= ? AND receipt_day <= ? AND (receipt_day, number) > (?, ?) "
            "ORDER BY receipt_day, number LIMIT ?",
            partner, days.first, days.last, day, number, kChunk);
      },
      take);
}

absl::Status ForEachAnnounced(ReadSession& session, std::string_view issuer, const Days& days,
                              const Take<Announced>& take) {
  return Walk(
      [&](const std::string& day, const std::string& number) {
        return session.Query<std::string, std::string, int64_t, Bytes>(
            "SELECT export_day, number, state, prealert FROM incoming WHERE issuer = ? AND "
            "export_day >= ? AND export_day <= ? AND (export_day, number) > (?, ?) "
            "ORDER BY export_day, number LIMIT ?",
            issuer, days.first, days.last, day, number, kChunk);
      },
      [&](const auto& row) {
        const auto& [day, number, state, prealert] = row;
        return take({number, day, static_cast<pb::CertificateState>(state), prealert.value});
      });
}

absl::StatusOr<std::optional<pb::ConfirmedImport>> FindConfirmedImport(ReadSession& session,
                                                                       std::string_view number) {
  return ReadOne<pb::ConfirmedImport>(session.QueryOne<Bytes>(
      "SELECT record FROM confirmed_imports WHERE number = ?", number));
}

absl::StatusOr<std::optional<pb::ConfirmedExport>> FindConfirmedExport(ReadSession& session,
                                                                       std::string_view number) {
  return ReadOne<pb::ConfirmedExport>(session.QueryOne<Bytes>(
      "SELECT record FROM confirmed_exports WHERE number = ?", number));
}

absl::StatusOr<std::vector<pb::ConfirmedImport>> ListImportsConfirmed(ReadSession& session,
                                                                      const Days& days,
                                                                      std::string_view after_day,
                                                                      std::string_view after_number,
                                                                      int limit) {
  return ReadAll<pb::ConfirmedImport>(session.Query<std::string, std::string, Bytes>(
      "SELECT confirm_day, number, record FROM confirmed_imports WHERE confirm_day >= ? AND "
      "confirm_day <= ? AND (confirm_day, number) > (?, ?) ORDER BY confirm_day, number LIMIT ?",
      days.first, days.last, after_day, after_number, limit));
}

absl::StatusOr<std::vector<pb::Certificate>> ListValidated(ReadSession& session, const Days& days,
                                                           std::string_view after_day,
                                                           std::string_view after_number,
                                                           int limit) {
  return ReadAll<pb::Certificate>(session.Query<std::string, std::string, Bytes>(
      "SELECT validation_day, number, record FROM certificates WHERE validation_day >= ? AND "
      "validation_day <= ? AND (validation_day, number) > (?, ?) ORDER BY validation_day, number "
      "LIMIT ?",
      days.first, days.last, after_day, after_number, limit));
}

absl::StatusOr<bool> SaveFiled(Transaction& tx, std::string_view entity, const FiledRow& filed) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO filed_quarters (entity, year, quarter, version, preliminary, "
                 "statement, recorded_at) SELECT ?, CAST(? AS BIGINT), CAST(? AS BIGINT), "
                 "CAST(? AS BIGINT), CAST(? AS BIGINT), ?, CAST(? AS BIGINT) "
                 "WHERE NOT EXISTS (SELECT 1 FROM filed_quarters WHERE entity = ? AND year = ? AND "
                 "quarter = ? AND version >= ?) ON CONFLICT DO NOTHING",
                 entity, filed.quarter.year, filed.quarter.quarter, filed.version,
                 filed.preliminary ? 1 : 0, Bytes{filed.statement}, filed.recorded_at, entity,
                 filed.quarter.year, filed.quarter.quarter, filed.version));
  if (inserted == 1) {
    tx.Touch("filed_quarters",
             {std::string(entity), std::to_string(filed.quarter.quarter),
              std::to_string(filed.version), std::to_string(filed.quarter.year)});
  }
  return inserted == 1;
}

absl::Status SaveFiledPart(Transaction& tx, const FiledRow& filed, std::string_view partner,
                           const std::string& statement) {
  tx.Touch("filed_parts", {std::string(partner), std::to_string(filed.quarter.quarter),
                           std::to_string(filed.version), std::to_string(filed.quarter.year)});
  return tx
      .Execute("INSERT INTO filed_parts (year, quarter, version, partner, statement) "
               "VALUES (?, ?, ?, ?, ?)",
               filed.quarter.year, filed.quarter.quarter, filed.version, partner, Bytes{statement})
      .status();
}

absl::StatusOr<std::vector<std::string>> FiledParts(ReadSession& session,
                                                    const scheme::Quarter& quarter, int version) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      session.Query<Bytes>("SELECT statement FROM filed_parts WHERE year = ? AND quarter = ? AND "
                           "version = ? ORDER BY partner",
                           quarter.year, quarter.quarter, version));
  std::vector<std::string> parts;
  for (const Bytes& statement : found) parts.push_back(statement.value);
  return parts;
}

absl::StatusOr<std::optional<FiledRow>> FindFiled(ReadSession& session, std::string_view entity,
                                                  const scheme::Quarter& quarter) {
  KP_ASSIGN_OR_RETURN(std::vector<FiledRow> found,
                      ListFiled(session, entity, quarter.year, quarter.quarter, {}, 1));
  if (found.empty()) return std::optional<FiledRow>();
  return std::optional<FiledRow>(std::move(found.front()));
}

absl::StatusOr<std::optional<scheme::Quarter>> LatestFiledForGood(ReadSession& session,
                                                                  std::string_view entity) {
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.QueryOne<int64_t, int64_t>(
          "SELECT year, quarter FROM filed_quarters WHERE entity = ? AND preliminary = 0 "
          "ORDER BY year DESC, quarter DESC, version DESC LIMIT 1",
          entity)));
  if (!found.has_value()) return std::optional<scheme::Quarter>();
  return std::optional<scheme::Quarter>(scheme::Quarter{static_cast<int>(std::get<0>(*found)),
                                                        static_cast<int>(std::get<1>(*found))});
}

absl::StatusOr<std::vector<FiledRow>> ListFiled(ReadSession& session, std::string_view entity,
                                                int year, int quarter, const VersionPlace& after,
                                                int limit) {
  const VersionPlace& from = after.year == 0 ? kNewest : after;
  KP_ASSIGN_OR_RETURN(
      const auto found,
      (session.Query<int64_t, int64_t, int64_t, bool, Bytes, absl::Time>(
          "SELECT year, quarter, version, preliminary, statement, recorded_at FROM filed_quarters "
          "WHERE entity = ? AND (year, quarter, version) < (?, ?, ?) AND (? = 0 OR year = ?) AND "
          "(? = 0 OR quarter = ?) ORDER BY year DESC, quarter DESC, version DESC LIMIT ?",
          entity, from.year, from.part, from.version, year, year, quarter, quarter, limit)));
  std::vector<FiledRow> list;
  for (const auto& [y, q, version, preliminary, statement, recorded_at] : found) {
    list.push_back(ToFiled(y, q, version, preliminary, statement, recorded_at));
  }
  return list;
}

absl::StatusOr<bool> SaveFigures(Transaction& tx, const pb::FiledFigures& figures) {
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO filed_figures (kind, year, half, version, record) "
                 "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                 static_cast<int>(figures.kind()), figures.year(), figures.half(),
                 figures.version(), Bytes{figures.SerializeAsString()}));
  if (inserted == 1) {
    tx.Touch("filed_figures",
             {std::to_string(figures.half()), std::to_string(static_cast<int>(figures.kind())),
              std::to_string(figures.version()), std::to_string(figures.year())});
  }
  return inserted == 1;
}

absl::StatusOr<std::optional<pb::FiledFigures>> FindFigures(ReadSession& session,
                                                            pb::FigureKind kind, int year,
                                                            int half) {
  return ReadOne<pb::FiledFigures>(session.QueryOne<Bytes>(
      "SELECT record FROM filed_figures WHERE kind = ? AND year = ? AND half = ? "
      "ORDER BY version DESC LIMIT 1",
      static_cast<int>(kind), year, half));
}

absl::StatusOr<std::vector<pb::FiledFigures>> ListFigures(ReadSession& session, pb::FigureKind kind,
                                                          int year, const VersionPlace& after,
                                                          int limit) {
  const VersionPlace& from = after.year == 0 ? kNewest : after;
  KP_ASSIGN_OR_RETURN(
      const auto found,
      session.Query<Bytes>("SELECT record FROM filed_figures WHERE kind = ? AND "
                           "(year, half, version) < (?, ?, ?) AND (? = 0 OR year = ?) "
                           "ORDER BY year DESC, half DESC, version DESC LIMIT ?",
                           static_cast<int>(kind), from.year, from.part, from.version, year, year,
                           limit));
  std::vector<pb::FiledFigures> list;
  for (const Bytes& record : found) {
    KP_ASSIGN_OR_RETURN(pb::FiledFigures figures, Read<pb::FiledFigures>(record));
    list.push_back(std::move(figures));
  }
  return list;
}

absl::Status ForEachOwnProduction(ReadSession& session, const Take<pb::Source>& take) {
  int64_t after = 0;
  for (;;) {
    KP_ASSIGN_OR_RETURN(
        const auto found,
        (session.Query<int64_t, Bytes, int64_t, int64_t>(
            "SELECT position, record, drawn, state FROM sources WHERE kind = ? AND position > ? "
            "ORDER BY position LIMIT ?",
            static_cast<int>(pb::SOURCE_KIND_OWN_PRODUCTION), after, kChunk)));
    for (const auto& [position, record, drawn, state] : found) {
      after = position;
      KP_ASSIGN_OR_RETURN(pb::Source source, Read<pb::Source>(record));
      source.set_drawn_thousandths(drawn);
      source.set_state(static_cast<pb::SourceState>(state));
      KP_RETURN_IF_ERROR(take(source));
    }
    if (found.size() < kChunk) return absl::OkStatus();
  }
}

}  // namespace kp::certificate
