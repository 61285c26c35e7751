// Certificates of others that name this entity, as the protos show them.
#pragma once

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

absl::StatusOr<v1::ListIncomingCertificatesResponse> ListIncomingCertificates(
    const Environment& env, const identity::SpiffeId& caller,
    const v1::ListIncomingCertificatesRequest& request);

}  // namespace kp::certificate
