// For tests only: EU's import desk: papers from AO, which is not on the mesh, and what BW
// announces.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gtest/gtest.h"

namespace kp::certificate::testing {

inline constexpr char kNumber[] = "AO 1234567";
inline constexpr char kCanonical[] = "AO1234567";

// Tests run on Sunday 1 March 2026.
class ImportTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { Make(std::nullopt); }
  void Make(const std::optional<registry::v1::ImportProfile>& eu_imports) {
    all_ = Entities::Make(GetParam(), {}, {}, "2026-01-01", eu_imports);
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  Entity& bw() { return all_->bw(); }
  Entity& eu() { return all_->eu(); }

  // What a certificate of AO's to EU says: 1,250.50 carats.
  static v1::EnterPaperImportRequest Paper() {
    v1::EnterPaperImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(kNumber);
    request.set_submission_date("2026-02-27");
    pb::Certificate certificate = GoodApplication();
    certificate.mutable_exporter()->set_country("AO");
    certificate.mutable_origin()->set_countries(0, "AO");
    certificate.set_issue_date("2026-02-20");
    certificate.set_expiry_date("2026-04-20");
    *request.mutable_paper() = testing::PaperOf(certificate);
    request.mutable_paper()->set_issuing_authority("AO office");
    request.mutable_paper()->add_seals("A-1");
    return request;
  }
  absl::StatusOr<pb::ImportEntry> Enter(const v1::EnterPaperImportRequest& request) {
    return eu().imports->Enter(eu().Officer("verifier"), request);
  }
  static v1::Arrival ArrivalOf(int64_t carats) {
    v1::Arrival arrival;
    arrival.set_receipt_date("2026-03-01");
    *arrival.mutable_lines() = GoodApplication().lines();
    arrival.mutable_lines(0)->set_carats_thousandths(carats);
    arrival.set_parcels(2);
    arrival.set_seals_unbroken(true);
    return arrival;
  }
  absl::StatusOr<pb::ImportEntry> ConfirmPaper(int64_t carats = 1'250'500) {
    v1::ConfirmPaperImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(kCanonical);
    *request.mutable_arrival() = ArrivalOf(carats);
    return eu().imports->Confirm(eu().Officer("verifier"), request);
  }
  absl::StatusOr<pb::ImportEntry> Amend(
      const std::function<void(v1::AmendPaperImportRequest&)>& set) {
    v1::AmendPaperImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(kNumber);
    request.set_text("read again");
    set(request);
    return eu().imports->Amend(eu().Officer("verifier"), request);
  }
  absl::StatusOr<pb::ImportEntry> Record(v1::CertificateState state) {
    v1::RecordPaperImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(kNumber);
    request.set_state(state);
    request.set_text("what the authority decided");
    return eu().imports->RecordEvent(eu().Officer("verifier"), request);
  }
  static pb::ImportInspection Look() {
    pb::ImportInspection look;
    look.set_date("2026-03-01");
    look.set_inspector("M. Janssens");
    pb::ContainerFound& container = *look.add_containers();
    container.set_label("box 1");
    container.add_seals("A-1");
    container.set_seals_unbroken(true);
    look.set_as_stated(true);
    return look;
  }
  absl::StatusOr<pb::ImportEntry> Inspect(const std::string& number,
                                          const pb::ImportInspection& look) {
    v1::RecordImportInspectionRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    *request.mutable_inspection() = look;
    return eu().imports->Inspect(eu().Officer("verifier"), request);
  }
  absl::StatusOr<pb::ImportEntry> Original(const std::string& number, bool produced,
                                           const std::string& date = "") {
    v1::RecordOriginalRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_produced(produced);
    request.set_date(date);
    return eu().imports->RecordOriginal(eu().Officer("verifier"), request);
  }
  v1::GetImportResponse Get(const std::string& number, bool history = false) {
    v1::GetImportRequest request;
    request.set_number(number);
    request.set_with_history(history);
    const auto response = eu().imports->Get(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetImportResponse();
  }
  v1::ListOverdueImportsResponse Overdue(int within = 0, int page = 0) {
    v1::ListOverdueImportsRequest request;
    request.set_within_days(within);
    request.set_page_size(page);
    const auto response = eu().imports->Overdue(eu().Officer("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::ListOverdueImportsResponse();
  }
  // "<number> <kind> <due day>" of each.
  static std::vector<std::string> Due(const v1::ListOverdueImportsResponse& response) {
    std::vector<std::string> due;
    for (const v1::ImportDeadline& deadline : response.deadlines()) {
      due.push_back(deadline.number() + " " +
                    v1::ImportDeadlineKind_Name(deadline.kind()).substr(21) + " " +
                    deadline.due_date());
    }
    return due;
  }
  // A certificate of BW's that is on its way to EU.
  std::string Announced() {
    const std::string number = bw().Exported(GoodApplication()).number();
    EXPECT_TRUE(all_->Settle());
    return number;
  }
  absl::StatusOr<v1::ActResult> ConfirmMesh(
      const std::string& number,
      const std::function<void(v1::ConfirmImportRequest&)>& set = nullptr) {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_consignment_reference("UCR-" + number);
    *request.mutable_arrival() = ArrivalOf(1'250'500);
    if (set) set(request);
    return eu().uses->Confirm(eu().Call("verifier"), request);
  }
  absl::StatusOr<v1::ActResult> RecordMesh(const std::string& number, v1::CertificateState state,
                                           const std::string& text) {
    v1::RecordImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_state(state);
    request.set_text(text);
    return eu().uses->Record(eu().Call("verifier"), request);
  }
  static std::vector<std::string> Reasons(const pb::ImportEntry& entry) {
    std::vector<std::string> out;
    for (const pb::Finding& finding : entry.findings()) out.push_back(finding.reason());
    return out;
  }
  static std::string Check(const pb::ImportEntry& entry, const std::string& name) {
    for (const pb::ImportCheck& check : entry.checks()) {
      if (check.name() == name) {
        return pb::ImportCheckOutcome_Name(check.outcome()).substr(21);
      }
    }
    return "absent";
  }
  static std::string FieldOf(const absl::Status& status) {
    const auto faults = FaultsOf(status);
    return faults.empty() ? "" : faults[0].field;
  }
  std::vector<v1::Source> SourcesOf() {
    const auto listed = eu().sources->List(eu().Officer("issuer"), {});
    return {listed->sources().begin(), listed->sources().end()};
  }

  std::unique_ptr<Entities> all_;
};

}  // namespace kp::certificate::testing
