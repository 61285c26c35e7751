// Who may say what in a case: a third authority nothing, the partner what an own officer may.
#include <functional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/cases.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/testing/cases_fixture.h"
#include "mesh/statement/testing/test_keys.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using testing::Entity;
using testing::GoodApplication;

class CaseStandingTest : public testing::CasesFixture {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, CaseStandingTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(CaseStandingTest, AThirdAuthorityHasNoPartInIt) {
  const std::string id = Differing();
  v1::CaseStatement act = CaseAt(bw()).entries(0).content();
  act.clear_differences();
  act.set_act(v1::CASE_ACT_REMARK);
  act.set_seen(1);
  act.set_text("we know better");
  v1::Officer& officer = *act.mutable_officer();
  officer.set_spiffe_id("spiffe://zw.test/officer/a");
  officer.set_person("p");
  officer.set_authority("office");
  const auto say = [&](const std::string& who, const v1::CaseStatement& what) {
    statement::StatementSigner signer(who, statement::TestSigner(who), SystemRandom());
    const auto signed_act = signer.Sign(CaseContentType(), what, "BW", bw().clock.Now());
    EXPECT_TRUE(signed_act.ok()) << signed_act.status();
    return ReadReceipt(bw().receiver->Receive(who, SystemIds().NewUuid(), signed_act->bytes()));
  };
  const v1::ReceiptStatement refused = say("ZW", act);
  EXPECT_EQ(refused.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(refused.reason(), kCaseNotAParty);
  // It does not even learn whether there is such a certificate or case.
  v1::CaseStatement nowhere = act;
  nowhere.set_number("BW9999999");
  EXPECT_EQ(say("ZW", nowhere).text(), refused.text());
  EXPECT_EQ(say("ZW", nowhere).reason(), refused.reason());
  v1::CaseStatement opening = act;
  opening.set_act(v1::CASE_ACT_OPEN);
  opening.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
  opening.set_reference(SystemIds().NewUuid());
  opening.set_case_id(
      CaseId(number_, act.certificate_digest(), opening.kind(), opening.reference()));
  EXPECT_EQ(say("ZW", opening).reason(), kCaseNotAParty);
  EXPECT_EQ(SaidAt(bw()).size(), 1U);
  // Of another certificate under this number the importer is no party either.
  v1::CaseStatement other = act;
  other.set_certificate_digest(std::string(32, 'x'));
  EXPECT_EQ(say("EU", other).reason(), kCaseNotAParty);
  // The same words by the one who has standing.
  EXPECT_EQ(say("EU", act).outcome(), v1::OUTCOME_DONE);
  EXPECT_THAT(SaidAt(bw()), Contains("EU: we know better"));
}

TEST_P(CaseStandingTest, WhatThePartnerSaysIsCheckedLikeWhatAnOfficerSays) {
  const std::string id = Differing();
  v1::CaseStatement good = CaseAt(bw()).entries(0).content();
  good.clear_differences();
  good.set_act(v1::CASE_ACT_PROPOSE);
  good.set_remedy(v1::CASE_REMEDY_ACCEPT);
  good.set_seen(1);
  good.set_text("fine");
  v1::Officer& officer = *good.mutable_officer();
  officer.set_spiffe_id("spiffe://eu.test/officer/verifier");
  officer.set_person("p-verifier");
  officer.set_authority("EU office");
  const auto say = [&](const v1::CaseStatement& what) {
    const auto signed_act =
        eu().environment->signer.Sign(CaseContentType(), what, "BW", eu().clock.Now());
    return ReadReceipt(bw().receiver->Receive("EU", SystemIds().NewUuid(), signed_act->bytes()));
  };
  const auto with = [&](const std::function<void(v1::CaseStatement&)>& change) {
    v1::CaseStatement changed = good;
    change(changed);
    return say(changed).reason();
  };
  EXPECT_EQ(with([](auto& act) { act.set_text(""); }), kReasonsRequired);
  EXPECT_EQ(with([](auto& act) { act.set_text("a\nb"); }), "TEXT_CONTROL_CHARACTER");
  EXPECT_EQ(with([](auto& act) { act.clear_remedy(); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.set_remedy(v1::CASE_REMEDY_ORDER_BACK); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.clear_officer(); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.set_reference("00000000-0000-4000-8000-000000000000"); }),
            kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.set_case_id(std::string(32, '0')); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.mutable_act_time()->set_seconds(1); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.set_proposal_digest(std::string(32, 'x')); }), kCaseMalformed);
  EXPECT_EQ(with([](auto& act) { act.set_seen(2); }), scheme::kCaseSeenImpossible);
  EXPECT_EQ(SaidAt(bw()).size(), 1U);
  EXPECT_EQ(say(good).outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(with([](auto& act) { act.set_text("other words"); }), scheme::kCaseStale);
}

TEST_P(CaseStandingTest, AnOfficerOpensACaseByHand) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  v1::OpenCaseRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number_);
  request.set_kind(v1::CASE_KIND_FAILURE_REPORT);
  request.set_text("a seal was broken");
  request.set_found_on("2026-01-31");
  EXPECT_EQ(ReasonOf(bw().cases->Open(bw().Officer("issuer"), request).status()), kCaseMalformed)
      << "the importing side reports a failure";
  v1::OpenCaseRequest bad = request;
  bad.clear_found_on();
  EXPECT_EQ(ReasonOf(eu().cases->Open(eu().Officer("verifier"), bad).status()), kCaseMalformed);
  bad = request;
  bad.set_found_on("2026-03-02");
  EXPECT_FALSE(eu().cases->Open(eu().Officer("verifier"), bad).ok()) << "not of the future";
  bad = request;
  bad.set_kind(v1::CASE_KIND_DIFFERENCES);
  EXPECT_EQ(ReasonOf(eu().cases->Open(eu().Officer("verifier"), bad).status()), kCaseMalformed);
  bad = request;
  bad.set_number("BW9999999");
  EXPECT_EQ(ReasonOf(eu().cases->Open(eu().Officer("verifier"), bad).status()),
            kCertificateUnknown);
  const auto opened = eu().cases->Open(eu().Officer("verifier"), request);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->case_().late())
      << "found on 31 January, reported on 1 March: a month is over";
  // The same call again is the same case.
  EXPECT_EQ(eu().cases->Open(eu().Officer("verifier"), request)->case_().case_id(),
            opened->case_().case_id());
  ASSERT_TRUE(all_->Settle());
  ExpectTheSame();
  EXPECT_TRUE(CaseAt(bw()).late());
  // Another by the same officer is another one.
  request.set_request_id(SystemIds().NewUuid());
  request.set_found_on("2026-02-01");
  const auto another = eu().cases->Open(eu().Officer("verifier"), request);
  ASSERT_TRUE(another.ok()) << another.status();
  EXPECT_FALSE(another->case_().late());
  EXPECT_NE(another->case_().case_id(), opened->case_().case_id());
  ASSERT_TRUE(all_->Settle());

  v1::ListCasesRequest list;
  list.set_page_size(1);
  const auto first = bw().cases->List(bw().Officer("issuer"), list);
  ASSERT_EQ(first->cases_size(), 1);
  EXPECT_EQ(first->cases(0).case_id(), another->case_().case_id()) << "the newest first";
  list.set_page_token(first->next_page_token());
  const auto last = bw().cases->List(bw().Officer("issuer"), list);
  ASSERT_EQ(last->cases_size(), 1);
  EXPECT_EQ(last->cases(0).case_id(), opened->case_().case_id());
  EXPECT_EQ(last->next_page_token(), "");
  list.Clear();
  list.set_partner("ZW");
  EXPECT_EQ(bw().cases->List(bw().Officer("issuer"), list)->cases_size(), 0);
  ASSERT_TRUE(Propose(bw(), opened->case_().case_id(), "no more").ok());
  ASSERT_TRUE(all_->Settle());
  v1::GetCaseRequest get;
  get.set_case_id(opened->case_().case_id());
  ASSERT_TRUE(Agree(eu(), get.case_id(), eu().cases->Get(get)->case_().partner_proposal()).ok());
  ASSERT_TRUE(all_->Settle());
  list.Clear();
  list.set_open_only(true);
  for (Entity* side : {&bw(), &eu()}) {
    const auto open = side->cases->List(OfficerOf(*side), list);
    ASSERT_EQ(open->cases_size(), 1);
    EXPECT_EQ(open->cases(0).case_id(), another->case_().case_id());
  }
}

TEST_P(CaseStandingTest, TheSameRequestActsOnce) {
  const std::string id = Differing();
  v1::RemarkOnCaseRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_case_id(id);
  request.set_text("once");
  ASSERT_TRUE(bw().cases->Remark(bw().Officer("issuer"), request).ok());
  ASSERT_TRUE(bw().cases->Remark(bw().Officer("issuer"), request).ok());
  EXPECT_EQ(SaidAt(bw()).size(), 2U);
  request.set_case_id(std::string(32, '0'));
  request.set_request_id(SystemIds().NewUuid());
  EXPECT_EQ(ReasonOf(bw().cases->Remark(bw().Officer("issuer"), request).status()), kCaseUnknown);
  request.set_case_id(id);
  request.set_text("");
  EXPECT_EQ(ReasonOf(bw().cases->Remark(bw().Officer("issuer"), request).status()),
            kReasonsRequired);
}

}  // namespace
}  // namespace kp::certificate
