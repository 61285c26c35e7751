#include "certificate-svc/domain/statistics.h"

#include <set>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/list_filters.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "mesh/statement/reasons.h"
#include "scheme/reasons.h"
#include "scheme/value_per_carat.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using scheme::Quarter;

// Entities on the mesh beside the own one: each gets its part, also where there was no trade, so that
// it can tell "none" from "not filed".
std::set<std::string> OnMesh(const Environment& env, const SchemeView& view) {
  std::set<std::string> entities;
  for (const scheme::Entity& entity : view.parties.facts().entities) {
    const std::string& code = entity.code.text();
    if (code == env.entity.text() || !entity.served_by.empty()) continue;
    if (view.trust->EndpointOf(code, access::v1::ROLE_CERTIFICATE_SVC).ok()) entities.insert(code);
  }
  return entities;
}

struct Part {
  std::string partner;
  std::string statement;
};
struct Version {
  FiledRow row;
  std::vector<Part> parts;
};

// The trade with one partner alone.
Trade Only(const Trade& trade, const std::string& partner) {
  Trade only;
  for (const bool import : {false, true}) {
    const TradePair pair{partner, import};
    if (const auto rows = trade.rows.find(pair); rows != trade.rows.end()) {
      only.rows.insert(*rows);
      only.totals.insert(*trade.totals.find(pair));
    }
  }
  return only;
}

absl::StatusOr<Version> SignVersion(const Environment& env, const v1::StatisticsStatement& head,
                                    const Trade& trade, const std::set<std::string>& partners) {
  const absl::Time now = env.clock.Now();
  Version version;
  v1::StatisticsStatement whole = head;
  google::protobuf::RepeatedPtrField<v1::TradeRow> unused;
  WriteTrade(trade, unused, *whole.mutable_totals());
  for (const std::string& partner : partners) {
    v1::StatisticsStatement part = head;
    part.set_partner(partner);
    WriteTrade(Only(trade, partner), *part.mutable_rows(), *part.mutable_totals());
    const auto signed_part = env.signer.Sign(StatisticsContentType(), part, partner, now);
    if (ReasonOf(signed_part.status()) == statement::kTooLarge) {
      return MakeError(absl::StatusCode::kOutOfRange, scheme::reasons::kStatisticsTooLarge,
                       absl::StrCat("the ", part.rows_size(), " rows of the trade with ", partner,
                                    " are more than one statement tells"));
    }
    KP_RETURN_IF_ERROR(signed_part.status());
    version.parts.push_back({partner, signed_part->bytes()});
    v1::StatisticsPart& named = *whole.add_parts();
    named.set_partner(partner);
    named.set_digest(signed_part->digest());
  }
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_whole,
                      env.signer.Sign(StatisticsContentType(), whole, std::nullopt, now));
  version.row = {{head.year(), head.quarter()},
                 head.version(),
                 head.preliminary(),
                 signed_whole.bytes(),
                 now};
  return version;
}

// Rows of which every value is known.
std::vector<scheme::PricedRow> PricesOf(const v1::GetQuarterResponse& response) {
  std::vector<scheme::PricedRow> rows;
  for (const v1::TradeRow& row : response.rows()) {
    const v1::TradeFigures& figures = row.figures();
    const bool known = figures.certificates_without_value() == 0;
    rows.push_back({absl::StrCat("rows[", rows.size(), "]"), row.origin(),
                    figures.carats_thousandths(), known ? figures.value_usd_cents() : 0});
  }
  return rows;
}

absl::StatusOr<v1::StatisticsStatement> ReadContent(const std::string& bytes) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(bytes));
  return statement::DecodePayload<v1::StatisticsStatement>(parsed);
}

}  // namespace

std::string QuarterSubject(const Quarter& quarter) {
  return absl::StrCat("statistics/", quarter.ToString());
}

absl::Status CheckBegun(const Quarter& quarter, scheme::Date today) {
  if (today >= quarter.first_day()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, kQuarterNotBegun,
                   absl::StrCat(quarter.ToString(), " begins on ",
                                scheme::FormatDate(quarter.first_day())));
}

absl::StatusOr<std::string> Statistics::ReadPartner(const std::string& code) const {
  return ReadFilterEntity(env_, code, "partner", scheme::FilterRole::kPartner);
}
absl::StatusOr<v1::GetQuarterResponse> Statistics::GetQuarter(
    const v1::GetQuarterRequest& request) const {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Make(request.year(), request.quarter()));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const std::string partner, ReadPartner(request.partner()));
  const scheme::Date today = Today(env_, *view, "");
  KP_RETURN_IF_ERROR(CheckBegun(quarter, today));
  v1::GetQuarterResponse response;
  response.set_entity(env_.entity.text());
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const Trade trade, ReadTrade(session, *view, DaysOf(quarter), partner));
    WriteTrade(trade, *response.mutable_rows(), *response.mutable_totals());
    response.set_exports_not_counted(trade.exports_not_counted);
    for (const scheme::Finding& finding : scheme::CheckTradePrices(PricesOf(response))) {
      *response.add_findings() = scheme::wire::WriteFinding(finding);
    }
    KP_ASSIGN_OR_RETURN(const auto filed, FindFiled(session, env_.entity.text(), quarter));
    if (filed.has_value()) {
      response.set_filed_version(filed->version);
      response.set_filed_preliminary(filed->preliminary);
    }
    return absl::OkStatus();
  }));
  response.set_through_date(scheme::FormatDate(std::min(quarter.last_day(), today)));
  response.set_running(today <= quarter.last_day());
  response.set_due_date(scheme::FormatDate(quarter.due_day()));
  return response;
}

absl::StatusOr<v1::FileQuarterResponse> Statistics::FileQuarter(
    const identity::SpiffeId& caller, const v1::FileQuarterRequest& request) {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Make(request.year(), request.quarter()));
  if (!request.text().empty()) KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::FileQuarterResponse;
  return Once<Response>(
      env_, caller.ToString(), "FileQuarter", request, [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const scheme::Date today = Today(env_, *view, actor.authority());
        KP_RETURN_IF_ERROR(CheckBegun(quarter, today));
        // Before anything is read: what becomes known after it counts in the next version.
        const absl::Time file_time = env_.clock.Now();
        Trade trade;
        std::optional<FiledRow> before;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(trade, ReadTrade(session, *view, DaysOf(quarter), ""));
          KP_ASSIGN_OR_RETURN(before, FindFiled(session, env_.entity.text(), quarter));
          return absl::OkStatus();
        }));
        if (before.has_value()) KP_RETURN_IF_ERROR(CheckReasons(request.text()));
        v1::StatisticsStatement head;
        head.set_year(quarter.year);
        head.set_quarter(quarter.quarter);
        head.set_version(before.has_value() ? before->version + 1 : 1);
        head.set_through_date(scheme::FormatDate(std::min(quarter.last_day(), today)));
        head.set_preliminary(today <= quarter.last_day());
        *head.mutable_officer() = actor;
        *head.mutable_file_time() = trust::ToTimestamp(file_time);
        head.set_text(request.text());
        const std::set<std::string> on_mesh = OnMesh(env_, *view);
        std::set<std::string> partners = on_mesh;
        for (const auto& [pair, rows] : trade.rows) partners.insert(pair.first);
        KP_ASSIGN_OR_RETURN(const Version version, SignVersion(env_, head, trade, partners));
        KP_ASSIGN_OR_RETURN(
            const store::NewEvent event,
            SignEvent(env_, {.kind = "STATISTICS_FILED",
                             .subject = QuarterSubject(quarter),
                             .officer = &actor,
                             .statement_digest = statement::Sha256(version.row.statement),
                             .text = request.text()}));
        Response response;
        std::vector<std::string> parts;
        for (const Part& part : version.parts) {
          parts.push_back(part.statement);
          if (on_mesh.contains(part.partner)) {
            response.add_sent_to(part.partner);
          } else {
            response.add_not_on_mesh(part.partner);
          }
        }
        KP_ASSIGN_OR_RETURN(*response.mutable_filed(),
                            Show(env_.entity.text(), version.row, parts));
        return Act<Response>([this, quarter, version, event, on_mesh,
                              response](store::Transaction& tx) -> absl::StatusOr<Response> {
          KP_ASSIGN_OR_RETURN(const bool newest, SaveFiled(tx, env_.entity.text(), version.row));
          if (!newest) {
            return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                             "the quarter was filed by somebody else meanwhile");
          }
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          for (const Part& part : version.parts) {
            KP_RETURN_IF_ERROR(SaveFiledPart(tx, version.row, part.partner, part.statement));
            if (!on_mesh.contains(part.partner)) continue;
            KP_RETURN_IF_ERROR(env_.outbox
                                   .Enqueue(tx, {part.partner, QuarterSubject(quarter),
                                                 kStatisticsKind, StatisticsContentType(),
                                                 part.statement})
                                   .status());
          }
          return response;
        });
      });
}

absl::StatusOr<v1::FiledQuarter> Statistics::Show(const std::string& entity, const FiledRow& row,
                                                  const std::vector<std::string>& parts) const {
  v1::FiledQuarter filed;
  KP_ASSIGN_OR_RETURN(*filed.mutable_content(), ReadContent(row.statement));
  filed.mutable_content()->clear_salt();
  for (const std::string& part : parts) {
    KP_ASSIGN_OR_RETURN(const v1::StatisticsStatement content, ReadContent(part));
    filed.mutable_content()->mutable_rows()->MergeFrom(content.rows());
  }
  filed.set_statement(row.statement);
  filed.set_entity(entity);
  *filed.mutable_record_time() = trust::ToTimestamp(row.recorded_at);
  return filed;
}

absl::StatusOr<v1::ListFiledQuartersResponse> Statistics::ListFiledQuarters(
    const identity::SpiffeId& caller, const v1::ListFiledQuartersRequest& request) const {
  KP_ASSIGN_OR_RETURN(const std::string partner, ReadPartner(request.partner()));
  if (request.year() != 0 || request.quarter() != 0) {
    KP_RETURN_IF_ERROR(
        Quarter::Make(request.year(), request.quarter() == 0 ? 1 : request.quarter()).status());
  }
  const std::string entity = partner.empty() ? env_.entity.text() : partner;
  const std::string binding = absl::StrCat("ListFiledQuarters|", caller.ToString(), "|", entity, "|",
                                           request.year(), "|", request.quarter());
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 5, 10));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  VersionPlace after;
  if (!key.empty()) {
    const std::vector<std::string> place = absl::StrSplit(key, ' ');
    if (place.size() != 3 || !absl::SimpleAtoi(place[0], &after.year) ||
        !absl::SimpleAtoi(place[1], &after.part) || !absl::SimpleAtoi(place[2], &after.version)) {
      return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
    }
  }
  v1::ListFiledQuartersResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(std::vector<FiledRow> rows,
                        ListFiled(session, entity, request.year(), request.quarter(), after,
                                  size + 1));
    if (rows.size() > static_cast<size_t>(size)) {
      rows.pop_back();
      const FiledRow& last = rows.back();
      response.set_next_page_token(rpc::MakePageToken(
          absl::StrCat(last.quarter.year, " ", last.quarter.quarter, " ", last.version), binding));
    }
    for (const FiledRow& row : rows) {
      std::vector<std::string> parts;
      if (partner.empty()) {
        KP_ASSIGN_OR_RETURN(parts, FiledParts(session, row.quarter, row.version));
      }
      KP_ASSIGN_OR_RETURN(*response.add_filed(), Show(entity, row, parts));
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace kp::certificate
