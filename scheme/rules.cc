#include "scheme/rules.h"

#include <algorithm>

#include "scheme/comparison.h"
#include "scheme/reasons.h"
#include "scheme/rule_checks.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

constexpr unsigned Bits() { return 0; }
template <class... Stages>
constexpr unsigned Bits(Stage first, Stages... rest) {
  return StageBit(first) | Bits(rest...);
}

constexpr unsigned kRecording =
    Bits(Stage::kApplication, Stage::kIssue, Stage::kValidation, Stage::kExport);
constexpr unsigned kAlways = kRecording | Bits(Stage::kPresentation);
constexpr unsigned kFromIssue = kAlways & ~Bits(Stage::kApplication);
constexpr unsigned kElsewhere = 0;

struct Row {
  Rule rule;
  void (*check)(RuleContext&);
};

// The table. A new rule is a row here and a function in rule_checks.h.
constexpr Row kRows[] = {
    {{"R01",
      "Every field F1-F15 that the step needs is present; the issuing authority is designated",
      RuleKind::kHard, "HARD", DecidingDate::kIssue, "CORE Annex I A, V(a)", kRecording, nullptr},
     CheckPresence},
    {{"R02", "Title and statement are the scheme's words", RuleKind::kHard, "HARD",
      DecidingDate::kContent, "CORE Annex I A", kAlways, nullptr},
     CheckWording},
    {{"R03", "The exporter's and the importer's participant are both active Participants",
      RuleKind::kHard, "HARD; REFER where the sources do not tell", DecidingDate::kExport,
      "CORE III(c)", kFromIssue, nullptr},
     CheckParticipants},
    {{"R04", "The exporting and the importing issuing entity differ", RuleKind::kHard, "HARD",
      DecidingDate::kContent, "EU art. 1", kAlways, nullptr},
     CheckEntities},
    {{"R05",
      "An unmixed shipment has exactly one origin; a mixed one a marker or a list of two or "
      "more",
      RuleKind::kHard, "HARD", DecidingDate::kContent, "CORE Annex I A", kAlways, nullptr},
     CheckOrigins},
    {{"R06", "The number is unique and bears the letters of its issuing entity", RuleKind::kHard,
      "HARD; REFER for a serial form that is not confirmed", DecidingDate::kContent,
      "CORE Annex I A; EU Annex IV", kFromIssue, nullptr},
     CheckNumber},
    {{"R07",
      "Issue is not after expiry, the validity is not longer than the issuer's limit, and acts "
      "lie between the two",
      RuleKind::kHard, "HARD; REFER for a length where the limit is not known",
      DecidingDate::kIssue, "CORE Annex I A; EU art. 12(5)", kFromIssue, nullptr},
     CheckDates},
    {{"R08", "Every line's HS code is 7102.10, 7102.21 or 7102.31", RuleKind::kHard, "HARD",
      DecidingDate::kContent, "CORE I", kAlways, nullptr},
     CheckScope},
    {{"R09", "Carats, value in US dollars and parcels are above zero", RuleKind::kHard, "HARD",
      DecidingDate::kContent, "CORE Annex I A", kAlways, nullptr},
     CheckPositive},
    {{"R10", "The sum of the lines equals the stated totals, and no line stands twice",
      RuleKind::kHard, "HARD", DecidingDate::kContent, "this project", kAlways, nullptr},
     CheckTotals},
    {{"R11",
      "Validated by another person than the issuer, at an authority that has the validating "
      "power",
      RuleKind::kHard, "HARD; REFER for an authority that a paper names and nobody knows",
      DecidingDate::kValidation, "CORE I, IV(b)",
      Bits(Stage::kValidation, Stage::kExport, Stage::kPresentation), nullptr},
     CheckValidator},
    {{"R12",
      "The content was checked against the particulars: from the day on which they were given "
      "through the day of validation",
      RuleKind::kHard,
      "HARD where the issuer's profile asks for an inspection, else INFO; HARD for goods found not "
      "as stated",
      DecidingDate::kValidation, "CORE IV(b), Annex II 17-18; EU art. 12(2)",
      Bits(Stage::kValidation), nullptr},
     CheckInspected},
    {{"R13", "The container is sealed; seals are unbroken at import", RuleKind::kHard,
      "HARD where the issuer's profile asks for an inspection, else INFO; REFER at arrival",
      DecidingDate::kValidation, "CORE IV(c); EU art. 3(b)", Bits(Stage::kValidation), nullptr},
     CheckSealed},
    {{"R14", "The certificate identifies the consignment: its seals are those that were looked at",
      RuleKind::kHard, "HARD", DecidingDate::kValidation, "EU art. 3(c)", Bits(Stage::kValidation),
      nullptr},
     CheckIdentifies},
    {{"R15",
      "Neither origin nor provenance is under a measure; a removal decides on the day of "
      "presentation",
      RuleKind::kHard,
      "HARD; REFER for vigilance and where it cannot be told; INFO where permitted",
      DecidingDate::kExport, "domain section 8", kAlways, nullptr},
     CheckMeasures},
    {{"R16",
      "Own mining or lawful import is shown: the sources add up to the carats, and the origin is "
      "theirs",
      RuleKind::kHard, "HARD; INFO for no sources where the issuer's profile asks for none",
      DecidingDate::kIssue, "EU art. 12(1)(a)", Bits(Stage::kApplication, Stage::kIssue), nullptr},
     CheckSources},
    {{"R17", "The goods are destined for a Participant's territory, that of the importing entity",
      RuleKind::kHard, "HARD", DecidingDate::kExport, "EU art. 12(1)(c); CORE III(c)", kAlways,
      nullptr},
     CheckDestination},
    {{"R18", "The exporter declares that the diamonds are no conflict diamonds", RuleKind::kSoft,
      "INFO", DecidingDate::kContent, "CORE Annex II 18",
      Bits(Stage::kApplication, Stage::kIssue, Stage::kValidation), nullptr},
     CheckDeclaration},
    {{"R19", "The original certificate accompanies the shipment", RuleKind::kHard, "REFER",
      DecidingDate::kArrival, "CORE III(b); 31 CFR 592.301(a)(1)", kElsewhere, "CheckArrival"},
     nullptr},
    {{"R20", "Parcels, carats, importer and exporter found at arrival equal the certificate",
      RuleKind::kSoft, "REFER", DecidingDate::kArrival, "CORE III(b)", kElsewhere, "CheckArrival"},
     nullptr},
    {{"R21", "The value per carat is within ten times either way of what is known of the origin",
      RuleKind::kSoft, "INFO", DecidingDate::kContent, "domain section 10.4", kAlways, nullptr},
     CheckValuePerCarat},
    {{"R22", "A certificate is used once: a second consignment reference is an alert",
      RuleKind::kHard, "HARD", DecidingDate::kPresentation, "KPCSEthereum README (re-use)",
      kElsewhere, "DecideUse, DecideVerdict"},
     nullptr},
    {{"R23", "The issuer is a Participant or a recognised trading entity", RuleKind::kHard,
      "HARD; REFER where the sources do not tell", DecidingDate::kIssue,
      "KP notices on Cameroon 2012 and Kenya 2015", kFromIssue, nullptr},
     CheckIssuerIsReal},
    {{"R24", "The exporting participant has filed its statistics of the last quarter that is due",
      RuleKind::kSoft, "INFO; does not run where nothing can be known", DecidingDate::kPresentation,
      "CORE Annex III(a)", Bits(Stage::kPresentation), nullptr},
     CheckStatisticsFiled},
    {{"R25",
      "A shipment in transit leaves unopened and untampered, and no new certificate is issued for it",
      RuleKind::kHard, "HARD; REFER where the certificate does not show the transit, or no seal was "
      "noted",
      DecidingDate::kDeparture, "CORE III(d); EU art. 18", kElsewhere, "CheckTransit"},
     nullptr},
    {{"R26", "Synthetic and polished diamonds need no certificate", RuleKind::kScope,
      "told with R08", DecidingDate::kContent, "DMCC, DSEDT and NRCan guidance", kElsewhere,
      "CheckScope"},
     nullptr},
    {{"K01", "No carat figure has a third decimal", RuleKind::kSoft, "INFO", DecidingDate::kContent,
      "this project", kAlways, nullptr},
     CheckThirdDecimal},
    {{"K02", "Presented by the end of the day of expiry in the issuer's zone", RuleKind::kSoft,
      "INFO when exported in time, else REFER", DecidingDate::kPresentation,
      "this project; CORE is silent", Bits(Stage::kPresentation), nullptr},
     CheckExpired},
    {{"K03", "A line that a question states can be compared: HS code, carats, and no value or all",
      RuleKind::kSoft, "REFER", DecidingDate::kPresentation, "this project",
      Bits(Stage::kPresentation), nullptr},
     CheckLinesComparable},
    {{"K04",
      "A correction is of a typographical error, within this project's bounds, and made by two "
      "persons",
      RuleKind::kHard, "HARD", DecidingDate::kContent, "this project; India, DGFT 34/2015-2020",
      kElsewhere, "CheckMinor"},
     nullptr},
};

constexpr auto kRules = [] {
  std::array<Rule, std::size(kRows)> rules{};
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = kRows[i].rule;
  return rules;
}();

CheckResult Run(const Certificate& certificate, const RuleInput& input, Stage stage) {
  CheckResult result;
  RuleContext context{certificate, input, stage, result};
  for (const Row& row : kRows) {
    if (!row.rule.RunsAt(stage)) continue;
    context.rule = row.rule.id;
    context.decided = true;
    row.check(context);
    if (context.decided) result.rules.emplace_back(row.rule.id);
  }
  return result;
}

}  // namespace

std::span<const Rule> Rules() { return kRules; }

const Rule* FindRule(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (id == rule.id) return &rule;
  }
  return nullptr;
}

CheckResult CheckApplication(const Certificate& certificate, const RuleInput& input) {
  return Run(certificate, input, Stage::kApplication);
}
CheckResult CheckIssue(const Certificate& certificate, const RuleInput& input) {
  return Run(certificate, input, Stage::kIssue);
}
CheckResult CheckValidate(const Certificate& certificate, const RuleInput& input) {
  return Run(certificate, input, Stage::kValidation);
}
CheckResult CheckExport(const Certificate& certificate, const RuleInput& input) {
  return Run(certificate, input, Stage::kExport);
}
CheckResult CheckPresented(const Certificate& certificate, const RuleInput& input) {
  return Run(certificate, input, Stage::kPresentation);
}

EntityCode RuleContext::issuer() const {
  return certificate.issuing_entity.empty() ? certificate.number.issuer()
                                            : certificate.issuing_entity;
}

std::pair<Date, Date> RuleContext::export_days() const {
  if (!presented()) return {input.today, input.today};
  if (certificate.export_date) return {*certificate.export_date, *certificate.export_date};
  const Date first = certificate.issue_date.value_or(input.today);
  return {std::min(first, input.today), input.today};
}

void RuleContext::Find(Severity severity, const char* reason, std::string pointer,
                       std::string text) {
  result.findings.push_back({rule, severity, std::move(pointer), std::move(text), reason});
}

std::vector<Finding> CheckArrival(const Certificate& certificate, const Arrival& arrival) {
  std::vector<Finding> findings;
  const auto differs = [&](std::string pointer, const std::string& found,
                           const std::string& certified) {
    findings.push_back({"R20", Severity::kRefer, std::move(pointer),
                        "found " + found + ", certified " + certified, reasons::kArrivalDiffers});
  };
  Certificate found;
  found.lines = arrival.lines;
  for (const FieldResult& result : CompareFields(found, certificate, Disclosure::kFull)) {
    if (result.field == Field::kLines && result.match == FieldMatch::kMismatch) {
      differs(result.pointer, "another figure", result.expected);
    }
  }
  if (arrival.parcels && arrival.parcels != certificate.parcels) {
    differs("parcels", std::to_string(*arrival.parcels),
            std::to_string(certificate.parcels.value_or(0)));
  }
  if (!arrival.seals_unbroken.value_or(true)) {
    findings.push_back({"R13", Severity::kRefer, "seals", "a seal was broken or missing at arrival",
                        reasons::kSealBroken});
  }
  if (!arrival.original_present.value_or(true)) {
    findings.push_back({"R19", Severity::kRefer, "",
                        "the original certificate did not come with the shipment",
                        reasons::kOriginalMissing});
  }
  if (!arrival.exporter.empty() && !SameName(arrival.exporter, certificate.exporter.name)) {
    differs("exporter", arrival.exporter, certificate.exporter.name);
  }
  if (!arrival.importer.empty() && !SameName(arrival.importer, certificate.importer.name)) {
    differs("importer", arrival.importer, certificate.importer.name);
  }
  return findings;
}

const char* StageName(Stage stage) {
  switch (stage) {
    case Stage::kApplication:
      return "application";
    case Stage::kIssue:
      return "issue";
    case Stage::kValidation:
      return "validation";
    case Stage::kExport:
      return "export";
    case Stage::kPresentation:
      return "presentation";
  }
  return "";
}

const char* RuleKindName(RuleKind kind) {
  switch (kind) {
    case RuleKind::kHard:
      return "hard";
    case RuleKind::kSoft:
      return "soft";
    case RuleKind::kScope:
      return "scope";
  }
  return "";
}

const char* DecidingDateName(DecidingDate date) {
  switch (date) {
    case DecidingDate::kContent:
      return "-";
    case DecidingDate::kIssue:
      return "issue";
    case DecidingDate::kValidation:
      return "validation";
    case DecidingDate::kExport:
      return "export";
    case DecidingDate::kPresentation:
      return "presentation";
    case DecidingDate::kArrival:
      return "arrival";
    case DecidingDate::kDeparture:
      return "departure";
  }
  return "";
}

}  // namespace kp::scheme
