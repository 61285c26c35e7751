// A quarter's trade as a picture.
#pragma once

#include <string>

#include "kp/certificate/v1/statistics_service.pb.h"

namespace kp::kpctl {

// An SVG 1.1 document: for each partner, in the order of the response, a bar of its exports and one of
// its imports, carats on the left and US dollars on the right, each on a scale of its own that begins
// at zero, with the figure beside the bar. `title` may hold any text. The same input gives the same
// bytes.
std::string PlotQuarter(const std::string& title, const certificate::v1::GetQuarterResponse& quarter);

}  // namespace kp::kpctl
