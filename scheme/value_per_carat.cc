#include "scheme/value_per_carat.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_format.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

struct Averages {
  double low;
  double high;
};
const std::map<std::string, Averages, std::less<>>& Countries() {
  static const std::map<std::string, Averages, std::less<>> countries = {
      {"CD", {7, 11}},    {"AU", {28, 28}},   {"ZW", {56, 62}},   {"RU", {76, 97}},
      {"BW", {131, 170}}, {"AO", {131, 224}}, {"CA", {97, 236}},  {"ZA", {135, 319}},
      {"SL", {194, 235}}, {"NA", {316, 603}}, {"LR", {428, 459}}, {"LS", {294, 1817}},
  };
  return countries;
}
constexpr Averages kWorld = {68, 134};
constexpr double kMargin = 10;

constexpr double kLowestAverage = 5;
constexpr double kHighestAverage = 2'000;

}  // namespace

bool ValueBand::Unusual(double per_carat) const {
  return per_carat < low / kMargin || per_carat > high * kMargin;
}

ValueBand BandOf(std::string_view origin) {
  const auto known = Countries().find(origin);
  if (known == Countries().end()) return {"the world", kWorld.low, kWorld.high};
  return {known->first, known->second.low, known->second.high};
}

double PerCarat(std::int64_t value_cents, std::int64_t carats_thousandths) {
  // A flag for people, not a sum: binary fractions do.
  return static_cast<double>(value_cents) / 100 / (static_cast<double>(carats_thousandths) / 1000);
}

std::vector<Finding> CheckTradePrices(std::span<const PricedRow> rows) {
  std::vector<Finding> findings;
  for (const PricedRow& row : rows) {
    if (row.carats <= 0 || row.value <= 0) continue;
    const ValueBand band = BandOf(row.origin);
    const double per_carat = PerCarat(row.value, row.carats);
    if (!band.Unusual(per_carat)) continue;
    findings.push_back(
        {"", Severity::kInfo, row.pointer,
         absl::StrFormat("%.2f US dollars a carat; averages of %s lie between %.0f and %.0f",
                         per_carat, band.of, band.low, band.high),
         reasons::kValuePerCaratUnusual});
  }
  return findings;
}

std::vector<Finding> CheckProductionPrices(std::span<const PricedRow> rows) {
  std::map<std::string, PricedRow> totals;
  for (const PricedRow& row : rows) {
    if (row.carats <= 0 || row.value <= 0) continue;
    PricedRow& total = totals[row.origin];
    if (total.pointer.empty()) total.pointer = row.pointer;
    total.carats += row.carats;
    total.value += row.value;
  }
  std::vector<Finding> findings;
  for (const auto& [origin, total] : totals) {
    const double per_carat = PerCarat(total.value, total.carats);
    if (per_carat >= kLowestAverage && per_carat <= kHighestAverage) continue;
    findings.push_back(
        {"", Severity::kRefer, total.pointer,
         absl::StrFormat("%s: %.2f US dollars a carat on average; no country's lies outside %.0f to "
                         "%.0f",
                         origin, per_carat, kLowestAverage, kHighestAverage),
         reasons::kValuePerCaratUnusual});
  }
  return findings;
}

}  // namespace kp::scheme
