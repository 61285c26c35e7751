// What a rule, a measure, a comparison or a verdict has to say about a certificate.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/error.h"

namespace kp::scheme {

// INFO: noted, nothing follows. REFER: an officer decides. HARD: refused where something is
// recorded, REJECT where something is asked.
enum class Severity { kInfo, kRefer, kHard };

const char* SeverityName(Severity severity);  // "INFO", "REFER", "HARD"

struct Finding {
  std::string rule;  // "R08", "K01"; empty when no rule of the table is behind it
  Severity severity = Severity::kInfo;
  std::string pointer;  // path of the field: "lines[1].hs_code"; empty: the whole certificate
  std::string text;     // for an officer: what is wrong, what would be right, decision cited
  std::string reason;   // scheme/reasons.h

  friend bool operator==(const Finding&, const Finding&) = default;
};

// The highest severity; INFO for none.
Severity Worst(const std::vector<Finding>& findings);

// Where something is recorded: FieldErrors of the HARD findings, OK when there is none.
[[nodiscard]] absl::Status RefuseHard(const std::vector<Finding>& findings);

// Where something is asked: the faults of a parser that break a rule (HS list of one origin, EUR
// for USD) as HARD findings. OK and appended to `findings` when every fault of `status` names a
// rule; otherwise `status`, because what cannot be read is an error.
[[nodiscard]] absl::Status FaultsAsFindings(const absl::Status& status,
                                            std::vector<Finding>& findings);

}  // namespace kp::scheme
