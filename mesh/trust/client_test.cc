#include "mesh/trust/client.h"

#include <atomic>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/rpc/server.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/tls/peer.h"
#include "mesh/tls/policy.h"
#include "mesh/trust/reasons.h"
#include "mesh/trust/service.h"
#include "mesh/trust/testing/follower.h"

namespace kp::trust {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::Follower;
using testing::FreshnessOf;
using testing::Identity;
using testing::IgnoreRefusals;
using testing::MakeDenial;
using testing::Release;
using testing::SignDenial;
using testing::SignDocument;
using testing::SignFreshness;
using testing::World;

// A registry: its documents behind a real server.
class Registry {
 public:
  Registry(const World& world, const Clock& clock)
      : clock_(clock), identity_(world, "KP", "spiffe://kp.test/participant-svc") {
    credentials_ = *tls::Credentials::Load({.certificate_file = identity_.certificate_file(),
                                            .key_file = identity_.key_file(),
                                            .publish_directory = identity_.publish_directory()},
                                           clock, nullptr);
    TrustOptions options = world.Options();
    options.own_party = "KP";
    store_ = *TrustStore::Open(std::move(options), MakeFileDocumentStore(directory_ / "t"), clock);
    const tls::Verification verification{store_, &clock, IgnoreRefusals()};
    handlers_ = std::make_unique<TrustServiceHandlers>(*store_);
    recheck_ = std::make_unique<tls::PeerRecheck>(verification);
  }

  void Serve(const rpc::Service& service) {
    executor_ = std::make_unique<rpc::Executor>(rpc::ExecutorOptions());  // the last one is drained
    rpc::ServerOptions server;
    server.address = "127.0.0.1:0";
    server.credentials =
        tls::MakeServerCredentials(*credentials_, {store_, &clock_, IgnoreRefusals()});
    server.own_domain = "kp.test";
    server.peer_check = [this](const grpc::AuthContext& context) {
      return recheck_->Check(context);
    };
    server.relations = store_.get();
    server.trust_gate = [](std::string_view) { return absl::OkStatus(); };
    server.readiness = [](std::string_view) { return absl::OkStatus(); };
    server.executor = executor_.get();
    server.metrics = &metrics_;
    server.clock = &clock_;
    server.ids = &SystemIds();
    auto built = rpc::ServerBuilder(std::move(server)).AddService(&service).BuildAndStart();
    ASSERT_TRUE(built.ok()) << built.status();
    server_ = *std::move(built);
  }
  void Serve() { Serve(handlers_->service()); }
  void Stop() { server_.reset(); }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  TrustStore& store() { return *store_; }

  void Publish(const Release& release, const std::vector<std::string>& denials = {}) {
    ASSERT_TRUE(store_->AcceptManifest(release.document, release.Source()).ok());
    ASSERT_TRUE(
        store_
            ->AcceptFreshness(
                SignFreshness(FreshnessOf(release, denials, clock_.Now()), clock_.Now()), denials)
            .ok());
  }

 private:
  const Clock& clock_;
  Identity identity_;
  kp::testing::TempDir directory_;
  telemetry::Metrics metrics_{"test"};
  std::unique_ptr<rpc::Executor> executor_;
  std::unique_ptr<tls::Credentials> credentials_;
  std::shared_ptr<TrustStore> store_;
  std::unique_ptr<TrustServiceHandlers> handlers_;
  std::unique_ptr<tls::PeerRecheck> recheck_;
  std::unique_ptr<rpc::Server> server_;
};

class TrustClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(tls::InstallTlsPolicy().ok()); }

  std::function<bool()> HasVersion(uint64_t version) {
    return [this, version] {
      const auto snapshot = follower_.store().snapshot();
      return snapshot != nullptr && snapshot->manifest().version() == version &&
             follower_.store().state() == State::kFresh;
    };
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  World world_{clock_.Now()};
  Registry registry_{world_, clock_};
  Follower follower_{world_, "spiffe://eu.test/certificate-svc", clock_};
};

TEST(PauseAfterTest, StaysShortAndDiffersFromNodeToNode) {
  std::set<int64_t> pauses;
  for (int failures = 0; failures < 100; ++failures) {
    const auto pause = PauseAfter(failures, SystemRandom());
    EXPECT_GE(pause, 100ms);
    EXPECT_LE(pause, failures == 0 ? 200ms : 2s);
    if (failures > 10) pauses.insert(pause.count());
  }
  EXPECT_GT(pauses.size(), 1u);
}

TEST_F(TrustClientTest, TakesWhatIsPublishedWithinFiveSeconds) {
  registry_.Publish(world_.Make(1));
  registry_.Serve();
  follower_.Follow(registry_.address());
  ASSERT_TRUE(follower_.Await(HasVersion(1), 10s));

  auto published = std::chrono::steady_clock::now();
  registry_.Publish(world_.Make(2));
  ASSERT_TRUE(follower_.Await(HasVersion(2), 5s));
  EXPECT_LT(std::chrono::steady_clock::now() - published, 5s);

  published = std::chrono::steady_clock::now();
  v1::Denial denial = MakeDenial(v1::DENIAL_SUBJECT_SIGNING_KEY, "BW");
  denial.set_digest(statement::TestKey("BW").Public().KeyId());
  registry_.Publish(world_.Make(2), {SignDenial("BW", denial, clock_.Now())});
  EXPECT_TRUE(
      follower_.Await([&] { return !follower_.store().snapshot()->denials().empty(); }, 5s));
  EXPECT_LT(std::chrono::steady_clock::now() - published, 5s);
  EXPECT_TRUE(follower_.alarms().empty());
}

TEST_F(TrustClientTest, WalksTheRootChainToTheLatestManifest) {
  for (uint32_t version : {2u, 3u}) {
    ASSERT_TRUE(
        registry_.store()
            .AcceptRoot(SignDocument(world_.RootDocument(version), RootContentType(), {"r1", "r2"}))
            .ok());
  }
  registry_.Publish(world_.Make(7, 3));
  registry_.Serve();
  follower_.Follow(registry_.address());
  EXPECT_TRUE(follower_.Await(HasVersion(7), 10s));
  EXPECT_EQ(follower_.store().CurrentRoot().document.version(), 3u);
}

TEST_F(TrustClientTest, ComesBackToARegistryThatWasGone) {
  registry_.Publish(world_.Make(1));
  registry_.Serve();
  const std::string address = registry_.address();
  follower_.Follow(address);
  ASSERT_TRUE(follower_.Await(HasVersion(1), 10s));
  registry_.Stop();
  EXPECT_EQ(follower_.store().state(), State::kFresh) << "what was said still holds";
  registry_.Publish(world_.Make(2));
  registry_.Serve();
  follower_.Follow(registry_.address());
  EXPECT_TRUE(follower_.Await(HasVersion(2), 10s));
}

TEST_F(TrustClientTest, AlarmsAtASourceThatSpoilsParts) {
  // Publishing lets the source know whom to let in; what it serves comes from here.
  const Release release = world_.Make(1);
  registry_.Publish(release);
  std::atomic<bool> lies = true;
  rpc::Service source("kp.trust.v1.TrustService");
  source.Unary<v1::ListRootDocumentsRequest, v1::ListRootDocumentsResponse>(
      "ListRootDocuments", rpc::Lane::kFast,
      [](rpc::CallContext&, const auto&, auto&) { return absl::OkStatus(); });
  source.Unary<v1::GetManifestRequest, v1::GetManifestResponse>(
      "GetManifest", rpc::Lane::kFast, [&](rpc::CallContext&, const auto&, auto& response) {
        *response.mutable_document() = release.document;
        return absl::OkStatus();
      });
  source.Unary<v1::GetPartRequest, v1::GetPartResponse>(
      "GetPart", rpc::Lane::kFast, [&](rpc::CallContext&, const auto& request, auto& response) {
        std::string part = release.parts.at(request.digest());
        if (lies) part.back() ^= 1;
        response.set_part(part);
        return absl::OkStatus();
      });
  source.Stream<v1::WatchFreshnessRequest, v1::WatchFreshnessResponse>(
      "WatchFreshness", rpc::Lane::kFast,
      [&](rpc::CallContext&, const auto&, rpc::StreamWriter<v1::WatchFreshnessResponse> writer) {
        v1::WatchFreshnessResponse item;
        item.set_freshness(registry_.store().LatestFreshness().first);
        writer.Write(item);
        return absl::OkStatus();
      });
  registry_.Serve(source);
  follower_.Follow(registry_.address());
  ASSERT_TRUE(follower_.Await([&] { return !follower_.alarms().empty(); }, 10s));
  EXPECT_THAT(follower_.alarms(), Contains(kTrustPartDigest));
  EXPECT_EQ(follower_.store().state(), State::kNotLoaded);
  lies = false;
  EXPECT_TRUE(follower_.Await(HasVersion(1), 10s));
  registry_.Stop();
}

}  // namespace
}  // namespace kp::trust
