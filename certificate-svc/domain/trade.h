// What statistics count, written when it happens, and read for a quarter.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/statistics.h"
#include "kp/certificate/v1/statements.pb.h"
#include "kp/certificate/v1/statistics.pb.h"
#include "scheme/statistics.h"

namespace kp::certificate {

// Enters the import behind a confirmation that took effect at its issuer.
absl::Status RecordImport(store::Transaction& tx, const Environment& env,
                          const v1::UseStatement& act);
// Enters the confirmation of an own export by `partner`.
absl::Status RecordExportConfirmed(store::Transaction& tx, const Environment& env,
                                   const std::string& partner, const v1::UseStatement& act);

// What an amended confirmation says in place of the earlier one: of an import, of an own export.
absl::Status AmendImport(store::Transaction& tx, const std::string& number,
                         const v1::Arrival& arrival);
absl::Status AmendExportConfirmed(store::Transaction& tx, const Environment& env,
                                  const std::string& number, const v1::Arrival& arrival);

Days DaysOf(const scheme::Quarter& quarter);
// The form of origins in statistics; empty for none.
absl::StatusOr<std::string> OriginText(const pb::Origin& origin);
std::vector<scheme::TradeLine> TradeLines(const google::protobuf::RepeatedPtrField<pb::Line>& lines);
absl::StatusOr<scheme::TradeRows> CertifiedRowsOf(const pb::Certificate& certificate);
absl::StatusOr<scheme::TradeRows> CertifiedRowsOf(const pb::ConfirmedImport& import);
absl::StatusOr<scheme::TradeRows> FoundRowsOf(const pb::ConfirmedImport& import);

// Partner, and whether it is an import: exports come first.
using TradePair = std::pair<std::string, bool>;
struct Trade {
  std::map<TradePair, scheme::TradeRows> rows;
  std::map<TradePair, scheme::TradeFigures> totals;
  int64_t exports_not_counted = 0;
};
// All trade on these days, exports by the day of export, imports by the day of receipt.
// `partner`: only with this one; empty: all. OUT_OF_RANGE, STATISTICS_TOO_LARGE.
absl::StatusOr<Trade> ReadTrade(store::ReadSession& session, const SchemeView& view,
                                const Days& days, const std::string& partner);

// Into the protos.
void WriteFigures(const scheme::TradeFigures& figures, v1::TradeFigures& out);
void WriteTrade(const Trade& trade, google::protobuf::RepeatedPtrField<v1::TradeRow>& rows,
                google::protobuf::RepeatedPtrField<v1::TradeTotal>& totals);

}  // namespace kp::certificate
