#include "mesh/rpc/test_mesh.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "mesh/tls/anchors.h"
#include "mesh/tls/peer.h"
#include "mesh/tls/policy.h"

namespace kp::rpc::testing {
namespace {

// gRPC's own certificate provider ignores dates, but a fake time near the real one keeps the leaves
// valid for whoever looks at the machine's clock.
absl::Time Now() { return SystemClock().Now(); }

struct Authorities {
  kp::testing::TestCa zw{"zw.kp.example", Now()};
  kp::testing::TestCa bw{"bw.kp.example", Now()};
  kp::testing::TestCa customs{"customs.example", Now()};
};

const Authorities& Ca() {
  static const auto* const authorities = new Authorities;
  return *authorities;
}

class FixedAnchors final : public tls::AnchorSource {
 public:
  std::shared_ptr<const tls::AnchorSet> Current() const override { return set_; }

 private:
  const std::shared_ptr<const tls::AnchorSet> set_ =
      *tls::AnchorSet::Create({Ca().zw.anchor(), Ca().bw.anchor(), Ca().customs.anchor()});
};

class NoObserver final : public tls::RefusalObserver {
 public:
  void OnRefused(const tls::RefusalEvent&) override {}
};

}  // namespace

identity::SpiffeId Id(const std::string& text) { return *identity::SpiffeId::Parse(text); }

bool Eventually(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    if (done()) return true;
    std::this_thread::yield();
  }
  return done();
}

bool FakeRelations::IsKnownDomain(std::string_view domain) const {
  return domain == "zw.kp.example" || domain == "bw.kp.example" || domain == "customs.example";
}

bool FakeRelations::ActsForOwn(std::string_view domain) const {
  return domain == "customs.example";
}

absl::StatusOr<bool> FakePowers::HasPower(const identity::SpiffeId&, access::v1::Power power,
                                          absl::Time) {
  const std::lock_guard lock(mutex_);
  return answer_ ? answer_(power) : absl::StatusOr<bool>(false);
}

void FakePowers::Answer(std::function<absl::StatusOr<bool>(access::v1::Power)> answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void Door::Open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Door::Wait() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return open_; });
}

bool Door::WaitUntilWaiting(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10),
                           [this, count] { return waiting_ >= count; });
}

TestMesh::TestMesh() : clock(Now()) {
  if (!tls::InstallTlsPolicy().ok()) std::abort();
  verification_ = {std::make_shared<FixedAnchors>(), &SystemClock(),
                   std::make_shared<NoObserver>()};
  const auto recheck = std::make_shared<tls::PeerRecheck>(verification_);
  recheck_ = recheck;
  executor = std::make_unique<Executor>(ExecutorOptions{.work_threads = 4});
  options.address = "127.0.0.1:0";
  options.own_domain = "zw.kp.example";
  options.relations = &relations;
  options.powers = &powers;
  options.metrics = &metrics;
  options.clock = &clock;
  options.ids = &SystemIds();
  options.executor = executor.get();
  options.credentials = tls::MakeServerCredentials(*CredentialsOf(kServerId), verification_);
  options.peer_check =
      [this, recheck](const grpc::AuthContext& peer) -> absl::StatusOr<identity::SpiffeId> {
    const std::lock_guard lock(state_mutex);
    if (!peer_check.ok()) return peer_check;
    return recheck->Check(peer);
  };
  options.trust_gate = [this](std::string_view) {
    const std::lock_guard lock(state_mutex);
    return gate;
  };
  options.readiness = [this](std::string_view) {
    std::function<absl::Status()> ready;
    {
      const std::lock_guard lock(state_mutex);
      ready = readiness;
    }
    return ready ? ready() : absl::OkStatus();
  };
}

TestMesh::~TestMesh() { server.reset(); }

absl::Status TestMesh::Start() {
  auto built = ServerBuilder(options).AddService(&service).BuildAndStart();
  if (!built.ok()) return built.status();
  server = *std::move(built);
  return absl::OkStatus();
}

Peer TestMesh::peer() const { return {Id(kServerId), absl::StrCat("127.0.0.1:", server->port())}; }

const kp::testing::TestCa& TestMesh::CaOf(const std::string& spiffe_id) const {
  const std::string domain = Id(spiffe_id).trust_domain();
  return domain == "zw.kp.example" ? Ca().zw : domain == "bw.kp.example" ? Ca().bw : Ca().customs;
}

std::shared_ptr<tls::Credentials> TestMesh::CredentialsOf(const std::string& spiffe_id) {
  auto& credentials = credentials_[spiffe_id];
  if (credentials == nullptr) {
    directories_.push_back(std::make_unique<kp::testing::TempDir>());
    const kp::testing::TempDir& directory = *directories_.back();
    kp::testing::WriteIdentityFiles(directory.path(), CaOf(spiffe_id).Issue(spiffe_id),
                                    CaOf(spiffe_id));
    credentials = *tls::Credentials::Load(
        {directory / "tls.crt", directory / "tls.key", directory / "published"}, SystemClock(),
        nullptr);
  }
  return credentials;
}

std::unique_ptr<ClientPool> TestMesh::PoolOf(const std::string& spiffe_id,
                                             ClientPoolOptions pool_options) {
  const std::shared_ptr<tls::Credentials> credentials = CredentialsOf(spiffe_id);
  pool_options.credentials = [this, credentials](const identity::SpiffeId& expected) {
    return tls::MakeChannelCredentials(*credentials, verification_, expected);
  };
  if (pool_options.clock == nullptr) pool_options.clock = &clock;
  pool_options.ids = &SystemIds();
  return std::make_unique<ClientPool>(std::move(pool_options));
}

std::shared_ptr<grpc::Channel> TestMesh::ChannelOf(const std::string& spiffe_id) {
  return grpc::CreateChannel(
      peer().address,
      tls::MakeChannelCredentials(*CredentialsOf(spiffe_id), verification_, Id(kServerId)));
}

}  // namespace kp::rpc::testing
