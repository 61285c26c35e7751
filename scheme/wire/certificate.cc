#include "scheme/wire/certificate.h"

#include <functional>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme::wire {
namespace {

// Reads field after field and keeps every fault, under the path of the proto's field.
class Reader final {
 public:
  // Takes the value of `parsed`, or its faults.
  template <typename T, typename Out>
  void Take(absl::StatusOr<T> parsed, const std::string& path, Out& out) {
    if (parsed.ok()) {
      out = *std::move(parsed);
      return;
    }
    Add(parsed.status(), path);
  }

  void Add(const absl::Status& status, const std::string& path) {
    std::vector<Fault> faults = FaultsOf(status);
    if (faults.empty()) {
      faults.push_back({ReasonOf(status), "", std::string(status.message()), ""});
    }
    for (Fault& fault : faults) {
      fault.field = path;
      faults_.push_back(std::move(fault));
    }
  }

  void Date(const std::string& text, const std::string& path, std::optional<scheme::Date>& out) {
    if (!text.empty()) Take(ParseDate(text), path, out);
  }

  void Entity(const std::string& text, const std::string& path, EntityCode& out) {
    if (!text.empty()) Take(EntityCode::Parse(text), path, out);
  }

  void Country(const std::string& text, const std::string& path, CountryCode& out) {
    if (!text.empty()) Take(CountryCode::Parse(text), path, out);
  }

  void Party(const pb::TradeParty& party, const std::string& path, scheme::Party& out) {
    out.name = party.name();
    out.address = party.address();
    out.identifier = party.registration();
    Country(party.country(), path + ".country", out.country);
  }

  // `zero_is_absent`: on a paper a figure of 0 is one that was not stated.
  void Lines(const google::protobuf::RepeatedPtrField<pb::Line>& lines, const std::string& prefix,
             bool zero_is_absent, std::vector<Line>& out) {
    for (int i = 0; i < lines.size(); ++i) {
      const pb::Line& line = lines[i];
      const std::string path = absl::StrCat(prefix, "lines[", i, "].");
      Line& row = out.emplace_back();
      if (!line.hs_code().empty()) Take(HsCode::Parse(line.hs_code()), path + "hs_code", row.hs);
      if (line.carats_thousandths() != 0 || !zero_is_absent) {
        Take(Carats::FromThousandths(line.carats_thousandths()), path + "carats_thousandths",
             row.carats);
      }
      if (line.value_usd_cents() != 0 || !zero_is_absent) {
        Take(UsDollars::FromCents(line.value_usd_cents()), path + "value_usd_cents", row.value);
      }
      Country(line.origin_country(), path + "origin_country", row.origin);
      row.area = line.area();
      row.operation = line.operation();
    }
  }

  void Origin(const pb::Origin& origin, const std::string& path,
              std::optional<scheme::Origin>& out) {
    const std::vector<std::string> countries(origin.countries().begin(),
                                             origin.countries().end());
    switch (origin.kind()) {
      case pb::ORIGIN_KIND_SINGLE:
        Take(scheme::Origin::Single(countries.size() == 1 ? countries[0] : ""),
             path + ".countries", out);
        return;
      case pb::ORIGIN_KIND_MIXED_UNDISCLOSED:
        out = scheme::Origin::MixedUndisclosed();
        return;
      case pb::ORIGIN_KIND_MIXED_LISTED:
        Take(scheme::Origin::Mixed(countries), path + ".countries", out);
        return;
      default:
        Add(FieldError({kEnumValueUnknown, path, "has no kind that this version knows", ""}),
            path + ".kind");
    }
  }

  void Inspections(const google::protobuf::RepeatedPtrField<pb::Inspection>& inspections,
                   std::vector<scheme::Inspection>& out) {
    for (int i = 0; i < inspections.size(); ++i) {
      const pb::Inspection& in = inspections[i];
      scheme::Inspection& inspection = out.emplace_back();
      Take(ParseDate(in.date()), absl::StrCat("inspections[", i, "].date"), inspection.day);
      inspection.inspector = in.inspector();
      inspection.seals.assign(in.seals().begin(), in.seals().end());
      inspection.opened = in.opened();
      inspection.as_stated = in.as_stated();
    }
  }

  void Attestations(const google::protobuf::RepeatedPtrField<pb::MeasureAttestation>& attestations,
                    std::vector<AreaAttestation>& out) {
    for (int i = 0; i < attestations.size(); ++i) {
      AreaAttestation attestation;
      Take(ReadAttestation(attestations[i]), absl::StrCat("attestations[", i, "].decided_on"),
           attestation);
      out.push_back(std::move(attestation));
    }
  }

  template <typename T>
  absl::StatusOr<T> Finish(T value) {
    if (!faults_.empty()) return FieldErrors(faults_);
    return value;
  }

  std::vector<Fault> TakeFaults() { return std::move(faults_); }

 private:
  std::vector<Fault> faults_;
};

// Sizes and encodings (scheme/certificate.h) beside what the reader found.
absl::StatusOr<Certificate> FinishCertificate(Reader& reader, Certificate certificate) {
  std::vector<Fault> faults = reader.TakeFaults();
  for (Fault& fault : FormFaults(certificate)) faults.push_back(std::move(fault));
  if (!faults.empty()) return FieldErrors(faults);
  return certificate;
}

}  // namespace

absl::StatusOr<Certificate> ReadCertificate(const pb::Certificate& in) {
  Certificate out = BlankCertificate();
  Reader reader;
  if (!in.number().empty()) {
    reader.Take(CertificateNumber::Parse(in.printed_number().empty() ? in.number()
                                                                     : in.printed_number()),
                "number", out.number);
  }
  reader.Date(in.issue_date(), "issue_date", out.issue_date);
  reader.Date(in.expiry_date(), "expiry_date", out.expiry_date);
  out.issuing_authority = in.issuing_authority();
  if (in.has_exporter()) reader.Party(in.exporter(), "exporter", out.exporter);
  if (in.has_importer()) reader.Party(in.importer(), "importer", out.importer);
  reader.Entity(in.importing_entity(), "importing_entity", out.importing_entity);
  reader.Lines(in.lines(), "", /*zero_is_absent=*/false, out.lines);
  out.parcels = in.parcels();
  if (in.has_origin()) reader.Origin(in.origin(), "origin", out.origin);
  out.language = in.language();
  out.seals.assign(in.seals().begin(), in.seals().end());
  reader.Date(in.application_date(), "application_date", out.application_date);
  reader.Inspections(in.inspections(), out.inspections);
  for (int i = 0; i < in.sources_size(); ++i) {
    SourceDraw& draw = out.sources.emplace_back();
    draw.id = in.sources(i).source_id();
    reader.Take(Carats::FromThousandths(in.sources(i).carats_thousandths()),
                absl::StrCat("sources[", i, "].carats_thousandths"), draw.carats);
  }
  out.selected_for_opening = in.risk_selection().selected();
  out.no_conflict_declared = in.no_conflict_declared();
  reader.Attestations(in.attestations(), out.attestations);
  if (!in.validation_date().empty()) {
    Validation validation{in.validating_authority(), Date()};
    reader.Take(ParseDate(in.validation_date()), "validation_date", validation.day);
    out.validation = validation;
  }
  reader.Date(in.export_date(), "export_date", out.export_date);
  return FinishCertificate(reader, std::move(out));
}

namespace {

// Without white space at the ends, and with one blank for every run of it inside.
std::string Spaced(const std::string& text) {
  return absl::StrJoin(
      absl::StrSplit(text, absl::ByAnyChar(" \t\n\v\f\r"), absl::SkipEmpty()), " ");
}

}  // namespace

pb::Certificate Normalised(const pb::Certificate& in, const Certificate& read) {
  pb::Certificate out = in;
  out.set_importing_entity(read.importing_entity.text());
  out.mutable_exporter()->set_country(read.exporter.country.text());
  out.mutable_importer()->set_country(read.importer.country.text());
  for (int i = 0; i < out.lines_size(); ++i) {
    const Line& line = read.lines[static_cast<size_t>(i)];
    out.mutable_lines(i)->set_hs_code(line.hs.digits());
    out.mutable_lines(i)->set_origin_country(line.origin.text());
  }
  out.mutable_origin()->clear_countries();
  if (read.origin.has_value()) {
    for (const CountryCode& country : read.origin->countries()) {
      out.mutable_origin()->add_countries(country.text());
    }
  }
  // The same seal twice is one seal.
  out.clear_seals();
  std::set<std::string> seals;
  for (const std::string& seal : in.seals()) {
    if (seals.insert(FoldName(seal)).second) out.add_seals(Spaced(seal));
  }
  return out;
}

namespace {

// "R08": 8, "K02": 42; nothing for other ids.
std::optional<int> RuleBit(std::string_view id) {
  int number = 0;
  if (id.size() != 3 || !absl::SimpleAtoi(absl::string_view(id.data() + 1, 2), &number)) {
    return std::nullopt;
  }
  if (id[0] == 'R' && number < 40) return number;
  if (id[0] == 'K' && number < 20) return 40 + number;
  return std::nullopt;
}

}  // namespace

std::int64_t RuleBits(const std::vector<std::string>& rules) {
  std::int64_t bits = 0;
  for (const std::string& rule : rules) {
    if (const auto bit = RuleBit(rule)) bits |= std::int64_t{1} << *bit;
  }
  return bits;
}

std::int64_t RuleBits(const std::vector<Finding>& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) rules.push_back(finding.rule);
  return RuleBits(rules);
}

std::vector<std::string> RulesOf(std::int64_t bits) {
  std::vector<std::string> rules;
  for (const Rule& rule : Rules()) {
    if (const auto bit = RuleBit(rule.id); bit && ((bits >> *bit) & 1) != 0) {
      rules.emplace_back(rule.id);
    }
  }
  return rules;
}

pb::CertificateStatement WriteStatement(const pb::Certificate& in) {
  pb::CertificateStatement out;
  out.set_number(in.number());
  out.set_issue_date(in.issue_date());
  out.set_expiry_date(in.expiry_date());
  out.set_issuing_authority(in.issuing_authority());
  out.set_validating_authority(in.validating_authority());
  out.set_validation_date(in.validation_date());
  *out.mutable_exporter() = in.exporter();
  out.mutable_exporter()->clear_address();
  *out.mutable_importer() = in.importer();
  out.mutable_importer()->clear_address();
  out.set_importing_entity(in.importing_entity());
  // The paper's table has one row per HS code: rows that differ only in what is not printed are one.
  std::map<std::string, pb::Line> by_hs;
  for (const pb::Line& line : in.lines()) {
    pb::Line& row = by_hs[line.hs_code()];
    row.set_hs_code(line.hs_code());
    row.set_carats_thousandths(row.carats_thousandths() + line.carats_thousandths());
    row.set_value_usd_cents(row.value_usd_cents() + line.value_usd_cents());
  }
  for (auto& [hs, row] : by_hs) *out.add_lines() = std::move(row);
  out.set_parcels(in.parcels());
  *out.mutable_origin() = in.origin();
  *out.mutable_seals() = in.seals();
  *out.mutable_attestations() = in.attestations();
  *out.mutable_issued_by() = in.issued_by();
  *out.mutable_validated_by() = in.validated_by();
  out.set_replaces(in.replaces());
  out.set_rules_ran(in.rules_ran());
  out.set_rules_noted(in.rules_noted());
  return out;
}

absl::StatusOr<Certificate> ReadStatement(const pb::CertificateStatement& in) {
  pb::Certificate certificate;
  certificate.set_number(in.number());
  certificate.set_issue_date(in.issue_date());
  certificate.set_expiry_date(in.expiry_date());
  certificate.set_issuing_authority(in.issuing_authority());
  certificate.set_validating_authority(in.validating_authority());
  certificate.set_validation_date(in.validation_date());
  *certificate.mutable_exporter() = in.exporter();
  *certificate.mutable_importer() = in.importer();
  certificate.set_importing_entity(in.importing_entity());
  *certificate.mutable_lines() = in.lines();
  certificate.set_parcels(in.parcels());
  if (in.has_origin()) *certificate.mutable_origin() = in.origin();
  *certificate.mutable_seals() = in.seals();
  *certificate.mutable_attestations() = in.attestations();
  return ReadCertificate(certificate);
}

absl::StatusOr<Certificate> ReadPaper(const pb::StatedPaper& in, std::vector<Finding>& findings) {
  Certificate out;
  Reader reader;
  reader.Date(in.issue_date(), "paper.issue_date", out.issue_date);
  reader.Date(in.expiry_date(), "paper.expiry_date", out.expiry_date);
  out.issuing_authority = in.issuing_authority();
  if (in.has_exporter()) reader.Party(in.exporter(), "paper.exporter", out.exporter);
  if (in.has_importer()) reader.Party(in.importer(), "paper.importer", out.importer);
  reader.Entity(in.importing_entity(), "paper.importing_entity", out.importing_entity);
  reader.Lines(in.lines(), "paper.", /*zero_is_absent=*/true, out.lines);
  if (in.total_carats_thousandths() != 0) {
    reader.Take(Carats::FromThousandths(in.total_carats_thousandths()),
                "paper.total_carats_thousandths", out.stated_carats);
  }
  if (in.total_value_usd_cents() != 0) {
    reader.Take(UsDollars::FromCents(in.total_value_usd_cents()), "paper.total_value_usd_cents",
                out.stated_value);
  }
  if (in.parcels() != 0) out.parcels = in.parcels();
  if (in.has_origin()) reader.Origin(in.origin(), "paper.origin", out.origin);
  out.seals.assign(in.seals().begin(), in.seals().end());
  absl::StatusOr<Certificate> checked = FinishCertificate(reader, out);
  if (checked.ok()) return checked;
  KP_RETURN_IF_ERROR(FaultsAsFindings(checked.status(), findings));
  return out;
}

absl::StatusOr<Arrival> ReadArrival(const pb::Arrival& in) {
  Arrival out;
  Reader reader;
  reader.Lines(in.lines(), "arrival.", /*zero_is_absent=*/true, out.lines);
  if (in.parcels() != 0) out.parcels = in.parcels();
  out.exporter = in.exporter_name();
  out.importer = in.importer_name();
  out.seals_unbroken = in.seals_unbroken();
  out.original_present = !in.original_missing();
  std::optional<Date> receipt;
  reader.Date(in.receipt_date(), "arrival.receipt_date", receipt);
  const auto text = [&](const std::string& value, const char* path, size_t limit) {
    if (auto fault = CheckText(value, path, limit); fault.has_value()) {
      reader.Add(FieldError(*fault), path);
    }
  };
  text(in.exporter_name(), "arrival.exporter_name", kMaxPartyName);
  text(in.importer_name(), "arrival.importer_name", kMaxPartyName);
  text(in.inspector(), "arrival.inspector", kMaxPartyName);
  if (static_cast<size_t>(in.lines_size()) > kMaxLines) {
    reader.Add(FieldError({reasons::kListTooLong, "",
                           absl::StrCat("at most ", kMaxLines, " entries"), ""}),
               "arrival.lines");
  }
  for (int i = 0; i < in.lines_size(); ++i) {
    // An importer sees the goods, not the mine they come from.
    if (!in.lines(i).area().empty() || !in.lines(i).operation().empty()) {
      reader.Add(FieldError({kFieldNotTaken, "", "cannot be known from the goods", ""}),
                 absl::StrCat("arrival.lines[", i, "].area"));
    }
  }
  return reader.Finish(std::move(out));
}

absl::StatusOr<Origin> ReadOrigin(const pb::Origin& origin) {
  Reader reader;
  std::optional<Origin> out;
  reader.Origin(origin, "origin", out);
  KP_RETURN_IF_ERROR(FieldErrors(reader.TakeFaults()));
  return *out;
}

pb::MeasureAttestation WriteAttestation(const AreaAttestation& attestation) {
  pb::MeasureAttestation out;
  out.set_decided_on(FormatDate(attestation.day));
  for (const std::string& id : attestation.measures) out.add_measure_ids(id);
  out.set_clear(attestation.clear);
  for (const std::string& role : attestation.countersigned) out.add_countersigned(role);
  return out;
}

absl::StatusOr<AreaAttestation> ReadAttestation(const pb::MeasureAttestation& attestation) {
  AreaAttestation out;
  // Without standing an asker is not told the day.
  if (!attestation.decided_on().empty()) {
    KP_ASSIGN_OR_RETURN(out.day, ParseDate(attestation.decided_on()));
  }
  out.measures.assign(attestation.measure_ids().begin(), attestation.measure_ids().end());
  out.clear = attestation.clear();
  out.countersigned.assign(attestation.countersigned().begin(), attestation.countersigned().end());
  return out;
}

}  // namespace kp::scheme::wire
