// Technical certificates: goods that were never imported leave again (domain 4.4).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "scheme/certificate.h"
#include "scheme/lifecycle.h"

namespace kp::scheme {

// Goods in this state do not leave under a technical certificate for this reason:
// FAILED_PRECONDITION.
inline constexpr char kTechnicalNotDue[] = "TECHNICAL_NOT_DUE";
// More is to leave than came, or something else: INVALID_ARGUMENT.
inline constexpr char kTechnicalGoodsDiffer[] = "TECHNICAL_GOODS_DIFFER";

enum class TechnicalReason { kOrderedBack, kDetained, kSeized };

// Goods leave that are detained or seized; those ordered back are detained first, so that nobody
// uses the certificate meanwhile (India, DGFT 34/2015-2020; WGDE report of November 2014).
absl::Status CheckTechnicalState(TechnicalReason reason, State state);

// Goods under one certificate, technical or not.
struct TechnicalGoods {
  std::vector<Line> lines;
  std::int64_t parcels = 0;
};

// What leaves is all or a part of what is still here: of what `came`, less what `left` under other
// technical certificates that stand. For each HS code no more carats, and no more parcels. Faults
// under "lines[i].hs_code", "lines[i].carats_thousandths" and "parcels".
absl::Status CheckTechnicalGoods(const TechnicalGoods& leaves, const TechnicalGoods& came,
                                 std::span<const TechnicalGoods> left);

// "EU-T-0000042" for the 42nd of EU: a series beside that of its certificates.
std::string TechnicalNumber(std::string_view entity, std::int64_t serial);
// Whether this is such a number of that entity.
bool IsTechnicalNumberOf(std::string_view number, std::string_view entity);

}  // namespace kp::scheme
