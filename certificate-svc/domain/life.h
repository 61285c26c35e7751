// What becomes of an application or a certificate beside its ordinary way (scheme/lifecycle.h):
// deficiencies, rejections, inspections, corrections, and the ends of a life.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/record.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// A record of an inspection lacks something: INVALID_ARGUMENT.
inline constexpr char kInspectionIncomplete[] = "INSPECTION_INCOMPLETE";
// The state is none that an officer of the issuer can record: INVALID_ARGUMENT.
inline constexpr char kStateNotRecordable[] = "STATE_NOT_RECORDABLE";

// Thread-safe. Each act is one durable transaction: state, signed event, and where the goods have
// left, the message to the importing entity.
class Life final {
 public:
  Life(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::Certificate> FindDeficient(const identity::SpiffeId& caller,
                                                const v1::RecordDeficiencyRequest& request);
  absl::StatusOr<v1::Certificate> Reject(const identity::SpiffeId& caller,
                                         const v1::RejectApplicationRequest& request);
  absl::StatusOr<v1::Certificate> Record(const identity::SpiffeId& caller,
                                         const v1::RecordCertificateEventRequest& request);
  absl::StatusOr<v1::Certificate> Inspect(const identity::SpiffeId& caller,
                                          const v1::RecordInspectionRequest& request);
  // Indicates a correction, or endorses the one that another person indicated
  // (scheme/correction.h). FAILED_PRECONDITION, CORRECTION_SAME_PERSON.
  absl::StatusOr<v1::Certificate> Correct(const identity::SpiffeId& caller,
                                          const v1::CorrectCertificateRequest& request);

 private:
  // What changes in the record; the state beforehand is still there.
  using Change = std::function<absl::Status(pb::Certificate& record, const v1::Officer& actor)>;
  // One step of the record `id`: `change` it, sign `kind` with `text`, tell the importing entity.
  // `kind` is read after `change`, which may set it.
  template <typename Request>
  absl::StatusOr<v1::Certificate> Step(const identity::SpiffeId& caller, const std::string& method,
                                       const Request& request, const std::string& id,
                                       const std::string& kind, const std::string& text,
                                       const Change& change);

  const Environment& env_;
  const OfficerRegister& officers_;
};

}  // namespace kp::certificate
