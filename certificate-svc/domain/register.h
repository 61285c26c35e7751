// The register of this entity: from application to export.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// No such certificate or application: NOT_FOUND.
inline constexpr char kCertificateUnknown[] = "CERTIFICATE_UNKNOWN";
// A field that the register itself fills was given: INVALID_ARGUMENT.
inline constexpr char kFieldOutputOnly[] = "FIELD_OUTPUT_ONLY";
// No measure in force names a monitor of this entity's shipments: PERMISSION_DENIED.
inline constexpr char kNoMonitoredMeasure[] = "NO_MONITORED_MEASURE";

// Thread-safe. Every act is one durable transaction: state, signed event, outbox. Hard findings of
// the scheme's rules refuse it (INVALID_ARGUMENT with field, reason and rule).
class Register final {
 public:
  Register(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::ApplyForCertificateResponse> Apply(
      const identity::SpiffeId& caller, const v1::ApplyForCertificateRequest& request);
  absl::StatusOr<v1::IssueCertificateResponse> Issue(const identity::SpiffeId& caller,
                                                     const v1::IssueCertificateRequest& request);
  absl::StatusOr<v1::ValidateCertificateResponse> Validate(
      const identity::SpiffeId& caller, const v1::ValidateCertificateRequest& request);
  absl::StatusOr<v1::ExportCertificateResponse> Export(
      const identity::SpiffeId& caller, const v1::ExportCertificateRequest& request);

  absl::StatusOr<v1::GetCertificateResponse> Get(const identity::SpiffeId& caller,
                                                 const v1::GetCertificateRequest& request) const;
  absl::StatusOr<v1::ListCertificatesResponse> List(
      const identity::SpiffeId& caller, const v1::ListCertificatesRequest& request) const;
  absl::StatusOr<v1::ListCertificateEventsResponse> Events(
      const v1::ListCertificateEventsRequest& request) const;

 private:
  const Environment& env_;
  const OfficerRegister& officers_;
};

}  // namespace kp::certificate
