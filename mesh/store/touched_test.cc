// Rows that a write has touched are told before its commit, as a part of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mesh/store/catalog.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

const Component kPairs = {
    "pairs",
    {{1,
      "pairs",
      {"CREATE TABLE pair (name TEXT NOT NULL, place BIGINT NOT NULL, word TEXT, "
       "PRIMARY KEY (place, name))",
       "CREATE TABLE told (place BIGINT PRIMARY KEY, word TEXT NOT NULL)"}}}};

class TouchedTest : public StoreContractTest {
 protected:
  static absl::Status Insert(Transaction& tx, const std::string& name, int64_t place) {
    KP_RETURN_IF_ERROR(
        tx.Execute("INSERT INTO pair (name, place, word) VALUES (?, ?, NULL)", name, place)
            .status());
    tx.Touch("pair", {name, std::to_string(place)});
    return absl::OkStatus();
  }
  static int64_t Count(Database& database, const char* sql) {
    int64_t count = -1;
    EXPECT_TRUE(database
                    .Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(const auto found, session.QueryOne<int64_t>(sql));
                      count = found.value_or(-1);
                      return absl::OkStatus();
                    })
                    .ok());
    return count;
  }
};

TEST_P(TouchedTest, TouchedRowsAreToldInTheirOwnWrite) {
  const auto database = store_->Open({kPairs});
  std::vector<std::vector<std::string>> keys;
  database->BeforeCommit([&](Transaction& tx) -> absl::Status {
    for (const auto& row : tx.touched()) {
      EXPECT_EQ(row.table, "pair");
      keys.push_back(row.key);
      KP_RETURN_IF_ERROR(
          tx.Execute("INSERT INTO told (place, word) VALUES (?, 'told')", std::stoll(row.key[1]))
              .status());
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(database->Write([](Transaction& tx) { return Insert(tx, "a", 1); }).ok());
  EXPECT_EQ(Count(*database, "SELECT COUNT(*) FROM told"), 1);
  // A write without touched rows, and one that fails, tell nothing.
  ASSERT_TRUE(database
                  ->Write([](Transaction& tx) {
                    return tx.Execute("UPDATE pair SET word = 'w'").status();
                  })
                  .ok());
  EXPECT_FALSE(database
                   ->Write([](Transaction& tx) -> absl::Status {
                     KP_RETURN_IF_ERROR(Insert(tx, "b", 2));
                     return absl::AbortedError("the domain says no");
                   })
                   .ok());
  EXPECT_THAT(keys, ElementsAre(ElementsAre("a", "1")));
}

TEST_P(TouchedTest, WhatCannotBeToldIsNotWritten) {
  const auto database = store_->Open({kPairs});
  database->BeforeCommit([](Transaction&) { return absl::InternalError("cannot sign"); });
  EXPECT_EQ(database->Write([](Transaction& tx) { return Insert(tx, "a", 1); }).message(),
            "cannot sign");
  EXPECT_EQ(Count(*database, "SELECT COUNT(*) FROM pair"), 0);
}

TEST_P(TouchedTest, ARowIsReadByItsKeyInTheOrderOfItsColumnsNames) {
  const auto database = store_->Open({kPairs});
  ASSERT_TRUE(database->Write([](Transaction& tx) { return Insert(tx, "a", 1); }).ok());
  ASSERT_TRUE(database
                  ->Read([](ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const auto tables, ReadTables(session));
                    const TableShape& pair = tables.front();
                    EXPECT_EQ(pair.name, "pair");
                    KP_ASSIGN_OR_RETURN(const auto row, ReadRow(session, pair, {"a", "1"}));
                    EXPECT_THAT(row, Optional(ElementsAre("a", "1", std::nullopt)));
                    KP_ASSIGN_OR_RETURN(const auto none, ReadRow(session, pair, {"a", "2"}));
                    EXPECT_FALSE(none.has_value());
                    EXPECT_FALSE(ReadRow(session, pair, {"a"}).ok());
                    EXPECT_FALSE(ReadRow(session, pair, {"a", "one"}).ok());
                    return absl::OkStatus();
                  })
                  .ok());
}

KP_ON_EVERY_STORE(TouchedTest);

}  // namespace
}  // namespace kp::store
