#include "kpctl/csv.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::kpctl {
namespace {

absl::Status Malformed(int line, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "CSV_MALFORMED",
                   absl::StrCat("line ", line, ": ", std::string(what)));
}

}  // namespace

absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(std::string_view text) {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> record;
  std::string field;
  bool quoted = false, was_quoted = false;
  int line = 1;
  const auto end_field = [&] {
    record.push_back(std::move(field));
    field.clear();
    was_quoted = false;
  };
  const auto end_record = [&] {
    const bool blank = record.empty() && field.empty() && !was_quoted;
    if (!blank) {
      end_field();
      records.push_back(std::move(record));
    }
    record.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      if (!field.empty() || was_quoted) return Malformed(line, "a quote inside a field");
      quoted = was_quoted = true;
    } else if (c == ',') {
      end_field();
    } else if (c == '\n') {
      end_record();
    } else if (c != '\r') {
      if (was_quoted) return Malformed(line, "text after a closing quote");
      field += c;
    }
  }
  if (quoted) return Malformed(line, "a quote that is not closed");
  end_record();
  return records;
}

}  // namespace kp::kpctl
