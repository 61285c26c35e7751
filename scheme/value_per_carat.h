// What a carat of rough diamonds usually costs (domain section 10.4): flags for people, no limits.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scheme/finding.h"

namespace kp::scheme {

// Averages in US dollars per carat that were seen, lowest and highest.
struct ValueBand {
  std::string of;  // "BW"; "the world"
  double low = 0;
  double high = 0;

  // Single shipments spread much wider than averages: unusual is what is ten times off either way.
  bool Unusual(double per_carat) const;
};
// Of a country as origin; the world's for every other, and for mixed goods ("***", "BW,NA").
ValueBand BandOf(std::string_view origin);

// US dollars per carat; both above zero.
double PerCarat(std::int64_t value_cents, std::int64_t carats_thousandths);

// One row of figures.
struct PricedRow {
  std::string pointer;      // path of the row: "rows[1]"
  std::string origin;       // as printed (F3)
  std::int64_t carats = 0;  // thousandths
  std::int64_t value = 0;   // US cents; 0: not known, not judged
};
// Rows of trade against the band of their origin: INFO, VALUE_PER_CARAT_UNUSUAL.
std::vector<Finding> CheckTradePrices(std::span<const PricedRow> rows);
// Production as filed: a country's average outside 5 to 2,000 dollars is surely an error: REFER,
// VALUE_PER_CARAT_UNUSUAL, with the pointer of the first row of the origin.
std::vector<Finding> CheckProductionPrices(std::span<const PricedRow> rows);

}  // namespace kp::scheme
