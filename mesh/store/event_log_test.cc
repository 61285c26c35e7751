#include "mesh/store/event_log.h"

#include <gmock/gmock.h>

#include <set>

#include "base/error.h"
#include "mesh/statement/keys.h"
#include "mesh/store/reasons.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Kind = EventFault::Kind;

NewEvent Issued(const std::string& subject, const std::string& statement) {
  return {subject,
          "CERTIFICATE_ISSUED",
          "spiffe://bw.kp.example/officer/t.modise",
          "T. Modise",
          "application/kp-certificate",
          statement};
}

class EventLogTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (IsSkipped()) return;
    database_ = store_->Open();
    log_ = std::make_unique<EventLog>(*database_, "BW");
  }

  absl::StatusOr<Event> Append(const NewEvent& what) {
    absl::StatusOr<Event> event;
    KP_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) {
      event = log_->Append(tx, what);
      return event.status();
    }));
    return event;
  }

  std::vector<Event> After(int64_t after, int limit) {
    std::vector<Event> events;
    EXPECT_TRUE(database_
                    ->Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(events, log_->After(session, after, limit));
                      return absl::OkStatus();
                    })
                    .ok());
    return events;
  }

  // Changes the table as somebody with the database's password could.
  void Tamper(const std::string& sql) {
    ASSERT_TRUE(database_
                    ->Write([&](Transaction& tx) -> absl::Status {
                      for (const char* name : {"store_event_no_update", "store_event_no_delete"}) {
                        KP_RETURN_IF_ERROR(
                            tx.Execute(std::string("DROP TRIGGER IF EXISTS ") + name +
                                       (store_->sqlite() ? "" : " ON store_event"))
                                .status());
                      }
                      return tx.Execute(sql).status();
                    })
                    .ok());
  }

  std::vector<std::pair<int64_t, Kind>> Faults() {
    const auto faults = log_->Check();
    EXPECT_TRUE(faults.ok()) << faults.status();
    std::vector<std::pair<int64_t, Kind>> found;
    for (const EventFault& fault : *faults) found.emplace_back(fault.sequence, fault.kind);
    return found;
  }

  void AppendFive() {
    for (int i = 1; i <= 5; ++i) {
      ASSERT_TRUE(Append(Issued("BW00" + std::to_string(i), "statement " + std::to_string(i))).ok());
    }
    ASSERT_THAT(Faults(), IsEmpty());
  }

  std::unique_ptr<Database> database_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogTest, KeepsTheBytesAsSigned) {
  const std::string bytes("\xd2\x84\0\xff signed", 11);
  const auto appended = Append(Issued("BW001", bytes));
  ASSERT_TRUE(appended.ok()) << appended.status();
  EXPECT_EQ(appended->sequence, 1);
  const std::vector<Event> events = After(0, 10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].what.statement, bytes);
  EXPECT_EQ(events[0].digest, statement::Sha256(bytes));
  EXPECT_EQ(events[0].chain, appended->chain);
  EXPECT_EQ(events[0].recorded_at, store_->clock().Now());
  EXPECT_EQ(events[0].what.actor_person, "T. Modise");
}

TEST_P(EventLogTest, PagesByCursorAndBySubject) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Append(Issued(i % 2 == 0 ? "even" : "odd", "s" + std::to_string(i))).ok());
  }
  EXPECT_EQ(After(0, 4).size(), 4u);
  const auto rest = After(4, 4);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].sequence, 5);
  ASSERT_TRUE(database_
                  ->Read([&](ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const auto odd, log_->OfSubject(session, "odd", 2, 10));
                    EXPECT_EQ(odd.size(), 2u);
                    EXPECT_EQ(odd[0].sequence, 4);
                    EXPECT_EQ(*log_->Last(session), 6);
                    EXPECT_FALSE(log_->After(session, 0, 1001).ok());
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_P(EventLogTest, SequenceIsGaplessUnderManyWritersAndFailures) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          const bool fail = i % 5 == 4;
          const absl::Status status = database_->Write([&](Transaction& tx) -> absl::Status {
            KP_RETURN_IF_ERROR(
                log_->Append(tx, Issued("BW", std::to_string(t) + "/" + std::to_string(i)))
                    .status());
            return fail ? absl::CancelledError("no") : absl::OkStatus();
          });
          EXPECT_EQ(status.ok(), !fail) << status;
        }
      });
    }
  }
  const auto events = After(0, 1000);
  ASSERT_EQ(events.size(), 160u);
  std::set<std::string> statements;
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, static_cast<int64_t>(i + 1));
    statements.insert(events[i].what.statement);
  }
  EXPECT_EQ(statements.size(), 160u);
  EXPECT_THAT(Faults(), IsEmpty());
}

TEST_P(EventLogTest, RegistersCountApart) {
  const EventLog other(*database_, "ZW");
  ASSERT_TRUE(Append(Issued("BW001", "a")).ok());
  ASSERT_TRUE(database_
                  ->Write([&](Transaction& tx) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const Event event, other.Append(tx, Issued("ZW001", "b")));
                    EXPECT_EQ(event.sequence, 1);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(Faults(), IsEmpty());
}

TEST_P(EventLogTest, TheTableCannotBeChanged) {
  AppendFive();
  for (const char* sql : {"UPDATE store_event SET kind = 'X' WHERE sequence = 2",
                          "DELETE FROM store_event WHERE sequence = 2"}) {
    const auto change = [&] {
      return database_->Write([&](Transaction& tx) { return tx.Execute(sql).status(); });
    };
    const absl::Status status = change();
    EXPECT_EQ(ReasonOf(status), kStoreConstraint) << status;
    EXPECT_NE(std::string(status.message()).find("append-only"), std::string::npos) << status;
  }
  EXPECT_THAT(Faults(), IsEmpty());
  Tamper("DELETE FROM store_event WHERE sequence = 2");  // without the triggers it can
  EXPECT_EQ(After(0, 10).size(), 4u);
}

TEST_P(EventLogTest, AStatementIsTakenForGoodAndNothingElse) {
  AppendFive();
  const auto take = [&](int64_t until) {
    int64_t taken = -1;
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& tx) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(taken, log_->TakeStatements(tx, "BW002", until));
                      return absl::OkStatus();
                    })
                    .ok());
    return taken;
  };
  EXPECT_EQ(take(1), 0);  // it is the second event
  EXPECT_EQ(take(5), 1);
  EXPECT_EQ(take(5), 0);
  const std::vector<Event> events = After(0, 10);
  EXPECT_EQ(events[1].what.statement, "");
  EXPECT_EQ(events[1].digest, statement::Sha256("statement 2"));
  EXPECT_EQ(events[2].what.statement, "statement 3");
  // The chain is whole; who reads the whole of it alone learns what is gone.
  EXPECT_THAT(Faults(), ElementsAre(Pair(2, Kind::kStatementTaken)));
  // With the statement nothing else can go, and it does not come back.
  for (const char* sql : {"UPDATE store_event SET statement = '', kind = 'X' WHERE sequence = 3",
                          "UPDATE store_event SET statement = 'eA==' WHERE sequence = 2"}) {
    EXPECT_FALSE(database_->Write([&](Transaction& tx) { return tx.Execute(sql).status(); }).ok());
  }
}

TEST_P(EventLogTest, CheckNamesAChangedStatement) {
  AppendFive();
  Tamper("UPDATE store_event SET statement = 'eA==' WHERE sequence = 3");
  EXPECT_THAT(Faults(), ElementsAre(Pair(3, Kind::kStatementChanged)));
}

TEST_P(EventLogTest, CheckNamesAnEventWhoseOtherColumnsChanged) {
  for (const char* change :
       {"kind = 'X'", "subject = 'X'", "recorded_at = recorded_at + 1", "actor_id = 'X'",
        "actor_person = 'X'", "content_type = 'X'", "chain = 'eA=='"}) {
    store_ = TestStore::Make(GetParam());
    database_ = store_->Open();
    log_ = std::make_unique<EventLog>(*database_, "BW");
    AppendFive();
    Tamper(std::string("UPDATE store_event SET ") + change + " WHERE sequence = 2");
    EXPECT_THAT(Faults(), ElementsAre(Pair(2, Kind::kEventChanged))) << change;
  }
}

TEST_P(EventLogTest, CheckNamesAForgedStatementWithItsDigestMadeToFit) {
  AppendFive();
  Tamper("UPDATE store_event SET statement = 'eA==', digest = "
         "'LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=' WHERE sequence = 4");  // SHA-256 of "x"
  EXPECT_THAT(Faults(), ElementsAre(Pair(4, Kind::kEventChanged)));
}

TEST_P(EventLogTest, CheckNamesMissingEvents) {
  AppendFive();
  Tamper("DELETE FROM store_event WHERE sequence = 2");
  Tamper("DELETE FROM store_event WHERE sequence = 5");
  EXPECT_THAT(Faults(), ElementsAre(Pair(2, Kind::kMissing), Pair(5, Kind::kMissing)));
}

TEST_P(EventLogTest, CheckNamesADoubledEvent) {
  AppendFive();
  ASSERT_TRUE(Append(Issued("BW002", "statement 2")).ok());
  EXPECT_THAT(Faults(), ElementsAre(Pair(6, Kind::kDoubled)));
}

TEST_P(EventLogTest, CheckNamesAnEventPutBeforeTheFirst) {
  AppendFive();
  Tamper("INSERT INTO store_event (register_id, sequence, subject, kind, recorded_at, actor_id,"
         " actor_person, content_type, statement, digest, chain)"
         " SELECT register_id, 0, subject, 'EARLIER', recorded_at, actor_id, actor_person,"
         " content_type, statement, digest, chain FROM store_event WHERE sequence = 1");
  EXPECT_THAT(Faults(), ElementsAre(Pair(0, Kind::kEventChanged)));
}

KP_ON_EVERY_STORE(EventLogTest);

}  // namespace
}  // namespace kp::store
