#include "scheme/verdict.h"

#include "gtest/gtest.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::Ct;
using testing::Day;
using testing::EntityOf;
using testing::GoodCertificate;

// --- Comparison ---------------------------------------------------------------------------------

TEST(ComparisonTest, EverythingStatedMatches) {
  const Certificate actual = GoodCertificate();
  Certificate stated = actual;
  stated.stated_carats = Ct("1260.5");
  stated.stated_value = testing::Usd("188400");
  const auto results = CompareFields(stated, actual, Disclosure::kFull);
  for (const Field field : kAllFields) {
    EXPECT_EQ(MatchOf(results, field), FieldMatch::kMatch) << FieldName(field);
  }
  EXPECT_FALSE(IsWrongTry(results));
}

TEST(ComparisonTest, NothingStatedIsNotStatedEvenWhenWithheld) {
  for (const Disclosure disclosure :
       {Disclosure::kFull, Disclosure::kMatches, Disclosure::kWithheld}) {
    const auto results = CompareFields(Certificate(), GoodCertificate(), disclosure);
    for (const Field field : kAllFields) {
      EXPECT_EQ(MatchOf(results, field), FieldMatch::kNotStated) << FieldName(field);
    }
  }
}

TEST(ComparisonTest, AWrongWeightIsNamedWithTheValueOnlyToStanding) {
  const Certificate actual = GoodCertificate();
  Certificate stated = actual;
  stated.lines[0].carats = Ct("1250.51");
  const auto lines = [&](Disclosure disclosure) {
    std::vector<FieldResult> found;
    for (const FieldResult& result : CompareFields(stated, actual, disclosure)) {
      if (result.field == Field::kLines) found.push_back(result);
    }
    return found;
  };
  const auto full = lines(Disclosure::kFull);
  ASSERT_EQ(full.size(), 1U);
  EXPECT_EQ(full[0].pointer, "lines[0].carats");
  EXPECT_EQ(full[0].expected, "1250.5");
  const auto matches = lines(Disclosure::kMatches);
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].match, FieldMatch::kMismatch);
  EXPECT_EQ(matches[0].pointer, "lines");
  EXPECT_EQ(matches[0].expected, "");
  EXPECT_EQ(lines(Disclosure::kWithheld)[0].match, FieldMatch::kWithheld);
}

TEST(ComparisonTest, NoValueLeaksWithoutStanding) {
  Certificate stated = GoodCertificate();
  stated.issue_date = Day("2026-01-01");
  stated.exporter.name = "x";
  stated.importer.name = "x";
  stated.parcels = 9;
  stated.seals = {"x"};
  stated.origin = Origin::MixedUndisclosed();
  for (const Disclosure disclosure : {Disclosure::kMatches, Disclosure::kWithheld}) {
    for (const FieldResult& result : CompareFields(stated, GoodCertificate(), disclosure)) {
      EXPECT_EQ(result.expected, "") << FieldName(result.field);
      EXPECT_EQ(result.pointer, FieldName(result.field));
    }
  }
}

TEST(ComparisonTest, LinesAreComparedByTheSumsOfEachCode) {
  Certificate actual = GoodCertificate();
  actual.lines.push_back(actual.lines[0]);  // another area of the same code
  actual.lines[2].area = "Orapa";
  Certificate stated = GoodCertificate();
  EXPECT_EQ(MatchOf(CompareFields(stated, actual, Disclosure::kFull), Field::kLines),
            FieldMatch::kMismatch);
  stated.lines[0].carats = Ct("2501");
  stated.lines[0].value.reset();
  EXPECT_EQ(MatchOf(CompareFields(stated, actual, Disclosure::kFull), Field::kLines),
            FieldMatch::kMatch);
  stated.lines.pop_back();
  EXPECT_EQ(MatchOf(CompareFields(stated, actual, Disclosure::kFull), Field::kLines),
            FieldMatch::kMismatch)
      << "a line of the certificate is missing";
  stated.lines[0].carats.reset();
  EXPECT_EQ(MatchOf(CompareFields(stated, actual, Disclosure::kFull), Field::kLines),
            FieldMatch::kNotStated);
}

TEST(ComparisonTest, APartOfALineCanContradictButNotAgree) {
  const auto match = [](const Certificate& stated) {
    return MatchOf(CompareFields(stated, GoodCertificate(), Disclosure::kFull), Field::kLines);
  };
  Certificate stated = GoodCertificate();
  stated.lines[1].carats.reset();
  EXPECT_EQ(match(stated), FieldMatch::kNotStated);
  stated.lines[0].carats = Ct("999999");
  EXPECT_EQ(match(stated), FieldMatch::kMismatch) << "more than the certificate has";
  stated = GoodCertificate();
  stated.lines.resize(1);
  stated.lines[0].carats.reset();
  stated.lines[0].hs = testing::Hs("7102.21");
  if (match(GoodCertificate()) == FieldMatch::kMatch) {
    EXPECT_EQ(match(stated), FieldMatch::kMismatch) << "a code that is not on the certificate";
  }
  Certificate country;
  country.importer.country = testing::CountryOf("GB");
  EXPECT_EQ(MatchOf(CompareFields(country, GoodCertificate(), Disclosure::kFull), Field::kImporter),
            FieldMatch::kMismatch);
  country.importer.country = GoodCertificate().importer.country;
  EXPECT_EQ(MatchOf(CompareFields(country, GoodCertificate(), Disclosure::kFull), Field::kImporter),
            FieldMatch::kNotStated)
      << "a country does not say who";
}

TEST(ComparisonTest, SomeSealsAndFoldedNamesMatch) {
  Certificate stated = GoodCertificate();
  stated.seals = {"seal-2"};
  stated.importer.name = "EXAMPLE  IMPORTER nv";
  auto results = CompareFields(stated, GoodCertificate(), Disclosure::kFull);
  EXPECT_EQ(MatchOf(results, Field::kSeals), FieldMatch::kMatch);
  EXPECT_EQ(MatchOf(results, Field::kImporter), FieldMatch::kMatch);
  stated.seals.push_back("SEAL-3");
  stated.importer.country = testing::CountryOf("GB");
  results = CompareFields(stated, GoodCertificate(), Disclosure::kFull);
  EXPECT_EQ(MatchOf(results, Field::kSeals), FieldMatch::kMismatch);
  EXPECT_EQ(MatchOf(results, Field::kImporter), FieldMatch::kMismatch);
}

TEST(ComparisonTest, StandingAndWrongTriesDecideWhatIsTold) {
  const PartyDirectory world = testing::World();
  Certificate certificate = GoodCertificate();
  EXPECT_EQ(StandingOf(EntityOf("BW"), certificate, world), Standing::kIssuer);
  EXPECT_EQ(StandingOf(EntityOf("EU"), certificate, world), Standing::kNamedImporter);
  EXPECT_EQ(StandingOf(EntityOf("ZW"), certificate, world), Standing::kNone);
  EXPECT_EQ(StandingOf(EntityCode(), certificate, world), Standing::kNone);
  certificate.importing_entity = EntityOf("XI");
  EXPECT_EQ(StandingOf(EntityOf("EU"), certificate, world), Standing::kNamedImporter);
  EXPECT_EQ(StandingOf(EntityOf("GB"), certificate, world), Standing::kNone);
  EXPECT_EQ(DisclosureFor(Standing::kIssuer, 99), Disclosure::kFull);
  EXPECT_EQ(DisclosureFor(Standing::kNone, 2), Disclosure::kMatches);
  EXPECT_EQ(DisclosureFor(Standing::kNone, 3), Disclosure::kWithheld);
}

// --- Verdict ------------------------------------------------------------------------------------

constexpr std::array kAllMatches = {FieldMatch::kMatch, FieldMatch::kMismatch,
                                    FieldMatch::kNotStated, FieldMatch::kWithheld};
constexpr std::array kAllUses = {UsePosition::kNone, UsePosition::kSameReference,
                                 UsePosition::kOtherReference, UsePosition::kReferenceNotStated};
constexpr std::array kAllStandings = {Standing::kNone, Standing::kNamedImporter, Standing::kIssuer};

std::vector<FieldResult> Fields(FieldMatch match) {
  std::vector<FieldResult> fields;
  for (const Field field : kAllFields) fields.push_back({field, match, FieldName(field), ""});
  return fields;
}

void Set(VerdictInput& input, Field field, FieldMatch match) {
  for (FieldResult& result : input.fields) {
    if (result.field == field) result.match = match;
  }
}

// What EU is told of a good certificate that arrives.
VerdictInput GoodImport() {
  VerdictInput input;
  input.purpose = Purpose::kImport;
  input.reachability = Reachability::kAnswered;
  input.state = State::kExported;
  input.standing = Standing::kNamedImporter;
  input.fields = Fields(FieldMatch::kMatch);
  return input;
}

void ExpectVerdict(const VerdictInput& input, Decision decision, const char* reason,
                   CustomsResult customs) {
  const Verdict verdict = DecideVerdict(input);
  EXPECT_STREQ(DecisionName(verdict.decision), DecisionName(decision));
  EXPECT_EQ(verdict.reason, reason);
  EXPECT_STREQ(CustomsResultName(verdict.customs), CustomsResultName(customs));
}

TEST(VerdictTest, AcceptsAGoodImport) {
  ExpectVerdict(GoodImport(), Decision::kAccept, reasons::kGood, CustomsResult::kValid);
}

TEST(VerdictTest, ImportNeedsItsFieldsStatedAndMatching) {
  for (const Field field : {Field::kNumber, Field::kIssueDate, Field::kImporter, Field::kLines}) {
    VerdictInput input = GoodImport();
    Set(input, field, FieldMatch::kNotStated);
    ExpectVerdict(input, Decision::kRefer, reasons::kFieldNotStated,
                  CustomsResult::kValidWithDifferences);
  }
  VerdictInput left_out = GoodImport();
  left_out.fields.clear();
  ExpectVerdict(left_out, Decision::kRefer, reasons::kFieldNotStated,
                CustomsResult::kValidWithDifferences);
  VerdictInput others = GoodImport();
  for (const Field field : {Field::kParcels, Field::kSeals, Field::kOrigin, Field::kExporter}) {
    Set(others, field, FieldMatch::kNotStated);
  }
  ExpectVerdict(others, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
}

TEST(VerdictTest, AWrongWeightIsRejectedAndNamed) {
  VerdictInput input = GoodImport();
  Set(input, Field::kLines, FieldMatch::kMismatch);
  ExpectVerdict(input, Decision::kReject, reasons::kFieldMismatch, CustomsResult::kMismatch);
  const auto findings = DecideVerdict(input).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].pointer, "lines");
  Set(input, Field::kLines, FieldMatch::kMatch);
  Set(input, Field::kExporter, FieldMatch::kMismatch);
  ExpectVerdict(input, Decision::kRefer, reasons::kFieldMismatch,
                CustomsResult::kValidWithDifferences);
}

TEST(VerdictTest, ForAuditWhatIsStatedDecides) {
  VerdictInput input = GoodImport();
  input.purpose = Purpose::kAudit;
  input.standing = Standing::kNone;
  input.fields = Fields(FieldMatch::kNotStated);
  Set(input, Field::kNumber, FieldMatch::kMatch);
  ExpectVerdict(input, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
  Set(input, Field::kLines, FieldMatch::kMismatch);
  ExpectVerdict(input, Decision::kReject, reasons::kFieldMismatch, CustomsResult::kMismatch);
  Set(input, Field::kLines, FieldMatch::kWithheld);
  ExpectVerdict(input, Decision::kRefer, reasons::kFieldWithheld,
                CustomsResult::kValidWithDifferences);
}

TEST(VerdictTest, AnUnknownNumberIsRejectedOnlyWhereTheRegisterIsComplete) {
  VerdictInput input = GoodImport();
  input.state.reset();
  input.register_complete_from = Day("2026-01-01");
  input.stated_issue_date = Day("2026-01-01");
  ExpectVerdict(input, Decision::kReject, reasons::kNumberUnknown, CustomsResult::kNotFound);
  input.stated_issue_date = Day("2025-12-31");
  ExpectVerdict(input, Decision::kRefer, reasons::kNumberNotOnRegister,
                CustomsResult::kUnavailable);
  input.stated_issue_date.reset();
  ExpectVerdict(input, Decision::kRefer, reasons::kNumberNotOnRegister,
                CustomsResult::kUnavailable);
  input.stated_issue_date = Day("2026-01-01");
  input.register_complete_from.reset();
  ExpectVerdict(input, Decision::kRefer, reasons::kNumberNotOnRegister,
                CustomsResult::kUnavailable);
}

TEST(VerdictTest, WhatCouldNotBeToldIsNeverNotFoundForCustoms) {
  for (const char* reason : {reasons::kNumberUnknown, reasons::kNumberNotOnRegister,
                             reasons::kNumberOutsideRanges, reasons::kNumberArchived}) {
    EXPECT_EQ(CustomsResultOf(Decision::kRefer, reason), CustomsResult::kUnavailable) << reason;
    EXPECT_NE(CustomsResultOf(Decision::kUnavailable, reason), CustomsResult::kNotFound) << reason;
  }
  // Live: where it was told, it is.
  EXPECT_EQ(CustomsResultOf(Decision::kReject, reasons::kNumberUnknown), CustomsResult::kNotFound);
  EXPECT_EQ(CustomsResultOf(Decision::kReject, reasons::kNumberOutsideRanges),
            CustomsResult::kNotFound);
}

TEST(VerdictTest, AnArchivedNumberIsReferredAndNeverUnknownNorAccepted) {
  VerdictInput input = GoodImport();
  input.state.reset();
  input.register_complete_from = Day("2026-01-01");
  input.stated_issue_date = Day("2026-01-01");
  input.findings = {{"R06", Severity::kRefer, "number", "archived", reasons::kNumberArchived}};
  ExpectVerdict(input, Decision::kRefer, reasons::kNumberArchived, CustomsResult::kUnavailable);
  // An issuer that only mentions it has not vouched for the number.
  input.findings[0].severity = Severity::kInfo;
  ExpectVerdict(input, Decision::kReject, reasons::kNumberUnknown, CustomsResult::kNotFound);
}

TEST(VerdictTest, SilenceIsNeverNotFoundAndNonsenseIsNeverReject) {
  VerdictInput input = GoodImport();
  input.state.reset();
  for (const auto& [reachability, reason] :
       {std::pair{Reachability::kSilent, reasons::kIssuerSilent},
        std::pair{Reachability::kBadAnswer, reasons::kBadAnswer}}) {
    input.reachability = reachability;
    ExpectVerdict(input, Decision::kUnavailable, reason, CustomsResult::kUnavailable);
  }
  input.reachability = Reachability::kNotConnected;
  ExpectVerdict(input, Decision::kRefer, reasons::kIssuerNotConnected, CustomsResult::kUnavailable);
}

TEST(VerdictTest, AHardFindingRejectsWhetherOrNotTheIssuerAnswers) {
  VerdictInput input = GoodImport();
  input.findings = {
      {"R08", Severity::kHard, "lines[0].hs_code", "7102.39", reasons::kHsCodeOutOfScope}};
  for (const Reachability reachability : kAllReachabilities) {
    input.reachability = reachability;
    ExpectVerdict(input, Decision::kReject, reasons::kHsCodeOutOfScope, CustomsResult::kNotValid);
  }
  input.reachability = Reachability::kNotConnected;
  input.findings.push_back(
      {"R23", Severity::kHard, "number", "KE", reasons::kIssuerNotAParticipant});
  ExpectVerdict(input, Decision::kReject, reasons::kIssuerNotAParticipant,
                CustomsResult::kIssuerUnknown);
  input.findings = {{"R15", Severity::kHard, "", "removed", reasons::kParticipantRemoved}};
  ExpectVerdict(input, Decision::kReject, reasons::kParticipantRemoved,
                CustomsResult::kIssuerSuspended);
}

TEST(VerdictTest, AUsedCertificateIsRejectedUnderAnotherReferenceOnly) {
  VerdictInput input = GoodImport();
  for (const State state : {State::kExported, State::kConfirmed}) {
    input.state = state;
    input.use = UsePosition::kOtherReference;
    ExpectVerdict(input, Decision::kReject, reasons::kAlreadyUsed, CustomsResult::kAlreadyUsed);
    input.use = UsePosition::kSameReference;
    ExpectVerdict(input, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
    input.use = UsePosition::kReferenceNotStated;
    ExpectVerdict(input, Decision::kRefer, reasons::kReferenceNotStated,
                  CustomsResult::kValidWithDifferences);
  }
}

TEST(VerdictTest, PresentedElsewhereIsReferred) {
  VerdictInput input = GoodImport();
  input.standing = Standing::kNone;
  ExpectVerdict(input, Decision::kRefer, reasons::kDiversion, CustomsResult::kValidWithDifferences);
  input.purpose = Purpose::kTransit;
  ExpectVerdict(input, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
}

TEST(VerdictTest, WhatIsNotYetValidIsNotAccepted) {
  VerdictInput input = GoodImport();
  input.state = State::kIssued;
  ExpectVerdict(input, Decision::kReject, reasons::kNotValidated, CustomsResult::kNotValid);
  input.state = State::kValidated;
  ExpectVerdict(input, Decision::kRefer, reasons::kNotExported, CustomsResult::kNotValid);
  input.purpose = Purpose::kExport;
  input.standing = Standing::kIssuer;
  ExpectVerdict(input, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
}

TEST(VerdictTest, AnExpiredCertificateIsNotedWhenExportedInTimeElseReferred) {
  VerdictInput input = GoodImport();
  input.findings = {{"K02", Severity::kInfo, "expiry_date", "", reasons::kCertificateExpired}};
  ExpectVerdict(input, Decision::kAccept, reasons::kGood, CustomsResult::kValid);
  input.findings[0].severity = Severity::kRefer;
  ExpectVerdict(input, Decision::kRefer, reasons::kCertificateExpired, CustomsResult::kNotValid);
}

// Every combination of state, purpose, standing, use, reachability, the match of two fields and an
// offline severity against the precedence of architecture section 5, written down once more.
TEST(VerdictTest, EveryCombinationFollowsThePrecedence) {
  std::vector<std::optional<State>> states(kAllStates.begin(), kAllStates.end());
  states.push_back(std::nullopt);
  std::size_t combinations = 0;
  for (const Purpose purpose : kAllPurposes) {
    for (const Reachability reachability : kAllReachabilities) {
      for (const std::optional<State>& state : states) {
        for (const Standing standing : kAllStandings) {
          for (const UsePosition use : kAllUses) {
            for (const FieldMatch lines : kAllMatches) {
              for (const FieldMatch seals : {FieldMatch::kMatch, FieldMatch::kMismatch}) {
                for (const Severity offline :
                     {Severity::kInfo, Severity::kRefer, Severity::kHard}) {
                  VerdictInput input;
                  input.purpose = purpose;
                  input.reachability = reachability;
                  input.state = state;
                  input.standing = standing;
                  input.use = use;
                  input.fields = {{Field::kNumber, FieldMatch::kMatch, "number", ""},
                                  {Field::kIssueDate, FieldMatch::kMatch, "issue_date", ""},
                                  {Field::kImporter, FieldMatch::kMatch, "importer", ""},
                                  {Field::kExporter, FieldMatch::kMatch, "exporter", ""},
                                  {Field::kLines, lines, "lines", ""},
                                  {Field::kSeals, seals, "seals", ""}};
                  input.findings = {{"", offline, "", "", "OFFLINE"}};

                  Severity answer = Severity::kInfo;
                  if (state) {
                    const bool closed = state == State::kConfirmed;
                    for (const Cell& cell :
                         {StateCell(*state, purpose), UseCell(use, closed, purpose),
                          StandingCell(standing, purpose), FieldCell(Field::kLines, lines, purpose),
                          FieldCell(Field::kSeals, seals, purpose)}) {
                      answer = std::max(answer, cell.severity);
                    }
                  } else {
                    answer = Severity::kRefer;
                  }
                  Decision expected = Decision::kAccept;
                  if (offline == Severity::kHard) {
                    expected = Decision::kReject;
                  } else if (reachability == Reachability::kSilent ||
                             reachability == Reachability::kBadAnswer) {
                    expected = Decision::kUnavailable;
                  } else if (reachability == Reachability::kNotConnected) {
                    expected = Decision::kRefer;
                  } else if (answer == Severity::kHard) {
                    expected = Decision::kReject;
                  } else if (std::max(answer, offline) == Severity::kRefer) {
                    expected = Decision::kRefer;
                  }
                  const Verdict verdict = DecideVerdict(input);
                  ASSERT_EQ(verdict.decision, expected);
                  ASSERT_FALSE(verdict.reason.empty());
                  ASSERT_EQ(verdict.customs == CustomsResult::kValid,
                            verdict.decision == Decision::kAccept);
                  ASSERT_GE(verdict.findings.size(), 1U) << "no finding is lost";
                  ++combinations;
                }
              }
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(combinations, 5U * 4 * 17 * 3 * 4 * 4 * 2 * 3);
}

}  // namespace
}  // namespace kp::scheme
