#include "kpctl/stated_question.h"

#include "absl/strings/str_cat.h"
#include "kpctl/parse.h"

namespace kp::kpctl {

absl::StatusOr<certificate::v1::VerifyCertificateRequest> QuestionOf(const StatedQuestion& flags) {
  Faults faults;
  certificate::v1::VerifyCertificateRequest request;
  request.set_number(flags.number);
  request.set_qr(flags.qr);
  request.set_purpose(faults.Take(ParsePurpose(flags.purpose), "purpose"));
  request.set_consignment_reference(flags.consignment);
  certificate::v1::StatedPaper& paper = *request.mutable_paper();
  // Dates, codes and origins go as they stand on the paper: what is wrong with them is a finding.
  paper.set_issue_date(flags.issue_date);
  paper.set_expiry_date(flags.expiry_date);
  paper.set_issuing_authority(flags.authority);
  if (!flags.exporter.empty()) paper.mutable_exporter()->set_name(flags.exporter);
  if (!flags.importer.empty()) paper.mutable_importer()->set_name(flags.importer);
  paper.set_importing_entity(flags.importing_entity);
  if (!flags.origin.empty()) *paper.mutable_origin() = ParseOrigin(flags.origin);
  paper.set_parcels(flags.parcels);
  for (const std::string& seal : flags.seals) paper.add_seals(seal);
  for (size_t i = 0; i < flags.lines.size(); ++i) {
    *paper.add_lines() =
        faults.Take(ParseStatedLine(flags.lines[i]), absl::StrCat("paper.lines[", i, "]"));
  }
  if (!flags.total_carats.empty()) {
    paper.set_total_carats_thousandths(
        faults.Take(ParseCarats(flags.total_carats), "paper.total_carats_thousandths"));
  }
  if (!flags.total_value.empty()) {
    paper.set_total_value_usd_cents(
        faults.Take(ParseDollars(flags.total_value), "paper.total_value_usd_cents"));
  }
  KP_RETURN_IF_ERROR(faults.Status());
  return request;
}

}  // namespace kp::kpctl
