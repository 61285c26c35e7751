// What tables a database has, as the database itself tells: for copying all of them whole, those of
// later versions included.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mesh/store/session.h"

namespace kp::store {

struct TableShape {
  struct Column {
    std::string name;
    bool number = false;  // BIGINT; else TEXT
  };
  std::string name;
  std::vector<Column> columns;          // by name
  std::vector<std::string> key;         // columns of the primary key, by name
  std::vector<std::string> references;  // tables that must be filled before

  const Column* Find(std::string_view column) const;
};

// All tables: those that others refer to before these, else by name. INTERNAL, STORE_BAD_VALUE for a
// table without a primary key or with a column that is neither BIGINT nor TEXT.
absl::StatusOr<std::vector<TableShape>> ReadTables(ReadSession& session);

// The rows of a table by its key, the bytes of texts in their order: the same on both databases.
// `after`: the key of the last row that was seen; empty for the first page. Cells in the order of
// `table.columns`.
absl::StatusOr<std::vector<ReadSession::TextRow>> ReadRows(ReadSession& session,
                                                           const TableShape& table,
                                                           const std::vector<Param>& after,
                                                           int limit);

// The row with this key, in the order of `table.key`, or nullopt.
absl::StatusOr<std::optional<ReadSession::TextRow>> ReadRow(ReadSession& session,
                                                            const TableShape& table,
                                                            const std::vector<std::string>& key);

// The key of a row, for the next page.
absl::StatusOr<std::vector<Param>> KeyOf(const TableShape& table, const ReadSession::TextRow& row);

// A cell as the parameter that writes it again; STORE_BAD_VALUE for a number that is none.
absl::StatusOr<Param> ToParam(const TableShape::Column& column,
                              const std::optional<std::string>& cell);

}  // namespace kp::store
