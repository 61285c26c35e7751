#include "scheme/comparison.h"

#include <algorithm>
#include <map>

#include "scheme/text.h"

namespace kp::scheme {
namespace {

// The lines of a certificate with one HS code, added up as the paper's table shows them.
struct HsSum {
  std::size_t first_line = 0;
  Carats carats;
  UsDollars value;
  bool all_values = true;
};

std::map<HsCode, HsSum> SumByHs(const std::vector<Line>& lines) {
  std::map<HsCode, HsSum> sums;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto [entry, is_new] = sums.try_emplace(lines[i].hs);
    HsSum& sum = entry->second;
    if (is_new) sum.first_line = i;
    sum.carats += lines[i].carats.value_or(Carats());
    sum.value += lines[i].value.value_or(UsDollars());
    sum.all_values = sum.all_values && lines[i].value.has_value();
  }
  return sums;
}

class Comparison final {
 public:
  explicit Comparison(Disclosure disclosure) : disclosure_(disclosure) {}

  // One field; `pointer` tells the exact part. Only stated fields are told apart from NOT_STATED.
  void Add(Field field, bool stated, bool equal, const std::string& expected,
           const std::string& pointer = "") {
    FieldResult result;
    result.field = field;
    result.pointer = FieldName(field);
    if (!stated) {
      result.match = FieldMatch::kNotStated;
    } else if (disclosure_ == Disclosure::kWithheld) {
      result.match = FieldMatch::kWithheld;
    } else {
      result.match = equal ? FieldMatch::kMatch : FieldMatch::kMismatch;
    }
    if (result.match == FieldMatch::kMismatch && disclosure_ == Disclosure::kFull) {
      if (!pointer.empty()) result.pointer = pointer;
      result.expected = expected;
    }
    results_.push_back(std::move(result));
  }

  template <class T, class Show>
  void AddOptional(Field field, const std::optional<T>& stated, const std::optional<T>& actual,
                   Show show) {
    Add(field, stated.has_value(), stated == actual, actual ? show(*actual) : std::string());
  }

  void AddParty(Field field, const Party& stated, const Party& actual) {
    const bool name = SameName(stated.name, actual.name);
    const bool country =
        stated.country.empty() || actual.country.empty() || stated.country == actual.country;
    // A country alone can contradict, but it does not say who.
    const bool is_named = !FoldName(stated.name).empty();
    const bool is_stated = is_named || !country;
    const std::string path = FieldName(field);
    if (!is_named) {
      Add(field, is_stated, false, actual.country.text(), path + ".country");
      return;
    }
    if (name || country) {
      Add(field, is_stated, name && country, name ? actual.country.text() : actual.name,
          path + (name ? ".country" : ".name"));
    } else {
      Add(field, is_stated, false, actual.name, path + ".name");
      if (disclosure_ == Disclosure::kFull && is_stated) {
        Add(field, is_stated, false, actual.country.text(), path + ".country");
      }
    }
  }

  void AddLines(const std::vector<Line>& stated, const std::vector<Line>& actual) {
    const bool complete =
        !stated.empty() && std::all_of(stated.begin(), stated.end(), [](const Line& line) {
          return !line.hs.empty() && line.carats.has_value();
        });
    const std::vector<FieldResult> differences = Differences(stated, actual, complete);
    if (differences.empty() || disclosure_ != Disclosure::kFull) {
      Add(Field::kLines, complete || !differences.empty(), differences.empty(), "");
      return;
    }
    results_.insert(results_.end(), differences.begin(), differences.end());
  }

  std::vector<FieldResult> Take() { return std::move(results_); }

 private:
  // Of lines that are not `complete`, only what no completion could make right: a code that is not
  // on the certificate, more than it has.
  static std::vector<FieldResult> Differences(const std::vector<Line>& stated,
                                              const std::vector<Line>& actual, bool complete) {
    std::vector<FieldResult> differences;
    const auto differs = [&](std::string pointer, std::string expected) {
      differences.push_back(
          {Field::kLines, FieldMatch::kMismatch, std::move(pointer), std::move(expected)});
    };
    const std::map<HsCode, HsSum> actual_sums = SumByHs(actual);
    const std::map<HsCode, HsSum> stated_sums = SumByHs(stated);
    for (const auto& [hs, sum] : stated_sums) {
      if (hs.empty()) continue;
      const std::string path = "lines[" + std::to_string(sum.first_line) + "].";
      const auto found = actual_sums.find(hs);
      if (found == actual_sums.end()) {
        differs(path + "hs_code", "no line with this code");
        continue;
      }
      const HsSum& known = found->second;
      if (complete ? sum.carats != known.carats : sum.carats > known.carats) {
        differs(path + "carats", known.carats.ToString());
      }
      if (complete && sum.all_values ? sum.value != known.value : sum.value > known.value) {
        differs(path + "value", known.value.ToString());
      }
    }
    if (!complete) return differences;
    for (const auto& [hs, sum] : actual_sums) {
      if (!stated_sums.contains(hs)) {
        differs("lines", hs.ToString() + " " + sum.carats.ToString() + " carats");
      }
    }
    return differences;
  }

  Disclosure disclosure_;
  std::vector<FieldResult> results_;
};

bool AllSealsKnown(const std::vector<std::string>& stated, const std::vector<std::string>& actual) {
  return std::all_of(stated.begin(), stated.end(), [&](const std::string& seal) {
    return std::any_of(actual.begin(), actual.end(),
                       [&](const std::string& known) { return SameName(seal, known); });
  });
}

}  // namespace

std::vector<FieldResult> CompareFields(const Certificate& stated, const Certificate& actual,
                                       Disclosure disclosure) {
  Comparison comparison(disclosure);
  const auto date = [](Date day) { return FormatDate(day); };
  const auto text = [](const auto& value) { return value.ToString(); };
  // Whoever asks by a number has named it: it is never withheld.
  FieldResult number{Field::kNumber, FieldMatch::kNotStated, FieldName(Field::kNumber), ""};
  if (!stated.number.empty()) {
    number.match = stated.number == actual.number ? FieldMatch::kMatch : FieldMatch::kMismatch;
  }
  comparison.AddOptional(Field::kIssueDate, stated.issue_date, actual.issue_date, date);
  comparison.AddOptional(Field::kExpiryDate, stated.expiry_date, actual.expiry_date, date);
  comparison.Add(Field::kIssuingAuthority, !FoldName(stated.issuing_authority).empty(),
                 SameName(stated.issuing_authority, actual.issuing_authority),
                 actual.issuing_authority);
  comparison.AddParty(Field::kExporter, stated.exporter, actual.exporter);
  comparison.AddParty(Field::kImporter, stated.importer, actual.importer);
  comparison.Add(Field::kImportingEntity, !stated.importing_entity.empty(),
                 stated.importing_entity == actual.importing_entity,
                 actual.importing_entity.text());
  comparison.AddLines(stated.lines, actual.lines);
  comparison.AddOptional(Field::kTotalCarats, stated.stated_carats,
                         std::optional<Carats>(actual.TotalCarats()), text);
  comparison.AddOptional(Field::kTotalValue, stated.stated_value,
                         std::optional<UsDollars>(actual.TotalValue()), text);
  comparison.AddOptional(Field::kParcels, stated.parcels, actual.parcels,
                         [](std::int64_t parcels) { return std::to_string(parcels); });
  comparison.AddOptional(Field::kOrigin, stated.origin, actual.origin, text);
  std::string seals;
  for (const std::string& seal : actual.seals) seals += (seals.empty() ? "" : ", ") + seal;
  comparison.Add(Field::kSeals, !stated.seals.empty(), AllSealsKnown(stated.seals, actual.seals),
                 seals);
  std::vector<FieldResult> results = comparison.Take();
  results.insert(results.begin(), number);
  return results;
}

Standing StandingOf(const EntityCode& asker, const Certificate& certificate,
                    const PartyDirectory& parties) {
  if (asker.empty()) return Standing::kNone;
  if (asker == certificate.issuing_entity) return Standing::kIssuer;
  const Entity* importing = parties.IssuerFor(certificate.importing_entity);
  const bool named =
      asker == certificate.importing_entity || (importing != nullptr && importing->code == asker);
  return named ? Standing::kNamedImporter : Standing::kNone;
}

Disclosure DisclosureFor(Standing standing, int wrong_tries, int limit) {
  if (SeesEverything(standing)) return Disclosure::kFull;
  return wrong_tries >= limit ? Disclosure::kWithheld : Disclosure::kMatches;
}

std::vector<FieldResult> CompareWithCorrections(const Certificate& stated,
                                                const Certificate& actual,
                                                const Certificate& printed,
                                                Disclosure disclosure) {
  const std::vector<FieldResult> by_record = CompareFields(stated, actual, disclosure);
  const std::vector<FieldResult> by_paper = CompareFields(stated, printed, disclosure);
  std::vector<FieldResult> results;
  for (const Field field : kAllFields) {
    const bool as_printed = MatchOf(by_record, field) == FieldMatch::kMismatch &&
                            MatchOf(by_paper, field) == FieldMatch::kMatch;
    for (const FieldResult& result : as_printed ? by_paper : by_record) {
      if (result.field == field) results.push_back(result);
    }
  }
  return results;
}

FieldMatch MatchOf(const std::vector<FieldResult>& results, Field field) {
  constexpr std::array kOrder = {FieldMatch::kMismatch, FieldMatch::kWithheld,
                                 FieldMatch::kNotStated, FieldMatch::kMatch};
  for (const FieldMatch match : kOrder) {
    if (std::any_of(results.begin(), results.end(), [&](const FieldResult& result) {
          return result.field == field && result.match == match;
        })) {
      return match;
    }
  }
  return FieldMatch::kNotStated;
}

bool IsWrongTry(const std::vector<FieldResult>& results) {
  return std::any_of(results.begin(), results.end(), [](const FieldResult& result) {
    return result.match == FieldMatch::kMismatch;
  });
}

const char* FieldName(Field field) {
  switch (field) {
    case Field::kNumber:
      return "number";
    case Field::kIssueDate:
      return "issue_date";
    case Field::kExpiryDate:
      return "expiry_date";
    case Field::kIssuingAuthority:
      return "issuing_authority";
    case Field::kExporter:
      return "exporter";
    case Field::kImporter:
      return "importer";
    case Field::kImportingEntity:
      return "importing_entity";
    case Field::kLines:
      return "lines";
    case Field::kTotalCarats:
      return "total_carats";
    case Field::kTotalValue:
      return "total_value";
    case Field::kParcels:
      return "parcels";
    case Field::kOrigin:
      return "origin";
    case Field::kSeals:
      return "seals";
  }
  return "";
}

std::optional<Field> FieldFromName(std::string_view name) {
  for (const Field field : kAllFields) {
    if (name == FieldName(field)) return field;
  }
  return std::nullopt;
}

const char* FieldMatchName(FieldMatch match) {
  switch (match) {
    case FieldMatch::kMatch:
      return "MATCH";
    case FieldMatch::kMismatch:
      return "MISMATCH";
    case FieldMatch::kNotStated:
      return "NOT_STATED";
    case FieldMatch::kWithheld:
      return "WITHHELD";
  }
  return "";
}

const char* StandingName(Standing standing) {
  switch (standing) {
    case Standing::kNone:
      return "NONE";
    case Standing::kNamedImporter:
      return "NAMED_IMPORTER";
    case Standing::kIssuer:
      return "ISSUER";
  }
  return "";
}

}  // namespace kp::scheme
