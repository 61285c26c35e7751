#include "mesh/trust/denials.h"

#include "base/error.h"
#include "gtest/gtest.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/tls/verifier.h"
#include "mesh/tls/x509.h"
#include "mesh/trust/reasons.h"
#include "mesh/trust/testing/world.h"

namespace kp::trust {
namespace {

using testing::MakeDenial;
using testing::Release;
using testing::SignDenial;
using testing::World;

class DenialsTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Snapshot> With(const std::vector<std::string>& denials) {
    std::vector<DenialInForce> in_force;
    for (const std::string& denial : denials) {
      auto checked = Check(denial);
      EXPECT_TRUE(checked.ok()) << checked.status();
      if (checked.ok()) in_force.push_back(*std::move(checked));
    }
    return Build(std::move(in_force));
  }

  std::shared_ptr<const Snapshot> Build(std::vector<DenialInForce> denials = {}) {
    auto snapshot = TryBuild(std::move(denials));
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? *snapshot : nullptr;
  }

  absl::StatusOr<std::shared_ptr<const Snapshot>> TryBuild(
      std::vector<DenialInForce> denials = {}) {
    const Release release = world_.Make(1);
    SignedManifest manifest;
    manifest.manifest = release.manifest;
    auto parts = CollectParts(release.manifest, release.Source());
    if (!parts.ok()) return parts.status();
    return Snapshot::Build(std::move(manifest), *std::move(parts), std::move(denials), {}, now_);
  }

  absl::StatusOr<DenialInForce> Check(const std::string& denial) {
    return CheckDenial(*Build(), {"KP", absl::Hours(72)}, denial, now_);
  }
  std::string CheckReason(const std::string& issuer, const v1::Denial& denial) {
    return ReasonOf(Check(SignDenial(issuer, denial, now_)).status());
  }

  v1::Denial KeyDenial(const std::string& party) {
    v1::Denial denial = MakeDenial(v1::DENIAL_SUBJECT_SIGNING_KEY, party);
    denial.set_digest(statement::TestKey(party).Public().KeyId());
    return denial;
  }
  v1::Denial Lapsing(v1::Denial denial, absl::Duration life) {
    *denial.mutable_expire_time() = ToTimestamp(now_ + life);
    return denial;
  }
  std::string KeyReason(const Snapshot& snapshot, const std::string& party) {
    return ReasonOf(snapshot.Key(party, statement::TestKey(party).Public().KeyId(), now_).status());
  }
  bool Admits(const Snapshot& snapshot, const tls::IssuedLeaf& leaf) {
    return !tls::JudgePeer(*snapshot.anchors(), leaf.certificate_pem, "", tls::PeerSide::kClient,
                           now_)
                .refusal.has_value();
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  World world_{now_};
};

TEST_F(DenialsTest, APartyDeniesItsOwnWithoutEnd) {
  EXPECT_EQ(CheckReason("BW", KeyDenial("BW")), "");
  EXPECT_EQ(CheckReason("BW", KeyDenial("EU")), kDenialNotYours);
}

TEST_F(DenialsTest, TheRegistrysDenialOfAnotherMustLapse) {
  EXPECT_EQ(CheckReason("KP", KeyDenial("BW")), kTrustMalformed);
  EXPECT_EQ(CheckReason("KP", Lapsing(KeyDenial("BW"), absl::Hours(73))), kTrustMalformed);
  EXPECT_EQ(CheckReason("KP", Lapsing(KeyDenial("BW"), absl::Hours(72))), "");
  EXPECT_EQ(CheckReason("KP", KeyDenial("KP")), "") << "its own";
}

TEST_F(DenialsTest, RefusesWhatIsIncompleteOrForged) {
  v1::Denial denial = KeyDenial("BW");
  denial.set_digest("short");
  EXPECT_EQ(CheckReason("BW", denial), kTrustMalformed);
  denial = KeyDenial("BW");
  denial.clear_reason();
  EXPECT_EQ(CheckReason("BW", denial), kTrustMalformed);
  denial = KeyDenial("BW");
  denial.set_subject(v1::DENIAL_SUBJECT_UNSPECIFIED);
  EXPECT_EQ(CheckReason("BW", denial), kTrustMalformed);
  EXPECT_EQ(CheckReason("KP", Lapsing(MakeDenial(v1::DENIAL_SUBJECT_PARTY, "XX"), absl::Hours(1))),
            kTrustMalformed);
  std::string forged = SignDenial("BW", KeyDenial("BW"), now_);
  forged.back() ^= 1;
  EXPECT_EQ(ReasonOf(Check(forged).status()), statement::kBadSignature);
}

TEST_F(DenialsTest, NobodyDeniesAnIdentityOfAnotherDomainThroughItself) {
  v1::Denial denial = MakeDenial(v1::DENIAL_SUBJECT_IDENTITY, "BW");
  denial.set_spiffe_id("spiffe://eu.test/certificate-svc");
  EXPECT_EQ(CheckReason("BW", denial), kDenialNotYours);
  // A party that left has keys still, and no more say over others for it.
  *world_.parties.mutable_parties(1)->mutable_until_time() = ToTimestamp(now_ - absl::Hours(1));
  EXPECT_EQ(CheckReason("BW", denial), kDenialNotYours);
  denial.set_spiffe_id("spiffe://bw.test/certificate-svc");
  EXPECT_EQ(CheckReason("BW", denial), "");
}

TEST_F(DenialsTest, ADeniedKeySignsNothingMoreButItsOwnDenial) {
  EXPECT_EQ(KeyReason(*Build(), "BW"), "");
  const auto snapshot = With({SignDenial("BW", KeyDenial("BW"), now_)});
  EXPECT_EQ(KeyReason(*snapshot, "BW"), kKeyDenied);
  EXPECT_EQ(KeyReason(*snapshot, "EU"), "");
  EXPECT_TRUE(
      snapshot->KeyDespiteDenials("BW", statement::TestKey("BW").Public().KeyId(), now_).ok());
}

TEST_F(DenialsTest, ADeniedPartyLosesConnectionsKeysAndEndpoints) {
  const tls::IssuedLeaf leaf = world_.ca("BW").Issue("spiffe://bw.test/certificate-svc");
  EXPECT_TRUE(Admits(*Build(), leaf));
  const auto snapshot = With({SignDenial(
      "KP", Lapsing(MakeDenial(v1::DENIAL_SUBJECT_PARTY, "BW"), absl::Hours(1)), now_)});
  EXPECT_FALSE(Admits(*snapshot, leaf));
  EXPECT_EQ(snapshot->PartyById("BW"), nullptr);
  EXPECT_EQ(snapshot->PartyByDomain("bw.test"), nullptr);
  EXPECT_EQ(KeyReason(*snapshot, "BW"), kKeyDenied);
  EXPECT_EQ(ReasonOf(snapshot->EndpointOf("BW", access::v1::ROLE_CERTIFICATE_SVC).status()),
            kEndpointUnknown);
  EXPECT_TRUE(Admits(*snapshot, world_.ca("EU").Issue("spiffe://eu.test/certificate-svc")));
}

TEST_F(DenialsTest, ADeniedIdentityOrLeafIsRefusedAndItsNeighbourIsNot) {
  const tls::IssuedLeaf leaf = world_.ca("BW").Issue("spiffe://bw.test/officer/a");
  const tls::IssuedLeaf renewed = world_.ca("BW").Issue("spiffe://bw.test/officer/a");
  const tls::IssuedLeaf other = world_.ca("BW").Issue("spiffe://bw.test/officer/b");
  v1::Denial identity = MakeDenial(v1::DENIAL_SUBJECT_IDENTITY, "BW");
  identity.set_spiffe_id("spiffe://bw.test/officer/a");
  const auto by_id = With({SignDenial("BW", identity, now_)});
  EXPECT_FALSE(Admits(*by_id, leaf));
  EXPECT_FALSE(Admits(*by_id, renewed));
  EXPECT_TRUE(Admits(*by_id, other));

  v1::Denial certificate = MakeDenial(v1::DENIAL_SUBJECT_CERTIFICATE, "BW");
  certificate.set_digest(
      statement::Sha256(tls::ToDer(*tls::ParsePemCertificates(leaf.certificate_pem)->front())));
  const auto by_leaf = With({SignDenial("BW", certificate, now_)});
  EXPECT_FALSE(Admits(*by_leaf, leaf));
  EXPECT_TRUE(Admits(*by_leaf, renewed));
}

TEST_F(DenialsTest, NamingAnothersLeafShutsNobodyOut) {
  const tls::IssuedLeaf leaf = world_.ca("EU").Issue("spiffe://eu.test/certificate-svc");
  v1::Denial certificate = MakeDenial(v1::DENIAL_SUBJECT_CERTIFICATE, "BW");
  certificate.set_digest(
      statement::Sha256(tls::ToDer(*tls::ParsePemCertificates(leaf.certificate_pem)->front())));
  EXPECT_TRUE(Admits(*With({SignDenial("BW", certificate, now_)}), leaf));
  certificate.set_party("EU");
  EXPECT_FALSE(Admits(*With({SignDenial("EU", certificate, now_)}), leaf));
}

TEST_F(DenialsTest, ALapsedDenialCountsNoMore) {
  auto checked = Check(SignDenial("KP", Lapsing(KeyDenial("BW"), absl::Hours(1)), now_));
  ASSERT_TRUE(checked.ok());
  const auto snapshot = Build({*checked});
  EXPECT_EQ(KeyReason(*snapshot, "BW"), kKeyDenied);
  EXPECT_EQ(snapshot->next_change(), now_ + absl::Hours(1));
  *checked->denial.mutable_expire_time() = ToTimestamp(now_);
  EXPECT_EQ(KeyReason(*Build({*checked}), "BW"), "");
}

// Snapshot's own rules.

TEST_F(DenialsTest, AKeyCountsOnlyInItsTimeAndNeverOnceCompromised) {
  v1::SigningKey& key = *world_.keys.mutable_keys(1);
  *key.mutable_until_time() = ToTimestamp(now_);
  EXPECT_EQ(KeyReason(*Build(), "BW"), kKeyNotInUse);
  *key.mutable_until_time() = ToTimestamp(now_ + absl::Seconds(1));
  EXPECT_EQ(KeyReason(*Build(), "BW"), "");
  *key.mutable_compromised_from_time() = ToTimestamp(now_ + absl::Hours(1));
  EXPECT_EQ(KeyReason(*Build(), "BW"), kKeyCompromised);
}

TEST_F(DenialsTest, RefusesPartsThatContradictThemselves) {
  const World sound{now_};
  const auto fault = [&] {
    const absl::Status status = TryBuild().status();
    EXPECT_EQ(ReasonOf(status), kTrustMalformed) << status;
    world_.parties = sound.parties;
    world_.keys = sound.keys;
    world_.endpoints = sound.endpoints;
    const auto faults = FaultsOf(status);
    return faults.empty() ? "" : faults.front().field;
  };
  ASSERT_TRUE(TryBuild().ok());
  world_.parties.mutable_parties(1)->set_trust_domain("eu.test");
  EXPECT_EQ(fault(), "parties[2].trust_domain");
  *world_.parties.add_parties() = sound.parties.parties(1);
  EXPECT_EQ(fault(), "parties[4].id");
  world_.parties.mutable_parties(3)->set_acts_for("XX");
  EXPECT_EQ(fault(), "parties[3].acts_for");
  world_.keys.mutable_keys(1)->set_public_key(sound.keys.keys(2).public_key());
  EXPECT_EQ(fault(), "keys[2].public_key");
  world_.keys.mutable_keys(1)->set_party("XX");
  EXPECT_EQ(fault(), "keys[1].party");
  world_.endpoints.mutable_endpoints(1)->set_spiffe_id("spiffe://eu.test/certificate-svc");
  EXPECT_EQ(fault(), "endpoints[1].spiffe_id");
  world_.endpoints.mutable_endpoints(1)->set_address("127.0.0.1");
  EXPECT_EQ(fault(), "endpoints[1].address");
}

TEST_F(DenialsTest, RefusesASigningKeyThatIsAnAnchorsKey) {
  auto der = statement::PublicKey::FromCertificatePem(world_.ca("BW").pem());
  ASSERT_TRUE(der.ok());
  const std::string before = world_.keys.keys(1).public_key();
  world_.keys.mutable_keys(1)->set_public_key(der->Der());
  EXPECT_EQ(ReasonOf(TryBuild().status()), kTrustMalformed);
  world_.keys.mutable_keys(1)->set_public_key(before);
  EXPECT_TRUE(TryBuild().ok());
}

}  // namespace
}  // namespace kp::trust
