#include "certificate-svc/domain/statistics_exchange.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/statistics.h"
#include "certificate-svc/store/statistics.h"
#include "scheme/hs_code.h"
#include "scheme/origin.h"

namespace kp::certificate {
namespace {

constexpr int kMaxRows = 2'000;
constexpr int kMaxVersion = 1'000'000;
// Of one figure, so that no sum of all rows overflows.
constexpr int64_t kMaxFigure = INT64_MAX / kMaxRows;

absl::Status Malformed(const std::string& field, std::string_view what) {
  return FieldError({kStatisticsMalformed, field, std::string(what), "CORE Annex III"});
}

absl::Status CheckFigures(const v1::TradeFigures& figures, const std::string& field) {
  for (const int64_t figure : {figures.certificates(), figures.carats_thousandths(),
                               figures.value_usd_cents(), figures.certificates_without_value()}) {
    if (figure < 0 || figure > kMaxFigure) return Malformed(field, "a figure is out of its range");
  }
  return absl::OkStatus();
}

// That it says what a part can say: rows of this entity's trade, each once, that add up.
absl::Status CheckPart(const Environment& env, const v1::StatisticsStatement& part) {
  KP_RETURN_IF_ERROR(scheme::Quarter::Make(part.year(), part.quarter()).status());
  if (part.version() < 1 || part.version() > kMaxVersion) {
    return Malformed("version", "is out of its range");
  }
  KP_RETURN_IF_ERROR(WithFieldPrefix(scheme::ParseDate(part.through_date()).status(), ""));
  if (!part.text().empty()) KP_RETURN_IF_ERROR(CheckReasons(part.text()));
  if (part.partner() != env.entity.text()) {
    return Malformed("partner", "the part is of the trade with another partner");
  }
  if (part.rows_size() > kMaxRows) return Malformed("rows", "too many");
  std::set<std::tuple<bool, std::string, std::string>> seen;
  std::map<bool, std::pair<int64_t, int64_t>> sums;
  for (int i = 0; i < part.rows_size(); ++i) {
    const v1::TradeRow& row = part.rows(i);
    const std::string field = absl::StrCat("rows[", i, "]");
    if (row.partner() != env.entity.text()) return Malformed(field, "is of another partner");
    const auto hs = scheme::HsCode::Parse(row.hs_code());
    if (!hs.ok() || hs->digits() != row.hs_code()) {
      return Malformed(field, "hs_code is no six digits");
    }
    const auto origin = scheme::Origin::Parse(row.origin());
    if (!row.origin().empty() && (!origin.ok() || origin->ToString() != row.origin())) {
      return Malformed(field, "the origin is not of the form of statistics");
    }
    if (!seen.insert({row.import(), row.origin(), row.hs_code()}).second) {
      return Malformed(field, "stands there twice");
    }
    KP_RETURN_IF_ERROR(CheckFigures(row.figures(), field));
    sums[row.import()].first += row.figures().carats_thousandths();
    sums[row.import()].second += row.figures().value_usd_cents();
  }
  for (int i = 0; i < part.totals_size(); ++i) {
    const v1::TradeTotal& total = part.totals(i);
    const std::string field = absl::StrCat("totals[", i, "]");
    KP_RETURN_IF_ERROR(CheckFigures(total.figures(), field));
    const auto sum = sums.find(total.import());
    if (total.partner() != env.entity.text() || sum == sums.end() ||
        sum->second != std::pair(total.figures().carats_thousandths(),
                                 total.figures().value_usd_cents())) {
      return Malformed(field, "is not the sum of its rows");
    }
    sums.erase(sum);
  }
  return sums.empty() ? absl::OkStatus() : Malformed("totals", "one is missing");
}

}  // namespace

absl::StatusOr<v1::ReceiptStatement> ReceiveStatistics(store::Transaction& tx,
                                                       const Environment& env,
                                                       const std::string& sender,
                                                       const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto part,
                      statement::DecodePayload<v1::StatisticsStatement>(statement));
  v1::ReceiptStatement receipt;
  const auto refuse = [&](std::string reason, std::string text) {
    receipt.set_outcome(pb::OUTCOME_REFUSED);
    receipt.set_reason(std::move(reason));
    receipt.set_text(std::move(text));
    return receipt;
  };
  if (const absl::Status sound = CheckPart(env, part); !sound.ok()) {
    return refuse(kStatisticsMalformed, std::string(sound.message()));
  }
  const scheme::Quarter quarter{part.year(), part.quarter()};
  KP_ASSIGN_OR_RETURN(const bool newer,
                      SaveFiled(tx, sender,
                                {quarter, part.version(), part.preliminary(), statement.bytes(),
                                 env.clock.Now()}));
  if (!newer) {
    KP_ASSIGN_OR_RETURN(const auto known, FindFiled(tx, sender, quarter));
    if (known.has_value() && known->statement == statement.bytes()) {
      receipt.set_outcome(pb::OUTCOME_ALREADY_DONE);
      return receipt;
    }
    return refuse(kStatisticsVersionOld,
                  absl::StrCat("version ", known.has_value() ? known->version : 0, " of ",
                               quarter.ToString(), " is here already; versions only rise"));
  }
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env, {.kind = "STATISTICS",
                                      .subject = QuarterSubject(quarter),
                                      .actor_id = sender,
                                      .statement_digest = statement.digest(),
                                      .text = part.text()}));
  KP_RETURN_IF_ERROR(env.events.Append(tx, event).status());
  receipt.set_outcome(pb::OUTCOME_DONE);
  return receipt;
}

}  // namespace kp::certificate
