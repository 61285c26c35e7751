// How certificates, findings and uses are shown to people.
#pragma once

#include <ostream>
#include <string>

#include "kp/certificate/v1/certificate.pb.h"
#include "kpctl/output.h"

namespace kp::kpctl {

void PrintCertificate(std::ostream& out, const certificate::v1::Certificate& certificate);

// Nothing without findings.
void PrintFindings(std::ostream& out,
                   const google::protobuf::RepeatedPtrField<certificate::v1::Finding>& findings);

// Who used it, when, by which reference; empty facts are left out.
void AddUseFacts(Facts& facts, const certificate::v1::UseRecord& use);

// Sums of the lines.
int64_t TotalCarats(const google::protobuf::RepeatedPtrField<certificate::v1::Line>& lines);
int64_t TotalValue(const google::protobuf::RepeatedPtrField<certificate::v1::Line>& lines);

}  // namespace kp::kpctl
