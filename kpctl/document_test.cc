// certificate print and read against a server with real mutual TLS, and without one.
#include <filesystem>
#include <fstream>

#include "document/testing/certificates.h"
#include "document/testing/scans.h"
#include "gmock/gmock.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "kp/certificate/v1/amendment_service.grpc.pb.h"
#include "kp/certificate/v1/import_book.pb.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kp/trust/v1/trust_service.grpc.pb.h"
#include "kpctl/test_run.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/tls/credentials.h"
#include "mesh/tls/policy.h"
#include "nlohmann/json.hpp"
#include "scheme/wire/registry.h"
#include "tests/support/pki.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Gives out the record that the test made.
class OneRecord final : public cert::RegisterService::Service {
 public:
  cert::Certificate record;

  grpc::Status GetCertificate(grpc::ServerContext*, const cert::GetCertificateRequest*,
                              cert::GetCertificateResponse* out) override {
    *out->mutable_certificate() = record;
    return grpc::Status::OK;
  }
};

// Gives out the versions of a confirmation that the test signed.
class Versions final : public cert::AmendmentService::Service {
 public:
  cert::ListConfirmationsResponse known;

  grpc::Status ListConfirmations(grpc::ServerContext*, const cert::ListConfirmationsRequest*,
                                 cert::ListConfirmationsResponse* out) override {
    *out = known;
    return grpc::Status::OK;
  }
};

class FakeVerification final : public cert::VerificationService::Service {
 public:
  cert::Verdict verdict = cert::VERDICT_ACCEPT;
  cert::VerifyCertificateRequest seen;
  int asked = 0;

  grpc::Status VerifyCertificate(grpc::ServerContext*, const cert::VerifyCertificateRequest* in,
                                 cert::VerifyCertificateResponse* out) override {
    seen = *in;
    ++asked;
    out->set_verdict(verdict);
    return grpc::Status::OK;
  }
};

// The documents of a test's world.
class WorldTrust final : public trust::v1::TrustService::Service {
 public:
  trust::v1::SignedDocument root;
  trust::testing::Release release;
  std::string freshness;

  grpc::Status ListRootDocuments(grpc::ServerContext*,
                                 const trust::v1::ListRootDocumentsRequest* in,
                                 trust::v1::ListRootDocumentsResponse* out) override {
    if (in->from_version() <= 1) *out->add_documents() = root;
    return grpc::Status::OK;
  }
  grpc::Status GetManifest(grpc::ServerContext*, const trust::v1::GetManifestRequest*,
                           trust::v1::GetManifestResponse* out) override {
    *out->mutable_document() = release.document;
    return grpc::Status::OK;
  }
  grpc::Status GetPart(grpc::ServerContext*, const trust::v1::GetPartRequest* in,
                       trust::v1::GetPartResponse* out) override {
    out->set_part(release.parts.at(in->digest()));
    return grpc::Status::OK;
  }
  grpc::Status WatchFreshness(grpc::ServerContext*, const trust::v1::WatchFreshnessRequest*,
                              grpc::ServerWriter<trust::v1::WatchFreshnessResponse>* out) override {
    trust::v1::WatchFreshnessResponse item;
    item.set_freshness(freshness);
    out->Write(item);
    return grpc::Status::OK;
  }
};

class DocumentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(tls::InstallTlsPolicy().ok()); }

  void SetUp() override {
    NameTheAuthority();
    register_.record = issuer_.Validated(certificate::testing::GoodApplication());
    trust_.root = issuer_.world().FirstRoot();
    trust_.release = issuer_.world().Make(1);
    trust_.freshness = trust::testing::SignFreshness(
        trust::testing::FreshnessOf(trust_.release, {}, clock().Now()), clock().Now());
    Write("root-1.doc", trust_.root.SerializeAsString());
    testing::WriteIdentityFiles(dir_ / "server",
                                ca_.Issue("spiffe://bw.kp.example/certificate-svc"), ca_);
    testing::WriteIdentityFiles(dir_ / "officer",
                                ca_.Issue("spiffe://bw.kp.example/officer/k.modise"), ca_);
    credentials_ = *tls::Credentials::Load({.certificate_file = dir_ / "server/tls.crt",
                                            .key_file = dir_ / "server/tls.key",
                                            .publish_directory = dir_ / "published"},
                                           clock(), nullptr);
    const tls::Verification verification{
        std::make_shared<tls::AnchorHolder>(*tls::AnchorSet::Create({ca_.anchor()})), &clock(),
        nullptr};
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", tls::MakeServerCredentials(*credentials_, verification),
                             &port);
    builder.RegisterService(&register_);
    builder.RegisterService(&verification_);
    builder.RegisterService(&trust_);
    builder.RegisterService(&versions_);
    server_ = builder.BuildAndStart();
    run_.environment["KPCTL_AS"] = dir_ / "officer";
    run_.environment["KPCTL_SERVER"] = "127.0.0.1:" + std::to_string(port);
    run_.environment["KPCTL_TRUST"] = dir_ / "kept";
    run_.environment["KPCTL_TRUST_ROOT"] = dir_ / "root-1.doc";
    const Outcome fetched = run_({"trust", "fetch"});
    ASSERT_EQ(fetched.code, 0) << fetched.err;
    EXPECT_THAT(fetched.out, HasSubstr("kept: manifest 1 of test-world"));
  }
  void TearDown() override { server_->Shutdown(); }

  FakeClock& clock() { return issuer_.bw().clock; }

  void NameTheAuthority() {
    std::string& part = issuer_.world().more_parts[std::string(scheme::wire::kParticipantsPart)];
    registry::v1::ParticipantsPart participants;
    ASSERT_TRUE(statement::DecodePayload(part, participants).ok());
    participants.mutable_entities(0)->mutable_authorities(0)->set_name("Ministry of Minerals");
    part = *statement::EncodePayload(participants);
  }
  std::string Write(const std::string& name, const std::string& bytes) {
    std::ofstream(dir_ / name, std::ios::binary) << bytes;
    return dir_ / name;
  }
  std::string File(const std::string& name) {
    std::ifstream file(dir_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::string Text() const { return *statement::CompactEncode(register_.record.statement()); }
  Outcome Read(const std::string& input, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"certificate", "read", input};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_(arguments);
  }

  document::testing::Issuer issuer_;
  testing::TempDir dir_;
  testing::TestCa ca_{"bw.kp.example", clock().Now()};
  OneRecord register_;
  FakeVerification verification_;
  WorldTrust trust_;
  Versions versions_;
  std::unique_ptr<tls::Credentials> credentials_;
  std::unique_ptr<grpc::Server> server_;
  TestRun run_{clock()};
};

TEST_F(DocumentTest, PrintsAPdfWithTheAuthoritysNameAndReplacesNoFile) {
  const std::vector<std::string> print = {"certificate",   "print", register_.record.number(),
                                          "--language",    "pt",    "--out",
                                          dir_ / "one.pdf"};
  const Outcome printed = run_(print);
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("beside English  pt"));
  const std::string pdf = File("one.pdf");
  EXPECT_THAT(pdf, StartsWith("%PDF-"));
  EXPECT_THAT(document::testing::TextOf(pdf), HasSubstr("Ministry of Minerals (BW office)"));
  const Outcome again = run_(print);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("FILE_EXISTS"));
  EXPECT_EQ(File("one.pdf"), pdf);
}

TEST_F(DocumentTest, APrintedPageIsReadOfflineWithEverythingDown) {
  ASSERT_EQ(
      run_({"certificate", "print", register_.record.number(), "--out", dir_ / "one.pdf"}).code, 0);
  server_->Shutdown();
  const std::string page = Write("page.png", document::testing::PngPages(File("one.pdf")).back());
  const Outcome read = Read(page);
  // Proven, but nobody could say what became of it: never a yes.
  EXPECT_EQ(read.code, 12) << read.err;
  EXPECT_THAT(read.out, StartsWith("verdict: UNAVAILABLE\n"));
  EXPECT_THAT(read.out, HasSubstr("the issuer's signature holds"));
  EXPECT_THAT(read.out, HasSubstr(register_.record.number()));
  EXPECT_THAT(read.out, HasSubstr("Antwerp Rough BV"));
  EXPECT_THAT(read.out, HasSubstr("ONLINE: not done: SERVER_UNREACHABLE"));
}

TEST_F(DocumentTest, ReadsTheTextAndAsksOnlineWhereItCan) {
  const Outcome read = Read(Text());
  EXPECT_EQ(read.code, 0) << read.out << read.err;
  EXPECT_THAT(read.out, StartsWith("verdict: ACCEPT\n"));
  EXPECT_THAT(read.out, HasSubstr("OFFLINE, with the trust documents kept here"));
  EXPECT_THAT(read.out, HasSubstr("ONLINE, by the own certificate-svc"));
  EXPECT_EQ(verification_.seen.qr(), Text());
  EXPECT_EQ(verification_.seen.purpose(), cert::PURPOSE_IMPORT);
  verification_.verdict = cert::VERDICT_REFER;
  EXPECT_EQ(Read(Text(), {"--purpose", "audit"}).code, 10);
  EXPECT_EQ(verification_.seen.purpose(), cert::PURPOSE_AUDIT);
  const int before = verification_.asked;
  const Outcome offline = Read(Text(), {"--offline"});
  EXPECT_EQ(offline.code, 12);
  EXPECT_THAT(offline.out, HasSubstr("ONLINE: not done: not asked"));
  EXPECT_EQ(verification_.asked, before);
}

TEST_F(DocumentTest, WhatIsForgedIsRefusedWhateverTheServerSays) {
  std::string bytes = register_.record.statement();
  bytes[bytes.find("Antwerp")] = 'B';
  const Outcome read = Read(*statement::CompactEncode(bytes));
  EXPECT_EQ(read.code, 11) << read.err;
  EXPECT_THAT(read.out, StartsWith("verdict: REJECT\n"));
  EXPECT_THAT(read.out, HasSubstr("NO signature is proven"));
  EXPECT_THAT(read.out, HasSubstr("STATEMENT_BAD_SIGNATURE"));
}

TEST_F(DocumentTest, OnlyTheReadersNewlineIsCut) {
  const auto text_of = [&](const std::string& file) {
    return nlohmann::json::parse(
               Read(Write("code.txt", file), {"--offline", "--output", "json"}).out)["text"]
        .get<std::string>();
  };
  EXPECT_EQ(text_of(Text()), Text());
  EXPECT_EQ(text_of(Text() + "\n"), Text());
  EXPECT_EQ(text_of(Text() + "\r\n"), Text());
  EXPECT_EQ(text_of("KP1:  A \n"), "KP1:  A ");
  EXPECT_EQ(text_of(Text() + "\n\n"), Text() + "\n");
}

TEST_F(DocumentTest, ExpiredOrForeignTrustDocumentsTellNothing) {
  const Outcome json = Read(Text(), {"--offline", "--output", "json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["offline"]["signature_holds"], true);
  // Documents by other root signers.
  trust::v1::SignedDocument other = trust_.root;
  other.mutable_signatures()->Clear();
  Write("root-1.doc", other.SerializeAsString());
  EXPECT_THAT(Read(Text(), {"--offline"}).out, HasSubstr("OFFLINE: could not tell"));
  EXPECT_EQ(Read(Text(), {"--offline"}).code, 12);
  Write("root-1.doc", trust_.root.SerializeAsString());
  EXPECT_THAT(Read(Text(), {"--offline"}).out, HasSubstr("signature holds"));
  clock().Advance(absl::Hours(24 * 91));
  const Outcome expired = Read(Text(), {"--offline"});
  EXPECT_EQ(expired.code, 12);
  EXPECT_THAT(expired.out, HasSubstr("OFFLINE: could not tell: TRUST_EXPIRED"));
}

TEST_F(DocumentTest, AConfirmationIsAFileThatWhoeverGetsItCanCheck) {
  statement::StatementSigner signer("BW", statement::TestSigner("BW"), SystemRandom());
  const auto add = [&](int version, int64_t carats) {
    cert::ImportConfirmationStatement said;
    said.set_number("AO1234567");
    said.set_printed_number("AO 1234567");
    said.mutable_arrival()->set_parcels(2);
    said.mutable_arrival()->set_receipt_date("2026-03-01");
    said.mutable_arrival()->set_seals_unbroken(true);
    cert::Line& line = *said.mutable_arrival()->add_lines();
    line.set_hs_code("710231");
    line.set_carats_thousandths(carats);
    said.mutable_importer()->set_name("Antwerp Rough BV");
    said.mutable_exporter()->set_name("Sodiam");
    said.mutable_officer()->set_authority("BW office");
    said.mutable_officer()->set_person("BW-3");
    said.set_confirm_date("2026-03-01");
    if (version > 1) said.set_version(version);
    cert::Confirmation& one = *versions_.known.add_confirmations();
    one.set_number("AO1234567");
    one.set_way(cert::CONFIRMATION_WAY_PAPER);
    one.set_version(version);
    one.set_standing(version == 2);
    const auto made = signer.Sign(statement::ContentType("importconfirmation"), said, std::nullopt,
                                  clock().Now());
    ASSERT_TRUE(made.ok()) << made.status();
    one.set_statement(made->bytes());
    one.set_digest(made->digest());
  };
  add(1, 840'000);
  add(2, 850'500);
  const auto write = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"import", "confirmation", "AO1234567", "--out",
                                          dir_ / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_(arguments);
  };
  const Outcome written = write("receipt.txt", {});
  ASSERT_EQ(written.code, 0) << written.err;
  EXPECT_THAT(write("receipt.txt", {}).err, HasSubstr("FILE_EXISTS"));
  const std::string file = File("receipt.txt");
  EXPECT_THAT(file, StartsWith("CONFIRMATION OF RECEIPT\n"));
  EXPECT_THAT(file, HasSubstr("850.5"));
  EXPECT_EQ(write("first.txt", {"--of-version", "1"}).code, 0);
  EXPECT_THAT(File("first.txt"), HasSubstr("840"));
  EXPECT_EQ(write("third.txt", {"--of-version", "3"}).code, 2);
  // With everything down, by the trust documents alone.
  server_->Shutdown();
  const auto check = [&](const std::string& name) {
    return run_({"import", "read-confirmation", dir_ / name});
  };
  const Outcome read = check("receipt.txt");
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_THAT(read.out, StartsWith("signature: HOLDS"));
  EXPECT_THAT(read.out, HasSubstr("AO 1234567"));
  EXPECT_THAT(read.out, HasSubstr("Sodiam"));
  // Line ends and margins of an e-mail program are no fault; other words above are not believed.
  std::string mailed = "Dear colleagues,\r\n" + file;
  for (size_t at = 0; (at = mailed.find('\n', at)) != std::string::npos; at += 3) {
    mailed.replace(at, 1, "\r\n ");
  }
  mailed.replace(mailed.find("850.5"), 5, "950.5");
  Write("mailed.txt", mailed);
  const Outcome by_mail = check("mailed.txt");
  EXPECT_EQ(by_mail.code, 0) << by_mail.err;
  EXPECT_THAT(by_mail.out, HasSubstr("850.5"));
  EXPECT_THAT(by_mail.out, Not(HasSubstr("950.5")));
  // One character of the statement changed: its signature does not hold.
  std::string forged = file;
  const size_t last = forged.find("\n-----END") - 4;
  forged[last] = forged[last] == 'A' ? 'B' : 'A';
  Write("forged.txt", forged);
  EXPECT_EQ(check("forged.txt").code, 11);
  EXPECT_THAT(check("forged.txt").out, StartsWith("signature: NOT PROVEN"));
  EXPECT_THAT(check("forged.txt").out, HasSubstr("STATEMENT_BAD_SIGNATURE"));
  EXPECT_THAT(check("forged.txt").out, Not(HasSubstr("Sodiam")));
  std::string broken = file;
  broken[last] = '*';
  Write("broken.txt", broken);
  EXPECT_THAT(check("broken.txt").err, HasSubstr("CONFIRMATION_UNREADABLE"));
  Write("cut.txt", file.substr(0, last));
  EXPECT_THAT(check("cut.txt").err, HasSubstr("CONFIRMATION_UNREADABLE"));
  Write("twice.txt", file + file);
  EXPECT_THAT(check("twice.txt").err, HasSubstr("CONFIRMATION_UNREADABLE"));
}

TEST_F(DocumentTest, ADirectoryThatIsReadIsNotChanged) {
  EXPECT_EQ(Read(Text(), {"--offline", "--trust", dir_ / "nothing"}).code, 12);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "nothing"));
  const auto before = std::filesystem::last_write_time(dir_ / "kept");
  EXPECT_EQ(Read(Text(), {"--offline"}).code, 12);
  EXPECT_EQ(std::filesystem::last_write_time(dir_ / "kept"), before);
}

TEST_F(DocumentTest, ACodeOfAnotherVersionOrInSmallLettersIsToldAsOne) {
  const std::string other = "KP2:" + Text().substr(4);
  std::string small = Text();
  small.replace(0, 2, "kp");
  for (const auto& [text, told] : {std::pair{other, "KP2: is a version of the code that this"},
                                   {small, "kp1: stands in small letters"}}) {
    for (const std::string& input : {text, Write("code.txt", text + "\n")}) {
      const int before = verification_.asked;
      const Outcome read = Read(input);
      EXPECT_EQ(read.code, 2) << read.out;
      EXPECT_THAT(read.err, HasSubstr("STATEMENT_COMPACT_MALFORMED"));
      EXPECT_THAT(read.err, HasSubstr(told));
      EXPECT_EQ(verification_.asked, before);
    }
  }
  EXPECT_EQ(Read(Text()).code, 0);
}

TEST_F(DocumentTest, WhatIsNoCodeIsWrongUsage) {
  const Outcome pdf = Read(Write("page.pdf", "%PDF-1.7"));
  EXPECT_EQ(pdf.code, 2);
  EXPECT_THAT(pdf.err, HasSubstr("pdftoppm"));
  EXPECT_EQ(Read(Write("page.gif", "GIF89a")).code, 2);
  const Outcome missing = Read(dir_ / "missing.png");
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("FILE_UNREADABLE"));
  document::GreyImage empty{300, 300, std::vector<uint8_t>(90'000, 255)};
  const Outcome no_code = Read(Write("empty.png", document::testing::ToPng(empty)));
  EXPECT_EQ(no_code.code, 2);
  EXPECT_THAT(no_code.err, HasSubstr("NO_CODE_FOUND"));
  run_.environment.erase("KPCTL_TRUST");
  EXPECT_THAT(Read(Text()).err, HasSubstr("--trust DIR"));
  EXPECT_EQ(Read(Text()).code, 2);
}

}  // namespace
}  // namespace kp::kpctl
