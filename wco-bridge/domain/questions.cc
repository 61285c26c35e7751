#include "wco-bridge/domain/questions.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "wco-bridge/wco/codes.h"

namespace kp::bridge {
namespace {

namespace cert = ::kp::certificate::v1;
using wco::Pointer;

std::string FormatDay(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

// The parcels of a claim, where every one of its items states them as parcels (UN Rec 21 PC): packages
// of another kind are not parcels.
int ParcelsOf(const wco::CertificateClaim& claim) {
  int64_t parcels = 0;
  for (const wco::ClaimLine& line : claim.lines) {
    if (line.item->packaging.empty()) return 0;
    for (const wco::Packaging& packaging : line.item->packaging) {
      if (!packaging.type.has_value() || packaging.type->value != "PC" ||
          !packaging.quantity.has_value()) {
        return 0;
      }
      parcels += packaging.quantity->value;
    }
  }
  return parcels > 0 && parcels <= 99'999 ? static_cast<int>(parcels) : 0;
}

// Which of the claim's lines "lines[2].carats" is about; the first where it names none.
const wco::ClaimLine& LineOf(const wco::CertificateClaim& claim, const std::string& pointer) {
  const size_t open = pointer.find("lines[");
  if (open != std::string::npos) {
    const unsigned long index = std::strtoul(pointer.c_str() + open + 6, nullptr, 10);
    if (index < claim.lines.size()) return claim.lines[index];
  }
  return claim.lines.front();
}

bool Names(const std::string& pointer, std::string_view part) {
  return pointer.find(part) != std::string::npos;
}

struct Place {
  std::string_view code;
  Pointer pointer;
};

// Where a field of the certificate stands in the declaration, and the code of a mismatch there.
Place PlaceOf(const wco::Declaration& declaration, const wco::CertificateClaim& claim,
              cert::CertificateField field, const std::string& pointer) {
  const wco::ClaimLine& line = LineOf(claim, pointer);
  const wco::KpDocument& document = *line.document;
  const auto carats = [&] {
    return document.write_off.has_value() ? document.write_off->carats_thousandths.at.pointer
                                          : document.at.pointer;
  };
  const auto value = [&] {
    return document.write_off.has_value() ? document.write_off->value_usd_cents.at.pointer
                                          : document.at.pointer;
  };
  switch (field) {
    case cert::CERTIFICATE_FIELD_ISSUE_DATE:
      return {wco::kDateMismatch, document.effective.has_value() ? document.effective->at.pointer
                                                                 : document.at.pointer};
    case cert::CERTIFICATE_FIELD_EXPIRY_DATE:
      return {wco::kDateMismatch, line.item->certificate_expiry.has_value()
                                      ? line.item->certificate_expiry->at.pointer
                                      : line.item->at.pointer};
    case cert::CERTIFICATE_FIELD_EXPORTER:
      return {wco::kPartyMismatch,
              declaration.exporter.has_value() ? declaration.exporter->at.pointer : Pointer()};
    case cert::CERTIFICATE_FIELD_IMPORTER:
      return {wco::kPartyMismatch,
              declaration.importer.has_value() ? declaration.importer->at.pointer : Pointer()};
    case cert::CERTIFICATE_FIELD_IMPORTING_ENTITY:
      return {wco::kCountryMismatch, declaration.destination.has_value()
                                         ? declaration.destination->at.pointer
                                         : document.at.pointer};
    case cert::CERTIFICATE_FIELD_LINES:
      if (Names(pointer, "carats")) return {wco::kCaratsMismatch, carats()};
      if (Names(pointer, "value")) return {wco::kValueMismatch, value()};
      if (Names(pointer, "hs")) {
        return {wco::kHsMismatch, line.item->commodity_code.has_value()
                                      ? line.item->commodity_code->at.pointer
                                      : line.item->at.pointer};
      }
      return {wco::kLineMismatch, line.item->at.pointer};
    case cert::CERTIFICATE_FIELD_TOTAL_CARATS:
      return {wco::kCaratsMismatch, carats()};
    case cert::CERTIFICATE_FIELD_TOTAL_VALUE:
      return {wco::kValueMismatch, value()};
    case cert::CERTIFICATE_FIELD_PARCELS:
      return {wco::kParcelsMismatch,
              !line.item->packaging.empty() && line.item->packaging.front().quantity.has_value()
                  ? line.item->packaging.front().quantity->at.pointer
                  : line.item->at.pointer};
    case cert::CERTIFICATE_FIELD_ORIGIN:
      return {wco::kOriginMismatch, line.item->origins.empty() ? line.item->at.pointer
                                                               : line.item->origins.front().at.pointer};
    case cert::CERTIFICATE_FIELD_SEALS:
      return {wco::kOtherFinding,
              declaration.seals.empty() ? Pointer() : declaration.seals.front().at.pointer};
    default:
      return {wco::kOtherFinding, document.printed_id.has_value() ? document.printed_id->at.pointer
                                                                  : document.at.pointer};
  }
}

// Where the declaration states the field of the question that `path` names; nothing where what
// stands there is not the declaration's.
std::optional<Pointer> StatedAt(const wco::Declaration& declaration,
                                const wco::CertificateClaim& claim,
                                const cert::VerifyCertificateRequest& question,
                                const std::string& path) {
  if (path == "consignment_reference") {
    return wco::ConsignmentReferenceSource(declaration).at.pointer;
  }
  const cert::StatedPaper& paper = question.paper();
  const struct {
    std::string_view name;
    cert::CertificateField field;
    bool stated;
  } fields[] = {
      {"number", cert::CERTIFICATE_FIELD_NUMBER, true},
      {"issue_date", cert::CERTIFICATE_FIELD_ISSUE_DATE, !paper.issue_date().empty()},
      {"expiry_date", cert::CERTIFICATE_FIELD_EXPIRY_DATE, !paper.expiry_date().empty()},
      {"exporter", cert::CERTIFICATE_FIELD_EXPORTER, paper.has_exporter()},
      {"exporter.name", cert::CERTIFICATE_FIELD_EXPORTER, paper.has_exporter()},
      {"importer", cert::CERTIFICATE_FIELD_IMPORTER, paper.has_importer()},
      {"importer.name", cert::CERTIFICATE_FIELD_IMPORTER, paper.has_importer()},
      {"lines", cert::CERTIFICATE_FIELD_LINES, true},
      {"lines.hs_code", cert::CERTIFICATE_FIELD_LINES, true},
      {"lines.carats_thousandths", cert::CERTIFICATE_FIELD_LINES, true},
      {"lines.value_usd_cents", cert::CERTIFICATE_FIELD_LINES, true},
      {"total_carats_thousandths", cert::CERTIFICATE_FIELD_TOTAL_CARATS, true},
      {"total_value_usd_cents", cert::CERTIFICATE_FIELD_TOTAL_VALUE, true},
      {"parcels", cert::CERTIFICATE_FIELD_PARCELS, paper.parcels() > 0},
      {"origin", cert::CERTIFICATE_FIELD_ORIGIN, paper.has_origin()},
      {"origin.countries", cert::CERTIFICATE_FIELD_ORIGIN, paper.has_origin()},
      {"seals", cert::CERTIFICATE_FIELD_SEALS, paper.seals_size() > 0},
  };
  // Some checks of the home name the paper's fields from the paper on.
  std::string name(absl::StripPrefix(path, "paper."));
  size_t index = 0;
  if (const size_t open = name.find('['), close = name.find(']', open);
      close != std::string::npos) {
    index = std::strtoul(name.c_str() + open + 1, nullptr, 10);
    name.erase(open, close + 1 - open);
  }
  for (const auto& [known, field, stated] : fields) {
    if (name != known || !stated) continue;
    if (field == cert::CERTIFICATE_FIELD_SEALS) {
      if (index >= declaration.seals.size()) return std::nullopt;
      return declaration.seals[index].at.pointer;
    }
    if (index >= claim.lines.size()) return std::nullopt;
    return PlaceOf(declaration, claim, field, path).pointer;
  }
  return std::nullopt;
}

std::string_view CodeOf(const std::string& reason) {
  static constexpr std::pair<std::string_view, std::string_view> kCodes[] = {
      {"NUMBER_UNKNOWN", wco::kNotFound},
      {"NUMBER_NOT_ON_REGISTER", wco::kNotFound},
      {"ALREADY_USED", wco::kAlreadyUsed},
      {"ISSUER_NOT_A_PARTICIPANT", wco::kNotAParticipant},
      {"NOT_A_PARTICIPANT", wco::kNotAParticipant},
      {"EMBARGO", wco::kRestricted},
      {"GOVERNMENT_CERTIFICATE_NEEDED", wco::kRestricted},
      {"PARTICIPANT_REMOVED", wco::kRestricted},
      {"PARTICIPANT_SUSPENDED", wco::kRestricted},
      {"DESTINATION_SUSPENDED", wco::kRestricted},
      {"AREA_RESTRICTED", wco::kRestricted},
      {"MEASURE_NOT_ATTESTED", wco::kRestricted},
      {"COUNTERSIGNATURE_MISSING", wco::kRestricted},
      {"NO_LONGER_VALID", wco::kNotValid},
      {"NOT_ISSUED", wco::kNotValid},
      {"NOT_VALIDATED", wco::kNotValid},
      {"NOT_EXPORTED", wco::kNotValid},
      {"FROZEN", wco::kNotValid},
      {"CERTIFICATE_EXPIRED", wco::kNotValid},
      {"DIVERSION", wco::kNotTheImporter},
      {"NOT_THE_IMPORTER", wco::kNotTheImporter},
      {"ISSUER_SILENT", wco::kIssuerUnavailable},
      {"BAD_ANSWER", wco::kIssuerUnavailable},
      {"ISSUER_NOT_CONNECTED", wco::kIssuerNotConnected},
  };
  for (const auto& [name, code] : kCodes) {
    if (name == reason) return code;
  }
  return wco::kOtherFinding;
}

}  // namespace

cert::VerifyCertificateRequest QuestionFor(const wco::Declaration& declaration,
                                           const wco::CertificateClaim& claim,
                                           bool only_certificate,
                                           const std::string& consignment_reference) {
  const bool import = declaration.direction == wco::Direction::kImport;
  cert::VerifyCertificateRequest request;
  request.set_number(claim.id);
  request.set_purpose(import ? cert::PURPOSE_IMPORT : cert::PURPOSE_EXPORT);
  if (import) request.set_consignment_reference(consignment_reference);
  cert::StatedPaper& paper = *request.mutable_paper();
  const wco::KpDocument& document = *claim.lines.front().document;
  if (document.effective.has_value() &&
      std::holds_alternative<absl::CivilDay>(document.effective->value)) {
    paper.set_issue_date(FormatDay(std::get<absl::CivilDay>(document.effective->value)));
  }
  if (const auto& expiry = claim.lines.front().item->certificate_expiry; expiry.has_value()) {
    paper.set_expiry_date(FormatDay(expiry->value));
  }
  const auto party = [](const std::optional<wco::Party>& in, cert::TradeParty& out) {
    if (in.has_value() && in->name.has_value()) out.set_name(in->name->value);
  };
  if (declaration.exporter.has_value()) party(declaration.exporter, *paper.mutable_exporter());
  if (declaration.importer.has_value()) party(declaration.importer, *paper.mutable_importer());
  for (const wco::ClaimLine& line : claim.lines) {
    cert::Line& row = *paper.add_lines();
    row.set_hs_code(line.item->hs);
    row.set_carats_thousandths(line.carats_thousandths);
    row.set_value_usd_cents(line.value_usd_cents);
  }
  paper.set_total_carats_thousandths(claim.carats_thousandths);
  paper.set_total_value_usd_cents(claim.value_usd_cents);
  paper.set_parcels(ParcelsOf(claim));
  const std::vector<wco::Text>& origins = claim.lines.front().item->origins;
  if (!origins.empty()) {
    cert::Origin& origin = *paper.mutable_origin();
    origin.set_kind(origins.size() == 1 ? cert::ORIGIN_KIND_SINGLE : cert::ORIGIN_KIND_MIXED_LISTED);
    for (const wco::Text& country : origins) origin.add_countries(country.value);
  }
  // Seals are the shipment's: with several certificates nobody can tell whose they are.
  if (only_certificate) {
    for (const wco::Text& seal : declaration.seals) paper.add_seals(seal.value);
  }
  return request;
}

std::vector<wco::ResponseError> ErrorsFor(const wco::Declaration& declaration,
                                          const wco::CertificateClaim& claim,
                                          const cert::VerifyCertificateResponse& answer,
                                          cert::Severity least) {
  std::vector<wco::ResponseError> errors;
  const auto line_differs = [&](std::string_view part) {
    return std::ranges::any_of(answer.fields(), [&](const cert::FieldResult& f) {
      return f.field() == cert::CERTIFICATE_FIELD_LINES &&
             f.match() == cert::FIELD_MATCH_MISMATCH && Names(f.pointer(), part);
    });
  };
  for (const cert::FieldResult& field : answer.fields()) {
    if (field.match() != cert::FIELD_MATCH_MISMATCH) continue;
    // A declaration has no totals of its own: what differs there is a line, told already.
    if (field.field() == cert::CERTIFICATE_FIELD_TOTAL_CARATS && line_differs("carats")) continue;
    if (field.field() == cert::CERTIFICATE_FIELD_TOTAL_VALUE && line_differs("value")) continue;
    const Place place = PlaceOf(declaration, claim, field.field(), field.pointer());
    std::string text = absl::StrCat(claim.id, ": ", field.pointer(), " is not the certificate's");
    if (!field.register_value().empty()) {
      absl::StrAppend(&text, "; the issuer's register says ", field.register_value());
    }
    errors.push_back({std::string(place.code), std::move(text), place.pointer});
  }
  const wco::KpDocument& document = *claim.lines.front().document;
  const Pointer reference =
      document.printed_id.has_value() ? document.printed_id->at.pointer : document.at.pointer;
  for (const cert::Finding& finding : answer.findings()) {
    // Mismatches are told above, with their elements.
    if (finding.severity() < least || finding.reason() == "FIELD_MISMATCH") continue;
    std::string text = absl::StrCat(claim.id, ": ", finding.text());
    if (!finding.rule().empty()) absl::StrAppend(&text, " (", finding.rule(), ")");
    errors.push_back({std::string(CodeOf(finding.reason())), std::move(text), reference});
  }
  return errors;
}

std::vector<wco::ResponseError> StatedFaults(const wco::Declaration& declaration,
                                             const wco::CertificateClaim& claim,
                                             const cert::VerifyCertificateRequest& question,
                                             const absl::Status& refusal) {
  std::vector<wco::ResponseError> errors;
  for (const Fault& fault : FaultsOf(refusal)) {
    std::optional<Pointer> place = StatedAt(declaration, claim, question, fault.field);
    if (!place.has_value()) continue;
    errors.push_back({std::string(fault.field == "number" ? wco::kBadCertificateNumber
                                                          : wco::kBadCode),
                      absl::StrCat(claim.id, ": ", fault.field, ": ", fault.message),
                      *std::move(place)});
  }
  return errors;
}

}  // namespace kp::bridge
