// A quarter's statistics of a register: computed, filed, reported.
#include "certificate-svc/domain/statistics.h"

#include "certificate-svc/testing/statistics_test_base.h"
#include "gmock/gmock.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StatisticsTest : public testing::StatisticsTestBase {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, StatisticsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(StatisticsTest, AQuarterIsComputedFromCertificates) {
  EXPECT_THAT(Quarter(bw()).rows(), IsEmpty());
  Exported();
  Exported();
  const v1::GetQuarterResponse exports = Quarter(bw());
  ASSERT_EQ(exports.rows_size(), 1);
  EXPECT_EQ(exports.rows(0).partner(), "EU");
  EXPECT_FALSE(exports.rows(0).import());
  EXPECT_EQ(exports.rows(0).origin(), "BW");
  EXPECT_EQ(exports.rows(0).hs_code(), "710231");
  EXPECT_EQ(exports.rows(0).figures().certificates(), 2);
  EXPECT_EQ(exports.rows(0).figures().carats_thousandths(), 2'501'000);
  EXPECT_EQ(exports.totals(0).figures().value_usd_cents(), 37'500'000);
  EXPECT_TRUE(exports.running());
  EXPECT_EQ(exports.due_date(), "2026-05-31");
  // Nothing is an import before it is confirmed.
  EXPECT_THAT(Quarter(eu()).rows(), IsEmpty());
  all_->Advance(absl::Hours(24 * 31));
  EXPECT_THAT(Quarter(bw(), 2).rows(), IsEmpty());
}

TEST_P(StatisticsTest, AnImportCountsWhenAndAsItWasReceived) {
  const std::string number = Exported();
  Confirm(number, 1'250'000, 19'000'000, "2026-03-01", "710210");
  const v1::GetQuarterResponse imports = Quarter(eu());
  ASSERT_EQ(imports.rows_size(), 1);
  EXPECT_EQ(imports.rows(0).partner(), "BW");
  EXPECT_TRUE(imports.rows(0).import());
  EXPECT_EQ(imports.rows(0).hs_code(), "710210");
  EXPECT_EQ(imports.rows(0).figures().carats_thousandths(), 1'250'000);
  EXPECT_EQ(imports.rows(0).figures().value_usd_cents(), 19'000'000);
}

TEST_P(StatisticsTest, AnImportCountsOnTheDayOfReceiptAndNotOfItsConfirmation) {
  const std::string number = Exported();
  all_->Advance(absl::Hours(24 * 40));
  Confirm(number, 1'250'500, 18'750'000, "2026-03-30");
  EXPECT_EQ(Quarter(eu(), 1).rows_size(), 1);
  EXPECT_EQ(Quarter(eu(), 2).rows_size(), 0);
}

TEST_P(StatisticsTest, WhatIsVoidReturnedOrReplacedIsNotCounted) {
  const std::string number = Exported();
  EXPECT_EQ(Quarter(bw()).totals(0).figures().certificates(), 1);
  v1::RecordCertificateEventRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number);
  request.set_state(pb::CERTIFICATE_STATE_LOST);
  request.set_text("missing");
  ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), request).ok());
  EXPECT_EQ(Quarter(bw()).totals(0).figures().certificates(), 1);
  request.set_request_id(SystemIds().NewUuid());
  request.set_state(pb::CERTIFICATE_STATE_RETURNED);
  request.set_text("came back");
  ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), request).ok());
  EXPECT_THAT(Quarter(bw()).rows(), IsEmpty());
  EXPECT_EQ(Quarter(bw()).exports_not_counted(), 1);
}

TEST_P(StatisticsTest, ProductionIsKeptInVersions) {
  EXPECT_EQ(ReasonOf(Produce(1, 5'000, "").status()), kReasonsRequired);
  EXPECT_EQ(ReasonOf(Produce(3, 5'000, "x").status()), kFiguresMalformed);
  EXPECT_EQ(FaultsOf(Produce(1, 0, "x").status())[0].field, "figures.rows[0].carats_thousandths");
  ASSERT_TRUE(Produce(1, 5'000, "return of the mines").ok());
  const auto second = Produce(1, 6'000, "one mine was late");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->figures().version(), 2);
  EXPECT_EQ(second->figures().rows(0).hs_code(), "710231");
  EXPECT_EQ(second->figures().officer().person(), "P-ISSUER");
  v1::ListFiguresRequest request;
  request.set_kind(v1::FIGURE_KIND_PRODUCTION);
  request.set_page_size(1);
  auto listed = bw().statistics->ListFigures(bw().Officer("issuer"), request);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->figures(0).rows(0).carats_thousandths(), 6'000);
  request.set_page_token(listed->next_page_token());
  listed = bw().statistics->ListFigures(bw().Officer("issuer"), request);
  EXPECT_EQ(listed->figures(0).rows(0).carats_thousandths(), 5'000);
  EXPECT_EQ(listed->next_page_token(), "");
}

TEST_P(StatisticsTest, ExportsAboveWhatCameInAreAFinding) {
  Exported();
  v1::GetBalanceResponse balance = Balance(bw());
  EXPECT_EQ(balance.rows(0).left_thousandths(), -1'250'500);
  EXPECT_EQ(balance.findings(0).reason(), scheme::reasons::kExportsAboveSupply);
  EXPECT_FALSE(balance.opening_stock_filed());
  ASSERT_TRUE(Produce(1, 1'000'000, "return of the mines").ok());
  ASSERT_TRUE(Produce(0, 250'500, "stock count", v1::FIGURE_KIND_OPENING_STOCK).ok());
  balance = Balance(bw());
  EXPECT_EQ(balance.rows(0).left_thousandths(), 0);
  EXPECT_THAT(balance.findings(), IsEmpty());
  EXPECT_THAT(balance.production_filed(), ElementsAre(1));
  EXPECT_TRUE(balance.opening_stock_filed());
}

TEST_P(StatisticsTest, AValuePerCaratThatNobodyHasIsFoundAndNothingIsRefused) {
  // 5,000 carats of production at 2,000 and at 2,000.01 dollars.
  const auto usual = Produce(1, 5'000'000, "x", v1::FIGURE_KIND_PRODUCTION, 1'000'000'000);
  ASSERT_TRUE(usual.ok()) << usual.status();
  EXPECT_THAT(usual->findings(), IsEmpty());
  const auto high = Produce(1, 5'000'000, "x", v1::FIGURE_KIND_PRODUCTION, 1'000'005'000);
  ASSERT_TRUE(high.ok()) << high.status();
  ASSERT_EQ(high->findings_size(), 1);
  EXPECT_EQ(high->findings(0).reason(), scheme::reasons::kValuePerCaratUnusual);
  EXPECT_EQ(high->findings(0).pointer(), "rows[0]");
  EXPECT_EQ(high->figures().version(), 2);
  // Trade: ten times the highest average of BW, which is 170, and a cent more for each carat.
  const std::string good = Exported();
  Confirm(good, 1'000'000, 170'000'000);
  EXPECT_THAT(Quarter(eu()).findings(), IsEmpty());
  const std::string dear = Exported();
  Confirm(dear, 1'000'000, 170'200'000);
  ASSERT_EQ(Quarter(eu()).findings_size(), 1);
  EXPECT_EQ(Quarter(eu()).findings(0).pointer(), "rows[0]");
}

TEST_P(StatisticsTest, AFiledVersionStaysAsItIs) {
  Exported();
  ASSERT_TRUE(File(bw()).ok());
  Exported();
  EXPECT_EQ(ReasonOf(File(bw()).status()), kReasonsRequired);
  const auto second = File(bw(), "another export");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->filed().content().version(), 2);
  v1::ListFiledQuartersRequest request;
  const auto listed = bw().statistics->ListFiledQuarters(bw().Officer("issuer"), request);
  ASSERT_EQ(listed->filed_size(), 2);
  EXPECT_EQ(listed->filed(0).content().rows(0).figures().certificates(), 2);
  EXPECT_EQ(listed->filed(1).content().rows(0).figures().certificates(), 1);
  EXPECT_EQ(listed->filed(0).content().text(), "another export");
  EXPECT_EQ(ReasonOf(File(bw(), "", 2).status()), kQuarterNotBegun);
}

// More rows than a walk of the store takes at once, all on one day.
TEST_P(StatisticsTest, EveryCertificateCountsHoweverManyThereAre) {
  Imported(4'001, [](int) { return "BW"; });
  const v1::GetQuarterResponse quarter = Quarter(eu());
  ASSERT_EQ(quarter.rows_size(), 1);
  EXPECT_EQ(quarter.rows(0).figures().certificates(), 4'001);
  EXPECT_EQ(quarter.rows(0).figures().carats_thousandths(), 4'001'000);
}

TEST_P(StatisticsTest, WhatOneStatementCannotTellIsRefusedWholeAndElseArrivesWhole) {
  // A row for each pair of countries.
  const std::vector<std::string> countries = {
      "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX",
      "AZ", "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ",
      "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK"};
  std::vector<std::string> pairs;
  for (size_t i = 0; i < countries.size(); ++i) {
    for (size_t j = i + 1; j < countries.size(); ++j) {
      pairs.push_back(countries[i] + "," + countries[j]);
    }
  }
  ASSERT_EQ(pairs.size(), 990U);
  const auto origin = [&](int i) { return pairs[static_cast<size_t>(i) % pairs.size()]; };
  Imported(500, origin);
  ASSERT_TRUE(File(eu()).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(Mirror(bw(), "EU").rows_size(), 500);
  for (const char* hs : {"710210", "710221", "710231"}) Imported(990, origin, hs);
  EXPECT_EQ(ReasonOf(File(eu(), "all of it").status()), scheme::reasons::kStatisticsTooLarge);
  EXPECT_EQ(Quarter(eu()).filed_version(), 1);
  EXPECT_EQ(Quarter(eu()).rows_size(), 3 * 990);
}

TEST_P(StatisticsTest, OneRequestFilesOnce) {
  v1::FileQuarterRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_year(2026);
  request.set_quarter(1);
  const auto first = bw().statistics->FileQuarter(bw().Officer("issuer"), request);
  const auto again = bw().statistics->FileQuarter(bw().Officer("issuer"), request);
  ASSERT_TRUE(first.ok() && again.ok()) << again.status();
  EXPECT_EQ(first->filed().statement(), again->filed().statement());
  EXPECT_EQ(Quarter(bw()).filed_version(), 1);
}

TEST_P(StatisticsTest, TheMonthlyReportHasARowForEachCertificateAndCode) {
  const std::string number = Exported();
  Confirm(number, 1'250'000, 19'000'000);
  v1::ListMonthlyReportRequest request;
  request.set_year(2026);
  request.set_month(3);
  request.set_import(true);
  const auto imports = eu().statistics->MonthlyReport(eu().Officer("verifier"), request);
  ASSERT_TRUE(imports.ok()) << imports.status();
  ASSERT_EQ(imports->rows_size(), 1);
  const v1::MonthlyRow& row = imports->rows(0);
  EXPECT_EQ(row.number(), number);
  EXPECT_EQ(row.issuing_authority(), "BW office");
  EXPECT_EQ(row.validating_authority(), "BW office");
  EXPECT_EQ(row.issue_date(), "2026-03-01");
  EXPECT_EQ(row.validation_date(), "2026-03-01");
  EXPECT_NE(row.expiry_date(), "");
  EXPECT_EQ(row.partner(), "BW");
  EXPECT_EQ(row.origin(), "BW");
  EXPECT_EQ(row.carats_thousandths(), 1'250'000);
  EXPECT_EQ(row.verifying_authority(), "EU office");
  EXPECT_EQ(row.verification_date(), "2026-03-01");
  request.set_import(false);
  const auto exports = bw().statistics->MonthlyReport(bw().Officer("issuer"), request);
  ASSERT_EQ(exports->rows_size(), 1);
  EXPECT_EQ(exports->rows(0).carats_thousandths(), 1'250'500);
  EXPECT_EQ(exports->rows(0).partner(), "EU");
  EXPECT_EQ(exports->rows(0).state(), pb::CERTIFICATE_STATE_CONFIRMED);
  request.set_month(2);
  EXPECT_THAT(bw().statistics->MonthlyReport(bw().Officer("issuer"), request)->rows(), IsEmpty());
  request.set_month(13);
  EXPECT_EQ(ReasonOf(bw().statistics->MonthlyReport(bw().Officer("issuer"), request).status()),
            scheme::reasons::kPeriodOutOfRange);
}

// R24 as it reaches an officer: the issuer's own word, and what was received. The last quarter of 2025
// was due on 28 February, the day before.
TEST_P(StatisticsTest, AVerificationTellsWhetherTheExporterHasFiled) {
  all_ = testing::Entities::Make(GetParam(), {}, {}, "2025-10-01");
  const auto verify = [&](const std::string& number) {
    v1::VerifyCertificateRequest request;
    request.set_number(number);
    request.set_purpose(pb::PURPOSE_AUDIT);
    *request.mutable_paper() = testing::PaperOf(bw().Get(number));
    const auto response = eu().verifier->Verify(eu().Call("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> rules;
    for (const pb::Finding& finding : response->findings()) {
      if (finding.rule() == "R24") rules.push_back(finding.reason());
    }
    return rules;
  };
  const std::string number = Exported();
  EXPECT_THAT(verify(number), ElementsAre(scheme::reasons::kStatisticsNotFiled));
  ASSERT_TRUE(File(bw()).ok());  // the first quarter of 2026 still runs: preliminary
  ASSERT_TRUE(all_->Settle());
  all_->Advance(absl::Minutes(2));  // what is known of it is looked up once a minute
  EXPECT_THAT(verify(number), ElementsAre(scheme::reasons::kStatisticsNotFiled));
  ASSERT_TRUE(File(bw(), "", 4, 2025).ok());
  ASSERT_TRUE(all_->Settle());
  all_->Advance(absl::Minutes(2));
  EXPECT_THAT(verify(number), IsEmpty());
}

}  // namespace
}  // namespace kp::certificate
