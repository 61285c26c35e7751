#include "mesh/store/catalog.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesh/store/reasons.h"

namespace kp::store {
namespace {

struct Dialect {
  const char* tables;
  const char* columns;     // name, type
  const char* key;         // name
  const char* references;  // table
};

constexpr Dialect kSqlite = {
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
    "ORDER BY name",
    "SELECT name, type FROM pragma_table_info(?) ORDER BY name",
    "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY name",
    "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)"};
constexpr Dialect kPostgresql = {
    "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() "
    "ORDER BY CAST(tablename AS TEXT) COLLATE \"C\"",
    "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = ? "
    "ORDER BY CAST(column_name AS TEXT) COLLATE \"C\"",
    "SELECT CAST(a.attname AS TEXT) FROM pg_index i JOIN pg_attribute a "
    "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
    "WHERE i.indisprimary AND i.indrelid = CAST(CAST(? AS TEXT) AS regclass) "
    "ORDER BY CAST(a.attname AS TEXT) COLLATE \"C\"",
    "SELECT DISTINCT CAST(c.relname AS TEXT) FROM pg_constraint k JOIN pg_class c "
    "ON c.oid = k.confrelid "
    "WHERE k.contype = 'f' AND k.conrelid = CAST(CAST(? AS TEXT) AS regclass)"};

absl::Status BadTable(const std::string& table, std::string_view what) {
  return MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                   absl::StrCat("the table ", table, " ", std::string(what)));
}

absl::StatusOr<TableShape> ReadTable(ReadSession& session, const Dialect& dialect,
                                     const std::string& name) {
  TableShape table;
  table.name = name;
  KP_ASSIGN_OR_RETURN(const auto columns,
                      (session.Query<std::string, std::string>(dialect.columns, name)));
  for (const auto& [column, type] : columns) {
    const std::string kind = absl::AsciiStrToUpper(type);
    if (kind != "BIGINT" && kind != "TEXT") return BadTable(name, "has a column of another type");
    table.columns.push_back({column, kind == "BIGINT"});
  }
  KP_ASSIGN_OR_RETURN(table.key, session.Query<std::string>(dialect.key, name));
  if (table.key.empty()) return BadTable(name, "has no primary key");
  KP_ASSIGN_OR_RETURN(table.references, session.Query<std::string>(dialect.references, name));
  return table;
}

}  // namespace

const TableShape::Column* TableShape::Find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& c) { return c.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<TableShape>> ReadTables(ReadSession& session) {
  const Dialect& dialect = session.sqlite() ? kSqlite : kPostgresql;
  KP_ASSIGN_OR_RETURN(const auto names, session.Query<std::string>(dialect.tables));
  std::vector<TableShape> waiting;
  for (const std::string& name : names) {
    KP_ASSIGN_OR_RETURN(waiting.emplace_back(), ReadTable(session, dialect, name));
  }
  std::vector<TableShape> tables;
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const TableShape& table) {
      return std::all_of(table.references.begin(), table.references.end(),
                         [&](const std::string& other) {
                           return other == table.name ||
                                  std::none_of(waiting.begin(), waiting.end(),
                                               [&](const auto& w) { return w.name == other; });
                         });
    });
    if (ready == waiting.end()) return BadTable(waiting.front().name, "refers to itself by others");
    tables.push_back(std::move(*ready));
    waiting.erase(ready);
  }
  return tables;
}

absl::StatusOr<std::vector<ReadSession::TextRow>> ReadRows(ReadSession& session,
                                                           const TableShape& table,
                                                           const std::vector<Param>& after,
                                                           int limit) {
  const auto in_bytes = [&](const std::string& column) {
    const bool text = !table.Find(column)->number && !session.sqlite();
    return absl::StrCat(column, text ? " COLLATE \"C\"" : "");
  };
  std::vector<std::string> columns, key;
  for (const TableShape::Column& column : table.columns) columns.push_back(column.name);
  for (const std::string& column : table.key) key.push_back(in_bytes(column));
  std::string sql = absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", table.name);
  std::vector<Param> params = after;
  if (!after.empty()) {
    const std::vector<std::string> marks(after.size(), "?");
    absl::StrAppend(&sql, " WHERE (", absl::StrJoin(key, ", "), ") > (",
                    absl::StrJoin(marks, ", "), ")");
  }
  absl::StrAppend(&sql, " ORDER BY ", absl::StrJoin(key, ", "), " LIMIT ?");
  params.emplace_back(limit);
  return session.QueryText(sql, std::move(params), columns.size());
}

absl::StatusOr<std::optional<ReadSession::TextRow>> ReadRow(ReadSession& session,
                                                            const TableShape& table,
                                                            const std::vector<std::string>& key) {
  if (key.size() != table.key.size()) return BadTable(table.name, "has another key");
  std::vector<std::string> columns, conditions;
  std::vector<Param> params;
  for (const TableShape::Column& column : table.columns) columns.push_back(column.name);
  for (size_t i = 0; i < key.size(); ++i) {
    conditions.push_back(table.key[i] + " = ?");
    KP_ASSIGN_OR_RETURN(Param value, ToParam(*table.Find(table.key[i]), key[i]));
    params.push_back(std::move(value));
  }
  KP_ASSIGN_OR_RETURN(
      auto rows, session.QueryText(absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ",
                                                table.name, " WHERE ",
                                                absl::StrJoin(conditions, " AND ")),
                                   std::move(params), columns.size()));
  if (rows.empty()) return std::optional<ReadSession::TextRow>();
  return std::optional<ReadSession::TextRow>(std::move(rows.front()));
}

absl::StatusOr<std::vector<Param>> KeyOf(const TableShape& table, const ReadSession::TextRow& row) {
  std::vector<Param> key;
  for (const std::string& name : table.key) {
    const TableShape::Column* const column = table.Find(name);
    KP_ASSIGN_OR_RETURN(Param value,
                        ToParam(*column, row[static_cast<size_t>(column - table.columns.data())]));
    key.push_back(std::move(value));
  }
  return key;
}

absl::StatusOr<Param> ToParam(const TableShape::Column& column,
                              const std::optional<std::string>& cell) {
  if (!cell.has_value()) return Param(std::nullopt);
  if (!column.number) return Param(*cell);
  int64_t number = 0;
  if (!absl::SimpleAtoi(*cell, &number)) {
    return MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                     absl::StrCat("the column ", column.name, " does not hold a whole number"));
  }
  return Param(number);
}

}  // namespace kp::store
