// The whole service but its main(), followed by another node over TLS.
#include <thread>

#include "base/error.h"
#include "gmock/gmock.h"
#include "kp/registry/v1/registry_service.grpc.pb.h"
#include "kp/trust/v1/trust_service.grpc.pb.h"
#include "mesh/node/node.h"
#include "mesh/tls/files.h"
#include "mesh/tls/policy.h"
#include "mesh/trust/reasons.h"
#include "mesh/trust/testing/follower.h"
#include "participant-svc/publication_fixture.h"
#include "participant-svc/rpc/registry_service.h"

namespace kp::participant {
namespace {

using ::testing::HasSubstr;
using trust::testing::Follower;
using trust::testing::Identity;

// The service as main() puts it together, with a node that follows it.
class ServiceTest : public PublicationTest {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(tls::InstallTlsPolicy().ok()); }

  void SetUp() override {
    store::Options database;
    database.connection = "sqlite3://" + (directory_ / "registry.db");
    database_ = *store::Database::Open(std::move(database), clock_, {Schema()});
    ASSERT_TRUE(
        tls::WriteFileByRename(directory_ / "root", world_.FirstRoot().SerializeAsString(), 0600)
            .ok());
    node::NodeConfig config;
    config.set_listen_address("127.0.0.1:0");
    config.set_ready_file(directory_ / "ready");
    config.set_certificate_file(identity_.certificate_file());
    config.set_key_file(identity_.key_file());
    config.set_publish_directory(identity_.publish_directory());
    config.set_drain_pause_ms(1);
    node::TrustConfig& trust = *config.mutable_trust();
    trust.set_world("test-world");
    trust.set_own_party("KP");
    trust.set_registry_party("KP");
    trust.set_root_document_file(directory_ / "root");
    ASSERT_TRUE(tls::WriteFileByRename(directory_ / "kp.crt", world_.ca("KP").pem(), 0600).ok());
    node::PinnedAnchor& anchor = *trust.add_pinned_anchors();
    anchor.set_trust_domain("kp.test");
    anchor.set_certificate_file(directory_ / "kp.crt");
    config_ = config;
    auto node = node::Node::Create({.config = config,
                                    .clock = &clock_,
                                    .metrics = &metrics_,
                                    .documents = MakeDocumentStore(*database_),
                                    .check_parts = CheckParts});
    ASSERT_TRUE(node.ok()) << node.status();
    node_ = *std::move(node);
    publisher_ = std::make_unique<Publisher>(node_->trust(), statement::TestSigner("KP"),
                                             SystemRandom(), clock_, PublisherOptions());
    handlers_ = std::make_unique<PublicationServiceHandlers>(*publisher_);
    source_ = std::make_unique<RegistrySource>(node_->trust());
    reading_ = std::make_unique<RegistryServiceHandlers>(*source_);
    auto serving =
        node_->Serve({.services = {&handlers_->service(), &reading_->service()},
                      .trust_service = true,
                      .readiness = [this](std::string_view) { return publisher_->Ready(); },
                      .max_receive_message_bytes = kMaxPublicationBytes});
    ASSERT_TRUE(serving.ok()) << serving.status();
    serving_ = *std::move(serving);
  }

  void TearDown() override { serving_.reset(); }

  rpc::Peer Registry() const {
    return {*identity::SpiffeId::Parse("spiffe://kp.test/participant-svc"), Address()};
  }
  std::string Address() const { return "127.0.0.1:" + std::to_string(serving_->port()); }

  template <typename Stub, typename Request, typename Response>
  absl::Status Ask(Follower& who,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request = Request()) {
    return who.pool().Call(Registry(), method, request, rpc::CallOptions::For(10s)).status();
  }

  Identity identity_{world_, "KP", "spiffe://kp.test/participant-svc"};
  telemetry::Metrics metrics_{"kp-participant-svc"};
  node::NodeConfig config_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<RegistrySource> source_;
  std::unique_ptr<RegistryServiceHandlers> reading_;
  std::unique_ptr<node::Serving> serving_;
  Follower eu_{world_, "spiffe://eu.test/certificate-svc", clock_};
};

TEST_F(ServiceTest, ANodeFollowsAndADenialCutsItOff) {
  EXPECT_EQ(*tls::ReadSmallFile(directory_ / "ready"),
            "{\"grpc\":\"" + Address() +
                "\",\"metrics\":\"127.0.0.1:" + std::to_string(serving_->metrics_port()) + "\"}\n");
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  eu_.Follow(Address());
  ASSERT_TRUE(eu_.Await([&] { return eu_.store().state() == trust::State::kFresh; }, 10s));
  EXPECT_TRUE(Ask(eu_, &registry::v1::RegistryService::Stub::ListParticipants).ok());
  EXPECT_EQ(ReasonOf(Ask(eu_, &trust::v1::PublicationService::Stub::DenyParty)),
            "ROLE_NOT_ALLOWED");

  // EU's own denial of this identity comes back to it before its connection ends.
  trust::v1::Denial denial = MakeDenial(trust::v1::DENIAL_SUBJECT_IDENTITY, "EU");
  denial.set_spiffe_id("spiffe://eu.test/certificate-svc");
  trust::v1::PublishDenialRequest request;
  request.set_denial(SignDenial("EU", denial, clock_.Now()));
  const auto published = std::chrono::steady_clock::now();
  (void)Ask(eu_, &trust::v1::PublicationService::Stub::PublishDenial, request);
  ASSERT_EQ(node_->trust().snapshot()->denials().size(), 1u);
  EXPECT_FALSE(Ask(eu_, &registry::v1::RegistryService::Stub::ListParticipants).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - published, 5s);
  EXPECT_THAT(metrics_.Text(), HasSubstr("kp_tls_refusals_total{reason=\"DENIED\""));
}

TEST_F(ServiceTest, WithoutDocumentsOnlyTheyCanBeAskedFor) {
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  EXPECT_TRUE(Ask(eu_, &registry::v1::RegistryService::Stub::ListParticipants).ok());
  EXPECT_TRUE(Ask(eu_, &trust::v1::TrustService::Stub::GetManifest).ok());
  // The leaves outlive this manifest by days.
  trust::v1::Manifest brief = world_.Manifest(2);
  *brief.mutable_expire_time() = trust::ToTimestamp(clock_.Now() + absl::Hours(1));
  ASSERT_TRUE(Publish(world_.Sign(brief, {"r1", "r2"})).ok());
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(ReasonOf(Ask(eu_, &registry::v1::RegistryService::Stub::ListParticipants)),
            trust::kTrustExpired);
  EXPECT_TRUE(Ask(eu_, &trust::v1::TrustService::Stub::GetManifest).ok());
  trust::v1::Manifest next = world_.Manifest(3);
  *next.mutable_expire_time() = trust::ToTimestamp(clock_.Now() + absl::Hours(24));
  ASSERT_TRUE(Publish(world_.Sign(next, {"r1", "r2"})).ok());
  EXPECT_TRUE(Ask(eu_, &registry::v1::RegistryService::Stub::ListParticipants).ok());
}

TEST_F(ServiceTest, IsReadyOnceItTrusts) {
  const auto ready_within = [&](std::chrono::seconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!serving_->server().ReadyState().ok() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    return serving_->server().ReadyState().ok();
  };
  EXPECT_FALSE(serving_->server().ReadyState().ok());
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  EXPECT_TRUE(ready_within(10s));
}

TEST_F(ServiceTest, AConfigurationThatLacksSomethingIsNamed) {
  EXPECT_TRUE(node::CheckNodeConfig(config_, clock_).ok());
  node::NodeConfig config = config_;
  config.clear_listen_address();
  EXPECT_THAT(std::string(node::CheckNodeConfig(config, clock_).message()),
              HasSubstr("listen_address"));
  config = config_;
  config.mutable_trust()->clear_pinned_anchors();
  EXPECT_THAT(std::string(node::CheckNodeConfig(config, clock_).message()), HasSubstr("kp.test"));
  config = config_;
  config.mutable_trust()->set_world("production");
  EXPECT_THAT(std::string(node::CheckNodeConfig(config, clock_).message()),
              HasSubstr("production"));
  config = config_;
  config.set_key_file(directory_ / "absent");
  EXPECT_THAT(std::string(node::CheckNodeConfig(config, clock_).message()), HasSubstr("absent"));
}

}  // namespace
}  // namespace kp::participant
