// What becomes of a declaration, with a home that answers as the test tells it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "mesh/store/testing/test_store.h"
#include "wco-bridge/domain/declarations.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/response.h"

namespace kp::bridge {
namespace {

namespace cert = ::kp::certificate::v1;

std::string Sample() {
  std::ifstream file(KP_SAMPLE_DECLARATION);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string With(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class FakeHome final : public Home {
 public:
  absl::StatusOr<cert::VerifyCertificateResponse> Verify(
      const cert::VerifyCertificateRequest& request, const rpc::CallOptions&) override {
    questions.push_back(request);
    return answer;
  }
  absl::StatusOr<cert::ActResult> Reserve(const cert::ReserveUseRequest& request,
                                          const rpc::CallOptions&) override {
    reservations.push_back(request);
    return reserved;
  }
  absl::StatusOr<cert::ActResult> Release(const cert::ReleaseUseRequest& request,
                                          const rpc::CallOptions&) override {
    releases.push_back(request);
    return cert::ActResult();
  }

  absl::StatusOr<cert::VerifyCertificateResponse> answer = cert::VerifyCertificateResponse();
  absl::StatusOr<cert::ActResult> reserved = cert::ActResult();
  std::vector<cert::VerifyCertificateRequest> questions;
  std::vector<cert::ReserveUseRequest> reservations;
  std::vector<cert::ReleaseUseRequest> releases;
};

class DeclarationsTest : public ::testing::Test {
 protected:
  DeclarationsTest() {
    home_.answer->set_verdict(cert::VERDICT_ACCEPT);
    home_.reserved->set_state(cert::ACT_STATE_ANSWERED);
    home_.reserved->set_outcome(cert::OUTCOME_DONE);
  }

  absl::StatusOr<v1::SubmitDeclarationResponse> Submit(const std::string& document,
                                                       const std::string& partner = "EU-CUSTOMS") {
    return declarations_.Submit(partner, document,
                                rpc::CallOptions::For(std::chrono::seconds(10)));
  }
  static wco::Response Read(const v1::SubmitDeclarationResponse& response) {
    const auto parsed = wco::ParseResponse(response.response_document());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return parsed->at(0);
  }

  std::unique_ptr<store::TestStore> store_ = store::TestStore::Make("sqlite");
  std::unique_ptr<store::Database> database_ = store_->Open({BridgeSchema()});
  FakeHome home_;
  Declarations declarations_{*database_,
                             store_->clock(),
                             SystemIds(),
                             home_,
                             nullptr,
                             {.home_deadline = std::chrono::seconds(5),
                              .profiles = {wco::PlainProfile()}}};
};

TEST_F(DeclarationsTest, AGoodCertificateIsReservedAndAccepted) {
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_ACCEPTED);
  EXPECT_EQ(Read(*response).function, wco::kResponseAccepted);
  ASSERT_EQ(home_.reservations.size(), 1u);
  EXPECT_EQ(home_.reservations[0].number(), "XA0012345");
  EXPECT_EQ(home_.reservations[0].consignment_reference(), "EU-CUSTOMS/KPB-2026-0000001");
  EXPECT_EQ(home_.reservations[0].customs_partner(), "EU-CUSTOMS");
}

TEST_F(DeclarationsTest, TheQuestionSaysWhatTheDeclarationSaysAndNothingElse) {
  ASSERT_TRUE(Submit(Sample()).ok());
  const cert::VerifyCertificateRequest& question = home_.questions.at(0);
  EXPECT_EQ(question.purpose(), cert::PURPOSE_IMPORT);
  EXPECT_EQ(question.paper().issue_date(), "2026-02-27");
  EXPECT_EQ(question.paper().expiry_date(), "2026-04-28");
  EXPECT_EQ(question.paper().lines(0).carats_thousandths(), 1'250'500);
  EXPECT_EQ(question.paper().lines(0).value_usd_cents(), 18'750'000);
  EXPECT_EQ(question.paper().parcels(), 2);
  EXPECT_EQ(question.paper().origin().countries(0), "XA");
  EXPECT_EQ(question.paper().importing_entity(), "");
}

TEST_F(DeclarationsTest, AMismatchIsRejectedAtItsElementAndNothingIsReserved) {
  home_.answer->set_verdict(cert::VERDICT_REJECT);
  cert::FieldResult& field = *home_.answer->add_fields();
  field.set_field(cert::CERTIFICATE_FIELD_LINES);
  field.set_match(cert::FIELD_MATCH_MISMATCH);
  field.set_pointer("lines[0].carats");
  field.set_register_value("1250.4");
  cert::FieldResult& total = *home_.answer->add_fields();
  total.set_field(cert::CERTIFICATE_FIELD_TOTAL_CARATS);
  total.set_match(cert::FIELD_MATCH_MISMATCH);
  total.set_pointer("total_carats");
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  const wco::Response document = Read(*response);
  ASSERT_EQ(document.errors.size(), 1u);
  EXPECT_EQ(document.errors[0].code, wco::kCaratsMismatch);
  EXPECT_EQ(document.errors[0].pointer.ToString(), "42A/67A/68A[1]/02A[1]/22C#502");
  EXPECT_TRUE(home_.reservations.empty());
}

TEST_F(DeclarationsTest, NoAnswerIsControlNeverNotFound) {
  home_.answer->set_verdict(cert::VERDICT_UNAVAILABLE);
  home_.answer->set_ticket_id("a-ticket");
  cert::Finding& finding = *home_.answer->add_findings();
  finding.set_severity(cert::SEVERITY_REFER);
  finding.set_reason("ISSUER_SILENT");
  finding.set_text("the issuer did not answer");
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_CONTROL);
  const wco::Response document = Read(*response);
  EXPECT_EQ(document.function, wco::kResponseControl);
  EXPECT_TRUE(document.errors.empty());
  EXPECT_EQ(document.statements.at(0).code, wco::kIssuerUnavailable);
  EXPECT_TRUE(home_.reservations.empty());
}

TEST_F(DeclarationsTest, AReservationThatIsRefusedRejects) {
  home_.reserved->set_outcome(cert::OUTCOME_ALREADY_USED);
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_EQ(Read(*response).errors.at(0).code, wco::kAlreadyUsed);
}

TEST_F(DeclarationsTest, AReservationWithoutReceiptIsControl) {
  home_.reserved->set_state(cert::ACT_STATE_PENDING);
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_CONTROL);
}

TEST_F(DeclarationsTest, AResendGetsTheFirstResponseAndActsNoSecondTime) {
  const auto first = Submit(Sample());
  const auto again = Submit(Sample());
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->response_document(), again->response_document());
  EXPECT_EQ(home_.reservations.size(), 1u);
  EXPECT_EQ(ReasonOf(Submit(With(Sample(), "1250.50", "1250.40")).status()), kDeclarationChanged);
  // The same reference of another administration is another declaration.
  EXPECT_TRUE(Submit(Sample(), "EU-CUSTOMS-2").ok());
}

TEST_F(DeclarationsTest, AnInterruptedMessageIsJudgedAgainUnderTheSameRequestId) {
  home_.reserved = absl::UnavailableError("the home went away");
  EXPECT_EQ(Submit(Sample()).status().code(), absl::StatusCode::kUnavailable);
  home_.reserved = cert::ActResult();
  home_.reserved->set_state(cert::ACT_STATE_ANSWERED);
  home_.reserved->set_outcome(cert::OUTCOME_DONE);
  const auto response = Submit(Sample());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_ACCEPTED);
  ASSERT_EQ(home_.reservations.size(), 2u);
  EXPECT_EQ(home_.reservations[0].request_id(), home_.reservations[1].request_id());
}

TEST_F(DeclarationsTest, AFaultyDeclarationIsRejectedWithEveryFaultAndAsksNobody) {
  const auto response = Submit(With(With(Sample(), "currencyID=\"USD\">187500.00</AmountAmount",
                                         "currencyID=\"EUR\">187500.00</AmountAmount"),
                                    "<FunctionCode>9<", "<FunctionCode>99<"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_GE(Read(*response).errors.size(), 2u);
  EXPECT_TRUE(home_.questions.empty());
}

TEST_F(DeclarationsTest, WhatIsNoDeclarationIsAnError) {
  EXPECT_EQ(ReasonOf(Submit("not XML").status()), kDeclarationUnreadable);
  EXPECT_EQ(ReasonOf(Submit("").status()), kDeclarationUnreadable);
  EXPECT_TRUE(home_.questions.empty());
}

TEST_F(DeclarationsTest, AStatusIsTheSubmittersAlone) {
  const auto submitted = Submit(Sample());
  ASSERT_TRUE(submitted.ok());
  v1::GetMessageStatusRequest request;
  request.set_message_id(submitted->message_id());
  EXPECT_TRUE(declarations_.Status("EU-CUSTOMS", request).ok());
  EXPECT_EQ(ReasonOf(declarations_.Status("EU-CUSTOMS-2", request).status()), kDeclarationUnknown);
}

}  // namespace
}  // namespace kp::bridge
