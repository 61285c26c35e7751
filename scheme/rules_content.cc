// The rules that are decided by the content of the certificate alone.
#include <map>
#include <set>
#include <tuple>

#include "scheme/reasons.h"
#include "scheme/rule_checks.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

std::string LineField(std::size_t line, const char* field) {
  return "lines[" + std::to_string(line) + "]." + field;
}

void Need(RuleContext& context, bool present, const std::string& field, const char* what) {
  if (!present) {
    context.Find(Severity::kHard, reasons::kFieldMissing, field, std::string(what) + " is missing");
  }
}

void NeedParty(RuleContext& context, const Party& party, const std::string& field) {
  Need(context, !FoldName(party.name).empty(), field + ".name", "the name (F10)");
}

// F9: an authority that the entity has designated for issuing.
void NeedIssuingAuthority(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  Need(context, !certificate.issuing_authority.empty(), "issuing_authority",
       "the issuing authority (F9)");
  if (certificate.issuing_authority.empty()) return;
  const PartyDirectory& parties = context.input.parties;
  const Authority* authority =
      parties.FindAuthority(context.issuer(), certificate.issuing_authority);
  const Date day = certificate.issue_date.value_or(context.input.today);
  if (authority == nullptr ||
      parties.HasPower(context.issuer(), *authority, Power::kIssue, day) != Certainty::kYes) {
    context.Find(
        Severity::kHard, reasons::kAuthorityNotDesignated, "issuing_authority",
        "not designated by " + context.issuer().text() + " to issue on " + FormatDate(day));
  }
}

}  // namespace

void CheckPresence(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  Need(context, certificate.title.has_value(), "title", "the title (F1)");
  Need(context, certificate.statement.has_value(), "statement", "the statement (F2)");
  Need(context, certificate.origin.has_value(), "origin", "the origin or the mixed marker (F3)");
  Need(context, !certificate.issuing_entity.empty(), "issuing_entity", "the issuing entity");
  Need(context, !certificate.importing_entity.empty(), "importing_entity", "the importing entity");
  NeedParty(context, certificate.exporter, "exporter");
  NeedParty(context, certificate.importer, "importer");
  Need(context, !certificate.lines.empty(), "lines", "the table of lines (F11, F12, F14)");
  for (std::size_t i = 0; i < certificate.lines.size(); ++i) {
    const Line& line = certificate.lines[i];
    Need(context, !line.hs.empty(), LineField(i, "hs_code"), "the HS code (F14)");
    Need(context, line.carats.has_value(), LineField(i, "carats"), "the weight (F11)");
    Need(context, line.value.has_value(), LineField(i, "value"), "the value (F12)");
  }
  Need(context, certificate.parcels.has_value(), "parcels", "the number of parcels (F13)");
  if (context.stage == Stage::kApplication) {
    // The register fills in the officer's own authority where none is stated.
    if (!certificate.issuing_authority.empty()) NeedIssuingAuthority(context);
    return;
  }
  Need(context, !certificate.number.empty(), "number", "the number (F5)");
  Need(context, certificate.issue_date.has_value(), "issue_date", "the date of issue (F7)");
  Need(context, certificate.expiry_date.has_value(), "expiry_date", "the date of expiry (F8)");
  NeedIssuingAuthority(context);
  if (context.stage == Stage::kIssue) return;
  Need(context, certificate.validation && !certificate.validation->authority.empty(), "validation",
       "the validation (F15)");
  if (context.stage == Stage::kValidation) return;
  Need(context, certificate.export_date.has_value(), "export_date", "the date of export");
}

void CheckWording(RuleContext& context) {
  const auto exact = [&](const std::optional<std::string>& text, const char* constant,
                         const char* field) {
    if (!text || *text == constant) return;
    context.Find(Severity::kHard, reasons::kWordingWrong, field,
                 std::string("must read '") + constant + "'");
  };
  exact(context.certificate.title, kTitleText, "title");
  exact(context.certificate.statement, kStatementText, "statement");
}

void CheckOrigins(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  if (!certificate.origin) return;
  const Origin& origin = *certificate.origin;
  std::set<CountryCode> stated;
  bool all_stated = !certificate.lines.empty();
  for (std::size_t i = 0; i < certificate.lines.size(); ++i) {
    const CountryCode& country = certificate.lines[i].origin;
    if (country.empty()) {
      all_stated = false;
      continue;
    }
    stated.insert(country);
    if (origin.kind() != Origin::Kind::kMixedUndisclosed && !origin.Names(country)) {
      context.Find(Severity::kHard, reasons::kOriginContradicted, LineField(i, "origin"),
                   country.text() + " is not in the shipment's origin " + origin.ToString());
    }
  }
  if (all_stated && stated.size() == 1 && origin.kind() != Origin::Kind::kSingle) {
    context.Find(Severity::kHard, reasons::kOriginContradicted, "origin",
                 "every line is of " + stated.begin()->text() +
                     ": the shipment is not mixed and has that one origin");
  }
}

void CheckScope(RuleContext& context) {
  const auto& lines = context.certificate.lines;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].hs.empty() || lines[i].hs.InScope()) continue;
    context.Find(Severity::kHard, reasons::kHsCodeOutOfScope, LineField(i, "hs_code"),
                 lines[i].hs.ToString() +
                     " is outside the scheme, which covers 7102.10, 7102.21 and 7102.31; polished, "
                     "set and synthetic diamonds need no certificate (R26)");
  }
}

void CheckPositive(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const auto carats = [&](const std::optional<Carats>& weight, const std::string& field) {
    if (!weight || *weight > Carats()) return;
    context.Find(Severity::kHard, reasons::kCaratsNotPositive, field,
                 "must be above zero, not " + weight->ToString());
  };
  const auto dollars = [&](const std::optional<UsDollars>& value, const std::string& field) {
    if (!value || *value > UsDollars()) return;
    context.Find(Severity::kHard, reasons::kValueNotPositive, field,
                 "must be above zero, not " + value->ToString());
  };
  for (std::size_t i = 0; i < certificate.lines.size(); ++i) {
    carats(certificate.lines[i].carats, LineField(i, "carats"));
    dollars(certificate.lines[i].value, LineField(i, "value"));
  }
  carats(certificate.stated_carats, "total_carats");
  dollars(certificate.stated_value, "total_value");
  if (certificate.parcels && (*certificate.parcels < 1 || *certificate.parcels > kMaxParcels)) {
    context.Find(Severity::kHard, reasons::kParcelsOutOfRange, "parcels",
                 "must be from 1 to " + std::to_string(kMaxParcels) + ", not " +
                     std::to_string(*certificate.parcels));
  }
}

void CheckTotals(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  bool all_carats = !certificate.lines.empty();
  bool all_values = all_carats;
  std::set<std::tuple<HsCode, CountryCode, std::string, std::string>> keys;
  for (std::size_t i = 0; i < certificate.lines.size(); ++i) {
    const Line& line = certificate.lines[i];
    all_carats = all_carats && line.carats.has_value();
    all_values = all_values && line.value.has_value();
    const bool first =
        keys.insert({line.hs, line.origin, FoldName(line.area), FoldName(line.operation)}).second;
    // A paper that is presented may be read row by row from a declaration with several items.
    if (!first && !context.presented()) {
      context.Find(Severity::kHard, reasons::kDuplicateLine, "lines[" + std::to_string(i) + "]",
                   "the same HS code, origin, area and operation stand on an earlier line");
    }
  }
  if (all_carats && certificate.stated_carats &&
      *certificate.stated_carats != certificate.TotalCarats()) {
    context.Find(Severity::kHard, reasons::kTotalDiffers, "total_carats",
                 certificate.stated_carats->ToString() + " is not the sum of the lines, " +
                     certificate.TotalCarats().ToString());
  }
  if (all_values && certificate.stated_value &&
      *certificate.stated_value != certificate.TotalValue()) {
    context.Find(Severity::kHard, reasons::kTotalDiffers, "total_value",
                 certificate.stated_value->ToString() + " is not the sum of the lines, " +
                     certificate.TotalValue().ToString());
  }
}

void CheckLinesComparable(RuleContext& context) {
  const auto& lines = context.certificate.lines;
  std::map<HsCode, bool> valued;  // whether a line of this code states a value
  for (const Line& line : lines) valued[line.hs] = valued[line.hs] || line.value.has_value();
  const auto missing = [&](std::size_t i, const char* field) {
    context.Find(Severity::kRefer, reasons::kFieldNotStated, LineField(i, field),
                 "without it the line cannot be compared with the issuer's register");
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].hs.empty()) missing(i, "hs_code");
    if (!lines[i].carats) missing(i, "carats");
    if (valued[lines[i].hs] && !lines[i].value) missing(i, "value");
  }
}

void CheckThirdDecimal(RuleContext& context) {
  const auto& lines = context.certificate.lines;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].carats || !lines[i].carats->HasThirdDecimal()) continue;
    context.Find(Severity::kInfo, reasons::kThirdDecimal, LineField(i, "carats"),
                 lines[i].carats->ToString() + " has a third decimal");
  }
}

}  // namespace kp::scheme
