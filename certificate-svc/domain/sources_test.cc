// Carats out never exceed carats in, and what stones are stays with them.
#include "certificate-svc/domain/sources.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "certificate-svc/testing/source_book_test_base.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;
namespace reasons = scheme::reasons;

class SourcesTest : public testing::SourceBookTest {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, SourcesTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(SourcesTest, OneCaratTooManyIsRefusedAndTheRestIsTold) {
  const std::string source = Imported();
  ASSERT_TRUE(Issue(ReExport(1'000'000, {{source, 1'000'000}})).ok());
  const auto refused = Issue(ReExport(250'501, {{source, 250'501}}));
  EXPECT_EQ(ReasonOf(refused.status()), kSourceExhausted);
  EXPECT_EQ(FaultsOf(refused.status())[0].field, "sources[0]");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("only 250.5 carats"));
  EXPECT_EQ(Drawn(source), 1'000'000);
  ASSERT_TRUE(Issue(ReExport(250'500, {{source, 250'500}})).ok());
  EXPECT_EQ(Drawn(source), 1'250'500);
}

TEST_P(SourcesTest, OfficersWhoDrawAtOnceNeverDrawMoreThanThereIs) {
  const std::string source = Imported();
  std::vector<pb::Certificate> applications;
  for (int i = 0; i < 6; ++i) {
    applications.push_back(*Apply(ReExport(500'000, {{source, 500'000}})));
  }
  std::vector<absl::Status> outcomes(applications.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < applications.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = IssueApplied(applications[i]).status(); });
    }
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, &absl::Status::ok), 2);
  for (const absl::Status& outcome : outcomes) {
    EXPECT_TRUE(outcome.ok() || ReasonOf(outcome) == kSourceExhausted) << outcome;
  }
  EXPECT_EQ(Drawn(source), 1'000'000);
}

TEST_P(SourcesTest, WhatIsDrawnMustAddUpAndBeKnown) {
  const std::string source = Imported();
  EXPECT_EQ(ReasonOf(Apply(ReExport(1'000'000, {{source, 999'999}})).status()),
            reasons::kSourcesDiffer);
  EXPECT_EQ(ReasonOf(Apply(ReExport(1'000'000, {{"BW9999999", 1'000'000}})).status()),
            kSourceUnknown);
  EXPECT_EQ(ReasonOf(
                Apply(ReExport(1'000'000, {{source, 500'000}, {source, 500'000}})).status()),
            reasons::kDuplicateId);
  EXPECT_EQ(ReasonOf(Apply(ReExport(1'000'000, {{source, -1}})).status()),
            reasons::kCaratsNotPositive);
}

TEST_P(SourcesTest, OriginIsKeptOrBecomesMixed) {
  const std::string source = Imported();
  pb::Certificate application = ReExport(1'000'000, {{source, 1'000'000}});
  application.mutable_origin()->set_countries(0, "ZW");
  EXPECT_EQ(ReasonOf(Apply(application).status()), reasons::kOriginContradicted);

  ASSERT_TRUE(Paper("AO0000001", 500'000, "ZA").ok());
  application = ReExport(1'000'000, {{source, 500'000}, {"AO0000001", 500'000}});
  EXPECT_EQ(ReasonOf(Apply(application).status()), reasons::kOriginContradicted);
  application.mutable_origin()->set_kind(pb::ORIGIN_KIND_MIXED_LISTED);
  application.mutable_origin()->add_countries("ZA");
  EXPECT_TRUE(Issue(application).ok());
}

TEST_P(SourcesTest, WhatNeverLeftIsGivenBack) {
  const std::string source = Imported();
  const auto issued = Issue(ReExport(1'250'500, {{source, 1'250'500}}));
  ASSERT_TRUE(issued.ok()) << issued.status();
  // A replacement draws what the replaced certificate had drawn.
  v1::ReplaceCertificateRequest replace;
  replace.set_request_id(SystemIds().NewUuid());
  replace.set_number(issued->number());
  *replace.mutable_replacement() = ReExport(1'250'500, {{source, 1'250'500}});
  replace.set_text("another carrier");
  const auto applied = eu().records->Replace(eu().Officer("issuer"), replace);
  ASSERT_TRUE(applied.ok()) << applied.status();
  const auto second = IssueApplied(applied->certificate());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(Drawn(source), 1'250'500);

  v1::RecordCertificateEventRequest end;
  end.set_request_id(SystemIds().NewUuid());
  end.set_number(second->number());
  end.set_state(pb::CERTIFICATE_STATE_VOID);
  end.set_text("not sold");
  ASSERT_TRUE(eu().life->Record(eu().Officer("issuer"), end).ok());
  EXPECT_EQ(Drawn(source), 0);
  EXPECT_TRUE(Issue(ReExport(1'250'500, {{source, 1'250'500}})).ok());
}

TEST_P(SourcesTest, ASourceIsEnteredOnceAndWhole) {
  const auto open = [&](const std::string& number, int64_t carats, const std::string& country) {
    return ReasonOf(Open(eu(), PaperSource(number, carats, country)).status());
  };
  EXPECT_EQ(open("AO0000001", 1'000, "BW"), "");
  EXPECT_EQ(open("AO0000001", 2'000, "BW"), kSourceExists);
  EXPECT_EQ(open("ao 000-0001", 2'000, "BW"), kSourceExists);
  EXPECT_EQ(open("AO0000002", 0, "BW"), kSourceMalformed);
  EXPECT_EQ(open("  ", 1'000, "BW"), kSourceMalformed);
  EXPECT_EQ(open("AO0000002", 1'000, "EU"), reasons::kOriginNotACountry);
  EXPECT_EQ(open("AO0000002", 1'000, "BW"), "");
}

// A re-exporter does not know the mine: the attestation of the certificate that the stones came with
// speaks for it, and nothing speaks for stones that came on paper.
TEST_P(SourcesTest, AttestationsAreInheritedFromTheSources) {
  registry::v1::MeasuresPart measures;
  for (const auto& [id, name] : {std::pair{"BW-A", "Good Hill"}, {"BW-B", "Bad Hill"}}) {
    registry::v1::Area& area = *measures.add_areas();
    area.set_id(id);
    area.set_participant("BW");
    area.set_name(name);
  }
  registry::v1::Measure& measure = *measures.add_measures();
  measure.set_id("M-1");
  measure.set_participant("BW");
  measure.set_kind(registry::v1::MEASURE_KIND_AREA_RESTRICTION);
  measure.set_scope(registry::v1::MEASURE_SCOPE_AREA);
  measure.add_areas("BW-B");
  measure.set_from("2026-01-01");
  measure.set_decision("a decision");
  measure.set_source("a source");
  measure.mutable_record_time()->set_seconds(1'767'225'600);
  Make(measures);
  pb::Certificate mined = GoodApplication();
  mined.mutable_lines(0)->set_area("Good Hill");
  const std::string source = Imported(mined);
  const auto issued = Issue(ReExport(1'000'000, {{source, 1'000'000}}));
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(eu().Validate(issued->number()).attestations(0).measure_ids(0), "M-1");

  ASSERT_TRUE(Paper("AO0000001", 1'000'000, "BW").ok());
  EXPECT_EQ(ReasonOf(Issue(ReExport(1'000'000, {{"AO0000001", 1'000'000}})).status()),
            reasons::kAreaNotStated);
}

}  // namespace
}  // namespace kp::certificate
