#include "kpctl/paper.h"

#include "absl/strings/str_cat.h"

namespace kp::kpctl {

void PaperFlags::AddTo(CLI::App* verb) {
  verb->add_option("--issue-date", issue_date, "F7")->type_name("DATE");
  verb->add_option("--expiry-date", expiry_date, "F8")->type_name("DATE");
  verb->add_option("--issuing-authority", authority, "F9, name or id")->type_name("NAME");
  verb->add_option("--importer", importer, "F10")->type_name("NAME");
  verb->add_option("--exporter", exporter, "F10")->type_name("NAME");
  verb->add_option("--importing-entity", importing_entity, "Entity named on the paper")
      ->type_name("CODE");
  verb->add_option("--line", lines, "F14, F11, F12; repeatable")->type_name("HS:CARATS[:USD]");
  verb->add_option("--parcels", parcels, "F13")->type_name("N");
  verb->add_option("--origin", origin, "F3: ZW, mixed, or mixed:BW,NA")->type_name("ORIGIN");
  verb->add_option("--total-carats", total_carats, "F11 in all")->type_name("CARATS");
  verb->add_option("--total-value", total_value, "F12 in all")->type_name("USD");
  verb->add_option("--seal", seals, "Seal as found; repeatable")->type_name("TEXT");
}

bool PaperFlags::Given() const {
  Faults told_later;
  return ToProto(told_later).ByteSizeLong() > 0 || !told_later.Status().ok();
}

certificate::v1::StatedPaper PaperFlags::ToProto(Faults& faults) const {
  certificate::v1::StatedPaper paper;
  paper.set_issue_date(issue_date);
  paper.set_expiry_date(expiry_date);
  paper.set_issuing_authority(authority);
  if (!exporter.empty()) paper.mutable_exporter()->set_name(exporter);
  if (!importer.empty()) paper.mutable_importer()->set_name(importer);
  paper.set_importing_entity(importing_entity);
  if (!origin.empty()) *paper.mutable_origin() = ParseOrigin(origin);
  paper.set_parcels(parcels);
  for (const std::string& seal : seals) paper.add_seals(seal);
  for (size_t i = 0; i < lines.size(); ++i) {
    *paper.add_lines() =
        faults.Take(ParseStatedLine(lines[i]), absl::StrCat("paper.lines[", i, "]"));
  }
  if (!total_carats.empty()) {
    paper.set_total_carats_thousandths(
        faults.Take(ParseCarats(total_carats), "paper.total_carats_thousandths"));
  }
  if (!total_value.empty()) {
    paper.set_total_value_usd_cents(
        faults.Take(ParseDollars(total_value), "paper.total_value_usd_cents"));
  }
  return paper;
}

}  // namespace kp::kpctl
