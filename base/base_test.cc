#include <gtest/gtest.h>

#include <fstream>

#include "base/clock.h"
#include "base/error.h"

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

}  // namespace
}  // namespace kp
