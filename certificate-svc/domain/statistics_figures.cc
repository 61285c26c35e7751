// Production and stock as filed, the balance of a year, and the monthly report.
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/statistics.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/hs_code.h"
#include "scheme/reasons.h"
#include "scheme/value_per_carat.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Quarter;

constexpr int kMaxRows = 500;
constexpr char kClause[] = "CORE Annex III(c)";

absl::StatusOr<scheme::Origin> ReadRowOrigin(const std::string& text, bool single) {
  KP_ASSIGN_OR_RETURN(scheme::Origin origin, scheme::Origin::Parse(text));
  if (single && origin.kind() != scheme::Origin::Kind::kSingle) {
    return FieldError({kFiguresMalformed, "origin", "stones are mined in one country", kClause});
  }
  return origin;
}

// The figures in one spelling, or everything that is wrong with them.
absl::StatusOr<v1::FiledFigures> ReadFigures(const v1::FiledFigures& stated) {
  std::vector<Fault> faults;
  const auto fault = [&](std::string field, std::string message) {
    faults.push_back(
        {kFiguresMalformed, absl::StrCat("figures.", field), std::move(message), kClause});
  };
  const bool production = stated.kind() == v1::FIGURE_KIND_PRODUCTION;
  if (!production && stated.kind() != v1::FIGURE_KIND_OPENING_STOCK) {
    fault("kind", "must be production or opening stock");
  }
  if (!Quarter::Make(stated.year(), 1).ok()) fault("year", "is not 2003 to 2999");
  if (production ? stated.half() != 1 && stated.half() != 2 : stated.half() != 0) {
    fault("half", "is 1 or 2 for production, 0 for stock");
  }
  if (stated.version() != 0 || stated.has_officer() || stated.has_file_time()) {
    fault("version", "and what the register fills must be left empty");
  }
  if (stated.rows_size() > kMaxRows) fault("rows", absl::StrCat("more than ", kMaxRows));
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  v1::FiledFigures figures = stated;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < figures.rows_size() && faults.size() < 20; ++i) {
    v1::FigureRow& row = *figures.mutable_rows(i);
    const std::string path = absl::StrCat("rows[", i, "].");
    const auto origin = ReadRowOrigin(row.origin(), production);
    if (origin.ok()) {
      row.set_origin(origin->ToString());
    } else {
      fault(path + "origin", std::string(origin.status().message()));
    }
    const auto hs = scheme::HsCode::Parse(row.hs_code());
    if (hs.ok() && hs->InScope()) {
      row.set_hs_code(hs->digits());
    } else {
      fault(path + "hs_code", "must be 7102.10, 7102.21 or 7102.31");
    }
    if (!scheme::Carats::FromThousandths(row.carats_thousandths()).ok() ||
        row.carats_thousandths() <= 0) {
      fault(path + "carats_thousandths", "must be above zero, and at most a thousand million carats");
    }
    if (!scheme::UsDollars::FromCents(row.value_usd_cents()).ok() || row.value_usd_cents() < 0) {
      fault(path + "value_usd_cents", "must be zero or more, and at most a hundred thousand million");
    }
    if (!seen.insert({row.origin(), row.hs_code()}).second) {
      fault(path + "origin", "origin and HS code stand there twice");
    }
  }
  KP_RETURN_IF_ERROR(FieldErrors(faults));
  return figures;
}

// What is filed as production was mined at home.
absl::Status CheckMinedHere(const Environment& env, const SchemeView& view,
                            const v1::FiledFigures& figures) {
  if (figures.kind() != v1::FIGURE_KIND_PRODUCTION) return absl::OkStatus();
  const scheme::Date day = scheme::HalfYear{figures.year(), figures.half()}.last_day();
  std::vector<Fault> faults;
  for (int i = 0; i < figures.rows_size() && faults.size() < 20; ++i) {
    KP_ASSIGN_OR_RETURN(const auto country, scheme::CountryCode::Parse(figures.rows(i).origin()));
    if (IsOwnTerritory(env, view, country, day)) continue;
    faults.push_back({kFiguresMalformed, absl::StrCat("figures.rows[", i, "].origin"),
                      absl::StrCat(country.text(), " is no territory of ", env.entity.text()),
                      kClause});
  }
  return FieldErrors(faults);
}

std::vector<scheme::Finding> PricesOf(const v1::FiledFigures& production) {
  std::vector<scheme::PricedRow> rows;
  for (const v1::FigureRow& row : production.rows()) {
    rows.push_back({absl::StrCat("rows[", rows.size(), "]"), row.origin(),
                    row.carats_thousandths(), row.value_usd_cents()});
  }
  return scheme::CheckProductionPrices(rows);
}

template <typename Response>
void WriteFindings(const std::vector<scheme::Finding>& findings, Response& response) {
  for (const scheme::Finding& finding : findings) {
    *response.add_findings() = wire::WriteFinding(finding);
  }
}

absl::StatusOr<VersionPlace> ReadPlace(const std::string& key) {
  VersionPlace place;
  if (key.empty()) return place;
  const std::vector<std::string> parts = absl::StrSplit(key, ' ');
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &place.year) ||
      !absl::SimpleAtoi(parts[1], &place.part) || !absl::SimpleAtoi(parts[2], &place.version)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  return place;
}

// One row for each HS code.
void AddMonthlyRows(const v1::MonthlyRow& head, const scheme::TradeRows& rows,
                    v1::ListMonthlyReportResponse& response) {
  for (const auto& [key, figures] : rows) {
    v1::MonthlyRow& row = *response.add_rows();
    row = head;
    row.set_origin(key.origin);
    row.set_hs_code(key.hs);
    row.set_carats_thousandths(figures.carats);
    row.set_value_usd_cents(figures.value);
  }
}

absl::Status AddImport(const pb::ConfirmedImport& import, v1::ListMonthlyReportResponse& response) {
  v1::MonthlyRow head;
  head.set_number(import.number());
  head.set_issuing_authority(import.issuing_authority());
  head.set_validating_authority(import.validating_authority());
  head.set_issue_date(import.issue_date());
  head.set_validation_date(import.validation_date());
  head.set_expiry_date(import.expiry_date());
  head.set_partner(import.issuer());
  head.set_verifying_authority(import.verifying_authority());
  head.set_verification_date(import.confirm_date());
  KP_ASSIGN_OR_RETURN(const scheme::TradeRows rows, FoundRowsOf(import));
  AddMonthlyRows(head, rows, response);
  return absl::OkStatus();
}

absl::Status AddExport(const pb::Certificate& record, v1::ListMonthlyReportResponse& response) {
  v1::MonthlyRow head;
  head.set_number(record.number());
  head.set_issuing_authority(record.issuing_authority());
  head.set_validating_authority(record.validating_authority());
  head.set_issue_date(record.issue_date());
  head.set_validation_date(record.validation_date());
  head.set_expiry_date(record.expiry_date());
  head.set_partner(record.importing_entity());
  head.set_state(record.state());
  KP_ASSIGN_OR_RETURN(const scheme::TradeRows rows, CertifiedRowsOf(record));
  AddMonthlyRows(head, rows, response);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::FileFiguresResponse> Statistics::FileFigures(
    const identity::SpiffeId& caller, const v1::FileFiguresRequest& request) {
  using Response = v1::FileFiguresResponse;
  KP_ASSIGN_OR_RETURN(const v1::FiledFigures stated, ReadFigures(request.figures()));
  KP_RETURN_IF_ERROR(WithFieldPrefix(CheckReasons(stated.text()), "figures."));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), "FileFigures", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        std::optional<pb::FiledFigures> before;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(before,
                              FindFigures(session, stated.kind(), stated.year(), stated.half()));
          return absl::OkStatus();
        }));
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_RETURN_IF_ERROR(CheckMinedHere(env_, *view, stated));
        const scheme::Date today = Today(env_, *view, actor.authority());
        v1::FiledFigures figures = stated;
        figures.set_version(before.has_value() ? before->version() + 1 : 1);
        *figures.mutable_officer() = actor;
        *figures.mutable_file_time() = trust::ToTimestamp(env_.clock.Now());
        const bool production = figures.kind() == v1::FIGURE_KIND_PRODUCTION;
        const std::string subject =
            production ? absl::StrCat("production/", figures.year(), "-H", figures.half())
                       : absl::StrCat("stock/", figures.year());
        KP_ASSIGN_OR_RETURN(
            const store::NewEvent event,
            SignEvent(env_, {.kind = production ? "PRODUCTION_FILED" : "STOCK_FILED",
                             .subject = subject,
                             .officer = &actor,
                             .statement_digest = statement::Sha256(figures.SerializeAsString()),
                             .text = figures.text()}));
        Response priced;
        *priced.mutable_figures() = figures;
        if (production) WriteFindings(PricesOf(figures), priced);
        return Act<Response>(
            [this, made = priced, event, production, today](
                store::Transaction& tx) -> absl::StatusOr<Response> {
              Response response = made;
              KP_ASSIGN_OR_RETURN(const bool saved, SaveFigures(tx, response.figures()));
              if (!saved) {
                return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                                 "the figures were filed by somebody else meanwhile");
              }
              KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
              if (!production) return response;
              // What was opened and drawn before stays; from now on these figures bound it.
              KP_ASSIGN_OR_RETURN(const auto book,
                                  ReadProduction(tx, {response.figures().year(),
                                                      response.figures().half()}));
              std::vector<scheme::Finding> findings = scheme::CheckProduction(book, today);
              for (scheme::Finding& finding : findings) finding.pointer = "rows";
              WriteFindings(findings, response);
              return response;
            });
      });
}

absl::StatusOr<v1::ListFiguresResponse> Statistics::ListFigures(
    const identity::SpiffeId& caller, const v1::ListFiguresRequest& request) const {
  if (request.kind() != v1::FIGURE_KIND_PRODUCTION &&
      request.kind() != v1::FIGURE_KIND_OPENING_STOCK) {
    return FieldError({kFiguresMalformed, "kind", "must be production or opening stock", kClause});
  }
  if (request.year() != 0) KP_RETURN_IF_ERROR(Quarter::Make(request.year(), 1).status());
  const std::string binding = absl::StrCat("ListFigures|", caller.ToString(), "|",
                                           static_cast<int>(request.kind()), "|", request.year());
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 20, 50));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  KP_ASSIGN_OR_RETURN(const VersionPlace after, ReadPlace(key));
  std::vector<pb::FiledFigures> found;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(found, certificate::ListFigures(session, request.kind(), request.year(),
                                                        after, size + 1));
    return absl::OkStatus();
  }));
  v1::ListFiguresResponse response;
  if (found.size() > static_cast<size_t>(size)) {
    found.pop_back();
    const pb::FiledFigures& last = found.back();
    response.set_next_page_token(rpc::MakePageToken(
        absl::StrCat(last.year(), " ", last.half(), " ", last.version()), binding));
  }
  for (pb::FiledFigures& figures : found) *response.add_figures() = std::move(figures);
  return response;
}

absl::StatusOr<v1::GetBalanceResponse> Statistics::GetBalance(
    const v1::GetBalanceRequest& request) const {
  KP_RETURN_IF_ERROR(Quarter::Make(request.year(), 1).status());
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const int year = request.year();
  v1::GetBalanceResponse response;
  std::map<std::string, scheme::BalanceRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    const Days days{scheme::FormatDate(Quarter{year, 1}.first_day()),
                    scheme::FormatDate(Quarter{year, 4}.last_day())};
    KP_ASSIGN_OR_RETURN(const Trade trade, ReadTrade(session, *view, days, ""));
    for (const auto& [pair, of_pair] : trade.rows) {
      for (const auto& [trade_key, figures] : of_pair) {
        scheme::BalanceRow& row = rows[trade_key.origin];
        (pair.second ? row.imports : row.exports) += figures.carats;
      }
    }
    KP_ASSIGN_OR_RETURN(const auto stock,
                        FindFigures(session, v1::FIGURE_KIND_OPENING_STOCK, year, 0));
    response.set_opening_stock_filed(stock.has_value());
    if (stock.has_value()) {
      for (const v1::FigureRow& row : stock->rows()) {
        rows[row.origin()].opening_stock += row.carats_thousandths();
      }
    }
    for (const int half : {1, 2}) {
      KP_ASSIGN_OR_RETURN(const auto production,
                          FindFigures(session, v1::FIGURE_KIND_PRODUCTION, year, half));
      if (!production.has_value()) continue;
      response.add_production_filed(half);
      for (const v1::FigureRow& row : production->rows()) {
        rows[row.origin()].production += row.carats_thousandths();
      }
    }
    return ForEachOwnProduction(session, [&](const pb::Source& source) -> absl::Status {
      const absl::TimeZone zone = view->parties.ZoneOf(env_.entity, "");
      const int of_year =
          source.year() != 0
              ? source.year()
              : static_cast<int>(
                    scheme::DayInZone(trust::ToTime(source.open_time()), zone).year());
      if (of_year != year) return absl::OkStatus();
      KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(source.origin()));
      rows[origin].own_sources += source.state() == pb::SOURCE_STATE_CLOSED
                                      ? source.drawn_thousandths()
                                      : source.carats_thousandths();
      return absl::OkStatus();
    });
  }));
  std::vector<scheme::BalanceRow> list;
  for (auto& [origin, row] : rows) {
    row.origin = origin;
    list.push_back(row);
    v1::BalanceRow& out = *response.add_rows();
    out.set_origin(origin);
    out.set_opening_stock_thousandths(row.opening_stock);
    out.set_production_thousandths(row.production);
    out.set_imports_thousandths(row.imports);
    out.set_exports_thousandths(row.exports);
    out.set_left_thousandths(row.Left());
    out.set_own_sources_thousandths(row.own_sources);
  }
  WriteFindings(scheme::CheckBalance(list), response);
  return response;
}

absl::StatusOr<v1::ListMonthlyReportResponse> Statistics::MonthlyReport(
    const identity::SpiffeId& caller, const v1::ListMonthlyReportRequest& request) const {
  KP_RETURN_IF_ERROR(Quarter::Make(request.year(), 1).status());
  if (request.month() < 1 || request.month() > 12) {
    return FieldError(
        {scheme::reasons::kPeriodOutOfRange, "month", "is not 1 to 12", "EU arts. 10, 15"});
  }
  const scheme::Date first(request.year(), request.month(), 1);
  const Days days{scheme::FormatDate(first),
                  scheme::FormatDate(scheme::AddMonths(first, 1) - 1)};
  const std::string binding = absl::StrCat("ListMonthlyReport|", caller.ToString(), "|", days.first,
                                           "|", request.import() ? "import" : "export");
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 200, 500));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  // "<day> <number>"
  const std::pair<std::string, std::string> after = absl::StrSplit(key, absl::MaxSplits(' ', 1));
  v1::ListMonthlyReportResponse response;
  const auto page = [&](auto& found, auto day, auto add) -> absl::Status {
    if (found.size() > static_cast<size_t>(size)) {
      found.pop_back();
      response.set_next_page_token(rpc::MakePageToken(
          absl::StrCat(day(found.back()), " ", found.back().number()), binding));
    }
    for (const auto& one : found) KP_RETURN_IF_ERROR(add(one, response));
    return absl::OkStatus();
  };
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    if (request.import()) {
      KP_ASSIGN_OR_RETURN(auto found, ListImportsConfirmed(session, days, after.first, after.second,
                                                           size + 1));
      return page(found, [](const auto& one) { return one.confirm_date(); }, AddImport);
    }
    KP_ASSIGN_OR_RETURN(auto found,
                        ListValidated(session, days, after.first, after.second, size + 1));
    return page(found, [](const auto& one) { return one.validation_date(); }, AddExport);
  }));
  return response;
}

}  // namespace kp::certificate
