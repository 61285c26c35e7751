#include "mesh/rpc/trace.h"

#include "gtest/gtest.h"

namespace kp::rpc {
namespace {

constexpr char kHeader[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContextTest, ChildKeepsTheTraceAndChangesTheSpan) {
  const auto trace = TraceContext::Parse(kHeader);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(trace->sampled);
  const auto child = TraceContext::Parse(trace->Child(SystemIds()));
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->trace_id, trace->trace_id);
  EXPECT_NE(child->span_id, trace->span_id);
  EXPECT_TRUE(child->sampled);
}

TEST(TraceContextTest, RefusesWhatTheStandardRefuses) {
  EXPECT_TRUE(TraceContext::Parse(kHeader).has_value());
  for (const char* bad : {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
                          "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"}) {
    EXPECT_FALSE(TraceContext::Parse(bad).has_value()) << bad;
  }
  EXPECT_TRUE(
      TraceContext::Parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x").has_value());
}

TEST(TraceContextTest, NewOnesAreWellFormed) {
  const TraceContext trace = TraceContext::New(SystemIds());
  EXPECT_EQ(TraceContext::Parse(trace.Child(SystemIds()))->trace_id, trace.trace_id);
}

TEST(RequestIdTest, OnlyHarmlessIdsReachTheLog) {
  EXPECT_TRUE(IsUsableRequestId("7f1c-A_b.9"));
  EXPECT_FALSE(IsUsableRequestId(""));
  EXPECT_FALSE(IsUsableRequestId("a b"));
  EXPECT_FALSE(IsUsableRequestId("a\nb"));
  EXPECT_FALSE(IsUsableRequestId(std::string(65, 'a')));
}

}  // namespace
}  // namespace kp::rpc
