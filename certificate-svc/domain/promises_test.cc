// What each side promises about what is asked, recorded and told, between two registers.
#include <algorithm>
#include <thread>

#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::GoodApplication;
namespace reasons = scheme::reasons;

class PromisesTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  static std::string CodeOf(const pb::Certificate& certificate) {
    return statement::CompactEncode(certificate.statement()).value();
  }
  v1::VerifyCertificateRequest Question(const std::string& number, const v1::StatedPaper& paper,
                                        pb::Purpose purpose = pb::PURPOSE_IMPORT) {
    v1::VerifyCertificateRequest request;
    request.set_number(number);
    request.set_purpose(purpose);
    *request.mutable_paper() = paper;
    return request;
  }
  v1::VerifyCertificateResponse Ask(const v1::VerifyCertificateRequest& request) {
    const auto response = eu().verifier->Verify(eu().Call("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::VerifyCertificateResponse();
  }
  static std::vector<std::string> Reasons(const v1::VerifyCertificateResponse& response) {
    std::vector<std::string> found;
    for (const pb::Finding& finding : response.findings()) found.push_back(finding.reason());
    return found;
  }
  v1::ConfirmImportRequest Confirmation(const std::string& number) {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-1");
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    request.mutable_arrival()->set_parcels(2);
    // The pre-alert may not be there yet.
    request.mutable_arrival()->set_exporter_name(GoodApplication().exporter().name());
    request.mutable_arrival()->set_importer_name(GoodApplication().importer().name());
    return request;
  }
  // The answer to an entity without standing: a certificate of EU's to BW, asked by nobody named.
  v1::AnswerStatement AnswerTo(const std::string& asker, const v1::Question& question) {
    const auto bytes = statement::EncodePayload(question);
    const auto answer = bw().answerer->Answer(asker, *bytes);
    EXPECT_TRUE(answer.ok()) << answer.status();
    const auto parsed = statement::Statement::Parse(*answer);
    return *statement::DecodePayload<v1::AnswerStatement>(*parsed);
  }
  static v1::Question Asking(const std::string& number) {
    v1::Question question;
    question.set_nonce(std::string(16, 'n'));
    question.set_number(number);
    question.set_purpose(pb::PURPOSE_AUDIT);
    return question;
  }
  absl::StatusOr<v1::OfficerEntry> AddOfficer(const std::string& name, const std::string& person,
                                              access::v1::Power power,
                                              const std::string& authority = "BW office") {
    v1::AddOfficerRequest request;
    request.set_request_id(SystemIds().NewUuid());
    v1::OfficerEntry& entry = *request.mutable_officer();
    entry.set_spiffe_id(bw().Officer(name).ToString());
    entry.set_person(person);
    entry.set_display_name(name);
    entry.set_authority(authority);
    entry.add_powers(power);
    return bw().officers->Add(bw().Officer("admin"), request);
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, PromisesTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(PromisesTest, ACodeOfAnotherCertificateIsRejected) {
  const pb::Certificate one = bw().Exported(GoodApplication());
  const pb::Certificate two = bw().Exported(GoodApplication());
  v1::VerifyCertificateRequest request = Question(two.number(), {});
  request.set_qr(CodeOf(two));
  EXPECT_EQ(Ask(request).verdict(), pb::VERDICT_ACCEPT);
  request.set_qr(CodeOf(one));
  EXPECT_EQ(Ask(request).verdict(), pb::VERDICT_REJECT);
  EXPECT_THAT(Reasons(Ask(request)), Contains(reasons::kFieldMismatch));
}

TEST_P(PromisesTest, APaperAlteredAgainstItsOwnCodeIsFoundWhileTheIssuerIsSilent) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  all_->Cut("BW");
  v1::StatedPaper paper = testing::PaperOf(certificate);
  v1::VerifyCertificateRequest request = Question(certificate.number(), paper);
  request.set_qr(CodeOf(certificate));
  EXPECT_EQ(Ask(request).verdict(), pb::VERDICT_UNAVAILABLE);
  request.mutable_paper()->mutable_lines(0)->set_carats_thousandths(2'000'000);
  EXPECT_EQ(Ask(request).verdict(), pb::VERDICT_REJECT);
}

TEST_P(PromisesTest, ACodeThatCannotBeReadIsAFaultOfTheCodeNotOfAMissingNumber) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::VerifyCertificateRequest request = Question("", {});
  const auto fault = [&](const std::string& code) {
    request.set_qr(code);
    const auto faults = FaultsOf(eu().verifier->Verify(eu().Call("verifier"), request).status());
    return faults.empty() ? "none" : faults[0].reason + " " + faults[0].field;
  };
  const std::string code = CodeOf(certificate);
  EXPECT_EQ(fault(code.substr(0, code.size() - 1)), "STATEMENT_COMPACT_MALFORMED qr");
  EXPECT_EQ(fault("KP2:" + code.substr(4)), "STATEMENT_COMPACT_MALFORMED qr");
  EXPECT_EQ(fault(""), "NUMBER_EMPTY number");
  EXPECT_EQ(fault(code), "none");
}

TEST_P(PromisesTest, APartOfALineIsNeverAccepted) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::StatedPaper paper;
  pb::Line& line = *paper.add_lines();
  line.set_hs_code("710231");
  EXPECT_EQ(Ask(Question(certificate.number(), paper, pb::PURPOSE_AUDIT)).verdict(),
            pb::VERDICT_REFER);
  line.set_hs_code("710210");
  EXPECT_EQ(Ask(Question(certificate.number(), paper, pb::PURPOSE_AUDIT)).verdict(),
            pb::VERDICT_REJECT);
  paper = testing::PaperOf(certificate);
  EXPECT_EQ(Ask(Question(certificate.number(), paper)).verdict(), pb::VERDICT_ACCEPT);
  paper.mutable_lines(0)->set_carats_thousandths(1'000'000);
  pb::Line& rest = *paper.add_lines();
  rest.set_hs_code("710231");
  rest.set_carats_thousandths(250'500);
  rest.set_origin_country("BW");
  EXPECT_EQ(Ask(Question(certificate.number(), paper)).verdict(), pb::VERDICT_REFER);
}

TEST_P(PromisesTest, OfTwoWhoIssueAtOnceOneIsToldTheState) {
  const std::string application = bw().Apply(GoodApplication()).application_id();
  std::vector<absl::Status> outcomes(6);
  {
    std::vector<std::jthread> threads;
    for (absl::Status& outcome : outcomes) {
      threads.emplace_back([&] {
        v1::IssueCertificateRequest request;
        request.set_request_id(SystemIds().NewUuid());
        request.set_application_id(application);
        outcome = bw().records->Issue(bw().Officer("issuer"), request).status();
      });
    }
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, &absl::Status::ok), 1);
  for (const absl::Status& outcome : outcomes) {
    EXPECT_TRUE(outcome.ok() || ReasonOf(outcome) == reasons::kWrongState) << outcome;
  }
  EXPECT_TRUE(bw().environment->database.Writable());
}

TEST_P(PromisesTest, TheOwnSeriesGoesOnBehindAPrintedNumber) {
  const pb::Certificate first = bw().Issue(bw().Apply(GoodApplication()).application_id());
  v1::IssueCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_application_id(bw().Apply(GoodApplication()).application_id());
  request.set_printed_number("BW0000002");
  ASSERT_TRUE(bw().records->Issue(bw().Officer("issuer"), request).ok());
  EXPECT_EQ(first.number(), "BW0000001");
  EXPECT_EQ(bw().Issue(bw().Apply(GoodApplication()).application_id()).number(), "BW0000003");
}

TEST_P(PromisesTest, WhatIsRecordedHasOneSpelling) {
  pb::Certificate application = GoodApplication();
  application.set_importing_entity("eu");
  application.mutable_exporter()->set_country("bw");
  application.mutable_lines(0)->set_hs_code("7102.31.00 00");
  application.mutable_origin()->set_countries(0, "bw");
  application.add_seals("A-1");
  const pb::Certificate certificate = bw().Exported(application);
  EXPECT_EQ(certificate.importing_entity(), "EU");
  EXPECT_EQ(certificate.exporter().country(), "BW");
  EXPECT_EQ(certificate.lines(0).hs_code(), "710231");
  EXPECT_EQ(certificate.origin().countries(0), "BW");
  EXPECT_EQ(certificate.seals_size(), 1);
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(certificate.number()).issuer(), "BW");

  application.mutable_exporter()->set_name("Okavango\u200b");
  v1::ApplyForCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  *request.mutable_certificate() = application;
  EXPECT_EQ(ReasonOf(bw().records->Apply(bw().Officer("issuer"), request).status()),
            reasons::kTextControlCharacter);
}

TEST_P(PromisesTest, TheSamePersonIsTheSameInEverySpelling) {
  using access::v1::POWER_ISSUE;
  using access::v1::POWER_VALIDATE;
  for (const char* person : {"p-9 ", "   ", "p\n9", "p-9\u200b", "p\u00e99"}) {
    EXPECT_EQ(ReasonOf(AddOfficer("nine", person, POWER_ISSUE).status()), kOfficerMalformed);
  }
  EXPECT_EQ(ReasonOf(AddOfficer("nine", "p-9", POWER_ISSUE, "nowhere").status()),
            kOfficerMalformed);
  EXPECT_EQ(ReasonOf(AddOfficer("nine", "p-9", POWER_VALIDATE, "BW issuing office").status()),
            kOfficerMalformed);
  EXPECT_TRUE(AddOfficer("ten", "p-10", POWER_ISSUE, "BW issuing office").ok());
  // "p-issuer" issued; somebody enters the same person in capitals under another identity.
  ASSERT_TRUE(AddOfficer("other", "P-Issuer", POWER_VALIDATE).ok());
  const std::string number = bw().Issue(bw().Apply(GoodApplication()).application_id()).number();
  v1::ValidateCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number);
  EXPECT_EQ(ReasonOf(bw().records->Validate(bw().Officer("other"), request).status()),
            reasons::kSamePerson);
  // Nor does an identity pass to another person.
  v1::EndOfficerRequest end;
  end.set_request_id(SystemIds().NewUuid());
  end.set_spiffe_id(bw().Officer("issuer").ToString());
  ASSERT_TRUE(bw().officers->End(bw().Officer("admin"), end).ok());
  EXPECT_EQ(ReasonOf(AddOfficer("issuer", "p-10", POWER_VALIDATE).status()), kOfficerMalformed);
  bw().clock.Advance(absl::Microseconds(1));
  EXPECT_TRUE(AddOfficer("issuer", "p-issuer", POWER_ISSUE).ok()) << "back in the same second";
}

TEST_P(PromisesTest, AnArrivalThatCannotBeIsRefusedAndClosesNothing) {
  const std::string number = bw().Exported(GoodApplication()).number();
  const auto refused = [&](auto change) {
    v1::ConfirmImportRequest request = Confirmation(number);
    change(request);
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    EXPECT_FALSE(result.ok()) << request.DebugString();
    EXPECT_FALSE(FaultsOf(result.status()).empty() || FaultsOf(result.status())[0].field.empty())
        << result.status();
    return ReasonOf(result.status());
  };
  using R = v1::ConfirmImportRequest;
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->set_receipt_date("2099-01-01"); }),
            reasons::kDateInFuture);
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->set_receipt_date("1990-01-01"); }),
            reasons::kDateBeforeScheme);
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->set_parcels(-1); }),
            reasons::kParcelsOutOfRange);
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->mutable_lines(0)->set_hs_code("710239"); }),
            reasons::kHsCodeOutOfScope);
  EXPECT_EQ(
      refused([](R& r) { r.mutable_arrival()->mutable_lines(0)->set_carats_thousandths(-5); }),
      reasons::kCaratsNotPositive);
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->mutable_lines(0)->set_value_usd_cents(-7); }),
            reasons::kValueNotPositive);
  EXPECT_EQ(refused([](R& r) { r.mutable_arrival()->mutable_lines(0)->set_area("Orapa"); }),
            scheme::wire::kFieldNotTaken);
  EXPECT_EQ(refused([](R& r) { *r.mutable_arrival()->add_lines() = r.arrival().lines(0); }),
            reasons::kDuplicateLine);
  for (const std::string& reference :
       {std::string("a\nb"), std::string("   "), std::string("x\0y", 3), std::string("\u202eUCR"),
        std::string(129, 'x')}) {
    EXPECT_EQ(refused([&](R& r) { r.set_consignment_reference(reference); }), kReferenceMalformed);
  }
  EXPECT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_EXPORTED);
  EXPECT_EQ(eu().uses->Confirm(eu().Call("verifier"), Confirmation(number))->outcome(),
            v1::OUTCOME_DONE);
}

TEST_P(PromisesTest, ALaterRefusalLeavesTheReceiptOfTheUse) {
  const std::string number = bw().Exported(GoodApplication()).number();
  ASSERT_EQ(eu().uses->Confirm(eu().Call("verifier"), Confirmation(number))->outcome(),
            v1::OUTCOME_DONE);
  v1::ConfirmImportRequest second = Confirmation(number);
  second.set_consignment_reference("UCR-2");
  ASSERT_EQ(eu().uses->Confirm(eu().Call("verifier"), second)->outcome(),
            v1::OUTCOME_ALREADY_USED);
  v1::GetUseRequest request;
  request.set_number(number);
  EXPECT_EQ(eu().uses->Get(request)->use().consignment_reference(), "UCR-1");
}

TEST_P(PromisesTest, AnAskerWithoutStandingLearnsNoDayAndNoReference) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_EQ(eu().uses->Confirm(eu().Call("verifier"), Confirmation(certificate.number()))->outcome(),
            v1::OUTCOME_DONE);
  v1::Question question = Asking(certificate.number());
  for (const char* reference : {"UCR-1", "UCR-2", ""}) {
    question.set_consignment_reference(reference);
    const v1::AnswerStatement answer = AnswerTo("ZW", question);
    EXPECT_EQ(answer.use(), pb::USE_STATE_REFERENCE_NOT_STATED) << reference;
    EXPECT_EQ(answer.validation_date() + answer.validating_authority() + answer.export_date() +
                  answer.issue_date(),
              "");
    for (const pb::MeasureAttestation& attestation : answer.attestations()) {
      EXPECT_EQ(attestation.decided_on(), "");
    }
    EXPECT_FALSE(answer.has_use_record() || answer.has_state_time());
  }
  // The one who is named learns it all.
  question.set_consignment_reference("UCR-1");
  const v1::AnswerStatement answer = AnswerTo("EU", question);
  EXPECT_EQ(answer.use(), pb::USE_STATE_SAME_REFERENCE);
  EXPECT_EQ(answer.export_date(), "2026-03-01");
}

TEST_P(PromisesTest, NobodyAnnouncesTheNumbersOfAnother) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  const v1::IncomingCertificate incoming = eu().Incoming(certificate.number());
  const statement::StatementSigner bw_signer("BW", statement::TestSigner("BW"), SystemRandom());
  const auto deliver = [&](const std::string& number) {
    v1::CertificateStatement content =
        *statement::DecodePayload<v1::CertificateStatement>(
            *statement::Statement::Parse(certificate.statement()));
    content.clear_salt();
    content.set_number(number);
    const auto now = bw().clock.Now();
    const auto signed_certificate =
        bw_signer.Sign(CertificateContentType(), content, std::nullopt, now);
    v1::PreAlertStatement alert;
    alert.set_number(number);
    alert.set_certificate_statement(signed_certificate->bytes());
    alert.set_certificate_digest(signed_certificate->digest());
    const auto signed_alert = bw_signer.Sign(PreAlertContentType(), alert, "EU", now);
    const auto receipt =
        eu().receiver->Receive("BW", SystemIds().NewUuid(), signed_alert->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt))
        ->outcome();
  };
  EXPECT_EQ(deliver("BW0009999"), v1::OUTCOME_DONE);
  EXPECT_EQ(deliver("EU00000001"), v1::OUTCOME_REFUSED);
  EXPECT_EQ(deliver("ZW0000003"), v1::OUTCOME_REFUSED);
  // Another certificate under a number that was announced.
  EXPECT_EQ(deliver(certificate.number()), v1::OUTCOME_REFUSED);
  EXPECT_EQ(eu().Incoming(certificate.number()).prealert(), incoming.prealert());
}

TEST_P(PromisesTest, APaperOfTheLargestSizeIsAsked) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::StatedPaper paper = testing::PaperOf(certificate);
  for (int i = 0; i < 100; ++i) paper.add_seals(std::string(60, 's') + std::to_string(i));
  EXPECT_EQ(Ask(Question(certificate.number(), paper)).reachability(),
            pb::REACHABILITY_ANSWERED);
}

TEST_P(PromisesTest, ABatchTellsForEachWhatOneByOneTells) {
  const pb::Certificate good = bw().Exported(GoodApplication());
  v1::StatedPaper wrong = testing::PaperOf(good);
  wrong.mutable_lines(0)->set_carats_thousandths(1);
  v1::BatchVerifyCertificatesRequest batch;
  *batch.add_requests() = Question(good.number(), testing::PaperOf(good));
  *batch.add_requests() = Question(good.number(), wrong);
  *batch.add_requests() = Question("BW", {});
  *batch.add_requests() = Question("BW9999999", testing::PaperOf(good));
  *batch.add_requests() = Question("KE0000001", testing::PaperOf(good));
  *batch.add_requests() = Question("EU00000001", testing::PaperOf(good), pb::PURPOSE_AUDIT);
  const auto responses = eu().verifier->VerifyMany(eu().Call("verifier"), batch);
  ASSERT_TRUE(responses.ok()) << responses.status();
  ASSERT_EQ(responses->size(), 6U);
  for (int i = 0; i < 6; ++i) {
    const auto one = eu().verifier->Verify(eu().Call("verifier"), batch.requests(i));
    const auto& same = (*responses)[static_cast<size_t>(i)];
    ASSERT_EQ(one.ok(), same.ok()) << i;
    if (!one.ok()) {
      EXPECT_EQ(one.status(), same.status());
      continue;
    }
    EXPECT_EQ(one->verdict(), same->verdict()) << i;
    EXPECT_EQ(Reasons(*one), Reasons(*same)) << i;
    // Each has evidence of its own, there before it is shown.
    const auto evidence =
        eu().verifier->GetEvidence(eu().Officer("verifier"), same->evidence_id());
    ASSERT_TRUE(evidence.ok()) << evidence.status();
    EXPECT_EQ(evidence->answer(), same->answer());
  }
  EXPECT_EQ((*responses)[0]->verdict(), pb::VERDICT_ACCEPT);

  // Silence of one issuer is a ticket for each of its questions, and nobody else's matter.
  all_->Cut("BW");
  const auto silent = eu().verifier->VerifyMany(eu().Call("verifier"), batch);
  EXPECT_EQ((*silent)[0]->verdict(), pb::VERDICT_UNAVAILABLE);
  EXPECT_NE((*silent)[0]->ticket_id(), (*silent)[3]->ticket_id());
  EXPECT_EQ((*silent)[4]->verdict(), pb::VERDICT_REJECT);
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(eu().verifier->GetTicket(eu().Officer("verifier"), (*silent)[0]->ticket_id())->state(),
            v1::TICKET_STATE_ANSWERED);

  batch.clear_requests();
  EXPECT_EQ(ReasonOf(eu().verifier->VerifyMany(eu().Call("verifier"), batch).status()), kBatchSize);
  for (int i = 0; i < 1001; ++i) *batch.add_requests() = Question(good.number(), {});
  EXPECT_EQ(ReasonOf(eu().verifier->VerifyMany(eu().Call("verifier"), batch).status()), kBatchSize);
}

TEST_P(PromisesTest, WrongTriesInABatchCountLikeAllOthers) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::Question question = Asking(certificate.number());
  question.mutable_paper()->set_parcels(9);
  const std::string bytes = *statement::EncodePayload(question);
  const auto answers = bw().answerer->AnswerMany("ZW", std::vector<std::string>(5, bytes));
  ASSERT_TRUE(answers.ok()) << answers.status();
  int told = 0;
  for (const std::string& answer : *answers) {
    const auto parsed = statement::Statement::Parse(answer);
    const auto content = statement::DecodePayload<v1::AnswerStatement>(*parsed);
    for (const auto& field : content->fields()) {
      told += field.match() == pb::FIELD_MATCH_MISMATCH ? 1 : 0;
    }
  }
  EXPECT_EQ(told, 3);
}

TEST_P(PromisesTest, OnlyTheMonitorThatAMeasureNamesReadsAnothersRegister) {
  registry::v1::MeasuresPart measures;
  registry::v1::Measure& measure = *measures.add_measures();
  measure.set_id("M-1");
  measure.set_participant("BW");
  measure.set_kind(registry::v1::MEASURE_KIND_COUNTERSIGNATURE);
  measure.set_scope(registry::v1::MEASURE_SCOPE_SHIPMENT);
  measure.set_from("2026-01-01");
  measure.set_decision("a decision");
  measure.set_source("a source");
  measure.set_countersigner_role("KP monitor");
  measure.set_monitor_spiffe_id("spiffe://kp.test/monitor/chikane");
  measure.mutable_record_time()->set_seconds(1'767'225'600);
  all_ = testing::Entities::Make(GetParam(), measures);
  v1::GetCertificateRequest request;
  request.set_id(bw().Apply(GoodApplication()).application_id());
  const auto read = [&](const char* identity) {
    return bw().records->Get(*identity::SpiffeId::Parse(identity), request).status();
  };
  EXPECT_TRUE(read("spiffe://kp.test/monitor/chikane").ok());
  EXPECT_EQ(ReasonOf(read("spiffe://eu.test/monitor/chikane")), kNoMonitoredMeasure);
  EXPECT_EQ(ReasonOf(read("spiffe://kp.test/monitor/spy")), kNoMonitoredMeasure);
}

TEST_P(PromisesTest, AnUnknownEnumValueIsNamed) {
  v1::ApplyForCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  *request.mutable_certificate() = GoodApplication();
  request.mutable_certificate()->mutable_origin()->set_kind(static_cast<pb::OriginKind>(9));
  const auto status = bw().records->Apply(bw().Officer("issuer"), request).status();
  EXPECT_EQ(ReasonOf(status), scheme::wire::kEnumValueUnknown) << status;
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::StatedPaper paper = testing::PaperOf(certificate);
  paper.mutable_origin()->set_kind(static_cast<pb::OriginKind>(9));
  const auto asked =
      eu().verifier->Verify(eu().Call("verifier"), Question(certificate.number(), paper));
  EXPECT_EQ(ReasonOf(asked.status()), scheme::wire::kEnumValueUnknown) << asked.status();
}

TEST_P(PromisesTest, AMalformedFieldIsNamed) {
  v1::ValidateCertificateRequest validate;
  validate.set_request_id(SystemIds().NewUuid());
  validate.set_number("BW");
  const auto faults = FaultsOf(bw().records->Validate(bw().Officer("validator"), validate).status());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].field, "number");
  v1::IssueCertificateRequest issue;
  issue.set_request_id(SystemIds().NewUuid());
  issue.set_application_id(bw().Apply(GoodApplication()).application_id());
  issue.set_issue_date("2026-02-31");
  EXPECT_EQ(FaultsOf(bw().records->Issue(bw().Officer("issuer"), issue).status())[0].field,
            "issue_date");
  issue.clear_issue_date();
  issue.set_printed_number("ZW0000001");
  EXPECT_EQ(FaultsOf(bw().records->Issue(bw().Officer("issuer"), issue).status())[0].field,
            "printed_number");
}

}  // namespace
}  // namespace kp::certificate
