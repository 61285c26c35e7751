// Who does not get into a running service: each case beside the same one made good. A client that is
// refused sees UNAVAILABLE whatever the reason; the reason is asserted by the server's own counter.

#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "mesh/tls/policy.h"
#include "tests/integration/mesh_env.h"

namespace kp::integration {
namespace {

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kOfficer[] = "spiffe://bw.kp.example/officer/probe";

class RefusalsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(tls::InstallTlsPolicy().ok()); }

  std::string address_ = mesh().Env("KP_BW_CERTIFICATE_ADDR");
  std::string metrics_ = mesh().Env("KP_BW_CERTIFICATE_METRICS_ADDR");

  static const DemoMesh& mesh() {
    static const auto* const mesh = new DemoMesh;
    return *mesh;
  }

  double Refusals(const std::string& reason) const {
    return MetricOf(metrics_, absl::StrCat("kp_tls_refusals_total{reason=\"", reason, "\"")) ;
  }

  void ExpectRefused(const tls::IssuedLeaf* leaf, const std::string& reason) {
    const double before = Refusals(reason);
    const auto channel = ChannelAs(address_, leaf);
    EXPECT_EQ(CallEmpty(*channel, kHealth).error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_GT(Refusals(reason), before) << reason;
  }
  void ExpectAdmitted(const tls::IssuedLeaf& leaf) {
    const auto channel = ChannelAs(address_, &leaf);
    const grpc::Status status = CallEmpty(*channel, kHealth);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
};

TEST_F(RefusalsTest, NoCertificate) {
  ExpectRefused(nullptr, "NO_CERTIFICATE");
  ExpectAdmitted(SoundLeaf(mesh().Ca("bw.kp.example"), kOfficer));
}

TEST_F(RefusalsTest, CaOfNoTrustDomain) {
  const absl::Time now = SoundSpec(kOfficer).not_before;
  const auto stranger =
      tls::CertificateAuthority::Create("stranger.example", now, now + absl::Hours(48));
  ASSERT_TRUE(stranger.ok());
  const tls::IssuedLeaf leaf = SoundLeaf(*stranger, "spiffe://stranger.example/officer/probe");
  ExpectRefused(&leaf, "UNKNOWN_TRUST_DOMAIN");
  const tls::IssuedLeaf claims_bw = SignBy(*stranger, SoundSpec(kOfficer));
  ExpectRefused(&claims_bw, "UNTRUSTED_CHAIN");
  ExpectAdmitted(SignBy(mesh().Ca("bw.kp.example"), SoundSpec(kOfficer)));
}

TEST_F(RefusalsTest, AnotherAuthoritysCaClaimingThisDomain) {
  const tls::IssuedLeaf leaf = SignBy(mesh().Ca("zw.kp.example"), SoundSpec(kOfficer));
  ExpectRefused(&leaf, "UNTRUSTED_CHAIN");
  // The same CA about its own domain is believed.
  ExpectAdmitted(
      SignBy(mesh().Ca("zw.kp.example"), SoundSpec("spiffe://zw.kp.example/officer/probe")));
}

TEST_F(RefusalsTest, ExpiredAndNotYetValid) {
  const auto ca = mesh().Ca("bw.kp.example");
  tls::CertificateSpec expired = SoundSpec(kOfficer);
  expired.not_after = expired.not_before + absl::Minutes(1);
  const tls::IssuedLeaf old = SignBy(ca, expired);
  ExpectRefused(&old, "EXPIRED");
  tls::CertificateSpec early = SoundSpec(kOfficer);
  early.not_before = early.not_after - absl::Hours(1);
  const tls::IssuedLeaf soon = SignBy(ca, early);
  ExpectRefused(&soon, "NOT_YET_VALID");
  ExpectAdmitted(SignBy(ca, SoundSpec(kOfficer)));
}

TEST_F(RefusalsTest, WrongUsageTwoUrisUnknownRole) {
  const auto ca = mesh().Ca("bw.kp.example");
  tls::CertificateSpec server_only = SoundSpec(kOfficer);
  server_only.extended_key_usage = "serverAuth";
  const tls::IssuedLeaf usage = SignBy(ca, server_only);
  ExpectRefused(&usage, "WRONG_USAGE");
  tls::CertificateSpec two = SoundSpec(kOfficer);
  two.uris.push_back("spiffe://bw.kp.example/operator/probe");
  const tls::IssuedLeaf uris = SignBy(ca, two);
  ExpectRefused(&uris, "MANY_URIS");
  const tls::IssuedLeaf role = SignBy(ca, SoundSpec("spiffe://bw.kp.example/minister/probe"));
  ExpectRefused(&role, "UNKNOWN_ROLE");
  ExpectAdmitted(SignBy(ca, SoundSpec(kOfficer)));
}

TEST_F(RefusalsTest, Plaintext) {
  const auto channel = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  EXPECT_EQ(CallEmpty(*channel, kHealth).error_code(), grpc::StatusCode::UNAVAILABLE);
  ExpectAdmitted(SoundLeaf(mesh().Ca("bw.kp.example"), kOfficer));
}

// Whether OpenSSL's own client finishes a handshake of this version.
bool Handshakes(const std::string& address, const std::string& version) {
  const std::string command =
      absl::StrCat("openssl s_client -connect ", address, " -", version,
                   " -brief </dev/null 2>&1 | grep -q 'Protocol version: TLS'");
  return std::system(command.c_str()) == 0;
}

TEST_F(RefusalsTest, Tls12) {
  EXPECT_FALSE(Handshakes(address_, "tls1_2"));
  EXPECT_TRUE(Handshakes(address_, "tls1_3"));
}

}  // namespace
}  // namespace kp::integration
