#include "kpctl/output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "google/protobuf/util/json_util.h"
#include "scheme/text.h"

namespace kp::kpctl {
namespace {

void PadTo(std::ostream& out, const std::string& cell, std::size_t width) {
  out << cell << std::string(width - scheme::CountCodePoints(cell), ' ');
}

void PrintRow(std::ostream& out, const std::vector<std::string>& cells,
              const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out << "  ";
    if (i + 1 < cells.size()) {
      PadTo(out, cells[i], widths[i]);
    } else {
      out << cells[i];
    }
  }
  out << '\n';
}

nlohmann::json FaultsJson(const std::vector<Fault>& faults) {
  nlohmann::json list = nlohmann::json::array();
  for (const Fault& fault : faults) {
    list.push_back({{"field", fault.field},
                    {"reason", fault.reason},
                    {"message", fault.message},
                    {"rule", fault.rule}});
  }
  return list;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result(text);
  for (std::optional<std::size_t> at = scheme::InvalidUtf8At(result); at.has_value();
       at = scheme::InvalidUtf8At(result)) {
    result[*at] = '?';
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    const unsigned char byte = static_cast<unsigned char>(result[i]);
    if (byte < 0x20 || byte == 0x7f) result[i] = '?';
    // U+0080 to U+009F, the second block of control characters, begins with this byte.
    if (byte == 0xc2 && static_cast<unsigned char>(result[i + 1]) < 0xa0) {
      result.replace(i, 2, "?");
    }
  }
  return result;
}

void Table::Print(std::ostream& out) const {
  if (rows_.empty()) {
    out << "(none)\n";
    return;
  }
  std::vector<std::vector<std::string>> rows = {columns_};
  for (const std::vector<std::string>& row : rows_) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (const std::string& cell : row) cells.push_back(cell.empty() ? "-" : Printable(cell));
  }
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], scheme::CountCodePoints(row[i]));
    }
  }
  for (const std::vector<std::string>& row : rows) PrintRow(out, row, widths);
}

void Facts::Add(std::string name, std::string value) {
  if (!value.empty()) facts_.emplace_back(std::move(name), Printable(value));
}

void Facts::Print(std::ostream& out) const {
  std::size_t width = 0;
  for (const auto& [name, value] : facts_) width = std::max(width, name.size());
  for (const auto& [name, value] : facts_) {
    PadTo(out, name, width);
    out << "  " << value << '\n';
  }
}

absl::StatusOr<nlohmann::json> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) {
    return MakeError(absl::StatusCode::kInternal, "NO_JSON",
                     absl::StrCat(message.GetTypeName(), " has no JSON: ", status.ToString()));
  }
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

void PrintJson(std::ostream& out, const nlohmann::json& json) {
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void PrintError(std::ostream& err, bool json, std::string_view what, const absl::Status& error,
                const std::string& request_id) {
  const std::vector<Fault> faults = FaultsOf(error);
  const std::string code = absl::StatusCodeToString(error.code());
  const std::string reason = ReasonOf(error);
  const auto metadata = MetadataOf(error);
  if (json) {
    nlohmann::json object = {{"code", code},
                             {"reason", reason},
                             {"message", std::string(error.message())},
                             {"metadata", metadata},
                             {"faults", FaultsJson(faults)}};
    if (!request_id.empty()) object["request_id"] = request_id;
    PrintJson(err, object);
    return;
  }
  err << "kpctl: " << what << " failed: " << (reason.empty() ? code : reason) << '\n';
  if (faults.empty()) {
    err << "  " << Printable({error.message().data(), error.message().size()}) << '\n';
  }
  for (const Fault& fault : faults) {
    err << "  " << (fault.field.empty() ? "input" : Printable(fault.field)) << ": "
        << Printable(fault.message) << " [" << fault.reason
        << (fault.rule.empty() ? "" : ", rule " + fault.rule) << "]\n";
  }
  for (const auto& [key, value] : metadata) {
    err << "  " << Printable(key) << ": " << Printable(value) << '\n';
  }
  if (!request_id.empty()) err << "  request id: " << request_id << '\n';
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string EnumText(const google::protobuf::EnumDescriptor& type, int value,
                     std::string_view prefix) {
  if (value == 0) return "-";
  const google::protobuf::EnumValueDescriptor* known = type.FindValueByNumber(value);
  if (known == nullptr) return absl::StrCat(value);
  return std::string(
      absl::StripPrefix(known->name(), absl::string_view(prefix.data(), prefix.size())));
}

}  // namespace kp::kpctl
