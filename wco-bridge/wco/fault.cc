#include "wco-bridge/wco/fault.h"

#include "absl/strings/str_cat.h"

namespace kp::wco {

std::string Pointer::ToString() const {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "/", steps[i].section);
    if (steps[i].sequence > 0 && i > 0) {
      absl::StrAppend(&text, "[", steps[i].sequence, "]");
    }
  }
  if (!tag.empty()) {
    absl::StrAppend(&text, "#", tag);
  }
  return text;
}

std::string FormatFault(const Fault& fault) {
  std::string text = fault.code;
  if (!fault.at.pointer.empty()) {
    absl::StrAppend(&text, " at ", fault.at.pointer.ToString());
  } else if (!fault.at.xpath.empty()) {
    absl::StrAppend(&text, " at ", fault.at.xpath);
  }
  if (fault.at.line > 0) {
    absl::StrAppend(&text, " (line ", fault.at.line, ")");
  }
  absl::StrAppend(&text, ": ", fault.text);
  if (!fault.value.empty()) {
    absl::StrAppend(&text, "; found \"", fault.value, "\"");
  }
  if (!fault.expected.empty()) {
    absl::StrAppend(&text, "; expected ", fault.expected);
  }
  return text;
}

}  // namespace kp::wco
