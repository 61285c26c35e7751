// A quarter of two registers, from the filing to the mirror.
#include "certificate-svc/domain/statistics.h"
#include "certificate-svc/domain/statistics_exchange.h"
#include "certificate-svc/testing/statistics_test_base.h"
#include "gmock/gmock.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StatisticsMirrorTest : public testing::StatisticsTestBase {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, StatisticsMirrorTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(StatisticsMirrorTest, ThePartnerGetsItsPartAndNothingElse) {
  Exported();
  const auto filed = File(bw());
  ASSERT_TRUE(filed.ok()) << filed.status();
  EXPECT_EQ(filed->filed().content().version(), 1);
  EXPECT_TRUE(filed->filed().content().preliminary());
  EXPECT_THAT(filed->sent_to(), ElementsAre("EU"));
  ASSERT_TRUE(all_->Settle());
  v1::ListFiledQuartersRequest request;
  request.set_partner("BW");
  const auto received = eu().statistics->ListFiledQuarters(eu().Officer("verifier"), request);
  ASSERT_TRUE(received.ok()) << received.status();
  ASSERT_EQ(received->filed_size(), 1);
  const v1::StatisticsStatement& part = received->filed(0).content();
  EXPECT_EQ(part.partner(), "EU");
  EXPECT_EQ(part.rows(0).figures().carats_thousandths(), 1'250'500);
  EXPECT_EQ(statement::Sha256(received->filed(0).statement()),
            filed->filed().content().parts(0).digest());
}

TEST_P(StatisticsMirrorTest, VersionsNeverGoBackAtTheReceiver) {
  const v1::StatisticsStatement part = Part();
  EXPECT_EQ(Deliver(part), "OUTCOME_DONE");
  v1::StatisticsStatement older = part;
  older.set_version(4);
  EXPECT_EQ(Deliver(older), kStatisticsVersionOld);
  EXPECT_EQ(Deliver(part), kStatisticsVersionOld) << "the same version, said anew";
  EXPECT_EQ(Mirror(eu(), "BW").partner_version(), 5);
  v1::StatisticsStatement newer = part;
  newer.set_version(6);
  EXPECT_EQ(Deliver(newer), "OUTCOME_DONE");
  EXPECT_EQ(Mirror(eu(), "BW").partner_version(), 6);
  v1::ListFiledQuartersRequest request;
  request.set_partner("BW");
  EXPECT_EQ(eu().statistics->ListFiledQuarters(eu().Officer("verifier"), request)->filed_size(), 2);
}

TEST_P(StatisticsMirrorTest, APartThatCannotBeIsRefusedAndKeepsNothing) {
  const auto spoil = [](auto change) {
    v1::StatisticsStatement part = Part();
    change(part);
    return part;
  };
  const v1::StatisticsStatement spoilt[] = {
      spoil([](auto& p) { p.set_quarter(5); }),
      spoil([](auto& p) { p.set_version(0); }),
      spoil([](auto& p) { p.set_partner("ZW"); }),
      spoil([](auto& p) { p.set_through_date("2026-02-31"); }),
      spoil([](auto& p) { p.mutable_rows(0)->set_partner("ZW"); }),
      spoil([](auto& p) { p.mutable_rows(0)->set_hs_code("7102.31"); }),
      spoil([](auto& p) { p.mutable_rows(0)->set_origin("bw"); }),
      spoil([](auto& p) { p.mutable_rows(1)->set_import(false); }),
      spoil([](auto& p) { p.mutable_rows(0)->mutable_figures()->set_carats_thousandths(8); }),
      spoil([](auto& p) { p.mutable_rows(0)->mutable_figures()->set_certificates(-1); }),
      spoil([](auto& p) { p.mutable_totals()->RemoveLast(); }),
  };
  for (const v1::StatisticsStatement& part : spoilt) {
    EXPECT_EQ(Deliver(part), kStatisticsMalformed) << part.ShortDebugString();
  }
  EXPECT_FALSE(Mirror(eu(), "BW").partner_filed());
  EXPECT_EQ(Deliver(Part()), "OUTCOME_DONE");
}

TEST_P(StatisticsMirrorTest, NotFiledIsNotZero) {
  const std::string number = Exported();
  v1::GetMirrorResponse mirror = Mirror(bw(), "EU");
  EXPECT_FALSE(mirror.partner_filed());
  EXPECT_FALSE(mirror.agrees());
  ASSERT_EQ(mirror.rows_size(), 1);
  EXPECT_FALSE(mirror.rows(0).has_partner());
  EXPECT_FALSE(mirror.rows(0).has_difference());
  EXPECT_EQ(ReasonOf(bw().statistics->GetMirror([] {
    v1::GetMirrorRequest request;
    request.set_year(2026);
    request.set_quarter(1);
    request.set_partner("XX");
    return request;
  }()).status()), scheme::reasons::kCodeUnknown);
  // Filed without any trade: that is zero.
  ASSERT_TRUE(File(eu()).ok());
  ASSERT_TRUE(all_->Settle());
  mirror = Mirror(bw(), "EU");
  EXPECT_TRUE(mirror.partner_filed());
  EXPECT_EQ(mirror.rows(0).partner().certificates(), 0);
  EXPECT_EQ(mirror.rows(0).difference().carats_thousandths(), 1'250'500);
}

TEST_P(StatisticsMirrorTest, OnePlantedMismatchIsFoundByItsNumberOnBothSides) {
  const std::string good = Exported();
  Confirm(good);
  ASSERT_TRUE(File(bw()).ok());
  ASSERT_TRUE(File(eu()).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_TRUE(Mirror(bw(), "EU").agrees());
  EXPECT_TRUE(Mirror(eu(), "BW").agrees());
  EXPECT_THAT(Named(Mirror(bw(), "EU")), IsEmpty());

  const std::string missing = Exported();
  ASSERT_TRUE(File(bw(), "one more").ok());
  ASSERT_TRUE(File(eu(), "the same").ok());
  ASSERT_TRUE(all_->Settle());
  const v1::GetMirrorResponse at_bw = Mirror(bw(), "EU");
  EXPECT_FALSE(at_bw.agrees());
  EXPECT_THAT(Named(at_bw), ElementsAre("710231: " + missing + " NOT_CONFIRMED"));
  EXPECT_EQ(at_bw.rows(0).difference().certificates(), 1);
  EXPECT_EQ(at_bw.rows(0).unexplained().carats_thousandths(), 0);
  const v1::GetMirrorResponse at_eu = Mirror(eu(), "BW");
  EXPECT_THAT(Named(at_eu), ElementsAre("710231: " + missing + " NOT_CONFIRMED"));
  EXPECT_EQ(at_eu.rows(0).difference().certificates(), -1);
}

TEST_P(StatisticsMirrorTest, FiguresConfirmedOtherwiseAreNamedWithWhatDiffers) {
  const std::string value = Exported(), weight = Exported(), code = Exported();
  Confirm(value, 1'250'500, 18'000'000);
  Confirm(weight, 1'250'000, 18'750'000);
  Confirm(code, 1'250'500, 18'750'000, "2026-03-01", "710210");
  ASSERT_TRUE(File(eu()).ok());
  ASSERT_TRUE(File(bw()).ok());
  ASSERT_TRUE(all_->Settle());
  for (testing::Entity* entity : {&bw(), &eu()}) {
    const auto mirror = Mirror(*entity, entity == &bw() ? "EU" : "BW");
    EXPECT_THAT(Named(mirror), ::testing::UnorderedElementsAre(
                                   "710210: " + code + " HS_CHANGED",
                                   "710231: " + code + " HS_CHANGED",
                                   "710231: " + value + " VALUE_REASSESSED",
                                   "710231: " + weight + " CARATS_DIFFER"));
    for (const v1::MirrorRow& row : mirror.rows()) {
      EXPECT_EQ(row.unexplained().value_usd_cents(), 0);
      EXPECT_EQ(row.unexplained().certificates(), 0);
    }
  }
}

TEST_P(StatisticsMirrorTest, WhatCrossesTheQuarterOrTheFilingIsExplainedByIt) {
  const std::string late = Exported();
  ASSERT_TRUE(File(eu()).ok());
  ASSERT_TRUE(all_->Settle());
  all_->Advance(absl::Hours(1));
  Confirm(late);
  EXPECT_THAT(Named(Mirror(bw(), "EU")), ElementsAre("710231: " + late + " AFTER_FILING"));
  // The other way round: filed by the exporter, exported and confirmed on the same day.
  ASSERT_TRUE(File(bw()).ok());
  all_->Advance(absl::Hours(1));
  const std::string later = Exported();
  EXPECT_THAT(Named(Mirror(eu(), "BW")), IsEmpty());
  Confirm(later);
  EXPECT_THAT(Named(Mirror(eu(), "BW")), ElementsAre("710231: " + later + " AFTER_FILING"));
  const std::string next = Exported();
  all_->Advance(absl::Hours(24 * 40));
  Confirm(next, 1'250'500, 18'750'000, "2026-04-05");
  EXPECT_THAT(Named(Mirror(bw(), "EU")), Contains("710231: " + next + " QUARTER_BOUNDARY"));
  EXPECT_THAT(Named(Mirror(bw(), "EU", 2)), ElementsAre("710231: " + next + " QUARTER_BOUNDARY"));
  EXPECT_THAT(Named(Mirror(eu(), "BW", 2)), ElementsAre("710231: " + next + " QUARTER_BOUNDARY"));
}

TEST_P(StatisticsMirrorTest, WhatThePartnerAloneHasIsNotExplained) {
  EXPECT_EQ(Deliver(Part()), "OUTCOME_DONE");
  const v1::GetMirrorResponse mirror = Mirror(eu(), "BW");
  ASSERT_EQ(mirror.rows_size(), 2);
  EXPECT_EQ(mirror.rows(0).unexplained().carats_thousandths(), -7);
  EXPECT_THAT(Named(mirror), IsEmpty());
}

TEST_P(StatisticsMirrorTest, WhenAPartnerIsOfflineItsPartWaits) {
  all_->Cut("EU");
  ASSERT_TRUE(File(bw()).ok());
  EXPECT_FALSE(Mirror(eu(), "BW").partner_filed());
  all_->Mend("EU");
  ASSERT_TRUE(all_->Settle());
  EXPECT_TRUE(Mirror(eu(), "BW").partner_filed());
}

}  // namespace
}  // namespace kp::certificate
