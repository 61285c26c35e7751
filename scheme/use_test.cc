#include "scheme/use.h"

#include <random>
#include <set>

#include "gtest/gtest.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::EntityOf;

class UseTest : public ::testing::Test {
 protected:
  UseTest() { use_.importing_entity = EntityOf("EU"); }

  UseOutcome Act(UseAct act, const std::string& reference, std::int64_t version = 1,
                 const char* by = "EU") {
    const UseDecision decision =
        DecideUse(use_, state_, {act, EntityOf(by), reference, version, now_});
    reason_ = decision.reason;
    if (decision.outcome == UseOutcome::kDone) {
      EXPECT_EQ(decision.next.revision, use_.revision + 1);
    } else {
      EXPECT_EQ(decision.next.revision, use_.revision);
    }
    use_ = decision.next;
    return decision.outcome;
  }

  Use use_;
  State state_ = State::kExported;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  std::string reason_;
};

TEST_F(UseTest, LegsOfOneReferenceCompleteEachOtherInEitherOrder) {
  EXPECT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kWriteOff, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kConfirm, "A", 0), UseOutcome::kDone);
  EXPECT_TRUE(use_.confirmed);
  EXPECT_EQ(use_.customs, CustomsLeg::kWrittenOff);

  use_ = Use();
  use_.importing_entity = EntityOf("EU");
  EXPECT_EQ(Act(UseAct::kConfirm, "A", 0), UseOutcome::kDone);
  state_ = State::kConfirmed;
  EXPECT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kWriteOff, "A"), UseOutcome::kDone);
}

TEST_F(UseTest, AnotherReferenceIsAlreadyUsedOnEveryLeg) {
  ASSERT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  for (const UseAct act :
       {UseAct::kReserve, UseAct::kWriteOff, UseAct::kRelease, UseAct::kConfirm}) {
    EXPECT_EQ(Act(act, "B"), UseOutcome::kAlreadyUsed) << UseActName(act);
    EXPECT_EQ(reason_, reasons::kAlreadyUsed);
  }
  EXPECT_EQ(use_.reference, "A");
}

TEST_F(UseTest, AnotherEntityIsRefusedAndConsumesNothing) {
  EXPECT_EQ(Act(UseAct::kReserve, "A", 1, "ZW"), UseOutcome::kNotTheImporter);
  EXPECT_EQ(Act(UseAct::kConfirm, "A", 0, "BW"), UseOutcome::kNotTheImporter);
  EXPECT_EQ(Act(UseAct::kReserve, "B", 1, "EU"), UseOutcome::kDone);
}

TEST_F(UseTest, AConfirmationTakesTheReferenceOfTheReservationAndAsksForOneOnlyWithoutIt) {
  EXPECT_EQ(Act(UseAct::kConfirm, "", 0), UseOutcome::kRefused);
  EXPECT_EQ(reason_, reasons::kReferenceRequired);
  ASSERT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kConfirm, "", 0), UseOutcome::kDone);
  EXPECT_EQ(use_.reference, "A");
  EXPECT_EQ(Act(UseAct::kConfirm, "A", 0), UseOutcome::kAlreadyDone);
  EXPECT_EQ(Act(UseAct::kConfirm, "", 0), UseOutcome::kAlreadyUsed)
      << "nothing says that it is the same consignment";
}

TEST_F(UseTest, ReleaseFreesTheReferenceOnlyWhenNothingElseIsConsumed) {
  ASSERT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kRelease, "A"), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kRelease, "A"), UseOutcome::kAlreadyDone);
  EXPECT_EQ(use_.Holder(now_), "");
  EXPECT_EQ(Act(UseAct::kReserve, "A", 1), UseOutcome::kRefused) << "a late copy";
  EXPECT_EQ(reason_, reasons::kStaleVersion);
  EXPECT_EQ(Act(UseAct::kReserve, "B"), UseOutcome::kDone);
  ASSERT_EQ(Act(UseAct::kConfirm, "B", 0), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kRelease, "B"), UseOutcome::kDone);
  EXPECT_EQ(use_.Holder(now_), "B") << "the confirmation still holds it";
  EXPECT_EQ(Act(UseAct::kReserve, "C"), UseOutcome::kAlreadyUsed);
}

TEST_F(UseTest, ReservationsExpire) {
  ASSERT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  now_ += kDefaultReservation - absl::Seconds(1);
  EXPECT_EQ(Act(UseAct::kReserve, "B"), UseOutcome::kAlreadyUsed);
  now_ += absl::Seconds(1);
  EXPECT_EQ(use_.CustomsAt(now_), CustomsLeg::kReleased);
  EXPECT_EQ(Act(UseAct::kWriteOff, "A"), UseOutcome::kRefused);
  EXPECT_EQ(reason_, reasons::kNotReserved);
  const Use lapsed = use_;
  EXPECT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone) << "the same version may come again";
  use_ = lapsed;
  EXPECT_EQ(Act(UseAct::kReserve, "B"), UseOutcome::kDone);
}

TEST_F(UseTest, VersionsOfADeclarationOnlyRise) {
  ASSERT_EQ(Act(UseAct::kReserve, "A", 2), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kReserve, "A", 2), UseOutcome::kAlreadyDone);
  EXPECT_EQ(Act(UseAct::kReserve, "A", 1), UseOutcome::kRefused);
  EXPECT_EQ(Act(UseAct::kReserve, "A", 3), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kRelease, "A", 2), UseOutcome::kRefused);
  EXPECT_EQ(reason_, reasons::kStaleVersion);
  EXPECT_EQ(Act(UseAct::kWriteOff, "A", 3), UseOutcome::kDone);
  EXPECT_EQ(Act(UseAct::kWriteOff, "A", 3), UseOutcome::kAlreadyDone);
  EXPECT_EQ(Act(UseAct::kReserve, "A", 4), UseOutcome::kRefused);
  EXPECT_EQ(reason_, reasons::kAlreadyWrittenOff);
  EXPECT_EQ(Act(UseAct::kRelease, "A", 4), UseOutcome::kRefused);
}

TEST_F(UseTest, OnlyAnExportedOrConfirmedCertificateIsUsed) {
  const std::set<State> usable = {State::kExported, State::kArrived, State::kReleased,
                                  State::kConfirmed};
  for (const State state : kAllStates) {
    use_ = Use();
    use_.importing_entity = EntityOf("EU");
    state_ = state;
    EXPECT_EQ(Act(UseAct::kReserve, "A"),
              usable.contains(state) ? UseOutcome::kDone : UseOutcome::kRefused)
        << StateName(state);
  }
}

TEST_F(UseTest, PositionOfAQuestionsReference) {
  EXPECT_EQ(PositionOf(use_, "A", now_), UsePosition::kNone);
  ASSERT_EQ(Act(UseAct::kReserve, "A"), UseOutcome::kDone);
  EXPECT_EQ(PositionOf(use_, "A", now_), UsePosition::kSameReference);
  EXPECT_EQ(PositionOf(use_, "B", now_), UsePosition::kOtherReference);
  EXPECT_EQ(PositionOf(use_, "", now_), UsePosition::kReferenceNotStated);
  EXPECT_EQ(PositionOf(use_, "B", now_ + kDefaultReservation), UsePosition::kNone);
}

// Whatever is sent in whatever order: never two references consume, what is consumed stays so, a
// foreign entity changes nothing, and repeating a done act does nothing more.
TEST_F(UseTest, NeverTwoReferencesConsume) {
  std::mt19937 random(11);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  int consumed_in_all = 0;
  for (int run = 0; run < 2000; ++run) {
    Use use;
    use.importing_entity = EntityOf("EU");
    std::set<std::string> consumers;
    absl::Time now = now_;
    for (int step = 0; step < 30; ++step) {
      now += absl::Hours(pick(4) == 0 ? 24 * 20 : 1);
      const char* const by = pick(8) == 0 ? "ZW" : "EU";
      const UseRequest request{static_cast<UseAct>(pick(4)), EntityOf(by),
                               std::string(1, static_cast<char>("ABC"[pick(3)])), pick(3), now};
      const UseDecision decision = DecideUse(use, State::kExported, request);
      if (request.by != use.importing_entity) {
        ASSERT_EQ(decision.outcome, UseOutcome::kNotTheImporter);
      }
      if (decision.outcome != UseOutcome::kDone) {
        ASSERT_EQ(decision.next.revision, use.revision);
      }
      ASSERT_GE(decision.next.Consumed(), use.Consumed());
      use = decision.next;
      if (use.Consumed()) consumers.insert(use.reference);
      ASSERT_LE(consumers.size(), 1U);
      if (decision.outcome == UseOutcome::kDone) {
        const UseDecision again = DecideUse(use, State::kExported, request);
        ASSERT_EQ(again.outcome, UseOutcome::kAlreadyDone) << UseActName(request.act);
      }
    }
    consumed_in_all += static_cast<int>(consumers.size());
  }
  EXPECT_GT(consumed_in_all, 1000) << "the sequences must reach consumption to show anything";
}

}  // namespace
}  // namespace kp::scheme
