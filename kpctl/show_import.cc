#include "kpctl/show_import.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {

namespace cert = certificate::v1;

namespace {

std::string SelectionText(const cert::ImportSelection& selection) {
  std::vector<std::string> parts;
  if (selection.selected()) parts.emplace_back("the consignment");
  if (!selection.lots().empty()) {
    parts.push_back(absl::StrCat("lots ", absl::StrJoin(selection.lots(), ", ")));
  }
  if (parts.empty()) return "";
  return absl::StrCat(absl::StrJoin(parts, "; "), " (seed ", selection.seed(), ")");
}

std::string OriginalText(const cert::ImportEntry& entry) {
  if (entry.original_missing()) return "missing since " + entry.original_missing_date();
  if (entry.original_produced_date().empty()) return "";
  return absl::StrCat("missing on ", entry.original_missing_date(), ", produced on ",
                      entry.original_produced_date());
}

}  // namespace

std::string InspectionText(const cert::ImportInspection& inspection) {
  std::string text = absl::StrCat(inspection.date(), " ", inspection.inspector());
  for (const cert::ContainerFound& container : inspection.containers()) {
    absl::StrAppend(&text, "; ", container.label().empty() ? "container" : container.label(), ": ",
                    container.seals().empty() ? "no seal" : absl::StrJoin(container.seals(), ", "),
                    container.seals_unbroken() ? "" : " BROKEN");
  }
  if (inspection.opened()) absl::StrAppend(&text, "; opened");
  if (!inspection.lots_opened().empty()) {
    absl::StrAppend(&text, ", lots ", absl::StrJoin(inspection.lots_opened(), ", "));
  }
  absl::StrAppend(&text, inspection.as_stated() ? "; as stated" : "; NOT as stated");
  if (!inspection.text().empty()) absl::StrAppend(&text, ": ", inspection.text());
  return text;
}

void PrintImport(std::ostream& out, const cert::ImportEntry& entry) {
  Facts facts;
  facts.Add("number", entry.number());
  facts.Add("issuer", entry.issuer());
  facts.Add("way", EnumText(entry.way(), "IMPORT_WAY_"));
  facts.Add("despite the mesh", entry.despite_mesh_text());
  facts.Add("state", EnumText(entry.state(), "CERTIFICATE_STATE_"));
  facts.Add("because", entry.state_text());
  facts.Add("presented", entry.submission_date());
  facts.Add("certified", absl::StrCat(CaratsText(TotalCarats(entry.certified_lines())), " carats, ",
                                      DollarsText(TotalValue(entry.certified_lines())), " USD"));
  facts.Add("origin", OriginText(entry.origin()));
  if (entry.certified_parcels() > 0) facts.Add("parcels", absl::StrCat(entry.certified_parcels()));
  facts.Add("to be opened", SelectionText(entry.selection()));
  for (const cert::ImportInspection& inspection : entry.inspections()) {
    facts.Add("inspected", InspectionText(inspection));
  }
  facts.Add("original", OriginalText(entry));
  facts.Add("certificate of import", entry.import_certificate().reference());
  facts.Add("failure", entry.failure_date());
  facts.Add("failure reported", entry.failure_report_date());
  facts.Add("confirmed", entry.confirm_date());
  if (entry.has_arrival()) {
    facts.Add("arrived", absl::StrCat(entry.arrival().receipt_date(), ", ",
                                      CaratsText(TotalCarats(entry.arrival().lines())), " carats, ",
                                      entry.arrival().parcels(), " parcels"));
    if (entry.confirmation_version() > 0) {
      facts.Add("confirmation", absl::StrCat("version ", entry.confirmation_version()));
    }
  }
  if (!entry.confirmation().empty()) {
    facts.Add("confirmation digest", statement::ToHex(statement::Sha256(entry.confirmation())));
  }
  facts.Print(out);
  if (!entry.checks().empty()) {
    out << "\nchecks:\n";
    Table table({"check", "outcome", "what"});
    for (const cert::ImportCheck& check : entry.checks()) {
      table.Add({check.name(), EnumText(check.outcome(), "IMPORT_CHECK_OUTCOME_"), check.text()});
    }
    table.Print(out);
  }
  if (!entry.findings().empty()) {
    out << "\nfindings:\n";
    PrintFindings(out, entry.findings());
  }
  if (!entry.differences().empty()) {
    out << "\ndifferences on arrival:\n";
    PrintFindings(out, entry.differences());
  }
}

void PrintDeadlines(std::ostream& out,
                    const google::protobuf::RepeatedPtrField<cert::ImportDeadline>& deadlines) {
  Table table({"number", "issuer", "due", "since", "last day", "days late", "source"});
  for (const cert::ImportDeadline& deadline : deadlines) {
    table.Add({deadline.number(), deadline.issuer(),
               EnumText(deadline.kind(), "IMPORT_DEADLINE_KIND_"), deadline.since_date(),
               deadline.due_date(), absl::StrCat(deadline.days_overdue()), deadline.source()});
  }
  table.Print(out);
}

}  // namespace kp::kpctl
