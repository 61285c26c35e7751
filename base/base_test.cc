#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"

namespace kp {
namespace {

TEST(ErrorTest, FieldErrorsKeepEveryFaultAndTheFirstReason) {
  const std::vector<Fault> faults = {{"HS_CODE_OUT_OF_SCOPE", "lines[0].hs_code", "7102.39", "R08"},
                                     {"CARATS_NOT_POSITIVE", "lines[1].carats", "is 0", "R09"}};
  const absl::Status status = FieldErrors(faults);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "HS_CODE_OUT_OF_SCOPE");
  EXPECT_EQ(FaultsOf(status), faults);
  EXPECT_EQ(status.message(), "lines[0].hs_code: 7102.39 (R08); lines[1].carats: is 0 (R09)");
}

TEST(ErrorTest, NoFaultIsOk) { EXPECT_TRUE(FieldErrors({}).ok()); }

TEST(ErrorTest, FaultWithInvalidUtf8DoesNotThrow) {
  const absl::Status status = FieldError({"INVALID_UTF8", "name", "\xff\xfe", ""});
  EXPECT_EQ(ReasonOf(status), "INVALID_UTF8");
  EXPECT_EQ(FaultsOf(status).size(), 1u);
}

TEST(ErrorTest, PrefixIsPutBeforeEachField) {
  const absl::Status status =
      WithFieldPrefix(FieldError({"X", "hs_code", "bad", "R08"}), "lines[2].");
  EXPECT_EQ(FaultsOf(status)[0].field, "lines[2].hs_code");
}

TEST(ErrorTest, AFaultOfAnotherCodeKeepsItUnderAPrefix) {
  const absl::Status status = WithFieldPrefix(
      FaultError(absl::StatusCode::kFailedPrecondition, {"X", "state", "not now", "R11"},
                 {{"state", "VOID"}}),
      "certificate.");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "X");
  EXPECT_EQ(status.message(), "certificate.state: not now (R11)");
  EXPECT_EQ(FaultsOf(status)[0].field, "certificate.state");
  EXPECT_EQ(MetadataOf(status).at("state"), "VOID");
}

TEST(ErrorTest, MetadataComesBack) {
  const absl::Status status = MakeError(absl::StatusCode::kFailedPrecondition, "CLOCK_SKEW",
                                        "clocks differ", {{"mine", "1"}, {"yours", "2"}});
  EXPECT_EQ(MetadataOf(status).at("yours"), "2");
  EXPECT_TRUE(FaultsOf(status).empty());
}

TEST(ClockTest, FakeClockMovesOnlyWhenTold) {
  FakeClock clock(absl::FromUnixSeconds(1000));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1000));
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1005));
}

TEST(ClockTest, OffsetFileMovesTheClockByDaysAndHours) {
  const std::string path = testing::TempDir() + "/kp_clock_offset";
  std::ofstream(path) << "+90d12h";
  const auto clock = OffsetFileClock(path);
  const absl::Duration ahead = clock->Now() - SystemClock().Now();
  EXPECT_NEAR(absl::ToDoubleHours(ahead), 90 * 24 + 12, 0.01);
}

TEST(IdsTest, UuidsAreVersionFourAndDistinct) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string id = SystemIds().NewUuid();
    EXPECT_THAT(id,
                ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                        "[0-9a-f]{12}"));
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(IdsTest, CountingRandomRepeatsFromRunToRun) {
  const auto first = MakeCountingRandom();
  const auto second = MakeCountingRandom();
  const auto ids = MakeIdSource(*first);
  const std::string id = ids->NewUuid();
  EXPECT_EQ(id, MakeIdSource(*second)->NewUuid());
  EXPECT_NE(id, ids->NewUuid());
  EXPECT_EQ(ids->NewHex(8).size(), 16U);
}

TEST(ParallelTest, DoesEachItemOnceAndReturnsWhenAllAreDone) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{3}, size_t{1000}}) {
    std::vector<std::atomic<int>> done(count);
    ForEachInParallel(count, [&](size_t i) { ++done[i]; });
    for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
  }
}

TEST(RandomTest, DoesNotRepeat) {
  const std::string bytes = SystemRandom().Bytes(16);
  EXPECT_EQ(bytes.size(), 16U);
  EXPECT_NE(bytes, SystemRandom().Bytes(16));
}

}  // namespace
}  // namespace kp
