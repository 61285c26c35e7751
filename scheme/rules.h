// The rules of the scheme (domain section 3: R01-R26; K.. are this project's own). Each rule stands
// once in the table of Rules(): what it asks, how hard it is, which day decides, which clause says
// so, at which steps it runs, and the function that checks it. The same functions serve two uses:
// where something is recorded, RefuseHard() turns HARD findings into errors; where somebody asks
// about a paper, they stay findings.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/measure.h"
#include "scheme/party_directory.h"
#include "scheme/statistics.h"

namespace kp::scheme {

// The steps at which rules run.
enum class Stage { kApplication, kIssue, kValidation, kExport, kPresentation };

inline constexpr std::array kAllStages = {Stage::kApplication, Stage::kIssue, Stage::kValidation,
                                          Stage::kExport, Stage::kPresentation};
constexpr unsigned StageBit(Stage stage) { return 1U << static_cast<unsigned>(stage); }

enum class RuleKind { kHard, kSoft, kScope };

// The day as of which a rule is decided. Content: no day matters.
enum class DecidingDate {
  kContent,
  kIssue,
  kValidation,
  kExport,
  kPresentation,
  kArrival,
  kDeparture,  // from a place of transit
};

const char* StageName(Stage stage);
const char* RuleKindName(RuleKind kind);
const char* DecidingDateName(DecidingDate date);

// What the deciding side can know of the issuer's statistics (R24): its own books hold every
// statement about quarters that began on `since` or later.
struct StatisticsKnown {
  Date since;
  std::optional<Quarter> latest;  // newest quarter that the issuer filed for good
};

struct RuleInput {
  const PartyDirectory& parties;
  const MeasureBook& measures;
  // The day of the act or of the presentation, in the issuing authority's zone.
  Date today;
  // At presentation: what the node that asks holds. kIssuer for the issuer's own answer.
  MeasureView view = MeasureView::kIssuer;
  // At validation: persons of the officer register, not identities.
  std::string issued_by;
  std::string validated_by;
  // At presentation; absent where nothing can be known: R24 then does not run.
  std::optional<StatisticsKnown> statistics = {};
};

struct CheckResult {
  std::vector<Finding> findings;   // of all rules, in the order of the table
  std::vector<std::string> rules;  // ids of the rules that ran
  AreaAttestation attestation;     // from issue on, at the issuer; see measure.h
};

// What an exporter applies for: F3, F10, F11, F12, F13, F14, entities, lines. No number, no dates.
CheckResult CheckApplication(const Certificate& certificate, const RuleInput& input);
// With number, dates and issuing authority. The date of issue is `today`.
CheckResult CheckIssue(const Certificate& certificate, const RuleInput& input);
// With `validation` filled in. Store the attestation in the certificate before it is signed.
CheckResult CheckValidate(const Certificate& certificate, const RuleInput& input);
// With `export_date` filled in (`today`).
CheckResult CheckExport(const Certificate& certificate, const RuleInput& input);
// A certificate or paper that is presented: absent fields are not missed. Where the issuer
// answered, fill in what its answer tells of validation, export_date and attestations before the
// call: the deciding dates hang on them. Without an export date R03 and R15 are decided only where
// every day from issue to today gives the same answer, else they REFER.
CheckResult CheckPresented(const Certificate& certificate, const RuleInput& input);

// What arrived, as the importing authority found it.
struct Arrival {
  std::vector<Line> lines;  // HS code and carats; value where it was assessed
  std::optional<std::int64_t> parcels;
  std::string exporter;  // names as found on the accompanying documents; empty: not compared
  std::string importer;
  std::optional<bool> seals_unbroken = {};    // absent: not told
  std::optional<bool> original_present = {};  // likewise
};
// R13, R19, R20: differences between what arrived and the certificate, which open a case.
std::vector<Finding> CheckArrival(const Certificate& certificate, const Arrival& arrival);

// One row of the table. Rules that other functions apply (R20, R22) have no stages and name them in
// `applied_by`.
struct Rule {
  const char* id;    // "R08"
  const char* asks;  // in one sentence
  RuleKind kind;
  const char* severity;  // of what it finds: "HARD", "INFO, else REFER"...
  DecidingDate date;
  const char* clause;      // source
  unsigned stages;         // set of StageBit()
  const char* applied_by;  // function; null: the stages' checks

  bool RunsAt(Stage stage) const { return (stages & StageBit(stage)) != 0; }
};
std::span<const Rule> Rules();
const Rule* FindRule(std::string_view id);

}  // namespace kp::scheme
