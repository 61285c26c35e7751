// What partners file of the trade with this entity.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

// A filed quarter that cannot be, or is about another partner's trade: receipt REFUSED.
inline constexpr char kStatisticsMalformed[] = "STATISTICS_MALFORMED";
// A version of a quarter that is not newer than what its sender filed before: receipt REFUSED.
inline constexpr char kStatisticsVersionOld[] = "STATISTICS_VERSION_OLD";

// Keeps a partner's part of a filed quarter; every version is kept, and versions only rise. The
// statement is the sender's and addressed to this entity. Not yet in the receipt: id and digest.
absl::StatusOr<v1::ReceiptStatement> ReceiveStatistics(store::Transaction& tx,
                                                       const Environment& env,
                                                       const std::string& sender,
                                                       const statement::Statement& statement);

}  // namespace kp::certificate
