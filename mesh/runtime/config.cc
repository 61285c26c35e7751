#include "mesh/runtime/config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace kp::runtime {
namespace {

// The key whose value stands at this place of `text`: what an error about a value leaves out. Empty
// when no key stands before it on the line.
std::string KeyBefore(const std::string& text, int line, int column) {
  size_t at = 0;
  for (; line > 0 && at < text.size(); --line) at = text.find('\n', at) + 1;
  std::string before;
  for (int shown = 0; shown < column && at < text.size(); ++at) {
    // As protobuf's tokenizer counts.
    shown += text[at] == '\t' ? 8 - shown % 8 : 1;
    before += text[at];
  }
  static constexpr char kSpace[] = " \t";
  static constexpr char kName[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  size_t end = before.find_last_not_of(kSpace);
  if (end == std::string::npos || before[end] != ':') return "";
  before.resize(end);
  end = before.find_last_not_of(kSpace);
  if (end == std::string::npos) return "";
  before.resize(end + 1);
  return before.substr(before.find_last_not_of(kName) + 1);
}

class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(const std::string& source) : source_(source) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text.empty()) return;
    const std::string key = KeyBefore(source_, line, column);
    text = absl::StrCat(line + 1, ":", column + 1, ": ", key, key.empty() ? "" : ": ", message);
  }
  std::string text;

 private:
  const std::string& source_;
};

}  // namespace

absl::Status ReadTextproto(const std::string& path, google::protobuf::Message& config) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.bad()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read the configuration ", path));
  }
  const std::string source = text.str();
  FirstError error(source);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(source, &config)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ":", error.text));
  }
  return absl::OkStatus();
}

}  // namespace kp::runtime
