// The functions behind the table of rules.h, one for each rule. Not for use outside of scheme/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/rules.h"

namespace kp::scheme {

// What a rule sees, and where it leaves its findings.
struct RuleContext {
  const Certificate& certificate;
  const RuleInput& input;
  const Stage stage;
  CheckResult& result;
  const char* rule = "";  // whose turn it is
  bool decided = true;    // false: the rule could not be decided, and counts as not run

  bool presented() const { return stage == Stage::kPresentation; }
  // Whose certificate it is: the register's entity, else what the number claims.
  EntityCode issuer() const;
  // The days on which it may have been exported (or, before that, the day of the act).
  std::pair<Date, Date> export_days() const;

  void Find(Severity severity, const char* reason, std::string pointer, std::string text);
};

void CheckPresence(RuleContext& context);      // R01
void CheckWording(RuleContext& context);       // R02
void CheckParticipants(RuleContext& context);  // R03
void CheckEntities(RuleContext& context);      // R04
void CheckOrigins(RuleContext& context);       // R05
void CheckNumber(RuleContext& context);        // R06
void CheckDates(RuleContext& context);         // R07
void CheckScope(RuleContext& context);         // R08
void CheckPositive(RuleContext& context);      // R09
void CheckTotals(RuleContext& context);        // R10
void CheckValidator(RuleContext& context);     // R11
void CheckInspected(RuleContext& context);     // R12
void CheckSealed(RuleContext& context);        // R13
void CheckIdentifies(RuleContext& context);    // R14
void CheckMeasures(RuleContext& context);      // R15
void CheckSources(RuleContext& context);       // R16
void CheckDestination(RuleContext& context);   // R17
void CheckDeclaration(RuleContext& context);   // R18
void CheckValuePerCarat(RuleContext& context);  // R21
void CheckIssuerIsReal(RuleContext& context);  // R23
void CheckStatisticsFiled(RuleContext& context);  // R24
void CheckThirdDecimal(RuleContext& context);  // K01
void CheckExpired(RuleContext& context);          // K02
void CheckLinesComparable(RuleContext& context);  // K03

}  // namespace kp::scheme
