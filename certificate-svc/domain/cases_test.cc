// Cases between two registers: what either side says reaches the other once, in its order, whatever
// the line does, and both books come to the same.
#include "certificate-svc/domain/cases.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/testing/cases_fixture.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Entity;
using testing::GoodApplication;
using ::testing::Not;

class CasesTest : public testing::CasesFixture {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, CasesTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(CasesTest, DifferencesOpenACaseThatClosesWhenOneProposesAndTheOtherAgrees) {
  const std::string id = Differing();
  ExpectTheSame();
  v1::Case shown = CaseAt(eu());
  EXPECT_EQ(shown.kind(), v1::CASE_KIND_DIFFERENCES);
  EXPECT_EQ(shown.state(), v1::CASE_STATE_OPEN);
  ASSERT_EQ(shown.differences_size(), 1);
  EXPECT_EQ(shown.differences(0).pointer(), "parcels");

  ASSERT_TRUE(Remark(bw(), id, "two parcels were sealed").ok());
  ASSERT_TRUE(Remark(eu(), id, "one parcel was split at the airport").ok());
  ASSERT_TRUE(all_->Settle());
  const auto proposed = Propose(eu(), id, "the third parcel is part of the second");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(all_->Settle());
  const std::string proposal = CaseAt(bw()).partner_proposal();
  EXPECT_EQ(proposal, proposed->own_proposal());
  const auto agreed = Agree(bw(), id, proposal);
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->agreed_digest(), proposal);
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  shown = CaseAt(bw());
  EXPECT_EQ(shown.state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(shown.agreed_remedy(), v1::CASE_REMEDY_ACCEPT);
  EXPECT_THAT(SaidAt(bw()),
              ::testing::UnorderedElementsAre(
                  "BW: what arrived differs from the certificate", "BW: two parcels were sealed",
                  "EU: one parcel was split at the airport",
                  "EU: the third parcel is part of the second", "BW: agreed"));
  for (const v1::CaseEntry& entry : shown.entries()) {
    EXPECT_EQ(entry.outcome(), entry.entity() == "BW" ? "DONE" : "") << entry.content().text();
    // Each is the signed word of the side that acts.
    const auto parsed = statement::Statement::Parse(entry.statement());
    statement::Expectation expected;
    expected.content_type = CaseContentType();
    expected.issuer = entry.entity();
    expected.audience = entry.entity() == "BW" ? "EU" : "BW";
    expected.now = bw().clock.Now();
    expected.max_skew = kMaxStatementSkew;
    EXPECT_TRUE(
        statement::VerifyStatement(*parsed, expected, bw().environment->trust.KeyLookup()).ok());
  }
  // Closed is closed, but for remarks.
  EXPECT_EQ(ReasonOf(Propose(bw(), id, "another").status()), scheme::kCaseClosed);
  EXPECT_EQ(ReasonOf(Propose(eu(), id, "another").status()), scheme::kCaseClosed);
  EXPECT_TRUE(Remark(eu(), id, "filed").ok());
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(bw()).state(), v1::CASE_STATE_CLOSED);
  EXPECT_THAT(bw().History(number_), Contains("CASE_OPENED"));
  EXPECT_THAT(bw().History(number_), Contains("CASE_PROPOSED"));
  EXPECT_THAT(bw().History(number_), Contains("CASE_AGREED"));
}

TEST_P(CasesTest, WithoutDifferencesThereIsNoCase) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  ASSERT_EQ(Confirm(number_, 2).outcome(), v1::OUTCOME_DONE);
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(bw().cases->List(bw().Officer("issuer"), {})->cases_size(), 0);
  EXPECT_EQ(eu().cases->List(eu().Officer("verifier"), {})->cases_size(), 0);
  EXPECT_THAT(bw().History(number_), Not(Contains("CASE_OPENED")));
}

TEST_P(CasesTest, NothingIsLostWhenOneSideIsOffline) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  // The confirmation gets through; from then on the importer cannot be reached.
  all_->Cut("EU");
  ASSERT_EQ(Confirm(number_, 3).outcome(), v1::OUTCOME_DONE);
  const std::string id = CaseAt(bw()).case_id();
  EXPECT_EQ(CaseAt(eu()).case_id(), id) << "opened by the receipt alone";
  ASSERT_TRUE(Remark(bw(), id, "first").ok());
  ASSERT_TRUE(Propose(bw(), id, "second").ok());
  ASSERT_TRUE(Remark(eu(), id, "from the other side").ok());
  EXPECT_THAT(SaidAt(eu()), ElementsAre("EU: from the other side"));
  all_->Mend("EU");
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(SaidAt(bw()).size(), 4U);

  // The agreement waits for the issuer to come back; until then it is known for what it is.
  all_->Cut("BW");
  const auto agreed = Agree(eu(), id, CaseAt(eu()).partner_proposal());
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->state(), v1::CASE_STATE_AGREED);
  EXPECT_EQ(CaseAt(bw()).state(), v1::CASE_STATE_OPEN);
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(eu()).state(), v1::CASE_STATE_CLOSED);
}

TEST_P(CasesTest, AConfirmationThatWaitedOpensTheCaseWhenTheIssuerIsBack) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  all_->Cut("BW");
  v1::ConfirmImportRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number_);
  request.set_consignment_reference("UCR-1");
  request.mutable_arrival()->set_receipt_date("2026-03-01");
  *request.mutable_arrival()->mutable_lines() = GoodApplication().lines();
  request.mutable_arrival()->mutable_lines(0)->set_carats_thousandths(1'250'400);
  request.mutable_arrival()->set_parcels(2);
  request.mutable_arrival()->set_seals_unbroken(true);
  // The officer does not wait: the deadline has passed.
  const rpc::CallContext call({.caller = eu().Officer("verifier"),
                               .method = "",
                               .deadline = std::chrono::steady_clock::now(),
                               .request_id = "",
                               .trace = {}});
  const auto result = eu().uses->Confirm(call, request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->state(), v1::ACT_STATE_PENDING);
  EXPECT_EQ(eu().cases->List(eu().Officer("verifier"), {})->cases_size(), 0);
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  ASSERT_EQ(CaseAt(eu()).differences_size(), 1);
}

TEST_P(CasesTest, WhatComesTwiceOrOutOfOrderIsThereOnceAndInOrder) {
  const std::string id = Differing();
  CutBoth();
  ASSERT_TRUE(Remark(bw(), id, "one").ok());
  ASSERT_TRUE(Remark(bw(), id, "two").ok());
  ASSERT_TRUE(Propose(bw(), id, "three").ok());
  const std::vector<outbox::Message> sent = Waiting(bw());
  ASSERT_EQ(sent.size(), 3U);
  const auto deliver = [&](const outbox::Message& message, const std::string& message_id) {
    return eu().receiver->Receive("BW", message_id, message.what.body);
  };
  // The last first: not yet, and nothing of it is kept.
  const auto early = deliver(sent[2], sent[2].id);
  EXPECT_EQ(early.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(early.status()), scheme::kCaseGap);
  EXPECT_EQ(SaidAt(eu()).size(), 1U);
  EXPECT_EQ(ReadReceipt(deliver(sent[0], sent[0].id)).outcome(), v1::OUTCOME_DONE);
  // Again with the same message, and as another one.
  EXPECT_EQ(ReadReceipt(deliver(sent[0], sent[0].id)).outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(ReadReceipt(deliver(sent[0], SystemIds().NewUuid())).outcome(),
            v1::OUTCOME_ALREADY_DONE);
  EXPECT_EQ(SaidAt(eu()).size(), 2U);
  EXPECT_EQ(ReasonOf(deliver(sent[2], sent[2].id).status()), scheme::kCaseGap);
  EXPECT_EQ(ReadReceipt(deliver(sent[1], sent[1].id)).outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(ReadReceipt(deliver(sent[2], sent[2].id)).outcome(), v1::OUTCOME_DONE);
  // The outbox, which knows nothing of this, brings all three once more.
  ASSERT_TRUE(MendBoth());
  ExpectTheSame();
  EXPECT_THAT(SaidAt(eu()), ElementsAre("BW: what arrived differs from the certificate", "BW: one",
                                        "BW: two", "BW: three"));
}

TEST_P(CasesTest, AnOpeningThatIsOvertakenIsWaitedFor) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  CutBoth();
  v1::OpenCaseRequest open;
  open.set_request_id(SystemIds().NewUuid());
  open.set_number(number_);
  open.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
  open.set_text("the courier broke a seal");
  const auto opened = bw().cases->Open(bw().Officer("issuer"), open);
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_TRUE(Remark(bw(), opened->case_().case_id(), "seal A-1").ok());
  const std::vector<outbox::Message> sent = Waiting(bw());
  ASSERT_EQ(sent.size(), 2U);
  const auto early = eu().receiver->Receive("BW", sent[1].id, sent[1].what.body);
  EXPECT_EQ(ReasonOf(early.status()), scheme::kCaseGap);
  EXPECT_EQ(eu().cases->List(eu().Officer("verifier"), {})->cases_size(), 0);
  ASSERT_TRUE(MendBoth());
  ExpectTheSame();
  EXPECT_EQ(SaidAt(eu()).size(), 2U);
}

TEST_P(CasesTest, OfTwoProposalsThatCrossEitherCanBeAgreedTo) {
  const std::string id = Differing();
  CutBoth();
  ASSERT_TRUE(Propose(bw(), id, "as declared", v1::CASE_REMEDY_ACCEPT).ok());
  ASSERT_TRUE(Propose(eu(), id, "correct the paper", v1::CASE_REMEDY_CORRECT).ok());
  ASSERT_TRUE(MendBoth());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(bw()).state(), v1::CASE_STATE_OPEN);
  const std::string theirs = CaseAt(bw()).partner_proposal();
  ASSERT_FALSE(theirs.empty());
  ASSERT_TRUE(Agree(bw(), id, theirs).ok());
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(eu()).state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(CaseAt(eu()).agreed_remedy(), v1::CASE_REMEDY_CORRECT);
}

TEST_P(CasesTest, OfTwoAgreementsThatCrossTheIssuersHoldsAtBoth) {
  const std::string id = Differing();
  ASSERT_TRUE(Propose(bw(), id, "as declared", v1::CASE_REMEDY_ACCEPT).ok());
  ASSERT_TRUE(Propose(eu(), id, "correct the paper", v1::CASE_REMEDY_CORRECT).ok());
  ASSERT_TRUE(all_->Settle());
  CutBoth();
  ASSERT_TRUE(Agree(bw(), id, CaseAt(bw()).partner_proposal()).ok());
  const auto other = Agree(eu(), id, CaseAt(eu()).partner_proposal());
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->agreed_remedy(), v1::CASE_REMEDY_ACCEPT);
  ASSERT_TRUE(MendBoth());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(eu()).agreed_remedy(), v1::CASE_REMEDY_CORRECT);
  EXPECT_EQ(CaseAt(eu()).state(), v1::CASE_STATE_CLOSED);
  std::vector<std::string> outcomes;
  const v1::Case shown = CaseAt(eu());
  for (const v1::CaseEntry& entry : shown.entries()) outcomes.push_back(entry.outcome());
  EXPECT_THAT(outcomes, Contains(kCaseCrossed)) << "and EU's officer is told";
}

TEST_P(CasesTest, WhatWasReplacedOrTurnedDownCannotBeAgreedTo) {
  const std::string id = Differing();
  const std::string first = Propose(bw(), id, "first")->own_proposal();
  const std::string second = Propose(bw(), id, "second")->own_proposal();
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(ReasonOf(Agree(eu(), id, first).status()), scheme::kCaseProposalGone);
  EXPECT_EQ(ReasonOf(Agree(bw(), id, second).status()), scheme::kCaseProposalUnknown)
      << "nobody agrees with itself";
  EXPECT_EQ(ReasonOf(Agree(eu(), id, std::string(32, 'x')).status()), scheme::kCaseProposalUnknown);
  ASSERT_TRUE(Decline(eu(), id, second).ok());
  EXPECT_EQ(ReasonOf(Agree(eu(), id, second).status()), scheme::kCaseProposalGone);
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(bw()).own_proposal(), "");
  const std::string third = Propose(bw(), id, "third")->own_proposal();
  ASSERT_TRUE(all_->Settle());
  EXPECT_TRUE(Agree(eu(), id, third).ok());
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(bw()).agreed_digest(), third);
}

TEST_P(CasesTest, WhoAgreesBeforeAReplacementArrivesBindsBoth) {
  const std::string id = Differing();
  const std::string first = Propose(bw(), id, "first")->own_proposal();
  ASSERT_TRUE(all_->Settle());
  CutBoth();
  ASSERT_TRUE(Propose(bw(), id, "second").ok());
  ASSERT_TRUE(Agree(eu(), id, first).ok());
  ASSERT_TRUE(MendBoth());
  ExpectTheSame();
  EXPECT_EQ(CaseAt(bw()).state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(CaseAt(bw()).agreed_digest(), first);
}

TEST_P(CasesTest, ActsAtOnceAreAllTaken) {
  const std::string id = Differing();
  std::vector<absl::Status> outcomes(4);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      threads.emplace_back([&, i] {
        Entity& side = i % 2 == 0 ? bw() : eu();
        // Who is told that somebody was faster says it again.
        do {
          outcomes[i] = Remark(side, id, absl::StrCat("remark ", i)).status();
        } while (ReasonOf(outcomes[i]) == kConcurrentChange);
      });
    }
  }
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_EQ(SaidAt(bw()).size(), 5U);
}

}  // namespace
}  // namespace kp::certificate
