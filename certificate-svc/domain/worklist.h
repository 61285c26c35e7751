// What waits for an officer: computed from the books whenever it is asked for.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/worklist_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// Thread-safe. Every kind of work is found by an index; one call reads at most some rows more than a
// page for each kind, whatever the books hold.
class Worklist final {
 public:
  Worklist(const Environment& environment, OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  // INVALID_ARGUMENT, PERMISSION_DENIED with OFFICER_UNKNOWN.
  absl::StatusOr<v1::ListWorkItemsResponse> List(const identity::SpiffeId& caller,
                                                 const v1::ListWorkItemsRequest& request) const;

 private:
  const Environment& env_;
  OfficerRegister& officers_;
};

}  // namespace kp::certificate
