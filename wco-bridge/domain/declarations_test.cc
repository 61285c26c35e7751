// What becomes of a declaration, with a home that answers as the test tells it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "mesh/store/testing/test_store.h"
#include "wco-bridge/domain/declarations.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/response.h"

namespace kp::bridge {
namespace {

namespace cert = ::kp::certificate::v1;
using ::testing::Contains;
using ::testing::ElementsAre;

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

// The sample with its certificate halved into two, XA0012345 and XA0012346.
std::string WithTwoCertificates() {
  std::string text = Sample();
  const size_t begin = text.find("<AdditionalDocument>");
  const std::string end = "</AdditionalDocument>";
  const size_t size = text.find(end) + end.size() - begin;
  const std::string half = With(text.substr(begin, size), ">1250.50<", ">625.25<");
  return text.replace(begin, size, half + With(half, "XA0012345", "XA0012346"));
}

cert::ActResult Act(cert::ActState state, cert::Outcome outcome) {
  cert::ActResult result;
  result.set_state(state);
  result.set_outcome(outcome);
  return result;
}

class FakeHome final : public Home {
 public:
  absl::StatusOr<cert::VerifyCertificateResponse> Verify(
      const cert::VerifyCertificateRequest& request, const rpc::CallOptions&) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      questions.push_back(request);
    }
    if (on_question) on_question();
    return answer;
  }
  absl::StatusOr<cert::ActResult> Reserve(const cert::ReserveUseRequest& request,
                                          const rpc::CallOptions&) override {
    reservations.push_back(request);
    const auto own = reserved_of.find(request.number());
    return own == reserved_of.end() ? reserved : own->second;
  }
  absl::StatusOr<cert::ActResult> Release(const cert::ReleaseUseRequest& request,
                                          const rpc::CallOptions&) override {
    releases.push_back(request);
    return cert::ActResult();
  }

  absl::StatusOr<cert::VerifyCertificateResponse> answer = cert::VerifyCertificateResponse();
  absl::StatusOr<cert::ActResult> reserved = cert::ActResult();
  std::map<std::string, absl::StatusOr<cert::ActResult>> reserved_of;  // by number; first looked at
  std::function<void()> on_question;
  std::vector<cert::VerifyCertificateRequest> questions;
  std::vector<cert::ReserveUseRequest> reservations;
  std::vector<cert::ReleaseUseRequest> releases;

 private:
  std::mutex mutex_;
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

  static std::vector<std::string> NumbersOf(const std::vector<cert::ReleaseUseRequest>& releases) {
    std::vector<std::string> numbers;
    for (const auto& release : releases) numbers.push_back(release.number());
    return numbers;
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

TEST_F(DeclarationsTest, ARefusalThatIsNotTheIssuersIsControl) {
  home_.reserved->set_outcome(cert::OUTCOME_REFUSED);
  home_.reserved->set_reason("STATEMENT_REFUSED");
  home_.reserved->clear_receipt();
  EXPECT_EQ(Submit(Sample())->state(), v1::DECLARATION_STATE_CONTROL);
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

TEST_F(DeclarationsTest, ARefusedReservationReleasesThePendingOneToo) {
  home_.reserved_of["XA0012345"] = Act(cert::ACT_STATE_PENDING, cert::OUTCOME_UNSPECIFIED);
  home_.reserved_of["XA0012346"] = Act(cert::ACT_STATE_ANSWERED, cert::OUTCOME_ALREADY_USED);
  const auto response = Submit(WithTwoCertificates());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_THAT(NumbersOf(home_.releases), ElementsAre("XA0012345"));
  EXPECT_EQ(home_.releases.at(0).consignment_reference(),
            home_.reservations.at(0).consignment_reference());
}

TEST_F(DeclarationsTest, AResendAfterSilenceIsJudgedAgain) {
  home_.answer->set_verdict(cert::VERDICT_UNAVAILABLE);
  const auto first = Submit(Sample());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->state(), v1::DECLARATION_STATE_CONTROL);
  EXPECT_EQ(ReasonOf(Submit(With(Sample(), "1250.50", "1250.40")).status()), kDeclarationChanged);
  EXPECT_EQ(Submit(Sample())->state(), v1::DECLARATION_STATE_CONTROL);
  home_.answer->set_verdict(cert::VERDICT_ACCEPT);
  const auto second = Submit(Sample());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->state(), v1::DECLARATION_STATE_ACCEPTED);
  EXPECT_EQ(second->message_id(), first->message_id());
  // Another response has a reference of its own: a receiver may drop one that it has seen.
  EXPECT_NE(Read(*second).reference, Read(*first).reference);
  EXPECT_EQ(home_.reservations.size(), 1u);
  const auto third = Submit(Sample());
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->response_document(), second->response_document());
  EXPECT_EQ(home_.questions.size(), 3u);
  v1::GetMessageStatusRequest request;
  request.set_message_id(first->message_id());
  EXPECT_EQ(declarations_.Status("EU-CUSTOMS", request)->response_document(),
            second->response_document());
}

TEST_F(DeclarationsTest, AResendAsksForThePendingReceiptUnderTheSameRequestId) {
  home_.reserved->set_state(cert::ACT_STATE_PENDING);
  EXPECT_EQ(Submit(Sample())->state(), v1::DECLARATION_STATE_CONTROL);
  home_.reserved = Act(cert::ACT_STATE_ANSWERED, cert::OUTCOME_ALREADY_DONE);
  EXPECT_EQ(Submit(Sample())->state(), v1::DECLARATION_STATE_ACCEPTED);
  ASSERT_EQ(home_.reservations.size(), 2u);
  EXPECT_EQ(home_.reservations[0].SerializeAsString(), home_.reservations[1].SerializeAsString());
}

TEST_F(DeclarationsTest, AControlForAnOfficerStays) {
  home_.answer->set_verdict(cert::VERDICT_REFER);
  const auto first = Submit(Sample());
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->state(), v1::DECLARATION_STATE_CONTROL);
  home_.answer->set_verdict(cert::VERDICT_ACCEPT);
  EXPECT_EQ(Submit(Sample())->response_document(), first->response_document());
  EXPECT_EQ(home_.questions.size(), 1u);
}

TEST_F(DeclarationsTest, ARejectedResendReleasesWhatWasReservedBefore) {
  home_.reserved->set_state(cert::ACT_STATE_PENDING);
  EXPECT_EQ(Submit(WithTwoCertificates())->state(), v1::DECLARATION_STATE_CONTROL);
  home_.answer->set_verdict(cert::VERDICT_REJECT);
  EXPECT_EQ(Submit(WithTwoCertificates())->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_THAT(NumbersOf(home_.releases), ElementsAre("XA0012345", "XA0012346"));
}

TEST_F(DeclarationsTest, AResendRefusedAtTheFirstReservationReleasesTheLaterOneAskedForBefore) {
  home_.reserved->set_state(cert::ACT_STATE_PENDING);
  EXPECT_EQ(Submit(WithTwoCertificates())->state(), v1::DECLARATION_STATE_CONTROL);
  home_.reserved_of["XA0012345"] = Act(cert::ACT_STATE_ANSWERED, cert::OUTCOME_ALREADY_USED);
  EXPECT_EQ(Submit(WithTwoCertificates())->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_THAT(NumbersOf(home_.releases), ElementsAre("XA0012346"));
}

TEST_F(DeclarationsTest, WhatAnInterruptedMessageReservedIsReleasedWhenItIsRejected) {
  home_.reserved_of["XA0012346"] = absl::UnavailableError("the home went away");
  EXPECT_FALSE(Submit(WithTwoCertificates()).ok());
  home_.answer->set_verdict(cert::VERDICT_REJECT);
  EXPECT_EQ(Submit(WithTwoCertificates())->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_THAT(NumbersOf(home_.releases), Contains("XA0012345"));
}

TEST_F(DeclarationsTest, ResendsAreJudgedOneAtATime) {
  home_.answer->set_verdict(cert::VERDICT_UNAVAILABLE);
  ASSERT_TRUE(Submit(Sample()).ok());
  home_.answer->set_verdict(cert::VERDICT_ACCEPT);
  std::mutex mutex;
  std::condition_variable entered;
  int inside = 0;
  bool together = false;
  home_.on_question = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    ++inside;
    entered.notify_all();
    // The other one gets its chance to come in.
    together |= entered.wait_for(lock, std::chrono::milliseconds(300), [&] { return inside > 1; });
    --inside;
  };
  std::string documents[2];
  {
    std::vector<std::jthread> threads;
    for (std::string& document : documents) {
      threads.emplace_back([&] {
        const auto response = Submit(Sample());
        if (response.ok()) document = response->response_document();
      });
    }
  }
  EXPECT_FALSE(together);
  EXPECT_EQ(home_.questions.size(), 2u);
  EXPECT_FALSE(documents[0].empty());
  EXPECT_EQ(documents[0], documents[1]);
}

TEST_F(DeclarationsTest, AFaultOfWhatTheDeclarationStatesRejectsAtItsElement) {
  const std::pair<const char*, const char*> faults[] = {
      {"exporter.name", "42A/57A"},
      {"paper.lines[0].carats_thousandths", "42A/67A/68A[1]/02A[1]/22C#502"},
      {"seals[0]", "42A/67A/28A/31B[1]/44B[1]#165"},
      {"number", "42A/67A/68A[1]/02A[1]#D005"},
      {"consignment_reference", "42A#D026"}};
  int i = 0;
  for (const auto& [field, pointer] : faults) {
    home_.answer = FieldError({"TEXT_CONTROL_CHARACTER", field, "a control character", ""});
    const auto response = Submit(
        With(Sample(), "KPB-2026-0000001", "KPB-2026-000000" + std::to_string(++i)));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED) << field;
    ASSERT_EQ(Read(*response).errors.size(), 1u) << field;
    EXPECT_EQ(Read(*response).errors[0].pointer.ToString(), pointer) << field;
  }
}

TEST_F(DeclarationsTest, AFaultOfWhatTheDeclarationDoesNotStateIsControlAndAskedAgain) {
  const absl::Status faults[] = {
      FieldError({"ENUM_VALUE_UNKNOWN", "purpose", "is not known", ""}),
      FieldError({"CODE_MALFORMED", "paper.importing_entity", "a code is needed", ""}),
      FieldError({"COUNTRY_UNKNOWN", "paper.exporter.country", "no country", ""}),
      FieldError({"CARATS_OUT_OF_RANGE", "paper.lines[7].carats_thousandths", "too many", ""}),
      absl::InvalidArgumentError("the request cannot be parsed")};
  int i = 0;
  for (const absl::Status& fault : faults) {
    const std::string document =
        With(Sample(), "KPB-2026-0000001", "KPB-2026-000000" + std::to_string(++i));
    home_.answer = fault;
    const auto response = Submit(document);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->state(), v1::DECLARATION_STATE_CONTROL) << fault;
    EXPECT_TRUE(Read(*response).errors.empty());
    EXPECT_EQ(Read(*response).statements.at(0).code, wco::kInternal);
    home_.answer = cert::VerifyCertificateResponse();
    home_.answer->set_verdict(cert::VERDICT_ACCEPT);
    EXPECT_EQ(Submit(document)->state(), v1::DECLARATION_STATE_ACCEPTED) << fault;
  }
}

TEST_F(DeclarationsTest, ANumberWithoutAnIssuersFormIsRejectedAndAsksNobody) {
  const auto response = Submit(With(Sample(), "<ID>XA0012345<", "<ID>0012345<"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_EQ(Read(*response).errors.at(0).code, wco::kBadCertificateNumber);
  EXPECT_EQ(Read(*response).errors.at(0).pointer.ToString(), "42A/67A/68A[1]/02A[1]#D005");
  EXPECT_TRUE(home_.questions.empty());
}

TEST_F(DeclarationsTest, AConsignmentReferenceThatIsTooLongIsRejectedAtItsElement) {
  // With "/" and the 16 characters of the LRN.
  EXPECT_EQ(Submit(Sample(), std::string(111, 'C'))->state(), v1::DECLARATION_STATE_ACCEPTED);
  const auto response = Submit(Sample(), std::string(112, 'C'));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_EQ(Read(*response).errors.at(0).code, wco::kTooLong);
  EXPECT_EQ(Read(*response).errors.at(0).pointer.ToString(), "42A#D026");
  EXPECT_EQ(home_.questions.size(), 1u);
}

TEST_F(DeclarationsTest, AnExportNeedsNoConsignmentReference) {
  const auto response =
      Submit(With(Sample(), "<TypeCode>IMA<", "<TypeCode>EXA<"), std::string(112, 'C'));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_ACCEPTED);
}

TEST_F(DeclarationsTest, AReferenceWithACharacterThatIsNotSeenIsRejectedAndAsksNobody) {
  const auto response = Submit(With(Sample(), "KPB-2026-0000001", "KPB-2026-&#x202E;1000000"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->state(), v1::DECLARATION_STATE_REJECTED);
  EXPECT_EQ(Read(*response).errors.at(0).pointer.ToString(), "42A#D026");
  EXPECT_TRUE(home_.questions.empty());
}

}  // namespace
}  // namespace kp::bridge
