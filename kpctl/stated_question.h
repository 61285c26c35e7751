// A question about a certificate as a person states it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kp/certificate/v1/verification_service.pb.h"

namespace kp::kpctl {

// What the flags of verify and the columns of a list are given as; empty and 0 are not stated.
struct StatedQuestion {
  std::string number, qr, purpose, issue_date, expiry_date, authority, importer, exporter;
  std::string importing_entity, origin, total_carats, total_value, consignment;
  std::vector<std::string> lines, seals;  // lines: HS:CARATS[:USD]
  int32_t parcels = 0;
};

// INVALID_ARGUMENT with each field that cannot be read as a number or a purpose. What is wrong with
// the paper itself (a date, a code) goes as it stands: it is a finding of the verification.
absl::StatusOr<certificate::v1::VerifyCertificateRequest> QuestionOf(const StatedQuestion& flags);

}  // namespace kp::kpctl
