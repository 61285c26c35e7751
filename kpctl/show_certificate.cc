#include "kpctl/show_certificate.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kpctl/parse.h"
#include "mesh/statement/keys.h"
#include "scheme/wire/certificate.h"

namespace kp::kpctl {

namespace cert = certificate::v1;

namespace {

std::string PartyText(const cert::TradeParty& party) {
  std::vector<std::string> parts;
  for (const std::string& part :
       {party.name(), party.address(), party.registration(), party.country()}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, ", ");
}

std::string OfficerText(const cert::Officer& officer) {
  if (officer.spiffe_id().empty()) return "";
  return absl::StrCat(officer.person(), " (", officer.spiffe_id(), ")");
}

}  // namespace

int64_t TotalCarats(const google::protobuf::RepeatedPtrField<cert::Line>& lines) {
  int64_t sum = 0;
  for (const cert::Line& line : lines) sum += line.carats_thousandths();
  return sum;
}

int64_t TotalValue(const google::protobuf::RepeatedPtrField<cert::Line>& lines) {
  int64_t sum = 0;
  for (const cert::Line& line : lines) sum += line.value_usd_cents();
  return sum;
}

void AddUseFacts(Facts& facts, const cert::UseRecord& use) {
  facts.Add("used by", use.importing_entity());
  facts.Add("consignment", use.consignment_reference());
  if (use.customs_leg() != cert::CUSTOMS_LEG_UNSPECIFIED) {
    facts.Add("customs leg",
              absl::StrCat(EnumText(use.customs_leg(), "CUSTOMS_LEG_"), " by ",
                           use.customs_partner(), " ", TimeText(use.customs_time())));
    facts.Add("reserved until", TimeText(use.reservation_expire_time()));
  }
  if (use.confirmed()) facts.Add("confirmed", TimeText(use.confirm_time()));
}

void PrintFindings(std::ostream& out,
                   const google::protobuf::RepeatedPtrField<cert::Finding>& findings) {
  if (findings.empty()) return;
  Table table({"severity", "rule", "reason", "where", "finding"});
  for (const cert::Finding& finding : findings) {
    table.Add({EnumText(finding.severity(), "SEVERITY_"), finding.rule(), finding.reason(),
               finding.pointer(), finding.text()});
  }
  table.Print(out);
}

void PrintVerdict(std::ostream& out, const cert::VerifyCertificateResponse& response) {
  out << "verdict: " << EnumText(response.verdict(), "VERDICT_") << "  " << response.number();
  if (!response.reason().empty()) out << "  (" << Printable(response.reason()) << ")";
  out << "\n\n";
  PrintFindings(out, response.findings());
  if (!response.findings().empty()) out << '\n';
  if (!response.fields().empty()) {
    Table fields({"field", "match", "where", "register says"});
    for (const cert::FieldResult& field : response.fields()) {
      fields.Add({EnumText(field.field(), "CERTIFICATE_FIELD_"),
                  EnumText(field.match(), "FIELD_MATCH_"), field.pointer(),
                  field.register_value()});
    }
    fields.Print(out);
    out << '\n';
  }
  Facts facts;
  facts.Add("issuer", absl::StrCat(response.issuer(), ", ",
                                   EnumText(response.reachability(), "REACHABILITY_")));
  if (response.state() != cert::CERTIFICATE_STATE_UNSPECIFIED) {
    facts.Add("state", EnumText(response.state(), "CERTIFICATE_STATE_"));
  }
  if (response.standing() != cert::STANDING_UNSPECIFIED) {
    facts.Add("standing", EnumText(response.standing(), "STANDING_"));
  }
  if (response.use() != cert::USE_STATE_UNSPECIFIED) {
    facts.Add("use", EnumText(response.use(), "USE_STATE_"));
  }
  AddUseFacts(facts, response.use_record());
  facts.Add("for customs", response.customs_result());
  for (const std::string& feature : response.look_at()) facts.Add("look at", feature);
  facts.Add("evidence", response.evidence_id());
  facts.Add("ticket", response.ticket_id());
  facts.Add("given", TimeText(response.verify_time()));
  facts.Print(out);
}

void PrintCertificate(std::ostream& out, const cert::Certificate& certificate) {
  Facts facts;
  facts.Add("number", certificate.number().empty() || certificate.printed_number().empty() ||
                              certificate.number() == certificate.printed_number()
                          ? certificate.number()
                          : absl::StrCat(certificate.number(), " (printed ",
                                         certificate.printed_number(), ")"));
  facts.Add("application", certificate.application_id());
  if (certificate.state() != cert::CERTIFICATE_STATE_UNSPECIFIED) {
    facts.Add("state", EnumText(certificate.state(), "CERTIFICATE_STATE_"));
  }
  facts.Add("reasons", certificate.state_text());
  facts.Add("in place of", certificate.replaces());
  facts.Add("replaced by", certificate.replaced_by());
  facts.Add("issued", certificate.issue_date());
  facts.Add("expires", certificate.expiry_date());
  facts.Add("issuing authority", certificate.issuing_authority());
  facts.Add("validated", absl::StrCat(certificate.validation_date(),
                                      certificate.validation_date().empty() ? "" : " by ",
                                      certificate.validating_authority()));
  facts.Add("exported", certificate.export_date());
  for (const cert::Correction& correction : certificate.corrections()) {
    facts.Add("error endorsed",
              absl::StrCat(correction.field(), ": printed \"", correction.printed(),
                           "\", to read \"", correction.value(), "\" (", correction.text(), "; ",
                           correction.officer().person(), ", ", TimeText(correction.endorse_time()),
                           ")"));
  }
  for (const cert::Correction& correction : certificate.proposed_corrections()) {
    facts.Add("to be endorsed",
              absl::StrCat(correction.field(), ": printed \"", correction.printed(),
                           "\", to read \"", correction.value(), "\" (", correction.text(), "; ",
                           correction.proposed_by().person(), ", ",
                           TimeText(correction.propose_time()), "); another officer endorses it"));
  }
  facts.Add("exporter", PartyText(certificate.exporter()));
  facts.Add("importer", PartyText(certificate.importer()));
  facts.Add("importing entity", certificate.importing_entity());
  facts.Add("origin", OriginText(certificate.origin()));
  if (certificate.parcels() > 0) facts.Add("parcels", absl::StrCat(certificate.parcels()));
  facts.Add("seals", absl::StrJoin(certificate.seals(), ", "));
  facts.Add("applied by", OfficerText(certificate.applied_by()));
  facts.Add("issued by", OfficerText(certificate.issued_by()));
  facts.Add("validated by", OfficerText(certificate.validated_by()));
  for (const cert::SourceDraw& draw : certificate.sources()) {
    facts.Add("source", absl::StrCat(draw.source_id(), ": ", CaratsText(draw.carats_thousandths()),
                                     " carats"));
  }
  if (certificate.has_risk_selection()) {
    const cert::RiskSelection& risk = certificate.risk_selection();
    facts.Add("risk selection", absl::StrCat(risk.selected() ? "to be opened" : "not chosen", " (",
                                             risk.percent(), " %, seed ", risk.seed(), ")"));
  }
  for (const cert::Inspection& inspection : certificate.inspections()) {
    facts.Add("inspection", absl::StrCat(inspection.date(), " by ", inspection.inspector(),
                                         inspection.opened() ? ", opened" : "",
                                         inspection.as_stated() ? ", as stated" : ", NOT as stated",
                                         inspection.text().empty() ? "" : ": ", inspection.text()));
  }
  if (certificate.rules_ran() != 0) {
    const std::vector<std::string> noted = scheme::wire::RulesOf(certificate.rules_noted());
    facts.Add("rules",
              absl::StrCat(scheme::wire::RulesOf(certificate.rules_ran()).size(), " ran",
                           noted.empty() ? "" : "; noted by ", absl::StrJoin(noted, ", ")));
  }
  for (const cert::MeasureAttestation& attestation : certificate.attestations()) {
    facts.Add("measures attested",
              absl::StrCat(attestation.decided_on(), attestation.clear() ? " clear" : " NOT clear",
                           attestation.measure_ids().empty() ? "" : ": ",
                           absl::StrJoin(attestation.measure_ids(), ", ")));
  }
  if (!certificate.statement().empty()) {
    facts.Add("statement", statement::ToHex(statement::Sha256(certificate.statement())));
  }
  AddUseFacts(facts, certificate.use());
  facts.Print(out);
  out << '\n';
  Table lines({"HS code", "carats", "USD", "origin", "area", "operation"});
  for (const cert::Line& line : certificate.lines()) {
    lines.Add({line.hs_code(), CaratsText(line.carats_thousandths()),
               DollarsText(line.value_usd_cents()), line.origin_country(), line.area(),
               line.operation()});
  }
  if (certificate.lines_size() > 1) {
    lines.Add({"in all", CaratsText(TotalCarats(certificate.lines())),
               DollarsText(TotalValue(certificate.lines())), "", "", ""});
  }
  lines.Print(out);
}

}  // namespace kp::kpctl
