// Who stands for the source of stones that a paper import opens (R16).
#pragma once

#include "absl/status/status.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/import_book.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

// Puts into the source of a paper whose import `officer` confirms, or whose confirmation `officer`
// amends, who entered the paper and who says what arrived, and what it then lacks before
// certificates draw on it.
absl::Status FillStandingOfPaper(store::Transaction& tx, const Environment& env,
                                 const v1::ImportEntry& entry, const v1::Officer& officer,
                                 v1::Source& source);

}  // namespace kp::certificate
