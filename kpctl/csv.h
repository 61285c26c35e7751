// Comma-separated values as RFC 4180 writes them: quoted fields may hold commas, line breaks and
// doubled quotes. A byte order mark at the start, as spreadsheets write it, is skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kp::kpctl {

struct CsvField {
  std::string text;
  // Where it begins, both from 1; characters are those of UTF-8.
  int line = 0;
  int character = 0;

  std::string Position() const;  // "line 3, character 7"
};
using CsvRecord = std::vector<CsvField>;

// Records in order, the header line included; empty lines are skipped. INVALID_ARGUMENT with reason
// CSV_MALFORMED and the position for a quote that is not closed or stands inside a field, text behind
// a closing quote, and control characters but line breaks (LF, CR LF) and tabs.
absl::StatusOr<std::vector<CsvRecord>> ParseCsv(std::string_view text);

// The texts of a record.
std::vector<std::string> Texts(const CsvRecord& record);

// One record with its line break (LF); quotes what needs it.
std::string CsvLine(const std::vector<std::string>& fields);

}  // namespace kp::kpctl
