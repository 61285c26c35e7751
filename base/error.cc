#include "base/error.h"

#include "absl/strings/cord.h"
#include "nlohmann/json.hpp"

namespace kp {
namespace {

constexpr char kReasonUrl[] = "kp.dev/reason";
constexpr char kMetadataUrl[] = "kp.dev/metadata";
constexpr char kFaultsUrl[] = "kp.dev/faults";

std::string Payload(const absl::Status& status, const char* url) {
  auto payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

nlohmann::json Parsed(const absl::Status& status, const char* url) {
  return nlohmann::json::parse(Payload(status, url), nullptr, /*allow_exceptions=*/false);
}

// Faulty input may hold any bytes; what cannot be shown is replaced, never thrown over.
std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::Status WithCode(absl::StatusCode code, const std::vector<Fault>& faults,
                      const std::map<std::string, std::string>& metadata) {
  std::string message;
  nlohmann::json list = nlohmann::json::array();
  for (const Fault& fault : faults) {
    if (!message.empty()) message += "; ";
    message += fault.field + ": " + fault.message;
    if (!fault.rule.empty()) message += " (" + fault.rule + ")";
    list.push_back({fault.reason, fault.field, fault.message, fault.rule});
  }
  absl::Status status = MakeError(code, faults[0].reason, message, metadata);
  status.SetPayload(kFaultsUrl, absl::Cord(Dump(list)));
  return status;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       const std::map<std::string, std::string>& metadata) {
  absl::Status status(code, absl::string_view(message.data(), message.size()));
  status.SetPayload(kReasonUrl, absl::Cord(std::string(reason)));
  if (!metadata.empty()) {
    status.SetPayload(kMetadataUrl, absl::Cord(Dump(nlohmann::json(metadata))));
  }
  return status;
}

absl::Status FieldError(const Fault& fault) { return FieldErrors({fault}); }

absl::Status FieldErrors(const std::vector<Fault>& faults) {
  if (faults.empty()) return absl::OkStatus();
  return WithCode(absl::StatusCode::kInvalidArgument, faults, {});
}

absl::Status FaultError(absl::StatusCode code, const Fault& fault,
                        const std::map<std::string, std::string>& metadata) {
  return WithCode(code, {fault}, metadata);
}

std::string ReasonOf(const absl::Status& status) { return Payload(status, kReasonUrl); }

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  const nlohmann::json json = Parsed(status, kMetadataUrl);
  if (!json.is_object()) return {};
  return json.get<std::map<std::string, std::string>>();
}

std::vector<Fault> FaultsOf(const absl::Status& status) {
  std::vector<Fault> faults;
  const nlohmann::json json = Parsed(status, kFaultsUrl);
  if (!json.is_array()) return faults;
  for (const auto& item : json) faults.push_back({item[0], item[1], item[2], item[3]});
  return faults;
}

absl::Status WithFaults(const absl::Status& status, const std::vector<Fault>& faults) {
  return WithCode(status.code(), faults, MetadataOf(status));
}

absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix) {
  std::vector<Fault> faults = FaultsOf(status);
  if (faults.empty()) return status;
  for (Fault& fault : faults) fault.field = std::string(prefix) + fault.field;
  return WithFaults(status, faults);
}

}  // namespace kp
