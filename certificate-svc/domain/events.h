// Signed events of the register.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/store/event_log.h"

namespace kp::certificate {

// Signs one event; the caller appends it in the transaction of its effect. `officer` is null for
// what another entity or the register itself did; `actor_id` then says who. `certificate` is the
// record after the event, null where there is none.
absl::StatusOr<store::NewEvent> SignEvent(const Environment& env, const std::string& kind,
                                          const std::string& subject, const v1::Officer* officer,
                                          const v1::Certificate* certificate,
                                          const std::string& statement_digest,
                                          const std::string& actor_id = "");

}  // namespace kp::certificate
