#include <gmock/gmock.h>

#include "base/error.h"
#include "mesh/store/reasons.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

using ::testing::HasSubstr;

const Migration kFirst = {1, "first", {"CREATE TABLE thing (id BIGINT PRIMARY KEY)"}};
const Migration kSecond = {2, "second", {"ALTER TABLE thing ADD COLUMN name TEXT",
                                         "INSERT INTO thing (id, name) VALUES (1, 'x')"}};

class MigratorTest : public StoreContractTest {
 protected:
  absl::Status Open(const std::vector<Component>& components) {
    return store_->TryOpen(components).status();
  }
};

TEST_P(MigratorTest, AppliesWhatIsMissingOnce) {
  ASSERT_TRUE(Open({{"things", {kFirst}}}).ok());
  for (int i = 0; i < 2; ++i) {
    const auto database = store_->Open({{"things", {kFirst, kSecond}}});
    ASSERT_TRUE(database
                    ->Read([](ReadSession& session) -> absl::Status {
                      EXPECT_EQ(*session.QueryOne<std::string>("SELECT name FROM thing"), "x");
                      return absl::OkStatus();
                    })
                    .ok());
  }
}

TEST_P(MigratorTest, RefusesADatabaseNewerThanTheProgram) {
  ASSERT_TRUE(Open({{"things", {kFirst, kSecond}}}).ok());
  const absl::Status status = Open({{"things", {kFirst}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), kStoreNewer);
  EXPECT_THAT(std::string(status.message()), HasSubstr("things version 2 (second)"));
  EXPECT_TRUE(Open({{"things", {kFirst, kSecond}}}).ok());
}

TEST_P(MigratorTest, RefusesAComponentTheProgramDoesNotHave) {
  ASSERT_TRUE(Open({{"things", {kFirst}}}).ok());
  const absl::Status status = Open({});
  EXPECT_EQ(ReasonOf(status), kStoreNewer);
  EXPECT_THAT(std::string(status.message()), HasSubstr("things"));
}

TEST_P(MigratorTest, RefusesAMigrationThatWasChangedAfterItWasApplied) {
  ASSERT_TRUE(Open({{"things", {kFirst}}}).ok());
  Migration changed = kFirst;
  changed.sql[0] += " ";
  const absl::Status status = Open({{"things", {changed}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), kStoreMigrationChanged);
  EXPECT_THAT(std::string(status.message()), HasSubstr("things 1 (first)"));
}

TEST_P(MigratorTest, AFailedMigrationLeavesNothing) {
  Migration bad = kSecond;
  bad.sql.push_back("CREATE TABLE thing (id BIGINT)");
  const absl::Status status = Open({{"things", {kFirst, bad}}});
  EXPECT_THAT(std::string(status.message()), HasSubstr("migration things 2 (second)"));
  EXPECT_TRUE(Open({{"things", {kFirst, kSecond}}}).ok());
}

TEST_P(MigratorTest, RefusesAGapInTheVersions) {
  EXPECT_EQ(ReasonOf(Open({{"things", {kSecond}}})), kStoreBadValue);
}

TEST_P(MigratorTest, RunsTheStatementsOfItsDatabaseOnly) {
  Migration own = kFirst;
  own.sqlite_sql = {"INSERT INTO thing (id) VALUES (100)"};
  own.postgresql_sql = {"INSERT INTO thing (id) VALUES (200)"};
  const auto database = store_->Open({{"things", {own}}});
  ASSERT_TRUE(database
                  ->Read([&](ReadSession& session) -> absl::Status {
                    EXPECT_EQ(*session.QueryOne<int64_t>("SELECT id FROM thing"),
                              store_->sqlite() ? 100 : 200);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_P(MigratorTest, WhoOnlyReadsChangesNothingAndSeesWhatIsWrittenMeanwhile) {
  const auto writer = store_->Open({{"things", {kFirst, kSecond}}});
  Options options;
  options.connection = store_->connection();
  const auto reader =
      Database::OpenReadOnly(options, store_->clock(), {{"things", {kFirst, kSecond}}});
  ASSERT_TRUE(reader.ok()) << reader.status();
  const absl::Status read = (*reader)->Read([&](ReadSession& session) -> absl::Status {
    EXPECT_EQ(*session.QueryOne<std::string>("SELECT name FROM thing"), "x");
    // A writer goes on while the reader reads.
    return writer->Write([](Transaction& tx) {
      return tx.Execute("INSERT INTO thing (id, name) VALUES (2, 'y')").status();
    });
  });
  EXPECT_TRUE(read.ok()) << read;
  const auto refused = (*reader)->Write([](Transaction&) { return absl::OkStatus(); });
  EXPECT_EQ(ReasonOf(refused), kStoreReadOnly);
  EXPECT_FALSE((*reader)->Writable());
  // An older and a newer schema are refused; nothing is migrated.
  const Migration third = {3, "third", {"CREATE TABLE other (id BIGINT PRIMARY KEY)"}};
  const auto older = Database::OpenReadOnly(options, store_->clock(),
                                            {{"things", {kFirst, kSecond, third}}});
  EXPECT_EQ(ReasonOf(older.status()), kStoreOlder);
  EXPECT_EQ(ReasonOf(Database::OpenReadOnly(options, store_->clock(), {{"things", {kFirst}}})
                         .status()),
            kStoreNewer);
  EXPECT_TRUE(Open({{"things", {kFirst, kSecond}}}).ok());
}

TEST_P(MigratorTest, WhoOnlyReadsCreatesNoDatabase) {
  Options options;
  options.connection = "sqlite3:///tmp/kp-no-such-directory/register.db";
  const auto missing = Database::OpenReadOnly(options, store_->clock(), {});
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
}

KP_ON_EVERY_STORE(MigratorTest);

}  // namespace
}  // namespace kp::store
