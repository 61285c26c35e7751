// Documents and denials published through the handlers, kept in SQLite.
#include <thread>

#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/trust/reasons.h"
#include "participant-svc/domain/reasons.h"
#include "participant-svc/publication_fixture.h"

namespace kp::participant {
namespace {

TEST_F(PublicationTest, APublishedManifestIsInForceFreshAndSurvivesARestart) {
  ASSERT_TRUE(Publish(world_.Make(3)).ok());
  EXPECT_EQ(version_, 3u);
  EXPECT_EQ(trust_->state(), trust::State::kFresh);
  EXPECT_TRUE(Publish(world_.Make(3)).ok()) << "said again";
  PublishDocumentRequest root;
  *root.mutable_root() =
      trust::testing::SignDocument(world_.RootDocument(2), trust::RootContentType(), {"r1", "r2"});
  ASSERT_TRUE(Publish(root).ok());
  EXPECT_EQ(version_, 2u);
  ASSERT_TRUE(Publish(world_.Make(4, 2)).ok());
  Open();
  ASSERT_NE(trust_->snapshot(), nullptr);
  EXPECT_EQ(trust_->snapshot()->manifest().version(), 4u);
  EXPECT_EQ(trust_->CurrentRoot().document.version(), 2u);
  EXPECT_EQ(ReasonOf(Publish(world_.Make(3, 2))), trust::kTrustRollback);
}

TEST_F(PublicationTest, RefusesWhatIsNoDocumentOrNotSigned) {
  EXPECT_EQ(ReasonOf(Publish(PublishDocumentRequest())), kDocumentMissing);
  PublishDocumentRequest root;
  *root.mutable_root() = world_.FirstRoot();
  root.add_parts("part");
  EXPECT_EQ(ReasonOf(Publish(root)), kDocumentMissing);
  EXPECT_EQ(ReasonOf(Publish(world_.Sign(world_.Manifest(1), {"r1"}))),
            trust::kTrustThresholdNotReached);
  PublishDocumentRequest bare = RequestOf(world_.Make(1));
  bare.clear_parts();
  EXPECT_EQ(ReasonOf(Publish(bare)), trust::kTrustPartMissing);
  EXPECT_TRUE(Publish(world_.Make(1)).ok());
  *bare.mutable_manifest() = world_.Make(2).document;
  EXPECT_TRUE(Publish(bare).ok()) << "the parts are held";
}

TEST_F(PublicationTest, RefusesAMeasureThatCannotBeOneAndNamesTheField) {
  registry::v1::MeasuresPart part;
  registry::v1::Measure& measure = *part.add_measures();
  measure.set_id("M1");
  measure.set_participant("ZW");
  measure.set_kind(registry::v1::MEASURE_KIND_SUSPENSION);
  measure.set_scope(registry::v1::MEASURE_SCOPE_COUNTRY);
  measure.set_decision("a decision");
  measure.set_from("2026-02-31");
  world_.more_parts["measures"] = *statement::EncodePayload(part);
  const absl::Status status = Publish(world_.Make(1));
  ASSERT_FALSE(FaultsOf(status).empty()) << status;
  EXPECT_EQ(FaultsOf(status).front().field, "measures.measures[0].from");
  measure.set_from("2026-02-28");
  world_.more_parts["measures"] = *statement::EncodePayload(part);
  EXPECT_TRUE(Publish(world_.Make(1)).ok());
}

TEST_F(PublicationTest, SaysSoWhenTheManifestLacksItsKey) {
  const std::string key = world_.keys.keys(0).public_key();
  world_.keys.mutable_keys(0)->set_public_key(statement::TestKey("other").Public().Der());
  EXPECT_EQ(ReasonOf(Publish(world_.Make(1))), kRegistryKeyNotPublished);
  EXPECT_EQ(ReasonOf(publisher_->Ready()), kRegistryKeyNotPublished);
  world_.keys.mutable_keys(0)->set_public_key(key);
  EXPECT_TRUE(Publish(world_.Make(2)).ok());
  EXPECT_TRUE(publisher_->Ready().ok());
}

TEST_F(PublicationTest, APartyDeniesItsOwnAndNobodyElseBringsIt) {
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  const std::string denial = SignDenial("BW", LeafDenial("BW", 'a'), clock_.Now());
  EXPECT_EQ(ReasonOf(PublishDenial("spiffe://eu.test/certificate-svc", denial)),
            trust::kDenialNotYours);
  EXPECT_TRUE(trust_->snapshot()->denials().empty());
  EXPECT_TRUE(PublishDenial("spiffe://bw.test/certificate-svc", denial).ok());
  ASSERT_EQ(trust_->snapshot()->denials().size(), 1u);
  EXPECT_TRUE(PublishDenial("spiffe://bw.test/certificate-svc",
                            SignDenial("BW", LeafDenial("BW", 'a'), clock_.Now()))
                  .ok())
      << "said again";
  EXPECT_EQ(trust_->snapshot()->denials().size(), 1u);
  EXPECT_EQ(ReasonOf(PublishDenial("spiffe://bw.test/certificate-svc",
                                   SignDenial("BW", LeafDenial("EU", 'a'), clock_.Now()))),
            trust::kDenialNotYours);
  Open();
  EXPECT_EQ(trust_->snapshot()->denials().size(), 1u) << "it is kept";
}

TEST_F(PublicationTest, NobodyFillsTheList) {
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  const auto deny = [&](const std::string& party, char byte) {
    return PublishDenial("spiffe://" + World::DomainOf(party) + "/certificate-svc",
                         SignDenial(party, LeafDenial(party, byte), clock_.Now()));
  };
  for (size_t i = 0; i < trust::kMaxDenialsByIssuer; ++i) {
    ASSERT_TRUE(deny("BW", static_cast<char>(i)).ok());
  }
  EXPECT_EQ(ReasonOf(deny("BW", 'z')), kTooManyDenials);
  EXPECT_TRUE(deny("EU", 'z').ok());
}

TEST_F(PublicationTest, TheRegistrysDenialOfAnotherLapses) {
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  EXPECT_EQ(ReasonOf(Deny(LeafDenial("XX", 'a'))), trust::kTrustMalformed);
  EXPECT_EQ(FaultsOf(Deny(LeafDenial("XX", 'a'))).at(0).field, "denial.party");
  ASSERT_TRUE(Deny(MakeDenial(trust::v1::DENIAL_SUBJECT_PARTY, "BW")).ok());
  EXPECT_FALSE(trust_->IsKnownDomain("bw.test"));
  clock_.Advance(absl::Hours(71));
  trust_->Tick();
  EXPECT_FALSE(trust_->IsKnownDomain("bw.test"));
  clock_.Advance(absl::Hours(2));
  trust_->Tick();
  EXPECT_TRUE(trust_->IsKnownDomain("bw.test"));
  // The next freshness names it no more.
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  EXPECT_TRUE(trust_->LatestFreshness().second.empty());
}

TEST_F(PublicationTest, BeatsWithoutBeingAsked) {
  ASSERT_TRUE(Publish(world_.Make(1)).ok());
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(trust_->state(), trust::State::kOverdue);
  heartbeat_ = 10ms;
  Open();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (trust_->state() != trust::State::kFresh && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(trust_->state(), trust::State::kFresh);
}

}  // namespace
}  // namespace kp::participant
