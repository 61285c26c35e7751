#include "mesh/store/session.h"

#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mesh/store/connection.h"
#include "mesh/store/reasons.h"

namespace kp::store {

Param::Param(const Bytes& bytes) : value_(absl::Base64Escape(bytes.value)) {}
Param::Param(absl::Time time) : value_(absl::ToUnixMicros(time)) {}

namespace internal {
namespace {

absl::Status BadColumn(std::string_view expected) {
  return MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                   absl::StrCat("a column does not hold ", std::string(expected)));
}

}  // namespace

absl::Status Decode(const Cell& cell, int64_t& out) {
  if (!cell.has_value() || !absl::SimpleAtoi(*cell, &out)) return BadColumn("a whole number");
  return absl::OkStatus();
}

absl::Status Decode(const Cell& cell, std::string& out) {
  if (!cell.has_value()) return BadColumn("a text");
  out = *cell;
  return absl::OkStatus();
}

absl::Status Decode(const Cell& cell, bool& out) {
  int64_t number = 0;
  KP_RETURN_IF_ERROR(Decode(cell, number));
  out = number != 0;
  return absl::OkStatus();
}

absl::Status Decode(const Cell& cell, Bytes& out) {
  if (!cell.has_value() || !absl::Base64Unescape(*cell, &out.value)) return BadColumn("base64");
  return absl::OkStatus();
}

absl::Status Decode(const Cell& cell, absl::Time& out) {
  int64_t micros = 0;
  KP_RETURN_IF_ERROR(Decode(cell, micros));
  out = absl::FromUnixMicros(micros);
  return absl::OkStatus();
}

}  // namespace internal

absl::StatusOr<std::vector<internal::Cell>> ReadSession::Run(std::string_view sql,
                                                             std::vector<Param> params,
                                                             size_t columns, int64_t* affected) {
  auto cells = connection_.Run(sql, std::move(params), columns, affected);
  failure_.Update(cells.status());
  return cells;
}

absl::StatusOr<std::vector<ReadSession::TextRow>> ReadSession::QueryText(
    std::string_view sql, std::vector<Param> params, size_t columns) {
  KP_ASSIGN_OR_RETURN(std::vector<internal::Cell> cells,
                      Run(sql, std::move(params), columns, nullptr));
  std::vector<TextRow> rows(cells.size() / columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(i * columns);
    rows[i].assign(std::make_move_iterator(first),
                   std::make_move_iterator(first + static_cast<std::ptrdiff_t>(columns)));
  }
  return rows;
}

bool ReadSession::sqlite() const { return connection_.backend() == Backend::kSqlite; }

absl::Status ReadSession::TooManyRows(std::string_view sql) {
  return MakeError(absl::StatusCode::kInternal, kStoreBadValue,
                   absl::StrCat("more than one row from: ", std::string(sql)));
}

}  // namespace kp::store
