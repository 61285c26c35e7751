// The verdict: one pure function from all that is known about a presented certificate to what the
// asker is told. Table-driven and total; docs/verdicts.md shows its tables and is checked against
// them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scheme/comparison.h"
#include "scheme/dates.h"
#include "scheme/finding.h"
#include "scheme/lifecycle.h"
#include "scheme/serial_range.h"
#include "scheme/use.h"

namespace kp::scheme {

enum class Purpose { kImport, kExport, kTransit, kReexportProof, kAudit };
enum class Reachability {
  kAnswered,      // a well-signed answer that binds this question
  kSilent,        // no answer in time
  kNotConnected,  // the issuer is not on the mesh
  kBadAnswer,     // bad signature, wrong nonce, or nonsense
};
enum class Decision { kAccept, kRefer, kReject, kUnavailable };
// Results for customs (reference/wco.md 9.2).
enum class CustomsResult {
  kValid,
  kValidWithDifferences,
  kNotFound,
  kNotValid,
  kMismatch,
  kAlreadyUsed,
  kIssuerUnknown,
  kIssuerSuspended,
  kUnavailable,
};

inline constexpr std::array kAllPurposes = {Purpose::kImport, Purpose::kExport, Purpose::kTransit,
                                            Purpose::kReexportProof, Purpose::kAudit};
inline constexpr std::array kAllReachabilities = {Reachability::kAnswered, Reachability::kSilent,
                                                  Reachability::kNotConnected,
                                                  Reachability::kBadAnswer};

const char* PurposeName(Purpose purpose);                 // "REEXPORT_PROOF"
const char* ReachabilityName(Reachability reachability);  // "NOT_CONNECTED"
const char* DecisionName(Decision decision);              // "ACCEPT"
const char* CustomsResultName(CustomsResult result);      // "VALID_WITH_DIFFERENCES"

struct VerdictInput {
  Purpose purpose = Purpose::kImport;
  Reachability reachability = Reachability::kSilent;
  // From trust documents, measures and the paper (CheckPresented, notices, an offline signature),
  // and those that a well-signed answer carries.
  std::vector<Finding> findings;

  // Of the paper: decides about unknown numbers.
  std::optional<Date> stated_issue_date;
  // Of the issuer, from the trust documents.
  std::optional<Date> register_complete_from;

  // Below: of the answer, looked at only when kAnswered.
  std::optional<State> state;  // absent: the issuer does not know the number
  Standing standing = Standing::kNone;
  UsePosition use = UsePosition::kNone;
  std::vector<FieldResult> fields;
};

struct Verdict {
  Decision decision = Decision::kUnavailable;
  std::string reason;  // of the finding that decided, or GOOD
  CustomsResult customs = CustomsResult::kUnavailable;
  std::vector<Finding> findings;  // all: the input's, and those of the verdict's own tables
};

Verdict DecideVerdict(const VerdictInput& input);

// The tables, one cell each, for the function and for docs/verdicts.md.
struct Cell {
  Severity severity = Severity::kInfo;
  const char* reason = nullptr;  // null: no finding
};
// What the certificate's state means for a purpose.
Cell StateCell(State state, Purpose purpose);
// What a use means for a purpose, of a certificate in a state that is CONFIRMED or not.
Cell UseCell(UsePosition use, bool confirmed, Purpose purpose);
// What it means who asks.
Cell StandingCell(Standing standing, Purpose purpose);
// What a field's outcome means.
Cell FieldCell(Field field, FieldMatch match, Purpose purpose);
// What it means that the issuer does not know the number.
Cell UnknownNumberCell(bool register_complete_for_date);
// What the issuer's ranges add about a number that it does not know.
Cell SerialCell(SerialPosition position, bool register_complete_for_date);
// What it means how the issuer was reached.
Cell ReachabilityCell(Reachability reachability);
// The customs result of a decision and the reason that decided.
CustomsResult CustomsResultOf(Decision decision, const std::string& reason);

}  // namespace kp::scheme
