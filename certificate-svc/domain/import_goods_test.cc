// What is seen of goods that came in, what is due, and what stands before a confirmation.

#include "base/error.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/testing/import_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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

class ImportGoodsTest : public testing::ImportTest {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ImportGoodsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(ImportGoodsTest, WhatIsOverdueIsListedByPartnerFromTheDayAfterTheLast) {
  ASSERT_TRUE(Enter(Paper()).ok());  // presented on Friday 27 February: until 13 March
  const std::string number = Announced();
  ASSERT_TRUE(RecordMesh(number, pb::CERTIFICATE_STATE_ARRIVED, "").ok());
  // Friday 13 March, 23:00 in Brussels.
  all_->Advance(absl::Hours(12 * 24 + 10));
  EXPECT_THAT(Overdue().deadlines(), IsEmpty());
  EXPECT_THAT(Due(Overdue(1)), SizeIs(2));
  all_->Advance(absl::Hours(1));
  const std::string of_bw = number + " CONFIRMATION 2026-03-13";
  EXPECT_THAT(Due(Overdue()), ElementsAre("AO1234567 CONFIRMATION 2026-03-13", of_bw));
  EXPECT_EQ(Overdue().deadlines(0).days_overdue(), 1);
  ASSERT_THAT(Overdue().partners(), SizeIs(2));
  EXPECT_EQ(Overdue().partners(1).issuer(), "BW");
  EXPECT_EQ(Overdue().partners(1).count(), 1);

  v1::ListOverdueImportsRequest request;
  request.set_page_size(1);
  const auto first = eu().imports->Overdue(eu().Officer("verifier"), request);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(Due(*first), ElementsAre("AO1234567 CONFIRMATION 2026-03-13"));
  request.set_page_token(first->next_page_token());
  const auto second = eu().imports->Overdue(eu().Officer("verifier"), request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(Due(*second), ElementsAre(of_bw));
  EXPECT_EQ(second->next_page_token(), "");

  ASSERT_TRUE(ConfirmPaper().ok());
  EXPECT_THAT(Due(Overdue()), ElementsAre(of_bw));
}

registry::v1::ImportProfile India() {
  registry::v1::ImportProfile profile;
  profile.set_original_required(true);
  profile.set_lots_percent(25);
  profile.mutable_original()->set_count(7);
  profile.mutable_original()->set_unit(registry::v1::DEADLINE_UNIT_WORKING_DAYS);
  profile.mutable_original()->set_source("India, customs circular 53/2003");
  return profile;
}

TEST_P(ImportGoodsTest, AMissingOriginalIsProducedWithinSevenWorkingDaysOrTheGoodsGoBack) {
  Make(India());
  const std::string number = Announced();
  ASSERT_TRUE(RecordMesh(number, pb::CERTIFICATE_STATE_ARRIVED, "").ok());
  EXPECT_EQ(ReasonOf(Original(number, true).status()), kOriginalNotMissing);
  ASSERT_TRUE(Original(number, false).ok());
  EXPECT_EQ(ReasonOf(ConfirmMesh(number).status()), reasons::kOriginalMissing);
  EXPECT_THAT(Due(Overdue(30)), Contains(number + " ORIGINAL 2026-03-10"));
  // Saying so again gives no more time.
  all_->Advance(absl::Hours(2 * 24));
  ASSERT_TRUE(Original(number, false).ok());
  EXPECT_THAT(Due(Overdue(30)), Contains(number + " ORIGINAL 2026-03-10"));

  ASSERT_TRUE(Original(number, true).ok());
  EXPECT_EQ(Get(number).entry().original_produced_date(), "2026-03-03");
  EXPECT_THAT(Due(Overdue(30)), Not(Contains(number + " ORIGINAL 2026-03-10")));
  EXPECT_EQ(ConfirmMesh(number)->outcome(), v1::OUTCOME_DONE);

  const std::string second = Announced();
  ASSERT_TRUE(RecordMesh(second, pb::CERTIFICATE_STATE_ARRIVED, "").ok());
  ASSERT_TRUE(Original(second, false).ok());
  all_->Advance(absl::Hours(20 * 24));
  EXPECT_THAT(Due(Overdue()), Contains(HasSubstr(second + " ORIGINAL")));
  ASSERT_TRUE(RecordMesh(second, pb::CERTIFICATE_STATE_RETURNED, "no original in time").ok());
  EXPECT_EQ(Get(second).entry().state(), pb::CERTIFICATE_STATE_RETURNED);
  EXPECT_EQ(bw().Get(second).state(), pb::CERTIFICATE_STATE_RETURNED);
  EXPECT_THAT(Overdue().deadlines(), IsEmpty());
}

TEST_P(ImportGoodsTest, AnInspectionSaysWhoLookedAtWhichContainersAndSealsAndWhatWasOpened) {
  const std::string number = Announced();
  pb::ImportInspection look = Look();
  look.clear_inspector();
  EXPECT_EQ(FieldOf(Inspect(number, look).status()), "inspection.inspector");
  look = Look();
  look.clear_containers();
  EXPECT_EQ(FieldOf(Inspect(number, look).status()), "inspection.containers");
  look = Look();
  look.set_date("2026-03-02");
  EXPECT_EQ(ReasonOf(Inspect(number, look).status()), reasons::kDateInFuture);
  look = Look();
  look.add_lots_opened(1);
  EXPECT_EQ(FieldOf(Inspect(number, look).status()), "inspection.opened");

  look = Look();
  look.mutable_containers(0)->set_seals(0, "A-9");
  const auto other = Inspect(number, look);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_THAT(Reasons(*other), Contains(reasons::kSealsDiffer));
  // A later look takes the place of the findings, not of the record.
  const auto good = Inspect(number, Look());
  ASSERT_TRUE(good.ok());
  EXPECT_THAT(Reasons(*good), IsEmpty());
  ASSERT_THAT(good->inspections(), SizeIs(2));
  EXPECT_EQ(good->inspections(1).inspector(), "M. Janssens");
  EXPECT_EQ(good->inspections(1).officer().person(), "P-VERIFIER");
}

TEST_P(ImportGoodsTest, TheProfileSaysWhetherAConfirmationWithoutAnInspectionIsRefused) {
  registry::v1::ImportProfile profile;
  profile.set_inspection_required(true);
  Make(profile);
  const std::string number = Announced();
  EXPECT_EQ(ReasonOf(ConfirmMesh(number).status()), reasons::kInspectionMissing);
  EXPECT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_EXPORTED);
  EXPECT_EQ(
      ConfirmMesh(number, [](auto& request) { *request.mutable_inspection() = Look(); })->outcome(),
      v1::OUTCOME_DONE);
  EXPECT_THAT(Get(number).entry().inspections(), SizeIs(1));

  ASSERT_TRUE(Enter(Paper()).ok());
  EXPECT_EQ(ReasonOf(ConfirmPaper().status()), reasons::kInspectionMissing);
  ASSERT_TRUE(Inspect(kNumber, Look()).ok());
  EXPECT_TRUE(ConfirmPaper().ok());
}

TEST_P(ImportGoodsTest, TheLotsToBeOpenedAreChosenOnceAndAnybodyCanRepeatTheChoice) {
  Make(India());
  const std::string number = Announced();
  const pb::ImportSelection selection = Get(number).entry().selection();
  ASSERT_THAT(selection.lots(), SizeIs(1));  // a quarter of two lots, rounded up
  EXPECT_THAT(scheme::SelectLots(selection.seed(), number, 2, 25), ElementsAre(selection.lots(0)));
  const auto closed = Inspect(number, Look());
  ASSERT_TRUE(closed.ok());
  EXPECT_THAT(Reasons(*closed), Contains(reasons::kSelectionNotOpened));
  EXPECT_EQ(closed->selection().SerializeAsString(), selection.SerializeAsString());
  pb::ImportInspection look = Look();
  look.set_opened(true);
  look.add_lots_opened(selection.lots(0));
  EXPECT_THAT(Reasons(*Inspect(number, look)), IsEmpty());
}

TEST_P(ImportGoodsTest, TheOwnCertificateOfImportIsAnActBeforeTheConfirmation) {
  const auto issue = [&](const std::string& number, const std::string& reference) {
    v1::IssueImportCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_trader_registration("RDT-0815");
    request.set_reference(reference);
    return eu().imports->IssueCertificate(eu().Officer("verifier"), request);
  };
  const std::string unused = Announced();
  EXPECT_EQ(ReasonOf(issue(unused, "").status()), kImportCertificateNotUsed);

  registry::v1::ImportProfile hong_kong;
  hong_kong.set_own_certificate(true);
  Make(hong_kong);
  const std::string number = Announced();
  EXPECT_EQ(ReasonOf(ConfirmMesh(number).status()), reasons::kImportCertificateMissing);
  EXPECT_EQ(FieldOf(issue(number, "EU-IMP-2026-000009").status()), "reference");
  const auto issued = issue(number, "");
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->import_certificate().reference(), "EU-IMP-2026-000001");
  const auto parsed = statement::Statement::Parse(issued->import_certificate().statement());
  ASSERT_TRUE(parsed.ok());
  const auto said = statement::DecodePayload<v1::ImportCertificateStatement>(*parsed);
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(said->number(), number);
  EXPECT_EQ(said->importer_name(), "Antwerp Rough BV");
  EXPECT_EQ(ReasonOf(issue(number, "").status()), kImportCertificateExists);
  EXPECT_EQ(ConfirmMesh(number)->outcome(), v1::OUTCOME_DONE);

  const std::string second = Announced();
  EXPECT_EQ(issue(second, "")->import_certificate().reference(), "EU-IMP-2026-000002");
  ASSERT_TRUE(Enter(Paper()).ok());
  EXPECT_TRUE(issue(kNumber, "FORM 77").ok());
  EXPECT_TRUE(ConfirmPaper().ok());
}

TEST_P(ImportGoodsTest, GoodsInTransitLeaveAsTheyCameOrAreHeld) {
  v1::RecordTransitEntryRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(kNumber);
  request.set_importing_entity("EU");
  request.add_certificate_seals("A-1");
  request.set_purpose_shown(true);
  *request.mutable_inspection() = Look();
  EXPECT_EQ(ReasonOf(eu().transits->Enter(eu().Officer("verifier"), request).status()),
            kTransitIsImport);
  request.set_importing_entity("BW");
  const auto entered = eu().transits->Enter(eu().Officer("verifier"), request);
  ASSERT_TRUE(entered.ok()) << entered.status();
  EXPECT_EQ(entered->state(), pb::TRANSIT_STATE_ENTERED);
  EXPECT_THAT(entered->findings(), IsEmpty());
  request.set_request_id(SystemIds().NewUuid());
  EXPECT_EQ(ReasonOf(eu().transits->Enter(eu().Officer("verifier"), request).status()),
            kTransitExists);

  request.set_number("AO1234569");
  ASSERT_TRUE(eu().transits->Enter(eu().Officer("verifier"), request).ok());
  const auto leave = [&](const std::string& number, const pb::ImportInspection& look) {
    v1::RecordTransitExitRequest exit;
    exit.set_request_id(SystemIds().NewUuid());
    exit.set_number(number);
    *exit.mutable_inspection() = look;
    return eu().transits->Exit(eu().Officer("verifier"), exit);
  };
  pb::ImportInspection opened = Look();
  opened.set_opened(true);
  const auto held = leave(kCanonical, opened);
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(held->state(), pb::TRANSIT_STATE_HELD);
  EXPECT_EQ(held->findings(0).rule(), "R25");
  // What was opened stays opened, whatever is written of a later look.
  EXPECT_EQ(ReasonOf(leave(kCanonical, Look()).status()), reasons::kWrongState);
  const auto left = leave("AO1234569", Look());
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_EQ(left->state(), pb::TRANSIT_STATE_LEFT);
  EXPECT_EQ(ReasonOf(leave("AO1234569", Look()).status()), reasons::kWrongState);
  EXPECT_EQ(ReasonOf(leave("AO1234568", Look()).status()), kTransitUnknown);
  v1::GetTransitRequest get;
  get.set_number("AO1234568");
  EXPECT_EQ(ReasonOf(eu().transits->Get(get).status()), kTransitUnknown);
}

}  // namespace
}  // namespace kp::certificate
