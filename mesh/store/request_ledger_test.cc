#include "mesh/store/request_ledger.h"

#include <gmock/gmock.h>

#include <atomic>

#include "base/error.h"
#include "mesh/store/fault_point.h"
#include "mesh/store/reasons.h"
#include "mesh/store/testing/test_store.h"

namespace kp::store {
namespace {

class RequestLedgerTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (!IsSkipped()) database_ = store_->Open();
  }

  absl::StatusOr<OnceResult> Run(const Request& request, const std::string& response) {
    absl::StatusOr<OnceResult> result;
    KP_RETURN_IF_ERROR(database_->Write([&](Transaction& tx) {
      result = RunOnce(tx, store_->clock(), request, [&]() -> absl::StatusOr<std::string> {
        ++acts_;
        if (response.empty()) return absl::CancelledError("no");
        return response;
      });
      return result.status();
    }));
    return result;
  }

  const Request request_ = {"spiffe://bw.kp.example/officer/a", "/kp.Register/Issue",
                            "5f0c7a52-0000-4000-8000-000000000001", "digest"};
  std::unique_ptr<Database> database_;
  std::atomic<int> acts_ = 0;
};

TEST_P(RequestLedgerTest, ARepeatGetsTheFirstResponse) {
  const auto first = Run(request_, std::string("\0first", 6));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->repeated);
  const auto again = Run(request_, "second");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->response, std::string("\0first", 6));
  EXPECT_EQ(acts_, 1);
}

TEST_P(RequestLedgerTest, OtherContentUnderTheSameIdIsAConflict) {
  ASSERT_TRUE(Run(request_, "first").ok());
  Request other = request_;
  other.digest = "another";
  const absl::Status status = Run(other, "second").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), kRequestIdReused);
  EXPECT_EQ(acts_, 1);
}

TEST_P(RequestLedgerTest, AnotherCallerOrMethodIsAnotherRequest) {
  ASSERT_TRUE(Run(request_, "first").ok());
  Request other = request_;
  other.caller += "b";
  EXPECT_EQ(Run(other, "second")->response, "second");
  other = request_;
  other.method += "Again";
  EXPECT_EQ(Run(other, "third")->response, "third");
}

TEST_P(RequestLedgerTest, AFailedRequestCanBeTriedAgain) {
  EXPECT_FALSE(Run(request_, "").ok());
  EXPECT_EQ(Run(request_, "second")->response, "second");
}

TEST_P(RequestLedgerTest, AFailedActFailsTheTransactionEvenWhenItIsIgnored) {
  EXPECT_FALSE(database_
                   ->Write([&](Transaction& tx) {
                     RunOnce(tx, store_->clock(), request_,
                             []() -> absl::StatusOr<std::string> { return absl::CancelledError(); })
                         .status()
                         .IgnoreError();
                     return absl::OkStatus();
                   })
                   .ok());
  EXPECT_EQ(Run(request_, "second")->response, "second");
}

// A row that somebody else changed meanwhile: decided again by the caller, no fault of the database.
TEST_P(RequestLedgerTest, AnActThatAbortsIsNotTriedAgainAndLeavesTheDatabaseWritable) {
  int tries = 0;
  const absl::Status status = database_->Write([&](Transaction& tx) {
    return RunOnce(tx, store_->clock(), request_,
                   [&]() -> absl::StatusOr<std::string> {
                     ++tries;
                     return MakeError(absl::StatusCode::kAborted, "CHANGED", "meanwhile");
                   })
        .status();
  });
  EXPECT_EQ(ReasonOf(status), "CHANGED");
  EXPECT_EQ(tries, 1);
  EXPECT_TRUE(database_->Writable());
}

TEST_P(RequestLedgerTest, AnUnacknowledgedCommitIsFoundByTheRepeat) {
  {
    const ScopedFault fault("store.after_commit", "fail");
    EXPECT_EQ(ReasonOf(Run(request_, "first").status()), kStoreFailed);
  }
  const auto again = Run(request_, "second");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->response, "first");
}

TEST_P(RequestLedgerTest, OfManyAtTheSameTimeOneActs) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const auto result = Run(request_, "by " + std::to_string(t));
      EXPECT_TRUE(result.ok()) << result.status();
    });
  }
  threads.clear();
  EXPECT_EQ(acts_, 1);
}

TEST_P(RequestLedgerTest, WhatIsOlderThanTheRetentionIsForgotten) {
  ASSERT_TRUE(Run(request_, "first").ok());
  const auto forget = [&](absl::Time before) {
    return database_->Write([&](Transaction& tx) { return ForgetRequests(tx, before); });
  };
  ASSERT_TRUE(forget(store_->clock().Now()).ok());
  EXPECT_EQ(Run(request_, "second")->response, "first");
  ASSERT_TRUE(forget(store_->clock().Now() + absl::Seconds(1)).ok());
  EXPECT_EQ(Run(request_, "second")->response, "second");
}

TEST_P(RequestLedgerTest, FindResponseAnswersBeforeAnyWork) {
  const auto find = [&](const Request& request) {
    absl::StatusOr<std::optional<std::string>> found;
    const absl::Status status = database_->Read([&](ReadSession& session) {
      found = FindResponse(session, request);
      return found.status();
    });
    return status.ok() ? found : status;
  };
  EXPECT_EQ(*find(request_), std::nullopt);
  ASSERT_TRUE(Run(request_, "first").ok());
  EXPECT_EQ(*find(request_), "first");
  Request other = request_;
  other.digest = "another";
  EXPECT_EQ(ReasonOf(find(other).status()), kRequestIdReused);
}

KP_ON_EVERY_STORE(RequestLedgerTest);

}  // namespace
}  // namespace kp::store
