#include "mesh/store/database.h"

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <limits>

#include "base/error.h"
#include "mesh/store/fault_point.h"
#include "mesh/store/reasons.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

const Component kItems = {
    "items",
    {{1, "items", {"CREATE TABLE item (name TEXT PRIMARY KEY, amount BIGINT, note TEXT,"
                   " CHECK (amount >= 0))"}}}};

absl::Status Insert(Transaction& tx, const std::string& name, int64_t amount) {
  return tx.Execute("INSERT INTO item (name, amount) VALUES (?, ?)", name, amount).status();
}

class DatabaseTest : public StoreContractTest {
 protected:
  std::vector<std::string> Names(Database& database) {
    std::vector<std::string> names;
    EXPECT_TRUE(database
                    .Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(names, session.Query<std::string>(
                                                     "SELECT name FROM item ORDER BY name"));
                      return absl::OkStatus();
                    })
                    .ok());
    return names;
  }
};

// Holds the writer inside a closure, so that what is given meanwhile goes into one commit.
class HeldWriter {
 public:
  explicit HeldWriter(Database& database)
      : result_(std::async(std::launch::async, [this, &database] {
          return database.Write([this](Transaction&) {
            inside_.count_down();
            release_.wait();
            return absl::OkStatus();
          });
        })) {
    inside_.wait();
  }
  absl::Status Release() {
    release_.count_down();
    return result_.get();
  }

 private:
  std::latch inside_{1};
  std::latch release_{1};
  std::future<absl::Status> result_;
};

TEST_P(DatabaseTest, GivesBackEveryTypeItTakes) {
  const auto database = store_->Open({kItems});
  const std::string binary("\0\xff{'\"?:p1", 9);
  const absl::Time time = absl::FromUnixMicros(1'772'000'000'123'456);
  ASSERT_TRUE(database
                  ->Write([&](Transaction& tx) -> absl::Status {
                    KP_RETURN_IF_ERROR(tx.Execute("INSERT INTO item (name, amount, note)"
                                                  " VALUES (?, ?, ?)",
                                                  "Алмаз 'x' ::p1 ?", std::numeric_limits<int64_t>::max(),
                                                  Bytes{binary})
                                           .status());
                    return tx.Execute("INSERT INTO item (name, amount, note) VALUES (?, ?, ?)",
                                      "zz", time, std::nullopt)
                        .status();
                  })
                  .ok());
  ASSERT_TRUE(database
                  ->Read([&](ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(
                        const auto first,
                        (session.QueryOne<std::string, int64_t, Bytes, std::optional<Bytes>>(
                            "SELECT name, amount, note, note FROM item WHERE name <> ?", "zz")));
                    EXPECT_EQ(std::get<0>(*first), "Алмаз 'x' ::p1 ?");
                    EXPECT_EQ(std::get<1>(*first), std::numeric_limits<int64_t>::max());
                    EXPECT_EQ(std::get<2>(*first).value, binary);
                    EXPECT_EQ(std::get<3>(*first)->value, binary);
                    KP_ASSIGN_OR_RETURN(
                        const auto second,
                        (session.QueryOne<absl::Time, std::optional<std::string>>(
                            "SELECT amount, note FROM item WHERE name = ?", "zz")));
                    EXPECT_EQ(std::get<0>(*second), time);
                    EXPECT_EQ(std::get<1>(*second), std::nullopt);
                    KP_ASSIGN_OR_RETURN(const auto none, session.QueryOne<int64_t>(
                                                             "SELECT amount FROM item WHERE name = ?",
                                                             "absent"));
                    EXPECT_EQ(none, std::nullopt);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_P(DatabaseTest, RefusesTextThatIsNotUtf8) {
  const auto database = store_->Open({kItems});
  const auto insert = [&](const std::string& name) {
    return database->Write([&](Transaction& tx) { return Insert(tx, name, 1); });
  };
  EXPECT_TRUE(insert("\xe2\x82\xac").ok());
  for (const std::string& bad :
       {std::string("\xe2\x82"), std::string("a\0b", 3), std::string("\xc0\x80"),
        std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80")}) {
    EXPECT_EQ(ReasonOf(insert(bad)), kStoreBadValue);
  }
}

TEST_P(DatabaseTest, CountsTheRowsAStatementChanged) {
  const auto database = store_->Open({kItems});
  EXPECT_TRUE(
      database
          ->Write([](Transaction& tx) -> absl::Status {
            KP_RETURN_IF_ERROR(Insert(tx, "a", 1));
            KP_RETURN_IF_ERROR(Insert(tx, "b", 1));
            const std::string insert =
                "INSERT INTO item (name, amount) VALUES (?, 0) ON CONFLICT (name) DO NOTHING";
            EXPECT_EQ(*tx.Execute(insert, "a"), 0);
            EXPECT_EQ(*tx.Execute(insert, "c"), 1);
            EXPECT_EQ(*tx.Execute("UPDATE item SET amount = 2 WHERE amount = ?", 1), 2);
            EXPECT_EQ(*tx.Execute("UPDATE item SET amount = 2 WHERE amount = ?", 1), 0);
            EXPECT_EQ(*tx.Execute("DELETE FROM item WHERE name = ?", "c"), 1);
            KP_ASSIGN_OR_RETURN(const auto amount,
                                tx.QueryOne<int64_t>("UPDATE item SET amount = amount + 1"
                                                     " WHERE name = ? RETURNING amount",
                                                     "a"));
            EXPECT_EQ(amount, 3);
            return absl::OkStatus();
          })
          .ok());
}

TEST_P(DatabaseTest, ConstraintsAreToldApart) {
  const auto database = store_->Open({kItems});
  const auto insert = [&](const std::string& name, int64_t amount) {
    return database->Write([&](Transaction& tx) { return Insert(tx, name, amount); });
  };
  EXPECT_TRUE(insert("a", 1).ok());
  const absl::Status duplicate = insert("a", 1);
  EXPECT_EQ(duplicate.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(duplicate), kStoreConstraint);
  const absl::Status check = insert("b", -1);
  EXPECT_EQ(check.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(check), kStoreConstraint);
  EXPECT_TRUE(insert("b", 1).ok());
  EXPECT_TRUE(database->Writable());
}

TEST_P(DatabaseTest, ErrorsNameNoValues) {
  const auto database = store_->Open({kItems});
  absl::Status status;
  for (int i = 0; i < 2; ++i) {
    status = database->Write([](Transaction& tx) { return Insert(tx, "secret-party", 1); });
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(std::string(status.message()).find("secret-party"), std::string::npos) << status;
}

TEST_P(DatabaseTest, ClosureThatGoesOnAfterAFailedStatementFails) {
  const auto database = store_->Open({kItems});
  const auto write = [&](const std::string& second) {
    return database->Write([&](Transaction& tx) {
      Insert(tx, "a" + second, 1).IgnoreError();
      Insert(tx, second, 1).IgnoreError();
      return absl::OkStatus();
    });
  };
  EXPECT_TRUE(write("x").ok());
  EXPECT_EQ(ReasonOf(write("x")), kStoreConstraint);
  EXPECT_THAT(Names(*database), ElementsAre("ax", "x"));
}

TEST_P(DatabaseTest, ABadClosureOfACommitIsRolledBackAlone) {
  std::mutex mutex;
  std::vector<absl::Status> failures;  // told on the writer's thread
  Options options;
  options.write_sessions = 1;
  options.on_later_failure = [&](const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex);
    failures.push_back(status);
  };
  const auto database = store_->Open({kItems}, options);
  ASSERT_TRUE(database->Write([](Transaction& tx) { return Insert(tx, "taken", 1); }).ok());
  bool bad_hook = false;
  HeldWriter held(*database);
  const auto later = [&](std::function<absl::Status(Transaction&)> closure) {
    ASSERT_TRUE(database->WriteLater(std::move(closure), milliseconds(0)).ok());
  };
  later([](Transaction& tx) { return Insert(tx, "a", 1); });
  later([&](Transaction& tx) -> absl::Status {
    tx.OnCommit([&] { bad_hook = true; });
    KP_RETURN_IF_ERROR(Insert(tx, "b", 1));
    return absl::AbortedError("the domain says no");
  });
  later([](Transaction& tx) -> absl::Status {
    KP_RETURN_IF_ERROR(Insert(tx, "c", 1));
    return Insert(tx, "taken", 1);
  });
  later([](Transaction& tx) { return Insert(tx, "d", 1); });
  const int64_t before = database->Stats().commits;
  ASSERT_TRUE(held.Release().ok());
  ASSERT_TRUE(WaitUntil([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return failures.size() == 2;
  }));
  EXPECT_EQ(database->Stats().later_failures, 2);
  EXPECT_THAT(Names(*database), ElementsAre("a", "d", "taken"));
  EXPECT_LE(database->Stats().commits, before + 3);  // the held one, the four, perhaps a probe
  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_EQ(failures[0].message(), "the domain says no");
  EXPECT_EQ(ReasonOf(failures[1]), kStoreConstraint);
  EXPECT_FALSE(bad_hook);
}

TEST_P(DatabaseTest, AFailedCommitFailsEveryClosureAndIsNotAcknowledged) {
  const auto database = store_->Open({kItems});
  bool hook = false;
  const auto write = [&] {
    return database->Write([&](Transaction& tx) {
      tx.OnCommit([&] { hook = true; });
      return Insert(tx, "a", 1);
    });
  };
  {
    const ScopedFault fault("store.before_commit", "fail");
    const absl::Status status = write();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), kStoreFailed);
    EXPECT_FALSE(database->Writable());
    EXPECT_FALSE(hook);
    EXPECT_THAT(Names(*database), ElementsAre());
  }
  EXPECT_TRUE(write().ok());
  EXPECT_TRUE(hook);
  EXPECT_TRUE(database->Writable());
  EXPECT_THAT(Names(*database), ElementsAre("a"));
}

TEST_P(DatabaseTest, BecomesWritableAgainByItself) {
  const auto database = store_->Open({kItems});
  {
    const ScopedFault fault("store.before_commit", "fail");
    ASSERT_TRUE(WaitUntil([&] { return !database->Writable(); }));
  }
  EXPECT_TRUE(WaitUntil([&] { return database->Writable(); }));
}

TEST_P(DatabaseTest, HooksRunOnceBeforeWriteReturns) {
  const auto database = store_->Open({kItems});
  int runs = 0;
  ASSERT_TRUE(database
                  ->Write([&](Transaction& tx) {
                    tx.OnCommit([&] { ++runs; });
                    return Insert(tx, "a", 1);
                  })
                  .ok());
  EXPECT_EQ(runs, 1);
}

TEST_P(DatabaseTest, DelayedWriteIsDoneWithinItsDelay) {
  const auto database = store_->Open({kItems});
  std::promise<void> done;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(database
                  ->WriteLater(
                      [&](Transaction& tx) {
                        tx.OnCommit([&] { done.set_value(); });
                        return Insert(tx, "a", 1);
                      },
                      milliseconds(50))
                  .ok());
  ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_THAT(Names(*database), ElementsAre("a"));
}

TEST_P(DatabaseTest, DelayedWritesAreDoneBeforeTheEnd) {
  {
    const auto database = store_->Open({kItems});
    ASSERT_TRUE(database
                    ->WriteLater([](Transaction& tx) { return Insert(tx, "a", 1); },
                                 std::chrono::hours(1))
                    .ok());
  }
  EXPECT_THAT(Names(*store_->Open({kItems})), ElementsAre("a"));
}

TEST_P(DatabaseTest, FullQueuesRefuse) {
  Options options;
  options.later_limit = 1;
  options.write_sessions = 1;
  const auto database = store_->Open({kItems}, options);
  HeldWriter held(*database);
  const auto later = [&] {
    return database->WriteLater([](Transaction&) { return absl::OkStatus(); },
                                std::chrono::hours(1));
  };
  EXPECT_TRUE(later().ok());
  const absl::Status status = later();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), kStoreBusy);
  ASSERT_TRUE(held.Release().ok());

  Options none;
  none.queue_limit = 0;
  const auto closed = store_->Open({kItems}, none);
  EXPECT_EQ(ReasonOf(closed->Write([](Transaction&) { return absl::OkStatus(); })), kStoreBusy);
}

TEST_P(DatabaseTest, AReadSeesOneMoment) {
  const auto database = store_->Open({kItems});
  ASSERT_TRUE(database
                  ->Read([&](ReadSession& session) -> absl::Status {
                    const auto count = [&] {
                      return *session.QueryOne<int64_t>("SELECT COUNT(*) FROM item");
                    };
                    EXPECT_EQ(count(), 0);
                    EXPECT_TRUE(
                        database->Write([](Transaction& tx) { return Insert(tx, "a", 1); }).ok());
                    EXPECT_EQ(count(), 0);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(Names(*database), ElementsAre("a"));
}

TEST_P(DatabaseTest, AReadCannotWrite) {
  const auto database = store_->Open({kItems});
  const char* const sql = "INSERT INTO item (name, amount) VALUES ('a', 1) RETURNING amount";
  EXPECT_FALSE(
      database->Read([&](ReadSession& s) { return s.QueryOne<int64_t>(sql).status(); }).ok());
  EXPECT_TRUE(
      database->Write([&](Transaction& tx) { return tx.QueryOne<int64_t>(sql).status(); }).ok());
}

TEST_P(DatabaseTest, AListWithoutLimitIsAnError) {
  const auto database = store_->Open({kItems});
  const auto read = [&](size_t rows) {
    return database->Read([&](ReadSession& session) {
      return session
          .Query<int64_t>("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                          " WHERE i < CAST(? AS BIGINT)) SELECT i FROM n",
                          rows)
          .status();
    });
  };
  EXPECT_TRUE(read(ReadSession::kMaxRows).ok());
  EXPECT_EQ(ReasonOf(read(ReadSession::kMaxRows + 1)), kStoreBadValue);
  EXPECT_TRUE(read(3).ok());
}

TEST_P(DatabaseTest, ManyThreadsCountWithoutLoss) {
  const auto database = store_->Open({kItems});
  ASSERT_TRUE(database->Write([](Transaction& tx) { return Insert(tx, "n", 0); }).ok());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          EXPECT_TRUE(database
                          ->Write([](Transaction& tx) {
                            return tx
                                .QueryOne<int64_t>("UPDATE item SET amount = amount + 1"
                                                   " WHERE name = 'n' RETURNING amount")
                                .status();
                          })
                          .ok());
        }
      });
    }
  }
  ASSERT_TRUE(database
                  ->Read([](ReadSession& session) -> absl::Status {
                    EXPECT_EQ(**session.QueryOne<int64_t>("SELECT amount FROM item"), 200);
                    return absl::OkStatus();
                  })
                  .ok());
}

// Two writers take the same two rows in opposite order: PostgreSQL ends one, which is run again.
TEST_P(DatabaseTest, DeadlocksAreRunAgain) {
  Options options;
  options.write_sessions = 2;
  options.max_batch = 1;  // together in one batch, one would wait for the other for ever
  const auto database = store_->Open({kItems}, options);
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(database->Write([&](Transaction& tx) { return Insert(tx, name, 0); }).ok());
  }
  std::latch both(store_->sqlite() ? 1 : 2);
  const auto add = [&](const char* first, const char* second) {
    return database->Write([&, met = false](Transaction& tx) mutable -> absl::Status {
      const std::string sql = "UPDATE item SET amount = amount + 1 WHERE name = ?";
      KP_RETURN_IF_ERROR(tx.Execute(sql, first).status());
      if (!std::exchange(met, true)) both.arrive_and_wait();
      return tx.Execute(sql, second).status();
    });
  };
  auto forth = std::async(std::launch::async, [&] { return add("a", "b"); });
  if (store_->sqlite()) {
    EXPECT_TRUE(forth.get().ok());
    return;
  }
  EXPECT_TRUE(add("b", "a").ok());
  EXPECT_TRUE(forth.get().ok());
  ASSERT_TRUE(database
                  ->Read([](ReadSession& session) -> absl::Status {
                    EXPECT_EQ(**session.QueryOne<int64_t>("SELECT SUM(amount) FROM item"), 4);
                    return absl::OkStatus();
                  })
                  .ok());
}

KP_ON_EVERY_STORE(DatabaseTest);

TEST(SqliteTest, AFullDiskFailsTheWriteAndShowsAsNotWritable) {
  const auto store = TestStore::Make("sqlite");
  const auto database = store->Open({kItems});
  const auto limit = [&](const std::string& pages) {
    return database->Write([&](Transaction& tx) {
      return tx.Query<int64_t>("PRAGMA max_page_count = " + pages).status();
    });
  };
  const auto write = [&] {
    return database->Write([&](Transaction& tx) {
      return tx.Execute("INSERT INTO item (name, note) VALUES ('big', ?)",
                        std::string(1'000'000, 'x'))
          .status();
    });
  };
  ASSERT_TRUE(limit("30").ok());
  EXPECT_EQ(ReasonOf(write()), kStoreFailed);
  EXPECT_FALSE(database->Writable());
  ASSERT_TRUE(limit("1000000").ok());
  EXPECT_TRUE(write().ok());
  EXPECT_TRUE(database->Writable());
}

TEST(PostgresqlTest, ALostConnectionIsReplaced) {
  const auto store = TestStore::Make("postgresql");
  if (store == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  Options options;
  options.write_sessions = 1;
  options.read_sessions = 1;
  const auto database = store->Open({kItems}, options);
  const auto other = store->Open({kItems}, options);
  ASSERT_TRUE(other
                  ->Write([](Transaction& tx) {
                    return tx
                        .Query<int64_t>("SELECT COUNT(CASE WHEN datname = current_database()"
                                        " AND pid <> pg_backend_pid()"
                                        " THEN pg_terminate_backend(pid) END)"
                                        " FROM pg_stat_activity")
                        .status();
                  })
                  .ok());
  EXPECT_TRUE(database->Write([](Transaction& tx) { return Insert(tx, "a", 1); }).ok());
  EXPECT_TRUE(database
                  ->Read([](ReadSession& session) -> absl::Status {
                    EXPECT_EQ(*session.QueryOne<int64_t>("SELECT COUNT(*) FROM item"), 1);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST(TargetTest, AnUnknownKindOfDatabaseIsRefused) {
  Options options;
  options.connection = "mysql://x";
  EXPECT_EQ(ReasonOf(Database::Open(options, SystemClock(), {}).status()), kStoreBadValue);
}

}  // namespace
}  // namespace kp::store
