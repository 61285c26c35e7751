#include "mesh/trust/testing/follower.h"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/random.h"

namespace kp::trust::testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "test follower: %s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

class Ignore final : public tls::RefusalObserver {
 public:
  void OnRefused(const tls::RefusalEvent&) override {}
};

}  // namespace

Identity::Identity(const World& world, const std::string& party, const std::string& spiffe_id) {
  kp::testing::WriteIdentityFiles(directory_.path(), world.ca(party).Issue(spiffe_id),
                                  world.ca(party));
}

std::shared_ptr<tls::RefusalObserver> IgnoreRefusals() { return std::make_shared<Ignore>(); }

Follower::Follower(const World& world, const std::string& spiffe_id, const Clock& clock)
    : clock_(clock), identity_(world, "EU", spiffe_id) {
  credentials_ = Must(tls::Credentials::Load({.certificate_file = identity_.certificate_file(),
                                              .key_file = identity_.key_file(),
                                              .publish_directory = identity_.publish_directory()},
                                             clock, nullptr));
  TrustOptions options = world.Options();
  options.on_alarm = [this](const absl::Status& why) {
    const std::lock_guard<std::mutex> lock(mutex_);
    alarms_.push_back(ReasonOf(why));
  };
  store_ = Must(
      TrustStore::Open(std::move(options), MakeFileDocumentStore(directory_ / "trust"), clock));
  rpc::ClientPoolOptions pool;
  pool.credentials = [this](const identity::SpiffeId& peer) {
    return tls::MakeChannelCredentials(*credentials_, verification(), peer);
  };
  pool.clock = &clock_;
  pool.ids = &SystemIds();
  pool_ = std::make_unique<rpc::ClientPool>(std::move(pool));
}

Follower::~Follower() { client_.reset(); }

std::vector<std::string> Follower::alarms() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return alarms_;
}

void Follower::Follow(const std::string& address) {
  client_ = std::make_unique<TrustClient>(
      *store_, *pool_,
      rpc::Peer{Must(identity::SpiffeId::Parse("spiffe://kp.test/participant-svc")), address},
      nullptr);
}

bool Follower::Await(const std::function<bool()>& condition, std::chrono::milliseconds time) {
  struct Signal {
    std::mutex mutex;
    std::condition_variable changed;
  };
  const auto signal = std::make_shared<Signal>();
  store_->Subscribe([signal] {
    const std::lock_guard<std::mutex> lock(signal->mutex);
    signal->changed.notify_all();
  });
  const auto deadline = std::chrono::steady_clock::now() + time;
  std::unique_lock<std::mutex> lock(signal->mutex);
  while (!condition()) {
    // Alarms change nothing in the store, so the condition is also asked now and then.
    if (std::chrono::steady_clock::now() >= deadline) return false;
    signal->changed.wait_for(lock, std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace kp::trust::testing
