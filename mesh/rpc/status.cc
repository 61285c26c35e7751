#include "mesh/rpc/status.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mesh/rpc/reasons.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::rpc {
namespace {

constexpr size_t kMaxMessage = 1024;
constexpr size_t kMaxReason = 63;
constexpr char kIncident[] = "incident";
constexpr char kReasonOfFault[] = "reason";
constexpr char kRuleOfFault[] = "rule";
// The rule of a fault that names none: what can be read at all, sizes, encodings, syntax
// (docs/rules.md, Limits). A caller finds a rule with every fault.
constexpr char kFormRule[] = "FORM";

// Cuts at a character, never inside one: proto3 strings must stay valid UTF-8.
std::string Shortened(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return absl::StrCat(absl::string_view(text.data(), end), "...");
}

bool HidesCause(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

absl::Status HideCause(
    const absl::Status& cause,
    const std::function<void(std::string_view, const absl::Status&)>& log_incident) {
  const std::string incident = SystemIds().NewUuid();
  if (log_incident) {
    log_incident(incident, cause);
  } else {
    telemetry::Error("internal_error",
                     {{telemetry::kLogIncident, incident}, {telemetry::kLogError, cause}});
  }
  return MakeError(absl::StatusCode::kInternal, kInternalError,
                   "internal error; the operator of the server finds its cause by the incident id",
                   {{kIncident, incident}});
}

// A fault's reason and rule travel as fields of one ErrorInfo, keyed by the fault's place in the
// BadRequest, because FieldViolation has room for neither.
std::string FaultKey(size_t index, const char* what) {
  return absl::StrCat("fault.", index, ".", what);
}

google::rpc::Status Details(int code, const absl::Status& status, const std::string& message,
                            const std::vector<Fault>& faults) {
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(Shortened(ReasonOf(status), kMaxReason));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  google::rpc::BadRequest bad_request;
  for (size_t i = 0; i < faults.size(); ++i) {
    auto* violation = bad_request.add_field_violations();
    violation->set_field(Shortened(faults[i].field, 256));
    violation->set_description(Shortened(faults[i].message, 512));
    (*info.mutable_metadata())[FaultKey(i, kReasonOfFault)] = faults[i].reason;
    (*info.mutable_metadata())[FaultKey(i, kRuleOfFault)] =
        faults[i].rule.empty() ? kFormRule : faults[i].rule;
  }
  details.add_details()->PackFrom(info);
  if (!faults.empty()) details.add_details()->PackFrom(bad_request);
  return details;
}

// A refusal of the authorization processor: "REASON: text".
std::string LeadingReason(const std::string& message) {
  const size_t colon = message.find(": ");
  if (colon == std::string::npos || colon == 0 || colon > kMaxReason) return "";
  const std::string reason = message.substr(0, colon);
  const bool upper_snake = std::all_of(reason.begin(), reason.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return upper_snake ? reason : "";
}

struct Received {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
};

Received Read(const std::string& serialized) {
  Received received;
  google::rpc::Status details;
  if (serialized.size() > 2 * kMaxDetailBytes || !details.ParseFromString(serialized)) {
    return received;
  }
  for (const auto& any : details.details()) {
    // A detail of a kind that we do not know is for somebody else.
    if (any.Is<google::rpc::ErrorInfo>()) {
      if (!any.UnpackTo(&received.info)) received.info.Clear();
    } else if (any.Is<google::rpc::BadRequest>()) {
      if (!any.UnpackTo(&received.bad_request)) received.bad_request.Clear();
    }
  }
  return received;
}

}  // namespace

grpc::Status ToGrpcStatus(
    const absl::Status& original,
    const std::function<void(std::string_view, const absl::Status&)>& log_incident) {
  if (original.ok()) return grpc::Status::OK;
  const absl::Status status =
      HidesCause(original.code()) ? HideCause(original, log_incident) : original;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message =
      Shortened(std::string_view(status.message().data(), status.message().size()), kMaxMessage);
  if (ReasonOf(status).empty()) return grpc::Status(code, message);
  std::vector<Fault> faults = FaultsOf(status);
  google::rpc::Status details = Details(code, status, message, faults);
  while (details.ByteSizeLong() + message.size() > kMaxDetailBytes && !faults.empty()) {
    faults.pop_back();
    details = Details(code, status, message, faults);
  }
  if (details.ByteSizeLong() + message.size() > kMaxDetailBytes) {
    // Metadata alone is too large, which is our own mistake: the reason still gets through.
    details = Details(code, MakeError(status.code(), ReasonOf(status), ""), message, {});
  }
  return grpc::Status(code, message, details.SerializeAsString());
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  const grpc::Status sent = ToGrpcStatus(status);
  google::rpc::Status out;
  if (!sent.error_details().empty()) out.ParseFromString(sent.error_details());
  out.set_code(sent.error_code());
  out.set_message(sent.error_message());
  return out;
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  const Received received = Read(status.error_details());
  const auto& given = received.info.metadata();
  const auto find = [&given](const std::string& key) {
    const auto found = given.find(key);
    return found == given.end() ? std::string() : found->second;
  };
  std::vector<Fault> faults;
  for (const auto& violation : received.bad_request.field_violations()) {
    const size_t index = faults.size();
    faults.push_back({find(FaultKey(index, kReasonOfFault)), violation.field(),
                      violation.description(), find(FaultKey(index, kRuleOfFault))});
  }
  if (code == absl::StatusCode::kInvalidArgument && !faults.empty()) return FieldErrors(faults);
  const std::string reason = received.info.reason().empty() ? LeadingReason(status.error_message())
                                                            : received.info.reason();
  if (reason.empty()) return absl::Status(code, status.error_message());
  return MakeError(code, reason, status.error_message(), {given.begin(), given.end()});
}

}  // namespace kp::rpc
