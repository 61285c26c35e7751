#include "mesh/rpc/page_token.h"

#include "base/error.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"

namespace kp::rpc {
namespace {

TEST(PageTokenTest, LeadsBackToItsKeyForTheSameBindingOnly) {
  const std::string token = MakePageToken("row 17", "List|zw|2026");
  EXPECT_EQ(*ReadPageToken(token, "List|zw|2026"), "row 17");
  EXPECT_EQ(*ReadPageToken("", "List|zw|2026"), "");
  EXPECT_EQ(ReasonOf(ReadPageToken(token, "List|bw|2026").status()), kPageTokenInvalid);
  EXPECT_EQ(ReasonOf(ReadPageToken("nonsense", "List|zw|2026").status()), kPageTokenInvalid);
}

TEST(PageTokenTest, SizeHasADefaultAndLimits) {
  EXPECT_EQ(*PageSize(0, 50, 100), 50);
  EXPECT_EQ(*PageSize(100, 50, 100), 100);
  EXPECT_EQ(ReasonOf(PageSize(101, 50, 100).status()), kPageSizeInvalid);
  EXPECT_EQ(ReasonOf(PageSize(-1, 50, 100).status()), kPageSizeInvalid);
}

}  // namespace
}  // namespace kp::rpc
