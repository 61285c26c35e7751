// Signed events of the register.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "kp/certificate/v1/serial_range.pb.h"
#include "mesh/store/event_log.h"

namespace kp::certificate {

// What one event says. Pointers are borrowed for the call.
struct EventFacts {
  std::string kind{};     // "VALIDATED"
  std::string subject{};  // certificate number, or application id before there is one
  const v1::Officer* officer = nullptr;          // null for what an entity or the register did...
  std::string actor_id{};                        // ...which this then names
  const v1::Certificate* certificate = nullptr;  // the record after it, where there is one
  std::string statement_digest{};                // of the statement that caused or is the event
  std::string text{};                            // written reasons
  const v1::SerialRange* serial_range = nullptr;  // what was allotted or reported
  const v1::Source* source = nullptr;             // what was opened
};

// Signs one event; the caller appends it in the transaction of its effect.
absl::StatusOr<store::NewEvent> SignEvent(const Environment& env, const EventFacts& facts);

// An event as the protos show it.
absl::StatusOr<v1::RegisterEventRecord> ShowEvent(const store::Event& event);

}  // namespace kp::certificate
