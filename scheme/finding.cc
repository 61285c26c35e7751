#include "scheme/finding.h"

#include <algorithm>

namespace kp::scheme {

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kRefer:
      return "REFER";
    case Severity::kHard:
      return "HARD";
  }
  return "HARD";
}

Severity Worst(const std::vector<Finding>& findings) {
  Severity worst = Severity::kInfo;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

absl::Status RefuseHard(const std::vector<Finding>& findings) {
  std::vector<Fault> faults;
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::kHard) continue;
    faults.push_back({finding.reason, finding.pointer, finding.text, finding.rule});
  }
  return FieldErrors(faults);
}

absl::Status FaultsAsFindings(const absl::Status& status, std::vector<Finding>& findings) {
  const std::vector<Fault> faults = FaultsOf(status);
  if (status.ok()) return status;
  const bool all_rules =
      !faults.empty() && std::none_of(faults.begin(), faults.end(),
                                      [](const Fault& fault) { return fault.rule.empty(); });
  if (!all_rules) return status;
  for (const Fault& fault : faults) {
    findings.push_back({fault.rule, Severity::kHard, fault.field, fault.message, fault.reason});
  }
  return absl::OkStatus();
}

}  // namespace kp::scheme
