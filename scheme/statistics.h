// The statistics of the scheme (CORE Annex III; domain section 10): what counts in which quarter, how
// two authorities' figures of the same trade compare, and whether what went out can be explained by
// what came in. Pure; figures are exact integers.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheme/dates.h"
#include "scheme/finding.h"
#include "scheme/lifecycle.h"

namespace kp::scheme {

// The numbers of a text of one form, in which every run of '0' is a number: 2026 and 1 of "2026-Q1" by
// the form "0000-Q0". At most four digits in a run. Errors: PERIOD_MALFORMED for `field`, with the
// position of the fault and the example.
absl::StatusOr<std::vector<int>> ParsePeriod(std::string_view text, std::string_view form,
                                             std::string_view example, std::string_view field);

// A quarter of a calendar year, from 2003 to 2999.
struct Quarter {
  int year = 2003;
  int quarter = 1;

  // Errors: PERIOD_OUT_OF_RANGE for field "year" or "quarter".
  static absl::StatusOr<Quarter> Make(int year, int quarter);
  // "2026-Q1". Errors: PERIOD_MALFORMED, with the position of the fault; PERIOD_OUT_OF_RANGE.
  static absl::StatusOr<Quarter> Parse(std::string_view text);
  static Quarter Of(Date day);

  Date first_day() const;
  Date last_day() const;
  bool Has(Date day) const { return day >= first_day() && day <= last_day(); }
  // The last day on which its trade is filed in time: the end of the second month behind it (CORE
  // Annex III(a)).
  Date due_day() const;
  Quarter Before() const;
  std::string ToString() const;
  friend auto operator<=>(const Quarter&, const Quarter&) = default;
};

// The newest quarter whose day of filing has passed on `today`.
Quarter LastDueQuarter(Date today);

// The last day on which the production of a half-year (1 or 2) is filed in time (CORE Annex III(c)).
Date ProductionDueDay(int year, int half);

// Sums of some trade. A certificate counts once in each row that it has a part in.
struct TradeFigures {
  std::int64_t certificates = 0;
  std::int64_t carats = 0;         // thousandths
  std::int64_t value = 0;          // US cents
  std::int64_t without_value = 0;  // certificates of these whose value is not known and not in `value`

  // False, and nothing added, when a sum would not fit.
  [[nodiscard]] bool Add(const TradeFigures& other);
  // This less `other`; figures of rows fit.
  TradeFigures Less(const TradeFigures& other) const;
  bool IsZero() const { return *this == TradeFigures(); }
  friend bool operator==(const TradeFigures&, const TradeFigures&) = default;
};

// What the rows of a pair's trade are told apart by.
struct TradeKey {
  std::string origin;  // as printed (F3): "BW", "***", "BW,NA"; empty: not known
  std::string hs;      // six digits
  friend auto operator<=>(const TradeKey&, const TradeKey&) = default;
};
using TradeRows = std::map<TradeKey, TradeFigures>;

// Adds all rows. False when a sum would not fit; `to` is then of no use.
[[nodiscard]] bool AddRows(TradeRows& to, const TradeRows& more);
// The sum of all rows, as one certificate where `certificates` is 1.
TradeFigures TotalOf(const TradeRows& rows, std::int64_t certificates);

// One line of a certificate, or of what arrived.
struct TradeLine {
  std::string hs;           // six digits
  std::int64_t carats = 0;  // thousandths
  std::int64_t value = 0;   // US cents; 0: not stated
};

// What one certificate says: a row for each HS code.
TradeRows CertifiedRows(const std::string& origin, std::span<const TradeLine> lines);
// What arrived with it. Where a value was not assessed, the certificate's for that HS code counts;
// where it has none, the row counts as without value.
TradeRows FoundRows(const std::string& origin, std::span<const TradeLine> found,
                    const TradeRows& certified);

// Whether a certificate that was exported counts as an export: not once it is void, returned or
// replaced; lost, stolen and seized goods have left.
bool CountsAsExport(State state);

// What the own books know of one certificate of a pair's trade.
struct TradeFacts {
  struct Confirmation {
    Date receipt;     // by the importing authority's calendar
    TradeRows found;  // what arrived
  };
  std::string number;
  State state = State::kExported;
  std::optional<Date> export_day;  // absent: the exporter never announced it
  TradeRows certified;             // likewise empty
  std::optional<Confirmation> confirmation;
  // The partner's side of it lies behind what the partner's statement covers.
  bool after_filing = false;
};

// Why two authorities' figures may lawfully differ (domain 10.2), each only where the own books
// support it.
enum class Explanation {
  kNotConfirmed,
  kQuarterBoundary,
  kAfterFiling,
  kValueReassessed,
  kCaratsDiffer,
  kHsChanged,
  kLost,
  kStolen,
  kSeized,
  kNotAnnounced,
};
inline constexpr std::array kAllExplanations = {
    Explanation::kNotConfirmed,    Explanation::kQuarterBoundary, Explanation::kAfterFiling,
    Explanation::kValueReassessed, Explanation::kCaratsDiffer,    Explanation::kHsChanged,
    Explanation::kLost,            Explanation::kStolen,          Explanation::kSeized,
    Explanation::kNotAnnounced};
const char* ExplanationName(Explanation explanation);  // "QUARTER_BOUNDARY"
const char* ExplanationText(Explanation explanation);  // for an officer

// One certificate's part in a pair's trade of a quarter.
struct TradeItem {
  std::string number;
  TradeRows own;      // in the own figures
  TradeRows partner;  // in the partner's, if its books agree with the own ones
  std::vector<Explanation> explanations;  // why these two differ; empty when they do not
};
// `import`: the own entity imported. Exports count on the day of export, imports on the day of
// receipt.
TradeItem ItemOf(const TradeFacts& facts, const Quarter& quarter, bool import);

// One row of the mirror.
struct MirrorRow {
  TradeKey key;
  TradeFigures own;
  TradeFigures partner;             // zero while the partner has not filed
  TradeFigures explained;           // how much of own less partner the items below account for
  std::vector<std::size_t> items;   // certificates behind it, by their place in the argument
  TradeFigures Difference() const { return own.Less(partner); }
  TradeFigures Unexplained() const { return Difference().Less(explained); }
};
// By origin and HS code. `partner`: absent while the partner has not filed; nothing is then taken
// for zero: differences mean nothing, but items whose two sides differ are named all the same.
// OUT_OF_RANGE, STATISTICS_TOO_LARGE when a sum does not fit.
absl::StatusOr<std::vector<MirrorRow>> CompareTrade(std::span<const TradeItem> items,
                                                    const std::optional<TradeRows>& partner);

// Weight of one origin over a year, thousandths of a carat.
struct BalanceRow {
  std::string origin;  // as in TradeKey
  std::int64_t opening_stock = 0;
  std::int64_t production = 0;
  std::int64_t imports = 0;
  std::int64_t exports = 0;
  std::int64_t own_sources = 0;  // of the source book, as own production
  std::int64_t Left() const { return opening_stock + production + imports - exports; }
};
// Exports above production, imports and opening stock (domain 10.2: the Republic of the Congo). A
// single origin can only shrink by mixing, so that a negative one is a finding; mixed goods grow by
// it, so that only the sum of all can be judged. Own production in the source book above what was
// filed is noted.
std::vector<Finding> CheckBalance(std::span<const BalanceRow> rows);

}  // namespace kp::scheme
