// For tests only: a node that follows the trust documents of a real server, over TLS.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/tls/credentials.h"
#include "mesh/tls/verifier.h"
#include "mesh/trust/client.h"
#include "mesh/trust/testing/world.h"
#include "mesh/trust/trust_store.h"
#include "tests/support/pki.h"

namespace kp::trust::testing {

// Identity files of `spiffe_id` (of `party`), in their own directory.
class Identity final {
 public:
  Identity(const World& world, const std::string& party, const std::string& spiffe_id);
  std::string certificate_file() const { return directory_ / "tls.crt"; }
  std::string key_file() const { return directory_ / "tls.key"; }
  std::string publish_directory() const { return directory_ / "published"; }

 private:
  kp::testing::TempDir directory_;
};

std::shared_ptr<tls::RefusalObserver> IgnoreRefusals();

class Follower final {
 public:
  // As `spiffe_id` of the party EU. `clock` outlives it.
  Follower(const World& world, const std::string& spiffe_id, const Clock& clock);
  ~Follower();

  TrustStore& store() { return *store_; }
  rpc::ClientPool& pool() { return *pool_; }
  const tls::Credentials& credentials() const { return *credentials_; }
  tls::Verification verification() const { return {store_, &clock_, IgnoreRefusals()}; }

  // Reasons of the alarms so far.
  std::vector<std::string> alarms() const;

  // Follows the registry at this address from now on.
  void Follow(const std::string& address);

  // Whether `condition` comes true within `time`; it is asked at each change.
  bool Await(const std::function<bool()>& condition, std::chrono::milliseconds time);

 private:
  const Clock& clock_;
  Identity identity_;
  kp::testing::TempDir directory_;
  mutable std::mutex mutex_;
  std::vector<std::string> alarms_;
  std::unique_ptr<tls::Credentials> credentials_;
  std::shared_ptr<TrustStore> store_;
  std::unique_ptr<rpc::ClientPool> pool_;
  std::unique_ptr<TrustClient> client_;
};

}  // namespace kp::trust::testing
