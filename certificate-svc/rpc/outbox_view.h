// The outbox as operators see it: never contents.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/administration_service.pb.h"

namespace kp::certificate {

absl::StatusOr<v1::ListOutboxMessagesResponse> ListOutbox(
    const Environment& env, const identity::SpiffeId& caller,
    const v1::ListOutboxMessagesRequest& request);
// With the officer's event in the transaction that gives the message up.
absl::StatusOr<v1::OutboxMessage> DiscardOutboxMessage(
    const Environment& env, const OfficerRegister& officers, const identity::SpiffeId& caller,
    const v1::DiscardOutboxMessageRequest& request);
absl::StatusOr<v1::OutboxMessage> ShowOutboxMessage(const Environment& env, const std::string& id);

}  // namespace kp::certificate
