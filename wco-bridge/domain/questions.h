// Between a declaration and the mesh: what is asked about each certificate, and where in the
// declaration an answer's findings belong.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "wco-bridge/wco/claims.h"
#include "wco-bridge/wco/declaration.h"
#include "wco-bridge/wco/response.h"

namespace kp::bridge {

// The question about one claimed certificate, with everything the declaration states of it and
// nothing else: a declaration names no importing entity, and putting the own one in its place would
// hide a diversion.
certificate::v1::VerifyCertificateRequest QuestionFor(const wco::Declaration& declaration,
                                                      const wco::CertificateClaim& claim,
                                                      bool only_certificate,
                                                      const std::string& consignment_reference);

// What speaks against the claim in the answer, each with code, text and the element it is about:
// mismatched fields, and findings that decide. `least`: SEVERITY_REJECT for a rejection,
// SEVERITY_REFER for control.
std::vector<wco::ResponseError> ErrorsFor(
    const wco::Declaration& declaration, const wco::CertificateClaim& claim,
    const certificate::v1::VerifyCertificateResponse& answer, certificate::v1::Severity least);

// What of a refusal of `question` (INVALID_ARGUMENT) the declaration itself is to blame for: faults
// of fields whose content it states. Empty when home and bridge merely disagree.
std::vector<wco::ResponseError> StatedFaults(
    const wco::Declaration& declaration, const wco::CertificateClaim& claim,
    const certificate::v1::VerifyCertificateRequest& question, const absl::Status& refusal);

}  // namespace kp::bridge
