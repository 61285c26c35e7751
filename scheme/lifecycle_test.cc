#include "scheme/lifecycle.h"

#include <optional>
#include <random>
#include <set>

#include "base/error.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::scheme {
namespace {

constexpr Side kIssuer = Side::kIssuingEntity;
constexpr Side kImporter = Side::kImportingEntity;

TEST(LifecycleTest, GoesFromApplicationToConfirmation) {
  std::optional<State> state;
  for (const auto& [event, side] : {std::pair{Event::kApply, kIssuer},
                                    {Event::kIssue, kIssuer},
                                    {Event::kValidate, kIssuer},
                                    {Event::kExport, kIssuer},
                                    {Event::kArrive, kImporter},
                                    {Event::kConfirm, kImporter}}) {
    const auto next = Next(state, event, side);
    ASSERT_TRUE(next.ok()) << next.status();
    state = *next;
  }
  EXPECT_EQ(state, State::kConfirmed);
}

TEST(LifecycleTest, ARefusalNamesTheEventTheStateAndWhatIsNeeded) {
  const auto next = Next(State::kApplied, Event::kRelease, kImporter);
  EXPECT_EQ(ReasonOf(next.status()), reasons::kWrongState);
  EXPECT_EQ(next.status().message(),
            "state: RELEASE needs a certificate that is DETAINED; this one is APPLIED (EU art. 5(2))");
  EXPECT_EQ(next.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FaultsOf(next.status())[0].field, "state");
  EXPECT_EQ(FaultsOf(next.status())[0].rule, "EU art. 5(2)");
  EXPECT_EQ(FaultsOf(CheckInspectable(State::kValidated))[0].rule, "CORE IV(b)");
  EXPECT_EQ(FaultsOf(CheckCorrectable(State::kIssued))[0].rule, "India, DGFT 34/2015-2020");
  EXPECT_EQ(MetadataOf(next.status())["state"], "APPLIED");
  EXPECT_EQ(Next(State::kExported, Event::kVoid, kImporter).status().message(),
            "state: VOID is not for this side to cause (KP 4.5)");
}

TEST(LifecycleTest, WhatIsClosedStaysClosed) {
  for (const State state : {State::kRejected, State::kConfirmed, State::kReturned, State::kReplaced,
                            State::kVoid, State::kSeized}) {
    for (const Event event : kAllEvents) {
      for (const Side side : kAllSides) {
        EXPECT_FALSE(Next(state, event, side).ok()) << StateName(state) << EventName(event);
      }
    }
  }
}

// Every event has a row, no side two of one event; what takes a certificate out of its ordinary way
// is told in writing.
TEST(LifecycleTest, TheTableIsWhole) {
  for (const Event event : kAllEvents) {
    int rows = 0;
    for (const Side side : kAllSides) {
      int of_side = 0;
      for (const Transition& row : Transitions()) of_side += row.event == event && row.side == side;
      EXPECT_LE(of_side, 1) << EventName(event);
      rows += of_side;
    }
    EXPECT_GE(rows, 1) << EventName(event);
  }
  for (const Transition& row : Transitions()) {
    const bool ordinary = row.event == Event::kApply || row.event == Event::kAmend ||
                          row.event == Event::kIssue || row.event == Event::kValidate ||
                          row.event == Event::kExport || row.event == Event::kArrive ||
                          row.event == Event::kConfirm;
    EXPECT_EQ(row.reasons, !ordinary) << EventName(row.event);
    EXPECT_EQ(FindTransition(row.event, row.side), &row);
  }
}

TEST(LifecycleTest, StateNamesReadBack) {
  for (const State state : kAllStates) EXPECT_EQ(StateFromName(StateName(state)), state);
  EXPECT_EQ(StateFromName("EXPIRED"), std::nullopt) << "expired is derived, not a state";
}

// The same life told another way: by where the goods are and what has been done, not by states.
class Model {
 public:
  // Whether the event happens.
  bool Happens(Event event, Side side) {
    const bool issuer = side == kIssuer;
    switch (event) {
      case Event::kApply:
        return issuer && !applied_ && Set(applied_);
      case Event::kFindDeficient:
        return issuer && Pending() && !deficient_ && Set(deficient_);
      case Event::kAmend:
        return issuer && Pending() && Clear(deficient_);
      case Event::kReject:
        return issuer && Pending() && End(State::kRejected);
      case Event::kIssue:
        return issuer && Pending() && !deficient_ && Set(issued_);
      case Event::kValidate:
        return issuer && Live() && AtHome() && !validated_ && Set(validated_);
      case Event::kExport:
        return issuer && Live() && AtHome() && validated_ && Set(left_);
      case Event::kArrive:
        return !issuer && Live() && Underway() && Set(arrived_);
      case Event::kDetain:
        return !issuer && Live() && left_ && !held_ && Set(arrived_) && Set(held_);
      case Event::kRelease:
        return !issuer && Live() && held_ && Clear(held_) && Set(released_);
      case Event::kConfirm:
        return !issuer && Live() && left_ && !held_ && End(State::kConfirmed);
      case Event::kReturn:
        return (issuer ? Missing() || (Live() && !arrived_) : Live() && arrived_) &&
               End(State::kReturned);
      case Event::kReplace:
        return issuer && (closed_ == State::kLost || (Live() && (!arrived_ || held_))) &&
               End(State::kReplaced);
      case Event::kVoid:
        return issuer && Live() && End(State::kVoid);
      case Event::kReportLost:
        return issuer && Live() && !arrived_ && End(State::kLost);
      case Event::kReportStolen:
        return issuer && (Live() || closed_ == State::kLost) && End(State::kStolen);
      case Event::kSeize:
        return (issuer ? Live() && !arrived_ : Live() && left_) && End(State::kSeized);
    }
    return false;
  }

  std::optional<State> state() const {
    if (!applied_) return std::nullopt;
    if (closed_) return closed_;
    if (held_) return State::kDetained;
    if (released_) return State::kReleased;
    if (arrived_) return State::kArrived;
    if (left_) return State::kExported;
    if (validated_) return State::kValidated;
    if (issued_) return State::kIssued;
    return deficient_ ? State::kDeficient : State::kApplied;
  }

 private:
  static bool Set(bool& what) { return what = true; }
  static bool Clear(bool& what) { return !(what = false); }
  bool End(State as) {
    closed_ = as;
    return true;
  }
  bool Pending() const { return applied_ && !issued_ && !closed_; }
  bool Live() const { return issued_ && !closed_; }
  bool AtHome() const { return !left_; }
  bool Underway() const { return left_ && !arrived_; }
  bool Missing() const { return closed_ == State::kLost || closed_ == State::kStolen; }

  bool applied_ = false, deficient_ = false, issued_ = false, validated_ = false, left_ = false,
       arrived_ = false, held_ = false, released_ = false;
  std::optional<State> closed_;
};

TEST(LifecycleTest, RandomEventsAgreeWithAModel) {
  std::mt19937 random(20261124);
  std::set<const Transition*> taken;
  for (int life = 0; life < 40'000; ++life) {
    Model model;
    std::optional<State> state;
    for (int step = 0; step < 60; ++step) {
      const Event event = kAllEvents[random() % kAllEvents.size()];
      const Side side = kAllSides[random() % kAllSides.size()];
      const auto next = Next(state, event, side);
      ASSERT_EQ(next.ok(), model.Happens(event, side))
          << EventName(event) << " in " << (state ? StateName(*state) : "nothing");
      if (!next.ok()) continue;
      taken.insert(FindTransition(event, side));
      state = *next;
      ASSERT_EQ(state, model.state()) << EventName(event);
    }
  }
  EXPECT_EQ(taken.size(), Transitions().size()) << "a row was never taken";
}

}  // namespace
}  // namespace kp::scheme
