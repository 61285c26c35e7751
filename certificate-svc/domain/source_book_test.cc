// Nothing is drawn on one officer's word, nor more than was filed: own production against filed
// figures, papers with their documents, second officers, and sources that are closed.
#include <algorithm>
#include <functional>
#include <thread>

#include "base/error.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/testing/import_test.h"
#include "certificate-svc/testing/source_book_test_base.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::GoodApplication;
namespace reasons = scheme::reasons;

std::string FieldOf(const absl::Status& status) {
  const auto faults = FaultsOf(status);
  return faults.empty() ? "" : faults[0].field;
}
template <typename Response>
std::vector<std::string> Findings(const Response& response) {
  std::vector<std::string> out;
  for (const v1::Finding& finding : response.findings()) out.push_back(finding.reason());
  return out;
}

class SourceActsTest : public testing::SourceBookTest {
 protected:
  v1::GetSourceProductionResponse Production(int year) {
    v1::GetSourceProductionRequest request;
    request.set_year(year);
    const auto response = bw().sources->GetProduction(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetSourceProductionResponse();
  }
  std::string Draw(int64_t carats, const std::string& source) {
    const absl::Status status = Issue(Mined(carats, source)).status();
    return status.ok() ? "drawn" : ReasonOf(status);
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, SourceActsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(SourceActsTest, OwnProductionIsOpenedAgainstWhatWasFiledOfItsHalfYear) {
  ASSERT_TRUE(Produce(2025, 2, 1'000'000).ok());
  const auto first = Open(bw(), ProductionSource("north", 2025, 2, 600'000));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->state(), pb::SOURCE_STATE_OPEN);
  EXPECT_EQ(first->need(), pb::SOURCE_NEED_NOTHING);
  EXPECT_EQ(first->figures_version(), 1);
  const auto above = Open(bw(), ProductionSource("south", 2025, 2, 400'001));
  EXPECT_EQ(ReasonOf(above.status()), reasons::kSourceAboveFiled);
  EXPECT_EQ(FieldOf(above.status()), "source.carats_thousandths");
  EXPECT_THAT(std::string(above.status().message()), HasSubstr("filed as 1000 carats"));
  EXPECT_EQ(Find(bw(), "south").id(), "");
  ASSERT_TRUE(Open(bw(), ProductionSource("south", 2025, 2, 400'000)).ok());
  EXPECT_EQ(Draw(600'000, "north"), "drawn");
  EXPECT_EQ(Draw(400'000, "south"), "drawn");
  EXPECT_THAT(Production(2025).findings(), IsEmpty());
}

TEST_P(SourceActsTest, FiguresThatAreFiledLowerKeepWhatWasDrawnAndBoundWhatComes) {
  ASSERT_TRUE(Produce(2025, 2, 1'000'000).ok());
  ASSERT_TRUE(Open(bw(), ProductionSource("north", 2025, 2, 1'000'000)).ok());
  ASSERT_EQ(Draw(600'000, "north"), "drawn");
  const auto lower = Produce(2025, 2, 500'000);
  ASSERT_TRUE(lower.ok()) << lower.status();
  EXPECT_THAT(Findings(*lower), ElementsAre(reasons::kProductionExhausted));
  EXPECT_EQ(Draw(1'000, "north"), reasons::kProductionExhausted);
  EXPECT_EQ(Find(bw(), "north").drawn_thousandths(), 600'000);
  EXPECT_THAT(Findings(Production(2025)), ElementsAre(reasons::kProductionExhausted));

  EXPECT_THAT(Findings(*Produce(2025, 2, 700'000)),
              ElementsAre(reasons::kSourcesAboveProduction));
  EXPECT_EQ(Draw(100'001, "north"), reasons::kProductionExhausted);
  EXPECT_EQ(Draw(100'000, "north"), "drawn");
}

// Figures are filed after a half-year, and goods leave during it.
TEST_P(SourceActsTest, ProductionThatIsNotYetFiledIsDrawnOnceASecondPersonConfirmedIt) {
  const auto opened = Open(bw(), ProductionSource("north", 2026, 1, 1'000'000));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->state(), pb::SOURCE_STATE_WAITING);
  EXPECT_EQ(opened->figures_version(), 0);
  EXPECT_EQ(Draw(1'000, "north"), kSourceNotConfirmed);

  v1::AddOfficerRequest add;
  add.set_request_id(SystemIds().NewUuid());
  v1::OfficerEntry& other = *add.mutable_officer();
  other.set_spiffe_id(bw().Officer("other-card").ToString());
  other.set_person("p-issuer");
  other.set_display_name("the issuer's other card");
  other.set_authority("BW office");
  other.add_powers(access::v1::POWER_VERIFY);
  ASSERT_TRUE(bw().officers->Add(bw().Officer("admin"), add).ok());
  EXPECT_EQ(ReasonOf(Confirm(bw(), "north", "issuer").status()), kSourceSamePerson);
  EXPECT_EQ(ReasonOf(Confirm(bw(), "north", "other-card").status()), kSourceSamePerson);
  EXPECT_EQ(Draw(1'000, "north"), kSourceNotConfirmed);
  // In the worklist of whoever may confirm it, and of nobody else.
  const auto waits = [&](const std::string& officer) {
    v1::ListWorkItemsRequest ask;
    ask.add_kinds(v1::WORK_KIND_SOURCE);
    const auto work = bw().worklist->List(bw().Officer(officer), ask);
    EXPECT_TRUE(work.ok()) << work.status();
    if (!work.ok() || work->items_size() != 1) return false;
    EXPECT_EQ(work->items(0).subject(), "north");
    EXPECT_EQ(work->items(0).since_date(), "2026-03-01");
    return true;
  };
  EXPECT_TRUE(waits("verifier"));
  EXPECT_TRUE(waits("validator"));
  EXPECT_FALSE(waits("issuer"));
  EXPECT_FALSE(waits("other-card"));
  EXPECT_FALSE(waits("admin"));
  const auto confirmed = Confirm(bw(), "north");
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->state(), pb::SOURCE_STATE_OPEN);
  EXPECT_FALSE(waits("verifier"));
  EXPECT_EQ(Draw(600'000, "north"), "drawn");
  EXPECT_EQ(ReasonOf(Confirm(bw(), "north").status()), kSourceNotWaiting);

  // The figure comes in, and covers less.
  EXPECT_THAT(Findings(*Produce(2026, 1, 800'000)), ElementsAre(reasons::kSourcesAboveProduction));
  EXPECT_EQ(Draw(200'001, "north"), reasons::kProductionExhausted);
  EXPECT_EQ(Draw(200'000, "north"), "drawn");
}

TEST_P(SourceActsTest, OwnProductionIsOfAPeriodThatMayBeOpenedAndOfTheOwnTerritory) {
  const auto open = [&](int year, int half, const std::function<void(v1::Source&)>& change = {}) {
    v1::OpenSourceRequest request = ProductionSource("north", year, half, 1'000);
    if (change) change(*request.mutable_source());
    return Open(bw(), request).status();
  };
  EXPECT_EQ(ReasonOf(open(2026, 2)), reasons::kProductionNotBegun);
  EXPECT_EQ(ReasonOf(open(2026, 3)), reasons::kPeriodOutOfRange);
  EXPECT_EQ(ReasonOf(open(0, 1)), reasons::kPeriodOutOfRange);
  // The figures of 2025-H2 were due on 28 February.
  EXPECT_EQ(ReasonOf(open(2025, 2)), reasons::kProductionNotFiled);
  const absl::Status abroad = open(2026, 1, [](v1::Source& source) {
    source.mutable_origin()->set_countries(0, "ZA");
  });
  EXPECT_EQ(ReasonOf(abroad), kSourceMalformed);
  EXPECT_EQ(FieldOf(abroad), "source.origin");
  EXPECT_EQ(FieldOf(open(2026, 1,
                         [](v1::Source& source) {
                           source.mutable_origin()->set_kind(pb::ORIGIN_KIND_MIXED_LISTED);
                           source.mutable_origin()->add_countries("ZA");
                         })),
            "source.origin");
  EXPECT_EQ(FieldOf(open(2026, 1,
                         [](v1::Source& source) {
                           source.mutable_document()->set_issuer("AO");
                         })),
            "source.document");
  EXPECT_EQ(FieldOf(Produce(2025, 2, 1'000, "ZA").status()), "figures.rows[0].origin");
  EXPECT_TRUE(open(2026, 1).ok());
  ASSERT_TRUE(Produce(2025, 2, 1'000).ok());
  EXPECT_TRUE(Open(bw(), ProductionSource("south", 2025, 2, 1'000)).ok());
}

TEST_P(SourceActsTest, OfficersWhoDrawOnOneHalfYearAtOnceNeverDrawMoreThanWasFiled) {
  ASSERT_TRUE(Produce(2025, 2, 1'000'000).ok());
  ASSERT_TRUE(Open(bw(), ProductionSource("north", 2025, 2, 500'000)).ok());
  ASSERT_TRUE(Open(bw(), ProductionSource("south", 2025, 2, 500'000)).ok());
  ASSERT_TRUE(Produce(2025, 2, 500'000).ok());
  std::vector<pb::Certificate> applications;
  for (int i = 0; i < 6; ++i) {
    applications.push_back(*Apply(Mined(200'000, i % 2 == 0 ? "north" : "south")));
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
    // Two from one source leave too little in that one.
    EXPECT_TRUE(outcome.ok() || ReasonOf(outcome) == reasons::kProductionExhausted ||
                ReasonOf(outcome) == kSourceExhausted)
        << outcome;
  }
  EXPECT_EQ(Production(2025).rows(0).drawn_thousandths(), 400'000);
}

TEST_P(SourceActsTest, OfficersWhoOpenAtOnceNeverOpenMoreThanWasFiled) {
  ASSERT_TRUE(Produce(2025, 2, 1'000'000).ok());
  std::vector<absl::Status> outcomes(6);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      threads.emplace_back([&, i] {
        outcomes[i] =
            Open(bw(), ProductionSource("mine-" + std::to_string(i), 2025, 2, 400'000)).status();
      });
    }
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, &absl::Status::ok), 2);
  for (const absl::Status& outcome : outcomes) {
    EXPECT_TRUE(outcome.ok() || ReasonOf(outcome) == reasons::kSourceAboveFiled) << outcome;
  }
  EXPECT_EQ(Production(2025).rows(0).opened_thousandths(), 800'000);
}

TEST_P(SourceActsTest, ProductionThatIsLateIsListed) {
  ASSERT_TRUE(Open(bw(), ProductionSource("north", 2026, 1, 1'000'000)).ok());
  v1::GetSourceProductionResponse book = Production(2026);
  ASSERT_THAT(book.rows(), SizeIs(1));
  EXPECT_EQ(book.rows(0).due_date(), "2026-08-31");
  EXPECT_EQ(book.rows(0).figures_version(), 0);
  EXPECT_THAT(book.findings(), IsEmpty());
  for (int i = 0; i < 4; ++i) {
    all_->Advance(absl::Hours(24 * 61));
    all_->Renew();
  }
  book = Production(2026);
  EXPECT_THAT(Findings(book), ElementsAre(reasons::kProductionNotFiled));
  EXPECT_EQ(ReasonOf(Open(bw(), ProductionSource("south", 2026, 1, 1'000)).status()),
            reasons::kProductionNotFiled);
  ASSERT_TRUE(Produce(2026, 1, 1'001'000).ok());
  EXPECT_THAT(Production(2026).findings(), IsEmpty());
  EXPECT_TRUE(Open(bw(), ProductionSource("south", 2026, 1, 1'000)).ok());
}

TEST_P(SourceActsTest, APaperIsEnteredWithItsDocumentAndWaitsForASecondPerson) {
  const auto open = [&](const std::string& number,
                        const std::function<void(v1::PaperDocument&)>& change = {}) {
    v1::OpenSourceRequest request = PaperSource(number, 1'000, "AO");
    if (change) change(*request.mutable_source()->mutable_document());
    return Open(eu(), request).status();
  };
  EXPECT_EQ(ReasonOf(open("rubbish!")), reasons::kNumberBadCharacter);
  EXPECT_EQ(FieldOf(open("rubbish!")), "source.id");
  EXPECT_EQ(FieldOf(open("QQ0000001")), "source.id");
  EXPECT_EQ(FieldOf(open("AO1", [](auto& document) { document.set_issuer("BW"); })),
            "source.document.issuer");
  EXPECT_EQ(FieldOf(open("AO1", [](auto& document) { document.clear_reference(); })),
            "source.document.reference");
  EXPECT_EQ(FieldOf(open("AO1", [](auto& document) { document.clear_issue_date(); })),
            "source.document.issue_date");
  EXPECT_EQ(FieldOf(open("AO1", [](auto& document) { document.set_receipt_date("2019-02-30"); })),
            "source.document.receipt_date");
  EXPECT_EQ(ReasonOf(open("AO1", [](auto& document) { document.set_receipt_date("2026-03-02"); })),
            reasons::kDateInFuture);
  EXPECT_EQ(ReasonOf(open("AO1", [](auto& document) { document.set_receipt_date("2019-02-28"); })),
            reasons::kDateOfIssueWrong);
  v1::OpenSourceRequest without = PaperSource("AO1", 1'000, "AO");
  without.mutable_source()->clear_document();
  EXPECT_EQ(FieldOf(Open(eu(), without).status()), "source.document");

  ASSERT_TRUE(open("ao 000-0001").ok());
  const v1::Source source = Find(eu(), "AO 0000001");
  EXPECT_EQ(source.id(), "AO0000001");
  EXPECT_EQ(source.document().printed_number(), "ao 000-0001");
  EXPECT_EQ(source.state(), pb::SOURCE_STATE_WAITING);
  pb::Certificate application = ReExport(1'000, {{"AO0000001", 1'000}});
  application.mutable_origin()->set_countries(0, "AO");
  EXPECT_EQ(ReasonOf(Issue(application).status()), kSourceNotConfirmed);
  EXPECT_EQ(ReasonOf(Confirm(eu(), "AO0000001", "issuer").status()), kSourceSamePerson);
  EXPECT_TRUE(Confirm(eu(), "ao0000001").ok());
  EXPECT_TRUE(Issue(application).ok());
}

TEST_P(SourceActsTest, APaperOfAnIssuerOnTheMeshIsOfBeforeItsRegister) {
  // BW's register is whole from 2026-01-01 on.
  v1::OpenSourceRequest request = PaperSource("BW7777777", 1'000, "BW");
  request.mutable_source()->mutable_document()->set_issue_date("2026-01-01");
  request.mutable_source()->mutable_document()->set_receipt_date("2026-01-20");
  const absl::Status status = Open(eu(), request).status();
  EXPECT_EQ(ReasonOf(status), reasons::kSourceIssuerOnMesh);
  EXPECT_EQ(FieldOf(status), "source.id");
  request.mutable_source()->mutable_document()->set_issue_date("2025-12-31");
  EXPECT_TRUE(Open(eu(), request).ok());
}

TEST_P(SourceActsTest, OwnProductionOfNoHalfYearIsOpenedAnew) {
  v1::Source old = ProductionSource("old", 0, 0, 1'000).source();
  ASSERT_TRUE(bw().database()
                  .Write([&](store::Transaction& tx) { return InsertSource(tx, old).status(); })
                  .ok());
  EXPECT_EQ(Draw(1'000, "old"), kSourceNotConfirmed);
  EXPECT_EQ(ReasonOf(Confirm(bw(), "old").status()), kSourceNotWaiting);
  EXPECT_EQ(Production(2026).rows(0).half(), 0);
  ASSERT_TRUE(Close(bw(), "old").ok());
  ASSERT_TRUE(Open(bw(), ProductionSource("new", 2026, 1, 1'000)).ok());
  ASSERT_TRUE(Confirm(bw(), "new").ok());
  EXPECT_EQ(Draw(1'000, "new"), "drawn");
}

TEST_P(SourceActsTest, AClosedSourceKeepsWhatWasDrawnAndGivesNoMore) {
  ASSERT_TRUE(Produce(2025, 2, 1'000'000).ok());
  ASSERT_TRUE(Open(bw(), ProductionSource("north", 2025, 2, 1'000'000)).ok());
  const auto issued = Issue(Mined(600'000, "north"));
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(ReasonOf(Open(bw(), ProductionSource("south", 2025, 2, 400'000)).status()),
            reasons::kSourceAboveFiled);

  v1::CloseSourceRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_id("north");
  EXPECT_EQ(ReasonOf(bw().sources->Close(bw().Officer("issuer"), request).status()),
            kReasonsRequired);
  request.set_text("the mine's return was wrong");
  const auto closed = bw().sources->Close(bw().Officer("issuer"), request);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), pb::SOURCE_STATE_CLOSED);
  EXPECT_EQ(closed->drawn_thousandths(), 600'000);
  EXPECT_TRUE(bw().sources->Close(bw().Officer("issuer"), request).ok())
      << "the same request is the same act";
  EXPECT_EQ(ReasonOf(Close(bw(), "north").status()), kSourceClosed);
  EXPECT_EQ(ReasonOf(Close(bw(), "no such").status()), kSourceUnknown);
  EXPECT_EQ(ReasonOf(Confirm(bw(), "north").status()), kSourceNotWaiting);
  EXPECT_EQ(Draw(1'000, "north"), kSourceClosed);
  // What draws on it already goes its way.
  EXPECT_EQ(bw().Validate(issued->number()).state(), pb::CERTIFICATE_STATE_VALIDATED);

  v1::GetSourceRequest get;
  get.set_id("north");
  const auto shown = bw().sources->Get(get);
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_THAT(shown->events(), SizeIs(2));
  EXPECT_EQ(shown->events(0).kind(), "SOURCE_OPENED");
  EXPECT_EQ(shown->events(1).kind(), "SOURCE_CLOSED");
  EXPECT_EQ(shown->events(1).text(), "the mine's return was wrong");
  EXPECT_EQ(shown->events(1).person(), "P-ISSUER");
  ASSERT_THAT(shown->uses(), SizeIs(1));
  EXPECT_EQ(shown->uses(0).number(), issued->number());
  EXPECT_EQ(shown->uses(0).carats_thousandths(), 600'000);

  // What was not drawn of it may be opened again.
  EXPECT_TRUE(Open(bw(), ProductionSource("south", 2025, 2, 400'000)).ok());
  v1::ListSourcesRequest list;
  list.set_open_only(true);
  const auto open = bw().sources->List(bw().Officer("issuer"), list);
  ASSERT_THAT(open->sources(), SizeIs(1));
  EXPECT_EQ(open->sources(0).id(), "south");
  list.set_open_only(false);
  list.set_state(pb::SOURCE_STATE_CLOSED);
  EXPECT_THAT(bw().sources->List(bw().Officer("issuer"), list)->sources(), SizeIs(1));
}

class PaperSettlementTest : public testing::ImportTest {
 protected:
  absl::StatusOr<v1::Source> Settle(const std::string& officer) {
    v1::ConfirmSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(testing::kNumber);
    request.set_text("the issuer confirmed the weight by letter");
    return eu().sources->Confirm(eu().Officer(officer), request);
  }
  std::string ReExported() {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_country("BE");
    application.mutable_importer()->set_country("BW");
    application.set_importing_entity("BW");
    application.mutable_origin()->set_countries(0, "AO");
    pb::SourceDraw& draw = *application.add_sources();
    draw.set_source_id(testing::kCanonical);
    draw.set_carats_thousandths(1'250'500);
    v1::ApplyForCertificateRequest apply;
    apply.set_request_id(SystemIds().NewUuid());
    *apply.mutable_certificate() = application;
    const auto applied = eu().records->Apply(eu().Officer("issuer"), apply);
    if (!applied.ok()) return ReasonOf(applied.status());
    v1::IssueCertificateRequest issue;
    issue.set_request_id(SystemIds().NewUuid());
    issue.set_application_id(applied->certificate().application_id());
    const auto issued = eu().records->Issue(eu().Officer("issuer"), issue);
    return issued.ok() ? "issued" : ReasonOf(issued.status());
  }
  absl::StatusOr<pb::ImportEntry> ConfirmBy(const std::string& officer) {
    v1::ConfirmPaperImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(testing::kCanonical);
    *request.mutable_arrival() = ArrivalOf(1'250'500);
    return eu().imports->Confirm(eu().Officer(officer), request);
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, PaperSettlementTest,
                         ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(PaperSettlementTest, APaperWithAFindingForAnOfficerIsSettledByAnotherPersonFirst) {
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(Amend([](v1::AmendPaperImportRequest& amend) {
                pb::ManualCheck& check = *amend.add_manual_checks();
                check.set_kind(pb::MANUAL_CHECK_KIND_PRE_ALERT_SEEN);
                check.set_reference("e-mail of 20 February");
                check.set_date("2026-03-01");
              }).ok());
  // Confirmed by another person: the finding is open all the same.
  ASSERT_TRUE(ConfirmBy("validator").ok());
  ASSERT_THAT(SourcesOf(), SizeIs(1));
  EXPECT_EQ(SourcesOf()[0].need(), pb::SOURCE_NEED_SETTLEMENT);
  EXPECT_EQ(ReExported(), kSourceNotConfirmed);
  EXPECT_EQ(ReasonOf(Settle("verifier").status()), kSourceSamePerson);
  EXPECT_EQ(ReExported(), kSourceNotConfirmed);
  ASSERT_TRUE(Settle("validator").ok());
  EXPECT_EQ(ReExported(), "issued");

  v1::GetSourceRequest get;
  get.set_id(testing::kCanonical);
  const auto shown = eu().sources->Get(get);
  ASSERT_THAT(shown->events(), SizeIs(2));
  EXPECT_EQ(shown->events(1).kind(), "SOURCE_SETTLED");
  EXPECT_EQ(shown->events(1).text(), "the issuer confirmed the weight by letter");
}

TEST_P(PaperSettlementTest, APaperThatTwoPersonsSawIsOpenAtOnce) {
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(ConfirmBy("validator").ok());
  EXPECT_EQ(SourcesOf()[0].need(), pb::SOURCE_NEED_NOTHING);
  EXPECT_EQ(ReExported(), "issued");
}

TEST_P(PaperSettlementTest, APaperThatOnePersonEnteredAndConfirmedWaitsForAnother) {
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(ConfirmBy("verifier").ok());
  EXPECT_EQ(SourcesOf()[0].need(), pb::SOURCE_NEED_SECOND_OFFICER);
  EXPECT_EQ(ReExported(), kSourceNotConfirmed);
  EXPECT_EQ(ReasonOf(Settle("verifier").status()), kSourceSamePerson);
  ASSERT_TRUE(Settle("issuer").ok());
  EXPECT_EQ(ReExported(), "issued");
}

}  // namespace
}  // namespace kp::certificate
