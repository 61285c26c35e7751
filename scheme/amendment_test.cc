// Versions of a confirmation of receipt: how each fits behind those that are kept.
#include "scheme/amendment.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gtest/gtest.h"

namespace kp::scheme {
namespace {

TEST(AmendmentTest, EachVersionFitsBehindTheOneBeforeItAlone) {
  const std::vector<std::string> two = {"first", "second"};
  struct Row {
    std::int64_t version;
    const char* digest;
    const char* replaces;
    const char* reason;  // empty: it fits
    AmendmentFit fit;
  };
  const Row rows[] = {
      {3, "third", "second", "", AmendmentFit::kNext},
      {2, "second", "first", "", AmendmentFit::kKept},
      {2, "another", "first", kConfirmationSuperseded, {}},
      {3, "third", "first", kConfirmationSuperseded, {}},
      {3, "third", "", kConfirmationSuperseded, {}},
      {4, "fourth", "third", kConfirmationGap, {}},
      {1, "first", "", kConfirmationUnknown, {}},
      {0, "zero", "", kConfirmationUnknown, {}},
      {-1, "minus", "", kConfirmationUnknown, {}},
  };
  for (const Row& row : rows) {
    const auto fit = FitAmendment(two, row.version, row.digest, row.replaces);
    EXPECT_EQ(fit.ok() ? std::string() : ReasonOf(fit.status()), row.reason)
        << row.version << row.digest;
    if (!fit.ok()) continue;
    EXPECT_EQ(*fit, row.fit) << row.version << row.digest;
  }
  EXPECT_EQ(ReasonOf(FitAmendment({}, 2, "second", "first").status()), kConfirmationUnknown);
}

TEST(AmendmentTest, AConfirmationHasAtMostAHundredVersions) {
  std::vector<std::string> kept = {"v1"};
  while (static_cast<std::int64_t>(kept.size()) < kMaxConfirmationVersions) {
    const std::string next = absl::StrCat("v", kept.size() + 1);
    ASSERT_TRUE(
        FitAmendment(kept, static_cast<std::int64_t>(kept.size()) + 1, next, kept.back()).ok());
    kept.push_back(next);
  }
  EXPECT_EQ(ReasonOf(FitAmendment(kept, kMaxConfirmationVersions + 1, "v101", "v100").status()),
            kConfirmationFull);
}

// In whatever order versions arrive, and however often, all are kept in the end, in their order.
TEST(AmendmentTest, WhateverTheOrderOfArrivalTheEndIsTheSame) {
  std::vector<int> order(5);
  std::iota(order.begin(), order.end(), 2);
  do {
    std::vector<std::string> kept = {"v1"};
    std::vector<int> waiting = order;
    for (int round = 0; round < 5; ++round) {
      for (const int version : waiting) {
        const std::string digest = absl::StrCat("v", version);
        const auto fit = FitAmendment(kept, version, digest, absl::StrCat("v", version - 1));
        if (fit.ok() && *fit == AmendmentFit::kNext) kept.push_back(digest);
        EXPECT_EQ(fit.ok() ? std::string(kConfirmationGap) : ReasonOf(fit.status()),
                  kConfirmationGap);
      }
    }
    EXPECT_EQ(kept, (std::vector<std::string>{"v1", "v2", "v3", "v4", "v5", "v6"}));
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace kp::scheme
