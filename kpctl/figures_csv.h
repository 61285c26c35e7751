// Production or stock as a CSV file, for filing.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kp/certificate/v1/statistics.pb.h"

namespace kp::kpctl {

// "origin,hs_code,carats,value_usd" and a row for each origin and HS code, at most 500: "BW,710231,
// 1250.50,187500.00". An empty value is 0: not known. Errors: CSV_MALFORMED; FIGURES_MALFORMED for the
// header, a row with another number of fields, a row too many; what the scheme's parsers say of a
// field. Each names line and character, the first twenty faults of fields together.
absl::StatusOr<std::vector<certificate::v1::FigureRow>> ReadFiguresCsv(std::string_view text);

}  // namespace kp::kpctl
