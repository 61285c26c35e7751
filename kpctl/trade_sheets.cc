#include "kpctl/trade_sheets.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kpctl/csv.h"
#include "kpctl/output.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using google::protobuf::RepeatedPtrField;

std::string Exact(int64_t amount, int64_t unit, int decimals) {
  // Below zero in the type's whole range.
  const uint64_t size = amount < 0 ? 0 - static_cast<uint64_t>(amount) : static_cast<uint64_t>(amount);
  const auto in_unit = static_cast<uint64_t>(unit);
  return absl::StrFormat("%s%d.%0*d", amount < 0 ? "-" : "", size / in_unit, decimals,
                         size % in_unit);
}

std::string Direction(bool import) { return import ? "import" : "export"; }

void AddFigures(std::vector<std::string>& cells, const cert::TradeFigures& figures) {
  cells.push_back(absl::StrCat(figures.certificates()));
  cells.push_back(ExactCarats(figures.carats_thousandths()));
  cells.push_back(ExactDollars(figures.value_usd_cents()));
  cells.push_back(absl::StrCat(figures.certificates_without_value()));
}

std::string Period(const cert::FiledFigures& figures) {
  return figures.half() == 0 ? absl::StrCat(figures.year())
                             : absl::StrCat(figures.year(), "-H", figures.half());
}

std::string Explanations(const cert::MirrorCertificate& certificate) {
  std::vector<std::string> names;
  for (const int explanation : certificate.explanations()) {
    names.push_back(EnumText(static_cast<cert::TradeExplanation>(explanation),
                             "TRADE_EXPLANATION_"));
  }
  return absl::StrJoin(names, " ");
}

}  // namespace

std::string ExactCarats(int64_t thousandths) {
  return thousandths % 10 == 0 ? Exact(thousandths / 10, 100, 2) : Exact(thousandths, 1'000, 3);
}
std::string ExactDollars(int64_t cents) { return Exact(cents, 100, 2); }

void Sheet::PrintTable(std::ostream& out) const {
  Table table(columns);
  for (const auto& row : rows) table.Add(row);
  table.Print(out);
}

void Sheet::PrintCsv(std::ostream& out) const {
  out << CsvLine(columns);
  for (const auto& row : rows) out << CsvLine(row);
}

Sheet TradeSheet(const RepeatedPtrField<cert::TradeRow>& rows) {
  Sheet sheet{{"partner", "direction", "origin", "hs_code", "certificates", "carats", "value_usd",
               "without_value"},
              {}};
  for (const cert::TradeRow& row : rows) {
    std::vector<std::string> cells = {row.partner(), Direction(row.import()), row.origin(),
                                      row.hs_code()};
    AddFigures(cells, row.figures());
    sheet.rows.push_back(std::move(cells));
  }
  return sheet;
}

Sheet TotalsSheet(const RepeatedPtrField<cert::TradeTotal>& totals) {
  Sheet sheet{{"partner", "direction", "certificates", "carats", "value_usd", "without_value"}, {}};
  for (const cert::TradeTotal& total : totals) {
    std::vector<std::string> cells = {total.partner(), Direction(total.import())};
    AddFigures(cells, total.figures());
    sheet.rows.push_back(std::move(cells));
  }
  return sheet;
}

Sheet MirrorSheet(const cert::GetMirrorResponse& mirror) {
  Sheet sheet{{"direction", "origin", "hs_code", "figure", "own", "partner", "difference",
               "unexplained"},
              {}};
  const auto add = [&](const cert::MirrorRow& row, const std::string& figure, auto text) {
    std::vector<std::string> cells = {Direction(row.import()), row.origin(), row.hs_code(), figure,
                                      text(row.own())};
    const bool filed = row.has_partner();
    cells.push_back(filed ? text(row.partner()) : "");
    cells.push_back(filed ? text(row.difference()) : "");
    cells.push_back(filed ? text(row.unexplained()) : "");
    sheet.rows.push_back(std::move(cells));
  };
  for (const cert::MirrorRow& row : mirror.rows()) {
    add(row, "certificates", [](const cert::TradeFigures& f) { return absl::StrCat(f.certificates()); });
    add(row, "carats",
        [](const cert::TradeFigures& f) { return ExactCarats(f.carats_thousandths()); });
    add(row, "value_usd",
        [](const cert::TradeFigures& f) { return ExactDollars(f.value_usd_cents()); });
  }
  return sheet;
}

Sheet MirrorCertificatesSheet(const cert::GetMirrorResponse& mirror) {
  Sheet sheet{{"number", "direction", "origin", "hs_code", "own_carats", "expected_carats",
               "own_value_usd", "expected_value_usd", "explanation"},
              {}};
  for (const cert::MirrorRow& row : mirror.rows()) {
    for (const cert::MirrorCertificate& certificate : row.certificates()) {
      sheet.rows.push_back({certificate.number(), Direction(row.import()), row.origin(),
                            row.hs_code(), ExactCarats(certificate.own().carats_thousandths()),
                            ExactCarats(certificate.expected().carats_thousandths()),
                            ExactDollars(certificate.own().value_usd_cents()),
                            ExactDollars(certificate.expected().value_usd_cents()),
                            Explanations(certificate)});
    }
  }
  return sheet;
}

Sheet MonthlySheet(const RepeatedPtrField<cert::MonthlyRow>& rows, bool import) {
  Sheet sheet{{"number", "issuing_authority", "validating_authority", "issue_date",
               "validation_date", "expiry_date", import ? "provenance" : "destination", "origin",
               "hs_code", "carats", "value_usd"},
              {}};
  if (import) {
    sheet.columns.insert(sheet.columns.end(), {"verifying_authority", "verification_date"});
  } else {
    sheet.columns.emplace_back("state");
  }
  for (const cert::MonthlyRow& row : rows) {
    std::vector<std::string> cells = {row.number(),
                                      row.issuing_authority(),
                                      row.validating_authority(),
                                      row.issue_date(),
                                      row.validation_date(),
                                      row.expiry_date(),
                                      row.partner(),
                                      row.origin(),
                                      row.hs_code(),
                                      ExactCarats(row.carats_thousandths()),
                                      row.value_usd_cents() == 0 ? ""
                                                                 : ExactDollars(row.value_usd_cents())};
    if (import) {
      cells.insert(cells.end(), {row.verifying_authority(), row.verification_date()});
    } else {
      cells.push_back(EnumText(row.state(), "CERTIFICATE_STATE_"));
    }
    sheet.rows.push_back(std::move(cells));
  }
  return sheet;
}

Sheet FiguresSheet(const RepeatedPtrField<cert::FiledFigures>& filed) {
  Sheet sheet{{"period", "version", "origin", "hs_code", "carats", "value_usd", "filed", "officer",
               "text"},
              {}};
  for (const cert::FiledFigures& figures : filed) {
    const auto add = [&](const std::string& origin, const std::string& hs, int64_t carats,
                         const std::string& value) {
      sheet.rows.push_back({Period(figures), absl::StrCat(figures.version()), origin, hs,
                            ExactCarats(carats), value, TimeText(figures.file_time()),
                            figures.officer().person(), figures.text()});
    };
    if (figures.rows().empty()) add("", "", 0, "");  // filed: there was none
    for (const cert::FigureRow& row : figures.rows()) {
      add(row.origin(), row.hs_code(), row.carats_thousandths(),
          row.value_usd_cents() == 0 ? "" : ExactDollars(row.value_usd_cents()));
    }
  }
  return sheet;
}

Sheet BalanceSheet(const cert::GetBalanceResponse& balance) {
  Sheet sheet{{"origin", "opening_stock", "production", "imports", "exports", "left",
               "own_sources_opened"},
              {}};
  for (const cert::BalanceRow& row : balance.rows()) {
    sheet.rows.push_back({row.origin(), ExactCarats(row.opening_stock_thousandths()),
                          ExactCarats(row.production_thousandths()),
                          ExactCarats(row.imports_thousandths()),
                          ExactCarats(row.exports_thousandths()),
                          ExactCarats(row.left_thousandths()),
                          ExactCarats(row.own_sources_thousandths())});
  }
  return sheet;
}

}  // namespace kp::kpctl
