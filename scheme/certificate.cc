#include "scheme/certificate.h"

#include "scheme/reasons.h"
#include "scheme/text.h"

namespace kp::scheme {
namespace {

std::string LinePath(std::size_t i) { return "lines[" + std::to_string(i) + "]"; }

class FormCheck final {
 public:
  void Text(std::string_view text, const std::string& field, std::size_t max) {
    if (std::optional<Fault> fault = CheckText(text, field, max)) {
      faults_.push_back(*std::move(fault));
    }
  }
  void Count(std::size_t count, const char* field, std::size_t max) {
    if (count > max) {
      faults_.push_back(
          {reasons::kListTooLong, field, "at most " + std::to_string(max) + " entries", ""});
    }
  }
  void Language(const std::string& language) {
    if (std::optional<Fault> fault = CheckText(language, "language", kMaxIdentifier)) {
      faults_.push_back(*std::move(fault));
    } else if (!language.empty() && !IsLanguageTag(language)) {
      faults_.push_back({reasons::kLanguageMalformed, "language",
                         "is no language tag (BCP 47): letters, then parts of letters and digits, "
                         "joined by hyphens",
                         "F4"});
    }
  }
  void OneParty(const Party& party, const std::string& field) {
    Text(party.name, field + ".name", kMaxPartyName);
    Text(party.address, field + ".address", kMaxAddress);
    Text(party.identifier, field + ".identifier", kMaxIdentifier);
  }
  void Add(Fault fault) { faults_.push_back(std::move(fault)); }
  std::vector<Fault> Take() { return std::move(faults_); }

 private:
  std::vector<Fault> faults_;
};

}  // namespace

Carats Certificate::TotalCarats() const {
  Carats total;
  for (const Line& line : lines) total += line.carats.value_or(Carats());
  return total;
}

UsDollars Certificate::TotalValue() const {
  UsDollars total;
  for (const Line& line : lines) total += line.value.value_or(UsDollars());
  return total;
}

Certificate BlankCertificate() {
  Certificate certificate;
  certificate.title = kTitleText;
  certificate.statement = kStatementText;
  return certificate;
}

std::vector<Fault> FormFaults(const Certificate& certificate) {
  FormCheck check;
  check.Text(certificate.title.value_or(""), "title", kMaxAddress);
  check.Text(certificate.statement.value_or(""), "statement", kMaxAddress);
  check.Language(certificate.language);
  check.Text(certificate.issuing_authority, "issuing_authority", kMaxAuthorityName);
  check.OneParty(certificate.exporter, "exporter");
  check.OneParty(certificate.importer, "importer");
  check.Count(certificate.lines.size(), "lines", kMaxLines);
  for (std::size_t i = 0; i < certificate.lines.size() && i < kMaxLines; ++i) {
    check.Text(certificate.lines[i].area, LinePath(i) + ".area", kMaxAreaName);
    check.Text(certificate.lines[i].operation, LinePath(i) + ".operation", kMaxAreaName);
  }
  if (certificate.validation) {
    check.Text(certificate.validation->authority, "validation.authority", kMaxAuthorityName);
  }
  check.Count(certificate.seals.size(), "seals", kMaxSeals);
  for (std::size_t i = 0; i < certificate.seals.size() && i < kMaxSeals; ++i) {
    check.Text(certificate.seals[i], "seals[" + std::to_string(i) + "]", kMaxIdentifier);
    if (FoldName(certificate.seals[i]).empty()) {
      check.Add({reasons::kFieldMissing, "seals[" + std::to_string(i) + "]", "is blank", ""});
    }
  }
  check.Count(certificate.sources.size(), "sources", kMaxSources);
  for (std::size_t i = 0; i < certificate.sources.size() && i < kMaxSources; ++i) {
    check.Text(certificate.sources[i].id, "sources[" + std::to_string(i) + "].source_id",
               kMaxIdentifier);
  }
  check.Count(certificate.inspections.size(), "inspections", kMaxInspections);
  for (std::size_t i = 0; i < certificate.inspections.size() && i < kMaxInspections; ++i) {
    const Inspection& inspection = certificate.inspections[i];
    const std::string path = "inspections[" + std::to_string(i) + "]";
    check.Text(inspection.inspector, path + ".inspector", kMaxPartyName);
    check.Count(inspection.seals.size(), (path + ".seals").c_str(), kMaxSeals);
    for (const std::string& seal : inspection.seals) {
      check.Text(seal, path + ".seals", kMaxIdentifier);
      if (FoldName(seal).empty()) {
        check.Add({reasons::kFieldMissing, path + ".seals", "one is blank", ""});
      }
    }
  }
  return check.Take();
}

absl::Status CheckForm(const Certificate& certificate) {
  return FieldErrors(FormFaults(certificate));
}

}  // namespace kp::scheme
