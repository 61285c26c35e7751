// For tests only: two registers with something of everything that they keep, and what somebody with
// the database's password could do to them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/audit/audit.h"
#include "certificate-svc/domain/seal_later.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/testing/entities.h"
#include "gtest/gtest.h"

namespace kp::certificate::testing {

class AuditFixture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    registry::v1::ImportProfile profile;
    profile.set_own_certificate(true);
    all_ = Entities::Make(GetParam(), {}, {}, "2026-01-01", profile);
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
    Fill();
    LetTamper("BW");
    LetTamper("EU");
  }
  Entity& bw() { return all_->bw(); }
  Entity& eu() { return all_->eu(); }

  // Something of everything that the two registers keep.
  void Fill() {
    Range("BW0000001", "BW0009999", pb::CERTIFICATE_STATE_UNSPECIFIED);
    Range("BW0009000", "BW0009009", pb::CERTIFICATE_STATE_STOLEN);
    bw().Apply(GoodApplication());
    const pb::Certificate first = bw().Exported(GoodApplication());
    const pb::Certificate second = bw().Exported(GoodApplication());
    ASSERT_TRUE(all_->Settle());
    v1::VerifyCertificateRequest question;
    question.set_number(first.number());
    question.set_purpose(pb::PURPOSE_IMPORT);
    *question.mutable_paper() = PaperOf(first);
    ASSERT_TRUE(eu().verifier->Verify(eu().Call("verifier"), question).ok());
    Confirm(first.number(), 2);
    v1::RecordCertificateEventRequest lost;
    lost.set_request_id(SystemIds().NewUuid());
    lost.set_number(second.number());
    lost.set_state(pb::CERTIFICATE_STATE_LOST);
    lost.set_text("lost on the way");
    ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), lost).ok());
    pb::Certificate re_export = GoodApplication();
    re_export.mutable_exporter()->set_country("BE");
    re_export.mutable_importer()->set_country("BW");
    re_export.set_importing_entity("BW");
    pb::SourceDraw& draw = *re_export.add_sources();
    draw.set_source_id(first.number());
    draw.set_carats_thousandths(1'250'500);
    eu().Issue(eu().Apply(re_export).application_id());
    OpenProduction();
    ASSERT_TRUE(all_->Settle());
  }

  // Something of every other book: cases, goods that leave again, papers, transit, statistics.
  void FillBooks() {
    const std::string differing = bw().Exported(GoodApplication()).number();
    const std::string detained = bw().Exported(GoodApplication()).number();
    ASSERT_TRUE(all_->Settle());
    Confirm(differing, 3);
    ASSERT_TRUE(all_->Settle());
    v1::RemarkOnCaseRequest remark;
    remark.set_request_id(SystemIds().NewUuid());
    remark.set_case_id(Read("BW", "SELECT id FROM cases"));
    remark.set_text("three were counted twice");
    ASSERT_TRUE(bw().cases->Remark(bw().Officer("issuer"), remark).ok());
    v1::RecordImportEventRequest goods;
    goods.set_request_id(SystemIds().NewUuid());
    goods.set_number(detained);
    goods.set_state(pb::CERTIFICATE_STATE_DETAINED);
    goods.set_text("a reason");
    ASSERT_TRUE(eu().uses->Record(eu().Call("verifier"), goods).ok());
    ASSERT_TRUE(all_->Settle());
    v1::IssueTechnicalCertificateRequest technical;
    technical.set_request_id(SystemIds().NewUuid());
    technical.set_number(detained);
    technical.set_reason(v1::TECHNICAL_REASON_DETAINED);
    *technical.mutable_lines() = GoodApplication().lines();
    technical.set_parcels(2);
    technical.add_seals("EU-7");
    technical.set_text("go back");
    const auto leaves = eu().technicals->Issue(eu().Officer("issuer"), technical);
    ASSERT_TRUE(leaves.ok()) << leaves.status();
    ASSERT_TRUE(all_->Settle());
    v1::VoidTechnicalCertificateRequest stays;
    stays.set_request_id(SystemIds().NewUuid());
    stays.set_technical_number(leaves->technical().content().technical_number());
    stays.set_text("the flight was cancelled");
    const auto made_void = eu().technicals->Void(eu().Officer("issuer"), stays);
    ASSERT_TRUE(made_void.ok()) << made_void.status();
    FillPapers();
    v1::EndOfficerRequest leaves_office;
    leaves_office.set_request_id(SystemIds().NewUuid());
    leaves_office.set_spiffe_id(bw().Officer("verifier").ToString());
    ASSERT_TRUE(bw().officers->End(bw().Officer("admin"), leaves_office).ok());
    v1::FileFiguresRequest figures;
    figures.set_request_id(SystemIds().NewUuid());
    figures.mutable_figures()->set_kind(v1::FIGURE_KIND_PRODUCTION);
    figures.mutable_figures()->set_year(2026);
    figures.mutable_figures()->set_half(1);
    figures.mutable_figures()->set_text("return of the mines");
    v1::FigureRow& row = *figures.mutable_figures()->add_rows();
    row.set_origin("BW");
    row.set_hs_code("7102.31");
    row.set_carats_thousandths(5'000'000);
    ASSERT_TRUE(bw().statistics->FileFigures(bw().Officer("issuer"), figures).ok());
    v1::FileQuarterRequest quarter;
    quarter.set_request_id(SystemIds().NewUuid());
    quarter.set_year(2026);
    quarter.set_quarter(1);
    ASSERT_TRUE(bw().statistics->FileQuarter(bw().Officer("issuer"), quarter).ok());
    ASSERT_TRUE(all_->Settle());
    for (Entity* entity : {&bw(), &eu()}) {
      EXPECT_EQ(Examine(entity->environment->entity.text()).not_covered.size(), 1u);
      const auto sealed = SealWaitingRows(*entity->environment);
      ASSERT_TRUE(sealed.ok()) << sealed.status();
      EXPECT_EQ(*sealed, 1);
    }
  }

  void FillPapers() {
    v1::EnterPaperImportRequest paper;
    paper.set_request_id(SystemIds().NewUuid());
    paper.set_number("AO 1234567");
    paper.set_submission_date("2026-02-27");
    pb::Certificate certificate = GoodApplication();
    certificate.mutable_exporter()->set_country("AO");
    certificate.mutable_origin()->set_countries(0, "AO");
    certificate.set_issue_date("2026-02-20");
    certificate.set_expiry_date("2026-04-20");
    *paper.mutable_paper() = PaperOf(certificate);
    paper.mutable_paper()->set_issuing_authority("AO office");
    paper.mutable_paper()->add_seals("A-1");
    const auto entered = eu().imports->Enter(eu().Officer("verifier"), paper);
    ASSERT_TRUE(entered.ok()) << entered.status();
    v1::AmendPaperImportRequest amend;
    amend.set_request_id(SystemIds().NewUuid());
    amend.set_number(paper.number());
    amend.set_text("read again");
    *amend.mutable_paper() = paper.paper();
    amend.mutable_paper()->set_seals(0, "A-2");
    const auto amended = eu().imports->Amend(eu().Officer("verifier"), amend);
    ASSERT_TRUE(amended.ok()) << amended.status();
    v1::RecordTransitEntryRequest transit;
    transit.set_request_id(SystemIds().NewUuid());
    transit.set_number("AO1234569");
    transit.set_importing_entity("BW");
    transit.add_certificate_seals("A-1");
    transit.set_purpose_shown(true);
    pb::ImportInspection& look = *transit.mutable_inspection();
    look.set_date("2026-03-01");
    look.set_inspector("M. Janssens");
    pb::ContainerFound& container = *look.add_containers();
    container.add_seals("A-1");
    container.set_seals_unbroken(true);
    look.set_as_stated(true);
    const auto passes = eu().transits->Enter(eu().Officer("verifier"), transit);
    ASSERT_TRUE(passes.ok()) << passes.status();
  }

  // EU's own certificate of import, and its confirmation: so many parcels came.
  void Confirm(const std::string& number, int parcels) {
    v1::IssueImportCertificateRequest own;
    own.set_request_id(SystemIds().NewUuid());
    own.set_number(number);
    own.set_trader_registration("RDT-0815");
    const auto issued = eu().imports->IssueCertificate(eu().Officer("verifier"), own);
    ASSERT_TRUE(issued.ok()) << issued.status();
    v1::ConfirmImportRequest confirmation;
    confirmation.set_request_id(SystemIds().NewUuid());
    confirmation.set_number(number);
    confirmation.set_consignment_reference("UCR-" + number);
    confirmation.mutable_arrival()->set_receipt_date("2026-03-01");
    *confirmation.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    confirmation.mutable_arrival()->set_parcels(parcels);
    confirmation.mutable_arrival()->set_seals_unbroken(true);
    const auto confirmed = eu().uses->Confirm(eu().Call("verifier"), confirmation);
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    ASSERT_EQ(confirmed->outcome(), v1::OUTCOME_DONE);
  }

  // One that waits, one that was confirmed, one that was closed.
  void OpenProduction() {
    for (const char* id : {"waiting", "confirmed", "closed"}) {
      v1::OpenSourceRequest open;
      open.set_request_id(SystemIds().NewUuid());
      v1::Source& source = *open.mutable_source();
      source.set_id(id);
      source.set_kind(pb::SOURCE_KIND_OWN_PRODUCTION);
      source.set_year(2026);
      source.set_half(1);
      source.set_carats_thousandths(1'000);
      source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
      source.mutable_origin()->add_countries("BW");
      source.set_text("returns of the mines");
      const auto opened = bw().sources->Open(bw().Officer("issuer"), open);
      ASSERT_TRUE(opened.ok()) << opened.status();
    }
    v1::ConfirmSourceRequest confirm;
    confirm.set_request_id(SystemIds().NewUuid());
    confirm.set_id("confirmed");
    confirm.set_text("compared with the returns");
    ASSERT_TRUE(bw().sources->Confirm(bw().Officer("verifier"), confirm).ok());
    v1::CloseSourceRequest close;
    close.set_request_id(SystemIds().NewUuid());
    close.set_id("closed");
    close.set_text("entered twice");
    ASSERT_TRUE(bw().sources->Close(bw().Officer("issuer"), close).ok());
  }

  void Range(const std::string& first, const std::string& last, pb::CertificateState blanks) {
    v1::AllotSerialRangeRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_first_number(first);
    request.set_last_number(last);
    if (blanks == pb::CERTIFICATE_STATE_UNSPECIFIED) request.set_authority("BW office");
    request.set_blanks(blanks);
    const auto allotted = bw().serial_ranges->Allot(bw().Officer("admin"), request);
    ASSERT_TRUE(allotted.ok()) << allotted.status();
  }

  // As somebody with the database's password could.
  void LetTamper(const std::string& entity) {
    const char* const on = all_->at(entity).store().sqlite() ? "" : " ON store_event";
    Change(entity, absl::StrCat("DROP TRIGGER store_event_no_update", on));
    Change(entity, absl::StrCat("DROP TRIGGER store_event_no_delete", on));
  }
  void Change(const std::string& entity, const std::string& sql) {
    const absl::Status status = all_->at(entity).database().Write(
        [&](store::Transaction& tx) { return tx.Execute(sql).status(); });
    ASSERT_TRUE(status.ok()) << sql << ": " << status;
  }
  std::string Read(const std::string& entity, const std::string& sql) {
    std::string text;
    const absl::Status status =
        all_->at(entity).database().Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const auto found, session.Query<std::string>(sql));
          if (found.empty()) return absl::NotFoundError("no row");
          text = found.front();
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
    return text;
  }

  // Opened beside the running entity, read only, as kpctl does.
  AuditReport Examine(const std::string& entity) {
    Entity& of = all_->at(entity);
    store::Options options;
    options.connection = of.store().connection();
    options.read_sessions = 1;
    const auto database = store::Database::OpenReadOnly(
        options, of.clock, {outbox::OutboxSchema(), CertificateSchema()});
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) return {};
    const auto report = Audit(**database, of.environment->trust.KeyLookup());
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : AuditReport();
  }
  static std::string TextOf(const AuditReport& report) {
    std::string text;
    for (const AuditFault& fault : report.faults) {
      absl::StrAppend(&text, fault.table, " ", fault.subject, ": ", fault.text, "\n");
    }
    return text;
  }
  static bool Names(const AuditReport& report, const std::string& table) {
    for (const AuditFault& fault : report.faults) {
      if (fault.table == table) return true;
    }
    return false;
  }

  std::unique_ptr<Entities> all_;
};

}  // namespace kp::certificate::testing
