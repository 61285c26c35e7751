#include "mesh/tls/authority.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/tls/anchors.h"
#include "mesh/tls/files.h"
#include "mesh/tls/policy.h"
#include "mesh/tls/refusal.h"
#include "mesh/tls/verifier.h"
#include "tests/support/pki.h"

namespace kp::tls {
namespace {

using kp::testing::TempDir;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);
constexpr char kId[] = "spiffe://zw.kp.example/certificate-svc";

identity::SpiffeId Id(const std::string& text) { return *identity::SpiffeId::Parse(text); }

LeafOptions Month() {
  LeafOptions options;
  options.dns_names = {"localhost"};
  options.ip_addresses = {"127.0.0.1", "::1"};
  options.not_before = kNow;
  options.not_after = kNow + absl::Hours(24) * 30;
  return options;
}

CertificateAuthority Authority() {
  return *CertificateAuthority::Create("zw.kp.example", kNow, kNow + absl::Hours(24) * 3650);
}

TEST(CertificateAuthorityTest, LeafFollowsTheProfile) {
  const CertificateAuthority authority = Authority();
  const auto leaf = authority.IssueLeaf(Id(kId), Month());
  ASSERT_TRUE(leaf.ok()) << leaf.status();
  const auto parsed = *ParsePemCertificates(leaf->certificate_pem);
  ASSERT_EQ(parsed.size(), 1u);
  X509& x509 = *parsed.front();
  EXPECT_EQ(*UriNames(x509), std::vector<std::string>{kId});
  EXPECT_EQ(X509_get_version(&x509), X509_VERSION_3);
  EXPECT_EQ(X509_check_ca(&x509), 0);
  EXPECT_EQ(X509_get_key_usage(&x509), static_cast<uint32_t>(KU_DIGITAL_SIGNATURE));
  EXPECT_EQ(X509_get_extended_key_usage(&x509),
            static_cast<uint32_t>(XKU_SSL_SERVER | XKU_SSL_CLIENT));
  EXPECT_EQ(X509_check_host(&x509, "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(&x509, "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(&x509, "::1", 0), 1);
  EXPECT_NE(X509_get0_subject_key_id(&x509), nullptr);
  EXPECT_NE(X509_get0_authority_key_id(&x509), nullptr);
  EXPECT_TRUE(CheckKeyStrength(x509).ok());
  EXPECT_TRUE(CheckSignatureDigest(x509).ok());
  const auto anchors = *AnchorSet::Create({{"zw.kp.example", ToDer(authority.certificate())}});
  EXPECT_EQ(JudgePeer(*anchors, leaf->certificate_pem, "", PeerSide::kServer, kNow).refusal,
            std::nullopt);
}

TEST(CertificateAuthorityTest, UsageIsAsAsked) {
  LeafOptions options = Month();
  options.server_auth = false;
  const auto leaf = *Authority().IssueLeaf(Id("spiffe://zw.kp.example/officer/a"), options);
  const auto parsed = *ParsePemCertificates(leaf.certificate_pem);
  EXPECT_EQ(X509_get_extended_key_usage(parsed.front().get()),
            static_cast<uint32_t>(XKU_SSL_CLIENT));
  options.client_auth = false;
  EXPECT_FALSE(Authority().IssueLeaf(Id(kId), options).ok());
}

TEST(CertificateAuthorityTest, ReloadsFromItsFilesAndIssuesTheSame) {
  const CertificateAuthority authority = Authority();
  const auto loaded = CertificateAuthority::Load(authority.certificate_pem(), authority.key_pem());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->trust_domain(), "zw.kp.example");
  EXPECT_TRUE(loaded->IssueLeaf(Id(kId), Month()).ok());
}

TEST(CertificateAuthorityTest, RefusesToLoadWhatIsNoAuthority) {
  const CertificateAuthority authority = Authority();
  const CertificateAuthority other = Authority();
  const IssuedLeaf leaf = *authority.IssueLeaf(Id(kId), Month());
  EXPECT_FALSE(CertificateAuthority::Load(authority.certificate_pem(), other.key_pem()).ok());
  EXPECT_FALSE(CertificateAuthority::Load(leaf.certificate_pem, leaf.key_pem).ok());
  EXPECT_FALSE(CertificateAuthority::Load("", authority.key_pem()).ok());
}

TEST(CertificateAuthorityTest, RefusesLeavesThatItMayNotIssue) {
  const CertificateAuthority authority = Authority();
  ASSERT_TRUE(authority.IssueLeaf(Id(kId), Month()).ok());
  EXPECT_FALSE(authority.IssueLeaf(Id("spiffe://bw.kp.example/certificate-svc"), Month()).ok());
  LeafOptions backwards = Month();
  backwards.not_after = backwards.not_before - absl::Seconds(1);
  EXPECT_FALSE(authority.IssueLeaf(Id(kId), backwards).ok());
  LeafOptions long_lived = Month();
  long_lived.not_after = kNow + absl::Hours(24) * 3651;
  EXPECT_FALSE(authority.IssueLeaf(Id(kId), long_lived).ok());
  LeafOptions bad_name = Month();
  bad_name.dns_names = {"a,b"};
  EXPECT_FALSE(authority.IssueLeaf(Id(kId), bad_name).ok());
  LeafOptions bad_address = Month();
  bad_address.ip_addresses = {"127.0.0"};
  EXPECT_FALSE(authority.IssueLeaf(Id(kId), bad_address).ok());
  EXPECT_FALSE(CertificateAuthority::Create("ZW", kNow, kNow + absl::Hours(1)).ok());
}

TEST(CertificateAuthorityTest, LongNamesFitTheSubject) {
  const std::string domain(200, 'a');
  const auto authority = CertificateAuthority::Create(domain, kNow, kNow + absl::Hours(24) * 365);
  ASSERT_TRUE(authority.ok()) << authority.status();
  EXPECT_TRUE(
      authority->IssueLeaf(Id("spiffe://" + domain + "/officer/" + std::string(300, 'b')), Month())
          .ok());
}

TEST(WriteIdentityTest, KeyIsForTheOwnerAlone) {
  const TempDir dir;
  const CertificateAuthority authority = Authority();
  const IssuedLeaf leaf = *authority.IssueLeaf(Id(kId), Month());
  ASSERT_TRUE(WriteIdentity(dir / "zw/certificate-svc", leaf, authority.certificate_pem()).ok());
  struct stat state {};
  ASSERT_EQ(stat((dir / "zw/certificate-svc/tls.key").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777u, 0600u);
  EXPECT_EQ(*ReadSmallFile(dir / "zw/certificate-svc/tls.crt"), leaf.certificate_pem);
  const auto anchors = ReadAnchorFiles({{"zw.kp.example", dir / "zw/certificate-svc/ca.crt"}});
  ASSERT_TRUE(anchors.ok()) << anchors.status();
  EXPECT_TRUE(AnchorSet::Create(*anchors).ok());
}

TEST(ReadAnchorDirectoryTest, EachFileIsADomain) {
  const TempDir dir;
  const CertificateAuthority authority = Authority();
  ASSERT_TRUE(WriteFileByRename(dir / "zw.kp.example.crt", authority.certificate_pem(), 0644).ok());
  const auto anchors = ReadAnchorDirectory(dir.path());
  ASSERT_TRUE(anchors.ok()) << anchors.status();
  ASSERT_EQ(anchors->size(), 1u);
  EXPECT_EQ(anchors->front().trust_domain, "zw.kp.example");
  ASSERT_TRUE(WriteFileByRename(dir / "bw.kp.example.crt", "not a certificate", 0644).ok());
  EXPECT_FALSE(ReadAnchorDirectory(dir.path()).ok());
  EXPECT_FALSE(ReadAnchorDirectory(dir / "absent").ok());
}

TEST(TlsPolicyTest, RulesEveryContextOfTheProcess) {
  ASSERT_TRUE(InstallTlsPolicy().ok());
  EXPECT_TRUE(InstallTlsPolicy().ok());
  const statement::OpensslPtr<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_method()));
  EXPECT_NE(SSL_CTX_get_options(context.get()) & SSL_OP_NO_TLSv1_2, 0u);
  EXPECT_EQ(SSL_CTX_get_num_tickets(context.get()), 0u);
}

TEST(RefusalTest, EveryRefusalHasItsOwnName) {
  std::set<std::string_view> names;
  for (const Refusal refusal : kAllRefusals) {
    EXPECT_FALSE(RefusalName(refusal).empty());
    names.insert(RefusalName(refusal));
  }
  EXPECT_EQ(names.size(), kAllRefusals.size());
}

TEST(RefusalTest, OtherLinesOfTheLogAreNoRefusal) {
  EXPECT_EQ(RefusalInGrpcLog("Handshake failed with fatal error SSL_ERROR_SSL: "
                             "error:0A0000C7:SSL routines::peer did not return a certificate."),
            Refusal::kNoCertificate);
  EXPECT_EQ(RefusalInGrpcLog("Handshake failed with fatal error SSL_ERROR_SSL: "
                             "error:0A000086:SSL routines::certificate verify failed."),
            std::nullopt);
  EXPECT_EQ(RefusalInGrpcLog("Handshake failed with fatal error SSL_ERROR_SYSCALL: error:zz"),
            std::nullopt);
  EXPECT_EQ(RefusalInGrpcLog("error:0A0000C7:SSL routines::peer did not return a certificate"),
            std::nullopt);
  EXPECT_EQ(RefusalInGrpcLog(""), std::nullopt);
}

}  // namespace
}  // namespace kp::tls
