// Every certificate that came in is in one book, with what was and what could not be checked, and
// with its confirmation.
#include "certificate-svc/domain/import_book.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "certificate-svc/testing/import_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::GoodApplication;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace reasons = scheme::reasons;

using testing::kCanonical;
using testing::kNumber;

class ImportBookTest : public testing::ImportTest {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ImportBookTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(ImportBookTest, APaperIsEnteredWithWhatCouldAndWhatCouldNotBeChecked) {
  v1::EnterPaperImportRequest request = Paper();
  pb::ManualCheck& asked = *request.add_manual_checks();
  asked.set_kind(pb::MANUAL_CHECK_KIND_ISSUER_ASKED);
  asked.set_agrees(true);
  asked.set_reference("e-mail of 28 February, from the AO office");
  asked.set_date("2026-02-28");
  const auto entered = Enter(request);
  ASSERT_TRUE(entered.ok()) << entered.status();
  EXPECT_EQ(entered->number(), kCanonical);
  EXPECT_EQ(entered->way(), pb::IMPORT_WAY_PAPER);
  EXPECT_EQ(entered->state(), pb::CERTIFICATE_STATE_ARRIVED);
  for (const char* rule : {"R01", "R02", "R06", "R07", "R08", "R09"}) {
    EXPECT_EQ(Check(*entered, rule), "PASSED") << rule;
  }
  for (const char* name : {"R11", "R24", "ISSUER_REGISTER", "USE", "SIGNATURE"}) {
    EXPECT_EQ(Check(*entered, name), "NOT_POSSIBLE") << name;
  }
  EXPECT_EQ(Check(*entered, "ISSUER_ASKED"), "BY_HAND");
  // It is the same a second later, and in the list.
  EXPECT_EQ(Get(kNumber).entry().SerializeAsString(), entered->SerializeAsString());
  const auto listed = eu().imports->List(eu().Officer("verifier"), {});
  ASSERT_TRUE(listed.ok());
  EXPECT_THAT(listed->entries(), SizeIs(1));

  // What is found stands beside the rule that found it.
  request = Paper();
  request.set_number("AO 1234568");
  request.mutable_paper()->set_expiry_date("2026-02-25");
  const auto expired = Enter(request);
  ASSERT_TRUE(expired.ok()) << expired.status();
  EXPECT_THAT(Reasons(*expired), Not(IsEmpty()));
  for (const pb::Finding& finding : expired->findings()) {
    EXPECT_EQ(Check(*expired, finding.rule()), "FOUND") << finding.rule();
  }
}

TEST_P(ImportBookTest, APaperThatBreaksAHardRuleIsRefusedUnlessItsGoodsAreDetained) {
  v1::EnterPaperImportRequest request = Paper();
  request.mutable_paper()->mutable_importer()->clear_name();
  const auto refused = Enter(request);
  EXPECT_EQ(ReasonOf(refused.status()), reasons::kFieldMissing) << refused.status();
  EXPECT_EQ(FieldOf(refused.status()), "importer.name");
  const auto listed = eu().imports->List(eu().Officer("verifier"), {});
  EXPECT_THAT(listed->entries(), IsEmpty());

  request.set_detain_text("the paper names no importer");
  const auto detained = Enter(request);
  ASSERT_TRUE(detained.ok()) << detained.status();
  EXPECT_EQ(detained->state(), pb::CERTIFICATE_STATE_DETAINED);
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kWrongState);
  // Its failure is to be reported within a month (EU arts. 5(3), 14(3)).
  EXPECT_THAT(Due(Overdue(60)), ElementsAre("AO1234567 FAILURE_REPORT 2026-04-01"));

  // Remedied: let go, put right, confirmed.
  ASSERT_TRUE(Record(pb::CERTIFICATE_STATE_RELEASED).ok());
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kFieldMissing);
  ASSERT_TRUE(Amend([](auto& amend) { *amend.mutable_paper() = Paper().paper(); }).ok());
  EXPECT_TRUE(ConfirmPaper().ok());
}

TEST_P(ImportBookTest, GoodsByWhichTheirIssuerDoesNotStandAreNeverLetGo) {
  ASSERT_TRUE(Enter(Paper()).ok());
  const auto deny = [](bool agrees) {
    return [agrees](v1::AmendPaperImportRequest& amend) {
      pb::ManualCheck& check = *amend.add_manual_checks();
      check.set_kind(pb::MANUAL_CHECK_KIND_ISSUER_ASKED);
      check.set_agrees(agrees);
      check.set_reference("telephone, 1 March");
      check.set_date("2026-03-01");
    };
  };
  const auto denied = Amend(deny(false));
  ASSERT_TRUE(denied.ok()) << denied.status();
  EXPECT_EQ(Check(*denied, "ISSUER_ASKED"), "BY_HAND_FAILED");
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kIssuerDenies);
  ASSERT_TRUE(Record(pb::CERTIFICATE_STATE_DETAINED).ok());
  EXPECT_EQ(ReasonOf(Record(pb::CERTIFICATE_STATE_RELEASED).status()), kImportNotRemediable);
  // The latest word counts.
  ASSERT_TRUE(Amend(deny(true)).ok());
  ASSERT_TRUE(Record(pb::CERTIFICATE_STATE_RELEASED).ok());
  EXPECT_TRUE(ConfirmPaper().ok());
  EXPECT_EQ(ReasonOf(Amend(deny(false)).status()), reasons::kWrongState);
}

TEST_P(ImportBookTest, AConfirmationIsSignedAndSaysWhatArrived) {
  ASSERT_TRUE(Enter(Paper()).ok());
  v1::ConfirmPaperImportRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(kCanonical);
  *request.mutable_arrival() = ArrivalOf(1'250'400);
  request.mutable_arrival()->clear_parcels();
  auto confirmed = eu().imports->Confirm(eu().Officer("verifier"), request);
  EXPECT_EQ(ReasonOf(confirmed.status()), kArrivalIncomplete);
  EXPECT_EQ(FieldOf(confirmed.status()), "arrival.parcels");
  request.mutable_arrival()->set_parcels(2);
  confirmed = eu().imports->Confirm(eu().Officer("verifier"), request);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->state(), pb::CERTIFICATE_STATE_CONFIRMED);
  ASSERT_THAT(confirmed->differences(), SizeIs(1));
  EXPECT_EQ(confirmed->differences(0).rule(), "R20");

  const auto parsed = statement::Statement::Parse(confirmed->confirmation());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  statement::Expectation expected;
  expected.content_type = ImportConfirmationContentType();
  expected.issuer = "EU";
  expected.now = eu().clock.Now();
  expected.max_skew = kMaxStatementSkew;
  EXPECT_TRUE(
      statement::VerifyStatement(*parsed, expected, bw().environment->trust.KeyLookup()).ok());
  const auto said = statement::DecodePayload<v1::ImportConfirmationStatement>(*parsed);
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(said->number(), kCanonical);
  EXPECT_EQ(said->arrival().lines(0).carats_thousandths(), 1'250'400);
  EXPECT_EQ(said->importer().name(), "Antwerp Rough BV");
  EXPECT_EQ(said->officer().person(), "P-VERIFIER");
  EXPECT_TRUE(said->entered_from_paper());

  // It counts in the monthly report as what came by the mesh does.
  v1::ListMonthlyReportRequest month;
  month.set_year(2026);
  month.set_month(3);
  month.set_import(true);
  const auto report = eu().statistics->MonthlyReport(eu().Officer("verifier"), month);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_THAT(report->rows(), SizeIs(1));
  EXPECT_EQ(report->rows(0).number(), kCanonical);

  // Once: the same request is the same act, another one is refused.
  EXPECT_EQ(eu().imports->Confirm(eu().Officer("verifier"), request)->confirmation(),
            confirmed->confirmation());
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kWrongState);
}

TEST_P(ImportBookTest, AReExportDrawsOnAPaperImportAndNotOneCaratTooMany) {
  const auto issue = [&](int64_t carats) -> absl::StatusOr<std::string> {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_country("BE");
    application.mutable_importer()->set_country("BW");
    application.set_importing_entity("BW");
    application.mutable_origin()->set_countries(0, "AO");
    application.mutable_lines(0)->set_carats_thousandths(carats);
    application.mutable_lines(0)->set_value_usd_cents(carats * 15);
    pb::SourceDraw& draw = *application.add_sources();
    draw.set_source_id(kCanonical);
    draw.set_carats_thousandths(carats);
    v1::ApplyForCertificateRequest apply;
    apply.set_request_id(SystemIds().NewUuid());
    *apply.mutable_certificate() = application;
    KP_ASSIGN_OR_RETURN(const auto applied, eu().records->Apply(eu().Officer("issuer"), apply));
    v1::IssueCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_application_id(applied.certificate().application_id());
    KP_ASSIGN_OR_RETURN(const auto issued, eu().records->Issue(eu().Officer("issuer"), request));
    return issued.certificate().number();
  };
  ASSERT_TRUE(Enter(Paper()).ok());
  // What is not confirmed is no source.
  EXPECT_EQ(ReasonOf(issue(1'000).status()), kSourceUnknown);
  // Of what arrived, at most what was certified.
  ASSERT_TRUE(ConfirmPaper(1'300'000).ok());
  // Who entered it does not stand for it alone.
  EXPECT_EQ(ReasonOf(issue(1'000).status()), kSourceNotConfirmed);
  v1::ConfirmSourceRequest second;
  second.set_request_id(SystemIds().NewUuid());
  second.set_id(kNumber);
  second.set_text("compared with the original");
  ASSERT_TRUE(eu().sources->Confirm(eu().Officer("validator"), second).ok());
  const auto first = issue(1'250'000);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(ReasonOf(issue(501).status()), kSourceExhausted);
  EXPECT_TRUE(issue(500).ok());
  ASSERT_THAT(SourcesOf(), SizeIs(1));
  EXPECT_EQ(SourcesOf()[0].kind(), pb::SOURCE_KIND_PAPER_IMPORT);
}

TEST_P(ImportBookTest, ANumberIsEnteredByHandOnceInWhicheverBook) {
  const auto open = [&](const std::string& id) {
    v1::OpenSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::Source& source = *request.mutable_source();
    source.set_id(id);
    source.set_kind(v1::SOURCE_KIND_PAPER_IMPORT);
    source.set_carats_thousandths(1'000);
    source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
    source.mutable_origin()->add_countries("AO");
    source.mutable_document()->set_issuer("AO");
    source.mutable_document()->set_issue_date("2026-01-10");
    source.mutable_document()->set_receipt_date("2026-01-20");
    source.mutable_document()->set_reference("archive box 12");
    source.set_text("paper certificate");
    return ReasonOf(eu().sources->Open(eu().Officer("issuer"), request).status());
  };
  const v1::EnterPaperImportRequest request = Paper();
  ASSERT_TRUE(Enter(request).ok());
  EXPECT_TRUE(Enter(request).ok()) << "the same request is the same act";
  EXPECT_EQ(ReasonOf(Enter(Paper()).status()), kImportExists);
  EXPECT_EQ(open("AO-1234567"), kSourceExists);

  EXPECT_EQ(open("AO 7654321"), "");
  v1::EnterPaperImportRequest other = Paper();
  other.set_number("AO7654321");
  EXPECT_EQ(ReasonOf(Enter(other).status()), kImportExists);
  other.set_number("AO7654322");
  EXPECT_TRUE(Enter(other).ok());
}

TEST_P(ImportBookTest, AnIssuerOnTheMeshIsEnteredFromPaperOnlyWithReasonsAndStaysAPaper) {
  const pb::Certificate issued = bw().Issue(bw().Apply(GoodApplication()).application_id());
  bw().Validate(issued.number());
  v1::EnterPaperImportRequest request = Paper();
  request.set_number(issued.number());
  *request.mutable_paper() = testing::PaperOf(issued);
  request.mutable_paper()->set_issuing_authority("BW office");
  request.mutable_paper()->set_parcels(3);
  request.set_submission_date("2026-03-01");
  EXPECT_EQ(ReasonOf(Enter(request).status()), kIssuerOnMesh);
  request.set_despite_mesh_text("their node has been down for two days");
  const auto entered = Enter(request);
  ASSERT_TRUE(entered.ok()) << entered.status();
  EXPECT_EQ(entered->way(), pb::IMPORT_WAY_PAPER_DESPITE_MESH);
  EXPECT_THAT(Reasons(*entered), Not(Contains(reasons::kFieldMismatch)));

  // The announcement comes later, and says two parcels.
  bw().Export(issued.number());
  ASSERT_TRUE(all_->Settle());
  const pb::ImportEntry after = Get(issued.number()).entry();
  EXPECT_EQ(after.way(), pb::IMPORT_WAY_PAPER_DESPITE_MESH);
  EXPECT_TRUE(after.announced());
  EXPECT_THAT(Reasons(after), Contains(reasons::kFieldMismatch));

  // An own certificate is nothing that came in.
  request.set_request_id(SystemIds().NewUuid());
  request.set_number("EU1234567");
  EXPECT_EQ(ReasonOf(Enter(request).status()), kImportIsOwn);
}

TEST_P(ImportBookTest, WhatTheMeshAnnouncedIsInTheSameBookUntilItIsConfirmed) {
  const std::string number = Announced();
  pb::ImportEntry entry = Get(number).entry();
  EXPECT_EQ(entry.way(), pb::IMPORT_WAY_MESH);
  EXPECT_EQ(entry.state(), pb::CERTIFICATE_STATE_EXPORTED);
  EXPECT_EQ(entry.certified_parcels(), 2);
  EXPECT_THAT(Get(number).deadlines(), IsEmpty());
  // A number is there once, by whichever way.
  v1::EnterPaperImportRequest paper = Paper();
  paper.set_number(number);
  paper.set_despite_mesh_text("a second entry");
  EXPECT_EQ(ReasonOf(Enter(paper).status()), kImportExists);

  // 1 March is a Sunday: ten working days end on Friday 13 March.
  ASSERT_TRUE(RecordMesh(number, pb::CERTIFICATE_STATE_ARRIVED, "").ok());
  EXPECT_EQ(Get(number).entry().state(), pb::CERTIFICATE_STATE_ARRIVED);
  ASSERT_THAT(Get(number).deadlines(), SizeIs(1));
  EXPECT_EQ(Get(number).deadlines(0).due_date(), "2026-03-13");
  EXPECT_THAT(Get(number).deadlines(0).source(), HasSubstr("EU art. 5(1)(a)"));

  ASSERT_EQ(ConfirmMesh(number)->outcome(), v1::OUTCOME_DONE);
  entry = Get(number).entry();
  EXPECT_EQ(entry.state(), pb::CERTIFICATE_STATE_CONFIRMED);
  EXPECT_EQ(entry.confirm_date(), "2026-03-01");
  EXPECT_EQ(entry.arrival().parcels(), 2);
  EXPECT_THAT(Get(number).deadlines(), IsEmpty());
  // No profile of EU's refuses it without an inspection: it is a finding.
  EXPECT_THAT(Reasons(entry), ElementsAre(reasons::kInspectionMissing));
}

TEST_P(ImportBookTest, EveryVersionIsKeptAndItsDigestIsInItsSignedEvent) {
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(Inspect(kNumber, Look()).ok());
  ASSERT_TRUE(ConfirmPaper().ok());
  const v1::GetImportResponse history = Get(kNumber, true);
  std::vector<std::string> kinds;
  std::vector<std::string> digests;
  for (const v1::RegisterEventRecord& event : history.events()) {
    kinds.push_back(event.kind());
    const auto parsed = statement::Statement::Parse(event.statement());
    ASSERT_TRUE(parsed.ok());
    digests.push_back(statement::DecodePayload<v1::RegisterEvent>(*parsed)->statement_digest());
  }
  EXPECT_THAT(kinds, ElementsAre("IMPORT_ENTERED", "IMPORT_INSPECTED", "SOURCE_OPENED",
                                 "IMPORT_CONFIRMED"));
  ASSERT_THAT(history.versions(), SizeIs(3));
  const int event_of[] = {0, 1, 3};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(statement::Sha256(*statement::EncodePayload(history.versions(i))),
              digests[static_cast<size_t>(event_of[i])]);
  }
  EXPECT_EQ(history.versions(0).state(), pb::CERTIFICATE_STATE_ARRIVED);
  EXPECT_EQ(history.versions(2).state(), pb::CERTIFICATE_STATE_CONFIRMED);
}

TEST_P(ImportBookTest, OfficersWhoConfirmAtOnceConfirmOnce) {
  ASSERT_TRUE(Enter(Paper()).ok());
  std::vector<absl::Status> outcomes(4);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = ConfirmPaper().status(); });
    }
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, &absl::Status::ok), 1);
  for (const absl::Status& outcome : outcomes) {
    EXPECT_TRUE(outcome.ok() || ReasonOf(outcome) == reasons::kWrongState) << outcome;
  }
  EXPECT_THAT(SourcesOf(), SizeIs(1));
}

}  // namespace
}  // namespace kp::certificate
