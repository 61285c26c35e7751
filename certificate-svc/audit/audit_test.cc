// A register with everything in it is whole; the same register with one byte changed, one row taken
// away or one event doubled is not, and the audit says where.
#include "certificate-svc/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/testing/entities.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;
using testing::PaperOf;

class AuditTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
    Fill();
    LetTamper("BW");
    LetTamper("EU");
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  // Something of everything that the two registers keep.
  void Fill() {
    Range("BW0000001", "BW0009999", pb::CERTIFICATE_STATE_UNSPECIFIED);
    Range("BW0009000", "BW0009009", pb::CERTIFICATE_STATE_STOLEN);
    bw().Apply(GoodApplication());
    const pb::Certificate first = bw().Exported(GoodApplication());
    const pb::Certificate second = bw().Exported(GoodApplication());
    ASSERT_TRUE(all_->Settle());
    v1::VerifyCertificateRequest question;
    question.set_number(first.number());
    question.set_purpose(pb::PURPOSE_IMPORT);
    *question.mutable_paper() = PaperOf(first);
    ASSERT_TRUE(eu().verifier->Verify(eu().Call("verifier"), question).ok());
    v1::ConfirmImportRequest confirmation;
    confirmation.set_request_id(SystemIds().NewUuid());
    confirmation.set_number(first.number());
    confirmation.set_consignment_reference("UCR-1");
    confirmation.mutable_arrival()->set_receipt_date("2026-03-01");
    *confirmation.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    confirmation.mutable_arrival()->set_parcels(2);
    confirmation.mutable_arrival()->set_seals_unbroken(true);
    const auto confirmed = eu().uses->Confirm(eu().Call("verifier"), confirmation);
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    ASSERT_EQ(confirmed->outcome(), v1::OUTCOME_DONE);
    v1::RecordCertificateEventRequest lost;
    lost.set_request_id(SystemIds().NewUuid());
    lost.set_number(second.number());
    lost.set_state(pb::CERTIFICATE_STATE_LOST);
    lost.set_text("lost on the way");
    ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), lost).ok());
    pb::Certificate re_export = GoodApplication();
    re_export.mutable_exporter()->set_country("BE");
    re_export.mutable_importer()->set_country("BW");
    re_export.set_importing_entity("BW");
    pb::SourceDraw& draw = *re_export.add_sources();
    draw.set_source_id(first.number());
    draw.set_carats_thousandths(1'250'500);
    eu().Issue(eu().Apply(re_export).application_id());
    ASSERT_TRUE(all_->Settle());
  }

  void Range(const std::string& first, const std::string& last, pb::CertificateState blanks) {
    v1::AllotSerialRangeRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_first_number(first);
    request.set_last_number(last);
    if (blanks == pb::CERTIFICATE_STATE_UNSPECIFIED) request.set_authority("BW office");
    request.set_blanks(blanks);
    const auto allotted = bw().serial_ranges->Allot(bw().Officer("admin"), request);
    ASSERT_TRUE(allotted.ok()) << allotted.status();
  }

  // As somebody with the database's password could.
  void LetTamper(const std::string& entity) {
    const char* const on = all_->at(entity).store().sqlite() ? "" : " ON store_event";
    Change(entity, absl::StrCat("DROP TRIGGER store_event_no_update", on));
    Change(entity, absl::StrCat("DROP TRIGGER store_event_no_delete", on));
  }
  void Change(const std::string& entity, const std::string& sql) {
    const absl::Status status = all_->at(entity).database().Write(
        [&](store::Transaction& tx) { return tx.Execute(sql).status(); });
    ASSERT_TRUE(status.ok()) << sql << ": " << status;
  }
  std::string Read(const std::string& entity, const std::string& sql) {
    std::string text;
    const absl::Status status =
        all_->at(entity).database().Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const auto found, session.Query<std::string>(sql));
          if (found.empty()) return absl::NotFoundError("no row");
          text = found.front();
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
    return text;
  }

  // Opened beside the running entity, read only, as kpctl does.
  AuditReport Examine(const std::string& entity) {
    testing::Entity& of = all_->at(entity);
    store::Options options;
    options.connection = of.store().connection();
    options.read_sessions = 1;
    const auto database = store::Database::OpenReadOnly(
        options, of.clock, {outbox::OutboxSchema(), CertificateSchema()});
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) return {};
    const auto report = Audit(**database, of.environment->trust.KeyLookup());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : AuditReport();
  }
  static std::string TextOf(const AuditReport& report) {
    std::string text;
    for (const AuditFault& fault : report.faults) {
      absl::StrAppend(&text, fault.table, " ", fault.subject, ": ", fault.text, "\n");
    }
    return text;
  }
  static bool Names(const AuditReport& report, const std::string& table) {
    for (const AuditFault& fault : report.faults) {
      if (fault.table == table) return true;
    }
    return false;
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, AuditTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(AuditTest, AnUntouchedRegisterIsWhole) {
  const AuditReport home = Examine("BW");
  EXPECT_EQ(TextOf(home), "");
  EXPECT_EQ(home.register_id, "BW");
  EXPECT_EQ(home.certificates, 3);
  EXPECT_GT(home.events, 10);
  EXPECT_EQ(home.answers, 1);
  // Each event, the two validated certificates and the answer.
  EXPECT_EQ(home.signatures, home.events + 3);
  const AuditReport importer = Examine("EU");
  EXPECT_EQ(TextOf(importer), "");
  EXPECT_EQ(importer.evidence, 1);
  EXPECT_EQ(importer.incoming, 2);
}

struct Column {
  const char* entity;
  const char* table;
  const char* column;
  enum { kBytes, kText, kNumber } kind;
  const char* where = "1 = 1";
};

// Every column in which a register keeps evidence, and what is derived from it.
constexpr Column kEvidence[] = {
    {"BW", "store_event", "subject", Column::kText, "sequence = 4"},
    {"BW", "store_event", "kind", Column::kText, "sequence = 4"},
    {"BW", "store_event", "recorded_at", Column::kNumber, "sequence = 4"},
    {"BW", "store_event", "actor_id", Column::kText, "sequence = 4"},
    {"BW", "store_event", "actor_person", Column::kText, "sequence = 4"},
    {"BW", "store_event", "content_type", Column::kText, "sequence = 4"},
    {"BW", "store_event", "statement", Column::kBytes, "sequence = 4"},
    {"BW", "store_event", "digest", Column::kBytes, "sequence = 4"},
    {"BW", "store_event", "chain", Column::kBytes, "sequence = 4"},
    {"BW", "store_register", "chain", Column::kBytes},
    {"BW", "certificates", "application_id", Column::kText, "state = 14"},
    {"BW", "certificates", "number", Column::kText, "state = 14"},
    {"BW", "certificates", "state", Column::kNumber, "state = 14"},
    {"BW", "certificates", "importing_entity", Column::kText, "state = 14"},
    {"BW", "certificates", "revision", Column::kNumber, "state = 14"},
    {"BW", "certificates", "record", Column::kBytes, "state = 14"},
    {"BW", "certificates", "statement", Column::kBytes, "state = 14"},
    {"BW", "certificates", "export_day", Column::kText, "state = 14"},
    {"BW", "numbers", "number", Column::kText, "number = 'BW0000001'"},
    {"BW", "numbers", "application_id", Column::kText, "number = 'BW0000001'"},
    {"BW", "uses", "number", Column::kText},
    {"BW", "uses", "importing_entity", Column::kText},
    {"BW", "uses", "reference", Column::kText},
    {"BW", "uses", "confirmed", Column::kNumber},
    {"BW", "uses", "customs_version", Column::kNumber},
    {"BW", "uses", "revision", Column::kNumber},
    {"BW", "uses", "confirmed_at", Column::kNumber},
    {"BW", "uses", "customs_leg", Column::kNumber},
    {"BW", "answers", "digest", Column::kBytes},
    {"BW", "answers", "number", Column::kText},
    {"BW", "answers", "asker", Column::kText},
    {"BW", "answers", "answered_at", Column::kNumber},
    {"BW", "answers", "statement", Column::kBytes},
    {"BW", "serial_ranges", "kind", Column::kNumber, "kind = 0"},
    {"BW", "serial_ranges", "head", Column::kText, "kind = 0"},
    {"BW", "serial_ranges", "digits", Column::kNumber, "kind = 0"},
    {"BW", "serial_ranges", "first_value", Column::kNumber, "kind = 0"},
    {"BW", "serial_ranges", "last_value", Column::kNumber, "kind = 0"},
    {"BW", "serial_ranges", "authority", Column::kText, "kind = 0"},
    {"BW", "serial_ranges", "year", Column::kNumber, "kind = 0"},
    {"BW", "serial_ranges", "record", Column::kBytes, "kind = 2"},
    {"EU", "sources", "kind", Column::kNumber},
    {"EU", "sources", "carats_in", Column::kNumber},
    {"EU", "sources", "drawn", Column::kNumber},
    {"EU", "sources", "record", Column::kBytes},
    {"EU", "draws", "carats", Column::kNumber},
    {"EU", "evidence", "number", Column::kText},
    {"EU", "evidence", "question", Column::kBytes},
    {"EU", "evidence", "answer", Column::kBytes},
    {"EU", "evidence", "response", Column::kBytes},
    {"EU", "incoming", "number", Column::kText, "status_statement IS NOT NULL"},
    {"EU", "incoming", "issuer", Column::kText, "status_statement IS NOT NULL"},
    {"EU", "incoming", "prealert", Column::kBytes, "status_statement IS NOT NULL"},
    {"EU", "incoming", "status_statement", Column::kBytes, "status_statement IS NOT NULL"},
    {"EU", "home_uses", "receipt", Column::kBytes},
};

std::string Flipped(const Column& column, const std::string& text) {
  switch (column.kind) {
    case Column::kBytes: {
      std::string bytes;
      EXPECT_TRUE(absl::Base64Unescape(text, &bytes));
      bytes[bytes.size() / 2] ^= 1;
      return absl::Base64Escape(bytes);
    }
    case Column::kText: {
      std::string other = text;
      other.back() = other.back() == 'X' ? 'Y' : 'X';
      return other;
    }
    case Column::kNumber:
      // A time is in microseconds, of which a statement tells the whole second. No more can be
      // drawn than there is: the database itself refuses that.
      return absl::StrCat(std::stoll(text) + (absl::EndsWith(column.column, "_at")      ? 1'000'000
                                              : absl::StrContains(column.column, "drawn") ? -1
                                                                                          : 1));
  }
  return "";
}

TEST_P(AuditTest, EveryByteChangedBehindItsBackIsNamed) {
  for (const Column& column : kEvidence) {
    SCOPED_TRACE(absl::StrCat(column.table, ".", column.column));
    const std::string before =
        Read(column.entity, absl::StrCat("SELECT CAST(", column.column, " AS TEXT) FROM ",
                                         column.table, " WHERE ", column.where));
    ASSERT_NE(before, "");
    const std::string after = Flipped(column, before);
    const auto quoted = [&](const std::string& text) {
      return column.kind == Column::kNumber ? text : absl::StrCat("'", text, "'");
    };
    // The row is found again by the value that it has now.
    const auto set = [&](const std::string& from, const std::string& to, const char* where) {
      Change(column.entity, absl::StrCat("UPDATE ", column.table, " SET ", column.column, " = ",
                                         quoted(to), " WHERE ", column.column, " = ", quoted(from),
                                         " AND (", where, ")"));
    };
    set(before, after, column.where);
    const AuditReport report = Examine(column.entity);
    const bool event = absl::StartsWith(column.table, "store_");
    EXPECT_TRUE(Names(report, event ? "store_event" : column.table)) << TextOf(report);
    set(after, before, absl::StrContains(column.where, column.column) ? "1 = 1" : column.where);
    EXPECT_EQ(TextOf(Examine(column.entity)), "");
  }
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

TEST_P(AuditTest, ARowThatIsTakenAwayIsMissed) {
  for (const auto& [entity, table, where] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"BW", "certificates", "state = 14"},
           {"BW", "numbers", "number = 'BW0000001'"},
           {"BW", "uses", "1 = 1"},
           {"BW", "serial_ranges", "kind = 2"},
           {"EU", "draws", "1 = 1"},
           {"EU", "sources", "1 = 1"},
           {"EU", "incoming", "status_statement IS NOT NULL"}}) {
    Change(entity, absl::StrCat("DELETE FROM ", table, " WHERE ", where));
    const AuditReport report = Examine(entity);
    EXPECT_TRUE(std::any_of(report.faults.begin(), report.faults.end(),
                            [&](const AuditFault& fault) {
                              return fault.table == table &&
                                     absl::StrContains(fault.text, "missing");
                            }))
        << table << " in:\n"
        << TextOf(report);
  }
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
                            "statement, digest, chain FROM store_event WHERE sequence = 4"));
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
