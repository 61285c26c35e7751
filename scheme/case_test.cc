// Cases: what is sound, and that two books that were told the same show the same.
#include "scheme/case.h"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gtest/gtest.h"

namespace kp::scheme {
namespace {

constexpr Side kIssuer = Side::kIssuingEntity;
constexpr Side kImporter = Side::kImportingEntity;

CaseMove Move(Side by, std::int64_t sequence, std::int64_t seen, CaseAct act,
              const std::string& proposal = "") {
  return {by, sequence, seen, act, absl::StrCat(by == kIssuer ? "A" : "B", sequence), proposal};
}

// Puts moves down one by one; each must be sound.
std::vector<CaseMove> Book(std::initializer_list<CaseMove> moves) {
  std::vector<CaseMove> book;
  for (const CaseMove& move : moves) {
    EXPECT_TRUE(CheckCaseMove(book, move).ok()) << CheckCaseMove(book, move);
    book.push_back(move);
  }
  return book;
}

TEST(CaseTest, WhatIsSoundAndWhatIsNot) {
  const std::vector<CaseMove> book =
      Book({Move(kIssuer, 1, 0, CaseAct::kOpen), Move(kImporter, 1, 1, CaseAct::kPropose),
            Move(kImporter, 2, 1, CaseAct::kPropose), Move(kIssuer, 2, 1, CaseAct::kRemark)});
  struct Row {
    CaseMove move;
    const char* reason;  // empty: sound
  };
  const Row rows[] = {
      {Move(kIssuer, 3, 2, CaseAct::kAgree, "B2"), ""},
      {Move(kIssuer, 3, 2, CaseAct::kDecline, "B2"), ""},
      // The newer proposal had not arrived: the older one stood.
      {Move(kIssuer, 3, 1, CaseAct::kAgree, "B1"), ""},
      {Move(kIssuer, 3, 2, CaseAct::kAgree, "B1"), kCaseProposalGone},
      {Move(kIssuer, 3, 1, CaseAct::kAgree, "B2"), kCaseProposalUnknown},
      {Move(kIssuer, 3, 2, CaseAct::kAgree, "A1"), kCaseProposalUnknown},
      {Move(kImporter, 3, 2, CaseAct::kAgree, "B2"), kCaseProposalUnknown},
      {Move(kIssuer, 2, 2, CaseAct::kRemark), kCaseStale},
      {Move(kIssuer, 4, 2, CaseAct::kRemark), kCaseGap},
      {Move(kIssuer, 3, 3, CaseAct::kRemark), kCaseSeenImpossible},
      {Move(kIssuer, 3, 0, CaseAct::kRemark), kCaseSeenImpossible},
      {Move(kIssuer, 3, 2, CaseAct::kOpen), kCaseOpenedTwice},
      {Move(kIssuer, 3, 2, CaseAct::kRemark), ""},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckCaseMove(book, row.move);
    EXPECT_EQ(ReasonOf(status), row.reason) << row.move.id << " " << row.move.proposal;
  }
}

TEST(CaseTest, WhatWasTurnedDownIsGoneAndAnotherMayBeMade) {
  std::vector<CaseMove> book =
      Book({Move(kIssuer, 1, 0, CaseAct::kOpen), Move(kImporter, 1, 1, CaseAct::kPropose),
            Move(kIssuer, 2, 1, CaseAct::kDecline, "B1")});
  EXPECT_EQ(PositionOfCase(book).on_table[1], "");
  EXPECT_EQ(ReasonOf(CheckCaseMove(book, Move(kIssuer, 3, 1, CaseAct::kAgree, "B1"))),
            kCaseProposalGone);
  book.push_back(Move(kImporter, 2, 2, CaseAct::kPropose));
  EXPECT_TRUE(CheckCaseMove(book, Move(kIssuer, 3, 2, CaseAct::kAgree, "B2")).ok());
}

TEST(CaseTest, AnAgreementClosesAndLeavesRemarks) {
  const std::vector<CaseMove> book =
      Book({Move(kIssuer, 1, 0, CaseAct::kOpen), Move(kImporter, 1, 1, CaseAct::kPropose),
            Move(kIssuer, 2, 1, CaseAct::kAgree, "B1")});
  EXPECT_EQ(PositionOfCase(book).agreement, (CaseAgreement{kIssuer, 2, "B1"}));
  EXPECT_EQ(ReasonOf(CheckCaseMove(book, Move(kImporter, 2, 2, CaseAct::kPropose))), kCaseClosed);
  EXPECT_TRUE(CheckCaseMove(book, Move(kImporter, 2, 2, CaseAct::kRemark)).ok());
  // Made before the agreement arrived: sound, and without effect.
  std::vector<CaseMove> crossed = book;
  crossed.push_back(Move(kImporter, 2, 1, CaseAct::kPropose));
  EXPECT_TRUE(CheckCaseMove(book, crossed.back()).ok());
  EXPECT_EQ(PositionOfCase(crossed).agreement, (CaseAgreement{kIssuer, 2, "B1"}));
}

TEST(CaseTest, OfTwoAgreementsThatCrossedTheIssuersHolds) {
  std::vector<CaseMove> book = Book(
      {Move(kIssuer, 1, 0, CaseAct::kPropose), Move(kImporter, 1, 1, CaseAct::kPropose),
       Move(kImporter, 2, 1, CaseAct::kAgree, "A1"), Move(kIssuer, 2, 1, CaseAct::kAgree, "B1")});
  EXPECT_EQ(PositionOfCase(book).agreement, (CaseAgreement{kIssuer, 2, "B1"}));
  std::swap(book[2], book[3]);
  EXPECT_EQ(PositionOfCase(book).agreement, (CaseAgreement{kIssuer, 2, "B1"}));
}

// Reference model: a book that changes with every act as it comes, and keeps no acts.
struct Desk {
  Side side;
  std::string own, theirs;  // on the table
  std::string agreed;
  Side agreed_by = kIssuer;

  void Do(CaseAct act, const std::string& id, const std::string& proposal) {
    if (act == CaseAct::kAgree) {
      agreed = proposal;
      agreed_by = side;
    } else if (act == CaseAct::kPropose) {
      own = id;
    } else if (act == CaseAct::kDecline) {
      theirs.clear();
    }
  }
  void Hear(CaseAct act, const std::string& id, const std::string& proposal) {
    if (act == CaseAct::kAgree && (agreed.empty() || OtherSide(side) == kIssuer)) {
      agreed = proposal;
      agreed_by = OtherSide(side);
    } else if (act == CaseAct::kPropose) {
      theirs = id;
    } else if (act == CaseAct::kDecline && own == proposal) {
      own.clear();
    }
  }
};

// Acts at random moments, letters that arrive late and in their order, twice at times.
TEST(CaseTest, WhateverCrossesBothBooksShowTheSameOnceAllHasArrived) {
  int agreed = 0;
  int crossed = 0;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    std::vector<CaseMove> books[2];
    Desk desks[2] = {{kIssuer, "", "", "", kIssuer}, {kImporter, "", "", "", kIssuer}};
    std::deque<CaseMove> ways[2];  // letters of each side on their way to the other
    const auto arrive = [&](size_t from) {
      if (ways[from].empty()) return;
      const CaseMove move = ways[from].front();
      const bool again = draw(4) == 0;
      if (!again) ways[from].pop_front();
      std::vector<CaseMove>& book = books[1 - from];
      const absl::Status sound = CheckCaseMove(book, move);
      if (!sound.ok()) {
        // Nothing that is said in good faith is refused but a second copy.
        ASSERT_EQ(ReasonOf(sound), kCaseStale) << "seed " << seed << ": " << sound;
        return;
      }
      book.push_back(move);
      desks[1 - from].Hear(move.act, move.id, move.proposal);
    };
    const auto act = [&](size_t who) {
      Desk& desk = desks[who];
      const CasePosition position = PositionOfCase(books[who]);
      CaseMove move{desk.side, position.last[who] + 1, position.last[1 - who], CaseAct::kRemark, "",
                    ""};
      move.id = absl::StrCat(who, "-", move.sequence);
      const unsigned what = draw(10);
      if (what < 4) move.act = CaseAct::kPropose;
      if (what >= 4 && what < 8) {
        move.act = what < 6 ? CaseAct::kAgree : CaseAct::kDecline;
        move.proposal = desk.theirs;
      }
      const bool may =
          move.act == CaseAct::kRemark ||
          (desk.agreed.empty() && (move.act == CaseAct::kPropose || !move.proposal.empty()));
      ASSERT_EQ(CheckCaseMove(books[who], move).ok(), may)
          << "seed " << seed << " " << CheckCaseMove(books[who], move);
      if (!may) return;
      books[who].push_back(move);
      desk.Do(move.act, move.id, move.proposal);
      ways[who].push_back(move);
    };
    for (int step = 0; step < 40 && !HasFatalFailure(); ++step) {
      draw(2) == 0 ? act(draw(2)) : arrive(draw(2));
      for (const size_t who : {0U, 1U}) {
        const CasePosition position = PositionOfCase(books[who]);
        const std::string shown =
            position.agreement.has_value() ? position.agreement->proposal : "";
        ASSERT_EQ(shown, desks[who].agreed) << "seed " << seed;
        if (!shown.empty()) continue;
        ASSERT_EQ(position.on_table[who], desks[who].own) << "seed " << seed;
        ASSERT_EQ(position.on_table[1 - who], desks[who].theirs) << "seed " << seed;
      }
    }
    while (!(ways[0].empty() && ways[1].empty()) && !HasFatalFailure()) arrive(draw(2));
    if (HasFatalFailure()) return;
    ASSERT_EQ(books[0].size(), books[1].size()) << "nothing is lost; seed " << seed;
    ASSERT_EQ(PositionOfCase(books[0]), PositionOfCase(books[1])) << "seed " << seed;
    ASSERT_EQ(desks[0].agreed, desks[1].agreed) << "seed " << seed;
    const auto agreements = std::count_if(books[0].begin(), books[0].end(), [](const auto& move) {
      return move.act == CaseAct::kAgree;
    });
    agreed += agreements > 0 ? 1 : 0;
    crossed += agreements > 1 ? 1 : 0;
  }
  // The run did meet what it is about.
  EXPECT_GT(agreed, 1000);
  EXPECT_GT(crossed, 50);
}

}  // namespace
}  // namespace kp::scheme
