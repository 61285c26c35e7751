// Goods that leave again under a technical certificate, and certificates that come back.
#include "certificate-svc/domain/technical.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/reasons.h"
#include "scheme/technical.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::GoodApplication;

class TechnicalTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam(), {}, testing::ThirdAuthority());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  v1::ActResult Goods(const std::string& number, pb::CertificateState state) {
    v1::RecordImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_state(state);
    request.set_text("a reason");
    const auto result = eu().uses->Record(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : v1::ActResult();
  }
  // A certificate whose goods EU detains.
  std::string Detained() {
    const std::string number = bw().Exported(GoodApplication()).number();
    EXPECT_TRUE(all_->Settle());
    EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED).outcome(), v1::OUTCOME_DONE);
    EXPECT_TRUE(all_->Settle());
    return number;
  }
  // BW proposes to order them back, EU agrees.
  void OrderBack(const std::string& number) {
    v1::OpenCaseRequest open;
    open.set_request_id(SystemIds().NewUuid());
    open.set_number(number);
    open.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
    open.set_text("wrong stones packed");
    const auto opened = bw().cases->Open(bw().Officer("issuer"), open);
    ASSERT_TRUE(opened.ok()) << opened.status();
    v1::ProposeInCaseRequest propose;
    propose.set_request_id(SystemIds().NewUuid());
    propose.set_case_id(opened->case_().case_id());
    propose.set_remedy(v1::CASE_REMEDY_ORDER_BACK);
    propose.set_text("send them back");
    const auto proposed = bw().cases->Propose(bw().Officer("issuer"), propose);
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    ASSERT_TRUE(all_->Settle());
    v1::AgreeInCaseRequest agree;
    agree.set_request_id(SystemIds().NewUuid());
    agree.set_case_id(propose.case_id());
    agree.set_proposal_digest(proposed->case_().own_proposal());
    agree.set_text("agreed");
    ASSERT_TRUE(eu().cases->Agree(eu().Officer("verifier"), agree).ok());
    ASSERT_TRUE(all_->Settle());
  }
  static v1::IssueTechnicalCertificateRequest Request(const std::string& number,
                                                      v1::TechnicalReason reason) {
    v1::IssueTechnicalCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_reason(reason);
    *request.mutable_lines() = GoodApplication().lines();
    request.set_parcels(2);
    request.add_seals("EU-7");
    request.set_text("go back");
    return request;
  }
  absl::StatusOr<v1::TechnicalCertificate> Issue(
      const v1::IssueTechnicalCertificateRequest& request) {
    KP_ASSIGN_OR_RETURN(const auto response,
                        eu().technicals->Issue(eu().Officer("issuer"), request));
    return response.technical();
  }
  std::vector<v1::TechnicalCertificate> ListAt(testing::Entity& side, const std::string& number) {
    v1::ListTechnicalCertificatesRequest request;
    request.set_number(number);
    const auto listed = side.technicals->List(side.Officer("issuer"), request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return {listed->technical_certificates().begin(), listed->technical_certificates().end()};
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, TechnicalTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(TechnicalTest, GoodsOrderedBackLeaveUnderATechnicalCertificateLinkedBothWays) {
  const std::string number = Detained();
  EXPECT_EQ(ReasonOf(Issue(Request(number, v1::TECHNICAL_REASON_ORDERED_BACK)).status()),
            kTechnicalNotOrdered);
  OrderBack(number);
  // The issuer cannot be reached: it learns of it later.
  all_->Cut("BW");
  const v1::IssueTechnicalCertificateRequest request =
      Request(number, v1::TECHNICAL_REASON_ORDERED_BACK);
  const auto issued = Issue(request);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->content().technical_number(), "EU-T-0000001");
  EXPECT_EQ(issued->content().number(), number);
  EXPECT_EQ(issued->content().destination(), "BW");
  EXPECT_EQ(issued->content().certificate_digest(),
            statement::Sha256(bw().Get(number).statement()));
  EXPECT_EQ(Issue(request)->SerializeAsString(), issued->SerializeAsString()) << "once";
  EXPECT_EQ(bw().Get(number).technical_number(), "");
  EXPECT_EQ(ListAt(eu(), number)[0].outcome(), "");
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(bw().Get(number).technical_number(), "EU-T-0000001");
  EXPECT_THAT(bw().History(number), Contains("TECHNICAL_ISSUED"));
  for (testing::Entity* side : {&bw(), &eu()}) {
    for (const std::string& by : {number, std::string("EU-T-0000001"), std::string()}) {
      const auto listed = ListAt(*side, by);
      ASSERT_EQ(listed.size(), 1U) << by;
      EXPECT_EQ(listed[0].statement(), issued->statement());
      EXPECT_EQ(listed[0].outcome(), side == &eu() ? "DONE" : "");
    }
  }
  // Goods leave once, and what left is not let go.
  EXPECT_EQ(ReasonOf(Issue(Request(number, v1::TECHNICAL_REASON_DETAINED)).status()),
            scheme::kTechnicalGoodsDiffer);
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_RELEASED).reason(), kTechnicalIssued);
  // Another shipment gets another number.
  const auto second = Issue(Request(Detained(), v1::TECHNICAL_REASON_DETAINED));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->content().technical_number(), "EU-T-0000002");
  ASSERT_TRUE(all_->Settle());
}

TEST_P(TechnicalTest, SeizedGoodsMayGoElsewhere) {
  const std::string number = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  v1::IssueTechnicalCertificateRequest request = Request(number, v1::TECHNICAL_REASON_SEIZED);
  request.set_destination("ZW");
  EXPECT_EQ(ReasonOf(Issue(request).status()), scheme::kTechnicalNotDue) << "nobody holds them";
  ASSERT_EQ(Goods(number, pb::CERTIFICATE_STATE_SEIZED).outcome(), v1::OUTCOME_DONE);
  ASSERT_TRUE(all_->Settle());
  v1::IssueTechnicalCertificateRequest nowhere = request;
  nowhere.set_destination("QQ");
  EXPECT_EQ(ReasonOf(Issue(nowhere).status()), kTechnicalMalformed);
  const auto issued = Issue(request);
  ASSERT_TRUE(issued.ok()) << issued.status();
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(bw().Get(number).technical_number(), issued->content().technical_number());
}

TEST_P(TechnicalTest, WhatIsWrongIsNamedAndNothingIsIssued) {
  const std::string number = Detained();
  OrderBack(number);
  const v1::IssueTechnicalCertificateRequest good =
      Request(number, v1::TECHNICAL_REASON_ORDERED_BACK);
  const auto with = [&](const std::function<void(v1::IssueTechnicalCertificateRequest&)>& change) {
    v1::IssueTechnicalCertificateRequest request = good;
    request.set_request_id(SystemIds().NewUuid());
    change(request);
    return ReasonOf(Issue(request).status());
  };
  EXPECT_EQ(with([](auto& r) { r.clear_reason(); }), kTechnicalMalformed);
  EXPECT_EQ(with([](auto& r) { r.clear_lines(); }), kTechnicalMalformed);
  EXPECT_EQ(with([](auto& r) { r.clear_parcels(); }), kTechnicalMalformed);
  EXPECT_EQ(with([](auto& r) { r.set_destination("ZW"); }), kTechnicalMalformed);
  EXPECT_EQ(with([](auto& r) { r.set_text(""); }), kReasonsRequired);
  EXPECT_EQ(with([](auto& r) { r.mutable_lines(0)->set_carats_thousandths(1'250'501); }),
            scheme::kTechnicalGoodsDiffer);
  EXPECT_EQ(with([](auto& r) { r.set_reason(v1::TECHNICAL_REASON_SEIZED); }),
            scheme::kTechnicalNotDue);
  EXPECT_EQ(with([](auto& r) { r.set_number("BW9999999"); }), kCertificateUnknown);
  EXPECT_TRUE(ListAt(eu(), "").empty());
  EXPECT_TRUE(Issue(good).ok());
}

TEST_P(TechnicalTest, OneOfAThirdAuthorityOrWithoutAnOrderIsRefused) {
  const std::string number = Detained();
  v1::TechnicalStatement act;
  act.set_technical_number("EU-T-0000009");
  act.set_number(number);
  act.set_certificate_digest(statement::Sha256(bw().Get(number).statement()));
  act.set_reason(v1::TECHNICAL_REASON_DETAINED);
  act.set_issue_date("2026-03-01");
  act.set_issuing_authority("EU office");
  act.set_destination("BW");
  *act.mutable_lines() = GoodApplication().lines();
  act.set_parcels(2);
  act.set_text("go back");
  act.mutable_officer()->set_person("p");
  const auto say = [&](const std::string& who, const v1::TechnicalStatement& what) {
    statement::StatementSigner signer(who, statement::TestSigner(who), SystemRandom());
    const auto signed_act = signer.Sign(TechnicalContentType(), what, "BW", bw().clock.Now());
    const auto receipt = bw().receiver->Receive(who, SystemIds().NewUuid(), signed_act->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return *statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt));
  };
  v1::TechnicalStatement bad = act;
  bad.set_technical_number("ZW-T-0000009");
  EXPECT_EQ(say("ZW", bad).reason(), kTechnicalNotAParty);
  EXPECT_EQ(say("EU", bad).reason(), kTechnicalMalformed) << "a number of somebody else";
  bad = act;
  bad.set_certificate_digest(std::string(32, 'x'));
  EXPECT_EQ(say("EU", bad).reason(), kTechnicalNotAParty);
  bad = act;
  bad.set_reason(v1::TECHNICAL_REASON_ORDERED_BACK);
  bad.set_request_digest(std::string(32, 'x'));
  EXPECT_EQ(say("EU", bad).reason(), kTechnicalNotOrdered);
  bad = act;
  bad.mutable_lines(0)->set_carats_thousandths(1'250'501);
  EXPECT_EQ(say("EU", bad).reason(), scheme::kTechnicalGoodsDiffer);
  EXPECT_EQ(bw().Get(number).technical_number(), "");
  EXPECT_EQ(say("EU", act).outcome(), v1::OUTCOME_DONE);
  bad = act;
  bad.set_text("another statement under the same number");
  EXPECT_EQ(say("EU", bad).reason(), kTechnicalExists);
  bad = act;
  bad.set_technical_number("EU-T-0000010");
  EXPECT_EQ(say("EU", bad).reason(), scheme::kTechnicalGoodsDiffer) << "all of it left";
}

TEST_P(TechnicalTest, WhatWasNotExportedInTimeIsToBeReturned) {
  const auto due = [&](int size, std::string* token) {
    v1::ListReturnsDueRequest request;
    request.set_page_size(size);
    if (token != nullptr) request.set_page_token(*token);
    const auto listed = bw().technicals->ReturnsDue(bw().Officer("issuer"), request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> numbers;
    for (const auto& certificate : listed->certificates()) numbers.push_back(certificate.number());
    if (token != nullptr) *token = listed->next_page_token();
    return numbers;
  };
  const pb::Certificate issued = bw().Issue(bw().Apply(GoodApplication()).application_id());
  const std::string validated = bw().Issue(bw().Apply(GoodApplication()).application_id()).number();
  bw().Validate(validated);
  bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  const auto expiry = scheme::ParseDate(issued.expiry_date());
  ASSERT_TRUE(expiry.ok());
  const auto days = *expiry - *scheme::ParseDate("2026-03-01");
  all_->Advance(absl::Hours(24 * days));
  EXPECT_THAT(due(0, nullptr), ElementsAre()) << "the last day of validity";
  all_->Advance(absl::Hours(24));
  EXPECT_THAT(due(0, nullptr), ElementsAre(issued.number(), validated));
  std::string token;
  EXPECT_THAT(due(1, &token), ElementsAre(issued.number()));
  EXPECT_THAT(due(1, &token), ElementsAre(validated));
  EXPECT_EQ(token, "");
  v1::RecordCertificateEventRequest back;
  back.set_request_id(SystemIds().NewUuid());
  back.set_number(validated);
  back.set_state(pb::CERTIFICATE_STATE_RETURNED);
  back.set_text("not exported in time");
  ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), back).ok());
  EXPECT_THAT(due(0, nullptr), ElementsAre(issued.number()));
}

}  // namespace
}  // namespace kp::certificate
