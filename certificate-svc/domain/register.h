// The register of this entity: from application to export, and replacements.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/record.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// A field that the register itself fills was given: INVALID_ARGUMENT.
inline constexpr char kFieldOutputOnly[] = "FIELD_OUTPUT_ONLY";
// No measure in force names the caller as monitor of this entity's shipments: PERMISSION_DENIED.
inline constexpr char kNoMonitoredMeasure[] = "NO_MONITORED_MEASURE";

// A number of days that is negative or above ten years: INVALID_ARGUMENT.
inline constexpr char kDaysOutOfRange[] = "DAYS_OUT_OF_RANGE";
// The entity prints no certificates in this language: INVALID_ARGUMENT.
inline constexpr char kLanguageNotPrinted[] = "LANGUAGE_NOT_PRINTED";

// Thread-safe. Every act is one durable transaction: state, signed event, outbox. Hard findings of
// the scheme's rules refuse it (INVALID_ARGUMENT with field, reason and rule).
class Register final {
 public:
  // `confirmation_days`: after so many days without confirmation an export is overdue.
  Register(const Environment& environment, const OfficerRegister& officers,
           int confirmation_days = 30)
      : env_(environment), officers_(officers), confirmation_days_(confirmation_days) {}

  absl::StatusOr<v1::ApplyForCertificateResponse> Apply(
      const identity::SpiffeId& caller, const v1::ApplyForCertificateRequest& request);
  absl::StatusOr<v1::AmendApplicationResponse> Amend(const identity::SpiffeId& caller,
                                                     const v1::AmendApplicationRequest& request);
  // The certificate in the place of which another is applied for stays as it is until the other is
  // issued. FAILED_PRECONDITION: WRONG_STATE, ALREADY_USED.
  absl::StatusOr<v1::ReplaceCertificateResponse> Replace(
      const identity::SpiffeId& caller, const v1::ReplaceCertificateRequest& request);
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
  absl::StatusOr<v1::ListOverdueConfirmationsResponse> Overdue(
      const identity::SpiffeId& caller, const v1::ListOverdueConfirmationsRequest& request) const;
  absl::StatusOr<v1::ListCertificateEventsResponse> Events(
      const v1::ListCertificateEventsRequest& request) const;

 private:
  struct ReplacedRow {
    CertificateRow row;
    UseRow use;
  };
  // What happens to the replaced certificate in the transaction that issues the other.
  struct Replacement {
    CertificateRow row;  // after it, with the revision before it
    store::NewEvent event;
    std::optional<outbox::NewMessage> message;
  };

  // Enters an application; `replaces` is empty or a number, with the reasons for it.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Enter(const identity::SpiffeId& caller, const std::string& method,
                                 const Request& request, const pb::Certificate& application,
                                 const std::string& replaces, const std::string& reasons);
  absl::StatusOr<ReplacedRow> ReadReplaceable(const std::string& number) const;
  absl::StatusOr<Replacement> MakeReplacement(const SchemeView& view, const pb::Certificate& by,
                                              const v1::Officer& actor) const;
  absl::Status Store(store::Transaction& tx, const Replacement& made) const;

  const Environment& env_;
  const OfficerRegister& officers_;
  const int confirmation_days_;
};

}  // namespace kp::certificate
