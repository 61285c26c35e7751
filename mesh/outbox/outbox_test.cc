// The outbox on every store: order, independence, retries, what is given up, and what survives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "base/error.h"
#include "mesh/outbox/dispatcher.h"
#include "mesh/outbox/inbox.h"
#include "mesh/outbox/outbox.h"
#include "mesh/outbox/reasons.h"
#include "mesh/outbox/retry_policy.h"
#include "mesh/store/testing/test_store.h"

namespace kp::outbox {
namespace {

using store::Transaction;
using store::WaitUntil;
using ::testing::ElementsAre;

// Delivers as it is told; a body is "partner/key/n".
class TestSender final : public Sender {
 public:
  absl::StatusOr<Delivery> Deliver(const Message& message, absl::Duration) override {
    std::unique_lock<std::mutex> lock(mutex_);
    tried_.push_back(message.what.body);
    changed_.wait(lock, [&] { return !blocked_.contains(message.what.partner); });
    if (const auto error = errors_.find(message.what.body); error != errors_.end()) {
      return error->second;
    }
    delivered_.push_back(message.what.body);
    return Delivery{"receipt for " + message.what.body, "DONE"};
  }

  void Block(const std::string& partner) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocked_.insert(partner);
  }
  void Unblock(const std::string& partner) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocked_.erase(partner);
    changed_.notify_all();
  }
  void Fail(const std::string& body, absl::Status error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    errors_[body] = std::move(error);
  }
  void Mend(const std::string& body) {
    const std::lock_guard<std::mutex> lock(mutex_);
    errors_.erase(body);
  }
  std::vector<std::string> delivered() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return delivered_;
  }
  size_t Tries(const std::string& body) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return static_cast<size_t>(std::count(tried_.begin(), tried_.end(), body));
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> blocked_;
  std::map<std::string, absl::Status> errors_;
  std::vector<std::string> tried_;
  std::vector<std::string> delivered_;
};

// The domain's effect, which must share the fate of the receipt.
class TestEffects final : public Effects {
 public:
  absl::Status OnDelivered(Transaction& tx, const Message& message, const Delivery&) override {
    return tx.Execute("INSERT INTO effect (body) VALUES (?)", message.what.body).status();
  }
  absl::Status OnRefused(Transaction&, const Message&, const absl::Status&) override {
    ++refused;
    return absl::OkStatus();
  }
  std::atomic<int> refused = 0;
};

store::Component EffectTable() {
  return {"test", {{1, "effects", {"CREATE TABLE effect (body TEXT PRIMARY KEY)"}}}};
}

class OutboxTest : public store::StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (store_ == nullptr) return;
    Open();
  }
  void TearDown() override { dispatcher_.reset(); }

  void Open() {
    outbox_.reset();
    database_.reset();
    database_ = store_->Open({OutboxSchema(), EffectTable()});
    outbox_ = std::make_unique<Outbox>(*database_, store_->clock(), SystemIds());
  }
  void Start() {
    auto started = Dispatcher::Start(*outbox_, sender_, effects_, {});
    ASSERT_TRUE(started.ok()) << started.status();
    dispatcher_ = *std::move(started);
  }

  std::string Enqueue(const std::string& partner, const std::string& key, int n) {
    std::string id;
    EXPECT_TRUE(database_
                    ->Write([&](Transaction& tx) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(
                          id, outbox_->Enqueue(tx, {partner, key, "use", "application/test",
                                                    partner + "/" + key + "/" + std::to_string(n)}));
                      return absl::OkStatus();
                    })
                    .ok());
    return id;
  }

  State StateOf(const std::string& id) {
    const auto info = outbox_->Show(id);
    return info.ok() ? info->state : State::kFailed;
  }

  // Waits until a failed try is recorded.
  bool HasFailed(const std::string& id) {
    return WaitUntil([&] { return !outbox_->Show(id)->last_error.empty(); });
  }

  int64_t Effects() {
    int64_t count = -1;
    (void)database_->Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto row, session.QueryOne<int64_t>("SELECT COUNT(*) FROM effect"));
      count = row.value_or(-1);
      return absl::OkStatus();
    });
    return count;
  }

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Outbox> outbox_;
  TestSender sender_;
  TestEffects effects_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_P(OutboxTest, DeliversAtOnceWithTheEffectAndTheReceipt) {
  Start();
  const std::string id = Enqueue("BW", "BW1", 1);
  const auto message = outbox_->Await(id, absl::Seconds(10));
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->state, State::kDelivered);
  EXPECT_EQ(message->receipt, "receipt for BW/BW1/1");
  EXPECT_EQ(message->outcome, "DONE");
  EXPECT_EQ(Effects(), 1);
}

TEST_P(OutboxTest, ARolledBackTransactionSendsNothing) {
  Start();
  const absl::Status status = database_->Write([&](Transaction& tx) -> absl::Status {
    KP_RETURN_IF_ERROR(outbox_->Enqueue(tx, {"BW", "BW1", "use", "t", "BW/BW1/lost"}).status());
    return absl::AbortedError("the cause was undone");
  });
  EXPECT_FALSE(status.ok());
  // A later message of the same key is delivered, and nothing came before it.
  const std::string id = Enqueue("BW", "BW1", 2);
  EXPECT_EQ(outbox_->Await(id, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_THAT(sender_.delivered(), ElementsAre("BW/BW1/2"));
}

TEST_P(OutboxTest, KeepsTheOrderOfOneCertificate) {
  std::vector<std::string> expected;
  std::string last;
  for (int i = 0; i < 20; ++i) {
    last = Enqueue("BW", "BW1", i);
    expected.push_back("BW/BW1/" + std::to_string(i));
  }
  Start();
  EXPECT_EQ(outbox_->Await(last, absl::Seconds(20))->state, State::kDelivered);
  EXPECT_EQ(sender_.delivered(), expected);
}

TEST_P(OutboxTest, ASilentPartnerDelaysNoOther) {
  sender_.Block("ZW");
  Start();
  for (int i = 0; i < 10; ++i) Enqueue("ZW", "ZW" + std::to_string(i), 1);
  const std::string id = Enqueue("BW", "BW1", 1);
  EXPECT_EQ(outbox_->Await(id, absl::Seconds(10))->state, State::kDelivered);
  sender_.Unblock("ZW");
  EXPECT_TRUE(WaitUntil([&] { return sender_.delivered().size() == 11; }));
}

TEST_P(OutboxTest, TriesAgainWhenTheTimeHasComeAndNotBefore) {
  sender_.Fail("BW/BW1/1", absl::UnavailableError("no answer"));
  Start();
  const std::string id = Enqueue("BW", "BW1", 1);
  ASSERT_TRUE(HasFailed(id));
  EXPECT_EQ(outbox_->Show(id)->attempts, 1);
  sender_.Mend("BW/BW1/1");
  // The clock stands still: another message goes out meanwhile, this one waits.
  EXPECT_EQ(outbox_->Await(Enqueue("BW", "BW2", 1), absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(StateOf(id), State::kPending);
  store_->clock().Advance(absl::Seconds(2));
  EXPECT_EQ(outbox_->Await(id, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(sender_.Tries("BW/BW1/1"), 2u);
}

TEST_P(OutboxTest, ATryThatFailedHoldsBackTheLaterOnesOfItsCertificateOnly) {
  sender_.Fail("BW/BW1/1", absl::UnavailableError("no answer"));
  Start();
  const std::string first = Enqueue("BW", "BW1", 1);
  const std::string second = Enqueue("BW", "BW1", 2);
  const std::string other = Enqueue("BW", "BW2", 1);
  EXPECT_EQ(outbox_->Await(other, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(sender_.Tries("BW/BW1/2"), 0u);
  sender_.Mend("BW/BW1/1");
  store_->clock().Advance(absl::Seconds(2));
  EXPECT_EQ(outbox_->Await(second, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_THAT(sender_.delivered(), ElementsAre("BW/BW2/1", "BW/BW1/1", "BW/BW1/2"));
  EXPECT_EQ(StateOf(first), State::kDelivered);
}

TEST_P(OutboxTest, APartnerThatIsReadyAgainGetsEverythingAtOnce) {
  sender_.Fail("BW/BW1/1", absl::UnavailableError("gone"));
  Start();
  const std::string id = Enqueue("BW", "BW1", 1);
  ASSERT_TRUE(HasFailed(id));
  sender_.Mend("BW/BW1/1");
  dispatcher_->PartnerReady("BW");  // the clock has not moved
  EXPECT_EQ(outbox_->Await(id, absl::Seconds(10))->state, State::kDelivered);
}

TEST_P(OutboxTest, WhatIsTooOldIsParkedAndHoldsTheRestUntilSomebodyActs) {
  sender_.Fail("BW/BW1/1", absl::UnavailableError("gone"));
  Start();
  const std::string first = Enqueue("BW", "BW1", 1);
  const std::string second = Enqueue("BW", "BW1", 2);
  ASSERT_TRUE(HasFailed(first));
  store_->clock().Advance(absl::Hours(15 * 24));
  ASSERT_TRUE(WaitUntil([&] { return StateOf(first) == State::kParked; }));
  EXPECT_EQ(StateOf(second), State::kHeld);
  EXPECT_EQ(ReasonOf(outbox_->Retry(second)), kMessageNotParked);
  sender_.Mend("BW/BW1/1");
  EXPECT_TRUE(outbox_->Retry(first).ok());
  EXPECT_EQ(outbox_->Await(second, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_THAT(sender_.delivered(), ElementsAre("BW/BW1/1", "BW/BW1/2"));
}

TEST_P(OutboxTest, WhatThePartnerWillNeverTakeIsNotTriedAgain) {
  sender_.Fail("BW/BW1/1", absl::InvalidArgumentError("unreadable"));
  Start();
  const std::string id = Enqueue("BW", "BW1", 1);
  ASSERT_TRUE(WaitUntil([&] { return StateOf(id) == State::kFailed; }));
  EXPECT_EQ(effects_.refused, 1);
  store_->clock().Advance(absl::Hours(1));
  EXPECT_EQ(outbox_->Await(Enqueue("BW", "BW2", 1), absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(sender_.Tries("BW/BW1/1"), 1u);
}

TEST_P(OutboxTest, ARestartGoesOnWithWhatWaits) {
  const std::string id = Enqueue("BW", "BW1", 1);
  Open();  // as after a crash: nothing was in memory
  Start();
  EXPECT_EQ(outbox_->Await(id, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(Effects(), 1);
}

TEST_P(OutboxTest, WhatIsDiscardedHoldsNothingBack) {
  sender_.Fail("BW/BW1/1", absl::InvalidArgumentError("unreadable"));
  const std::string bad = Enqueue("BW", "BW1", 1);
  const std::string held = Enqueue("BW", "BW1", 2);
  Start();
  ASSERT_TRUE(WaitUntil([&] { return StateOf(bad) == State::kFailed; }));
  EXPECT_EQ(StateOf(held), State::kHeld);
  const auto discard = [&](const std::string& id) {
    return database_->Write(
        [&](Transaction& tx) { return outbox_->Discard(tx, id, "never readable").status(); });
  };
  EXPECT_EQ(ReasonOf(discard(held)), kMessageNotParked);
  EXPECT_TRUE(discard(bad).ok());
  EXPECT_EQ(ReasonOf(discard(bad)), kMessageNotParked);
  EXPECT_EQ(outbox_->Await(held, absl::Seconds(10))->state, State::kDelivered);
  EXPECT_EQ(StateOf(bad), State::kDiscarded);
  EXPECT_EQ(outbox_->Show(bad)->last_error, "never readable");
  EXPECT_EQ(ReasonOf(outbox_->Retry(bad)), kMessageNotParked);
}

TEST_P(OutboxTest, ListsByPageAndState) {
  for (int i = 0; i < 5; ++i) Enqueue("BW", "BW" + std::to_string(i), 1);
  Enqueue("ZW", "ZW1", 1);
  ListQuery query;
  query.page_size = 4;
  const auto first = outbox_->List(query);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->messages.size(), 4u);
  ASSERT_TRUE(first->next.has_value());
  query.after = *first->next;
  const auto second = outbox_->List(query);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->messages.size(), 2u);
  EXPECT_FALSE(second->next.has_value());
  const auto stats = outbox_->Stats();
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->size(), 2u);
}

TEST_P(OutboxTest, TheInboxAnswersADuplicateWithTheFirstReceipt) {
  int acts = 0;
  const auto receive = [&](const Incoming& incoming) -> absl::StatusOr<Receipt> {
    Receipt receipt;
    const absl::Status status = database_->Write([&](Transaction& tx) -> absl::Status {
      KP_ASSIGN_OR_RETURN(receipt, ReceiveOnce(tx, store_->clock(), incoming,
                                               [&]() -> absl::StatusOr<Receipt> {
                                                 ++acts;
                                                 return Receipt{"signed " + std::to_string(acts),
                                                                "DONE"};
                                               }));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return receipt;
  };
  const Incoming incoming{"EU", "6f6b0f0e-0000-4000-8000-000000000001", "the bytes"};
  const auto first = receive(incoming);
  const auto again = receive(incoming);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->bytes, "signed 1");
  EXPECT_EQ(again->bytes, "signed 1");
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(acts, 1);
  Incoming other = incoming;
  other.body = "other bytes";
  EXPECT_EQ(ReasonOf(receive(other).status()), kMessageIdReused);
  // The same id of another sender is another message.
  other.sender = "ZW";
  EXPECT_TRUE(receive(other).ok());
}

KP_ON_EVERY_STORE(OutboxTest);

TEST(RetryPolicyTest, PausesDoubleWithJitterUpToTheCap) {
  const absl::Duration first = absl::Seconds(1);
  const absl::Duration cap = absl::Minutes(10);
  for (int attempt = 1; attempt < 40; ++attempt) {
    const absl::Duration plain = std::min(first * (int64_t{1} << std::min(attempt - 1, 20)), cap);
    const absl::Duration pause = RetryPause("an id", attempt, first, cap);
    EXPECT_GE(pause, plain * 0.8) << attempt;
    EXPECT_LE(pause, plain * 1.2) << attempt;
  }
  EXPECT_NE(RetryPause("one", 5, first, cap), RetryPause("another", 5, first, cap));
}

TEST(RetryPolicyTest, OnlyWhatCannotBeMendedIsFinal) {
  EXPECT_TRUE(IsFinal(absl::InvalidArgumentError("")));
  EXPECT_TRUE(IsFinal(absl::AlreadyExistsError("")));
  EXPECT_FALSE(IsFinal(absl::UnavailableError("")));
  EXPECT_FALSE(IsFinal(absl::PermissionDeniedError("")));
  EXPECT_FALSE(IsFinal(absl::UnauthenticatedError("")));
}

}  // namespace
}  // namespace kp::outbox
