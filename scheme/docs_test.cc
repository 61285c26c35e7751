// docs/verdicts.md, docs/rules.md and docs/statistics.md hold tables between marks "<!-- table: NAME -->" and
// "<!-- end -->". Here they are written again from the code and compared. To write them into the
// documents after a change of the code: KP_UPDATE_DOCS=1 scheme_docs_test.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "scheme/lifecycle.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/statistics.h"
#include "scheme/use.h"
#include "scheme/value_per_carat.h"
#include "scheme/verdict.h"

namespace kp::scheme {
namespace {

std::string Row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string Header(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) line += " --- |";
  return Row(cells) + line + "\n";
}

std::string Show(const Cell& cell) {
  if (cell.reason == nullptr) return "-";
  return std::string(SeverityName(cell.severity)) + " " + cell.reason;
}

std::vector<std::string> WithPurposes(std::vector<std::string> cells) {
  for (const Purpose purpose : kAllPurposes) cells.emplace_back(PurposeName(purpose));
  return cells;
}

template <class CellOf>
std::string PurposeRow(std::vector<std::string> cells, CellOf cell_of) {
  for (const Purpose purpose : kAllPurposes) cells.push_back(Show(cell_of(purpose)));
  return Row(cells);
}

constexpr std::array kUses = {UsePosition::kNone, UsePosition::kSameReference,
                              UsePosition::kOtherReference, UsePosition::kReferenceNotStated};
constexpr std::array kStandings = {Standing::kNamedImporter, Standing::kIssuer, Standing::kNone};
constexpr std::array kMatches = {FieldMatch::kMatch, FieldMatch::kMismatch, FieldMatch::kNotStated,
                                 FieldMatch::kWithheld};

std::string ReachabilityTable() {
  std::string table = Header({"issuer", "finding", "with a HARD finding", "otherwise"});
  for (const Reachability reachability : kAllReachabilities) {
    VerdictInput input;
    input.reachability = reachability;
    input.state = State::kExported;
    input.purpose = Purpose::kAudit;
    input.fields = {{Field::kNumber, FieldMatch::kMatch, "number", ""}};
    const std::string plain = DecisionName(DecideVerdict(input).decision);
    input.findings = {{"", Severity::kHard, "", "", "HARD"}};
    const std::string hard = DecisionName(DecideVerdict(input).decision);
    table += Row({ReachabilityName(reachability), Show(ReachabilityCell(reachability)), hard,
                  reachability == Reachability::kAnswered ? "the tables below" : plain});
  }
  return table;
}

std::string UnknownNumberTable() {
  return Header({"the issue date on the paper is", "finding"}) +
         Row({"on or after the issuer's `register_complete_from`", Show(UnknownNumberCell(true))}) +
         Row({"earlier, not stated, or none is published", Show(UnknownNumberCell(false))});
}

std::string SerialTable() {
  std::string table = Header({"the number stands to the issuer's ranges",
                              "the register is complete for the date", "it need not be"});
  for (const SerialPosition position : kAllSerialPositions) {
    if (position == SerialPosition::kOtherAuthority) continue;  // asked at issue only
    table += Row({SerialPositionName(position), Show(SerialCell(position, true)),
                  Show(SerialCell(position, false))});
  }
  return table;
}

std::string StateTable() {
  std::string table = Header(WithPurposes({"state"}));
  for (const State state : kAllStates) {
    table +=
        PurposeRow({StateName(state)}, [&](Purpose purpose) { return StateCell(state, purpose); });
  }
  return table;
}

std::string UseTable() {
  std::string table = Header(WithPurposes({"use", "certificate"}));
  for (const bool confirmed : {false, true}) {
    for (const UsePosition use : kUses) {
      table += PurposeRow({UsePositionName(use), confirmed ? "CONFIRMED" : "not closed"},
                          [&](Purpose purpose) { return UseCell(use, confirmed, purpose); });
    }
  }
  return table;
}

std::string StandingTable() {
  std::string table = Header(WithPurposes({"asker"}));
  for (const Standing standing : kStandings) {
    table += PurposeRow({StandingName(standing)},
                        [&](Purpose purpose) { return StandingCell(standing, purpose); });
  }
  return table;
}

std::string FieldTable() {
  std::string table = Header(WithPurposes({"field", "outcome"}));
  for (const Field field : kAllFields) {
    for (const FieldMatch match : kMatches) {
      table += PurposeRow({FieldName(field), FieldMatchName(match)},
                          [&](Purpose purpose) { return FieldCell(field, match, purpose); });
    }
  }
  return table;
}

std::string CustomsTable() {
  std::string table = Header({"reason that decided", "REJECT", "REFER"});
  for (const char* reason :
       {reasons::kIssuerNotAParticipant, reasons::kParticipantRemoved,
        reasons::kParticipantSuspended, reasons::kEmbargo, reasons::kAlreadyUsed,
        reasons::kNumberOutsideRanges, reasons::kNumberArchived, reasons::kNumberUnknown,
        reasons::kNumberNotOnRegister, reasons::kIssuerNotConnected,
        reasons::kFieldMismatch, reasons::kNotExported, reasons::kNotConfirmed, reasons::kFrozen,
        reasons::kCertificateExpired, "any other"}) {
    table += Row({reason, CustomsResultName(CustomsResultOf(Decision::kReject, reason)),
                  CustomsResultName(CustomsResultOf(Decision::kRefer, reason))});
  }
  return table;
}

// What the tables come to for a paper that states everything and matches.
std::string OutcomeTable() {
  std::string table = Header(WithPurposes({"state"}));
  for (const State state : kAllStates) {
    std::vector<std::string> cells = {StateName(state)};
    for (const Purpose purpose : kAllPurposes) {
      VerdictInput input;
      input.purpose = purpose;
      input.reachability = Reachability::kAnswered;
      input.state = state;
      input.standing = purpose == Purpose::kExport ? Standing::kIssuer : Standing::kNamedImporter;
      input.use = state == State::kConfirmed ? UsePosition::kSameReference : UsePosition::kNone;
      for (const Field field : kAllFields) {
        input.fields.push_back({field, FieldMatch::kMatch, FieldName(field), ""});
      }
      const Verdict verdict = DecideVerdict(input);
      cells.push_back(std::string(DecisionName(verdict.decision)) + ", " +
                      CustomsResultName(verdict.customs));
    }
    table += Row(cells);
  }
  return table;
}

std::string RulesTable() {
  std::string table =
      Header({"rule", "asks", "kind", "finding", "deciding date", "runs at", "source"});
  for (const Rule& rule : Rules()) {
    std::string stages;
    for (const Stage stage : kAllStages) {
      if (!rule.RunsAt(stage)) continue;
      stages += (stages.empty() ? "" : ", ") + std::string(StageName(stage));
    }
    if (rule.applied_by != nullptr) stages = "`" + std::string(rule.applied_by) + "`";
    table += Row({rule.id, rule.asks, RuleKindName(rule.kind), rule.severity,
                  DecidingDateName(rule.date), stages, rule.clause});
  }
  return table;
}

std::string LifecycleTable() {
  std::string table =
      Header({"event", "from", "to", "on the side of", "power", "written reasons", "source"});
  for (const Transition& transition : Transitions()) {
    std::string from;
    for (const State state : kAllStates) {
      if ((transition.from & StateBit(state)) == 0) continue;
      from += (from.empty() ? "" : ", ") + std::string(StateName(state));
    }
    table += Row(
        {EventName(transition.event), from.empty() ? "-" : from, StateName(transition.to),
         transition.side == Side::kIssuingEntity ? "the issuing entity" : "the importing entity",
         PowerName(transition.power), transition.reasons ? "yes" : "-", transition.source});
  }
  return table;
}

std::string ExplanationsTable() {
  std::string table = Header({"explanation", "when"});
  for (const Explanation explanation : kAllExplanations) {
    table += Row({ExplanationName(explanation), ExplanationText(explanation)});
  }
  return table;
}

std::string ValuePerCaratTable() {
  std::string table = Header({"origin", "averages seen, USD a carat"});
  for (const char* origin : {"CD", "AU", "ZW", "RU", "BW", "AO", "CA", "ZA", "SL", "NA", "LR", "LS",
                             "any other, mixed"}) {
    const ValueBand band = BandOf(origin);
    table += Row({origin, absl::StrFormat("%.0f to %.0f", band.low, band.high)});
  }
  return table;
}

struct Table {
  const char* document;
  const char* name;
  std::string (*write)();
};
const Table kTables[] = {
    {"verdicts.md", "reachability", ReachabilityTable},
    {"verdicts.md", "unknown number", UnknownNumberTable},
    {"verdicts.md", "serial", SerialTable},
    {"verdicts.md", "state", StateTable},
    {"verdicts.md", "use", UseTable},
    {"verdicts.md", "standing", StandingTable},
    {"verdicts.md", "fields", FieldTable},
    {"verdicts.md", "customs results", CustomsTable},
    {"verdicts.md", "outcomes", OutcomeTable},
    {"rules.md", "rules", RulesTable},
    {"rules.md", "lifecycle", LifecycleTable},
    {"statistics.md", "explanations", ExplanationsTable},
    {"statistics.md", "value per carat", ValuePerCaratTable},
};

class DocsTest : public ::testing::TestWithParam<Table> {};

TEST_P(DocsTest, TableIsThatOfTheCode) {
  const Table& table = GetParam();
  const std::string path = std::string(KP_DOCS_DIR) + "/" + table.document;
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::stringstream read;
  read << in.rdbuf();
  std::string text = read.str();
  const std::string begin_mark = std::string("<!-- table: ") + table.name + " -->\n";
  const std::size_t begin = text.find(begin_mark);
  ASSERT_NE(begin, std::string::npos) << "no mark " << begin_mark << " in " << path;
  const std::size_t start = begin + begin_mark.size();
  const std::size_t end = text.find("<!-- end -->", start);
  ASSERT_NE(end, std::string::npos);
  const std::string written = table.write();
  if (std::getenv("KP_UPDATE_DOCS") != nullptr) {
    text.replace(start, end - start, written);
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(start, end - start), written)
      << "run KP_UPDATE_DOCS=1 scheme_docs_test and review the difference";
}

INSTANTIATE_TEST_SUITE_P(All, DocsTest, ::testing::ValuesIn(kTables), [](const auto& one) {
  std::string name = one.param.name;
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
});

}  // namespace
}  // namespace kp::scheme
