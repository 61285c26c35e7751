// What becomes of certificates beside their ordinary way, between two registers.
#include "certificate-svc/domain/life.h"

#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using testing::GoodApplication;

class LifeTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }

  absl::StatusOr<pb::Certificate> Record(const std::string& number, pb::CertificateState state,
                                         const std::string& text = "a reason") {
    v1::RecordCertificateEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_state(state);
    request.set_text(text);
    return bw().life->Record(bw().Officer("issuer"), request);
  }
  // Indicated by one officer and endorsed by another.
  absl::StatusOr<pb::Certificate> Correct(const std::string& number, const std::string& field,
                                          const std::string& value) {
    const auto indicated = CorrectAs("issuer", number, field, value);
    return indicated.ok() ? CorrectAs("validator", number, field, value) : indicated;
  }
  absl::StatusOr<pb::Certificate> CorrectAs(const std::string& officer, const std::string& number,
                                            const std::string& field, const std::string& value) {
    v1::CorrectCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_field(field);
    request.set_value(value);
    request.set_text("typing error");
    return bw().life->Correct(bw().Officer(officer), request);
  }
  v1::ReplaceCertificateRequest Replacement(const std::string& number) {
    v1::ReplaceCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    *request.mutable_replacement() = GoodApplication();
    request.set_text("the weight was wrong");
    return request;
  }
  // What EU's officer records about the goods.
  v1::ActResult Goods(const std::string& number, pb::CertificateState state,
                      const std::string& text = "a reason") {
    v1::RecordImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_state(state);
    request.set_text(text);
    const auto result = eu().uses->Record(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : v1::ActResult();
  }
  v1::ActResult Confirm(const std::string& number, const std::string& reference = "UCR-1") {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference(reference);
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    request.mutable_arrival()->set_parcels(2);
    request.mutable_arrival()->set_seals_unbroken(true);
    // The pre-alert may not be there yet.
    request.mutable_arrival()->set_exporter_name(GoodApplication().exporter().name());
    request.mutable_arrival()->set_importer_name(GoodApplication().importer().name());
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : v1::ActResult();
  }
  v1::VerifyCertificateResponse Verify(const std::string& number, const v1::StatedPaper& paper) {
    v1::VerifyCertificateRequest request;
    request.set_number(number);
    request.set_purpose(pb::PURPOSE_IMPORT);
    *request.mutable_paper() = paper;
    request.set_consignment_reference("UCR-1");
    const auto response = eu().verifier->Verify(eu().Call("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::VerifyCertificateResponse();
  }
  static std::vector<std::string> Reasons(const v1::VerifyCertificateResponse& response) {
    std::vector<std::string> reasons;
    for (const pb::Finding& finding : response.findings()) reasons.push_back(finding.reason());
    return reasons;
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, LifeTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(LifeTest, ADeficientApplicationIsAmendedOrRejectedInWriting) {
  const std::string id = bw().Apply(GoodApplication()).application_id();
  v1::RecordDeficiencyRequest deficiency;
  deficiency.set_request_id(SystemIds().NewUuid());
  deficiency.set_application_id(id);
  auto found = bw().life->FindDeficient(bw().Officer("issuer"), deficiency);
  EXPECT_EQ(ReasonOf(found.status()), kReasonsRequired);
  deficiency.set_text("no evidence of origin");
  found = bw().life->FindDeficient(bw().Officer("issuer"), deficiency);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->state(), pb::CERTIFICATE_STATE_DEFICIENT);
  EXPECT_EQ(found->state_text(), "no evidence of origin");

  v1::AmendApplicationRequest amendment;
  amendment.set_request_id(SystemIds().NewUuid());
  amendment.set_application_id(id);
  *amendment.mutable_certificate() = GoodApplication();
  amendment.mutable_certificate()->mutable_lines(0)->set_carats_thousandths(0);
  EXPECT_EQ(ReasonOf(bw().records->Amend(bw().Officer("issuer"), amendment).status()),
            scheme::reasons::kCaratsNotPositive);
  amendment.mutable_certificate()->mutable_lines(0)->set_carats_thousandths(1'000'000);
  const auto amended = bw().records->Amend(bw().Officer("issuer"), amendment);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_EQ(amended->certificate().state(), pb::CERTIFICATE_STATE_APPLIED);
  EXPECT_EQ(amended->certificate().state_text(), "");
  EXPECT_EQ(bw().Get(id).lines(0).carats_thousandths(), 1'000'000);

  v1::RejectApplicationRequest rejection;
  rejection.set_request_id(SystemIds().NewUuid());
  rejection.set_application_id(id);
  rejection.set_text("fee not paid");
  ASSERT_TRUE(bw().life->Reject(bw().Officer("issuer"), rejection).ok());
  amendment.set_request_id(SystemIds().NewUuid());
  EXPECT_EQ(ReasonOf(bw().records->Amend(bw().Officer("issuer"), amendment).status()),
            scheme::reasons::kWrongState);
  EXPECT_THAT(bw().History(id), ElementsAre("APPLIED", "DEFICIENT", "AMENDED", "REJECTED"));
}

TEST_P(LifeTest, AnInspectionIsRecordedBeforeValidationAndDecidesIt) {
  const std::string number = bw().Issue(bw().Apply(GoodApplication()).application_id()).number();
  const auto inspect = [&](auto change) {
    v1::RecordInspectionRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(number);
    request.mutable_inspection()->set_date("2026-03-01");
    request.mutable_inspection()->set_inspector("T. Moyo");
    request.mutable_inspection()->add_seals("A-1");
    request.mutable_inspection()->set_as_stated(true);
    change(*request.mutable_inspection());
    return bw().life->Inspect(bw().Officer("validator"), request);
  };
  EXPECT_EQ(ReasonOf(inspect([](auto& i) { i.clear_inspector(); }).status()), kInspectionIncomplete);
  EXPECT_EQ(ReasonOf(inspect([](auto& i) { i.set_date("2026-03-02"); }).status()),
            scheme::reasons::kDateInFuture);
  EXPECT_EQ(FaultsOf(inspect([](auto& i) { i.set_date("2026-02-30"); }).status())[0].field,
            "inspection.date");
  EXPECT_EQ(ReasonOf(inspect([](auto& i) { i.set_as_stated(false); }).status()),
            kInspectionIncomplete);
  ASSERT_TRUE(inspect([](auto& i) {
                i.set_as_stated(false);
                i.set_text("a parcel too many");
              }).ok());
  v1::ValidateCertificateRequest validate;
  validate.set_request_id(SystemIds().NewUuid());
  validate.set_number(number);
  EXPECT_EQ(ReasonOf(bw().records->Validate(bw().Officer("validator"), validate).status()),
            scheme::reasons::kInspectionFailed);
  const auto good = inspect([](auto&) {});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->inspections(1).officer().person(), "P-VALIDATOR");
  const pb::Certificate validated = bw().Validate(number);
  EXPECT_NE(validated.rules_ran() & (1 << 12), 0);
  EXPECT_EQ(validated.rules_noted() & (1 << 12), 0);
  EXPECT_EQ(ReasonOf(inspect([](auto&) {}).status()), scheme::reasons::kWrongState);
  EXPECT_THAT(bw().History(number),
              ElementsAre("APPLIED", "ISSUED", "INSPECTED", "INSPECTED", "VALIDATED"));
}

TEST_P(LifeTest, AVoidedCertificateIsToldToTheImporterAndRefusedThereAlsoWhileTheIssuerIsSilent) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  const v1::StatedPaper paper = testing::PaperOf(certificate);
  EXPECT_EQ(Verify(certificate.number(), paper).verdict(), pb::VERDICT_ACCEPT);
  EXPECT_EQ(ReasonOf(Record(certificate.number(), pb::CERTIFICATE_STATE_VOID, "").status()),
            kReasonsRequired);
  EXPECT_EQ(ReasonOf(Record(certificate.number(), pb::CERTIFICATE_STATE_CONFIRMED).status()),
            kStateNotRecordable);
  ASSERT_TRUE(Record(certificate.number(), pb::CERTIFICATE_STATE_VOID, "false particulars").ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(certificate.number()).state(), pb::CERTIFICATE_STATE_VOID);
  EXPECT_THAT(Reasons(Verify(certificate.number(), paper)),
              Contains(scheme::reasons::kNoLongerValid));
  all_->Cut("BW");
  const auto offline = Verify(certificate.number(), paper);
  EXPECT_EQ(offline.verdict(), pb::VERDICT_REJECT);
  EXPECT_THAT(Reasons(offline), Contains(scheme::reasons::kNoLongerValid));
  EXPECT_THAT(offline.findings(0).text(), HasSubstr("false particulars"));
  EXPECT_THAT(bw().History(certificate.number()), Contains("STATUS_RECEIPT"));
}

TEST_P(LifeTest, WhatIsNotExportedIsToldToNobody) {
  const std::string number = bw().Issue(bw().Apply(GoodApplication()).application_id()).number();
  ASSERT_TRUE(Record(number, pb::CERTIFICATE_STATE_RETURNED, "not exported in time").ok());
  EXPECT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(number).number(), "");
  EXPECT_THAT(bw().History(number), ElementsAre("APPLIED", "ISSUED", "RETURNED"));
}

TEST_P(LifeTest, GoodsAreDetainedAndReleasedByTheirImporterAlone) {
  const std::string number = bw().Exported(GoodApplication()).number();
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_ARRIVED, "").outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED, "seal broken").certificate_state(),
            pb::CERTIFICATE_STATE_DETAINED);
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED, "seal broken").outcome(),
            v1::OUTCOME_ALREADY_DONE);
  // While goods are held nobody uses the certificate.
  EXPECT_EQ(Confirm(number).reason(), scheme::reasons::kCertificateNotUsable);
  EXPECT_EQ(bw().Get(number).state_text(), "seal broken");
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_RELEASED, "new seal B-1").outcome(),
            v1::OUTCOME_DONE);
  EXPECT_EQ(Confirm(number).outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_CONFIRMED);
  EXPECT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(number).state(), pb::CERTIFICATE_STATE_CONFIRMED);
  const v1::ActResult late = Goods(number, pb::CERTIFICATE_STATE_SEIZED);
  EXPECT_EQ(late.outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(late.reason(), scheme::reasons::kWrongState);
  EXPECT_THAT(bw().History(number), IsSupersetOf({"ARRIVED", "DETAINED", "RELEASED", "USE_CONFIRM"}));
}

TEST_P(LifeTest, AnEndorsedErrorMakesThePaperAndTheCorrectionGood) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  v1::StatedPaper corrected = testing::PaperOf(certificate);
  corrected.mutable_importer()->set_name("Antwerp Rough BVBA");
  EXPECT_EQ(Verify(certificate.number(), corrected).verdict(), pb::VERDICT_REFER);

  EXPECT_EQ(ReasonOf(Correct(certificate.number(), "lines[0].carats", "1").status()),
            scheme::reasons::kCorrectionNotMinor);
  EXPECT_EQ(ReasonOf(Correct(certificate.number(), "importer.name", "Antwerp Rough BV").status()),
            scheme::reasons::kCorrectionSame);
  EXPECT_EQ(ReasonOf(Correct(certificate.number(), "seals[7]", "B-1").status()),
            scheme::reasons::kCorrectionFieldUnknown);
  EXPECT_EQ(ReasonOf(Correct(certificate.number(), "importer.name", "Dubai Rough BV").status()),
            scheme::reasons::kCorrectionNotMinor);
  EXPECT_EQ(ReasonOf(Correct(certificate.number(), "importer.registration", std::string(71, 'x'))
                         .status()),
            scheme::reasons::kTextTooLong);
  ASSERT_TRUE(Correct(certificate.number(), "importer.name", "Antwerp Rough BVBA").ok());

  for (const v1::StatedPaper& paper : {testing::PaperOf(certificate), corrected}) {
    const auto response = Verify(certificate.number(), paper);
    EXPECT_EQ(response.verdict(), pb::VERDICT_ACCEPT) << response.DebugString();
    EXPECT_THAT(Reasons(response), Contains(scheme::reasons::kErrorEndorsed));
  }
  v1::StatedPaper wrong = corrected;
  wrong.mutable_importer()->set_name("Somebody Else");
  EXPECT_EQ(Verify(certificate.number(), wrong).verdict(), pb::VERDICT_REFER);

  EXPECT_TRUE(all_->Settle());
  const v1::IncomingCertificate incoming = eu().Incoming(certificate.number());
  EXPECT_EQ(incoming.state(), pb::CERTIFICATE_STATE_EXPORTED);
  EXPECT_FALSE(incoming.status_statement().empty());
  // Nothing signed was changed.
  EXPECT_EQ(bw().Get(certificate.number()).statement(), certificate.statement());
  EXPECT_EQ(bw().Get(certificate.number()).corrections(0).printed(), "Antwerp Rough BV");
}

TEST_P(LifeTest, ACorrectionTakesTwoPersonsAndHasNoEffectBefore) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  const std::string& number = certificate.number();
  ASSERT_TRUE(all_->Settle());
  v1::StatedPaper corrected = testing::PaperOf(certificate);
  corrected.mutable_importer()->set_name("Antwerp Rough BVBA");

  const auto indicated = CorrectAs("issuer", number, "importer.name", "Antwerp Rough BVBA");
  ASSERT_TRUE(indicated.ok()) << indicated.status();
  EXPECT_EQ(indicated->importer().name(), "Antwerp Rough BV");
  EXPECT_EQ(indicated->corrections_size(), 0);
  ASSERT_EQ(indicated->proposed_corrections_size(), 1);
  EXPECT_EQ(Verify(number, corrected).verdict(), pb::VERDICT_REFER);
  EXPECT_TRUE(all_->Settle());
  EXPECT_TRUE(eu().Incoming(number).status_statement().empty()) << "nobody else is told yet";

  const auto same = CorrectAs("issuer", number, "importer.name", "Antwerp Rough BVBA").status();
  EXPECT_EQ(ReasonOf(same), scheme::reasons::kCorrectionSamePerson);
  EXPECT_EQ(same.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FaultsOf(same)[0].rule, "K04");
  EXPECT_EQ(bw().Get(number).corrections_size(), 0);

  // Another value of the same field stands in its place, and is to be endorsed by another person.
  ASSERT_TRUE(CorrectAs("validator", number, "importer.name", "Antwerp Rough NV").ok());
  EXPECT_EQ(ReasonOf(CorrectAs("validator", number, "importer.name", "Antwerp Rough NV").status()),
            scheme::reasons::kCorrectionSamePerson);
  ASSERT_TRUE(CorrectAs("issuer", number, "importer.name", "Antwerp Rough BVBA").ok());
  const auto endorsed = CorrectAs("validator", number, "importer.name", "Antwerp Rough BVBA");
  ASSERT_TRUE(endorsed.ok()) << endorsed.status();
  EXPECT_EQ(endorsed->importer().name(), "Antwerp Rough BVBA");
  EXPECT_EQ(endorsed->proposed_corrections_size(), 0);
  ASSERT_EQ(endorsed->corrections_size(), 1);
  EXPECT_NE(endorsed->corrections(0).officer().person(),
            endorsed->corrections(0).proposed_by().person());
  EXPECT_EQ(Verify(number, corrected).verdict(), pb::VERDICT_ACCEPT);
  EXPECT_THAT(bw().History(number), IsSupersetOf({"CORRECTION_PROPOSED", "CORRECTED"}));

  // Many small steps are measured from what is printed, and a party stays that party.
  EXPECT_EQ(ReasonOf(CorrectAs("issuer", number, "importer.name", "Antwerp Roug BVBA").status()),
            scheme::reasons::kCorrectionNotMinor);
  EXPECT_EQ(ReasonOf(CorrectAs("issuer", number, "importer.registration", "BE04").status()),
            scheme::reasons::kCorrectionNotMinor);
  EXPECT_TRUE(CorrectAs("issuer", number, "exporter.registration", "BW-7").ok());
}

TEST_P(LifeTest, AReplacementEndsTheOldCertificateWhenItIsIssuedWithLinksBothWays) {
  const std::string old_number = bw().Exported(GoodApplication()).number();
  const auto applied =
      bw().records->Replace(bw().Officer("issuer"), Replacement(old_number));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(bw().Get(old_number).state(), pb::CERTIFICATE_STATE_EXPORTED);
  const pb::Certificate issued = bw().Issue(applied->certificate().application_id());
  EXPECT_EQ(issued.replaces(), old_number);
  EXPECT_EQ(bw().Get(old_number).state(), pb::CERTIFICATE_STATE_REPLACED);
  EXPECT_EQ(bw().Get(old_number).replaced_by(), issued.number());
  EXPECT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(old_number).state(), pb::CERTIFICATE_STATE_REPLACED);
  EXPECT_THAT(Reasons(Verify(old_number, testing::PaperOf(bw().Get(old_number)))),
              Contains(scheme::reasons::kNoLongerValid));
  bw().Validate(issued.number());
  bw().Export(issued.number());
  EXPECT_EQ(Verify(issued.number(), testing::PaperOf(issued)).verdict(), pb::VERDICT_ACCEPT);
  // Once only.
  EXPECT_EQ(ReasonOf(bw().records->Replace(bw().Officer("issuer"), Replacement(old_number)).status()),
            scheme::reasons::kWrongState);
}

TEST_P(LifeTest, DetainedGoodsOfAReplacedCertificateAreLetGo) {
  const std::string number = bw().Exported(GoodApplication()).number();
  ASSERT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED, "wrong weight on the paper").outcome(),
            v1::OUTCOME_DONE);
  EXPECT_TRUE(bw().Get(number).goods_detained());
  const auto applied = bw().records->Replace(bw().Officer("issuer"), Replacement(number));
  ASSERT_TRUE(applied.ok()) << applied.status();
  bw().Issue(applied->certificate().application_id());
  ASSERT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_REPLACED);
  const v1::ActResult released =
      Goods(number, pb::CERTIFICATE_STATE_RELEASED, "another certificate came");
  EXPECT_EQ(released.outcome(), v1::OUTCOME_DONE) << released.text();
  EXPECT_EQ(released.certificate_state(), pb::CERTIFICATE_STATE_REPLACED);
  EXPECT_FALSE(bw().Get(number).goods_detained());
  EXPECT_THAT(bw().History(number), Contains("RELEASED"));
  // Once; and the certificate stays replaced.
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_RELEASED).reason(), scheme::reasons::kWrongState);
  EXPECT_EQ(Confirm(number).reason(), scheme::reasons::kCertificateNotUsable);
  // What was never detained cannot be let go.
  const std::string other = bw().Exported(GoodApplication()).number();
  const auto second = bw().records->Replace(bw().Officer("issuer"), Replacement(other));
  bw().Issue(second->certificate().application_id());
  EXPECT_EQ(Goods(other, pb::CERTIFICATE_STATE_RELEASED).reason(), scheme::reasons::kWrongState);
}

TEST_P(LifeTest, ACertificateInUseIsNotReplaced) {
  const std::string number = bw().Exported(GoodApplication()).number();
  const auto applied = bw().records->Replace(bw().Officer("issuer"), Replacement(number));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(Confirm(number).outcome(), v1::OUTCOME_DONE);
  v1::IssueCertificateRequest issue;
  issue.set_request_id(SystemIds().NewUuid());
  issue.set_application_id(applied->certificate().application_id());
  const auto issued = bw().records->Issue(bw().Officer("issuer"), issue);
  EXPECT_EQ(ReasonOf(issued.status()), scheme::reasons::kWrongState);
  EXPECT_EQ(bw().Get(applied->certificate().application_id()).state(),
            pb::CERTIFICATE_STATE_APPLIED);
}

TEST_P(LifeTest, AReservationIsGivenBackWhateverBecameOfTheCertificate) {
  const std::string number = bw().Exported(GoodApplication()).number();
  v1::UseStatement act;
  act.set_number(number);
  act.set_consignment_reference("UCR-9");
  act.set_customs_partner("DOUANE");
  act.set_declaration_version(1);
  const auto deliver = [&](v1::UseAct kind) {
    act.set_act(kind);
    const auto signed_act =
        eu().environment->signer.Sign(UseContentType(), act, "BW", eu().clock.Now());
    const auto receipt =
        bw().receiver->Receive("EU", SystemIds().NewUuid(), signed_act->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt))
        ->outcome();
  };
  EXPECT_EQ(deliver(v1::USE_ACT_RESERVE), v1::OUTCOME_DONE);
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_DETAINED, "seal broken").outcome(),
            v1::OUTCOME_DONE);
  EXPECT_EQ(deliver(v1::USE_ACT_RELEASE), v1::OUTCOME_DONE);
  EXPECT_EQ(deliver(v1::USE_ACT_RESERVE), v1::OUTCOME_REFUSED);
  // What another entity writes is read like what an own officer writes.
  act.set_text("a\nb");
  EXPECT_EQ(deliver(v1::USE_ACT_LET_GO), v1::OUTCOME_REFUSED);
  act.set_text(" ");
  EXPECT_EQ(deliver(v1::USE_ACT_LET_GO), v1::OUTCOME_REFUSED);
  act.set_text("remedied");
  EXPECT_EQ(deliver(v1::USE_ACT_LET_GO), v1::OUTCOME_DONE);
}

TEST_P(LifeTest, AStatusThatContradictsTheBooksIsRefused) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  v1::StatusStatement status;
  status.set_number(certificate.number());
  status.set_certificate_digest(statement::Sha256(certificate.statement()));
  status.set_state(pb::CERTIFICATE_STATE_RETURNED);
  status.set_text("came back");
  status.mutable_event_time()->set_seconds(absl::ToUnixSeconds(bw().clock.Now()));
  const auto deliver = [&](const v1::StatusStatement& one) {
    const auto signed_status =
        bw().environment->signer.Sign(StatusContentType(), one, "EU", bw().clock.Now());
    const auto receipt =
        eu().receiver->Receive("BW", SystemIds().NewUuid(), signed_status->bytes());
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt))
        ->outcome();
  };
  v1::StatusStatement bad = status;
  bad.set_certificate_digest("another");
  EXPECT_EQ(deliver(bad), v1::OUTCOME_REFUSED);
  bad = status;
  bad.set_state(pb::CERTIFICATE_STATE_CONFIRMED);
  EXPECT_EQ(deliver(bad), v1::OUTCOME_REFUSED);
  bad = status;
  bad.set_text("a\nb");
  EXPECT_EQ(deliver(bad), v1::OUTCOME_REFUSED);
  EXPECT_EQ(deliver(status), v1::OUTCOME_DONE);
  bad = status;
  bad.set_state(pb::CERTIFICATE_STATE_LOST);
  bad.mutable_event_time()->set_seconds(status.event_time().seconds() - 3600);
  EXPECT_EQ(deliver(bad), v1::OUTCOME_REFUSED) << "older than what was said before";
  EXPECT_EQ(eu().Incoming(certificate.number()).state(), pb::CERTIFICATE_STATE_RETURNED);
}

TEST_P(LifeTest, ExportsWithoutConfirmationAreOverdueAfterThirtyDays) {
  const std::string waiting = bw().Exported(GoodApplication()).number();
  const std::string confirmed = bw().Exported(GoodApplication()).number();
  ASSERT_EQ(Confirm(confirmed).outcome(), v1::OUTCOME_DONE);
  const std::string detained = bw().Exported(GoodApplication()).number();
  ASSERT_EQ(Goods(detained, pb::CERTIFICATE_STATE_DETAINED).outcome(), v1::OUTCOME_DONE);
  v1::ListOverdueConfirmationsRequest request;
  const auto overdue = [&] {
    std::vector<std::string> numbers;
    const auto response = bw().records->Overdue(bw().Officer("issuer"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    for (const auto& certificate : response->certificates()) numbers.push_back(certificate.number());
    request.set_page_token(response->next_page_token());
    return numbers;
  };
  all_->Advance(absl::Hours(29 * 24));
  EXPECT_THAT(overdue(), ElementsAre());
  all_->Advance(absl::Hours(24));
  EXPECT_THAT(overdue(), ElementsAre(waiting, detained));
  request.set_page_size(1);
  EXPECT_THAT(overdue(), ElementsAre(waiting));
  EXPECT_THAT(overdue(), ElementsAre(detained));
  EXPECT_EQ(request.page_token(), "");
  request.set_importing_entity("AO");
  EXPECT_THAT(overdue(), ElementsAre());
  request.set_days(-1);
  EXPECT_EQ(ReasonOf(bw().records->Overdue(bw().Officer("issuer"), request).status()),
            kDaysOutOfRange);
}

TEST_P(LifeTest, NothingIsLostWhileTheImporterIsAway) {
  const std::string number = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  all_->Cut("EU");
  ASSERT_TRUE(Correct(number, "seals[0]", "A-11").ok());
  ASSERT_TRUE(Record(number, pb::CERTIFICATE_STATE_STOLEN, "stolen at the airport").ok());
  all_->Mend("EU");
  ASSERT_TRUE(all_->Settle());
  EXPECT_EQ(eu().Incoming(number).state(), pb::CERTIFICATE_STATE_STOLEN);
  EXPECT_EQ(Goods(number, pb::CERTIFICATE_STATE_ARRIVED, "").reason(), scheme::reasons::kWrongState);
}

}  // namespace
}  // namespace kp::certificate
