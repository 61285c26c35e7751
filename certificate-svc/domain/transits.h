// Shipments that pass through this entity (R25, CORE III(d)): looked at when they come in, and
// again when they are to leave.
#pragma once

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/import_book_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// The certificate names this entity as the place of import: INVALID_ARGUMENT.
inline constexpr char kTransitIsImport[] = "TRANSIT_IS_IMPORT";
// A transit of this number is recorded: ALREADY_EXISTS.
inline constexpr char kTransitExists[] = "TRANSIT_EXISTS";
// No transit of this number is recorded: NOT_FOUND.
inline constexpr char kTransitUnknown[] = "TRANSIT_UNKNOWN";

// Thread-safe. Each act is one durable transaction of the transit and a signed event.
class Transits final {
 public:
  Transits(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  absl::StatusOr<v1::Transit> Enter(const identity::SpiffeId& caller,
                                    const v1::RecordTransitEntryRequest& request);
  // LEFT, or HELD with hard findings: both are the end of it here, because goods that were opened
  // stay opened. FAILED_PRECONDITION/WRONG_STATE after either.
  absl::StatusOr<v1::Transit> Exit(const identity::SpiffeId& caller,
                                   const v1::RecordTransitExitRequest& request);
  absl::StatusOr<v1::Transit> Get(const v1::GetTransitRequest& request) const;

 private:
  const Environment& env_;
  const OfficerRegister& officers_;
};

}  // namespace kp::certificate
