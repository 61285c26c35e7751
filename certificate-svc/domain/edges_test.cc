// The scheme's rules at their edges, as officers meet them: days on which nobody can have looked,
// papers presented before their issue, authorities that nobody designated, characters that nobody
// can print, and errors that say which field and which rule.
#include "base/error.h"
#include "certificate-svc/testing/import_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::GoodApplication;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::kNumber;
namespace reasons = scheme::reasons;

// Sunday 1 March 2026; EU's profile asks for an inspection at import.
class EdgesTest : public testing::ImportTest {
 protected:
  void SetUp() override {
    registry::v1::ImportProfile asks;
    asks.set_inspection_required(true);
    Make(asks);
  }
  absl::StatusOr<pb::Certificate> InspectAtHome(const std::string& id, const std::string& day) {
    v1::RecordInspectionRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(id);
    request.mutable_inspection()->set_date(day);
    request.mutable_inspection()->set_inspector("T. Moyo");
    request.mutable_inspection()->add_seals("A-1");
    request.mutable_inspection()->set_as_stated(true);
    return bw().life->Inspect(bw().Officer("validator"), request);
  }
  absl::StatusOr<v1::ApplyForCertificateResponse> Apply(const pb::Certificate& application) {
    v1::ApplyForCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    *request.mutable_certificate() = application;
    return bw().records->Apply(bw().Officer("issuer"), request);
  }
  static Fault FirstFault(const absl::Status& status) {
    const auto faults = FaultsOf(status);
    return faults.empty() ? Fault() : faults[0];
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, EdgesTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

// --- Inspections (R12-R14; CORE Annex II 17-18) ---

TEST_P(EdgesTest, NobodyLookedAtAShipmentBeforeItWasAppliedFor) {
  const std::string id = bw().Apply(GoodApplication()).application_id();
  EXPECT_EQ(bw().Get(id).application_date(), "2026-03-01");
  for (const char* day : {"2019-03-01", "2026-02-28"}) {
    const Fault fault = FirstFault(InspectAtHome(id, day).status());
    EXPECT_EQ(fault.reason, reasons::kInspectionOutOfTime) << day;
    EXPECT_EQ(fault.field, "inspection.date");
    EXPECT_EQ(fault.rule, "R12");
  }
  EXPECT_EQ(bw().Get(id).inspections_size(), 0) << "nothing changed";
  EXPECT_TRUE(InspectAtHome(id, "2026-03-01").ok());
}

TEST_P(EdgesTest, AnAmendmentAsksForANewLook) {
  const std::string id = bw().Apply(GoodApplication()).application_id();
  ASSERT_TRUE(InspectAtHome(id, "2026-03-01").ok());
  all_->Advance(absl::Hours(48));
  v1::AmendApplicationRequest amendment;
  amendment.set_request_id(SystemIds().NewUuid());
  amendment.set_application_id(id);
  *amendment.mutable_certificate() = GoodApplication();
  ASSERT_TRUE(bw().records->Amend(bw().Officer("issuer"), amendment).ok());
  EXPECT_EQ(bw().Get(id).application_date(), "2026-03-03");
  EXPECT_EQ(FirstFault(InspectAtHome(id, "2026-03-01").status()).reason,
            reasons::kInspectionOutOfTime);
  EXPECT_TRUE(InspectAtHome(id, "2026-03-03").ok());
}

// --- At import (R13; EU arts. 3-5) ---

TEST_P(EdgesTest, NobodyLookedAtGoodsBeforeTheyWerePresented) {
  ASSERT_TRUE(Enter(Paper()).ok());  // presented on 27 February
  pb::ImportInspection look = Look();
  look.set_date("2026-02-26");
  const Fault fault = FirstFault(Inspect(kNumber, look).status());
  EXPECT_EQ(fault.reason, reasons::kInspectionOutOfTime);
  EXPECT_EQ(fault.field, "inspection.date");
  EXPECT_EQ(fault.rule, "R13");
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kInspectionMissing);
  look.set_date("2026-02-27");
  ASSERT_TRUE(Inspect(kNumber, look).ok());
  EXPECT_TRUE(ConfirmPaper().ok());
}

TEST_P(EdgesTest, AnInspectionEnteredWithThePaperIsOfItsGoodsToo) {
  v1::EnterPaperImportRequest request = Paper();
  *request.mutable_inspection() = Look();
  request.mutable_inspection()->set_date("2026-02-26");
  EXPECT_EQ(FirstFault(Enter(request).status()).field, "inspection.date");
  request.set_request_id(SystemIds().NewUuid());
  request.mutable_inspection()->set_date("2026-02-27");
  EXPECT_TRUE(Enter(request).ok());
}

TEST_P(EdgesTest, OfAnAnnouncedShipmentNobodyLookedBeforeItLeft) {
  const std::string number = Announced();  // exported on 1 March
  EXPECT_EQ(Get(number).entry().export_date(), "2026-03-01");
  pb::ImportInspection look = Look();
  look.set_date("2026-02-27");
  EXPECT_EQ(FirstFault(Inspect(number, look).status()).reason, reasons::kInspectionOutOfTime);
  look.set_date("2026-02-28");
  EXPECT_TRUE(Inspect(number, look).ok()) << "across the date line";
}

TEST_P(EdgesTest, ALookBeforeThePresentationThatWasToldLaterDoesNotCount) {
  const std::string number = Announced();
  ASSERT_TRUE(Inspect(number, Look()).ok());  // on 1 March
  all_->Advance(absl::Hours(48));
  ASSERT_TRUE(RecordMesh(number, pb::CERTIFICATE_STATE_ARRIVED, "").ok());  // on 3 March
  EXPECT_THAT(Reasons(Get(number).entry()), Contains(reasons::kInspectionOutOfTime));
  const auto confirm = [](v1::ConfirmImportRequest& request) {
    request.mutable_arrival()->set_receipt_date("2026-03-03");
  };
  EXPECT_EQ(ReasonOf(ConfirmMesh(number, confirm).status()), reasons::kInspectionMissing);
  // Not together with a confirmation either.
  const auto early = ConfirmMesh(number, [&](v1::ConfirmImportRequest& request) {
    confirm(request);
    *request.mutable_inspection() = Look();
  });
  EXPECT_EQ(FirstFault(early.status()).field, "inspection.date");
  const auto good = ConfirmMesh(number, [&](v1::ConfirmImportRequest& request) {
    confirm(request);
    *request.mutable_inspection() = Look();
    request.mutable_inspection()->set_date("2026-03-03");
  });
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(Reasons(Get(number).entry()), Not(Contains(reasons::kInspectionOutOfTime)));
}

TEST_P(EdgesTest, ThatNobodyLookedIsNoLongerSaidOnceSomebodyDid) {
  Make(std::nullopt);  // the EU's own profile: a confirmation without an inspection is noted
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(ConfirmPaper().ok());
  EXPECT_THAT(Reasons(Get(kNumber).entry()), Contains(reasons::kInspectionMissing));
  pb::ImportInspection look = Look();
  look.set_date("2026-02-28");
  ASSERT_TRUE(Inspect(kNumber, look).ok());
  EXPECT_THAT(Reasons(Get(kNumber).entry()), Not(Contains(reasons::kInspectionMissing)));

  // Where somebody looked only afterwards, that is what is said.
  const std::string number = Announced();
  ASSERT_TRUE(ConfirmMesh(number).ok());
  all_->Advance(absl::Hours(48));
  look.set_date("2026-03-03");
  const auto after = Inspect(number, look);
  ASSERT_TRUE(after.ok()) << after.status();
  for (const pb::Finding& finding : after->findings()) {
    if (finding.reason() != reasons::kInspectionMissing) continue;
    EXPECT_EQ(finding.text(), "confirmed on 2026-03-01, before the inspection of 2026-03-03");
  }
  EXPECT_THAT(Reasons(*after), Contains(reasons::kInspectionMissing));
}

// --- Papers and their days (R07) ---

TEST_P(EdgesTest, APaperIsNotPresentedBeforeItIsIssued) {
  v1::EnterPaperImportRequest request = Paper();  // issued on 20 February
  request.set_submission_date("2026-02-18");
  const Fault fault = FirstFault(Enter(request).status());
  EXPECT_EQ(fault.reason, reasons::kDateOfIssueWrong);
  EXPECT_EQ(fault.field, "submission_date");
  EXPECT_EQ(fault.rule, "R07");
  // Detained, it is in the book with the finding, and R07 has found something.
  request.set_request_id(SystemIds().NewUuid());
  request.set_detain_text("presented before it was issued");
  const auto detained = Enter(request);
  ASSERT_TRUE(detained.ok()) << detained.status();
  EXPECT_EQ(Check(*detained, "R07"), "FOUND");
}

TEST_P(EdgesTest, NothingIsReceivedUnderAPaperBeforeItIsIssued) {
  ASSERT_TRUE(Enter(Paper()).ok());
  pb::ImportInspection look = Look();
  ASSERT_TRUE(Inspect(kNumber, look).ok());
  v1::ConfirmPaperImportRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(kNumber);
  *request.mutable_arrival() = ArrivalOf(1'250'500);
  request.mutable_arrival()->set_receipt_date("2026-02-18");
  const auto refused = eu().imports->Confirm(eu().Officer("verifier"), request);
  EXPECT_EQ(FirstFault(refused.status()).field, "arrival.receipt_date");
  EXPECT_EQ(FirstFault(refused.status()).rule, "R07");
  EXPECT_TRUE(ConfirmPaper().ok());
}

TEST_P(EdgesTest, WhatCannotBeReadIsOneFault) {
  v1::EnterPaperImportRequest request = Paper();
  request.mutable_paper()->mutable_origin()->set_countries(0, "QQ");
  const auto faults = FaultsOf(Enter(request).status());
  ASSERT_EQ(faults.size(), 1U) << faults[1].field;
  EXPECT_EQ(faults[0].reason, reasons::kOriginNotACountry);
  // Live: what is not stated at all is missing.
  request = Paper();
  request.mutable_paper()->clear_origin();
  EXPECT_EQ(FirstFault(Enter(request).status()).reason, reasons::kFieldMissing);
}

// --- Applications ---

TEST_P(EdgesTest, AnAuthorityThatNobodyDesignatedIsRefusedAtApplication) {
  pb::Certificate application = GoodApplication();
  application.set_issuing_authority("NOPE");
  const Fault fault = FirstFault(Apply(application).status());
  EXPECT_EQ(fault.reason, reasons::kAuthorityNotDesignated);
  EXPECT_EQ(fault.field, "certificate.issuing_authority");
  EXPECT_EQ(fault.rule, "R01");
  application.set_issuing_authority("BW issuing office");
  EXPECT_TRUE(Apply(application).ok());
}

TEST_P(EdgesTest, WhatNobodyCanPrintIsRefusedAtApplication) {
  pb::Certificate application = GoodApplication();
  const auto refused = [&](const std::string& name) {
    application.mutable_importer()->set_name(name);
    const Fault fault = FirstFault(Apply(application).status());
    EXPECT_EQ(fault.field, "certificate.importer.name");
    EXPECT_EQ(fault.rule, "CORE Annex I A");
    return fault.message;
  };
  EXPECT_THAT(refused("Antwerp \uE000"), HasSubstr("U+E000 at byte 8"));
  EXPECT_THAT(refused("Antwerp \U000F0001"), HasSubstr("U+F0001"));
  EXPECT_THAT(refused("Antwerp \u0378"), HasSubstr("U+0378"));
  EXPECT_THAT(refused("Antwerp \u202Ehguor"), HasSubstr("U+202E"));
  application.mutable_importer()->set_name("Алмазы Антверпена");
  EXPECT_TRUE(Apply(application).ok());
  application.set_language("fr\uE000");
  EXPECT_EQ(FirstFault(Apply(application).status()).reason, reasons::kTextUnprintable);
  application.set_language("french language");
  EXPECT_EQ(FirstFault(Apply(application).status()).reason, reasons::kLanguageMalformed);
  application.set_language("fr");
  EXPECT_TRUE(Apply(application).ok());
}

// --- Refusals that name field and rule ---

TEST_P(EdgesTest, RefusalsNameFieldAndRule) {
  const std::string number = bw().Exported(GoodApplication()).number();
  // A state from which the event may not come.
  const Fault state = FirstFault(InspectAtHome(number, "2026-03-01").status());
  EXPECT_EQ(state.reason, reasons::kWrongState);
  EXPECT_EQ(state.field, "state");
  EXPECT_EQ(state.rule, "CORE IV(b)");
  // Written reasons are asked for by the clause of the act.
  v1::RecordCertificateEventRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number);
  request.set_state(pb::CERTIFICATE_STATE_VOID);
  EXPECT_EQ(FirstFault(bw().life->Record(bw().Officer("issuer"), request).status()).rule,
            "Canada, Act s. 12");
  v1::OpenCaseRequest open;
  open.set_request_id(SystemIds().NewUuid());
  open.set_number(number);
  open.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
  EXPECT_EQ(FirstFault(bw().cases->Open(bw().Officer("issuer"), open).status()).rule,
            "CORE III(b), V(f)");
  open.set_number("BW9999999");
  open.set_text("seen at a market");
  const absl::Status nobody = bw().cases->Open(bw().Officer("issuer"), open).status();
  EXPECT_EQ(ReasonOf(nobody), kCertificateUnknown);
  EXPECT_EQ(FirstFault(nobody).field, "number");
  EXPECT_EQ(nobody.code(), absl::StatusCode::kNotFound);
  // A paper of an issuer on the mesh.
  v1::EnterPaperImportRequest paper = Paper();
  paper.set_number("BW 0000099");
  const absl::Status on_mesh = Enter(paper).status();
  EXPECT_EQ(ReasonOf(on_mesh), kIssuerOnMesh);
  EXPECT_EQ(FirstFault(on_mesh).field, "despite_mesh_text");
  EXPECT_EQ(on_mesh.code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace kp::certificate
