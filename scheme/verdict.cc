#include "scheme/verdict.h"

#include <algorithm>

#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

// Among findings of the severity that decides, these name the verdict before all others, in this
// order; of the others the first.
constexpr std::array<std::string_view, 12> kFirst = {
    reasons::kIssuerNotAParticipant, reasons::kParticipantRemoved,
    reasons::kParticipantSuspended,  reasons::kEmbargo,
    reasons::kAlreadyUsed,           reasons::kBlankStolen,
    reasons::kBlankLost,             reasons::kNumberOutsideRanges,
    reasons::kNumberArchived,        reasons::kNumberUnknown,
    reasons::kIssuerNotConnected,    reasons::kNumberNotOnRegister};

std::size_t Rank(const std::string& reason) {
  return static_cast<std::size_t>(std::find(kFirst.begin(), kFirst.end(), reason) - kFirst.begin());
}

class Collector final {
 public:
  explicit Collector(std::vector<Finding> findings) : findings_(std::move(findings)) {}

  void Add(const Cell& cell, std::string rule, std::string pointer, std::string text) {
    if (cell.reason == nullptr) return;
    findings_.push_back(
        {std::move(rule), cell.severity, std::move(pointer), std::move(text), cell.reason});
  }

  // The reason that names a verdict decided by findings of this severity.
  std::string Leading(Severity severity) const {
    const Finding* leading = nullptr;
    for (const Finding& finding : findings_) {
      if (finding.severity != severity) continue;
      if (leading == nullptr || Rank(finding.reason) < Rank(leading->reason)) leading = &finding;
    }
    return leading == nullptr ? reasons::kGood : leading->reason;
  }

  // Whether a finding with this reason keeps the verdict from being ACCEPT.
  bool Refers(std::string_view reason) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
      return finding.reason == reason && finding.severity >= Severity::kRefer;
    });
  }

  const std::vector<Finding>& findings() const { return findings_; }
  std::vector<Finding> Take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

std::string UseText(UsePosition use) {
  switch (use) {
    case UsePosition::kNone:
      return "closed, though no use of it is told";
    case UsePosition::kSameReference:
      return "in use under this consignment reference";
    case UsePosition::kOtherReference:
      return "used under another consignment reference";
    case UsePosition::kReferenceNotStated:
      return "in use, and the question states no consignment reference";
  }
  return "";
}

std::string FieldText(const FieldResult& result, const std::string& pointer) {
  switch (result.match) {
    case FieldMatch::kMatch:
      return "";
    case FieldMatch::kMismatch:
      return pointer + " differs from the issuer's register" +
             (result.expected.empty() ? "" : ", which has " + result.expected);
    case FieldMatch::kNotStated:
      return pointer + " was not stated";
    case FieldMatch::kWithheld:
      return pointer + " is withheld after too many wrong tries";
  }
  return "";
}

void AddFields(const VerdictInput& input, Collector& collector) {
  // Mismatches first: they name the verdict before what is merely missing.
  for (const FieldMatch match :
       {FieldMatch::kMismatch, FieldMatch::kWithheld, FieldMatch::kNotStated}) {
    for (const Field field : kAllFields) {
      const Cell cell = FieldCell(field, match, input.purpose);
      bool told = false;
      for (const FieldResult& result : input.fields) {
        if (result.field != field || result.match != match) continue;
        const std::string pointer = result.pointer.empty() ? FieldName(field) : result.pointer;
        collector.Add(cell, "", pointer, FieldText(result, pointer));
        told = true;
      }
      // An answer that leaves a field out has not told that it matches.
      const bool left_out =
          !told && match == FieldMatch::kNotStated &&
          std::none_of(input.fields.begin(), input.fields.end(),
                       [&](const FieldResult& result) { return result.field == field; });
      if (left_out) {
        collector.Add(cell, "", FieldName(field),
                      std::string(FieldName(field)) + " was not stated");
      }
    }
  }
}

void AddAnswer(const VerdictInput& input, Collector& collector) {
  if (!input.state) {
    // Known once: whoever says so does not say that it never was.
    if (collector.Refers(reasons::kNumberArchived)) return;
    const bool complete = input.stated_issue_date && input.register_complete_from &&
                          *input.stated_issue_date >= *input.register_complete_from;
    collector.Add(UnknownNumberCell(complete), "R06", "number",
                  complete
                      ? "never issued: the issuer's register is complete for that date"
                      : "not on the issuer's register, which need not be complete for the date");
    return;
  }
  collector.Add(StateCell(*input.state, input.purpose), "", "",
                std::string("the certificate is ") + StateName(*input.state));
  collector.Add(UseCell(input.use, *input.state == State::kConfirmed, input.purpose), "R22", "",
                UseText(input.use));
  collector.Add(StandingCell(input.standing, input.purpose), "", "importing_entity",
                "presented by an entity that the certificate does not name for this");
  AddFields(input, collector);
}

std::string ReachabilityText(Reachability reachability) {
  switch (reachability) {
    case Reachability::kAnswered:
      return "";
    case Reachability::kSilent:
      return "the issuer did not answer in time";
    case Reachability::kNotConnected:
      return "the issuer is not on the mesh";
    case Reachability::kBadAnswer:
      return "the issuer's answer was not well signed or made no sense";
  }
  return "";
}

}  // namespace

Verdict DecideVerdict(const VerdictInput& input) {
  Collector collector(input.findings);
  const Cell reach = ReachabilityCell(input.reachability);
  collector.Add(reach, "", "", ReachabilityText(input.reachability));
  if (input.reachability == Reachability::kAnswered) AddAnswer(input, collector);

  Verdict verdict;
  const Severity worst = Worst(collector.findings());
  if (worst == Severity::kHard) {
    verdict.decision = Decision::kReject;
    verdict.reason = collector.Leading(Severity::kHard);
  } else if (input.reachability == Reachability::kSilent ||
             input.reachability == Reachability::kBadAnswer) {
    verdict.decision = Decision::kUnavailable;
    verdict.reason = reach.reason;
  } else if (worst == Severity::kRefer) {
    verdict.decision = Decision::kRefer;
    verdict.reason = collector.Leading(Severity::kRefer);
  } else {
    verdict.decision = Decision::kAccept;
    verdict.reason = reasons::kGood;
  }
  verdict.customs = CustomsResultOf(verdict.decision, verdict.reason);
  verdict.findings = collector.Take();
  return verdict;
}

}  // namespace kp::scheme
