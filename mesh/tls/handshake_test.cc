// The whole table of refusals, over real TLS: each bad client or server beside the same one made
// good, and the reason as the side that refused counted it.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mesh/tls/policy.h"
#include "mesh/tls/testing.h"

namespace kp::tls::testing {
namespace {

using kp::testing::NewKey;
using kp::testing::TempDir;
using kp::testing::TestCa;
using kp::testing::WriteIdentityFiles;

constexpr char kServerId[] = "spiffe://zw.kp.example/certificate-svc";
constexpr char kClientId[] = "spiffe://bw.kp.example/certificate-svc";

identity::SpiffeId Id(const std::string& text) { return *identity::SpiffeId::Parse(text); }

// The authorities are made once: keys take time.
struct Authorities {
  TestCa zw{"zw.kp.example", TestTime()};
  TestCa bw{"bw.kp.example", TestTime()};
  TestCa ke{"ke.kp.example", TestTime()};       // nobody's anchor
  TestCa bw_fake{"bw.kp.example", TestTime()};  // nobody's anchor, calls itself BW's
};

const Authorities& Ca() {
  static const Authorities* const authorities = new Authorities();
  return *authorities;
}

std::shared_ptr<const AnchorSet> Anchors(Denials denials = {}) {
  return *AnchorSet::Create({Ca().zw.anchor(), Ca().bw.anchor()}, std::move(denials));
}

// A server of ZW that takes every identity of ZW and BW.
class HandshakeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(InstallTlsPolicy().ok()); }

  void SetUp() override {
    RecordGrpcLog(recorder_);
    server_credentials_ = LoadCredentials("server", Ca().zw.Issue(kServerId), Ca().zw);
    server_ = std::make_unique<TestServer>(
        MakeServerCredentials(*server_credentials_, verification_), verification_);
  }

  void TearDown() override { RecordGrpcLog(nullptr); }

  std::unique_ptr<Credentials> LoadCredentials(const std::string& name, const IssuedLeaf& leaf,
                                               const TestCa& ca) {
    WriteIdentityFiles(dir_ / name, leaf, ca);
    CredentialsOptions options;
    options.certificate_file = dir_ / (name + "/tls.crt");
    options.key_file = dir_ / (name + "/tls.key");
    options.publish_directory = dir_ / (name + "-published");
    auto credentials = Credentials::Load(options, clock_, nullptr);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return *std::move(credentials);
  }

  Answer AskAs(const IssuedLeaf& leaf) {
    return Ask(Connect(server_->address(), LawlessClient(&leaf)));
  }

  void ExpectAdmitted(const IssuedLeaf& leaf) {
    const Answer answer = AskAs(leaf);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message() << recorder_->Describe();
  }

  void ExpectRefused(const IssuedLeaf& leaf, Refusal reason) {
    const Answer answer = AskAs(leaf);
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE)
        << answer.status.error_message();
    EXPECT_TRUE(recorder_->Wait(Where::kServerHandshake, reason)) << recorder_->Describe();
    EXPECT_EQ(recorder_->Count(Where::kServerHandshake, reason), recorder_->Total())
        << recorder_->Describe();
  }

  TempDir dir_;
  FakeClock clock_{TestTime()};
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  std::shared_ptr<AnchorHolder> anchors_ = std::make_shared<AnchorHolder>(Anchors());
  Verification verification_{anchors_, &clock_, recorder_};
  std::unique_ptr<Credentials> server_credentials_;
  std::unique_ptr<TestServer> server_;
};

struct BadLeaf {
  std::string name;
  Refusal reason;
  std::function<IssuedLeaf()> make;
};

CertificateSpec Spec() { return Ca().bw.Sound(kClientId); }

template <typename Change>
std::function<IssuedLeaf()> Changed(Change change) {
  return [change] {
    CertificateSpec spec = Spec();
    change(spec);
    return Ca().bw.Sign(spec);
  };
}

std::vector<BadLeaf> BadLeaves() {
  return {
      {"UnknownAuthorityClaimingADomain", Refusal::kUntrustedChain,
       [] { return Ca().bw_fake.Issue(kClientId); }},
      {"AnotherAuthorityClaimingADomain", Refusal::kUntrustedChain,
       [] { return Ca().zw.Sign(Spec()); }},
      {"UnknownDomain", Refusal::kUnknownTrustDomain,
       [] { return Ca().ke.Issue("spiffe://ke.kp.example/certificate-svc"); }},
      {"Expired", Refusal::kExpired,
       Changed([](auto& spec) { spec.not_after = TestTime() - absl::Seconds(1); })},
      {"NotYetValid", Refusal::kNotYetValid,
       Changed([](auto& spec) { spec.not_before = TestTime() + absl::Seconds(2); })},
      {"ForServersOnly", Refusal::kWrongUsage,
       Changed([](auto& spec) { spec.extended_key_usage = "serverAuth"; })},
      {"WithoutExtendedUsage", Refusal::kWrongUsage,
       Changed([](auto& spec) { spec.extended_key_usage = ""; })},
      {"TwoUris", Refusal::kManyUris,
       Changed([](auto& spec) { spec.uris.push_back("https://bw.kp.example/"); })},
      {"NoUri", Refusal::kNoSpiffeId, Changed([](auto& spec) { spec.uris.clear(); })},
      {"NoAlternativeName", Refusal::kNoSpiffeId, Changed([](auto& spec) {
         spec.uris.clear();
         spec.dns_names.clear();
         spec.ip_addresses.clear();
       })},
      {"UriThatIsNoSpiffeId", Refusal::kNoSpiffeId,
       Changed([](auto& spec) { spec.uris = {"https://bw.kp.example/certificate-svc"}; })},
      {"UnknownRole", Refusal::kUnknownRole,
       Changed([](auto& spec) { spec.uris = {"spiffe://bw.kp.example/admin/a"}; })},
      {"WeakKey", Refusal::kWeakKey, [] { return Ca().bw.Sign(Spec(), NewKey("RSA-2048")); }},
  };
}

class BadClientTest : public HandshakeTest, public ::testing::WithParamInterface<BadLeaf> {};

TEST_P(BadClientTest, IsRefusedAndTheSoundOneIsNot) {
  ExpectAdmitted(Ca().bw.Sign(Spec()));
  EXPECT_EQ(recorder_->Total(), 0) << recorder_->Describe();
  ExpectRefused(GetParam().make(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Table, BadClientTest, ::testing::ValuesIn(BadLeaves()),
                         [](const auto& test) { return test.param.name; });

TEST_F(HandshakeTest, ServerLearnsTheIdentityThatTheHandshakeProved) {
  EXPECT_EQ(AskAs(Ca().bw.Issue(kClientId)).caller, kClientId);
  EXPECT_EQ(AskAs(Ca().zw.Issue("spiffe://zw.kp.example/officer/t.moyo")).caller,
            "spiffe://zw.kp.example/officer/t.moyo");
}

TEST_F(HandshakeTest, StrongerKeysThanTheFloorAreAdmitted) {
  ExpectAdmitted(Ca().bw.Sign(Spec(), NewKey("RSA-3072")));
  ExpectAdmitted(Ca().bw.Sign(Spec(), NewKey("P-384")));
}

TEST_F(HandshakeTest, ClientWithoutCertificateIsRefused) {
  ExpectAdmitted(Ca().bw.Issue(kClientId));
  const Answer answer = Ask(Connect(server_->address(), LawlessClient(nullptr)));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(recorder_->Wait(Where::kServerHandshake, Refusal::kNoCertificate));
}

TEST_F(HandshakeTest, PlaintextClientIsRefused) {
  const Answer answer = Ask(Connect(server_->address(), grpc::InsecureChannelCredentials()));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(recorder_->Wait(Where::kServerHandshake, Refusal::kNotTls));
  ExpectAdmitted(Ca().bw.Issue(kClientId));
}

TEST_F(HandshakeTest, Tls12ClientIsRefused) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const EvpPkeyPtr key = *ParsePemPrivateKey(leaf.key_pem);
  EXPECT_TRUE(Dial(server_->port(), {leaf.certificate_pem, key.get(), TLS1_3_VERSION}).spoke);
  EXPECT_FALSE(Dial(server_->port(), {leaf.certificate_pem, key.get(), TLS1_2_VERSION}).spoke);
  EXPECT_TRUE(recorder_->Wait(Where::kServerHandshake, Refusal::kOldProtocol));
}

// Somebody else's certificate with its public key, but a private key of one's own.
EvpPkeyPtr ForgedKey(const EVP_PKEY& victim, const EVP_PKEY& own) {
  std::array<unsigned char, 256> point{};
  size_t point_size = 0;
  EVP_PKEY_get_octet_string_param(&victim, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                  &point_size);
  BIGNUM* secret = nullptr;
  EVP_PKEY_get_bn_param(&own, OSSL_PKEY_PARAM_PRIV_KEY, &secret);
  const statement::BignumPtr secret_owner(secret);
  const statement::OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point_size);
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret);
  const statement::OpensslPtr<OSSL_PARAM, OSSL_PARAM_free> params(
      OSSL_PARAM_BLD_to_param(build.get()));
  const statement::EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get());
  return EvpPkeyPtr(key);
}

TEST_F(HandshakeTest, CertificateWithoutItsKeyIsRefused) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const EvpPkeyPtr key = *ParsePemPrivateKey(leaf.key_pem);
  const EvpPkeyPtr own = NewKey("P-256");
  const EvpPkeyPtr same = ForgedKey(*key, *key);
  EXPECT_TRUE(Dial(server_->port(), {leaf.certificate_pem, same.get()}).spoke);
  const EvpPkeyPtr forged = ForgedKey(*key, *own);
  EXPECT_FALSE(Dial(server_->port(), {leaf.certificate_pem, forged.get()}).spoke);
  EXPECT_TRUE(recorder_->Wait(Where::kServerHandshake, Refusal::kKeyNotProven))
      << recorder_->Describe();
}

TEST_F(HandshakeTest, NothingIsGivenOutThatCouldBeResumed) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const EvpPkeyPtr key = *ParsePemPrivateKey(leaf.key_pem);
  EXPECT_EQ(Dial(TicketServer(leaf).port(), {leaf.certificate_pem, key.get()}).tickets, 1);
  const RawOutcome outcome = Dial(server_->port(), {leaf.certificate_pem, key.get()});
  EXPECT_TRUE(outcome.spoke);
  EXPECT_EQ(outcome.tickets, 0);
}

TEST_F(HandshakeTest, DeniedLeafKeyIdAndAuthorityAreRefused) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const auto parsed = *ParsePemCertificates(leaf.certificate_pem);
  const X509& certificate = *parsed.front();
  const X509& authority = Ca().bw.authority().certificate();
  const std::string domain = "bw.kp.example";
  const std::vector<Denials> denials = {
      {{{domain, Fingerprint(certificate)}}, {}, {}},
      {{}, {{domain, KeyFingerprint(certificate)}}, {}},
      {{}, {}, {kClientId}},
      {{{domain, Fingerprint(authority)}}, {}, {}},
      {{}, {{domain, KeyFingerprint(authority)}}, {}},
  };
  for (const Denials& denial : denials) {
    anchors_->Set(Anchors());
    ExpectAdmitted(leaf);
    anchors_->Set(Anchors(denial));
    const int before = recorder_->Count(Where::kServerHandshake, Refusal::kDenied);
    EXPECT_EQ(AskAs(leaf).status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_GT(recorder_->Count(Where::kServerHandshake, Refusal::kDenied), before);
  }
}

TEST_F(HandshakeTest, ADenialCountsInItsOwnTrustDomainAlone) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const auto parsed = *ParsePemCertificates(leaf.certificate_pem);
  const X509& certificate = *parsed.front();
  anchors_->Set(Anchors({{{"zw.kp.example", Fingerprint(certificate)}},
                         {{"zw.kp.example", KeyFingerprint(certificate)}},
                         {}}));
  ExpectAdmitted(leaf);
}

TEST_F(HandshakeTest, DenialOfOneLeavesTheOthersIn) {
  anchors_->Set(Anchors({{}, {}, {"spiffe://bw.kp.example/officer/a"}}));
  ExpectAdmitted(Ca().bw.Issue(kClientId));
}

TEST_F(HandshakeTest, ClientTakesOnlyTheServerItExpects) {
  const auto client = LoadCredentials("client", Ca().bw.Issue(kClientId), Ca().bw);
  const Answer good = Ask(
      Connect(server_->address(), MakeChannelCredentials(*client, verification_, Id(kServerId))));
  EXPECT_TRUE(good.status.ok()) << good.status.error_message() << recorder_->Describe();
  EXPECT_EQ(good.caller, kClientId);
  const Answer bad = Ask(Connect(
      server_->address(),
      MakeChannelCredentials(*client, verification_, Id("spiffe://zw.kp.example/wco-bridge"))));
  EXPECT_EQ(bad.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(recorder_->Wait(Where::kClientHandshake, Refusal::kWrongPeer));
}

TEST_F(HandshakeTest, ClientJudgesServersByTheSameTable) {
  const auto client = LoadCredentials("client", Ca().bw.Issue(kClientId), Ca().bw);
  const auto expected = MakeChannelCredentials(*client, verification_, Id(kServerId));
  const auto ask = [&](const IssuedLeaf& leaf) {
    TestServer server(LawlessServer(leaf), verification_);
    return Ask(Connect(server.address(), expected));
  };
  // This server asks for no certificate, so its answer is that it does not know us.
  EXPECT_EQ(ask(Ca().zw.Sign(Ca().zw.Sound(kServerId))).status.error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(recorder_->Total(), 0) << recorder_->Describe();

  CertificateSpec expired = Ca().zw.Sound(kServerId);
  expired.not_after = TestTime() - absl::Seconds(1);
  CertificateSpec for_clients = Ca().zw.Sound(kServerId);
  for_clients.extended_key_usage = "clientAuth";
  const std::vector<std::pair<IssuedLeaf, Refusal>> table = {
      {Ca().bw.Sign(Ca().zw.Sound(kServerId)), Refusal::kUntrustedChain},
      {Ca().zw.Sign(expired), Refusal::kExpired},
      {Ca().zw.Sign(for_clients), Refusal::kWrongUsage},
  };
  for (const auto& [leaf, reason] : table) {
    EXPECT_EQ(ask(leaf).status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_TRUE(recorder_->Wait(Where::kClientHandshake, reason)) << recorder_->Describe();
  }
}

TEST_F(HandshakeTest, LiveConnectionIsRefusedAtItsNextCallAfterADenial) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const auto channel = Connect(server_->address(), LawlessClient(&leaf));
  ASSERT_TRUE(Ask(channel).status.ok());
  anchors_->Set(Anchors({{}, {}, {kClientId}}));
  const Answer refused = Ask(channel);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(refused.status.error_message(), "DENIED");
  EXPECT_EQ(recorder_->Count(Where::kCall, Refusal::kDenied), 1);
  anchors_->Set(Anchors());
  EXPECT_TRUE(Ask(channel).status.ok());
}

TEST_F(HandshakeTest, LiveConnectionIsRefusedAfterItsDomainIsRemoved) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const auto channel = Connect(server_->address(), LawlessClient(&leaf));
  ASSERT_TRUE(Ask(channel).status.ok());
  anchors_->Set(*AnchorSet::Create({Ca().zw.anchor()}));
  EXPECT_EQ(Ask(channel).status.error_message(), "UNKNOWN_TRUST_DOMAIN");
  anchors_->Set(Anchors());
  EXPECT_TRUE(Ask(channel).status.ok());
}

TEST_F(HandshakeTest, LiveConnectionEndsWithItsCertificate) {
  const IssuedLeaf leaf = Ca().bw.Issue(kClientId);
  const auto channel = Connect(server_->address(), LawlessClient(&leaf));
  ASSERT_TRUE(Ask(channel).status.ok());
  clock_.Advance(absl::Hours(24) * 30 - absl::Seconds(1));
  EXPECT_TRUE(Ask(channel).status.ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Ask(channel).status.error_message(), "EXPIRED");
}

TEST_F(HandshakeTest, InProcessCallHasNoIdentity) {
  const Answer answer = Ask(server_->server().InProcessChannel({}));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(answer.status.error_message(), "NO_IDENTITY");
}

TEST_F(HandshakeTest, PlaintextPortGivesNoIdentity) {
  TestServer plain(grpc::InsecureServerCredentials(), verification_);
  EXPECT_EQ(
      Ask(Connect(plain.address(), grpc::InsecureChannelCredentials())).status.error_message(),
      "NO_IDENTITY");
}

}  // namespace
}  // namespace kp::tls::testing
