// Delivers the outbox: at once, in order per partner and order key, independently per partner, again
// and again with growing pauses until the partner's receipt is stored or the message is given up.
//
// A message may be sent more than once (a crash between delivery and its recording, a lease that ran
// out); the receiver's Inbox answers a duplicate with the first receipt, so the effect is one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/outbox/message.h"
#include "mesh/outbox/outbox.h"

namespace kp::outbox {

struct Delivery {
  std::string receipt;  // as signed by the partner, already verified by the sender
  std::string outcome;  // what it says the partner did
};

// The way to the partners. Called on several threads at once, at most
// DispatcherOptions::workers_per_partner of them for one partner.
class Sender {
 public:
  virtual ~Sender() = default;
  // Sends and waits for the receipt, for `timeout` at most. A partner's refusal in substance is a
  // receipt with an outcome. An error is one of these:
  //   INVALID_ARGUMENT, OUT_OF_RANGE, ALREADY_EXISTS: these bytes will never be taken: FAILED.
  //   Any other code: tried again. Among them PERMISSION_DENIED and UNAUTHENTICATED (a trust
  //   document can repair them), FAILED_PRECONDITION and NOT_FOUND (the partner's state can change,
  //   by a restore for instance) and UNIMPLEMENTED (the partner can be upgraded).
  virtual absl::StatusOr<Delivery> Deliver(const Message& message, absl::Duration timeout) = 0;
};

// What a delivery means to the domain. Both run in the transaction that records the result, under
// the rules of Database::Write; an error undoes the recording, and the message is tried again.
class Effects {
 public:
  virtual ~Effects() = default;
  virtual absl::Status OnDelivered(store::Transaction& tx, const Message& message,
                                   const Delivery& delivery) = 0;
  virtual absl::Status OnRefused(store::Transaction& tx, const Message& message,
                                 const absl::Status& error) = 0;
};

struct DispatcherOptions {
  // Stable name of this replica: claims left behind by an earlier run of it are taken back at start.
  // Replicas that share a database need different names.
  std::string owner = "local";
  int workers_per_partner = 4;
  absl::Duration timeout = absl::Seconds(10);     // of one delivery; a claim lasts 20 s longer
  absl::Duration first_pause = absl::Seconds(1);  // then twice as long each time, 20 % jitter
  absl::Duration max_pause = absl::Minutes(10);
  // How often messages left by other replicas are looked for.
  absl::Duration scan_interval = absl::Seconds(5);
};

// Thread-safe.
class Dispatcher final {
 public:
  // Starts delivering what waits. All arguments are borrowed and outlive it.
  static absl::StatusOr<std::unique_ptr<Dispatcher>> Start(Outbox& outbox, Sender& sender,
                                                           Effects& effects,
                                                           DispatcherOptions options);

  // Stops claiming, and waits for deliveries under way (their timeout at most).
  ~Dispatcher();

  // The partner can be reached again: what waits for it is due at once. Returns without waiting.
  void PartnerReady(std::string_view partner);

 private:
  class Impl;
  explicit Dispatcher(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace kp::outbox
