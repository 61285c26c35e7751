#include "scheme/list_filter.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "scheme/reasons.h"
#include "scheme/test_world.h"

namespace kp::scheme {
namespace {

using testing::Day;
using testing::EntityOf;

// The canonical code, or "<reason> <field> <message>".
std::string Read(const char* own, FilterRole role, const char* text) {
  const auto read =
      ReadOtherEntity(testing::World(), EntityOf(own), role, text, "partner", Day("2026-03-01"));
  if (read.ok()) return read->text();
  const auto faults = FaultsOf(read.status());
  return faults.size() != 1 ? "no fault"
                            : faults[0].reason + " " + faults[0].field + " " + faults[0].message;
}

TEST(ListFilterTest, AnEntityIsReadInAnyCase) {
  for (const FilterRole role : {FilterRole::kImporter, FilterRole::kPartner}) {
    EXPECT_EQ(Read("BW", role, "EU"), "EU");
    EXPECT_EQ(Read("BW", role, "eu"), "EU");
    EXPECT_EQ(Read("BW", role, "XX"), "CODE_UNKNOWN partner the trust documents know no entity XX");
    EXPECT_EQ(Read("BW", role, "Belgium"),
              "CODE_MALFORMED partner a code of two letters is needed");
    // A trading entity has one of its own code.
    EXPECT_EQ(Read("BW", role, "TW"), "TW");
  }
}

TEST(ListFilterTest, WhoIssuesForAnotherIsNamed) {
  for (const FilterRole role : {FilterRole::kImporter, FilterRole::kPartner}) {
    EXPECT_EQ(Read("BW", role, "BE"),
              "ENTITY_NOT_ISSUING partner BE issues no certificates: EU issues for BE");
    // A former territory that is an entity of its own now.
    EXPECT_EQ(Read("BW", role, "GB"), "GB");
  }
  // Certificates name Greenland as the place of import, and EU is who answers for it.
  EXPECT_EQ(Read("BW", FilterRole::kImporter, "GL"), "GL");
  EXPECT_EQ(Read("BW", FilterRole::kPartner, "GL"),
            "ENTITY_NOT_ISSUING partner GL issues no certificates: EU issues for GL");
}

TEST(ListFilterTest, ThereIsNoTradeWithItself) {
  EXPECT_EQ(Read("BW", FilterRole::kPartner, "BW"),
            "SAME_ENTITY partner no certificate is needed between BW and itself");
  EXPECT_EQ(Read("EU", FilterRole::kImporter, "GL"),
            "SAME_ENTITY partner no certificate is needed between EU and GL");
  EXPECT_EQ(Read("EU", FilterRole::kImporter, "BW"), "BW");
}

TEST(ListFilterTest, ASpanOfDaysHoldsADay) {
  const auto check = [](std::optional<Date> from, std::optional<Date> until, SpanEnd end) {
    const absl::Status status = CheckSpan(from, until, end, "until");
    if (status.ok()) return std::string("ok");
    return ReasonOf(status) + " " + FaultsOf(status).at(0).field + ": " +
           FaultsOf(status).at(0).message;
  };
  const Date first = Day("2026-03-01"), second = Day("2026-03-02");
  EXPECT_EQ(check(first, second, SpanEnd::kNotIncluded), "ok");
  EXPECT_EQ(check(first, first, SpanEnd::kIncluded), "ok");
  EXPECT_EQ(check(first, first, SpanEnd::kNotIncluded),
            "PERIOD_REVERSED until: no day lies in it: 2026-03-01 is not after 2026-03-01");
  EXPECT_EQ(check(second, first, SpanEnd::kIncluded),
            "PERIOD_REVERSED until: no day lies in it: 2026-03-01 lies before 2026-03-02");
  EXPECT_EQ(check(std::nullopt, first, SpanEnd::kNotIncluded), "ok");
  EXPECT_EQ(check(second, std::nullopt, SpanEnd::kNotIncluded), "ok");
}

}  // namespace
}  // namespace kp::scheme
