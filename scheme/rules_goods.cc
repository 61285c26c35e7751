// The rules about the goods themselves: inspection, seals, declaration, price.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "absl/strings/str_format.h"
#include "scheme/inspection_day.h"
#include "scheme/reasons.h"
#include "scheme/rule_checks.h"
#include "scheme/text.h"
#include "scheme/value_per_carat.h"

namespace kp::scheme {
namespace {

bool InspectionRequired(const RuleContext& context) {
  const Entity* entity = context.input.parties.FindIssuer(context.issuer());
  return entity != nullptr && entity->inspection_required;
}

// The act that rests on an inspection is the validation, on the day of its check.
InspectionBounds BoundsOf(const RuleContext& context) {
  return BoundsBeforeExport(context.certificate.application_date, context.input.today);
}

// Index of the inspection that R12 and R14 go by.
std::optional<std::size_t> LatestThatCounts(const RuleContext& context) {
  const auto& inspections = context.certificate.inspections;
  const InspectionBounds bounds = BoundsOf(context);
  for (std::size_t i = inspections.size(); i > 0; --i) {
    if (Place(bounds, inspections[i - 1].day) == InspectionTime::kCounts) return i - 1;
  }
  return std::nullopt;
}

bool Lists(const std::vector<std::string>& seals, const std::string& seal) {
  return std::ranges::any_of(seals, [&](const std::string& one) { return SameName(one, seal); });
}

}  // namespace

std::uint64_t RiskHash(std::string_view seed, std::string_view id) {
  // FNV-1a, then mixed (SplitMix64): written out, because the choice must not change with a library.
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto feed = [&](std::string_view text) {
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    hash = (hash ^ 0xffU) * 0x100000001b3U;  // no seed and id run into each other
  };
  feed(seed);
  feed(id);
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31U);
}

bool SelectedByRisk(std::string_view seed, std::string_view id, int percent) {
  return static_cast<int>(RiskHash(seed, id) % 100) < percent;
}

void CheckInspected(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const auto& inspections = certificate.inspections;
  const Severity missing = InspectionRequired(context) ? Severity::kHard : Severity::kInfo;
  if (inspections.empty()) {
    context.Find(missing, reasons::kInspectionMissing, "inspections",
                 "no record of an inspection of the content before validation");
    return;
  }
  const InspectionBounds bounds = BoundsOf(context);
  for (std::size_t i = 0; i < inspections.size(); ++i) {
    if (Place(bounds, inspections[i].day) != InspectionTime::kTooLate) continue;
    context.Find(Severity::kHard, reasons::kDateInFuture,
                 "inspections[" + std::to_string(i) + "].date",
                 "an inspection lies after the day of validation");
  }
  const std::optional<std::size_t> counted = LatestThatCounts(context);
  if (!counted) {
    context.Find(missing, reasons::kInspectionOutOfTime,
                 "inspections[" + std::to_string(inspections.size() - 1) + "].date",
                 "no inspection counts: " + WhyNot(bounds, inspections.back().day));
    return;
  }
  const std::string path = "inspections[" + std::to_string(*counted) + "]";
  if (!inspections[*counted].as_stated) {
    context.Find(Severity::kHard, reasons::kInspectionFailed, path,
                 "the last inspection found the goods not as stated");
  } else if (certificate.selected_for_opening && !inspections[*counted].opened) {
    context.Find(Severity::kHard, reasons::kInspectionFailed, path + ".opened",
                 "this shipment was selected by risk: its containers are to be opened");
  }
}

void CheckSealed(RuleContext& context) {
  if (!context.certificate.seals.empty()) return;
  context.Find(InspectionRequired(context) ? Severity::kHard : Severity::kInfo,
               reasons::kSealsMissing, "seals", "no seal of a container is recorded");
}

void CheckIdentifies(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const std::optional<std::size_t> counted = LatestThatCounts(context);
  if (!counted || certificate.inspections[*counted].seals.empty()) return;
  const auto& looked_at = certificate.inspections[*counted].seals;
  for (const std::string& seal : certificate.seals) {
    if (Lists(looked_at, seal)) continue;
    context.Find(Severity::kHard, reasons::kSealsDiffer, "seals",
                 "seal '" + seal + "' is none of those at the last inspection");
    return;
  }
}

void CheckSources(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  if (certificate.sources.empty()) {
    const Entity* entity = context.input.parties.FindIssuer(context.issuer());
    const bool required = entity != nullptr && entity->sources_required;
    context.Find(required ? Severity::kHard : Severity::kInfo, reasons::kSourcesMissing, "sources",
                 "no own production or lawful import is shown for the stones");
    return;
  }
  Carats drawn;
  std::set<std::string> ids;
  std::set<CountryCode> origins;
  bool undisclosed = false;
  for (std::size_t i = 0; i < certificate.sources.size(); ++i) {
    const SourceDraw& source = certificate.sources[i];
    const std::string path = "sources[" + std::to_string(i) + "]";
    if (!source.carats || *source.carats <= Carats()) {
      context.Find(Severity::kHard, reasons::kCaratsNotPositive, path + ".carats",
                   "must be above zero");
      continue;
    }
    if (!ids.insert(source.id).second) {
      context.Find(Severity::kHard, reasons::kDuplicateId, path, "the source stands there twice");
    }
    drawn += *source.carats;
    if (!source.origin) continue;
    undisclosed = undisclosed || source.origin->kind() == Origin::Kind::kMixedUndisclosed;
    for (const CountryCode& country : source.origin->countries()) origins.insert(country);
  }
  if (drawn != certificate.TotalCarats()) {
    context.Find(Severity::kHard, reasons::kSourcesDiffer, "sources",
                 "the sources add up to " + drawn.ToString() + " carats, the lines to " +
                     certificate.TotalCarats().ToString());
  }
  // The origin is kept, or becomes mixed: nobody makes stones of one country out of another's.
  if (!certificate.origin || (origins.empty() && !undisclosed)) return;
  const std::vector<CountryCode>& stated = certificate.origin->countries();
  const bool mixed = undisclosed || origins.size() > 1;
  const bool kept =
      mixed ? certificate.origin->kind() == Origin::Kind::kMixedUndisclosed ||
                  (!undisclosed && std::set<CountryCode>(stated.begin(), stated.end()) == origins)
            : stated == std::vector<CountryCode>{*origins.begin()};
  if (!kept) {
    context.Find(Severity::kHard, reasons::kOriginContradicted, "origin",
                 "the origin is not that of the sources");
  }
}

void CheckDeclaration(RuleContext& context) {
  if (context.certificate.no_conflict_declared) return;
  context.Find(Severity::kInfo, reasons::kDeclarationMissing, "no_conflict_declared",
               "the exporter has not declared that these are no conflict diamonds");
}

void CheckValuePerCarat(RuleContext& context) {
  const Certificate& certificate = context.certificate;
  const bool whole = std::ranges::all_of(certificate.lines, [](const Line& line) {
    return line.carats.has_value() && line.value.has_value();
  });
  if (certificate.lines.empty() || !whole || certificate.TotalCarats() <= Carats() ||
      certificate.TotalValue() <= UsDollars()) {
    return;
  }
  const ValueBand band = BandOf(certificate.origin ? certificate.origin->ToString() : "");
  const double per_carat =
      PerCarat(certificate.TotalValue().cents(), certificate.TotalCarats().thousandths());
  if (!band.Unusual(per_carat)) return;
  context.Find(Severity::kInfo, reasons::kValuePerCaratUnusual, "total_value",
               absl::StrFormat("%.2f US dollars a carat; averages of %s lie between %.0f and %.0f",
                               per_carat, band.of, band.low, band.high));
}

}  // namespace kp::scheme
