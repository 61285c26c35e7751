// kpctl against a server with real mutual TLS.
#include "kpctl/connection.h"

#include <filesystem>

#include "base/error.h"
#include "gmock/gmock.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kp/registry/v1/registry_service.grpc.pb.h"
#include "kpctl/test_run.h"
#include "mesh/rpc/status.h"
#include "mesh/tls/policy.h"
#include "tests/support/pki.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using ::testing::HasSubstr;

// Answers a verification with what the test wants.
class FakeVerification final : public cert::VerificationService::Service {
 public:
  cert::VerifyCertificateResponse response;
  absl::Status error;
  cert::VerifyCertificateRequest seen;
  int open_tickets = 0;

  grpc::Status VerifyCertificate(grpc::ServerContext*, const cert::VerifyCertificateRequest* in,
                                 cert::VerifyCertificateResponse* out) override {
    seen = *in;
    *out = response;
    return error.ok() ? grpc::Status::OK : rpc::ToGrpcStatus(error);
  }
  grpc::Status GetTicket(grpc::ServerContext*, const cert::GetTicketRequest*,
                         cert::GetTicketResponse* out) override {
    out->set_state(open_tickets-- > 0 ? cert::TICKET_STATE_OPEN : cert::TICKET_STATE_ANSWERED);
    *out->mutable_response() = response;
    return grpc::Status::OK;
  }
};

// Two pages of participants.
class FakeRegistry final : public registry::v1::RegistryService::Service {
 public:
  grpc::Status ListParticipants(grpc::ServerContext*,
                                const registry::v1::ListParticipantsRequest* in,
                                registry::v1::ListParticipantsResponse* out) override {
    const bool first = in->page_token().empty();
    out->add_participants()->set_code(first ? "BW" : "ZW");
    if (first) out->set_next_page_token("2");
    return grpc::Status::OK;
  }
  // A demonstration whose decision says so itself, and one whose does not.
  grpc::Status ListMeasures(grpc::ServerContext*, const registry::v1::ListMeasuresRequest*,
                            registry::v1::ListMeasuresResponse* out) override {
    for (const char* decision : {"DEMO: exports are restricted", "sales are restricted"}) {
      registry::v1::Measure& measure = *out->add_measures();
      measure.set_demonstration(true);
      measure.set_decision(decision);
    }
    return grpc::Status::OK;
  }
};

class ConnectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(tls::InstallTlsPolicy().ok()); }

  void SetUp() override {
    Identity("server", "spiffe://bw.kp.example/certificate-svc");
    Identity("officer", "spiffe://bw.kp.example/officer/k.modise");
    credentials_ = *tls::Credentials::Load({.certificate_file = dir_ / "server/tls.crt",
                                            .key_file = dir_ / "server/tls.key",
                                            .publish_directory = dir_ / "published"},
                                           SystemClock(), nullptr);
    const tls::Verification verification{
        std::make_shared<tls::AnchorHolder>(*tls::AnchorSet::Create({ca_.anchor()})),
        &SystemClock(), nullptr};
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", tls::MakeServerCredentials(*credentials_, verification),
                             &port);
    builder.RegisterService(&verification_);
    builder.RegisterService(&registry_);
    server_ = builder.BuildAndStart();
    run_.environment["KPCTL_AS"] = dir_ / "officer";
    run_.environment["KPCTL_SERVER"] = "127.0.0.1:" + std::to_string(port);
    run_.environment["KPCTL_REGISTRY"] = run_.environment["KPCTL_SERVER"];
    run_.environment["KPCTL_REGISTRY_ID"] = "spiffe://bw.kp.example/certificate-svc";
  }
  void TearDown() override { server_->Shutdown(); }

  void Identity(const std::string& name, const std::string& id) {
    testing::WriteIdentityFiles(dir_ / name, ca_.Issue(id), ca_);
  }

  Outcome Verify(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"verify", "BW0000001", "--purpose", "import"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_(arguments);
  }

  testing::TempDir dir_;
  testing::TestCa ca_{"bw.kp.example", SystemClock().Now()};
  FakeVerification verification_;
  FakeRegistry registry_;
  std::unique_ptr<tls::Credentials> credentials_;
  std::unique_ptr<grpc::Server> server_;
  TestRun run_;
};

TEST_F(ConnectionTest, TheVerdictComesFirstAndIsTheExitCode) {
  verification_.response.set_number("BW0000001");
  verification_.response.set_verdict(cert::VERDICT_REJECT);
  cert::Finding& finding = *verification_.response.add_findings();
  finding.set_severity(cert::SEVERITY_REJECT);
  finding.set_reason("FIELD_MISMATCH");
  const Outcome rejected = Verify();
  EXPECT_EQ(rejected.code, 11) << rejected.err;
  EXPECT_THAT(rejected.out, ::testing::StartsWith("verdict: REJECT  BW0000001"));
  EXPECT_THAT(rejected.out, HasSubstr("FIELD_MISMATCH"));
  verification_.response.set_verdict(cert::VERDICT_ACCEPT);
  EXPECT_EQ(Verify().code, 0);
}

TEST_F(ConnectionTest, ThePaperIsSentAsItIsStated) {
  verification_.response.set_verdict(cert::VERDICT_ACCEPT);
  ASSERT_EQ(
      Verify({"--line", "7102.39:-1", "--origin", "mixed:BW", "--importer", "Antwerp Rough",
              "--total-carats", "1.5", "--consignment", "UCR-1", "--expiry-date", "2020-01-01"})
          .code,
      0);
  const cert::StatedPaper& paper = verification_.seen.paper();
  EXPECT_EQ(paper.lines(0).hs_code(), "7102.39");
  EXPECT_EQ(paper.lines(0).carats_thousandths(), -1000);
  EXPECT_EQ(paper.origin().kind(), cert::ORIGIN_KIND_MIXED_LISTED);
  EXPECT_EQ(paper.importer().name(), "Antwerp Rough");
  EXPECT_EQ(paper.total_carats_thousandths(), 1500);
  EXPECT_EQ(paper.expiry_date(), "2020-01-01");
  EXPECT_EQ(verification_.seen.consignment_reference(), "UCR-1");
  EXPECT_EQ(verification_.seen.purpose(), cert::PURPOSE_IMPORT);
}

TEST_F(ConnectionTest, JsonIsTheResponseAndNothingElse) {
  verification_.response.set_verdict(cert::VERDICT_REFER);
  const Outcome outcome = Verify({"--output", "json"});
  EXPECT_EQ(outcome.code, 10);
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["verdict"], "VERDICT_REFER");
  EXPECT_FALSE(json.contains("request_id"));
}

TEST_F(ConnectionTest, TheServersFaultsAreToldWithFieldAndReason) {
  verification_.error = FieldError({"NUMBER_NO_SERIAL", "number", "state the whole number", ""});
  const Outcome outcome = Verify();
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("number: state the whole number [NUMBER_NO_SERIAL, rule FORM]"));
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ConnectionTest, AServerOfAnotherIdentityIsNotSpokenWith) {
  verification_.response.set_verdict(cert::VERDICT_ACCEPT);
  const Outcome wrong = Verify({"--server-id", "spiffe://bw.kp.example/wco-bridge"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("SERVER_REFUSED_BY_US"));
  EXPECT_THAT(wrong.err, HasSubstr("WRONG_PEER"));
  EXPECT_THAT(wrong.err, HasSubstr("--server-id"));
  EXPECT_FALSE(verification_.seen.has_paper());
  EXPECT_EQ(Verify({"--server-id", "spiffe://bw.kp.example/certificate-svc"}).code, 0);
}

TEST_F(ConnectionTest, AnUnknownTrustDomainNeedsAnchors) {
  const std::vector<std::string> abroad = {"--server-id", "spiffe://zw.kp.example/certificate-svc"};
  const Outcome outcome = Verify(abroad);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("no CA certificate of zw.kp.example"));
}

TEST_F(ConnectionTest, ASilentAddressIsAFailureAndNoVerdict) {
  server_->Shutdown();
  const Outcome outcome = Verify({"--timeout", "2"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("failed: "));
}

TEST_F(ConnectionTest, ATicketIsAskedForUntilItIsAnswered) {
  verification_.response.set_verdict(cert::VERDICT_ACCEPT);
  verification_.open_tickets = 1;
  EXPECT_EQ(run_({"ticket", "show", "t"}).code, 12);
  verification_.open_tickets = 1;
  EXPECT_EQ(run_({"ticket", "show", "t", "--wait", "30"}).code, 0);
}

TEST_F(ConnectionTest, ListsAreWhole) {
  const Outcome outcome = run_({"participant", "list", "--output", "json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json["participants"].size(), 2u);
  EXPECT_EQ(json["participants"][1]["code"], "ZW");
  EXPECT_EQ(json["next_page_token"], "");
}

TEST_F(ConnectionTest, AMeasureOfADemonstrationIsMarkedOnce) {
  const Outcome outcome = run_({"measure", "list"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("DEMO: exports are restricted"));
  EXPECT_THAT(outcome.out, HasSubstr("DEMO: sales are restricted"));
  EXPECT_THAT(outcome.out, ::testing::Not(HasSubstr("DEMO: DEMO:")));
}

TEST_F(ConnectionTest, AnchorsOfADirectoryCountForTheirDomains) {
  std::filesystem::create_directories(dir_ / "anchors");
  std::filesystem::remove(dir_ / "officer/ca.crt");
  verification_.response.set_verdict(cert::VERDICT_ACCEPT);
  EXPECT_EQ(Verify({"--anchors", dir_ / "anchors"}).code, 2);
  std::filesystem::copy(dir_ / "server/ca.crt", dir_ / "anchors/bw.kp.example.crt");
  EXPECT_EQ(Verify({"--anchors", dir_ / "anchors"}).code, 0);
  EXPECT_EQ(Verify({"--anchors", dir_ / "server/ca.crt"}).code, 0);
  EXPECT_EQ(Verify({"--anchors", "bw.kp.example=" + dir_ / "server/ca.crt"}).code, 0);
}

TEST(PrivateDirectoryTest, GoesAwayWithItsContent) {
  std::string path;
  {
    const auto directory = PrivateDirectory::Create();
    ASSERT_TRUE(directory.ok());
    path = (*directory)->path();
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    std::filesystem::create_directory(path + "/identity");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace kp::kpctl
