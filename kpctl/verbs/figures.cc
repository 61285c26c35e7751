// statistics produce|stock|figures|balance|monthly.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/statistics_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/figures_csv.h"
#include "kpctl/paging.h"
#include "kpctl/show_certificate.h"
#include "kpctl/trade_sheets.h"
#include "kpctl/verbs/verbs.h"
#include "scheme/statistics.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::StatisticsService;

constexpr size_t kMaxFiguresFile = 1 << 20;

struct FiguresFlags {
  std::string period, file, text, request_id;
};

absl::StatusOr<int> FileFigures(Context& context, const FiguresFlags& flags, cert::FigureKind kind) {
  const bool production = kind == cert::FIGURE_KIND_PRODUCTION;
  KP_ASSIGN_OR_RETURN(const std::vector<int> period,
                      production ? scheme::ParsePeriod(flags.period, "0000-H0", "2026-H1", "half")
                                 : scheme::ParsePeriod(flags.period, "0000", "2026", "year"));
  KP_ASSIGN_OR_RETURN(const std::string csv, context.ReadFile(flags.file, kMaxFiguresFile));
  KP_ASSIGN_OR_RETURN(const auto rows, ReadFiguresCsv(csv));
  cert::FileFiguresRequest request;
  cert::FiledFigures& figures = *request.mutable_figures();
  figures.set_kind(kind);
  figures.set_year(period[0]);
  if (production) figures.set_half(period[1]);
  figures.mutable_rows()->Add(rows.begin(), rows.end());
  figures.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&StatisticsService::Stub::FileFigures, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::FiledFigures> one;
    *one.Add() = response.figures();
    FiguresSheet(one).PrintTable(context.out);
    if (!response.findings().empty()) context.out << '\n';
    PrintFindings(context.out, response.findings());
  }));
  return kExitDone;
}

struct ListFlags {
  std::string year;
  bool stock = false, csv = false;
};

absl::StatusOr<int> ListFigures(Context& context, const ListFlags& flags) {
  cert::ListFiguresRequest request;
  request.set_kind(flags.stock ? cert::FIGURE_KIND_OPENING_STOCK : cert::FIGURE_KIND_PRODUCTION);
  if (!flags.year.empty()) {
    KP_ASSIGN_OR_RETURN(const auto year, scheme::ParsePeriod(flags.year, "0000", "2026", "year"));
    request.set_year(year[0]);
  }
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &StatisticsService::Stub::ListFigures, request,
               [](auto& all, auto& page) { all.mutable_figures()->MergeFrom(page.figures()); }));
  const Sheet sheet = FiguresSheet(response.figures());
  if (flags.csv) {
    sheet.PrintCsv(context.out);
    return kExitDone;
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] { sheet.PrintTable(context.out); }));
  return kExitDone;
}

absl::StatusOr<int> Balance(Context& context, const ListFlags& flags) {
  KP_ASSIGN_OR_RETURN(const auto year, scheme::ParsePeriod(flags.year, "0000", "2026", "year"));
  cert::GetBalanceRequest request;
  request.set_year(year[0]);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&StatisticsService::Stub::GetBalance, request));
  const Sheet sheet = BalanceSheet(response);
  if (flags.csv) {
    sheet.PrintCsv(context.out);
    return kExitDone;
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    std::string halves;
    for (const int half : response.production_filed()) absl::StrAppend(&halves, " H", half);
    Facts facts;
    facts.Add("year", flags.year);
    facts.Add("opening stock", response.opening_stock_filed() ? "filed" : "not filed: none counted");
    facts.Add("production filed of", halves.empty() ? " neither half" : halves);
    facts.Print(context.out);
    context.out << '\n';
    sheet.PrintTable(context.out);
    if (!response.findings().empty()) context.out << '\n';
    PrintFindings(context.out, response.findings());
  }));
  return kExitDone;
}

struct MonthlyFlags {
  std::string month;
  bool exports = false, csv = false;
};

absl::StatusOr<int> Monthly(Context& context, const MonthlyFlags& flags) {
  KP_ASSIGN_OR_RETURN(const auto month,
                      scheme::ParsePeriod(flags.month, "0000-00", "2026-03", "month"));
  cert::ListMonthlyReportRequest request;
  request.set_year(month[0]);
  request.set_month(month[1]);
  request.set_import(!flags.exports);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &StatisticsService::Stub::ListMonthlyReport, request,
               [](auto& all, auto& page) { all.mutable_rows()->MergeFrom(page.rows()); }));
  const Sheet sheet = MonthlySheet(response.rows(), !flags.exports);
  if (flags.csv) {
    sheet.PrintCsv(context.out);
    return kExitDone;
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] { sheet.PrintTable(context.out); }));
  return kExitDone;
}

void AddFiling(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  struct Filing {
    const char* name;
    const char* what;
    const char* example;
    const char* period;
    const char* form;
    cert::FigureKind kind;
  };
  const Filing filings[] = {
      {"produce", "Files the production of a half-year from a CSV file, as its next version",
       "kpctl statistics produce 2026-H1 --file production.csv --text \"returns of the mines\"",
       "HALF", "2026-H1", cert::FIGURE_KIND_PRODUCTION},
      {"stock", "Files the stock at the beginning of a year from a CSV file, as its next version",
       "kpctl statistics stock 2026 --file stock.csv --text \"count of 2 January\"", "YEAR", "2026",
       cert::FIGURE_KIND_OPENING_STOCK},
  };
  for (const Filing& filing : filings) {
    auto flags = std::make_shared<FiguresFlags>();
    CLI::App* verb =
        registrar.Add(group, filing.name, filing.what, filing.example,
                      [&context, flags, kind = filing.kind] {
                        return FileFigures(context, *flags, kind);
                      });
    verb->add_option(filing.period, flags->period, filing.form)->required();
    verb->add_option("--file", flags->file,
                     "Header origin,hs_code,carats,value_usd, then a row for each origin and HS code")
        ->required()
        ->type_name("FILE");
    verb->add_option("--text", flags->text,
                     "The document they come from; filed anew, also the reasons")
        ->required()
        ->type_name("TEXT");
    AddRequestId(verb, flags->request_id);
  }
}

}  // namespace

void AddFigures(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  AddFiling(registrar, group);
  auto listed = std::make_shared<ListFlags>();
  CLI::App* verb = registrar.Add(group, "figures", "Production as filed, every version",
                                 "kpctl statistics figures --year 2026",
                                 [&context, listed] { return ListFigures(context, *listed); });
  verb->add_option("--year", listed->year, "Only of this year")->type_name("YEAR");
  verb->add_flag("--stock", listed->stock, "Stock instead of production");
  verb->add_flag("--csv", listed->csv, "As CSV");

  auto balanced = std::make_shared<ListFlags>();
  verb = registrar.Add(group, "balance",
                       "Exports of a year against production, imports and opening stock",
                       "kpctl statistics balance 2026",
                       [&context, balanced] { return Balance(context, *balanced); });
  verb->add_option("YEAR", balanced->year, "2026")->required();
  verb->add_flag("--csv", balanced->csv, "As CSV");

  auto monthly = std::make_shared<MonthlyFlags>();
  verb = registrar.Add(
      group, "monthly",
      "The report of a month, a row for each certificate and HS code (EU 2368/2002, arts. 10, 15)",
      "kpctl statistics monthly 2026-03 --csv", [&context, monthly] {
        return Monthly(context, *monthly);
      });
  verb->add_option("MONTH", monthly->month, "2026-03")->required();
  verb->add_flag("--exports", monthly->exports, "Exports instead of imports");
  verb->add_flag("--csv", monthly->csv, "As CSV");
}

}  // namespace kp::kpctl
