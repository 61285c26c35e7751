// The command of kpctl by which one thing that waits is done.
#pragma once

#include <string>

#include "kp/certificate/v1/worklist_service.pb.h"

namespace kp::kpctl {

// What only the officer knows stands in it in capitals (TEXT, DATE, N, HS:CARATS). Empty for a kind
// that this program does not know.
std::string CommandOf(const certificate::v1::WorkItem& item);

}  // namespace kp::kpctl
