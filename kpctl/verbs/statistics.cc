// statistics show|plot|file|filed|mirror; the others of the group are in figures.cc.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kp/certificate/v1/statistics_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/show_certificate.h"
#include "kpctl/trade_plot.h"
#include "kpctl/trade_sheets.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/statement.h"
#include "mesh/tls/files.h"
#include "scheme/statistics.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::StatisticsService;
using scheme::Quarter;

struct QuarterFlags {
  std::string quarter, partner, out, text, request_id;
  bool csv = false;
};

absl::StatusOr<cert::GetQuarterResponse> FetchQuarter(Context& context, const Quarter& quarter,
                                                      const std::string& partner) {
  cert::GetQuarterRequest request;
  request.set_year(quarter.year);
  request.set_quarter(quarter.quarter);
  request.set_partner(partner);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  return connection->Call(&StatisticsService::Stub::GetQuarter, request);
}

std::string FiledText(int version, bool preliminary) {
  if (version == 0) return "not yet";
  return absl::StrCat("version ", version, preliminary ? ", preliminary" : "");
}

absl::StatusOr<int> Show(Context& context, const QuarterFlags& flags) {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Parse(flags.quarter));
  KP_ASSIGN_OR_RETURN(const auto response, FetchQuarter(context, quarter, flags.partner));
  if (flags.csv) {
    TradeSheet(response.rows()).PrintCsv(context.out);
    return kExitDone;
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Facts facts;
    facts.Add("quarter", quarter.ToString());
    facts.Add("through", absl::StrCat(response.through_date(),
                                      response.running() ? ", the quarter is running" : ""));
    facts.Add("due", response.due_date());
    facts.Add("filed", FiledText(response.filed_version(), response.filed_preliminary()));
    facts.Add("exports that do not count", absl::StrCat(response.exports_not_counted(),
                                                        " (void, returned, replaced)"));
    facts.Print(context.out);
    context.out << '\n';
    TradeSheet(response.rows()).PrintTable(context.out);
    context.out << "\nall trade with each partner:\n";
    TotalsSheet(response.totals()).PrintTable(context.out);
    if (!response.findings().empty()) context.out << '\n';
    PrintFindings(context.out, response.findings());
  }));
  return kExitDone;
}

absl::StatusOr<int> Plot(Context& context, const QuarterFlags& flags) {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Parse(flags.quarter));
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out));
  KP_ASSIGN_OR_RETURN(const auto response, FetchQuarter(context, quarter, flags.partner));
  const std::string title = absl::StrCat(
      response.entity(), ": trade in rough diamonds, ", quarter.ToString(),
      flags.partner.empty() ? std::string() : absl::StrCat(", with ", flags.partner));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(flags.out, PlotQuarter(title, response), 0644));
  KP_RETURN_IF_ERROR(context.ShowJson({{"file", flags.out}},
                                      [&] { context.out << flags.out << '\n'; }));
  return kExitDone;
}

void AddFiledFacts(Facts& facts, const cert::FiledQuarter& filed) {
  const cert::StatisticsStatement& content = filed.content();
  facts.Add("quarter", Quarter{content.year(), content.quarter()}.ToString());
  facts.Add("entity", filed.entity());
  facts.Add("filed", FiledText(content.version(), content.preliminary()));
  facts.Add("through", content.through_date());
  facts.Add("at", TimeText(content.file_time()));
  facts.Add("by", absl::StrCat(content.officer().person(), " (", content.officer().authority(), ")"));
  facts.Add("why anew", content.text());
  facts.Add("digest", statement::ToHex(statement::Sha256(filed.statement())));
}

absl::StatusOr<int> File(Context& context, const QuarterFlags& flags) {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Parse(flags.quarter));
  cert::FileQuarterRequest request;
  request.set_year(quarter.year);
  request.set_quarter(quarter.quarter);
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&StatisticsService::Stub::FileQuarter, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Facts facts;
    AddFiledFacts(facts, response.filed());
    facts.Add("sent to", absl::StrJoin(response.sent_to(), " "));
    facts.Add("not on the mesh", absl::StrJoin(response.not_on_mesh(), " "));
    facts.Print(context.out);
    context.out << '\n';
    TradeSheet(response.filed().content().rows()).PrintTable(context.out);
  }));
  return kExitDone;
}

absl::StatusOr<int> Filed(Context& context, const QuarterFlags& flags) {
  cert::ListFiledQuartersRequest request;
  request.set_partner(flags.partner);
  if (!flags.quarter.empty()) {
    KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Parse(flags.quarter));
    request.set_year(quarter.year);
    request.set_quarter(quarter.quarter);
  }
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &StatisticsService::Stub::ListFiledQuarters, request,
               [](auto& all, auto& page) { all.mutable_filed()->MergeFrom(page.filed()); }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    if (response.filed().empty()) context.out << "(none)\n";
    for (const cert::FiledQuarter& filed : response.filed()) {
      Facts facts;
      AddFiledFacts(facts, filed);
      facts.Print(context.out);
      TradeSheet(filed.content().rows()).PrintTable(context.out);
      context.out << '\n';
    }
  }));
  return kExitDone;
}

// What each explanation that occurs means.
void PrintLegend(std::ostream& out, const cert::GetMirrorResponse& mirror) {
  Facts legend;
  for (const scheme::Explanation explanation : scheme::kAllExplanations) {
    const std::string name = scheme::ExplanationName(explanation);
    const bool occurs = std::ranges::any_of(mirror.rows(), [&](const cert::MirrorRow& row) {
      return std::ranges::any_of(row.certificates(), [&](const auto& certificate) {
        return std::ranges::any_of(certificate.explanations(), [&](int value) {
          return EnumText(static_cast<cert::TradeExplanation>(value), "TRADE_EXPLANATION_") == name;
        });
      });
    });
    if (occurs) legend.Add(name, scheme::ExplanationText(explanation));
  }
  legend.Print(out);
}

void PrintMirror(std::ostream& out, const std::string& partner,
                 const cert::GetMirrorResponse& mirror) {
  Facts facts;
  facts.Add("own figures through", mirror.through_date());
  facts.Add(partner + " filed",
            mirror.partner_filed()
                ? absl::StrCat(FiledText(mirror.partner_version(), mirror.partner_preliminary()),
                               ", through ", mirror.partner_through_date(), ", at ",
                               TimeText(mirror.partner_file_time()))
                : absl::StrCat("not yet; due on ", mirror.due_date()));
  facts.Print(out);
  out << '\n';
  MirrorSheet(mirror).PrintTable(out);
  const Sheet certificates = MirrorCertificatesSheet(mirror);
  if (!certificates.rows.empty()) {
    out << "\ncertificates behind it:\n";
    certificates.PrintTable(out);
    out << '\n';
    PrintLegend(out, mirror);
  }
  int left_out = 0;
  for (const cert::MirrorRow& row : mirror.rows()) left_out += row.certificates_left_out();
  if (left_out > 0) out << "and " << left_out << " more\n";
  out << '\n'
      << (!mirror.partner_filed() ? "nothing to compare with"
          : mirror.agrees()       ? "both sides agree"
                                  : "the two sides differ")
      << '\n';
}

absl::StatusOr<int> Mirror(Context& context, const QuarterFlags& flags, bool certificates) {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Parse(flags.quarter));
  cert::GetMirrorRequest request;
  request.set_year(quarter.year);
  request.set_quarter(quarter.quarter);
  request.set_partner(flags.partner);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&StatisticsService::Stub::GetMirror, request));
  if (flags.csv || certificates) {
    (certificates ? MirrorCertificatesSheet(response) : MirrorSheet(response)).PrintCsv(context.out);
  } else {
    KP_RETURN_IF_ERROR(
        context.Show(response, [&] { PrintMirror(context.out, flags.partner, response); }));
  }
  if (!response.partner_filed()) return kExitUnavailable;
  return response.agrees() ? kExitDone : kExitRefer;
}

void AddQuarter(CLI::App* verb, std::string& quarter) {
  verb->add_option("QUARTER", quarter, "2026-Q1")->required();
}
void AddPartner(CLI::App* verb, std::string& partner) {
  verb->add_option("--partner", partner, "Only with this entity")->type_name("CODE");
}

}  // namespace

void AddStatistics(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "statistics", "What the scheme's statistics say (CORE Annex III), computed from certificates");
  auto shown = std::make_shared<QuarterFlags>();
  CLI::App* verb = registrar.Add(
      group, "show", "Trade of a quarter by partner, origin and HS code, as of now",
      "kpctl statistics show 2026-Q1 --csv > 2026-Q1.csv",
      [&context, shown] { return Show(context, *shown); });
  AddQuarter(verb, shown->quarter);
  AddPartner(verb, shown->partner);
  verb->add_flag("--csv", shown->csv, "The rows as CSV");

  auto plotted = std::make_shared<QuarterFlags>();
  verb = registrar.Add(group, "plot", "Draws a quarter's trade by partner, carats and US dollars",
                       "kpctl statistics plot 2026-Q1 --out 2026-Q1.svg",
                       [&context, plotted] { return Plot(context, *plotted); });
  AddQuarter(verb, plotted->quarter);
  AddPartner(verb, plotted->partner);
  verb->add_option("--out", plotted->out, "Where the SVG goes")->required()->type_name("FILE");

  auto filing = std::make_shared<QuarterFlags>();
  verb = registrar.Add(
      group, "file",
      "Files a quarter as its next version, signed, and sends each partner on the mesh its part; a "
      "version that was filed stays as it is",
      "kpctl statistics file 2026-Q1 --text \"two confirmations came late\"",
      [&context, filing] { return File(context, *filing); });
  AddQuarter(verb, filing->quarter);
  verb->add_option("--text", filing->text, "Why it is filed anew; required from version 2 on")
      ->type_name("TEXT");
  AddRequestId(verb, filing->request_id);

  auto filed = std::make_shared<QuarterFlags>();
  verb = registrar.Add(group, "filed", "The versions that were filed here, or by a partner",
                       "kpctl statistics filed --quarter 2026-Q1 --partner EU",
                       [&context, filed] { return Filed(context, *filed); });
  verb->add_option("--quarter", filed->quarter, "Only this quarter")->type_name("QUARTER");
  verb->add_option("--partner", filed->partner, "What this entity filed of the trade with the own")
      ->type_name("CODE");

  auto mirrored = std::make_shared<QuarterFlags>();
  auto certificates = std::make_shared<bool>(false);
  verb = registrar.Add(
      group, "mirror",
      "The own figures beside a partner's, and the certificates that explain a difference. Exit "
      "code: 0 both agree, 10 they differ, 12 the partner has not filed",
      "kpctl statistics mirror 2026-Q1 EU", [&context, mirrored, certificates] {
        return Mirror(context, *mirrored, *certificates);
      });
  AddQuarter(verb, mirrored->quarter);
  verb->add_option("PARTNER", mirrored->partner, "Code of the other entity")->required();
  verb->add_flag("--csv", mirrored->csv, "The rows as CSV");
  verb->add_flag("--certificates-csv", *certificates, "The certificates behind differences as CSV");
  AddFigures(registrar, group);
}

}  // namespace kp::kpctl
