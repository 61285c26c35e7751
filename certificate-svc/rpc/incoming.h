// Certificates of others that name this entity, as the protos show them.
#pragma once

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

absl::StatusOr<v1::ListIncomingCertificatesResponse> ListIncomingCertificates(
    const Environment& env, const identity::SpiffeId& caller,
    const v1::ListIncomingCertificatesRequest& request);

// One of them.
absl::StatusOr<v1::IncomingCertificate> ShowIncoming(const Incoming& row);

}  // namespace kp::certificate
