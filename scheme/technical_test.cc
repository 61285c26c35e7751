// Technical certificates: which goods may leave under one.
#include "scheme/technical.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "scheme/hs_code.h"
#include "scheme/quantity.h"

namespace kp::scheme {
namespace {

TEST(TechnicalTest, OnlyGoodsThatAreHeldLeave) {
  for (const State state : kAllStates) {
    EXPECT_EQ(CheckTechnicalState(TechnicalReason::kOrderedBack, state).ok(),
              state == State::kDetained)
        << StateName(state);
    EXPECT_EQ(CheckTechnicalState(TechnicalReason::kDetained, state).ok(),
              state == State::kDetained)
        << StateName(state);
    EXPECT_EQ(CheckTechnicalState(TechnicalReason::kSeized, state).ok(), state == State::kSeized)
        << StateName(state);
  }
  EXPECT_EQ(ReasonOf(CheckTechnicalState(TechnicalReason::kSeized, State::kDetained)),
            kTechnicalNotDue);
}

Line Of(const char* hs, std::int64_t thousandths) {
  Line line;
  line.hs = *HsCode::Parse(hs);
  if (thousandths > 0) line.carats = *Carats::FromThousandths(thousandths);
  return line;
}

TEST(TechnicalTest, NoMoreLeavesThanCame) {
  const TechnicalGoods came = {{Of("710231", 1'000), Of("710221", 500), Of("710231", 200)}, 3};
  EXPECT_TRUE(CheckTechnicalGoods(came, came, {}).ok());
  EXPECT_TRUE(CheckTechnicalGoods({{Of("710231", 1'200)}, 1}, came, {}).ok());
  EXPECT_TRUE(CheckTechnicalGoods({{Of("710221", 1)}, 3}, came, {}).ok());
  struct Row {
    TechnicalGoods leaves;
    const char* field;
  };
  const Row rows[] = {
      {{{Of("710231", 1'201)}, 1}, "lines[0].carats_thousandths"},
      {{{Of("710221", 500), Of("710221", 1)}, 1}, "lines[1].carats_thousandths"},
      {{{Of("710210", 1)}, 1}, "lines[0].hs_code"},
      {{{Of("710231", 0)}, 1}, "lines[0].carats_thousandths"},
      {{{Of("710231", 1)}, 4}, "parcels"},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckTechnicalGoods(row.leaves, came, {});
    EXPECT_EQ(ReasonOf(status), kTechnicalGoodsDiffer);
    ASSERT_EQ(FaultsOf(status).size(), 1U) << status;
    EXPECT_EQ(FaultsOf(status)[0].field, row.field);
  }
}

TEST(TechnicalTest, SeveralTakeTogetherNoMoreThanCame) {
  const TechnicalGoods came = {{Of("710231", 1'000), Of("710221", 500)}, 3};
  const std::vector<TechnicalGoods> left = {{{Of("710231", 600)}, 1},
                                            {{Of("710231", 399), Of("710221", 500)}, 1}};
  EXPECT_TRUE(CheckTechnicalGoods({{Of("710231", 1)}, 1}, came, left).ok()) << "the last of it";
  struct Row {
    TechnicalGoods leaves;
    const char* field;
  };
  const Row rows[] = {
      {{{Of("710231", 2)}, 1}, "lines[0].carats_thousandths"},
      {{{Of("710221", 1)}, 1}, "lines[0].carats_thousandths"},
      {{{Of("710231", 1)}, 2}, "parcels"},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckTechnicalGoods(row.leaves, came, left);
    ASSERT_EQ(FaultsOf(status).size(), 1U) << status;
    EXPECT_EQ(FaultsOf(status)[0].field, row.field);
    EXPECT_TRUE(CheckTechnicalGoods(row.leaves, came, {}).ok()) << "as long as nothing left";
  }
}

TEST(TechnicalTest, ItsNumberIsOneOfItsOwnForm) {
  EXPECT_EQ(TechnicalNumber("EU", 42), "EU-T-0000042");
  EXPECT_TRUE(IsTechnicalNumberOf("EU-T-0000042", "EU"));
  EXPECT_TRUE(IsTechnicalNumberOf(TechnicalNumber("EU", 12'345'678), "EU"));
  for (const char* bad : {"BW-T-0000042", "EU-T-42", "EU-T-00000042", "EU0000042", "EU-T-",
                          "EU-T-000004a", "EU-t-0000042", ""}) {
    EXPECT_FALSE(IsTechnicalNumberOf(bad, "EU")) << bad;
  }
}

}  // namespace
}  // namespace kp::scheme
