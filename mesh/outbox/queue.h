// The dispatcher's side of the tables: claim a message, record what came of it. Internal to
// mesh/outbox.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/outbox/dispatcher.h"
#include "mesh/outbox/message.h"
#include "mesh/store/database.h"

namespace kp::outbox {

// Thread-safe.
class Queue final {
 public:
  // A claim is valid for `lease`. `recorded` runs after each commit of a result.
  Queue(store::Database& database, const Clock& clock, std::string owner, absl::Duration lease,
        std::function<void()> recorded);

  // Takes back what an earlier run of the same owner had claimed.
  absl::Status TakeBackClaims();

  // The partners with pending messages, and when the first of each is due.
  absl::StatusOr<std::map<std::string, absl::Time>> Due() const;

  // Makes all that waits for this partner due now.
  absl::Status MakeDue(const std::string& partner);

  // Claims the next due message of the partner that no earlier one of its order key holds back, and
  // counts the attempt. nullopt when there is none.
  absl::StatusOr<std::optional<Message>> Claim(const std::string& partner);

  // When the next message of the partner that nothing holds back becomes due, after now.
  absl::StatusOr<absl::Time> NextDue(const std::string& partner) const;

  // Each records nothing when the claim was lost and another recorded a result.
  absl::Status RecordDelivered(const Message& message, const Delivery& delivery, Effects& effects);
  absl::Status RecordRefused(const Message& message, const absl::Status& error, Effects& effects);
  // Parks the message when its maximum age has passed.
  absl::Status RecordRetry(const Message& message, const absl::Status& error, absl::Duration pause);

 private:
  absl::StatusOr<std::optional<std::string>> Candidate(const std::string& partner) const;
  absl::StatusOr<std::optional<Message>> ClaimOne(const std::string& id);

  store::Database& database_;
  const Clock& clock_;
  const std::string owner_;
  const absl::Duration lease_;
  const std::function<void()> recorded_;
};

}  // namespace kp::outbox
