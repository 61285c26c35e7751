// A register with everything in it is whole; the same register with one byte changed, one row taken
// away or one event doubled is not, and the audit says where.
#include "certificate-svc/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "certificate-svc/testing/audit_fixture.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;

class AuditTest : public testing::AuditFixture {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, AuditTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(AuditTest, AnUntouchedRegisterIsWhole) {
  const AuditReport home = Examine("BW");
  EXPECT_EQ(TextOf(home), "");
  EXPECT_EQ(home.register_id, "BW");
  EXPECT_EQ(home.certificates, 3);
  EXPECT_GT(home.events, 10);
  EXPECT_EQ(home.answers, 1);
  // Each event, the two validated certificates, the answer and the confirmation of receipt.
  EXPECT_EQ(home.signatures, home.events + 4);
  const AuditReport importer = Examine("EU");
  EXPECT_EQ(TextOf(importer), "");
  EXPECT_EQ(importer.evidence, 1);
  EXPECT_EQ(importer.incoming, 2);
}

TEST_P(AuditTest, WhatIsNotBase64AsItIsWrittenIsNamed) {
  const std::string before = Read("BW", "SELECT record FROM certificates WHERE state = 14");
  for (const std::string& after : {before + "=", before.substr(1), std::string("not base64!")}) {
    Change("BW", absl::StrCat("UPDATE certificates SET record = '", after, "' WHERE state = 14"));
    EXPECT_TRUE(Names(Examine("BW"), "certificates")) << after;
    Change("BW", absl::StrCat("UPDATE certificates SET record = '", before, "' WHERE state = 14"));
  }
  EXPECT_EQ(TextOf(Examine("BW")), "");
}

TEST_P(AuditTest, AMissingEventIsNamed) {
  Change("BW", "DELETE FROM store_event WHERE sequence = 4");
  EXPECT_THAT(TextOf(Examine("BW")), HasSubstr("event 4 is missing"));
}

TEST_P(AuditTest, AStatementTakenWithoutAnEventThatTellsItIsNamed) {
  Change("BW", "UPDATE store_event SET statement = '' WHERE sequence = 4");
  EXPECT_THAT(TextOf(Examine("BW")),
              HasSubstr("its statement is gone, and no event tells that retention took it"));
}

TEST_P(AuditTest, ADoubledEventIsNamed) {
  const std::string last = Read("BW", "SELECT CAST(last_sequence AS TEXT) FROM store_register");
  const std::string next = absl::StrCat(std::stoll(last) + 1);
  Change("BW", absl::StrCat("INSERT INTO store_event SELECT register_id, ", next,
                            ", subject, kind, recorded_at, actor_id, actor_person, content_type, "
                            "statement, digest, chain FROM store_event WHERE sequence = "
                            "(SELECT MIN(sequence) FROM store_event WHERE kind = 'APPLIED')"));
  Change("BW", absl::StrCat("UPDATE store_register SET last_sequence = ", next));
  EXPECT_THAT(TextOf(Examine("BW")),
              HasSubstr(absl::StrCat("event ", next, " (APPLIED")));
}

TEST_P(AuditTest, TheLastEventTakenAwayShowsInTheRowThatItMade) {
  bw().Apply(GoodApplication());
  const std::string last = Read("BW", "SELECT CAST(last_sequence AS TEXT) FROM store_register");
  // The chain is whole again up to the event before.
  Change("BW", absl::StrCat("DELETE FROM store_event WHERE sequence = ", last));
  Change("BW", absl::StrCat("UPDATE store_register SET last_sequence = last_sequence - 1, chain = "
                            "(SELECT chain FROM store_event WHERE sequence = ",
                            std::stoll(last) - 1, ")"));
  const AuditReport report = Examine("BW");
  EXPECT_FALSE(Names(report, "store_event")) << TextOf(report);
  EXPECT_THAT(TextOf(report), HasSubstr("no event speaks of application"));
}

TEST_P(AuditTest, AnEventOfAnotherKeyIsNamed) {
  // The whole chain made anew cannot hide that a statement is not this register's.
  const std::string foreign = Read("EU", "SELECT statement FROM store_event WHERE sequence = 2");
  Change("BW", absl::StrCat("UPDATE store_event SET statement = '", foreign,
                            "' WHERE sequence = 4"));
  EXPECT_THAT(TextOf(Examine("BW")), HasSubstr("STATEMENT_WRONG_ISSUER"));
}

TEST_P(AuditTest, AKeyThatTheTrustDocumentsDoNotKnowProvesNothing) {
  const auto none = [](const std::string&, const std::string&,
                       absl::Time) -> absl::StatusOr<statement::PublicKey> {
    return absl::NotFoundError("no such key");
  };
  const auto report = Audit(bw().database(), none);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(TextOf(*report), HasSubstr("STATEMENT_UNKNOWN_KEY"));
}

}  // namespace
}  // namespace kp::certificate
