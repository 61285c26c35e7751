#include "scheme/statistics.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

constexpr int kFirstYear = 2003;
constexpr int kLastYear = 2999;

[[nodiscard]] bool AddTo(std::int64_t& to, std::int64_t more) {
  return !__builtin_add_overflow(to, more, &to);
}

std::string CaratsText(std::int64_t thousandths) {
  const char* sign = thousandths < 0 ? "-" : "";
  const std::int64_t size = thousandths < 0 ? -thousandths : thousandths;
  return absl::StrFormat("%s%d.%03d", sign, size / 1000, size % 1000);
}

// In how far two sides of the same certificate differ, when both count it in the same quarter.
std::vector<Explanation> Differences(const TradeRows& own, const TradeRows& partner) {
  std::vector<Explanation> found;
  const bool same_codes =
      own.size() == partner.size() &&
      std::equal(own.begin(), own.end(), partner.begin(),
                 [](const auto& a, const auto& b) { return a.first == b.first; });
  const auto differ = [&](std::int64_t TradeFigures::*figure) {
    if (!same_codes) return TotalOf(own, 1).*figure != TotalOf(partner, 1).*figure;
    return !std::equal(own.begin(), own.end(), partner.begin(), [&](const auto& a, const auto& b) {
      return a.second.*figure == b.second.*figure;
    });
  };
  if (!same_codes) found.push_back(Explanation::kHsChanged);
  if (differ(&TradeFigures::carats)) found.push_back(Explanation::kCaratsDiffer);
  if (differ(&TradeFigures::value) || differ(&TradeFigures::without_value)) {
    found.push_back(Explanation::kValueReassessed);
  }
  return found;
}

Explanation WhyNotConfirmed(State state) {
  switch (state) {
    case State::kLost:
      return Explanation::kLost;
    case State::kStolen:
      return Explanation::kStolen;
    case State::kSeized:
      return Explanation::kSeized;
    default:
      return Explanation::kNotConfirmed;
  }
}

}  // namespace

absl::StatusOr<Quarter> Quarter::Make(int year, int quarter) {
  std::vector<Fault> faults;
  if (year < kFirstYear || year > kLastYear) {
    faults.push_back({reasons::kPeriodOutOfRange, "year",
                      absl::StrFormat("is not %d to %d", kFirstYear, kLastYear), "CORE Annex III"});
  }
  if (quarter < 1 || quarter > 4) {
    faults.push_back(
        {reasons::kPeriodOutOfRange, "quarter", "is not 1 to 4", "CORE Annex III"});
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  return Quarter{year, quarter};
}

absl::StatusOr<std::vector<int>> ParsePeriod(std::string_view text, std::string_view form,
                                             std::string_view example, std::string_view field) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t at = 0;
  const auto fits = [&](std::size_t i) {
    return form[i] == '0' ? digit(text[i]) : text[i] == form[i];
  };
  while (at < text.size() && at < form.size() && fits(at)) ++at;
  if (at != form.size() || text.size() != form.size()) {
    return FieldError({reasons::kPeriodMalformed, std::string(field),
                       absl::StrFormat("character %d: not of the form %s", at + 1, example), ""});
  }
  std::vector<int> numbers;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '0') continue;
    if (i == 0 || form[i - 1] != '0') numbers.push_back(0);
    numbers.back() = numbers.back() * 10 + (text[i] - '0');
  }
  return numbers;
}

absl::StatusOr<Quarter> Quarter::Parse(std::string_view text) {
  KP_ASSIGN_OR_RETURN(const auto numbers, ParsePeriod(text, "0000-Q0", "2026-Q1", "quarter"));
  return Make(numbers[0], numbers[1]);
}

Quarter Quarter::Of(Date day) { return {static_cast<int>(day.year()), (day.month() + 2) / 3}; }

Date Quarter::first_day() const { return Date(year, quarter * 3 - 2, 1); }
Date Quarter::last_day() const { return AddMonths(first_day(), 3) - 1; }
Date Quarter::due_day() const { return AddMonths(first_day(), 5) - 1; }

Quarter Quarter::Before() const {
  return quarter == 1 ? Quarter{year - 1, 4} : Quarter{year, quarter - 1};
}

std::string Quarter::ToString() const { return absl::StrFormat("%04d-Q%d", year, quarter); }

Quarter LastDueQuarter(Date today) {
  Quarter quarter = Quarter::Of(today);
  while (quarter.due_day() >= today) quarter = quarter.Before();
  return quarter;
}

Date ProductionDueDay(int year, int half) {
  return AddMonths(Date(year, half == 1 ? 7 : 13, 1), 2) - 1;
}

bool TradeFigures::Add(const TradeFigures& other) {
  TradeFigures sum = *this;
  if (!AddTo(sum.certificates, other.certificates) || !AddTo(sum.carats, other.carats) ||
      !AddTo(sum.value, other.value) || !AddTo(sum.without_value, other.without_value)) {
    return false;
  }
  *this = sum;
  return true;
}

TradeFigures TradeFigures::Less(const TradeFigures& other) const {
  return {certificates - other.certificates, carats - other.carats, value - other.value,
          without_value - other.without_value};
}

bool AddRows(TradeRows& to, const TradeRows& more) {
  return std::ranges::all_of(more, [&](const auto& row) { return to[row.first].Add(row.second); });
}

TradeFigures TotalOf(const TradeRows& rows, std::int64_t certificates) {
  TradeFigures total;
  for (const auto& [key, figures] : rows) {
    // Of one certificate, whose lines have limits.
    (void)total.Add(figures);
  }
  total.certificates = certificates;
  total.without_value = std::min(total.without_value, certificates);
  return total;
}

TradeRows CertifiedRows(const std::string& origin, std::span<const TradeLine> lines) {
  TradeRows rows;
  for (const TradeLine& line : lines) {
    TradeFigures& row = rows[{origin, line.hs}];
    row.certificates = 1;
    row.carats += line.carats;
    row.value += line.value;
    if (line.value == 0) row.without_value = 1;
  }
  return rows;
}

TradeRows FoundRows(const std::string& origin, std::span<const TradeLine> found,
                    const TradeRows& certified) {
  TradeRows rows = CertifiedRows(origin, found);
  for (auto& [key, row] : rows) {
    if (row.without_value == 0) continue;
    const auto said = certified.find(key);
    const bool known = said != certified.end() && said->second.without_value == 0;
    row.value = known ? said->second.value : 0;
    row.without_value = known ? 0 : 1;
  }
  return rows;
}

bool CountsAsExport(State state) {
  return state != State::kVoid && state != State::kReturned && state != State::kReplaced;
}

const char* ExplanationName(Explanation explanation) {
  switch (explanation) {
    case Explanation::kNotConfirmed:
      return "NOT_CONFIRMED";
    case Explanation::kQuarterBoundary:
      return "QUARTER_BOUNDARY";
    case Explanation::kAfterFiling:
      return "AFTER_FILING";
    case Explanation::kValueReassessed:
      return "VALUE_REASSESSED";
    case Explanation::kCaratsDiffer:
      return "CARATS_DIFFER";
    case Explanation::kHsChanged:
      return "HS_CHANGED";
    case Explanation::kLost:
      return "LOST";
    case Explanation::kStolen:
      return "STOLEN";
    case Explanation::kSeized:
      return "SEIZED";
    case Explanation::kNotAnnounced:
      return "NOT_ANNOUNCED";
  }
  return "";
}

const char* ExplanationText(Explanation explanation) {
  switch (explanation) {
    case Explanation::kNotConfirmed:
      return "exported and not confirmed: in transit, or the confirmation is missing";
    case Explanation::kQuarterBoundary:
      return "exported in one quarter, received in another";
    case Explanation::kAfterFiling:
      return "happened after what the partner's statement covers";
    case Explanation::kValueReassessed:
      return "the value was assessed anew at import";
    case Explanation::kCaratsDiffer:
      return "another weight arrived than was certified";
    case Explanation::kHsChanged:
      return "classed otherwise at import";
    case Explanation::kLost:
      return "reported lost after its export";
    case Explanation::kStolen:
      return "reported stolen after its export";
    case Explanation::kSeized:
      return "seized after its export";
    case Explanation::kNotAnnounced:
      return "imported without an announcement by its exporter";
  }
  return "";
}

TradeItem ItemOf(const TradeFacts& facts, const Quarter& quarter, bool import) {
  const bool exported = facts.export_day.has_value() && quarter.Has(*facts.export_day) &&
                        CountsAsExport(facts.state);
  const bool received =
      facts.confirmation.has_value() && quarter.Has(facts.confirmation->receipt);
  const TradeRows at_export = exported ? facts.certified : TradeRows();
  const TradeRows at_import = received ? facts.confirmation->found : TradeRows();
  TradeItem item{facts.number, import ? at_import : at_export, import ? at_export : at_import, {}};
  if (facts.after_filing) item.partner.clear();
  if (item.own == item.partner) return item;
  if (import && !facts.export_day.has_value()) {
    item.explanations = {Explanation::kNotAnnounced};
  } else if (!facts.confirmation.has_value()) {
    item.explanations = {WhyNotConfirmed(facts.state)};
  } else if (exported != received) {
    item.explanations = {Explanation::kQuarterBoundary};
  } else if (facts.after_filing) {
    item.explanations = {Explanation::kAfterFiling};
  } else {
    item.explanations = Differences(item.own, item.partner);
  }
  return item;
}

absl::StatusOr<std::vector<MirrorRow>> CompareTrade(std::span<const TradeItem> items,
                                                    const std::optional<TradeRows>& partner) {
  std::map<TradeKey, MirrorRow> rows;
  bool fits = true;
  const auto row = [&](const TradeKey& key) -> MirrorRow& {
    MirrorRow& one = rows[key];
    one.key = key;
    return one;
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    const TradeItem& item = items[i];
    for (const auto& [key, figures] : item.own) fits = fits && row(key).own.Add(figures);
    if (item.own == item.partner) continue;
    TradeRows both = item.own;
    for (const auto& [key, figures] : item.partner) both.try_emplace(key);
    for (const auto& [key, unused] : both) {
      const auto figures = [&](const TradeRows& side) {
        const auto found = side.find(key);
        return found == side.end() ? TradeFigures() : found->second;
      };
      const TradeFigures apart = figures(item.own).Less(figures(item.partner));
      if (apart.IsZero()) continue;
      fits = fits && row(key).explained.Add(apart);
      row(key).items.push_back(i);
    }
  }
  if (partner.has_value()) {
    for (const auto& [key, figures] : *partner) row(key).partner = figures;
  }
  if (!fits) {
    return MakeError(absl::StatusCode::kOutOfRange, reasons::kStatisticsTooLarge,
                     "the sums of this trade do not fit");
  }
  std::vector<MirrorRow> list;
  for (auto& [key, one] : rows) list.push_back(std::move(one));
  return list;
}

std::vector<Finding> CheckBalance(std::span<const BalanceRow> rows) {
  std::vector<Finding> findings;
  std::int64_t left = 0, production = 0, sources = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const BalanceRow& row = rows[i];
    left += row.Left();
    production += row.production;
    sources += row.own_sources;
    const bool single = row.origin.size() == 2;
    if (single && row.Left() < 0) {
      findings.push_back({"", Severity::kRefer, "rows[" + std::to_string(i) + "]",
                          "more stones of " + row.origin + " went out than can have come in: " +
                              CaratsText(row.Left()) + " carats are left",
                          reasons::kExportsAboveSupply});
    }
  }
  if (left < 0) {
    findings.push_back({"", Severity::kRefer, "rows",
                        "more stones went out than came in: " + CaratsText(left) +
                            " carats are left of all origins",
                        reasons::kExportsAboveSupply});
  }
  if (sources > production) {
    findings.push_back({"", Severity::kInfo, "rows",
                        "the source book holds " + CaratsText(sources) +
                            " carats of own production, " + CaratsText(production) + " are filed",
                        reasons::kSourcesAboveProduction});
  }
  return findings;
}

}  // namespace kp::scheme
