#include "scheme/case.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::scheme {
namespace {

absl::Status Refuse(const char* reason, std::string_view text) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, text);
}

}  // namespace

CasePosition PositionOfCase(std::span<const CaseMove> moves) {
  CasePosition position;
  for (const CaseMove& move : moves) {
    const size_t by = SideIndex(move.by);
    position.last[by] = std::max(position.last[by], move.sequence);
    if (move.act == CaseAct::kPropose) position.on_table[by] = move.id;
    if (move.act != CaseAct::kAgree) continue;
    // Two agreements can only have crossed: nobody agrees in a case known to be closed.
    if (!position.agreement.has_value() || move.by == Side::kIssuingEntity) {
      position.agreement = CaseAgreement{move.by, move.sequence, move.proposal};
    }
  }
  for (const CaseMove& move : moves) {
    std::string& theirs = position.on_table[SideIndex(OtherSide(move.by))];
    if (move.act == CaseAct::kDecline && theirs == move.proposal) theirs.clear();
  }
  if (position.agreement.has_value()) position.on_table = {};
  return position;
}

absl::Status CheckCaseMove(std::span<const CaseMove> known, const CaseMove& move) {
  const Side other = OtherSide(move.by);
  // What its author knew.
  std::vector<CaseMove> view;
  std::int64_t last = 0;
  std::int64_t theirs = 0;
  std::int64_t seen_before = 0;
  bool opened = false;
  for (const CaseMove& one : known) {
    opened = opened || one.act == CaseAct::kOpen;
    if (one.by == move.by) {
      last = std::max(last, one.sequence);
      seen_before = std::max(seen_before, one.seen);
      view.push_back(one);
    } else {
      theirs = std::max(theirs, one.sequence);
      if (one.sequence <= move.seen) view.push_back(one);
    }
  }
  if (move.sequence <= last) {
    return Refuse(kCaseStale,
                  absl::StrCat("act ", move.sequence, " of this side is there already"));
  }
  if (move.sequence > kMaxCaseMoves) {
    return Refuse(kCaseFull,
                  absl::StrCat("one side has at most ", kMaxCaseMoves, " acts in a case"));
  }
  if (move.sequence != last + 1) {
    return MakeError(absl::StatusCode::kUnavailable, kCaseGap,
                     absl::StrCat("act ", last + 1, " of this side has not arrived yet"));
  }
  if (move.seen < seen_before || move.seen > theirs) {
    return Refuse(kCaseSeenImpossible, absl::StrCat("it claims to know ", move.seen, " of ", theirs,
                                                    " acts, and knew ", seen_before, " before"));
  }
  if (move.act == CaseAct::kOpen && (opened || move.sequence != 1)) {
    return Refuse(kCaseOpenedTwice, "the case is open already");
  }
  if (move.act == CaseAct::kOpen || move.act == CaseAct::kRemark) return absl::OkStatus();
  const CasePosition position = PositionOfCase(view);
  if (position.agreement.has_value()) {
    return Refuse(kCaseClosed, "a proposal is agreed already; only remarks are taken");
  }
  if (move.act == CaseAct::kPropose) return absl::OkStatus();
  if (!move.proposal.empty() && position.on_table[SideIndex(other)] == move.proposal) {
    return absl::OkStatus();
  }
  const bool made = std::ranges::any_of(view, [&](const CaseMove& one) {
    return one.by == other && one.act == CaseAct::kPropose && one.id == move.proposal;
  });
  return made ? Refuse(kCaseProposalGone,
                       "the proposal was turned down, or its author has made another")
              : Refuse(kCaseProposalUnknown, "no proposal of the other side has this digest");
}

}  // namespace kp::scheme
