// What officers do in cases with the other side of a certificate (docs/cases.md).
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/case_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// Thread-safe. Each act is one durable transaction: the signed statement in the case, the event,
// and the message to the other side, which gets it in the order of acts, whenever it can be
// reached.
class Cases final {
 public:
  Cases(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::OpenCaseResponse> Open(const identity::SpiffeId& caller,
                                            const v1::OpenCaseRequest& request);
  absl::StatusOr<v1::RemarkOnCaseResponse> Remark(const identity::SpiffeId& caller,
                                                  const v1::RemarkOnCaseRequest& request);
  absl::StatusOr<v1::ProposeInCaseResponse> Propose(const identity::SpiffeId& caller,
                                                    const v1::ProposeInCaseRequest& request);
  absl::StatusOr<v1::AgreeInCaseResponse> Agree(const identity::SpiffeId& caller,
                                                const v1::AgreeInCaseRequest& request);
  absl::StatusOr<v1::DeclineInCaseResponse> Decline(const identity::SpiffeId& caller,
                                                    const v1::DeclineInCaseRequest& request);
  absl::StatusOr<v1::GetCaseResponse> Get(const v1::GetCaseRequest& request) const;
  absl::StatusOr<v1::ListCasesResponse> List(const identity::SpiffeId& caller,
                                             const v1::ListCasesRequest& request) const;

 private:
  // Finds the case, or makes one that is in no table yet.
  using Find = std::function<absl::StatusOr<CaseBook>(store::ReadSession&)>;
  // One act in the case that `find` gives; `fill` says what it says.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Act(const identity::SpiffeId& caller, const std::string& method,
                               const Request& request, const Find& find,
                               const std::function<void(v1::CaseStatement&)>& fill);

  const Environment& env_;
  const OfficerRegister& officers_;
};

}  // namespace kp::certificate
