#include "kpctl/trade_plot.h"

#include <cmath>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "kpctl/output.h"
#include "kpctl/trade_sheets.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

// Pixels.
constexpr double kWidth = 960;
constexpr double kTop = 108;      // above the first partner
constexpr double kBand = 46;      // height of one partner
constexpr double kBar = 16;       // of one bar
constexpr double kLabels = 60;    // width of the partners' names
constexpr double kPanel = 330;    // width of the longest bar
constexpr double kFigure = 110;   // room for the figure beside it
constexpr double kBottom = 56;    // axis and its numbers
constexpr const char* kExport = "#1f5a94";
constexpr const char* kImport = "#d9822b";

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(Printable(text),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

struct Bars {
  int64_t exports = 0;
  int64_t imports = 0;
};
using Series = std::vector<std::pair<std::string, Bars>>;

// Steps of 1, 2 or 5 times a power of ten, at most five up to the longest bar.
double StepFor(double longest) {
  const double rough = longest / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

// "0", "250", "1.5k", "20M".
std::string Short(double number) {
  constexpr std::pair<double, const char*> kUnits[] = {{1e9, "bn"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& [unit, letter] : kUnits) {
    if (number >= unit) return absl::StrFormat("%g%s", number / unit, letter);
  }
  return absl::StrFormat("%g", number);
}

void Text(std::string& svg, double x, double y, const char* anchor, const std::string& text,
          const char* more = "") {
  absl::StrAppendFormat(&svg, "<text x=\"%g\" y=\"%g\" text-anchor=\"%s\"%s>%s</text>\n", x, y,
                        anchor, more, Escaped(text));
}

void Rect(std::string& svg, double x, double y, double width, const char* colour) {
  absl::StrAppendFormat(&svg, "<rect x=\"%g\" y=\"%g\" width=\"%.2f\" height=\"%g\" fill=\"%s\"/>\n",
                        x, y, width, kBar, colour);
}

// One panel; `unit` of the figures makes one of the axis, which `exact` writes.
void Panel(std::string& svg, double left, const std::string& heading, const Series& series,
           double unit, std::string (*exact)(int64_t)) {
  Text(svg, left, kTop - 16, "start", heading, " font-weight=\"bold\"");
  const double bottom = kTop + kBand * static_cast<double>(series.size());
  int64_t longest = 0;
  for (const auto& [partner, bars] : series) {
    longest = std::max({longest, bars.exports, bars.imports});
  }
  if (longest > 0) {
    const double whole = static_cast<double>(longest) / unit;
    const double step = StepFor(whole);
    for (int i = 0; step * i <= whole; ++i) {
      const double x = left + kPanel * (step * i) / whole;
      absl::StrAppendFormat(&svg, "<path d=\"M%.2f %g V%g\" stroke=\"#d0d0d0\" fill=\"none\"/>\n", x,
                            kTop, bottom);
      Text(svg, x, bottom + 18, "middle", Short(step * i), " fill=\"#555555\"");
    }
  }
  double y = kTop;
  for (const auto& [partner, bars] : series) {
    double at = y + (kBand - 2 * kBar) / 2;
    for (const auto& [amount, colour] : {std::pair(bars.exports, kExport), {bars.imports, kImport}}) {
      const double width = longest == 0 ? 0
                                        : kPanel * static_cast<double>(amount) /
                                              static_cast<double>(longest);
      Rect(svg, left, at, width, colour);
      Text(svg, left + width + 5, at + kBar - 4, "start", exact(amount));
      at += kBar;
    }
    y += kBand;
  }
  absl::StrAppendFormat(&svg, "<path d=\"M%g %g V%g\" stroke=\"#333333\" fill=\"none\"/>\n", left,
                        kTop, bottom);
}

}  // namespace

std::string PlotQuarter(const std::string& title, const cert::GetQuarterResponse& quarter) {
  Series carats, value;
  int64_t without_value = 0;
  for (const cert::TradeTotal& total : quarter.totals()) {
    if (carats.empty() || carats.back().first != total.partner()) {
      carats.emplace_back(total.partner(), Bars());
      value.emplace_back(total.partner(), Bars());
    }
    const auto bar = total.import() ? &Bars::imports : &Bars::exports;
    carats.back().second.*bar = total.figures().carats_thousandths();
    value.back().second.*bar = total.figures().value_usd_cents();
    without_value += total.figures().certificates_without_value();
  }
  const double bottom = kTop + kBand * static_cast<double>(carats.size());
  const double height = bottom + kBottom;
  std::string svg = absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%g\" height=\"%g\" "
      "viewBox=\"0 0 %g %g\" font-family=\"DejaVu Sans, Arial, sans-serif\" font-size=\"11\" "
      "role=\"img\">\n<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kWidth, height, kWidth, height, Escaped(title));
  Text(svg, 16, 28, "start", title, " font-size=\"17\" font-weight=\"bold\"");
  Text(svg, 16, 48, "start",
       absl::StrCat("through ", quarter.through_date(),
                    quarter.running() ? ", the quarter is running" : "",
                    without_value == 0 ? ""
                                       : absl::StrCat("; certificates without a value: ",
                                                      without_value)),
       " fill=\"#555555\"");
  Rect(svg, 16, 60, kBar, kExport);
  Text(svg, 38, 72, "start", "exports");
  Rect(svg, 104, 60, kBar, kImport);
  Text(svg, 126, 72, "start", "imports");
  if (carats.empty()) {
    Text(svg, 16, kTop, "start", "no trade");
    return svg + "</svg>\n";
  }
  double y = kTop;
  for (const auto& [partner, bars] : carats) {
    Text(svg, kLabels - 10, y + kBand / 2 + 4, "end", partner, " font-weight=\"bold\"");
    y += kBand;
  }
  Panel(svg, kLabels, "carats", carats, 1'000, ExactCarats);
  Panel(svg, kLabels + kPanel + kFigure + 20, "US dollars", value, 100, ExactDollars);
  return svg + "</svg>\n";
}

}  // namespace kp::kpctl
