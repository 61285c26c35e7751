// Numbers: ranges allotted to authorities and years, blank forms that are gone, and what a
// presented number is answered.
#include "certificate-svc/domain/numbers.h"

#include <algorithm>
#include <set>
#include <thread>

#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using testing::GoodApplication;
using ::testing::HasSubstr;
using testing::PaperOf;
namespace reasons = scheme::reasons;

class NumbersTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }

  static v1::AllotSerialRangeRequest Range(const std::string& first, const std::string& last) {
    v1::AllotSerialRangeRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_first_number(first);
    request.set_last_number(last);
    return request;
  }
  absl::Status Allot(const std::string& first, const std::string& last, int year = 2026,
                     const std::string& authority = "BW office",
                     const std::string& officer = "admin") {
    v1::AllotSerialRangeRequest request = Range(first, last);
    request.set_authority(authority);
    request.set_year(year);
    return bw().serial_ranges->Allot(bw().Officer(officer), request).status();
  }
  absl::Status Blanks(const std::string& first, const std::string& last,
                      pb::CertificateState state = pb::CERTIFICATE_STATE_LOST) {
    v1::AllotSerialRangeRequest request = Range(first, last);
    request.set_blanks(state);
    request.set_text("not found at the count of the year's end");
    return bw().serial_ranges->Allot(bw().Officer("issuer"), request).status();
  }
  // The number that the certificate got.
  absl::StatusOr<std::string> Issue(const std::string& printed = "",
                                    const pb::Certificate& application = GoodApplication()) {
    v1::IssueCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_application_id(bw().Apply(application).application_id());
    request.set_printed_number(printed);
    KP_ASSIGN_OR_RETURN(const auto response, bw().records->Issue(bw().Officer("issuer"), request));
    return response.certificate().number();
  }
  // What EU learns of a paper with this number that says to be issued on that day.
  v1::VerifyCertificateResponse Present(const std::string& number, const std::string& issue_date) {
    v1::VerifyCertificateRequest request;
    request.set_number(number);
    request.set_purpose(pb::PURPOSE_IMPORT);
    *request.mutable_paper() = PaperOf(GoodApplication());
    request.mutable_paper()->set_issue_date(issue_date);
    const auto response = all_->eu().verifier->Verify(all_->eu().Call("verifier"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::VerifyCertificateResponse();
  }
  static const pb::Finding* FindingOf(const v1::VerifyCertificateResponse& response,
                                      const std::string& reason) {
    for (const pb::Finding& finding : response.findings()) {
      if (finding.reason() == reason) return &finding;
    }
    return nullptr;
  }
  v1::ListSerialRangesResponse List() {
    return *bw().serial_ranges->List(bw().Officer("verifier"), {});
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, NumbersTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(NumbersTest, AnEntityThatNeverAllottedARangeHasOneSeriesAndNoCheck) {
  EXPECT_EQ(*Issue(), "BW0000001");
  EXPECT_EQ(*Issue("BW 77-A"), "BW77A");
  EXPECT_EQ(*Issue(), "BW0000002");
  EXPECT_EQ(Present("BW9999999", "2026-02-20").reason(), reasons::kNumberUnknown);
}

TEST_P(NumbersTest, APrintedNumberLiesInARangeOfItsAuthorityAndYear) {
  ASSERT_TRUE(Allot("BW100", "BW199").ok());
  ASSERT_TRUE(Allot("BW200", "BW299", 2025).ok());
  ASSERT_TRUE(Allot("BW300", "BW399", 2026, "BW issuing office").ok());
  ASSERT_TRUE(Allot("BW400", "BW499", 0).ok());
  for (const char* number : {"BW099", "BW200", "BW300", "BW1000", "BW01A"}) {
    const auto refused = Issue(number);
    EXPECT_EQ(ReasonOf(refused.status()), reasons::kNumberOutsideRanges) << number;
    ASSERT_FALSE(FaultsOf(refused.status()).empty());
    EXPECT_EQ(FaultsOf(refused.status())[0].field, "printed_number");
    EXPECT_EQ(FaultsOf(refused.status())[0].rule, "R06");
  }
  EXPECT_THAT(std::string(Issue("BW200").status().message()), HasSubstr("allotted for 2025"));
  EXPECT_THAT(std::string(Issue("BW300").status().message()), HasSubstr("BW issuing office"));
  EXPECT_EQ(*Issue("BW 100"), "BW100");
  EXPECT_EQ(*Issue("BW199"), "BW199");
  EXPECT_EQ(*Issue("BW450"), "BW450");
  // A refusal has used nothing.
  EXPECT_EQ(ReasonOf(Issue("BW100").status()), reasons::kNumberAlreadyUsed);
  ASSERT_TRUE(Allot("BW099", "BW099").ok());
  EXPECT_EQ(*Issue("BW099"), "BW099");
}

TEST_P(NumbersTest, TheRegisterGivesTheNextUnusedNumberOfTheRange) {
  ASSERT_TRUE(Allot("BW0010", "BW0016").ok());
  EXPECT_EQ(*Issue("BW0011"), "BW0011");
  ASSERT_TRUE(Blanks("BW0012", "BW0014").ok());
  EXPECT_EQ(*Issue(), "BW0010");
  EXPECT_EQ(*Issue(), "BW0015");
  EXPECT_EQ(*Issue(), "BW0016");
  const auto exhausted = Issue();
  EXPECT_EQ(ReasonOf(exhausted.status()), kSerialsExhausted);
  EXPECT_THAT(std::string(exhausted.status().message()), HasSubstr("BW0010 to BW0016"));
  // Another range, and the register goes on.
  ASSERT_TRUE(Allot("BW0100", "BW0101", 0).ok());
  EXPECT_EQ(*Issue(), "BW0100");
}

TEST_P(NumbersTest, AnApplicationThatIsRefusedTakesNoNumber) {
  ASSERT_TRUE(Allot("BW0010", "BW0019").ok());
  v1::IssueCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_application_id(bw().Apply(GoodApplication()).application_id());
  request.set_expiry_date("2026-02-01");  // before the day of issue
  EXPECT_EQ(ReasonOf(bw().records->Issue(bw().Officer("issuer"), request).status()),
            reasons::kExpiryBeforeIssue);
  EXPECT_EQ(*Issue(), "BW0010");
}

TEST_P(NumbersTest, AnAuthorityWithoutARangeIsToldSo) {
  ASSERT_TRUE(Allot("BW100", "BW199", 2026, "BW issuing office").ok());
  const auto refused = Issue();
  EXPECT_EQ(ReasonOf(refused.status()), kSerialsExhausted);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("no range is allotted to \"BW office\" for 2026"));
}

TEST_P(NumbersTest, RangesNeverOverlap) {
  ASSERT_TRUE(Allot("BW100", "BW199").ok());
  for (const auto& [first, last] :
       {std::pair{"BW199", "BW250"}, {"BW050", "BW100"}, {"BW120", "BW130"}, {"BW000", "BW999"}}) {
    const absl::Status refused = Allot(first, last, 2027, "BW issuing office");
    EXPECT_EQ(ReasonOf(refused), kRangeOverlaps) << first;
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("BW100 to BW199 is allotted to \"BW office\" for 2026"));
  }
  EXPECT_TRUE(Allot("BW200", "BW250").ok());
  EXPECT_TRUE(Allot("BW0100", "BW0199").ok());  // another series
  EXPECT_EQ(List().ranges_size(), 3);
}

TEST_P(NumbersTest, OfTwoOfficersWhoAllotAtOnceOneSucceeds) {
  std::vector<absl::Status> outcomes(6);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      threads.emplace_back(
          [&, i] { outcomes[i] = Allot("BW1" + std::to_string(i) + "0", "BW180"); });
    }
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& status) { return status.ok(); }), 1);
  for (const absl::Status& status : outcomes) {
    EXPECT_EQ(ReasonOf(status), status.ok() ? "" : kRangeOverlaps) << status;
  }
  EXPECT_EQ(List().ranges_size(), 1);
}

TEST_P(NumbersTest, OfficersWhoIssueAtOnceGetNumbersOfTheirOwn) {
  ASSERT_TRUE(Allot("BW0001", "BW0008").ok());
  std::vector<absl::StatusOr<std::string>> given(8, std::string());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < given.size(); ++i) threads.emplace_back([&, i] { given[i] = Issue(); });
  }
  std::set<std::string> numbers;
  for (const auto& number : given) {
    ASSERT_TRUE(number.ok()) << number.status();
    numbers.insert(*number);
  }
  EXPECT_EQ(numbers.size(), 8U);
  EXPECT_EQ(*numbers.begin(), "BW0001");
  EXPECT_EQ(*numbers.rbegin(), "BW0008");
}

TEST_P(NumbersTest, BlankFormsThatAreGoneAreNeverIssued) {
  ASSERT_TRUE(Allot("BW100", "BW199").ok());
  ASSERT_TRUE(Blanks("BW100", "BW149").ok());
  ASSERT_TRUE(Blanks("BW150", "BW151", pb::CERTIFICATE_STATE_STOLEN).ok());
  EXPECT_EQ(ReasonOf(Issue("BW149").status()), reasons::kBlankLost);
  EXPECT_EQ(ReasonOf(Issue("BW150").status()), reasons::kBlankStolen);
  EXPECT_EQ(*Issue("BW152"), "BW152");
  EXPECT_EQ(*Issue(), "BW153");
}

TEST_P(NumbersTest, BlankFormsAreGoneAlsoWhereNoRangesAreKept) {
  ASSERT_TRUE(Blanks("BW0000001", "BW0000003").ok());
  EXPECT_EQ(ReasonOf(Issue("BW0000002").status()), reasons::kBlankLost);
  EXPECT_EQ(*Issue(), "BW0000004");
}

TEST_P(NumbersTest, FormsThatWereIssuedAreNoBlanksAndTheReportNamesThem) {
  ASSERT_TRUE(Allot("BW100", "BW199").ok());
  ASSERT_TRUE(Issue("BW110").ok());
  ASSERT_TRUE(Issue("BW105").ok());
  const absl::Status refused = Blanks("BW104", "BW120");
  EXPECT_EQ(ReasonOf(refused), kBlanksIssued);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FaultsOf(refused)[0].field, "first_number");
  EXPECT_EQ(FaultsOf(refused)[0].rule, "R06");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("issued: BW105, BW110"));
  // Nothing was reported: the forms around them are still good.
  EXPECT_EQ(List().ranges_size(), 1);
  EXPECT_TRUE(Issue("BW104").ok());
  EXPECT_TRUE(Blanks("BW111", "BW120").ok());
}

TEST_P(NumbersTest, ANumberIsNeverBothIssuedAndReportedGone) {
  ASSERT_TRUE(Allot("BW100", "BW199").ok());
  for (int i = 100; i < 108; ++i) {
    const std::string number = "BW" + std::to_string(i);
    absl::Status issued, reported;
    {
      std::jthread issue([&] { issued = Issue(number).status(); });
      std::jthread report([&] { reported = Blanks(number, number); });
    }
    EXPECT_NE(issued.ok(), reported.ok()) << issued << reported;
    EXPECT_EQ(ReasonOf(issued.ok() ? reported : issued),
              issued.ok() ? kBlanksIssued : reasons::kBlankLost);
  }
}

TEST_P(NumbersTest, WhoIssuesAllotsToTheOwnAuthorityOnly) {
  EXPECT_EQ(ReasonOf(Allot("BW100", "BW199", 2026, "BW issuing office", "issuer")),
            kAllotmentNotYours);
  EXPECT_TRUE(Allot("BW100", "BW199", 2026, "BW office", "issuer").ok());
  EXPECT_TRUE(Allot("BW200", "BW299", 2026, "BW issuing office", "admin").ok());
  // A signed event with the officer's name.
  ASSERT_TRUE(bw().environment->database
                  .Read([&](store::ReadSession& session) -> absl::Status {
                    const auto events = bw().environment->events.OfSubject(
                        session, List().ranges(1).range().id(), 0, 10);
                    EXPECT_EQ(events->size(), 1U);
                    EXPECT_EQ(events->at(0).what.kind, "RANGE_ALLOTTED");
                    EXPECT_EQ(events->at(0).what.actor_person, "P-ISSUER");
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_P(NumbersTest, AFaultyRangeIsRefusedWithTheFieldAndChangesNothing) {
  const auto fault = [&](v1::AllotSerialRangeRequest request) {
    const auto refused = bw().serial_ranges->Allot(bw().Officer("admin"), request);
    EXPECT_FALSE(refused.ok());
    const auto faults = FaultsOf(refused.status());
    return faults.empty() ? std::string() : faults[0].field + " " + faults[0].reason;
  };
  v1::AllotSerialRangeRequest good = Range("BW100", "BW199");
  good.set_authority("BW office");
  good.set_year(2026);
  const auto with = [&](const std::function<void(v1::AllotSerialRangeRequest&)>& change) {
    v1::AllotSerialRangeRequest request = good;
    change(request);
    return fault(request);
  };
  EXPECT_EQ(with([](auto& r) { r.set_first_number("BW1?0"); }),
            "first_number NUMBER_BAD_CHARACTER");
  EXPECT_EQ(with([](auto& r) { r.set_first_number("EU00000100"); }),
            "first_number NUMBER_PREFIX_WRONG");
  EXPECT_EQ(with([](auto& r) { r.set_last_number("BW099"); }), "last_number RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_last_number("BW1000"); }), "last_number RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.clear_authority(); }), "authority RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_authority("nobody"); }), "authority RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_year(1999); }), "year RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_blanks(pb::CERTIFICATE_STATE_VOID); }),
            "blanks RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_blanks(pb::CERTIFICATE_STATE_LOST); }),
            "authority RANGE_MALFORMED");
  EXPECT_EQ(with([](auto& r) { r.set_request_id("1"); }), "request_id REQUEST_ID_MALFORMED");
  EXPECT_EQ(List().ranges_size(), 0);
  EXPECT_TRUE(bw().serial_ranges->Allot(bw().Officer("admin"), good).ok());
  // Again with the same id: the same range, not another.
  EXPECT_TRUE(bw().serial_ranges->Allot(bw().Officer("admin"), good).ok());
  EXPECT_EQ(List().ranges_size(), 1);
}

TEST_P(NumbersTest, AHardFormOfTheProfileHoldsForRangesToo) {
  v1::AllotSerialRangeRequest request = Range("EU0000100", "EU0000199");
  request.set_authority("EU office");
  auto& eu = all_->eu();
  EXPECT_EQ(ReasonOf(eu.serial_ranges->Allot(eu.Officer("admin"), request).status()),
            reasons::kNumberSerialForm);
  request.set_first_number("EC 00000100");
  request.set_last_number("EU00000199");
  const auto allotted = eu.serial_ranges->Allot(eu.Officer("admin"), request);
  ASSERT_TRUE(allotted.ok()) << allotted.status();
  EXPECT_EQ(allotted->range().first_number(), "EU00000100");
}

TEST_P(NumbersTest, APresentedNumberOutsideEveryRangeIsRejectedAndSaysSo) {
  ASSERT_TRUE(Allot("BW0000001", "BW0000100").ok());
  const auto outside = Present("BW0000101", "2026-02-20");
  EXPECT_EQ(outside.verdict(), pb::VERDICT_REJECT);
  EXPECT_EQ(outside.reason(), reasons::kNumberOutsideRanges);
  EXPECT_EQ(outside.customs_result(), "NOT_FOUND");
  const pb::Finding* finding = FindingOf(outside, reasons::kNumberOutsideRanges);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->rule(), "R06");
  EXPECT_EQ(finding->pointer(), "number");
  // Inside a range it is merely unknown, as before.
  const auto inside = Present("BW0000100", "2026-02-20");
  EXPECT_EQ(inside.verdict(), pb::VERDICT_REJECT);
  EXPECT_EQ(inside.reason(), reasons::kNumberUnknown);
  EXPECT_EQ(FindingOf(inside, reasons::kNumberOutsideRanges), nullptr);
}

TEST_P(NumbersTest, BeforeTheRegisterIsCompleteARangeMayHaveBeenForgotten) {
  ASSERT_TRUE(Allot("BW0000001", "BW0000100").ok());
  // The register of BW is complete from 2026-01-01.
  const auto older = Present("BW0000101", "2025-12-31");
  EXPECT_EQ(older.verdict(), pb::VERDICT_REFER);
  EXPECT_EQ(older.reason(), reasons::kNumberOutsideRanges);
  EXPECT_EQ(Present("BW0000101", "2026-01-01").verdict(), pb::VERDICT_REJECT);
  EXPECT_EQ(Present("BW0000101", "").verdict(), pb::VERDICT_REFER);
  EXPECT_EQ(Present("BW0000050", "2025-12-31").reason(), reasons::kNumberOutsideRanges);
  EXPECT_EQ(Present("BW0000050", "").reason(), reasons::kNumberNotOnRegister);
}

TEST_P(NumbersTest, APresentedBlankFormIsRejectedWhateverThePaperSays) {
  ASSERT_TRUE(Allot("BW0000001", "BW0000100").ok());
  EXPECT_EQ(Present("BW0000007", "").reason(), reasons::kNumberNotOnRegister);
  ASSERT_TRUE(Blanks("BW0000007", "BW0000008").ok());
  ASSERT_TRUE(Blanks("BW0000008", "BW0000008", pb::CERTIFICATE_STATE_STOLEN).ok());
  for (const char* day : {"2026-02-20", "2025-12-31", ""}) {
    const auto lost = Present("BW0000007", day);
    EXPECT_EQ(lost.verdict(), pb::VERDICT_REJECT);
    EXPECT_EQ(lost.reason(), reasons::kBlankLost);
    EXPECT_EQ(lost.customs_result(), "NOT_VALID");
    // The latest report counts.
    EXPECT_EQ(Present("BW0000008", day).reason(), reasons::kBlankStolen);
  }
}

TEST_P(NumbersTest, ACertificateThatWasIssuedIsGoodWhateverRangesSayLater) {
  const pb::Certificate good = bw().Exported(GoodApplication());
  ASSERT_TRUE(Allot("BW5000", "BW5999").ok());
  v1::VerifyCertificateRequest request;
  request.set_number(good.number());
  request.set_purpose(pb::PURPOSE_IMPORT);
  *request.mutable_paper() = PaperOf(good);
  const auto response = all_->eu().verifier->Verify(all_->eu().Call("verifier"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->verdict(), pb::VERDICT_ACCEPT) << response->DebugString();
}

TEST_P(NumbersTest, TheListTellsTheNextNumberPageByPage) {
  ASSERT_TRUE(Allot("BW100", "BW101").ok());
  ASSERT_TRUE(Blanks("BW900", "BW901").ok());
  ASSERT_TRUE(Issue().ok());
  EXPECT_EQ(List().ranges(1).next_number(), "BW101");
  ASSERT_TRUE(Issue().ok());
  v1::ListSerialRangesRequest request;
  request.set_page_size(1);
  const auto first = bw().serial_ranges->List(bw().Officer("issuer"), request);
  ASSERT_EQ(first->ranges_size(), 1);
  EXPECT_EQ(first->ranges(0).range().blanks(), pb::CERTIFICATE_STATE_LOST);
  EXPECT_EQ(first->ranges(0).next_number(), "");
  request.set_page_token(first->next_page_token());
  const auto second = bw().serial_ranges->List(bw().Officer("issuer"), request);
  ASSERT_EQ(second->ranges_size(), 1);
  EXPECT_EQ(second->ranges(0).range().authority(), "BW office");
  EXPECT_EQ(second->ranges(0).next_number(), "");  // it has run out
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_FALSE(bw().serial_ranges->List(bw().Officer("admin"), request).ok());
}

}  // namespace
}  // namespace kp::certificate
