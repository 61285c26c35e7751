#include "kpctl/csv.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"

namespace kp::kpctl {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Parser final {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  absl::StatusOr<std::vector<CsvRecord>> Run() {
    BeginField();
    while (at_ < text_.size()) {
      KP_RETURN_IF_ERROR(quoted_ ? Quoted(text_[at_]) : Plain(text_[at_]));
    }
    if (quoted_) {
      return Malformed(field_.Position(), "the quote that opens this field is not closed");
    }
    EndRecord();
    return std::move(records_);
  }

 private:
  absl::Status Quoted(char c) {
    if (c != '"') return Keep(c);
    Step();
    if (at_ < text_.size() && text_[at_] == '"') return Keep('"');
    quoted_ = false;
    return absl::OkStatus();
  }

  absl::Status Plain(char c) {
    if (c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
      Step();
      c = '\n';
    }
    switch (c) {
      case '"':
        if (!field_.text.empty() || was_quoted_) return Malformed(Here(), "a quote inside a field");
        quoted_ = was_quoted_ = true;
        Step();
        return absl::OkStatus();
      case ',':
        Step();
        EndField();
        return absl::OkStatus();
      case '\n':
        Step();
        EndRecord();
        return absl::OkStatus();
      default:
        if (was_quoted_) return Malformed(Here(), "text behind a closing quote");
        return Keep(c);
    }
  }

  absl::Status Keep(char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool line_break = quoted_ && (c == '\n' || c == '\r');
    if ((byte < 0x20 && c != '\t' && !line_break) || byte == 0x7F) {
      return Malformed(Here(), "a control character");
    }
    field_.text += c;
    Step();
    return absl::OkStatus();
  }

  void Step() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte == '\n') {
      ++line_;
      character_ = 1;
    } else if (at_ == text_.size() || (static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
      ++character_;  // behind the last byte of a character
    }
  }

  void BeginField() {
    field_ = {"", line_, character_};
    was_quoted_ = false;
  }
  void EndField() {
    record_.push_back(std::move(field_));
    BeginField();
  }
  void EndRecord() {
    const bool blank = record_.empty() && field_.text.empty() && !was_quoted_;
    if (!blank) {
      record_.push_back(std::move(field_));
      records_.push_back(std::move(record_));
    }
    record_.clear();
    BeginField();
  }

  std::string Here() const { return CsvField{"", line_, character_}.Position(); }
  static absl::Status Malformed(const std::string& where, std::string_view what) {
    return MakeError(absl::StatusCode::kInvalidArgument, "CSV_MALFORMED",
                     absl::StrCat(where, ": ", std::string(what)));
  }

  const std::string_view text_;
  size_t at_ = 0;
  int line_ = 1, character_ = 1;
  bool quoted_ = false, was_quoted_ = false;
  CsvField field_;
  CsvRecord record_;
  std::vector<CsvRecord> records_;
};

}  // namespace

std::string CsvField::Position() const {
  return absl::StrCat("line ", line, ", character ", character);
}

absl::StatusOr<std::vector<CsvRecord>> ParseCsv(std::string_view text) {
  return Parser(text).Run();
}

std::vector<std::string> Texts(const CsvRecord& record) {
  std::vector<std::string> texts;
  for (const CsvField& field : record) texts.push_back(field.text);
  return texts;
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      line += field;
    } else {
      absl::StrAppend(&line, "\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
    }
  }
  return line + "\n";
}

}  // namespace kp::kpctl
