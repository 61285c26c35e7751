// What the registry says: it publishes documents that others have signed, and by its own online key
// freshness and denials.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/statement/signer.h"
#include "mesh/statement/statement.h"
#include "mesh/trust/trust_store.h"

namespace kp::participant {

struct PublisherOptions {
  absl::Duration freshness_valid = absl::Seconds(60);
  std::chrono::milliseconds heartbeat{10'000};
  // Told each time that freshness could not be said; may be empty.
  std::function<void(const absl::Status&)> on_failure;
};

// Thread-safe; blocks on the database. Errors beside those named are the trust store's.
class Publisher final {
 public:
  // Starts the heartbeat. References outlive it.
  Publisher(trust::TrustStore& trust, std::shared_ptr<const statement::Signer> signer,
            Random& random, const Clock& clock, PublisherOptions options);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // The version in force afterwards. The document in force again is OK. When the document is in
  // force but freshness cannot be said, that error comes back: the same call may be repeated.
  absl::StatusOr<uint64_t> PublishRoot(const trust::v1::SignedDocument& document);
  // `parts`: at least those that the registry does not hold yet.
  absl::StatusOr<uint64_t> PublishManifest(const trust::v1::SignedDocument& document,
                                           const std::vector<std::string>& parts);

  // A party's denial of what is its own, brought by that party. One that says what is in force
  // already is OK. PERMISSION_DENIED, DENIAL_NOT_YOURS; RESOURCE_EXHAUSTED, TOO_MANY_DENIALS.
  absl::Status PublishDenial(const identity::SpiffeId& caller, const std::string& denial);

  // Signs and publishes a denial by the registry: the statement. What is not its own lapses after
  // TrustOptions::registry_denial_life; said again, it lasts that long anew.
  absl::StatusOr<std::string> Deny(trust::v1::Denial denial);

  // Whether the key can sign and the last freshness could be said.
  absl::Status Ready() const;

 private:
  absl::Status SayLocked(const std::vector<std::string>& denials);
  absl::Status SayCurrentLocked();
  absl::Status AddLocked(const trust::DenialInForce& denial, const std::string& bytes);
  void Beat(const std::stop_token& stop);

  trust::TrustStore& trust_;
  const std::shared_ptr<const statement::Signer> signer_;
  const statement::StatementSigner statements_;
  const Clock& clock_;
  const PublisherOptions options_;

  std::mutex publishing_;  // one change at a time; held during I/O
  mutable std::mutex mutex_;
  absl::Status last_said_;  // guarded by mutex_
  std::jthread heartbeat_;
};

}  // namespace kp::participant
