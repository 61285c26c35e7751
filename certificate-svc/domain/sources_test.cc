// Carats out never exceed carats in, and what stones are stays with them.
#include "certificate-svc/domain/sources.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;
namespace reasons = scheme::reasons;

class SourcesTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { Make({}); }
  void Make(const registry::v1::MeasuresPart& measures) {
    all_ = testing::Entities::Make(GetParam(), measures);
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  // A certificate of BW's that EU has confirmed: now a source of EU's.
  std::string Imported(const pb::Certificate& application = GoodApplication()) {
    const std::string number = bw().Exported(application).number();
    EXPECT_TRUE(all_->Settle());
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-" + number);
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = application.lines();
    for (pb::Line& line : *request.mutable_arrival()->mutable_lines()) line.clear_area();
    request.mutable_arrival()->set_parcels(2);
    request.mutable_arrival()->set_seals_unbroken(true);
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok() && result->outcome() == v1::OUTCOME_DONE) << result.status();
    return number;
  }

  // What EU re-exports to BW: so many carats, drawn from these sources.
  static pb::Certificate ReExport(
      int64_t carats, const std::vector<std::pair<std::string, int64_t>>& sources) {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_country("BE");
    application.mutable_importer()->set_country("BW");
    application.set_importing_entity("BW");
    application.mutable_lines(0)->set_carats_thousandths(carats);
    application.mutable_lines(0)->set_value_usd_cents(carats * 15);
    for (const auto& [id, drawn] : sources) {
      pb::SourceDraw& draw = *application.add_sources();
      draw.set_source_id(id);
      draw.set_carats_thousandths(drawn);
    }
    return application;
  }
  absl::StatusOr<pb::Certificate> Apply(const pb::Certificate& application) {
    v1::ApplyForCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    *request.mutable_certificate() = application;
    KP_ASSIGN_OR_RETURN(const auto response, eu().records->Apply(eu().Officer("issuer"), request));
    return response.certificate();
  }
  absl::StatusOr<pb::Certificate> Issue(const pb::Certificate& application) {
    KP_ASSIGN_OR_RETURN(const pb::Certificate applied, Apply(application));
    return IssueApplied(applied.application_id());
  }
  absl::StatusOr<pb::Certificate> IssueApplied(const std::string& application_id) {
    v1::IssueCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_application_id(application_id);
    KP_ASSIGN_OR_RETURN(const auto response, eu().records->Issue(eu().Officer("issuer"), request));
    return response.certificate();
  }
  int64_t Drawn(const std::string& id) {
    const auto listed = eu().sources->List(eu().Officer("issuer"), {});
    for (const v1::Source& source : listed->sources()) {
      if (source.id() == id) return source.drawn_thousandths();
    }
    return -1;
  }
  absl::StatusOr<v1::Source> Open(const std::string& id, int64_t carats, const std::string& country) {
    v1::OpenSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::Source& source = *request.mutable_source();
    source.set_id(id);
    source.set_kind(v1::SOURCE_KIND_PAPER_IMPORT);
    source.set_carats_thousandths(carats);
    source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
    source.mutable_origin()->add_countries(country);
    source.set_text("paper certificate " + id);
    return eu().sources->Open(eu().Officer("issuer"), request);
  }

  std::unique_ptr<testing::Entities> all_;
};

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
  std::vector<std::string> applications;
  for (int i = 0; i < 6; ++i) {
    applications.push_back(Apply(ReExport(500'000, {{source, 500'000}}))->application_id());
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

  ASSERT_TRUE(Open("paper-1", 500'000, "ZA").ok());
  application = ReExport(1'000'000, {{source, 500'000}, {"paper-1", 500'000}});
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
  const auto second = IssueApplied(applied->certificate().application_id());
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
  ASSERT_TRUE(Open("2026-H1", 1'000, "BW").ok());
  EXPECT_EQ(ReasonOf(Open("2026-H1", 2'000, "BW").status()), kSourceExists);
  EXPECT_EQ(ReasonOf(Open("2026-H2", 0, "BW").status()), kSourceMalformed);
  EXPECT_EQ(ReasonOf(Open(" ", 1'000, "BW").status()), kSourceMalformed);
  EXPECT_EQ(ReasonOf(Open("2026-H2", 1'000, "EU").status()), reasons::kOriginNotACountry);
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

  ASSERT_TRUE(Open("paper-1", 1'000'000, "BW").ok());
  EXPECT_EQ(ReasonOf(Issue(ReExport(1'000'000, {{"paper-1", 1'000'000}})).status()),
            reasons::kAreaNotStated);
}

}  // namespace
}  // namespace kp::certificate
