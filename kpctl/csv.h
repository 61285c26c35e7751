// Comma-separated values as RFC 4180 writes them: quoted fields may hold commas, line breaks and
// doubled quotes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kp::kpctl {

// Records in order, the header line included; empty lines are skipped. INVALID_ARGUMENT with reason
// CSV_MALFORMED and the line for a quote that is not closed or stands inside a field.
absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(std::string_view text);

}  // namespace kp::kpctl
