// What waits for an officer: by what the officer may do, until the act that it waits for is recorded.
#include "certificate-svc/domain/worklist.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/testing/cases_fixture.h"
#include "certificate-svc/testing/import_test.h"
#include "mesh/rpc/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Entity;
using testing::GoodApplication;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

v1::ListWorkItemsResponse Ask(Entity& entity, const std::string& officer,
                              const v1::ListWorkItemsRequest& request = {}) {
  const auto response = entity.worklist->List(entity.Officer(officer), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::ListWorkItemsResponse();
}

// "<kind> <subject> <partner> <since> <due> <days overdue>" of each.
std::vector<std::string> Lines(const v1::ListWorkItemsResponse& response) {
  std::vector<std::string> lines;
  for (const v1::WorkItem& item : response.items()) {
    lines.push_back(absl::StrCat(v1::WorkKind_Name(item.kind()).substr(10), " ", item.subject(),
                                 " ", item.partner(), " ", item.since_date(), " ",
                                 item.due_date().empty() ? "-" : item.due_date(), " ",
                                 item.days_overdue()));
  }
  return lines;
}
std::vector<std::string> Work(Entity& entity, const std::string& officer) {
  return Lines(Ask(entity, officer));
}

class WorklistTest : public testing::CasesFixture {
 protected:
  absl::StatusOr<v1::ActResult> Goods(const std::string& number, pb::CertificateState state) {
    v1::RecordImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_state(state);
    request.set_text("a reason");
    return eu().uses->Record(eu().Call("verifier"), request);
  }
  void AddOfficer(const std::string& name, const std::vector<access::v1::Power>& powers) {
    v1::AddOfficerRequest add;
    add.set_request_id(SystemIds().NewUuid());
    v1::OfficerEntry& entry = *add.mutable_officer();
    entry.set_spiffe_id(bw().Officer(name).ToString());
    entry.set_person("P-" + name);
    entry.set_display_name(name);
    entry.set_authority("BW office");
    for (const access::v1::Power power : powers) entry.add_powers(power);
    const auto added = bw().officers->Add(bw().Officer("admin"), add);
    ASSERT_TRUE(added.ok()) << added.status();
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, WorklistTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(WorklistTest, ACertificateWaitsForOneOfficerAfterTheOther) {
  const auto nobody = [&] {
    for (const char* officer : {"issuer", "validator", "verifier", "admin"}) {
      EXPECT_THAT(Work(bw(), officer), IsEmpty()) << officer;
      EXPECT_THAT(Work(eu(), officer), IsEmpty()) << officer;
    }
  };
  nobody();
  const std::string application = bw().Apply(GoodApplication()).application_id();
  EXPECT_THAT(Work(bw(), "issuer"), ElementsAre("ISSUE " + application + " EU 2026-03-01 - 0"));
  EXPECT_THAT(Work(bw(), "validator"), IsEmpty());
  const pb::Certificate issued = bw().Issue(application);
  EXPECT_THAT(Work(bw(), "issuer"), IsEmpty());
  EXPECT_THAT(Work(bw(), "validator"),
              ElementsAre("VALIDATE " + issued.number() + " EU 2026-03-01 " +
                          issued.expiry_date() + " 0"));
  bw().Validate(issued.number());
  EXPECT_THAT(Work(bw(), "validator"), IsEmpty());
  EXPECT_THAT(Work(bw(), "issuer"),
              ElementsAre("EXPORT " + issued.number() + " EU 2026-03-01 " +
                          issued.expiry_date() + " 0"));
  bw().Export(issued.number());
  ASSERT_TRUE(all_->Settle());
  nobody();
  ASSERT_TRUE(Goods(issued.number(), pb::CERTIFICATE_STATE_ARRIVED).ok());
  ASSERT_TRUE(all_->Settle());
  ASSERT_EQ(Work(eu(), "verifier").size(), 1U);
  EXPECT_THAT(Work(eu(), "verifier").front(),
              StartsWith("CONFIRM " + issued.number() + " BW 2026-03-01 "));
  EXPECT_THAT(Work(eu(), "issuer"), IsEmpty());
  Confirm(issued.number(), 2);
  ASSERT_TRUE(all_->Settle());
  nobody();
}

TEST_P(WorklistTest, WhoIssuedIsNotAskedToValidate) {
  AddOfficer("both", {access::v1::POWER_ISSUE, access::v1::POWER_VALIDATE});
  const std::string other = bw().Issue(bw().Apply(GoodApplication()).application_id()).number();
  v1::IssueCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_application_id(bw().Apply(GoodApplication()).application_id());
  const auto own = bw().records->Issue(bw().Officer("both"), request);
  ASSERT_TRUE(own.ok()) << own.status();
  const auto numbers = [&](const std::string& officer) {
    std::set<std::string> found;
    const v1::ListWorkItemsResponse response = Ask(bw(), officer);
    for (const v1::WorkItem& item : response.items()) found.insert(item.subject());
    return found;
  };
  EXPECT_EQ(numbers("both"), std::set<std::string>({other}));
  EXPECT_EQ(numbers("validator"), std::set<std::string>({other, own->certificate().number()}));
}

TEST_P(WorklistTest, WhatIsLateSaysByHowManyDays) {
  const std::string left = bw().Exported(GoodApplication()).number();
  const pb::Certificate stays = bw().Issue(bw().Apply(GoodApplication()).application_id());
  ASSERT_TRUE(all_->Settle());
  // 30 days after the export the confirmation is due.
  all_->Advance(absl::Hours(24 * 30));
  EXPECT_THAT(Work(bw(), "issuer"),
              ElementsAre("CONFIRMATION_MISSING " + left + " EU 2026-03-01 2026-03-31 0"));
  all_->Advance(absl::Hours(24 * 2));
  EXPECT_THAT(Work(bw(), "issuer"),
              ElementsAre("CONFIRMATION_MISSING " + left + " EU 2026-03-01 2026-03-31 2"));
  // What expired before it left is no longer to be validated, but to be returned.
  const scheme::Date expiry = *scheme::ParseDate(stays.expiry_date());
  all_->Advance(absl::Hours(24 * (expiry + 3 - *scheme::ParseDate("2026-04-02"))));
  all_->Renew();
  EXPECT_THAT(Work(bw(), "validator"), IsEmpty());
  const std::string due = scheme::FormatDate(expiry + 1);
  EXPECT_THAT(Work(bw(), "issuer"),
              Contains("RETURN " + stays.number() + " EU " + due + " " + due + " 2"));
  v1::RecordCertificateEventRequest returned;
  returned.set_request_id(SystemIds().NewUuid());
  returned.set_number(stays.number());
  returned.set_state(pb::CERTIFICATE_STATE_RETURNED);
  returned.set_text("not exported in time");
  ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), returned).ok());
  EXPECT_THAT(Work(bw(), "issuer"), Not(Contains(StartsWith("RETURN"))));
}

TEST_P(WorklistTest, ACaseWaitsForTheSideThatHasNotAnswered) {
  const std::string id = Differing();
  const std::string here = "CASE " + number_ + " EU 2026-03-01 - 0";
  const std::string there = "CASE " + number_ + " BW 2026-03-01 - 0";
  // What EU found is a word to BW, whose register opened the case.
  EXPECT_THAT(Work(bw(), "issuer"), ElementsAre(here));
  EXPECT_THAT(Work(bw(), "verifier"), ElementsAre(here));
  EXPECT_THAT(Work(bw(), "validator"), IsEmpty());
  EXPECT_THAT(Work(eu(), "verifier"), IsEmpty());
  EXPECT_EQ(Ask(bw(), "issuer").items(0).case_id(), id);
  EXPECT_FALSE(Ask(bw(), "issuer").items(0).proposal());
  ASSERT_TRUE(Remark(bw(), id, "two parcels were sealed").ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(bw(), "issuer"), IsEmpty());
  EXPECT_THAT(Work(eu(), "verifier"), ElementsAre(there));
  const auto proposed = Propose(eu(), id, "one parcel was split");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(eu(), "verifier"), IsEmpty());
  EXPECT_THAT(Work(bw(), "issuer"), ElementsAre(here));
  EXPECT_TRUE(Ask(bw(), "issuer").items(0).proposal());
  // A remark is no answer to a proposal.
  ASSERT_TRUE(Remark(bw(), id, "we look into it").ok());
  EXPECT_THAT(Work(bw(), "issuer"), ElementsAre(here));
  ASSERT_TRUE(Agree(bw(), id, proposed->own_proposal()).ok());
  EXPECT_THAT(Work(bw(), "issuer"), IsEmpty());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(bw(), "issuer"), IsEmpty());
  EXPECT_THAT(Work(eu(), "verifier"), IsEmpty());
}

TEST_P(WorklistTest, GoodsThatAreToGoBackWaitForTheirTechnicalCertificate) {
  number_ = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  ASSERT_TRUE(Goods(number_, pb::CERTIFICATE_STATE_DETAINED).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(eu(), "verifier"),
              Contains("DETAINED " + number_ + " BW 2026-03-01 - 0"));
  v1::OpenCaseRequest open;
  open.set_request_id(SystemIds().NewUuid());
  open.set_number(number_);
  open.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
  open.set_text("wrong stones packed");
  const auto opened = bw().cases->Open(bw().Officer("issuer"), open);
  ASSERT_TRUE(opened.ok()) << opened.status();
  const std::string id = opened->case_().case_id();
  const auto proposed = Propose(bw(), id, "send them back", v1::CASE_REMEDY_ORDER_BACK);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(eu(), "issuer"), ElementsAre("CASE " + number_ + " BW 2026-03-01 - 0"));
  ASSERT_TRUE(Agree(eu(), id, proposed->own_proposal()).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Work(eu(), "issuer"), ElementsAre("TECHNICAL " + number_ + " BW 2026-03-01 - 0"));
  EXPECT_EQ(Ask(eu(), "issuer").items(0).case_id(), id);
  EXPECT_THAT(Work(eu(), "verifier"), Not(Contains(StartsWith("DETAINED"))));
  v1::IssueTechnicalCertificateRequest technical;
  technical.set_request_id(SystemIds().NewUuid());
  technical.set_number(number_);
  technical.set_reason(v1::TECHNICAL_REASON_ORDERED_BACK);
  *technical.mutable_lines() = GoodApplication().lines();
  technical.set_parcels(1);
  technical.set_text("go back");
  // In two parts: it waits until nothing is left.
  const int64_t all = technical.lines(0).carats_thousandths();
  for (const int64_t carats : {all - 500, int64_t{500}}) {
    EXPECT_THAT(Work(eu(), "issuer"), ElementsAre("TECHNICAL " + number_ + " BW 2026-03-01 - 0"));
    technical.set_request_id(SystemIds().NewUuid());
    technical.mutable_lines(0)->set_carats_thousandths(carats);
    const auto made = eu().technicals->Issue(eu().Officer("issuer"), technical);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  EXPECT_THAT(Work(eu(), "issuer"), IsEmpty());
}

TEST_P(WorklistTest, PagesHoldEveryItemOnce) {
  std::set<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    const std::string application = bw().Apply(GoodApplication()).application_id();
    const bool issue = i % 2 == 0;
    expected.insert(issue ? bw().Issue(application).number() : application);
  }
  AddOfficer("both", {access::v1::POWER_ISSUE, access::v1::POWER_VALIDATE});
  for (const int size : {1, 2, 3, 7, 50}) {
    v1::ListWorkItemsRequest request;
    request.set_page_size(size);
    std::vector<std::string> subjects;
    int pages = 0;
    do {
      const v1::ListWorkItemsResponse page = Ask(bw(), "both", request);
      EXPECT_LE(page.items_size(), size);
      for (const v1::WorkItem& item : page.items()) subjects.push_back(item.subject());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty() && ++pages < 20);
    EXPECT_EQ(subjects.size(), 7U) << size;
    EXPECT_EQ(std::set<std::string>(subjects.begin(), subjects.end()), expected) << size;
  }
  // The token belongs to the kinds that were asked for.
  v1::ListWorkItemsRequest request;
  request.set_page_size(1);
  request.add_kinds(v1::WORK_KIND_VALIDATE);
  const v1::ListWorkItemsResponse first = Ask(bw(), "both", request);
  ASSERT_EQ(first.items_size(), 1);
  EXPECT_EQ(first.items(0).kind(), v1::WORK_KIND_VALIDATE);
  request.set_page_token(first.next_page_token());
  EXPECT_EQ(Ask(bw(), "both", request).items_size(), 1);
  request.add_kinds(v1::WORK_KIND_ISSUE);
  EXPECT_EQ(ReasonOf(bw().worklist->List(bw().Officer("both"), request).status()),
            rpc::kPageTokenInvalid);
}

TEST_P(WorklistTest, WhatCannotBeAskedForIsAnError) {
  const auto reason = [&](const std::string& officer, int kind, int size) {
    v1::ListWorkItemsRequest request;
    if (kind >= 0) request.add_kinds(static_cast<v1::WorkKind>(kind));
    request.set_page_size(size);
    return ReasonOf(bw().worklist->List(bw().Officer(officer), request).status());
  };
  EXPECT_EQ(reason("issuer", v1::WORK_KIND_UNSPECIFIED, 0), scheme::wire::kEnumValueUnknown);
  EXPECT_EQ(reason("issuer", 99, 0), scheme::wire::kEnumValueUnknown);
  EXPECT_EQ(reason("issuer", v1::WORK_KIND_ISSUE, 501), rpc::kPageSizeInvalid);
  EXPECT_EQ(reason("stranger", v1::WORK_KIND_ISSUE, 0), kOfficerUnknown);
  EXPECT_EQ(reason("issuer", v1::WORK_KIND_ISSUE, 500), "");
}

// EU's import desk, on Sunday 1 March 2026.
class WorklistImportTest : public testing::ImportTest {};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, WorklistImportTest,
                         ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(WorklistImportTest, APaperWaitsUntilItIsConfirmedByItsDeadline) {
  ASSERT_TRUE(Enter(Paper()).ok());
  v1::ListWorkItemsResponse work = Ask(eu(), "verifier");
  ASSERT_EQ(Lines(work).size(), 1U);
  // Ten working days from Friday 27 February (EU art. 5(1)(a)).
  EXPECT_EQ(Lines(work).front(), "CONFIRM AO1234567 AO 2026-02-27 2026-03-13 0");
  EXPECT_TRUE(work.items(0).paper());
  EXPECT_EQ(work.items(0).source(), "10 working days, EU art. 5(1)(a)");
  all_->Advance(absl::Hours(24 * 14));
  EXPECT_THAT(Work(eu(), "verifier"),
              ElementsAre("CONFIRM AO1234567 AO 2026-02-27 2026-03-13 2"));
  ASSERT_TRUE(ConfirmPaper().ok());
  EXPECT_THAT(Work(eu(), "verifier"), IsEmpty());
}

TEST_P(WorklistImportTest, AMissingOriginalAndAFailureWaitWithTheirDeadlines) {
  registry::v1::ImportProfile profile;
  profile.set_original_required(true);
  profile.mutable_original()->set_count(7);
  profile.mutable_original()->set_unit(registry::v1::DEADLINE_UNIT_WORKING_DAYS);
  profile.mutable_original()->set_source("India, customs circular 53/2003");
  profile.mutable_failure_report()->set_count(1);
  profile.mutable_failure_report()->set_unit(registry::v1::DEADLINE_UNIT_MONTHS);
  profile.mutable_failure_report()->set_source("EU arts. 5(3), 14(3)");
  Make(profile);
  ASSERT_TRUE(Enter(Paper()).ok());
  ASSERT_TRUE(Original(testing::kCanonical, false, "2026-02-27").ok());
  EXPECT_THAT(Work(eu(), "verifier"), Contains(StartsWith("ORIGINAL AO1234567 AO 2026-02-27 ")));
  ASSERT_TRUE(Original(testing::kCanonical, true).ok());
  EXPECT_THAT(Work(eu(), "verifier"), Not(Contains(StartsWith("ORIGINAL"))));
  EXPECT_THAT(Work(eu(), "verifier"), Not(Contains(StartsWith("FAILURE_REPORT"))));
  ASSERT_TRUE(Record(pb::CERTIFICATE_STATE_DETAINED).ok());
  EXPECT_THAT(Work(eu(), "verifier"), Contains(StartsWith("DETAINED AO1234567 AO 2026-03-01 - ")));
  EXPECT_THAT(Work(eu(), "verifier"),
              Contains("FAILURE_REPORT AO1234567 AO 2026-03-01 2026-04-01 0"));
  EXPECT_THAT(Work(eu(), "verifier"), Not(Contains(StartsWith("CONFIRM"))));
}

}  // namespace
}  // namespace kp::certificate
