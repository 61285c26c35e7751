#include "mesh/rpc/executor.h"

#include <atomic>
#include <latch>

#include "gtest/gtest.h"

namespace kp::rpc {
namespace {

TEST(ExecutorTest, RefusesWhatDoesNotFitAndRunsWhatItTook) {
  std::latch started(1);
  std::latch release(1);
  std::atomic<int> ran = 0;
  Executor executor({.fast_threads = 1, .fast_queue = 2, .work_threads = 1, .work_queue = 2});
  ASSERT_TRUE(executor.Submit(Lane::kWork, [&] {
    started.count_down();
    release.wait();
  }));
  started.wait();  // the only thread is busy from here on
  EXPECT_TRUE(executor.Submit(Lane::kWork, [&] { ++ran; }));
  EXPECT_TRUE(executor.Submit(Lane::kWork, [&] { ++ran; }));
  EXPECT_EQ(executor.QueueLength(Lane::kWork), 2U);
  EXPECT_FALSE(executor.Submit(Lane::kWork, [&] { ++ran; }));
  // The other lane does not notice.
  std::latch fast(1);
  EXPECT_TRUE(executor.Submit(Lane::kFast, [&] { fast.count_down(); }));
  fast.wait();
  release.count_down();
  executor.Drain();
  EXPECT_EQ(ran, 2);
}

TEST(ExecutorTest, TakesNothingAfterDrain) {
  Executor executor({.fast_threads = 1, .work_threads = 1});
  EXPECT_TRUE(executor.Submit(Lane::kFast, [] {}));
  executor.Drain();
  EXPECT_FALSE(executor.Submit(Lane::kFast, [] {}));
  executor.Drain();
}

}  // namespace
}  // namespace kp::rpc
