// Who of this entity may do what: SPIFFE id -> person, authority, powers, from-to.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/administration_service.pb.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/rpc/officer_powers.h"

namespace kp::certificate {

// The identity has an entry for an overlapping time: ALREADY_EXISTS.
inline constexpr char kOfficerExists[] = "OFFICER_EXISTS";
// The identity has no entry that holds now: NOT_FOUND, or PERMISSION_DENIED for a caller.
inline constexpr char kOfficerUnknown[] = "OFFICER_UNKNOWN";
// A field of an officer's entry that is missing or wrong: INVALID_ARGUMENT.
inline constexpr char kOfficerMalformed[] = "OFFICER_MALFORMED";
// The last officer who may administer cannot be ended: FAILED_PRECONDITION.
inline constexpr char kLastAdministrator[] = "LAST_ADMINISTRATOR";

// Thread-safe.
class OfficerRegister final : public rpc::PowerSource {
 public:
  // `own_domain`: only its identities can be officers here.
  OfficerRegister(const Environment& environment, std::string own_domain)
      : env_(environment), own_domain_(std::move(own_domain)) {}

  absl::StatusOr<bool> HasPower(const identity::SpiffeId& officer, access::v1::Power power,
                                absl::Time at) override;

  // The person behind a caller, as it is put into records. PERMISSION_DENIED, OFFICER_UNKNOWN.
  absl::StatusOr<v1::Officer> PersonOf(const identity::SpiffeId& caller) const;

  absl::StatusOr<v1::OfficerEntry> Add(const identity::SpiffeId& caller,
                                       const v1::AddOfficerRequest& request);
  absl::StatusOr<v1::OfficerEntry> End(const identity::SpiffeId& caller,
                                       const v1::EndOfficerRequest& request);
  absl::StatusOr<v1::ListOfficersResponse> List(const identity::SpiffeId& caller,
                                                const v1::ListOfficersRequest& request) const;

  // Enters the configuration's first administrators into a register without any officer.
  absl::Status Bootstrap(const std::vector<v1::OfficerEntry>& administrators);

 private:
  absl::Status Check(const v1::OfficerEntry& entry) const;

  const Environment& env_;
  const std::string own_domain_;
};

}  // namespace kp::certificate
