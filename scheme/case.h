// A case between the two authorities of a certificate (R20; CORE V(f)), as a pure function of what
// both have said. Each side's acts are numbered without gaps, and each act tells how many of the
// other side's its author knew. So whether an act is sound never depends on when it arrives, and
// two books that hold the same acts show the same, whatever crossed on the way:
//   - a proposal stands until its author makes another, or the other side turns it down;
//   - who agrees to a proposal before its withdrawal has arrived binds both;
//   - the first agreement closes the case; of two that crossed, the issuing side's holds;
//   - remarks are always taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "scheme/lifecycle.h"

namespace kp::scheme {

// The act's number was used before with other content: FAILED_PRECONDITION.
inline constexpr char kCaseStale[] = "CASE_STALE";
// An earlier act of the same side has not arrived yet; the sender tries again: UNAVAILABLE.
inline constexpr char kCaseGap[] = "CASE_GAP";
// The act claims to know acts that do not exist, or fewer than its author knew before:
// FAILED_PRECONDITION.
inline constexpr char kCaseSeenImpossible[] = "CASE_SEEN_IMPOSSIBLE";
// A proposal is agreed already; only remarks are taken: FAILED_PRECONDITION.
inline constexpr char kCaseClosed[] = "CASE_CLOSED";
// The digest is that of no proposal of the other side: FAILED_PRECONDITION.
inline constexpr char kCaseProposalUnknown[] = "CASE_PROPOSAL_UNKNOWN";
// The proposal was turned down, or its author has made another: FAILED_PRECONDITION.
inline constexpr char kCaseProposalGone[] = "CASE_PROPOSAL_GONE";
// A case is opened once, by the first act of its opener: FAILED_PRECONDITION.
inline constexpr char kCaseOpenedTwice[] = "CASE_OPENED_TWICE";
// One side has said as much in a case as a case takes: FAILED_PRECONDITION.
inline constexpr char kCaseFull[] = "CASE_FULL";

// Acts of one side in one case.
inline constexpr std::int64_t kMaxCaseMoves = 200;

enum class CaseAct { kOpen, kRemark, kPropose, kAgree, kDecline };

struct CaseMove {
  Side by = Side::kIssuingEntity;
  std::int64_t sequence = 0;  // among the acts of its side, from 1
  std::int64_t seen = 0;      // acts of the other side that its author knew
  CaseAct act = CaseAct::kRemark;
  std::string id;        // digest of the statement
  std::string proposal;  // of kAgree, kDecline: id of the proposal
};

struct CaseAgreement {
  Side by;                // who agreed; the proposal is the other side's
  std::int64_t sequence;  // of the agreeing act
  std::string proposal;
  friend bool operator==(const CaseAgreement&, const CaseAgreement&) = default;
};

struct CasePosition {
  std::array<std::int64_t, 2> last = {0, 0};  // highest sequence of each side
  std::array<std::string, 2> on_table;        // proposal of each side; empty: none
  std::optional<CaseAgreement> agreement;     // the one that holds
  friend bool operator==(const CasePosition&, const CasePosition&) = default;
};

constexpr std::size_t SideIndex(Side side) { return static_cast<std::size_t>(side); }
constexpr Side OtherSide(Side side) {
  return side == Side::kIssuingEntity ? Side::kImportingEntity : Side::kIssuingEntity;
}

// Moves of each side in their order, however the two are mixed.
CasePosition PositionOfCase(std::span<const CaseMove> moves);

// Whether `move` is sound behind `known`, which holds all earlier moves of its side.
absl::Status CheckCaseMove(std::span<const CaseMove> known, const CaseMove& move);

}  // namespace kp::scheme
