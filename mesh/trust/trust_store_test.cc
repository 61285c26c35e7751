#include "mesh/trust/trust_store.h"

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/trust/reasons.h"
#include "mesh/trust/testing/world.h"

namespace kp::trust {
namespace {

using kp::testing::TempDir;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FreshnessOf;
using testing::MakeDenial;
using testing::Release;
using testing::SignDenial;
using testing::SignDocument;
using testing::SignFreshness;
using testing::World;

class TrustStoreTest : public ::testing::Test {
 protected:
  void Open() { Open(world_.Options()); }
  void Open(TrustOptions options) {
    store_.reset();
    options.on_alarm = [this](const absl::Status& why) { alarms_.push_back(ReasonOf(why)); };
    auto store =
        TrustStore::Open(std::move(options), MakeFileDocumentStore(dir_ / "trust"), clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  absl::Status Accept(const Release& release) {
    return store_->AcceptManifest(release.document, release.Source());
  }
  absl::Status Say(const Release& release, const std::vector<std::string>& denials = {}) {
    return store_->AcceptFreshness(
        SignFreshness(FreshnessOf(release, denials, clock_.Now()), clock_.Now()), denials);
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  World world_{clock_.Now()};
  TempDir dir_;
  std::vector<std::string> alarms_;
  std::unique_ptr<TrustStore> store_;
};

TEST_F(TrustStoreTest, RefusesAPinnedRootOfAnotherWorld) {
  TrustOptions options = world_.Options();
  options.world = "production";
  EXPECT_EQ(ReasonOf(TrustStore::Open(options, MakeFileDocumentStore(dir_ / "x"), clock_).status()),
            kTrustOtherWorld);
  options.world = "test-world";
  EXPECT_TRUE(TrustStore::Open(options, MakeFileDocumentStore(dir_ / "x"), clock_).ok());
}

TEST_F(TrustStoreTest, RefusesAPinnedRootBelowItsOwnThreshold) {
  TrustOptions options = world_.Options();
  options.first_root = SignDocument(world_.RootDocument(1), RootContentType(), {"r1", "r1"});
  EXPECT_EQ(ReasonOf(TrustStore::Open(options, MakeFileDocumentStore(dir_ / "x"), clock_).status()),
            kTrustThresholdNotReached);
}

TEST_F(TrustStoreTest, ANextRootNeedsTheOldAndTheNewThreshold) {
  Open();
  v1::RootDocument next = world_.RootDocument(2);
  for (int i = 0; i < 3; ++i) {
    next.mutable_signers(i)->set_public_key(
        statement::TestKey("n" + std::to_string(i)).Public().Der());
  }
  for (const std::vector<std::string>& signers : std::vector<std::vector<std::string>>{
           {"r1", "r2"}, {"n0", "n1"}, {"r1", "n0", "n1"}, {"r1", "r2", "n0"}}) {
    EXPECT_EQ(ReasonOf(store_->AcceptRoot(SignDocument(next, RootContentType(), signers))),
              kTrustThresholdNotReached);
  }
  EXPECT_TRUE(
      store_->AcceptRoot(SignDocument(next, RootContentType(), {"r1", "r2", "n0", "n1"})).ok());
  EXPECT_EQ(store_->CurrentRoot().document.version(), 2u);
  EXPECT_EQ(alarms_.size(), 4u);
}

TEST_F(TrustStoreTest, RefusesAGapAForeignWorldAndAnOlderRoot) {
  Open();
  EXPECT_EQ(ReasonOf(store_->AcceptRoot(
                SignDocument(world_.RootDocument(3), RootContentType(), {"r1", "r2"}))),
            kTrustVersionGap);
  v1::RootDocument foreign = world_.RootDocument(2);
  foreign.set_world("production");
  EXPECT_EQ(ReasonOf(store_->AcceptRoot(SignDocument(foreign, RootContentType(), {"r1", "r2"}))),
            kTrustOtherWorld);
  const v1::SignedDocument second =
      SignDocument(world_.RootDocument(2), RootContentType(), {"r1", "r2"});
  EXPECT_TRUE(store_->AcceptRoot(second).ok());
  EXPECT_TRUE(store_->AcceptRoot(second).ok()) << "the one in force again";
  EXPECT_EQ(ReasonOf(store_->AcceptRoot(world_.FirstRoot())), kTrustRollback);
}

TEST_F(TrustStoreTest, RefusesARootInWhichOneKeyIsTwoSigners) {
  Open();
  v1::RootDocument next = world_.RootDocument(2);
  next.mutable_signers(1)->set_public_key(next.signers(0).public_key());
  const absl::Status status =
      store_->AcceptRoot(SignDocument(next, RootContentType(), {"r1", "r2", "r3"}));
  EXPECT_EQ(ReasonOf(status), kTrustMalformed);
  EXPECT_EQ(FaultsOf(status).at(0).field, "signers[1].public_key");
}

TEST_F(TrustStoreTest, ANodeThatSleptWalksTheRootChain) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  for (uint32_t version : {2u, 3u, 4u}) {
    ASSERT_TRUE(store_
                    ->AcceptRoot(
                        SignDocument(world_.RootDocument(version), RootContentType(), {"r1", "r2"}))
                    .ok());
  }
  const std::vector<v1::SignedDocument> chain = store_->RootsFrom(2, 100);
  ASSERT_EQ(chain.size(), 3u);
  TempDir other;
  auto sleeper = TrustStore::Open(world_.Options(), MakeFileDocumentStore(other.path()), clock_);
  ASSERT_TRUE(sleeper.ok());
  for (const auto& root : chain) EXPECT_TRUE((*sleeper)->AcceptRoot(root).ok());
  const Release latest = world_.Make(9, 4);
  EXPECT_TRUE((*sleeper)->AcceptManifest(latest.document, latest.Source()).ok());
}

TEST_F(TrustStoreTest, AManifestNeedsTheThreshold) {
  Open();
  EXPECT_EQ(ReasonOf(Accept(world_.Sign(world_.Manifest(1), {"r1", "r1", "x"}))),
            kTrustThresholdNotReached);
  EXPECT_EQ(store_->state(), State::kNotLoaded);
  EXPECT_TRUE(Accept(world_.Sign(world_.Manifest(1), {"r1", "r3"})).ok());
  EXPECT_EQ(store_->state(), State::kOverdue);
}

TEST_F(TrustStoreTest, RefusesAnOlderManifestAndAnotherOfTheSameVersion) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(5)).ok());
  EXPECT_EQ(ReasonOf(Accept(world_.Make(4))), kTrustRollback);
  v1::Manifest other = world_.Manifest(5);
  other.set_salt(std::string(16, 'x'));
  EXPECT_EQ(ReasonOf(Accept(world_.Sign(other, {"r1", "r2"}))), kTrustFork);
  EXPECT_TRUE(Accept(world_.Make(5)).ok()) << "the one in force again";
  EXPECT_TRUE(Accept(world_.Make(6)).ok());
  EXPECT_THAT(alarms_, ElementsAre(kTrustRollback, kTrustFork));
}

TEST_F(TrustStoreTest, RefusesAManifestBelowTheConfiguredMinimum) {
  TrustOptions options = world_.Options();
  options.minimum_manifest_version = 7;
  Open(options);
  EXPECT_EQ(ReasonOf(Accept(world_.Make(6))), kTrustRollback);
  EXPECT_TRUE(Accept(world_.Make(7)).ok());
}

TEST_F(TrustStoreTest, RefusesAnExpiredManifestAndOneOfAnotherWorldOrRoot) {
  Open();
  v1::Manifest manifest = world_.Manifest(1);
  *manifest.mutable_create_time() = ToTimestamp(clock_.Now() - absl::Hours(3));
  *manifest.mutable_expire_time() = ToTimestamp(clock_.Now() - absl::Hours(1));
  EXPECT_EQ(ReasonOf(Accept(world_.Sign(manifest, {"r1", "r2"}))), kTrustExpired);
  manifest = world_.Manifest(1);
  manifest.set_world("production");
  EXPECT_EQ(ReasonOf(Accept(world_.Sign(manifest, {"r1", "r2"}))), kTrustOtherWorld);
  EXPECT_EQ(ReasonOf(Accept(world_.Make(1, 2))), kTrustVersionGap);
  EXPECT_TRUE(Accept(world_.Make(1)).ok());
}

TEST_F(TrustStoreTest, RefusesAMissingAndAWrongPart) {
  Open();
  Release release = world_.Make(1);
  const Release sound = release;
  release.parts.erase(release.manifest.parts(0).digest());
  EXPECT_EQ(ReasonOf(Accept(release)), kTrustPartMissing);
  release = sound;
  release.parts[release.manifest.parts(0).digest()].back() ^= 1;
  EXPECT_EQ(ReasonOf(Accept(release)), kTrustPartDigest);
  EXPECT_EQ(store_->snapshot(), nullptr);
  EXPECT_TRUE(Accept(sound).ok());
}

TEST_F(TrustStoreTest, RefusesWhatTheSchemeRefusesAndKeepsTheManifestBefore) {
  TrustOptions options = world_.Options();
  options.check_parts = [](const Parts& parts) -> absl::Status {
    const auto it = parts.find("measures");
    return it != parts.end() && it->second == "bad" ? absl::InvalidArgumentError("bad measures")
                                                    : absl::OkStatus();
  };
  Open(options);
  world_.more_parts["measures"] = "good";
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  world_.more_parts["measures"] = "bad";
  EXPECT_FALSE(Accept(world_.Make(2)).ok());
  EXPECT_EQ(store_->snapshot()->manifest().version(), 1u);
}

TEST_F(TrustStoreTest, AsksOnlyForPartsThatItDoesNotHold) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  world_.more_parts["measures"] = "new";
  const Release next = world_.Make(2);
  int asked = 0;
  EXPECT_TRUE(store_
                  ->AcceptManifest(next.document,
                                   [&](const std::string& digest, uint64_t size) {
                                     ++asked;
                                     return next.Source()(digest, size);
                                   })
                  .ok());
  EXPECT_EQ(asked, 1);
}

TEST_F(TrustStoreTest, IsFreshThenOverdueThenExpired) {
  Open();
  EXPECT_EQ(ReasonOf(store_->Gate()), kTrustNotLoaded);
  const Release release = world_.Make(1);
  ASSERT_TRUE(Accept(release).ok());
  ASSERT_TRUE(Say(release).ok());
  EXPECT_EQ(store_->state(), State::kFresh);
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(store_->state(), State::kOverdue);
  EXPECT_TRUE(store_->Gate().ok()) << "overdue is an alarm, no stop";
  clock_.Advance(absl::Hours(24 * 90));
  EXPECT_EQ(store_->state(), State::kExpired);
  EXPECT_EQ(ReasonOf(store_->Gate()), kTrustExpired);
  EXPECT_EQ(ReasonOf(store_->KeyLookup()("BW", "kid", clock_.Now()).status()), kTrustExpired);
  // A newer manifest is taken all the same.
  v1::Manifest next = world_.Manifest(2);
  *next.mutable_expire_time() = ToTimestamp(clock_.Now() + absl::Hours(1));
  EXPECT_TRUE(Accept(world_.Sign(next, {"r1", "r2"})).ok());
  EXPECT_EQ(store_->state(), State::kOverdue);
}

TEST_F(TrustStoreTest, ExpiresWithItsRoot) {
  v1::RootDocument root = world_.RootDocument(1);
  *root.mutable_expire_time() = ToTimestamp(clock_.Now() + absl::Hours(1));
  TrustOptions options = world_.Options();
  options.first_root = SignDocument(root, RootContentType(), {"r1", "r2"});
  Open(options);
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  EXPECT_EQ(store_->state(), State::kOverdue);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(store_->state(), State::kExpired);
}

TEST_F(TrustStoreTest, RefusesALyingRegistry) {
  Open();
  const Release old = world_.Make(1);
  ASSERT_TRUE(Accept(old).ok());
  const Release release = world_.Make(2);
  ASSERT_TRUE(Accept(release).ok());
  const absl::Time now = clock_.Now();
  const auto offer = [&](v1::Freshness freshness, const std::string& issuer = "KP") {
    return ReasonOf(store_->AcceptFreshness(SignFreshness(freshness, now, issuer), {}));
  };
  EXPECT_EQ(offer(FreshnessOf(old, {}, now)), kTrustRollback);
  v1::Freshness lie = FreshnessOf(release, {}, now);
  lie.set_manifest_digest(std::string(32, 'x'));
  EXPECT_EQ(offer(lie), kTrustFork);
  lie = FreshnessOf(release, {}, now);
  lie.set_world("production");
  EXPECT_EQ(offer(lie), kTrustOtherWorld);
  lie = FreshnessOf(release, {"another"}, now);
  EXPECT_EQ(offer(lie), kTrustPartDigest);
  EXPECT_EQ(offer(FreshnessOf(release, {}, now), "BW"), statement::kWrongIssuer);
  std::string bytes = SignFreshness(FreshnessOf(release, {}, now), now);
  bytes.back() ^= 1;
  EXPECT_EQ(ReasonOf(store_->AcceptFreshness(bytes, {})), statement::kBadSignature);
  EXPECT_EQ(alarms_.size(), 6u);
  EXPECT_EQ(offer(FreshnessOf(world_.Make(3), {}, now)), kTrustManifestBehind);
  EXPECT_EQ(alarms_.size(), 6u) << "being behind is no lie";
  EXPECT_EQ(store_->state(), State::kOverdue);
  EXPECT_EQ(offer(FreshnessOf(release, {}, now)), "");
  EXPECT_EQ(store_->state(), State::kFresh);
}

TEST_F(TrustStoreTest, AnOldFreshnessTakesNoDenialBack) {
  Open();
  const Release release = world_.Make(1);
  ASSERT_TRUE(Accept(release).ok());
  const std::string before = SignFreshness(FreshnessOf(release, {}, clock_.Now()), clock_.Now());
  ASSERT_TRUE(store_->AcceptFreshness(before, {}).ok());
  clock_.Advance(absl::Seconds(2));
  v1::Denial denial = MakeDenial(v1::DENIAL_SUBJECT_SIGNING_KEY, "BW");
  denial.set_digest(statement::TestKey("BW").Public().KeyId());
  const std::string bytes = SignDenial("BW", denial, clock_.Now());
  ASSERT_TRUE(Say(release, {bytes}).ok());
  EXPECT_EQ(ReasonOf(store_->AcceptFreshness(before, {})), kTrustRollback);
  // Not after a restart either.
  Open();
  EXPECT_EQ(ReasonOf(store_->AcceptFreshness(before, {})), kTrustRollback);
  EXPECT_EQ(store_->snapshot()->denials().size(), 1u);
  clock_.Advance(absl::Minutes(20));
  EXPECT_EQ(ReasonOf(store_->AcceptFreshness(before, {})), kTrustStale);
  EXPECT_TRUE(Say(release).ok()) << "the registry itself may";
  EXPECT_TRUE(store_->snapshot()->denials().empty());
}

TEST_F(TrustStoreTest, ARestartKeepsDocumentsAndTheVersionFloor) {
  Open();
  const v1::SignedDocument root =
      SignDocument(world_.RootDocument(2), RootContentType(), {"r1", "r2"});
  ASSERT_TRUE(Accept(world_.Make(5)).ok());
  ASSERT_TRUE(store_->AcceptRoot(root).ok());
  Open();
  ASSERT_NE(store_->snapshot(), nullptr) << "a newer root does not undo an accepted manifest";
  EXPECT_EQ(store_->CurrentRoot().document.version(), 2u);
  EXPECT_EQ(ReasonOf(Accept(world_.Make(4, 2))), kTrustRollback);
  ASSERT_TRUE(Accept(world_.Make(6, 2)).ok());
  Open();
  EXPECT_EQ(store_->snapshot()->manifest().version(), 6u);
}

TEST_F(TrustStoreTest, ADamagedFileIsAlarmedAndFetchedAgain) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(5)).ok());
  std::ofstream(dir_ / "trust/manifest", std::ios::trunc) << "\xff\xff not a document";
  Open();
  EXPECT_EQ(store_->state(), State::kNotLoaded);
  EXPECT_EQ(alarms_.size(), 1u);
  ASSERT_TRUE(Accept(world_.Make(5)).ok());

  for (const auto& part : std::filesystem::directory_iterator(dir_ / "trust/parts")) {
    std::ofstream(part.path(), std::ios::trunc) << "x";
    break;
  }
  Open();
  EXPECT_EQ(store_->state(), State::kNotLoaded);
  EXPECT_THAT(alarms_, Contains(kTrustPartMissing));
  EXPECT_TRUE(Accept(world_.Make(5)).ok());
}

TEST_F(TrustStoreTest, ADamagedPartTakesNeitherTheVersionFloorNorDenialsAway) {
  Open();
  const Release release = world_.Make(5);
  ASSERT_TRUE(Accept(release).ok());
  const std::string before = SignFreshness(FreshnessOf(release, {}, clock_.Now()), clock_.Now());
  clock_.Advance(absl::Seconds(2));
  v1::Denial denial = MakeDenial(v1::DENIAL_SUBJECT_SIGNING_KEY, "BW");
  denial.set_digest(statement::TestKey("BW").Public().KeyId());
  ASSERT_TRUE(Say(release, {SignDenial("BW", denial, clock_.Now())}).ok());
  const auto part = std::filesystem::directory_iterator(dir_ / "trust/parts")->path();
  for (const bool missing : {false, true}) {
    if (missing) {
      std::filesystem::remove(part);
    } else {
      std::ofstream(part, std::ios::trunc) << "x";
    }
    Open();
    EXPECT_EQ(store_->state(), State::kNotLoaded);
    EXPECT_EQ(ReasonOf(Accept(world_.Make(4))), kTrustRollback);
    v1::Manifest other = world_.Manifest(5);
    other.set_salt(std::string(16, 'x'));
    EXPECT_EQ(ReasonOf(Accept(world_.Sign(other, {"r1", "r2"}))), kTrustFork);
    ASSERT_TRUE(Accept(release).ok());
    EXPECT_EQ(store_->snapshot()->denials().size(), 1u);
    EXPECT_EQ(ReasonOf(store_->AcceptFreshness(before, {})), kTrustRollback);
  }
}

TEST_F(TrustStoreTest, ADamagedRootDoesNotTakeTheManifestOfAnEarlierOneAway) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(5)).ok());
  ASSERT_TRUE(
      store_->AcceptRoot(SignDocument(world_.RootDocument(2), RootContentType(), {"r1", "r2"}))
          .ok());
  std::ofstream(dir_ / "trust/roots/2", std::ios::trunc) << "\xff\xff not a document";
  Open();
  ASSERT_NE(store_->snapshot(), nullptr);
  EXPECT_EQ(ReasonOf(Accept(world_.Make(4))), kTrustRollback);
}

TEST_F(TrustStoreTest, DatesInThePartsActWhenTheyCome) {
  Open();
  *world_.parties.mutable_parties(1)->mutable_until_time() =
      ToTimestamp(clock_.Now() + absl::Hours(1));
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  int changes = 0;
  store_->Subscribe([&] { ++changes; });
  store_->Tick();
  EXPECT_EQ(changes, 0);
  EXPECT_TRUE(store_->IsKnownDomain("bw.test"));
  clock_.Advance(absl::Hours(1));
  store_->Tick();
  EXPECT_EQ(changes, 1);
  EXPECT_FALSE(store_->IsKnownDomain("bw.test"));
  EXPECT_EQ(store_->Current()->StoreOf("bw.test"), nullptr);
  EXPECT_TRUE(store_->IsKnownDomain("eu.test"));
}

TEST_F(TrustStoreTest, KnowsWhoActsForTheOwnParty) {
  Open();
  EXPECT_TRUE(store_->IsKnownDomain("kp.test")) << "pinned";
  EXPECT_FALSE(store_->IsKnownDomain("bw.test"));
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  EXPECT_TRUE(store_->IsKnownDomain("bw.test"));
  EXPECT_TRUE(store_->ActsForOwn("douane.test"));
  EXPECT_FALSE(store_->ActsForOwn("bw.test"));
  EXPECT_FALSE(store_->IsKnownDomain("elsewhere.test"));
}

TEST_F(TrustStoreTest, WhoReadsADirectoryBesideItsOwnerChangesNothing) {
  Open();
  ASSERT_TRUE(Accept(world_.Make(1)).ok());
  const auto reader =
      TrustStore::Open(world_.Options(), MakeReadOnlyDocumentStore(dir_ / "trust"), clock_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->snapshot()->manifest().version(), 1U);
  const Release next = world_.Make(2);
  EXPECT_EQ((*reader)->AcceptManifest(next.document, next.Source()).code(),
            absl::StatusCode::kFailedPrecondition);
  Open();
  EXPECT_EQ(store_->snapshot()->manifest().version(), 1U);
  EXPECT_EQ(MakeReadOnlyDocumentStore(dir_ / "none")->Load().status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "none"));
}

}  // namespace
}  // namespace kp::trust
