// For tests only: a certificate between BW and EU whose confirmation differs, and what officers of
// both say in its case.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/cases.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kp::certificate::testing {

class CasesFixture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = Entities::Make(GetParam(), {}, ThirdAuthority());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  Entity& bw() { return all_->bw(); }
  Entity& eu() { return all_->eu(); }
  void CutBoth() {
    all_->Cut("BW");
    all_->Cut("EU");
  }
  bool MendBoth() {
    all_->Mend("BW");
    all_->Mend("EU");
    return all_->Settle();
  }

  // EU's confirmation: so many parcels came.
  v1::ActResult Confirm(const std::string& number, int parcels) {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-" + number);
    request.mutable_arrival()->set_receipt_date("2026-03-01");
    *request.mutable_arrival()->mutable_lines() = GoodApplication().lines();
    request.mutable_arrival()->set_parcels(parcels);
    request.mutable_arrival()->set_seals_unbroken(true);
    const auto result = eu().uses->Confirm(eu().Call("verifier"), request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : v1::ActResult();
  }
  // A certificate whose confirmation differs in one thing; its case, at both sides.
  std::string Differing() {
    number_ = bw().Exported(GoodApplication()).number();
    EXPECT_TRUE(all_->Settle());
    EXPECT_EQ(Confirm(number_, 3).outcome(), v1::OUTCOME_DONE);
    EXPECT_TRUE(all_->Settle());
    return CaseAt(bw()).case_id();
  }
  // The one case about that certificate, as this side's books have it.
  v1::Case CaseAt(Entity& side) {
    v1::ListCasesRequest list;
    list.set_number(number_);
    const auto listed = side.cases->List(side.Officer("issuer"), list);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok() || listed->cases_size() != 1) {
      ADD_FAILURE() << "not one case, but " << (listed.ok() ? listed->cases_size() : -1);
      return {};
    }
    v1::GetCaseRequest get;
    get.set_case_id(listed->cases(0).case_id());
    return side.cases->Get(get)->case_();
  }
  // Who said what, in the order of these books.
  std::vector<std::string> SaidAt(Entity& side) {
    std::vector<std::string> said;
    const v1::Case shown = CaseAt(side);
    for (const v1::CaseEntry& entry : shown.entries()) {
      said.push_back(absl::StrCat(entry.entity(), ": ", entry.content().text()));
    }
    return said;
  }
  // Both books hold the same statements byte for byte, and show the same.
  void ExpectTheSame() {
    const v1::Case here = CaseAt(bw());
    const v1::Case there = CaseAt(eu());
    std::vector<std::string> statements;
    for (const v1::CaseEntry& entry : here.entries()) statements.push_back(entry.statement());
    std::vector<std::string> theirs;
    for (const v1::CaseEntry& entry : there.entries()) theirs.push_back(entry.statement());
    EXPECT_THAT(theirs, ::testing::UnorderedElementsAreArray(statements));
    EXPECT_EQ(here.case_id(), there.case_id());
    EXPECT_EQ(here.state(), there.state());
    EXPECT_EQ(here.agreed_digest(), there.agreed_digest());
    EXPECT_EQ(here.agreed_remedy(), there.agreed_remedy());
    EXPECT_EQ(here.own_proposal(), there.partner_proposal());
    EXPECT_EQ(here.partner_proposal(), there.own_proposal());
    EXPECT_EQ(here.partner(), "EU");
    EXPECT_EQ(there.partner(), "BW");
    ASSERT_EQ(here.differences_size(), there.differences_size());
    for (int i = 0; i < here.differences_size(); ++i) {
      EXPECT_EQ(here.differences(i).SerializeAsString(), there.differences(i).SerializeAsString());
    }
  }

  static identity::SpiffeId OfficerOf(Entity& side) {
    return side.Officer(side.environment->entity.text() == "BW" ? "issuer" : "verifier");
  }
  absl::StatusOr<v1::Case> Remark(Entity& side, const std::string& id, const std::string& text) {
    v1::RemarkOnCaseRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_case_id(id);
    request.set_text(text);
    KP_ASSIGN_OR_RETURN(const auto response, side.cases->Remark(OfficerOf(side), request));
    return response.case_();
  }
  absl::StatusOr<v1::Case> Propose(Entity& side, const std::string& id, const std::string& text,
                                   v1::CaseRemedy remedy = v1::CASE_REMEDY_ACCEPT) {
    v1::ProposeInCaseRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_case_id(id);
    request.set_remedy(remedy);
    request.set_text(text);
    KP_ASSIGN_OR_RETURN(const auto response, side.cases->Propose(OfficerOf(side), request));
    return response.case_();
  }
  absl::StatusOr<v1::Case> Agree(Entity& side, const std::string& id, const std::string& proposal) {
    v1::AgreeInCaseRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_case_id(id);
    request.set_proposal_digest(proposal);
    request.set_text("agreed");
    KP_ASSIGN_OR_RETURN(const auto response, side.cases->Agree(OfficerOf(side), request));
    return response.case_();
  }
  absl::StatusOr<v1::Case> Decline(Entity& side, const std::string& id,
                                   const std::string& proposal) {
    v1::DeclineInCaseRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_case_id(id);
    request.set_proposal_digest(proposal);
    request.set_text("not so");
    KP_ASSIGN_OR_RETURN(const auto response, side.cases->Decline(OfficerOf(side), request));
    return response.case_();
  }
  // What waits in this side's outbox, oldest first.
  std::vector<outbox::Message> Waiting(Entity& side) {
    std::vector<outbox::Message> messages;
    const auto page = side.environment->outbox.List({});
    const absl::Status read =
        side.environment->database.Read([&](store::ReadSession& session) -> absl::Status {
          for (const outbox::MessageInfo& info : page->messages) {
            KP_ASSIGN_OR_RETURN(messages.emplace_back(),
                                side.environment->outbox.Get(session, info.id));
          }
          return absl::OkStatus();
        });
    EXPECT_TRUE(read.ok()) << read;
    return messages;
  }
  static v1::ReceiptStatement ReadReceipt(const absl::StatusOr<std::string>& receipt) {
    if (!receipt.ok()) {
      ADD_FAILURE() << receipt.status();
      return {};
    }
    return *statement::DecodePayload<v1::ReceiptStatement>(*statement::Statement::Parse(*receipt));
  }

  std::unique_ptr<Entities> all_;
  std::string number_;
};

}  // namespace kp::certificate::testing
