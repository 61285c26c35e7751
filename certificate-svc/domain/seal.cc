#include "certificate-svc/domain/seal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/coverage.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/keys.h"
#include "mesh/trust/snapshot.h"

namespace kp::certificate {
namespace {

// Of one event: some 300 bytes each, and a statement holds 64 KiB.
constexpr size_t kRowsPerEvent = 50;
// Of one write, while rows from before are sealed.
constexpr int kFoundPage = 1000;
// Counter that is there once they are; its value is how many there were.
constexpr char kFoundCounter[] = "rows_found";

// Everything by value but what outlives the database: a write may be the database's last act.
class Sealer final {
 public:
  explicit Sealer(const Environment& env)
      : clock_(env.clock),
        events_(env.database, env.entity.text()),
        signer_(env.signer),
        entity_(env.entity.text()) {}

  absl::Status SealTouched(store::Transaction& tx) {
    std::vector<store::Transaction::TouchedRow> touched = tx.touched();
    std::ranges::sort(touched);
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    std::vector<v1::SealedRow> rows;
    for (const auto& [name, key] : touched) {
      KP_ASSIGN_OR_RETURN(const store::TableShape* const table, Table(tx, name));
      KP_ASSIGN_OR_RETURN(const auto row, store::ReadRow(tx, *table, key));
      if (row.has_value()) {
        rows.push_back(SealOf(*table, *row));
        continue;
      }
      v1::SealedRow& taken = rows.emplace_back();
      taken.set_table(name);
      for (const std::string& part : key) taken.add_key(part);
    }
    return Append(tx, kRowsEvent, rows);
  }

  absl::Status Append(store::Transaction& tx, const char* kind,
                      const std::vector<v1::SealedRow>& rows) const {
    for (size_t begin = 0; begin < rows.size(); begin += kRowsPerEvent) {
      const absl::Time now = clock_.Now();
      v1::RegisterEvent event;
      event.set_kind(kind);
      event.set_subject(kRowsSubject);
      event.mutable_event_time()->set_seconds(absl::ToUnixSeconds(now));
      for (size_t i = begin; i < std::min(rows.size(), begin + kRowsPerEvent); ++i) {
        *event.add_rows() = rows[i];
      }
      KP_ASSIGN_OR_RETURN(const statement::Statement signed_event,
                          signer_.Sign(EventContentType(), event, std::nullopt, now));
      KP_RETURN_IF_ERROR(events_
                             .Append(tx, {kRowsSubject, kind, entity_, "",
                                          signed_event.content_type(), signed_event.bytes()})
                             .status());
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<const store::TableShape*> Table(store::ReadSession& session,
                                                 const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (tables_.empty()) {
      KP_ASSIGN_OR_RETURN(auto tables, SealedTables(session));
      for (store::TableShape& table : tables) {
        const std::string key = table.name;
        tables_[key] = std::move(table);
      }
    }
    const auto found = tables_.find(name);
    if (found == tables_.end()) {
      return absl::InternalError(absl::StrCat("no column of ", name, " is sealed"));
    }
    return &found->second;
  }

  const Clock& clock_;
  const store::EventLog events_;
  const statement::StatementSigner signer_;
  const std::string entity_;
  std::mutex mutex_;
  std::map<std::string, store::TableShape, std::less<>> tables_;  // once read, never changed
};

}  // namespace

void SealRowsOfWrites(const Environment& env) {
  env.database.BeforeCommit([sealer = std::make_shared<Sealer>(env)](store::Transaction& tx) {
    return sealer->SealTouched(tx);
  });
}

absl::StatusOr<std::vector<store::TableShape>> SealedTables(store::ReadSession& session) {
  KP_ASSIGN_OR_RETURN(std::vector<store::TableShape> tables, store::ReadTables(session));
  std::erase_if(tables, [](store::TableShape& table) {
    const TableCover* const cover = CoverOf(table.name);
    if (cover == nullptr) return true;
    const auto sealed = [&](const std::string& column) {
      return std::ranges::any_of(cover->columns, [&](const ColumnCover& of) {
        return of.column == column && of.by == Cover::kSealed;
      });
    };
    bool any = false;
    std::erase_if(table.columns, [&](const store::TableShape::Column& column) {
      any = any || sealed(column.name);
      return !sealed(column.name) && std::ranges::find(table.key, column.name) == table.key.end();
    });
    return !any;
  });
  return tables;
}

v1::SealedRow SealOf(const store::TableShape& table, const store::ReadSession::TextRow& row) {
  v1::SealedRow seal;
  seal.set_table(table.name);
  for (const std::string& name : table.key) {
    seal.add_key(row[static_cast<size_t>(table.Find(name) - table.columns.data())].value_or(""));
  }
  for (size_t i = 0; i < row.size(); ++i) {
    v1::SealedColumn& column = *seal.add_columns();
    column.set_name(table.columns[i].name);
    column.set_digest(SealOfValue(row[i]));
  }
  return seal;
}

std::string SealOfValue(const std::optional<std::string>& value) {
  return statement::Sha256(value.has_value() ? absl::StrCat("=", *value) : "0").substr(0, 16);
}

absl::StatusOr<bool> AreRowsFound(store::ReadSession& session) {
  KP_ASSIGN_OR_RETURN(
      const auto count,
      session.QueryOne<int64_t>("SELECT value FROM counters WHERE name = ?", kFoundCounter));
  return count.has_value();
}

absl::Status SealRowsFound(const Environment& env) {
  bool done = false;
  std::vector<store::TableShape> tables;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(done, AreRowsFound(session));
    KP_ASSIGN_OR_RETURN(tables, SealedTables(session));
    return absl::OkStatus();
  }));
  if (done) return absl::OkStatus();
  const Sealer sealer(env);
  int64_t count = 0;
  bool overtaken = false;
  for (const store::TableShape& table : tables) {
    if (CoverOf(table.name)->later) continue;
    std::vector<store::Param> after;
    bool more = true;
    while (more) {
      std::vector<store::Param> next;
      size_t found = 0;
      const absl::Status written = env.database.Write([&](store::Transaction& tx) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const auto rows, store::ReadRows(tx, table, after, kFoundPage));
        found = rows.size();
        if (rows.empty()) return absl::OkStatus();
        std::vector<v1::SealedRow> seals;
        for (const auto& row : rows) seals.push_back(SealOf(table, row));
        KP_ASSIGN_OR_RETURN(next, store::KeyOf(table, rows.back()));
        KP_RETURN_IF_ERROR(sealer.Append(tx, kRowsFoundEvent, seals));
        // Appending has closed the register: a replica that was ready first, and serves, shows.
        KP_ASSIGN_OR_RETURN(overtaken, AreRowsFound(tx));
        return overtaken ? absl::AbortedError("another replica has sealed them") : absl::OkStatus();
      });
      if (overtaken) return absl::OkStatus();
      KP_RETURN_IF_ERROR(written);
      count += static_cast<int64_t>(found);
      after = std::move(next);
      more = found == kFoundPage;
    }
  }
  return env.database.Write([&](store::Transaction& tx) {
    return tx
        .Execute("INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                 kFoundCounter, count)
        .status();
  });
}

}  // namespace kp::certificate
