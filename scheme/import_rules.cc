#include "scheme/import_rules.h"

#include <algorithm>
#include <set>

#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

std::set<std::string> Folded(const std::vector<std::string>& seals) {
  std::set<std::string> folded;
  for (const std::string& seal : seals) folded.insert(FoldName(seal));
  return folded;
}

void Add(std::vector<Finding>& findings, const char* rule, Severity severity, const char* reason,
         std::string pointer, std::string text) {
  findings.push_back({rule, severity, std::move(pointer), std::move(text), reason});
}

// The seals of a certificate against those that were found; nothing where one side is not noted.
void CompareSeals(const std::vector<std::string>& stated, const std::vector<std::string>& found,
                  std::vector<Finding>& findings) {
  if (stated.empty() || found.empty()) return;
  const std::set<std::string> on_paper = Folded(stated);
  const std::set<std::string> there = Folded(found);
  for (const std::string& seal : stated) {
    if (there.contains(FoldName(seal))) continue;
    Add(findings, "R13", Severity::kRefer, reasons::kSealsDiffer, "seals",
        "seal '" + seal + "' of the certificate was not found");
  }
  for (const std::string& seal : found) {
    if (on_paper.contains(FoldName(seal))) continue;
    Add(findings, "R13", Severity::kRefer, reasons::kSealsDiffer, "seals",
        "seal '" + seal + "' was found and is not on the certificate");
  }
}

}  // namespace

std::vector<std::string> ImportLook::AllSeals() const {
  std::vector<std::string> seals;
  for (const FoundContainer& container : containers) {
    seals.insert(seals.end(), container.seals.begin(), container.seals.end());
  }
  return seals;
}

bool ImportLook::SealsUnbroken() const {
  return std::ranges::all_of(containers, &FoundContainer::seals_unbroken);
}

std::vector<std::int64_t> SelectLots(std::string_view seed, std::string_view id, std::int64_t lots,
                                     int percent) {
  if (percent <= 0 || lots <= 0) return {};
  const std::int64_t wanted = std::min(lots, (lots * percent + 99) / 100);
  // The lots with the lowest hashes; a lot decides equal ones.
  std::vector<std::pair<std::uint64_t, std::int64_t>> order;
  for (std::int64_t lot = 1; lot <= lots; ++lot) {
    order.emplace_back(RiskHash(seed, std::string(id) + "#" + std::to_string(lot)), lot);
  }
  std::ranges::sort(order);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < wanted; ++i) {
    chosen.push_back(order[static_cast<std::size_t>(i)].second);
  }
  std::ranges::sort(chosen);
  return chosen;
}

std::vector<Finding> CheckLook(const Certificate& certificate, const ImportLook& look,
                               const OpeningChoice& choice, const InspectionBounds& bounds) {
  std::vector<Finding> findings;
  if (Place(bounds, look.day) != InspectionTime::kCounts) {
    Add(findings, "R13", Severity::kRefer, reasons::kInspectionOutOfTime, "inspections",
        "the inspection does not count: " + WhyNot(bounds, look.day));
  }
  if (!look.SealsUnbroken()) {
    Add(findings, "R13", Severity::kRefer, reasons::kSealBroken, "seals",
        "a seal was broken or missing at the inspection");
  }
  CompareSeals(certificate.seals, look.AllSeals(), findings);
  if (!look.as_stated) {
    Add(findings, "R20", Severity::kRefer, reasons::kArrivalDiffers, "inspections",
        "the inspection found the goods not as the certificate says");
  }
  if (choice.selected && !look.opened) {
    Add(findings, "", Severity::kRefer, reasons::kSelectionNotOpened, "inspections",
        "this consignment was selected by risk: its containers are to be opened");
  }
  std::string closed;
  for (const std::int64_t lot : choice.lots) {
    if (std::ranges::find(look.lots_opened, lot) != look.lots_opened.end()) continue;
    closed += (closed.empty() ? "" : ", ") + std::to_string(lot);
  }
  if (!closed.empty()) {
    Add(findings, "", Severity::kRefer, reasons::kSelectionNotOpened, "inspections",
        "lots that were selected and not opened: " + closed);
  }
  return findings;
}

std::vector<Finding> CheckNotBeforeIssue(const Certificate& paper, Date day, std::string pointer,
                                         const std::string& act) {
  std::vector<Finding> findings;
  if (!paper.issue_date || day + 1 >= *paper.issue_date) return findings;
  Add(findings, "R07", Severity::kHard, reasons::kDateOfIssueWrong, std::move(pointer),
      act + " on " + FormatDate(day) + " comes before the certificate's issue on " +
          FormatDate(*paper.issue_date));
  return findings;
}

std::vector<Finding> CheckReadiness(const ImportProfile& profile,
                                    const ImportReadiness& readiness) {
  std::vector<Finding> findings;
  if (!readiness.inspected) {
    Add(findings, "R13", profile.inspection_required ? Severity::kHard : Severity::kInfo,
        reasons::kInspectionMissing, "inspection", "no inspection at import is recorded");
  }
  if (readiness.original_missing) {
    Add(findings, "R19", profile.original_required ? Severity::kHard : Severity::kRefer,
        reasons::kOriginalMissing, "original_missing",
        "the original certificate is missing" +
            (profile.original ? ": it is to be produced within " + profile.original->ToString() +
                                    " (" + profile.original->source + "), else the goods go back"
                              : std::string()));
  }
  if (profile.own_certificate && !readiness.own_certificate) {
    Add(findings, "", Severity::kHard, reasons::kImportCertificateMissing, "import_certificate",
        "this entity's own certificate of import comes before the confirmation");
  }
  return findings;
}

std::vector<Finding> CheckPaperWhole(const Certificate& paper) {
  std::vector<Finding> findings;
  const auto need = [&](bool there, std::string pointer, const char* what) {
    if (there) return;
    Add(findings, "R01", Severity::kHard, reasons::kFieldMissing, std::move(pointer),
        std::string("the paper, as entered, does not state ") + what);
  };
  need(paper.origin.has_value(), "origin", "the origin, or that it is mixed (F3)");
  need(paper.issue_date.has_value(), "issue_date", "the date of issue (F7)");
  need(paper.expiry_date.has_value(), "expiry_date", "the date of expiry (F8)");
  need(!FoldName(paper.issuing_authority).empty(), "issuing_authority",
       "the issuing authority (F9)");
  need(!FoldName(paper.exporter.name).empty(), "exporter.name", "the exporter (F10)");
  need(!FoldName(paper.importer.name).empty(), "importer.name", "the importer (F10)");
  need(!paper.importing_entity.empty(), "importing_entity", "where the goods go");
  need(!paper.lines.empty(), "lines", "any goods (F11, F12, F14)");
  for (std::size_t i = 0; i < paper.lines.size(); ++i) {
    const std::string path = "lines[" + std::to_string(i) + "].";
    need(!paper.lines[i].hs.empty(), path + "hs_code", "the HS code (F14)");
    need(paper.lines[i].carats.has_value(), path + "carats_thousandths", "the carats (F11)");
    need(paper.lines[i].value.has_value(), path + "value_usd_cents", "the value (F12)");
  }
  need(paper.parcels.has_value(), "parcels", "the parcels (F13)");
  return findings;
}

bool IsBeyondRemedy(const Finding& finding) {
  return finding.severity == Severity::kHard &&
         (finding.rule == "R03" || finding.rule == "R15" || finding.rule == "R23" ||
          finding.reason == reasons::kIssuerDenies);
}

std::vector<Finding> CheckTransit(const TransitFacts& facts) {
  std::vector<Finding> findings;
  const auto hard = [&](const char* reason, const char* pointer, const char* text) {
    Add(findings, "R25", Severity::kHard, reason, pointer, text);
  };
  if (facts.entry.opened) {
    hard(reasons::kTransitOpened, "entry_inspection.opened",
         "the containers were opened when the shipment came in");
  }
  if (facts.exit && facts.exit->opened) {
    hard(reasons::kTransitOpened, "exit_inspection.opened",
         "the containers were opened on the way through");
  }
  if (facts.exit && !facts.exit->SealsUnbroken()) {
    hard(reasons::kTransitTampered, "exit_inspection.containers",
         "a seal is broken or missing where the shipment is to leave");
  }
  if (facts.exit && facts.exit->containers.size() != facts.entry.containers.size()) {
    hard(reasons::kTransitTampered, "exit_inspection.containers",
         "there are not as many containers as came in");
  }
  const std::set<std::string> came = Folded(facts.entry.AllSeals());
  if (facts.exit && Folded(facts.exit->AllSeals()) != came) {
    hard(reasons::kTransitTampered, "exit_inspection.containers",
         "the seals are not those with which the shipment came in");
  }
  if (facts.new_certificate) {
    hard(reasons::kTransitNewCertificate, "new_certificate",
         "a new certificate was issued for goods in transit");
  }
  if (!facts.entry.SealsUnbroken()) {
    Add(findings, "R13", Severity::kRefer, reasons::kSealBroken, "entry_inspection.containers",
        "a seal was broken or missing when the shipment came in");
  }
  if (came.empty()) {
    Add(findings, "R25", Severity::kRefer, reasons::kSealsMissing, "entry_inspection.containers",
        "no seal was noted: whether the goods were tampered with cannot be told");
  }
  CompareSeals(facts.certificate_seals, facts.entry.AllSeals(), findings);
  if (!facts.purpose_shown) {
    Add(findings, "R25", Severity::kRefer, reasons::kTransitNotShown, "purpose_shown",
        "the certificate does not clearly show the transit (EU art. 18)");
  }
  return findings;
}

}  // namespace kp::scheme
