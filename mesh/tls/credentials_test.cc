#include "mesh/tls/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "mesh/tls/files.h"
#include "mesh/tls/policy.h"
#include "mesh/tls/testing.h"

namespace kp::tls::testing {
namespace {

using kp::testing::NewKey;
using kp::testing::TempDir;
using kp::testing::TestCa;
using kp::testing::WriteIdentityFiles;

constexpr char kId[] = "spiffe://zw.kp.example/certificate-svc";
constexpr char kClientId[] = "spiffe://zw.kp.example/wco-bridge";

const TestCa& Ca() {
  static const TestCa* const ca = new TestCa("zw.kp.example", TestTime());
  return *ca;
}

std::string FingerprintOf(const IssuedLeaf& leaf) {
  return Fingerprint(*ParsePemCertificates(leaf.certificate_pem)->front());
}

class Observed final : public MaterialObserver {
 public:
  void OnLoaded(const identity::SpiffeId& /*id*/, const std::string& fingerprint,
                absl::Time /*not_after*/) override {
    const std::lock_guard lock(mutex_);
    loaded_ = fingerprint;
    changed_.notify_all();
  }
  void OnRejected(const absl::Status& why) override {
    const std::lock_guard lock(mutex_);
    rejected_.emplace_back(why.message());
    changed_.notify_all();
  }
  bool WaitLoaded(const std::string& fingerprint) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return loaded_ == fingerprint; });
  }
  std::vector<std::string> rejected() {
    const std::lock_guard lock(mutex_);
    return rejected_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string loaded_;
  std::vector<std::string> rejected_;
};

class CredentialsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(InstallTlsPolicy().ok()); }

  absl::StatusOr<std::unique_ptr<Credentials>> Load(absl::Duration poll = absl::Hours(1)) {
    CredentialsOptions options;
    options.certificate_file = dir_ / "in/tls.crt";
    options.key_file = dir_ / "in/tls.key";
    options.publish_directory = dir_ / "state/published";
    options.poll_interval = poll;
    return Credentials::Load(options, clock_, observer_);
  }

  void Write(const IssuedLeaf& leaf) { WriteIdentityFiles(dir_ / "in", leaf, Ca()); }
  void WriteCertificate(const std::string& pem) {
    ASSERT_TRUE(WriteFileByRename(dir_ / "in/tls.crt", pem, 0644).ok());
  }
  void WriteKey(const std::string& pem) {
    ASSERT_TRUE(WriteFileByRename(dir_ / "in/tls.key", pem, 0600).ok());
  }

  Verification Trusting() {
    return {std::make_shared<AnchorHolder>(*AnchorSet::Create({Ca().anchor()})), &clock_,
            std::make_shared<Recorder>()};
  }

  TempDir dir_;
  FakeClock clock_{TestTime()};
  std::shared_ptr<Observed> observer_ = std::make_shared<Observed>();
};

TEST_F(CredentialsTest, SoundMaterialTellsWhoWeAre) {
  const IssuedLeaf leaf = Ca().Issue(kId);
  Write(leaf);
  const auto credentials = Load();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ((*credentials)->id().ToString(), kId);
  EXPECT_EQ((*credentials)->fingerprint(), FingerprintOf(leaf));
  EXPECT_EQ((*credentials)->not_after(), TestTime() + absl::Hours(24) * 30);
}

TEST_F(CredentialsTest, BadMaterialIsRefusedAtStart) {
  const CertificateSpec sound = Ca().Sound(kId);
  CertificateSpec expired = sound;
  expired.not_after = TestTime() - absl::Seconds(1);
  CertificateSpec early = sound;
  early.not_before = TestTime() + absl::Seconds(2);
  CertificateSpec no_uri = sound;
  no_uri.uris.clear();
  CertificateSpec two_uris = sound;
  two_uris.uris.push_back("spiffe://zw.kp.example/wco-bridge");
  CertificateSpec no_role = sound;
  no_role.uris = {"spiffe://zw.kp.example/admin"};
  CertificateSpec no_usage = sound;
  no_usage.extended_key_usage = "codeSigning";
  CertificateSpec authority = sound;
  authority.basic_constraints = "critical,CA:TRUE";
  authority.key_usage = "critical,keyCertSign,digitalSignature";
  CertificateSpec no_signing = sound;
  no_signing.key_usage = "critical,keyAgreement";
  const IssuedLeaf good = Ca().Sign(sound);
  const IssuedLeaf other = Ca().Sign(sound);
  const std::vector<std::pair<std::string, IssuedLeaf>> table = {
      {"expired", Ca().Sign(expired)},
      {"not valid before", Ca().Sign(early)},
      {"exactly one URI", Ca().Sign(no_uri)},
      {"exactly one URI", Ca().Sign(two_uris)},
      {"no role", Ca().Sign(no_role)},
      {"does not allow this side", Ca().Sign(no_usage)},
      {"digitalSignature", Ca().Sign(no_signing)},
      {"is a CA certificate", Ca().Sign(authority)},
      {"neither EC", Ca().Sign(sound, NewKey("RSA-2048"))},
      {"not the leaf's", {good.certificate_pem, other.key_pem}},
      {"not signed by the next", {good.certificate_pem + other.certificate_pem, good.key_pem}},
      {"no certificate", {"", good.key_pem}},
      {"does not parse", {good.certificate_pem.substr(0, 300), good.key_pem}},
      {"private key", {good.certificate_pem, "-----BEGIN PRIVATE KEY-----\n"}},
  };
  for (const auto& [why, leaf] : table) {
    Write(good);
    ASSERT_TRUE(Load().ok());
    Write(leaf);
    const auto refused = Load();
    ASSERT_FALSE(refused.ok()) << why;
    EXPECT_NE(refused.status().message().find(why), std::string::npos) << refused.status();
  }
}

TEST_F(CredentialsTest, ChainUpToTheAuthorityIsAccepted) {
  const IssuedLeaf leaf = Ca().Issue(kId);
  Write({leaf.certificate_pem + Ca().pem(), leaf.key_pem});
  EXPECT_TRUE(Load().ok()) << Load().status();
}

TEST_F(CredentialsTest, MissingFilesAreRefusedAtStart) {
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CredentialsTest, HalfRotatedPairKeepsTheLastGoodAndIsReportedOnce) {
  const IssuedLeaf first = Ca().Issue(kId);
  const IssuedLeaf second = Ca().Issue(kId);
  Write(first);
  const auto credentials = *Load();
  TestServer server(MakeServerCredentials(*credentials, Trusting()), Trusting());
  const IssuedLeaf client = Ca().Issue(kClientId);

  WriteCertificate(second.certificate_pem);
  EXPECT_FALSE(credentials->Reload().ok());
  EXPECT_FALSE(credentials->Reload().ok());
  EXPECT_EQ(observer_->rejected().size(), 1u);
  EXPECT_EQ(credentials->fingerprint(), FingerprintOf(first));
  EXPECT_TRUE(Ask(Connect(server.address(), LawlessClient(&client))).status.ok());

  WriteKey(second.key_pem);
  EXPECT_TRUE(credentials->Reload().ok());
  EXPECT_EQ(credentials->fingerprint(), FingerprintOf(second));
}

TEST_F(CredentialsTest, LostFilesKeepTheLastGood) {
  const IssuedLeaf leaf = Ca().Issue(kId);
  Write(leaf);
  const auto credentials = *Load();
  std::filesystem::remove_all(dir_ / "in");
  EXPECT_FALSE(credentials->Reload().ok());
  EXPECT_EQ(credentials->fingerprint(), FingerprintOf(leaf));
  Write(leaf);
  EXPECT_TRUE(credentials->Reload().ok());
}

TEST_F(CredentialsTest, MaterialForAnotherIdIsRefused) {
  const IssuedLeaf leaf = Ca().Issue(kId);
  Write(leaf);
  const auto credentials = *Load();
  Write(Ca().Issue(kClientId));
  EXPECT_FALSE(credentials->Reload().ok());
  EXPECT_EQ(credentials->fingerprint(), FingerprintOf(leaf));
  const IssuedLeaf next = Ca().Issue(kId);
  Write(next);
  EXPECT_TRUE(credentials->Reload().ok());
  EXPECT_EQ(credentials->fingerprint(), FingerprintOf(next));
}

TEST_F(CredentialsTest, NewMaterialIsNoticedWithoutBeingTold) {
  Write(Ca().Issue(kId));
  const auto credentials = *Load(absl::Milliseconds(10));
  const IssuedLeaf next = Ca().Issue(kId);
  Write(next);
  EXPECT_TRUE(observer_->WaitLoaded(FingerprintOf(next)));
}

TEST_F(CredentialsTest, RotationReachesNewConnectionsAndFailsNone) {
  Write(Ca().Issue(kId));
  const auto credentials = *Load();
  TestServer server(MakeServerCredentials(*credentials, Trusting()), Trusting());
  const IssuedLeaf client = Ca().Issue(kClientId);
  const EvpPkeyPtr client_key = *ParsePemPrivateKey(client.key_pem);
  const auto live = Connect(server.address(), LawlessClient(&client));
  ASSERT_TRUE(Ask(live).status.ok());

  for (int rotation = 0; rotation < 3; ++rotation) {
    const IssuedLeaf next = Ca().Issue(kId);
    Write(next);
    ASSERT_TRUE(credentials->Reload().ok());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    RawOutcome outcome;
    do {
      outcome = Dial(server.port(), {client.certificate_pem, client_key.get()});
      ASSERT_TRUE(outcome.spoke);
      ASSERT_TRUE(Ask(live).status.ok());
    } while (outcome.server_fingerprint != FingerprintOf(next) &&
             std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(outcome.server_fingerprint, FingerprintOf(next));
  }
}

TEST_F(CredentialsTest, DirectoryThatHoldsOtherThingsIsNotPublishedInto) {
  Write(Ca().Issue(kId));
  ASSERT_TRUE(MakeDirectory(dir_ / "state/published").ok());
  ASSERT_TRUE(WriteFileByRename(dir_ / "state/published/vital", "data", 0600).ok());
  EXPECT_FALSE(Load().ok());
  EXPECT_EQ(*ReadSmallFile(dir_ / "state/published/vital"), "data");
  std::filesystem::remove(dir_ / "state/published/vital");
  EXPECT_TRUE(Load().ok());
}

TEST_F(CredentialsTest, WhatAKilledProcessLeftIsReplaced) {
  const IssuedLeaf leaf = Ca().Issue(kId);
  Write(leaf);
  ASSERT_TRUE(MakeDirectory(dir_ / "state/published/v7").ok());
  ASSERT_TRUE(WriteFileByRename(dir_ / "state/published/v7/tls.key", "old", 0600).ok());
  std::filesystem::create_symlink("v7", dir_ / "state/published/current");
  const auto credentials = Load();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(*ReadSmallFile(dir_ / "state/published/current/tls.key"), leaf.key_pem);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "state/published/v7"));
}

TEST_F(CredentialsTest, PublishedKeyIsPrivateWholeAndRemovedAtTheEnd) {
  const IssuedLeaf first = Ca().Issue(kId);
  Write(first);
  auto credentials = *Load();
  struct stat state {};
  ASSERT_EQ(stat((dir_ / "state/published").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777u, 0700u);
  ASSERT_EQ(stat((dir_ / "state/published/current/tls.key").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777u, 0600u);
  const time_t first_stamp = state.st_mtim.tv_sec;

  for (int i = 0; i < 4; ++i) {
    const IssuedLeaf next = Ca().Issue(kId);
    Write(next);
    ASSERT_TRUE(credentials->Reload().ok());
    EXPECT_EQ(*ReadSmallFile(dir_ / "state/published/current/tls.crt"), next.certificate_pem);
    EXPECT_EQ(*ReadSmallFile(dir_ / "state/published/current/tls.key"), next.key_pem);
  }
  // No two versions in the same second, by which gRPC tells them apart.
  ASSERT_EQ(stat((dir_ / "state/published/current/tls.key").c_str(), &state), 0);
  EXPECT_GE(state.st_mtim.tv_sec, first_stamp + 4);
  int entries = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(dir_ / "state/published")) {
    ++entries;
  }
  EXPECT_EQ(entries, 3);  // current, its version and the one before

  credentials.reset();
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "state/published"));
}

}  // namespace
}  // namespace kp::tls::testing
