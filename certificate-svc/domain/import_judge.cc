// What can be told of a certificate that is only on paper.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/record.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Finding;
using scheme::Severity;

void AddCheck(pb::ImportEntry& entry, const std::string& name, pb::ImportCheckOutcome outcome,
              const std::string& text) {
  pb::ImportCheck& check = *entry.add_checks();
  check.set_name(name);
  check.set_outcome(outcome);
  check.set_text(text);
}

// The name without the enum's prefix: "ISSUER_ASKED".
std::string NameOf(pb::ManualCheckKind kind) {
  return pb::ManualCheckKind_Name(kind).substr(std::string("MANUAL_CHECK_KIND_").size());
}

// What officers saw by other means: the latest of each kind counts.
void JudgeManualChecks(pb::ImportEntry& entry, std::vector<Finding>& findings) {
  std::map<pb::ManualCheckKind, const pb::ManualCheck*> latest;
  for (const pb::ManualCheck& check : entry.manual_checks()) latest[check.kind()] = &check;
  for (const auto& [kind, check] : latest) {
    AddCheck(entry, NameOf(kind),
             check->agrees() ? pb::IMPORT_CHECK_OUTCOME_BY_HAND
                             : pb::IMPORT_CHECK_OUTCOME_BY_HAND_FAILED,
             absl::StrCat(check->date(), ", ", check->reference(),
                          check->text().empty() ? "" : ": ", check->text()));
    if (check->agrees()) continue;
    const bool denied = kind == pb::MANUAL_CHECK_KIND_ISSUER_ASKED;
    findings.push_back(
        {"", denied ? Severity::kHard : Severity::kRefer, "manual_checks",
         denied
             ? absl::StrCat("the issuing authority does not stand by the paper: ",
                            check->reference())
             : absl::StrCat(NameOf(kind), " does not agree with the paper: ", check->reference()),
         denied ? scheme::reasons::kIssuerDenies : scheme::reasons::kManualCheckFailed});
  }
}

}  // namespace

absl::Status JudgePaper(const Environment& env, const SchemeView& view, pb::ImportEntry& entry) {
  std::vector<Finding> findings;
  KP_ASSIGN_OR_RETURN(scheme::Certificate paper, wire::ReadPaper(entry.paper(), findings));
  KP_ASSIGN_OR_RETURN(paper.number, scheme::CertificateNumber::Parse(entry.printed_number()));
  KP_ASSIGN_OR_RETURN(paper.issuing_entity, scheme::EntityCode::Parse(entry.issuer()));

  // What could not be read was told, and is not missing as well.
  const std::vector<Finding> unread = findings;
  for (Finding& missing : scheme::CheckPaperWhole(paper)) {
    const std::string pointer = absl::StrCat("paper.", missing.pointer);
    const bool told = std::ranges::any_of(unread, [&](const Finding& one) {
      return one.pointer == pointer || one.pointer.starts_with(pointer + ".");
    });
    if (!told) findings.push_back(std::move(missing));
  }
  const auto submitted = scheme::ParseDate(entry.submission_date());
  if (submitted.ok()) {
    for (Finding& early :
         scheme::CheckNotBeforeIssue(paper, *submitted, "submission_date", "presentation")) {
      findings.push_back(std::move(early));
    }
  }
  if (!paper.importing_entity.empty() && ServedBy(view, paper.importing_entity) != env.entity) {
    findings.push_back({"R17", Severity::kRefer, "importing_entity",
                        absl::StrCat("the certificate names ", paper.importing_entity.text(),
                                     " as the place of import"),
                        scheme::reasons::kDiversion});
  }
  const scheme::Date today = scheme::DayInZone(
      env.clock.Now(), view.parties.ZoneOf(paper.issuing_entity, paper.issuing_authority));
  const scheme::RuleInput input{
      view.parties, view.measures, today, scheme::MeasureView::kPaper, "", ""};
  const scheme::CheckResult result = scheme::CheckPresented(paper, input);
  findings.insert(findings.end(), result.findings.begin(), result.findings.end());

  entry.clear_checks();
  std::set<std::string> found;
  for (const Finding& finding : findings) found.insert(finding.rule);
  std::vector<std::string> ran = {"R01"};
  ran.insert(ran.end(), result.rules.begin(), result.rules.end());
  for (const std::string& id : ran) {
    // A paper's validation is a stamp, which nothing here can read.
    if (id == "R11") {
      AddCheck(entry, id, pb::IMPORT_CHECK_OUTCOME_NOT_POSSIBLE,
               "who validated, and with which power, is not told by a paper");
      continue;
    }
    const scheme::Rule* rule = scheme::FindRule(id);
    AddCheck(entry, id,
             found.contains(id) ? pb::IMPORT_CHECK_OUTCOME_FOUND : pb::IMPORT_CHECK_OUTCOME_PASSED,
             rule == nullptr ? "" : rule->asks);
  }
  AddCheck(entry, "R24", pb::IMPORT_CHECK_OUTCOME_NOT_POSSIBLE,
           "whether the exporting participant filed its statistics was not asked by the mesh");
  AddCheck(entry, "ISSUER_REGISTER", pb::IMPORT_CHECK_OUTCOME_NOT_POSSIBLE,
           "whether the issuer gave this number, and what its register says, was not asked by the "
           "mesh");
  AddCheck(entry, "USE", pb::IMPORT_CHECK_OUTCOME_NOT_POSSIBLE,
           "whether the certificate was used elsewhere is known to its issuer alone (R22)");
  AddCheck(entry, "SIGNATURE", pb::IMPORT_CHECK_OUTCOME_NOT_POSSIBLE,
           "a paper bears no signature that a program can check");
  JudgeManualChecks(entry, findings);

  std::ranges::stable_sort(findings, std::greater<>(), &Finding::severity);
  entry.clear_findings();
  for (const Finding& finding : findings) *entry.add_findings() = wire::WriteFinding(finding);

  entry.clear_certified_lines();
  for (const pb::Line& line : entry.paper().lines()) *entry.add_certified_lines() = line;
  for (int i = 0; i < entry.certified_lines_size(); ++i) {
    entry.mutable_certified_lines(i)->set_hs_code(paper.lines[static_cast<size_t>(i)].hs.digits());
  }
  entry.clear_origin();
  if (entry.paper().has_origin()) *entry.mutable_origin() = entry.paper().origin();
  *entry.mutable_certified_seals() = entry.paper().seals();
  entry.set_certified_parcels(entry.paper().parcels());
  ChooseOpening(env, view, entry.certified_parcels(), entry);
  return JudgeInspections(entry);
}

}  // namespace kp::certificate
