#include "certificate-svc/archive/lines.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/archive/archive.h"
#include "mesh/statement/keys.h"
#include "mesh/store/reasons.h"

namespace kp::certificate {

std::string HeadLine(const store::TableShape& table) {
  nlohmann::ordered_json head;
  head["table"] = table.name;
  head["columns"] = nlohmann::ordered_json::array();
  for (const auto& column : table.columns) head["columns"].push_back(column.name);
  return head.dump();
}

absl::StatusOr<std::string> RowLine(const store::TableShape& table,
                                    const store::ReadSession::TextRow& row) {
  nlohmann::json cells = nlohmann::json::array();
  for (size_t i = 0; i < row.size(); ++i) {
    int64_t number = 0;
    if (!row[i].has_value()) {
      cells.push_back(nullptr);
    } else if (!table.columns[i].number) {
      cells.push_back(*row[i]);
    } else if (absl::SimpleAtoi(*row[i], &number)) {
      cells.push_back(number);
    } else {
      return MakeError(absl::StatusCode::kInternal, store::kStoreBadValue,
                       absl::StrCat(table.name, ".", table.columns[i].name,
                                    " does not hold a whole number"));
    }
  }
  try {
    return cells.dump();
  } catch (const nlohmann::json::exception&) {
    // No program of ours wrote that.
    return MakeError(absl::StatusCode::kInternal, store::kStoreBadValue,
                     absl::StrCat("a text in ", table.name, " is not UTF-8"));
  }
}

std::string ManifestLine(std::string_view statement) {
  return nlohmann::json({{"manifest", absl::Base64Escape(
                                          absl::string_view(statement.data(), statement.size()))}})
      .dump();
}

void TableDigest::Add(std::string_view line) {
  value_ = statement::Sha256(absl::StrCat(value_, absl::string_view(line.data(), line.size())));
}

absl::StatusOr<std::optional<nlohmann::json>> LineReader::Next() {
  line_.clear();
  ++number_;
  // By hand, so that a file without line ends does not fill the memory.
  char c = 0;
  while (in_.get(c) && c != '\n') {
    if (line_.size() >= kMaxArchiveLine) return Malformed("is longer than any line of an archive");
    line_.push_back(c);
  }
  if (in_.bad()) return Malformed("cannot be read");
  if (in_.eof()) {
    if (!line_.empty()) return Malformed("does not end: the file is cut off");
    return std::optional<nlohmann::json>();
  }
  nlohmann::json json = nlohmann::json::parse(line_, nullptr, false);
  if (json.is_discarded()) return Malformed("is not JSON");
  return std::optional<nlohmann::json>(std::move(json));
}

absl::Status LineReader::Malformed(std::string_view what) const {
  return MakeError(absl::StatusCode::kInvalidArgument, kArchiveMalformed,
                   absl::StrCat("line ", number_, " ", std::string(what)));
}

}  // namespace kp::certificate
