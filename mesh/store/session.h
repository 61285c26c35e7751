// SQL in one dialect for SQLite and PostgreSQL: what a closure given to Database::Read or
// Database::Write works with.
//
// - A parameter is a '?' in the text; a '?' inside an SQL literal is not supported. The text is the
//   key of the prepared statement, so it must not be built from values.
// - Whole numbers are BIGINT, instants BIGINT (microseconds since 1970, UTC), bytes TEXT (base64),
//   truth 0 or 1 in a BIGINT. Text must be UTF-8 without NUL: anything else is bytes.
// - READ COMMITTED is the model. Counters: UPDATE ... RETURNING. Insert if absent: INSERT ... ON
//   CONFLICT DO NOTHING and look at the affected rows. Decide by a conditional UPDATE and its
//   affected rows, never by reading and then writing.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"

namespace kp::store {

class Connection;

// Any bytes, as parameter or as column: base64 in the table.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// One parameter of a statement. Implicit on purpose: arguments are given as they are.
class Param final {
 public:
  Param(std::nullopt_t) {}
  template <std::integral T>
  Param(T number) : value_(static_cast<int64_t>(number)) {}
  Param(std::string_view text) : value_(std::string(text)) {}
  Param(const std::string& text) : value_(text) {}
  Param(const char* text) : value_(std::string(text)) {}
  Param(const Bytes& bytes);
  Param(absl::Time time);
  template <typename T>
  Param(const std::optional<T>& value) {
    if (value.has_value()) value_ = Param(*value).value_;
  }

  const std::variant<std::monostate, int64_t, std::string>& value() const { return value_; }

 private:
  std::variant<std::monostate, int64_t, std::string> value_;
};

namespace internal {

using Cell = std::optional<std::string>;  // as text; nullopt is NULL

absl::Status Decode(const Cell& cell, int64_t& out);
absl::Status Decode(const Cell& cell, std::string& out);
absl::Status Decode(const Cell& cell, bool& out);
absl::Status Decode(const Cell& cell, Bytes& out);
absl::Status Decode(const Cell& cell, absl::Time& out);
template <typename T>
absl::Status Decode(const Cell& cell, std::optional<T>& out) {
  if (!cell.has_value()) {
    out.reset();
    return absl::OkStatus();
  }
  return Decode(cell, out.emplace());
}

// A row: the value itself when there is one column, else a tuple.
template <typename... Columns>
struct RowOf {
  using type = std::tuple<Columns...>;
};
template <typename Column>
struct RowOf<Column> {
  using type = Column;
};

}  // namespace internal

template <typename... Columns>
using Row = typename internal::RowOf<Columns...>::type;

// Reads. Columns are int64_t, std::string, bool, Bytes, absl::Time, or std::optional of one of
// these where NULL may come. Belongs to one closure on one thread; not to be kept.
class ReadSession {
 public:
  // A query that would return more rows is an error: lists are paged.
  static constexpr size_t kMaxRows = 10'000;

  ReadSession(const ReadSession&) = delete;
  ReadSession& operator=(const ReadSession&) = delete;

  // All rows: `for (const auto& [id, name] : *session.Query<int64_t, std::string>(sql, key))`.
  template <typename... Columns, typename... Args>
  [[nodiscard]] absl::StatusOr<std::vector<Row<Columns...>>> Query(std::string_view sql,
                                                                   const Args&... args) {
    KP_ASSIGN_OR_RETURN(const std::vector<internal::Cell> cells,
                        Run(sql, Params(args...), sizeof...(Columns), nullptr));
    std::vector<Row<Columns...>> rows(cells.size() / sizeof...(Columns));
    for (size_t i = 0; i < rows.size(); ++i) {
      KP_RETURN_IF_ERROR(Fill(cells.data() + i * sizeof...(Columns), rows[i]));
    }
    return rows;
  }

  // Rows of `columns` columns as they stand, numbers as text, NULL as nullopt: for tables that are
  // copied whole, whose columns only the database knows (catalog.h).
  using TextRow = std::vector<std::optional<std::string>>;
  [[nodiscard]] absl::StatusOr<std::vector<TextRow>> QueryText(std::string_view sql,
                                                               std::vector<Param> params,
                                                               size_t columns);

  // Whether this is SQLite: the two name their catalogs and byte order differently, nothing else.
  bool sqlite() const;

  // The row, or nullopt. More than one row is an error.
  template <typename... Columns, typename... Args>
  [[nodiscard]] absl::StatusOr<std::optional<Row<Columns...>>> QueryOne(std::string_view sql,
                                                                        const Args&... args) {
    KP_ASSIGN_OR_RETURN(std::vector<Row<Columns...>> rows, Query<Columns...>(sql, args...));
    if (rows.size() > 1) return TooManyRows(sql);
    std::optional<Row<Columns...>> row;
    if (!rows.empty()) row.emplace(std::move(rows.front()));
    return row;
  }

 protected:
  friend class Database;
  explicit ReadSession(Connection& connection) : connection_(connection) {}
  ~ReadSession() = default;

  template <typename... Args>
  static std::vector<Param> Params(const Args&... args) {
    std::vector<Param> params;
    params.reserve(sizeof...(Args));
    (params.emplace_back(args), ...);
    return params;
  }

  // Runs a statement of `columns` result columns; the cells come row by row. `affected`, if given,
  // gets the number of rows changed.
  absl::StatusOr<std::vector<internal::Cell>> Run(std::string_view sql, std::vector<Param> params,
                                                  size_t columns, int64_t* affected);

  // The first error a statement of this session met. PostgreSQL ends the transaction there and
  // SQLite does not, so that a closure that goes on after an error fails on both.
  absl::Status failure_;

 private:
  static absl::Status TooManyRows(std::string_view sql);

  template <typename Column>
  static absl::Status Fill(const internal::Cell* cells, Column& row) {
    return internal::Decode(*cells, row);
  }
  template <typename... Columns>
  static absl::Status Fill(const internal::Cell* cells, std::tuple<Columns...>& row) {
    return std::apply(
        [&](auto&... column) {
          absl::Status status;
          ((status.ok() ? status.Update(internal::Decode(*cells++, column)) : void()), ...);
          return status;
        },
        row);
  }

  Connection& connection_;
};

// Reads and writes; one closure's part of a commit. An error of a statement fails the closure, also
// when the closure goes on and returns OK.
class Transaction final : public ReadSession {
 public:
  // Runs INSERT, UPDATE or DELETE; returns the number of rows it changed. A statement with
  // RETURNING goes through Query or QueryOne.
  template <typename... Args>
  [[nodiscard]] absl::StatusOr<int64_t> Execute(std::string_view sql, const Args&... args) {
    int64_t affected = 0;
    KP_RETURN_IF_ERROR(Run(sql, Params(args...), 0, &affected).status());
    return affected;
  }

  // The same with parameters whose number the program learns as it runs.
  [[nodiscard]] absl::StatusOr<int64_t> ExecuteWith(std::string_view sql,
                                                    std::vector<Param> params) {
    int64_t affected = 0;
    KP_RETURN_IF_ERROR(Run(sql, std::move(params), 0, &affected).status());
    return affected;
  }

  // `hook` runs once the commit is durable and before Write returns, on the writer's thread: it must
  // not block, and must not call Write. It does not run when the closure or the commit fails.
  void OnCommit(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

  // A row that this closure writes or takes away, for Database::BeforeCommit: the values of its
  // primary key as text, in the order of the columns' names. To be called where a statement has
  // changed it, and only then: the row is held until the commit.
  struct TouchedRow {
    std::string table;
    std::vector<std::string> key;
    friend auto operator<=>(const TouchedRow&, const TouchedRow&) = default;
  };
  void Touch(std::string_view table, std::vector<std::string> key) {
    touched_.push_back({std::string(table), std::move(key)});
  }
  const std::vector<TouchedRow>& touched() const { return touched_; }

  // Makes the closure fail with `error`, whatever it returns. That is the closure's own no: unlike an
  // error of a statement it says nothing about the database.
  void Fail(const absl::Status& error) { refusal_.Update(error); }

 private:
  friend class Writer;
  explicit Transaction(Connection& connection) : ReadSession(connection) {}

  std::vector<std::function<void()>> hooks_;
  std::vector<TouchedRow> touched_;
  absl::Status refusal_;
};

}  // namespace kp::store
