// Trust documents from files to what a node believes.
#include <fstream>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kpctl/documents.h"
#include "kpctl/test_run.h"
#include "kpctl/world.h"
#include "mesh/trust/snapshot.h"
#include "tests/support/pki.h"

namespace kp::kpctl {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

constexpr char kWorld[] = R"(
parties {
  id: "KP" name: "Registry" kind: PARTY_KIND_REGISTRY trust_domain: "kp.example"
  from_time: "2026-01-01" anchor_files: "ca-kp/ca.crt" signing_key_files: "kp.key.pub"
  endpoints { spiffe_id: "spiffe://kp.example/participant-svc" address: "127.0.0.1:7000" }
}
parties {
  id: "BW" name: "Botswana" kind: PARTY_KIND_ENTITY trust_domain: "bw.kp.example"
  from_time: "2026-01-01" anchor_files: "ca-bw/ca.crt" signing_key_files: "bw.key.pub"
  endpoints { spiffe_id: "spiffe://bw.kp.example/certificate-svc" address: "127.0.0.1:7101" }
}
participants_csv: "participants.csv"
participants {
  code: "TW" name: "Chinese Taipei" kind: PARTICIPANT_KIND_TRADING_ENTITY
  participations { from: "2003-11-20" }
}
entities {
  code: "BW" participant: "BW" name: "Botswana" register_complete_from: "2026-01-01"
  authorities {
    id: "BW-MINERALS" name: "Ministry of Minerals" time_zone: "Africa/Gaborone"
    issues: true validates: true verifies: true
  }
}
areas { id: "ZW-MARANGE" participant: "ZW" name: "Marange" }
measures {
  id: "M-ZW-MARANGE-DEMO" participant: "ZW" kind: MEASURE_KIND_AREA_RESTRICTION
  scope: MEASURE_SCOPE_AREA areas: "ZW-MARANGE" from: "2026-01-01"
  decision: "DEMO of a decision" demonstration: true
}
)";

class TrustFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"chair", "vice", "wgm", "kp", "bw"}) {
      ASSERT_EQ(run_({"pki", "key", "--out", dir_ / (name + ".key")}).code, 0);
    }
    for (const std::string name : {"kp", "bw"}) {
      const std::string domain = name == "kp" ? "kp.example" : name + ".kp.example";
      ASSERT_EQ(run_({"pki", "ca", "--domain", domain, "--out", dir_ / ("ca-" + name)}).code, 0);
    }
    WriteText(dir_ / "participants.csv", ReadText("deploy/data/participants.csv"));
    WriteText(dir_ / "world.textproto", kWorld);
  }

  Outcome MakeRoot(const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"trust",       "root", "--world", "kp-test",
                                          "--threshold", "2",    "--out",   dir_ / out};
    for (const std::string name : {"chair", "vice", "wgm"}) {
      arguments.insert(arguments.end(), {"--signer", name + "=" + dir_ / (name + ".key.pub")});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_(arguments);
  }

  Outcome MakeManifest(const std::string& version, const std::string& out) {
    return run_({"trust", "manifest", "--root", dir_ / "root.doc", "--version", version,
                 "--world-file", dir_ / "world.textproto", "--out", dir_ / out});
  }

  Outcome Sign(const std::string& signer, const std::string& document,
               const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"trust", "sign", "--key", dir_ / (signer + ".key"),
                                          dir_ / document};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_(arguments);
  }

  absl::StatusOr<trust::SignedManifest> VerifiedManifest(const std::string& file) {
    KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(dir_ / "root.doc"));
    KP_ASSIGN_OR_RETURN(const Document document, ReadDocument(dir_ / file));
    return trust::VerifyManifest(root, document.signed_document);
  }

  testing::TempDir dir_;
  TestRun run_;
};

TEST_F(TrustFilesTest, ARootCountsOnceItsThresholdHasSigned) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  ASSERT_EQ(Sign("chair", "root.doc").code, 0);
  EXPECT_FALSE(trust::VerifyFirstRoot(*ReadRootFile(dir_ / "root.doc")).ok());
  const Outcome second = Sign("wgm", "root.doc");
  EXPECT_THAT(second.out, HasSubstr("signed by chair, wgm"));
  EXPECT_TRUE(trust::VerifyFirstRoot(*ReadRootFile(dir_ / "root.doc")).ok());
}

TEST_F(TrustFilesTest, ASecondSignatureByTheSameKeyIsRefused) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  ASSERT_EQ(Sign("chair", "root.doc").code, 0);
  const Outcome again = Sign("chair", "root.doc");
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("ALREADY_SIGNED"));
  EXPECT_EQ(ReadDocument(dir_ / "root.doc")->signed_document.signatures_size(), 1);
}

TEST_F(TrustFilesTest, TheNextRootFollowsTheOneBefore) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  const Outcome next = MakeRoot(
      "root-2.doc", {"--previous", dir_ / "root.doc", "--signer", "new=" + dir_ / "bw.key.pub"});
  ASSERT_EQ(next.code, 0) << next.err;
  EXPECT_THAT(next.out, HasSubstr("+ root signer new"));
  for (const std::string name : {"chair", "vice"}) ASSERT_EQ(Sign(name, "root-2.doc").code, 0);
  EXPECT_TRUE(
      trust::VerifyNextRoot(*ReadRootFile(dir_ / "root.doc"), *ReadRootFile(dir_ / "root-2.doc"))
          .ok());
}

TEST_F(TrustFilesTest, AThresholdThatCannotBeMetIsRefused) {
  const Outcome root = run_({"trust", "root", "--world", "w", "--threshold", "2", "--signer",
                             "a=" + dir_ / "chair.key.pub", "--out", dir_ / "bad.doc"});
  EXPECT_EQ(root.code, 2);
  EXPECT_FALSE(std::ifstream(dir_ / "bad.doc").good());
}

TEST_F(TrustFilesTest, ARegisterThatIsNotThereIsNeitherVerifiedNorMade) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  ASSERT_EQ(MakeManifest("1", "m1").code, 0);
  for (const std::string name : {"chair", "vice"}) {
    ASSERT_EQ(Sign(name, "root.doc").code, 0);
    ASSERT_EQ(Sign(name, "m1/manifest.doc").code, 0);
  }
  const std::vector<std::string> trust = {"--root", dir_ / "root.doc", "--manifest",
                                          dir_ / "m1/manifest.doc"};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), trust.begin(), trust.end());
    return run_(arguments);
  };
  const Outcome fsck = run({"fsck", dir_ / "none.db"});
  EXPECT_EQ(fsck.code, 1);
  EXPECT_THAT(fsck.err, HasSubstr("there is no database"));
  EXPECT_FALSE(std::ifstream(dir_ / "none.db").good());
  const Outcome archive =
      run({"archive", "export", dir_ / "none.db", dir_ / "a.kpa", "--key", dir_ / "bw.key"});
  EXPECT_EQ(archive.code, 1);
  EXPECT_FALSE(std::ifstream(dir_ / "a.kpa").good());
  WriteText(dir_ / "a.kpa", "no archive\n");
  const Outcome verify = run({"archive", "verify", dir_ / "a.kpa"});
  EXPECT_EQ(verify.code, 2);
  EXPECT_THAT(verify.err, HasSubstr("line 1"));
}

TEST_F(TrustFilesTest, AWorldFileBecomesASnapshotThatANodeBelieves) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  const Outcome made = MakeManifest("1", "m1");
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_FALSE(VerifiedManifest("m1/manifest.doc").ok());
  for (const std::string name : {"chair", "vice"}) {
    ASSERT_EQ(Sign(name, "m1/manifest.doc").code, 0);
  }
  const auto manifest = VerifiedManifest("m1/manifest.doc");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  const auto parts = ReadParts(manifest->manifest, dir_ / "m1/manifest.doc");
  ASSERT_TRUE(parts.ok()) << parts.status();
  const auto snapshot = trust::Snapshot::Build(*manifest, *parts, {}, {}, SystemClock().Now());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  ASSERT_NE((*snapshot)->PartyById("BW"), nullptr);
  EXPECT_EQ((*snapshot)->EndpointOf("BW", access::v1::ROLE_CERTIFICATE_SVC)->address,
            "127.0.0.1:7101");
  EXPECT_THAT((*snapshot)->anchors()->TrustDomains(), Contains("bw.kp.example"));
}

TEST_F(TrustFilesTest, AWorldThatContradictsItselfIsNotMade) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  // BW's statements signed by the registry's key: one key of two parties.
  std::string twisted = kWorld;
  twisted.replace(twisted.find("bw.key.pub"), 10, "kp.key.pub");
  WriteText(dir_ / "world.textproto", twisted);
  const Outcome made = MakeManifest("1", "m1");
  EXPECT_EQ(made.code, 2);
  EXPECT_THAT(made.err, HasSubstr("TRUST_MALFORMED"));
  EXPECT_FALSE(std::ifstream(dir_ / "m1/manifest.doc").good());
}

TEST_F(TrustFilesTest, SigningSaysWhatChanges) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  ASSERT_EQ(MakeManifest("1", "m1").code, 0);
  std::string moved = kWorld;
  moved.replace(moved.find("127.0.0.1:7101"), 14, "127.0.0.1:7199");
  WriteText(dir_ / "world.textproto", moved);
  ASSERT_EQ(MakeManifest("2", "m2").code, 0);
  const Outcome sign = Sign("chair", "m2/manifest.doc", {"--against", dir_ / "m1/manifest.doc"});
  ASSERT_EQ(sign.code, 0) << sign.err;
  EXPECT_THAT(sign.out, HasSubstr("manifest, version 2, of world 'kp-test'"));
  EXPECT_THAT(sign.out,
              HasSubstr("~ endpoint of BW spiffe://bw.kp.example/certificate-svc: 127.0.0.1:7199"));
  EXPECT_THAT(sign.out, Not(HasSubstr("participant BW")));
}

TEST_F(TrustFilesTest, AManifestWithAnExchangedPartIsNotSigned) {
  ASSERT_EQ(MakeRoot("root.doc").code, 0);
  ASSERT_EQ(MakeManifest("1", "m1").code, 0);
  const auto manifest = ReadDocument(dir_ / "m1/manifest.doc")->manifest;
  const std::string part = dir_ / ("m1/parts/" + statement::ToHex(manifest->parts(0).digest()));
  const std::string good = ReadText(part);
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  WriteText(part, bad);
  const Outcome refused = Sign("chair", "m1/manifest.doc");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("TRUST_PART_DIGEST"));
  WriteText(part, good);
  EXPECT_EQ(Sign("chair", "m1/manifest.doc").code, 0);
}

TEST(ParticipantsCsvTest, ReadsTheProjectsOwnFile) {
  const auto participants = ReadParticipantsCsv(ReadText("deploy/data/participants.csv"));
  ASSERT_TRUE(participants.ok()) << participants.status();
  EXPECT_EQ(participants->size(), 60u);
  int organisations = 0;
  for (const auto& participant : *participants) {
    if (participant.kind() == registry::v1::PARTICIPANT_KIND_ORGANISATION) ++organisations;
    ASSERT_EQ(participant.participations_size(), 1);
    EXPECT_FALSE(participant.participations(0).source().empty()) << participant.code();
    // Admitted in the middle of a year: the day decides whether a certificate is a fake (R23).
    if (participant.code() == "CM") {
      EXPECT_EQ(participant.participations(0).from(), "2012-08-14");
    }
  }
  EXPECT_EQ(organisations, 1);
}

TEST(ParticipantsCsvTest, NamesTheRecordOfAFault) {
  const std::string header = "code,name,kind,since,status,notes,source\n";
  EXPECT_TRUE(ReadParticipantsCsv(header + "BW,Botswana,country,2003,active,,x\n").ok());
  const absl::Status fault =
      ReadParticipantsCsv(header + "BW,Botswana,planet,2003,active,,x\n").status();
  EXPECT_EQ(FaultsOf(fault)[0].field, "record 2, column kind");
}

}  // namespace
}  // namespace kp::kpctl
