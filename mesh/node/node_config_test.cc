#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/node/node.h"
#include "mesh/tls/files.h"
#include "mesh/trust/testing/follower.h"
#include "mesh/trust/testing/world.h"

namespace kp::node {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class NodeConfigTest : public ::testing::Test {
 protected:
  // A certificate-svc of EU that follows the registry KP.
  NodeConfigTest() {
    config_.set_listen_address("127.0.0.1:0");
    config_.set_certificate_file(identity_.certificate_file());
    config_.set_key_file(identity_.key_file());
    config_.set_publish_directory(identity_.publish_directory());
    TrustConfig& trust = *config_.mutable_trust();
    trust.set_world("test-world");
    trust.set_own_party("EU");
    trust.set_registry_party("KP");
    trust.set_root_document_file(Write("root", world_.FirstRoot().SerializeAsString()));
    for (const char* party : {"KP", "EU"}) {
      PinnedAnchor& anchor = *trust.add_pinned_anchors();
      anchor.set_trust_domain(trust::testing::World::DomainOf(party));
      anchor.set_certificate_file(Write(party, world_.ca(party).pem()));
    }
    trust.set_directory(directory_ / "trust");
    trust.mutable_source()->set_spiffe_id("spiffe://kp.test/participant-svc");
    trust.mutable_source()->set_address("registry.test:443");
  }

  std::string Write(const std::string& name, const std::string& bytes) {
    EXPECT_TRUE(tls::WriteFileByRename(directory_ / name, bytes, 0600).ok());
    return directory_ / name;
  }

  // The message about the configuration that `change` spoils; "" when it is good.
  std::string Check(const std::function<void(NodeConfig&)>& change = [](NodeConfig&) {}) {
    NodeConfig config = config_;
    change(config);
    return std::string(CheckNodeConfig(config, clock_).message());
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  trust::testing::World world_{clock_.Now()};
  trust::testing::Identity identity_{world_, "EU", "spiffe://eu.test/certificate-svc"};
  kp::testing::TempDir directory_;
  NodeConfig config_;
};

TEST_F(NodeConfigTest, TakesAGoodOne) { EXPECT_EQ(Check(), ""); }

TEST_F(NodeConfigTest, AddressesMustBeHostAndPort) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", ":443", "127.0.0.1:x", "127.0.0.1:65536",
                              "::1:443", "https://eu.test:443"}) {
    EXPECT_THAT(Check([&](NodeConfig& c) { c.set_listen_address(address); }),
                AllOf(HasSubstr("node.listen_address"), HasSubstr(address)));
    EXPECT_THAT(Check([&](NodeConfig& c) { c.set_metrics_listen_address(address); }),
                HasSubstr("node.metrics_listen_address"));
    EXPECT_THAT(
        Check([&](NodeConfig& c) { c.mutable_trust()->mutable_source()->set_address(address); }),
        HasSubstr("node.trust.source.address"));
  }
  for (const char* address : {"[::1]:443", "eu.test:443", "0.0.0.0:65535"}) {
    EXPECT_EQ(Check([&](NodeConfig& c) { c.set_listen_address(address); }), "");
  }
}

TEST_F(NodeConfigTest, MetricsBeyondLoopbackMustBeMeant) {
  for (const char* address : {"127.0.0.1:9000", "127.8.0.1:9000", "localhost:0", "[::1]:9000"}) {
    EXPECT_EQ(Check([&](NodeConfig& c) { c.set_metrics_listen_address(address); }), "");
  }
  for (const char* address : {"0.0.0.0:9000", "[::]:9000", "127.evil.test:9000"}) {
    EXPECT_THAT(Check([&](NodeConfig& c) { c.set_metrics_listen_address(address); }),
                HasSubstr("metrics_beyond_loopback"));
    EXPECT_EQ(Check([&](NodeConfig& c) {
                c.set_metrics_listen_address(address);
                c.set_metrics_beyond_loopback(true);
              }),
              "");
  }
}

TEST_F(NodeConfigTest, OnlyTheRegistryNeedsNeitherSourceNorDirectory) {
  EXPECT_THAT(Check([](NodeConfig& c) { c.mutable_trust()->clear_source(); }),
              HasSubstr("node.trust.source"));
  EXPECT_THAT(Check([](NodeConfig& c) { c.mutable_trust()->clear_directory(); }),
              HasSubstr("node.trust.directory"));
  EXPECT_EQ(Check([](NodeConfig& c) {
              c.mutable_trust()->set_registry_party("EU");
              c.mutable_trust()->clear_source();
              c.mutable_trust()->clear_directory();
            }),
            "");
}

TEST_F(NodeConfigTest, AnOwnPartyThatTheKeptManifestContradictsIsRefused) {
  const auto other = [](NodeConfig& c) { c.mutable_trust()->set_own_party("BW"); };
  EXPECT_EQ(Check(other), "") << "a new node cannot tell";
  auto store = trust::TrustStore::Open(world_.Options(),
                                       trust::MakeFileDocumentStore(directory_ / "trust"), clock_);
  ASSERT_TRUE(store.ok());
  const trust::testing::Release release = world_.Make(1);
  ASSERT_TRUE((*store)->AcceptManifest(release.document, release.Source()).ok());
  EXPECT_EQ(Check(), "");
  EXPECT_THAT(Check(other), AllOf(HasSubstr("node.trust.own_party \"BW\""), HasSubstr("eu.test")));
}

}  // namespace
}  // namespace kp::node
