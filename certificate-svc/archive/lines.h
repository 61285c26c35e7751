// The lines of an archive, and the digests over them. Internal to archive/.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesh/store/catalog.h"
#include "nlohmann/json.hpp"

namespace kp::certificate {

inline constexpr char kArchiveHead[] = R"({"kp_archive":1})";
// No row of a register is longer than a few statements.
inline constexpr size_t kMaxArchiveLine = size_t{4} << 20;

std::string HeadLine(const store::TableShape& table);
// STORE_BAD_VALUE for a number that is none.
absl::StatusOr<std::string> RowLine(const store::TableShape& table,
                                    const store::ReadSession::TextRow& row);
std::string ManifestLine(std::string_view statement);

// d(0) of the head line; d(n) of d(n-1) and a row's line.
class TableDigest final {
 public:
  void Add(std::string_view line);
  const std::string& value() const { return value_; }

 private:
  std::string value_;
};

// Reads line by line, each one JSON without anything around it.
class LineReader final {
 public:
  explicit LineReader(std::istream& in) : in_(in) {}

  // The next line, parsed; absent at the end. ARCHIVE_MALFORMED with the number of the line.
  absl::StatusOr<std::optional<nlohmann::json>> Next();
  const std::string& line() const { return line_; }
  absl::Status Malformed(std::string_view what) const;

 private:
  std::istream& in_;
  std::string line_;
  int64_t number_ = 0;
};

}  // namespace kp::certificate
