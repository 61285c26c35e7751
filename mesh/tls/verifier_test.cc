// The judgement itself, where a real handshake adds nothing: paths, intermediates, strength.
#include "mesh/tls/verifier.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "mesh/tls/policy.h"
#include "tests/support/pki.h"

namespace kp::tls {
namespace {

using kp::testing::NewKey;
using kp::testing::TestCa;

constexpr char kId[] = "spiffe://zw.kp.example/officer/t.moyo";
const absl::Time kNow = absl::FromUnixSeconds(1800000000);

const TestCa& Ca() {
  static const TestCa* const ca = new TestCa("zw.kp.example", kNow);
  return *ca;
}

class JudgePeerTest : public ::testing::Test {
 protected:
  std::optional<Refusal> Judge(const std::string& leaf, const std::string& chain = "",
                               PeerSide side = PeerSide::kClient) const {
    return JudgePeer(*anchors_, leaf, chain, side, kNow).refusal;
  }

  std::shared_ptr<const AnchorSet> anchors_ = *AnchorSet::Create({Ca().anchor()});
};

// A CA that may have CAs below it, which CertificateAuthority never makes.
struct Hierarchy {
  EvpPkeyPtr root_key = *GenerateKey();
  EvpPkeyPtr middle_key = *GenerateKey();
  EvpPkeyPtr leaf_key = *GenerateKey();
  X509Ptr root;
  X509Ptr middle;
  X509Ptr leaf;

  Hierarchy(const std::string& root_constraints, const std::string& middle_constraints) {
    CertificateSpec spec;
    spec.not_before = kNow - absl::Hours(1);
    spec.not_after = kNow + absl::Hours(1);
    spec.key_usage = "critical,keyCertSign";
    spec.common_name = "root";
    spec.basic_constraints = root_constraints;
    root = *BuildCertificate(spec, *root_key, nullptr, *root_key);
    spec.common_name = "middle";
    spec.basic_constraints = middle_constraints;
    middle = *BuildCertificate(spec, *middle_key, root.get(), *root_key);
    leaf = *BuildCertificate(Ca().Sound(kId), *leaf_key, middle.get(), *middle_key);
  }

  Judgement Judge(const X509& anchor, const std::string& chain) const {
    const auto anchors = AnchorSet::Create({{"zw.kp.example", ToDer(anchor)}});
    EXPECT_TRUE(anchors.ok()) << anchors.status();
    return JudgePeer(**anchors, ToPem(*leaf), chain, PeerSide::kClient, kNow);
  }
};

TEST_F(JudgePeerTest, SoundLeafIsAdmittedWithItsIdAndSpan) {
  const Judgement judgement =
      JudgePeer(*anchors_, Ca().Issue(kId).certificate_pem, "", PeerSide::kServer, kNow);
  ASSERT_FALSE(judgement.refusal.has_value()) << judgement.detail;
  EXPECT_EQ(judgement.id->ToString(), kId);
  EXPECT_EQ(judgement.not_before, kNow - absl::Hours(1));
  EXPECT_EQ(judgement.not_after, kNow + absl::Hours(24) * 30);
}

TEST_F(JudgePeerTest, DatesHoldFromTheFirstSecondToBeforeTheLast) {
  const std::string leaf = Ca().Issue(kId).certificate_pem;
  const auto at = [&](absl::Time time) {
    return JudgePeer(*anchors_, leaf, "", PeerSide::kClient, time).refusal;
  };
  EXPECT_EQ(at(kNow - absl::Hours(1) - absl::Seconds(1)), Refusal::kNotYetValid);
  EXPECT_EQ(at(kNow - absl::Hours(1)), std::nullopt);
  EXPECT_EQ(at(kNow + absl::Hours(24) * 30 - absl::Seconds(1)), std::nullopt);
  EXPECT_EQ(at(kNow + absl::Hours(24) * 30), Refusal::kExpired);
}

TEST_F(JudgePeerTest, NothingOrGarbageIsNoCertificate) {
  const std::string leaf = Ca().Issue(kId).certificate_pem;
  EXPECT_EQ(Judge(leaf), std::nullopt);
  EXPECT_EQ(Judge(""), Refusal::kNoCertificate);
  EXPECT_EQ(Judge("garbage"), Refusal::kNoCertificate);
  EXPECT_EQ(Judge(leaf + leaf), Refusal::kNoCertificate);
  EXPECT_EQ(Judge(leaf, leaf.substr(0, 200)), Refusal::kNoCertificate);
}

TEST_F(JudgePeerTest, EachSideNeedsItsOwnUsage) {
  CertificateSpec spec = Ca().Sound(kId);
  spec.extended_key_usage = "clientAuth";
  const std::string for_clients = Ca().Sign(spec).certificate_pem;
  EXPECT_EQ(Judge(for_clients, "", PeerSide::kClient), std::nullopt);
  EXPECT_EQ(Judge(for_clients, "", PeerSide::kServer), Refusal::kWrongUsage);
  spec.extended_key_usage = "anyExtendedKeyUsage";
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), Refusal::kWrongUsage);
}

TEST_F(JudgePeerTest, LeafMustSignAndBeNoAuthority) {
  CertificateSpec spec = Ca().Sound(kId);
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), std::nullopt);
  spec.key_usage = "critical,keyAgreement";
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), Refusal::kWrongUsage);
  spec.key_usage = "";
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), Refusal::kWrongUsage);
  spec.key_usage = "critical,digitalSignature,keyCertSign";
  spec.basic_constraints = "critical,CA:TRUE";
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), Refusal::kWrongUsage);
}

TEST_F(JudgePeerTest, WeakDigestIsRefused) {
  CertificateSpec spec = Ca().Sound(kId);
  spec.digest = EVP_sha384();
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), std::nullopt);
  spec.digest = EVP_sha1();
  EXPECT_EQ(Judge(Ca().Sign(spec).certificate_pem), Refusal::kWeakKey);
}

TEST_F(JudgePeerTest, WeakCurveIsRefused) {
  EXPECT_EQ(Judge(Ca().Sign(Ca().Sound(kId), NewKey("P-256")).certificate_pem), std::nullopt);
  EXPECT_EQ(Judge(Ca().Sign(Ca().Sound(kId), NewKey("secp224r1")).certificate_pem),
            Refusal::kWeakKey);
}

TEST_F(JudgePeerTest, AnchorSentAlongChangesNothing) {
  const std::string leaf = Ca().Issue(kId).certificate_pem;
  EXPECT_EQ(Judge(leaf, Ca().pem()), std::nullopt);
  const TestCa impostor("zw.kp.example", kNow);
  EXPECT_EQ(Judge(impostor.Issue(kId).certificate_pem, impostor.pem()), Refusal::kUntrustedChain);
}

TEST_F(JudgePeerTest, IntermediateThatTheRootAllowsIsFollowed) {
  const Hierarchy pki("critical,CA:TRUE,pathlen:1", "critical,CA:TRUE,pathlen:0");
  EXPECT_EQ(pki.Judge(*pki.root, ToPem(*pki.middle)).refusal, std::nullopt);
  EXPECT_EQ(pki.Judge(*pki.root, "").refusal, Refusal::kUntrustedChain);
}

TEST_F(JudgePeerTest, PathLongerThanTheRootAllowsIsRefused) {
  const Hierarchy pki("critical,CA:TRUE,pathlen:0", "critical,CA:TRUE,pathlen:0");
  EXPECT_EQ(pki.Judge(*pki.root, ToPem(*pki.middle)).refusal, Refusal::kUntrustedChain);
}

TEST_F(JudgePeerTest, LeafIssuedByALeafIsRefused) {
  const Hierarchy pki("critical,CA:TRUE", "critical,CA:FALSE");
  EXPECT_EQ(pki.Judge(*pki.root, ToPem(*pki.middle)).refusal, Refusal::kUntrustedChain);
}

TEST_F(JudgePeerTest, DeniedIntermediateIsRefused) {
  const Hierarchy pki("critical,CA:TRUE,pathlen:1", "critical,CA:TRUE,pathlen:0");
  const auto anchors = *AnchorSet::Create({{"zw.kp.example", ToDer(*pki.root)}},
                                          {{{"zw.kp.example", Fingerprint(*pki.middle)}}, {}, {}});
  EXPECT_EQ(
      JudgePeer(*anchors, ToPem(*pki.leaf), ToPem(*pki.middle), PeerSide::kClient, kNow).refusal,
      Refusal::kDenied);
}

TEST(AnchorSetTest, TakesOnlySelfSignedAuthorities) {
  const Hierarchy pki("critical,CA:TRUE,pathlen:1", "critical,CA:TRUE,pathlen:0");
  EXPECT_TRUE(AnchorSet::Create({{"zw.kp.example", ToDer(*pki.root)}}).ok());
  EXPECT_FALSE(AnchorSet::Create({{"zw.kp.example", ToDer(*pki.middle)}}).ok());
  EXPECT_FALSE(AnchorSet::Create({{"zw.kp.example", ToDer(*pki.leaf)}}).ok());
  EXPECT_FALSE(AnchorSet::Create({{"zw.kp.example", "garbage"}}).ok());
  EXPECT_FALSE(AnchorSet::Create({{"ZW.kp.example", ToDer(*pki.root)}}).ok());
}

TEST(AnchorSetTest, OneKeyVouchesForOneDomain) {
  const TestCa bw("bw.kp.example", kNow);
  EXPECT_TRUE(AnchorSet::Create({Ca().anchor(), bw.anchor()}).ok());
  EXPECT_FALSE(AnchorSet::Create({Ca().anchor(), Ca().AnchorFor("bw.kp.example")}).ok());
}

TEST(AnchorSetTest, OldAndNewAuthorityOfADomainBothCountWhileBothAreThere) {
  const TestCa next("zw.kp.example", kNow);
  const auto both = *AnchorSet::Create({Ca().anchor(), next.anchor()});
  const auto judge = [](const AnchorSet& anchors, const TestCa& ca) {
    return JudgePeer(anchors, ca.Issue(kId).certificate_pem, "", PeerSide::kClient, kNow).refusal;
  };
  EXPECT_EQ(judge(*both, Ca()), std::nullopt);
  EXPECT_EQ(judge(*both, next), std::nullopt);
  const auto only_next = *AnchorSet::Create({next.anchor()});
  EXPECT_EQ(judge(*only_next, Ca()), Refusal::kUntrustedChain);
  EXPECT_EQ(judge(*only_next, next), std::nullopt);
}

TEST(AnchorSetTest, NamesItsDomainsAndFingerprints) {
  const auto set = *AnchorSet::Create({Ca().anchor()});
  EXPECT_EQ(set->TrustDomains(), std::vector<std::string>{"zw.kp.example"});
  EXPECT_EQ(set->FingerprintsOf("zw.kp.example"),
            std::vector<std::string>{Fingerprint(Ca().authority().certificate())});
  EXPECT_TRUE(set->FingerprintsOf("bw.kp.example").empty());
  EXPECT_NE(set->serial(), (*AnchorSet::Create({Ca().anchor()}))->serial());
}

}  // namespace
}  // namespace kp::tls
