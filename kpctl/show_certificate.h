// How certificates, findings and uses are shown to people.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "kpctl/context.h"
#include "kpctl/exit_codes.h"
#include "kpctl/output.h"

namespace kp::kpctl {

void PrintCertificate(std::ostream& out, const certificate::v1::Certificate& certificate);

// Nothing without findings.
void PrintFindings(std::ostream& out,
                   const google::protobuf::RepeatedPtrField<certificate::v1::Finding>& findings);

// Verdict, findings, fields, and the facts of an answer.
void PrintVerdict(std::ostream& out, const certificate::v1::VerifyCertificateResponse& response);

// A response that carries a certificate, and findings where it has them.
template <typename Response>
absl::StatusOr<int> ShowRecorded(Context& context, const Response& response,
                                 const std::string& headline) {
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    context.out << headline << "\n\n";
    PrintCertificate(context.out, response.certificate());
    if constexpr (requires { response.findings(); }) {
      if (!response.findings().empty()) context.out << '\n';
      PrintFindings(context.out, response.findings());
    }
  }));
  return kExitDone;
}

// Who used it, when, by which reference; empty facts are left out.
void AddUseFacts(Facts& facts, const certificate::v1::UseRecord& use);

// Sums of the lines.
int64_t TotalCarats(const google::protobuf::RepeatedPtrField<certificate::v1::Line>& lines);
int64_t TotalValue(const google::protobuf::RepeatedPtrField<certificate::v1::Line>& lines);

}  // namespace kp::kpctl
