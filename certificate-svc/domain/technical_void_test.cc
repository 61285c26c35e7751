// A technical certificate that was wrong: it is made void, and never do all that stand name more
// than came under the certificate behind them.
#include <functional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/technical.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using testing::GoodApplication;

class TechnicalVoidTest : public ::testing::TestWithParam<std::string> {
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
  // A certificate of 1,250.500 carats in 2 parcels whose goods EU detains.
  std::string Detained() {
    const std::string number = bw().Exported(GoodApplication()).number();
    EXPECT_TRUE(all_->Settle());
    EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED).outcome(), v1::OUTCOME_DONE);
    EXPECT_TRUE(all_->Settle());
    return number;
  }
  absl::StatusOr<v1::TechnicalCertificate> Issue(const std::string& number, int64_t carats,
                                                 int parcels) {
    v1::IssueTechnicalCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_reason(v1::TECHNICAL_REASON_DETAINED);
    *request.mutable_lines() = GoodApplication().lines();
    request.mutable_lines(0)->set_carats_thousandths(carats);
    request.set_parcels(parcels);
    request.set_text("go back");
    KP_ASSIGN_OR_RETURN(const auto response,
                        eu().technicals->Issue(eu().Officer("issuer"), request));
    return response.technical();
  }
  static v1::VoidTechnicalCertificateRequest VoidRequest(const std::string& technical_number) {
    v1::VoidTechnicalCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_technical_number(technical_number);
    request.set_text("the wrong parcels were listed");
    return request;
  }
  absl::StatusOr<v1::TechnicalCertificate> Void(const std::string& technical_number) {
    KP_ASSIGN_OR_RETURN(const auto response, eu().technicals->Void(eu().Officer("issuer"),
                                                                   VoidRequest(technical_number)));
    return response.technical();
  }
  // "<number>" or "<number> void" of each at one side, oldest first.
  std::vector<std::string> At(testing::Entity& side, const std::string& number) {
    v1::ListTechnicalCertificatesRequest request;
    request.set_number(number);
    const auto listed = side.technicals->List(side.Officer("issuer"), request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> out;
    for (const auto& one : listed->technical_certificates()) {
      out.insert(out.begin(), one.content().technical_number() +
                                  (one.has_voided() ? " void: " + one.voided().text() : ""));
    }
    return out;
  }
  // What BW answers to a statement that EU's books did not make.
  v1::ReceiptStatement Say(const std::string& who, const std::string& content_type,
                           const google::protobuf::Message& what) {
    statement::StatementSigner signer(who, statement::TestSigner(who), SystemRandom());
    const auto act = signer.Sign(content_type, what, "BW", bw().clock.Now());
    EXPECT_TRUE(act.ok()) << act.status();
    const auto receipt = bw().receiver->Receive(who, SystemIds().NewUuid(), act->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return *statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt));
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, TechnicalVoidTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(TechnicalVoidTest, AllThatStandNameExactlyWhatCameAtMost) {
  const std::string number = Detained();
  ASSERT_TRUE(Issue(number, 1'250'000, 1).ok());
  EXPECT_EQ(ReasonOf(Issue(number, 501, 1).status()), scheme::kTechnicalGoodsDiffer);
  EXPECT_EQ(FaultsOf(Issue(number, 501, 1).status())[0].field, "lines[0].carats_thousandths");
  EXPECT_EQ(FaultsOf(Issue(number, 500, 2).status())[0].field, "parcels");
  const auto last = Issue(number, 500, 1);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(ReasonOf(Issue(number, 1, 1).status()), scheme::kTechnicalGoodsDiffer);
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(At(bw(), number), ElementsAre("EU-T-0000001", "EU-T-0000002"));
  EXPECT_EQ(bw().Get(number).technical_number(), "EU-T-0000002");
  // The issuer's register counts by itself.
  v1::TechnicalStatement more = last->content();
  more.set_technical_number("EU-T-0000003");
  more.mutable_lines(0)->set_carats_thousandths(1);
  EXPECT_EQ(Say("EU", TechnicalContentType(), more).reason(), scheme::kTechnicalGoodsDiffer);
}

TEST_P(TechnicalVoidTest, AWrongOneIsMadeVoidAtBothSidesAndItsGoodsAreHereAgain) {
  const std::string number = Detained();
  const auto wrong = Issue(number, 1'250'500, 2);
  ASSERT_TRUE(wrong.ok()) << wrong.status();
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_RELEASED).reason(), kTechnicalIssued);
  // The issuer cannot be reached: it learns of it later, in order.
  all_->Cut("BW");
  const auto request = VoidRequest("EU-T-0000001");
  const auto voided = eu().technicals->Void(eu().Officer("issuer"), request);
  ASSERT_TRUE(voided.ok()) << voided.status();
  EXPECT_EQ(voided->technical().voided().technical_digest(), statement::Sha256(wrong->statement()));
  EXPECT_EQ(voided->technical().voided().officer().person(), "P-ISSUER");
  EXPECT_EQ(eu().technicals->Void(eu().Officer("issuer"), request)->SerializeAsString(),
            voided->SerializeAsString())
      << "once";
  EXPECT_EQ(ReasonOf(Void("EU-T-0000001").status()), kTechnicalVoid);
  // Right this time, under a number of its own.
  const auto right = Issue(number, 1'250'500, 2);
  ASSERT_TRUE(right.ok()) << right.status();
  EXPECT_EQ(right->content().technical_number(), "EU-T-0000002");
  EXPECT_THAT(At(bw(), number), ElementsAre("EU-T-0000001"));
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  for (testing::Entity* side : {&bw(), &eu()}) {
    EXPECT_THAT(At(*side, number),
                ElementsAre("EU-T-0000001 void: the wrong parcels were listed", "EU-T-0000002"));
  }
  EXPECT_EQ(bw().Get(number).technical_number(), "EU-T-0000002");
  EXPECT_THAT(bw().History(number),
              ::testing::IsSupersetOf({"TECHNICAL_ISSUED", "TECHNICAL_VOID"}));
  v1::ListTechnicalCertificatesRequest list;
  list.set_number("EU-T-0000001");
  EXPECT_EQ(
      eu().technicals->List(eu().Officer("issuer"), list)->technical_certificates(0).void_outcome(),
      "DONE");
  // With none that stands, the goods may be let go.
  ASSERT_TRUE(Void("EU-T-0000002").ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(bw().Get(number).technical_number(), "");
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_RELEASED).outcome(), v1::OUTCOME_DONE);
}

TEST_P(TechnicalVoidTest, WhatIsWrongIsNamedAndNothingBecomesVoid) {
  const std::string number = Detained();
  const auto issued = Issue(number, 1'000, 1);
  ASSERT_TRUE(issued.ok()) << issued.status();
  ASSERT_TRUE(all_->Settle());
  const auto with = [&](const std::function<void(v1::VoidTechnicalCertificateRequest&)>& change) {
    v1::VoidTechnicalCertificateRequest request = VoidRequest("EU-T-0000001");
    change(request);
    return ReasonOf(eu().technicals->Void(eu().Officer("issuer"), request).status());
  };
  EXPECT_EQ(with([](auto& r) { r.set_text(""); }), kReasonsRequired);
  EXPECT_EQ(with([](auto& r) { r.set_technical_number("EU-T-0000002"); }), kTechnicalUnknown);
  EXPECT_EQ(with([](auto& r) { r.set_technical_number("BW-T-0000001"); }), kTechnicalMalformed);
  // Another than the entity that issued it, or about another statement.
  v1::TechnicalVoidStatement said;
  said.set_technical_number("EU-T-0000001");
  said.set_number(number);
  said.set_technical_digest(statement::Sha256(issued->statement()));
  said.set_void_date("2026-03-01");
  said.set_text("a reason");
  said.mutable_officer()->set_person("p");
  EXPECT_EQ(Say("ZW", TechnicalVoidContentType(), said).reason(), kTechnicalNotAParty);
  v1::TechnicalVoidStatement bad = said;
  bad.set_technical_digest(std::string(32, 'x'));
  EXPECT_EQ(Say("EU", TechnicalVoidContentType(), bad).reason(), kTechnicalUnknown);
  bad = said;
  bad.set_text("");
  EXPECT_EQ(Say("EU", TechnicalVoidContentType(), bad).reason(), kReasonsRequired);
  bad = said;
  bad.clear_officer();
  EXPECT_EQ(Say("EU", TechnicalVoidContentType(), bad).reason(), kTechnicalMalformed);
  EXPECT_THAT(At(bw(), number), ElementsAre("EU-T-0000001"));
  EXPECT_EQ(Say("EU", TechnicalVoidContentType(), said).outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(Say("EU", TechnicalVoidContentType(), said).outcome(), v1::OUTCOME_ALREADY_DONE);
}

}  // namespace
}  // namespace kp::certificate
