// A question about a certificate as a person states it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "kpctl/paper.h"

namespace kp::kpctl {

struct StatedQuestion {
  std::string number, qr, purpose, consignment;
  PaperFlags paper;
};

// INVALID_ARGUMENT with each field that cannot be read as a number or a purpose. What is wrong with
// the paper itself (a date, a code) goes as it stands: it is a finding of the verification.
absl::StatusOr<certificate::v1::VerifyCertificateRequest> QuestionOf(const StatedQuestion& flags);

}  // namespace kp::kpctl
