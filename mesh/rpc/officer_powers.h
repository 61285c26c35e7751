// The officer register, as mesh/rpc sees it.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/access/v1/access.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::rpc {

// Thread-safe; may read a database (asked on a pool thread, before the handler).
class PowerSource {
 public:
  virtual ~PowerSource() = default;
  // Whether `officer` holds `power` at `at`. POWER_UNSPECIFIED asks for any valid entry. An error
  // is "could not tell", and is answered UNAVAILABLE, never taken as yes.
  virtual absl::StatusOr<bool> HasPower(const identity::SpiffeId& officer, access::v1::Power power,
                                        absl::Time at) = 0;
};

}  // namespace kp::rpc
