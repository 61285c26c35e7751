// A confirmation of receipt that was wrong is amended: both sides keep both for ever, and what was
// drawn from it follows the newest.
#include <latch>
#include <thread>

#include "absl/strings/str_cat.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/statistics.h"
#include "certificate-svc/testing/import_test.h"
#include "gmock/gmock.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/amendment.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::GoodApplication;
using testing::kCanonical;

class AmendmentsTest : public testing::ImportTest {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam(), {}, testing::ThirdAuthority());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  // A certificate of 1,250.500 carats whose confirmation says 1,205.500: two digits changed places.
  std::string ConfirmedWrong() {
    const std::string number = Announced();
    const auto result = ConfirmMesh(number, [](v1::ConfirmImportRequest& request) {
      request.mutable_arrival()->mutable_lines(0)->set_carats_thousandths(1'205'500);
    });
    EXPECT_TRUE(result.ok() && result->outcome() == v1::OUTCOME_DONE) << result.status();
    EXPECT_TRUE(all_->Settle());
    return number;
  }
  static v1::AmendConfirmationRequest Request(const std::string& number, int replaces,
                                              int64_t carats = 1'250'500) {
    v1::AmendConfirmationRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    request.set_replaces_version(replaces);
    *request.mutable_arrival() = ArrivalOf(carats);
    request.set_text("two digits changed places");
    return request;
  }
  absl::StatusOr<v1::AmendConfirmationResponse> Amend(const v1::AmendConfirmationRequest& request,
                                                      const std::string& officer = "verifier") {
    return eu().confirmations->Amend(eu().Officer(officer), request);
  }
  absl::StatusOr<v1::AmendConfirmationResponse> Amend(const std::string& number, int replaces,
                                                      int64_t carats = 1'250'500) {
    return Amend(Request(number, replaces, carats));
  }
  // "<version> <carats>[ stands]" of each at one side.
  std::vector<std::string> VersionsAt(testing::Entity& side, const std::string& number) {
    v1::ListConfirmationsRequest request;
    request.set_number(number);
    const auto listed = side.confirmations->List(request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> out;
    if (!listed.ok()) return out;
    for (const v1::Confirmation& one : listed->confirmations()) {
      out.push_back(absl::StrCat(one.version(), " ", one.arrival().lines(0).carats_thousandths(),
                                 one.standing() ? " stands" : ""));
    }
    return out;
  }
  std::vector<v1::Confirmation> ListAt(testing::Entity& side, const std::string& number) {
    v1::ListConfirmationsRequest request;
    request.set_number(number);
    const auto listed = side.confirmations->List(request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return {listed->confirmations().begin(), listed->confirmations().end()};
  }
  std::vector<v1::Case> CasesAt(testing::Entity& side, const std::string& number) {
    v1::ListCasesRequest request;
    request.set_number(number);
    const auto listed = side.cases->List(side.Officer("issuer"), request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return {listed->cases().begin(), listed->cases().end()};
  }
  // Carats and day of receipt that statistics count: at EU as an import, at BW as confirmed.
  std::string ImportCounted(const std::string& number) {
    std::optional<pb::ConfirmedImport> import;
    EXPECT_TRUE(eu().database()
                    .Read([&](store::ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(import, FindConfirmedImport(session, number));
                      return absl::OkStatus();
                    })
                    .ok());
    return absl::StrCat(import->lines(0).carats_thousandths(), " ", import->receipt_date());
  }
  std::string ExportConfirmed(const std::string& number) {
    std::optional<pb::ConfirmedExport> confirmed;
    EXPECT_TRUE(bw().database()
                    .Read([&](store::ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(confirmed, FindConfirmedExport(session, number));
                      return absl::OkStatus();
                    })
                    .ok());
    return absl::StrCat(confirmed->lines(0).carats_thousandths(), " ", confirmed->receipt_date());
  }
  int64_t SourceOf(const std::string& id) {
    for (const v1::Source& source : SourcesOf()) {
      if (source.id() == id) return source.carats_thousandths();
    }
    return -1;
  }
  // EU re-exports so much of it.
  void ReExport(const std::string& number, int64_t carats, const std::string& origin = "BW") {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_country("BE");
    application.mutable_importer()->set_country("BW");
    application.set_importing_entity("BW");
    application.mutable_lines(0)->set_carats_thousandths(carats);
    application.mutable_lines(0)->set_value_usd_cents(carats * 15);
    application.mutable_origin()->set_countries(0, origin);
    pb::SourceDraw& draw = *application.add_sources();
    draw.set_source_id(number);
    draw.set_carats_thousandths(carats);
    eu().Issue(eu().Apply(application).application_id());
  }
  absl::StatusOr<v1::ReceiptStatement> Deliver(const std::string& who,
                                               const statement::Statement& act) {
    KP_ASSIGN_OR_RETURN(const std::string receipt,
                        bw().receiver->Receive(who, SystemIds().NewUuid(), act.bytes()));
    KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(receipt));
    return statement::DecodePayload<v1::ReceiptStatement>(parsed);
  }
  statement::Statement Sign(const std::string& who, const v1::AmendedConfirmationStatement& said) {
    statement::StatementSigner signer(who, statement::TestSigner(who), SystemRandom());
    return *signer.Sign(AmendedConfirmationContentType(), said, "BW", bw().clock.Now());
  }
  // A version as EU could sign it.
  static v1::AmendedConfirmationStatement Said(const std::string& number, int version,
                                               const std::string& replaces, int64_t carats) {
    v1::AmendedConfirmationStatement said;
    said.set_number(number);
    said.set_version(version);
    said.set_replaces_digest(replaces);
    *said.mutable_arrival() = ArrivalOf(carats);
    said.set_text(absl::StrCat("version ", version));
    said.mutable_officer()->set_person("p");
    said.mutable_officer()->set_authority("EU office");
    return said;
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, AmendmentsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(AmendmentsTest, AWrongFigureIsSetRightAtBothSidesAndBothKeepBoth) {
  const std::string number = ConfirmedWrong();
  const v1::Confirmation first = ListAt(eu(), number)[0];
  EXPECT_EQ(first.outcome(), "DONE");
  EXPECT_EQ(ListAt(bw(), number)[0].statement(), first.statement());
  EXPECT_EQ(SourceOf(number), 1'205'500);
  EXPECT_EQ(CasesAt(bw(), number)[0].differences_size(), 1);
  // The issuer cannot be reached: at home all follows at once.
  all_->Cut("BW");
  v1::AmendConfirmationRequest request = Request(number, 1);
  const auto amended = Amend(request);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_EQ(amended->confirmation().version(), 2);
  EXPECT_EQ(amended->confirmation().replaces_digest(), first.digest());
  EXPECT_EQ(amended->confirmation().officer().person(), "P-VERIFIER");
  EXPECT_EQ(Amend(request)->SerializeAsString(), amended->SerializeAsString()) << "once";
  EXPECT_THAT(VersionsAt(eu(), number), ElementsAre("1 1205500", "2 1250500 stands"));
  EXPECT_EQ(SourceOf(number), 1'250'500);
  EXPECT_EQ(ImportCounted(number), "1250500 2026-03-01");
  EXPECT_EQ(Get(number).entry().arrival().lines(0).carats_thousandths(), 1'250'500);
  EXPECT_EQ(Get(number).entry().confirmation_version(), 2);
  EXPECT_THAT(VersionsAt(bw(), number), ElementsAre("1 1205500 stands"));
  EXPECT_EQ(ExportConfirmed(number), "1205500 2026-03-01");
  all_->Mend("BW");
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(VersionsAt(bw(), number), ElementsAre("1 1205500", "2 1250500 stands"));
  EXPECT_EQ(ExportConfirmed(number), "1250500 2026-03-01");
  const auto at_home = ListAt(eu(), number);
  const auto at_issuer = ListAt(bw(), number);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(at_home[i].statement(), at_issuer[i].statement());
  EXPECT_EQ(at_home[0].statement(), first.statement());
  EXPECT_EQ(at_home[1].outcome(), "DONE");
  // Both books show the case as the newest leaves it; it closes by agreement alone.
  for (testing::Entity* side : {&bw(), &eu()}) {
    const auto cases = CasesAt(*side, number);
    ASSERT_EQ(cases.size(), 1U);
    EXPECT_EQ(cases[0].differences_size(), 0);
    EXPECT_EQ(cases[0].confirmation_version(), 2);
    EXPECT_EQ(cases[0].state(), v1::CASE_STATE_OPEN);
  }
  EXPECT_THAT(bw().History(number), Contains("CONFIRMATION_AMENDED"));
  std::vector<std::string> told;
  const v1::GetImportResponse with_history = Get(number, true);
  for (const auto& event : with_history.events()) {
    if (event.kind() == "CONFIRMATION_AMENDED") told.push_back(event.text());
  }
  EXPECT_THAT(told, ElementsAre("two digits changed places"));
  EXPECT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_CONFIRMED);
}

TEST_P(AmendmentsTest, ThirdAndFurtherVersionsEachNameTheOneBefore) {
  const std::string number = ConfirmedWrong();
  ASSERT_TRUE(Amend(number, 1, 1'100'000).ok());
  EXPECT_EQ(ReasonOf(Amend(number, 1, 1'250'500).status()), scheme::kConfirmationSuperseded);
  v1::AmendConfirmationRequest third = Request(number, 2);
  third.mutable_arrival()->set_receipt_date("2026-02-28");
  third.mutable_arrival()->set_parcels(1);
  ASSERT_TRUE(Amend(third).ok());
  ASSERT_TRUE(all_->Settle());
  const auto at_issuer = ListAt(bw(), number);
  ASSERT_EQ(at_issuer.size(), 3U);
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(at_issuer[i].replaces_digest(), at_issuer[i - 1].digest());
  }
  EXPECT_EQ(ImportCounted(number), "1250500 2026-02-28");
  EXPECT_EQ(ExportConfirmed(number), "1250500 2026-02-28");
  for (testing::Entity* side : {&bw(), &eu()}) {
    const auto cases = CasesAt(*side, number);
    ASSERT_EQ(cases.size(), 1U);
    ASSERT_EQ(cases[0].differences_size(), 1);
    EXPECT_EQ(cases[0].differences(0).pointer(), "parcels");
  }
}

TEST_P(AmendmentsTest, NotBelowWhatWasReExportedAlready) {
  const std::string number = ConfirmedWrong();
  ReExport(number, 1'000'000);
  const auto below = Amend(number, 1, 999'999);
  EXPECT_EQ(below.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(below.status()), kConfirmationDrawn);
  EXPECT_THAT(VersionsAt(eu(), number), ElementsAre("1 1205500 stands"));
  EXPECT_EQ(ImportCounted(number), "1205500 2026-03-01");
  EXPECT_EQ(SourceOf(number), 1'205'500);
  const auto exactly = Amend(number, 1, 1'000'000);
  EXPECT_TRUE(exactly.ok()) << exactly.status();
  EXPECT_EQ(SourceOf(number), 1'000'000);
  // More than was certified is no source of more.
  EXPECT_TRUE(Amend(number, 2, 1'300'000).ok());
  EXPECT_EQ(SourceOf(number), 1'250'500);
}

TEST_P(AmendmentsTest, WhatIsWrongIsNamedAndChangesNothing) {
  const std::string unconfirmed = Announced();
  EXPECT_EQ(ReasonOf(Amend(unconfirmed, 1).status()), scheme::kConfirmationUnknown);
  EXPECT_EQ(ReasonOf(Amend("BW9999999", 1).status()), scheme::kConfirmationUnknown);
  const std::string number = ConfirmedWrong();
  const auto with = [&](const std::function<void(v1::AmendConfirmationRequest&)>& change) {
    v1::AmendConfirmationRequest request = Request(number, 1);
    change(request);
    return Amend(request).status();
  };
  EXPECT_EQ(ReasonOf(with([](auto& r) { r.clear_text(); })), kReasonsRequired);
  EXPECT_EQ(FieldOf(with([](auto& r) { r.clear_replaces_version(); })), "replaces_version");
  EXPECT_EQ(ReasonOf(with([](auto& r) { r.set_replaces_version(2); })),
            scheme::kConfirmationSuperseded);
  EXPECT_EQ(FieldOf(with([](auto& r) { r.mutable_arrival()->clear_lines(); })), "arrival.lines");
  EXPECT_EQ(FieldOf(with([](auto& r) { r.mutable_arrival()->clear_parcels(); })),
            "arrival.parcels");
  EXPECT_EQ(ReasonOf(with([](auto& r) { r.mutable_arrival()->set_receipt_date("2020-01-01"); })),
            kBeforeExport);
  EXPECT_FALSE(with([](auto& r) { r.mutable_arrival()->set_receipt_date("2026-03-02"); }).ok());
  EXPECT_EQ(ReasonOf(with([](auto& r) {
              r.mutable_arrival()->mutable_lines(0)->set_carats_thousandths(1'205'500);
            })),
            kConfirmationUnchanged);
  EXPECT_EQ(FieldOf(with([](auto& r) { r.set_number("0000001"); })), "number");
  EXPECT_EQ(ReasonOf(Amend(Request(number, 1), "nobody").status()), kOfficerUnknown);
  // The issuer keeps the confirmation, and it is not the issuer's to amend.
  EXPECT_EQ(
      ReasonOf(bw().confirmations->Amend(bw().Officer("verifier"), Request(number, 1)).status()),
      scheme::kConfirmationUnknown);
  EXPECT_THAT(VersionsAt(eu(), number), ElementsAre("1 1205500 stands"));
  const absl::Status good = with([](auto&) {});
  EXPECT_TRUE(good.ok()) << good;
}

TEST_P(AmendmentsTest, TheIssuerTakesEachVersionOnceInWhateverOrderTheyArrive) {
  const std::string number = ConfirmedWrong();
  const std::string first = ListAt(eu(), number)[0].digest();
  const auto second = Sign("EU", Said(number, 2, first, 1'100'000));
  const auto third = Sign("EU", Said(number, 3, second.digest(), 1'250'500));
  const auto early = Deliver("EU", third);
  EXPECT_EQ(early.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(early.status()), scheme::kConfirmationGap);
  EXPECT_THAT(VersionsAt(bw(), number), ElementsAre("1 1205500 stands"));
  EXPECT_EQ(Deliver("EU", second)->outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(Deliver("EU", third)->outcome(), v1::OUTCOME_DONE);
  // Under a message id of its own a version comes again, late: it changes nothing.
  EXPECT_EQ(Deliver("EU", second)->outcome(), v1::OUTCOME_ALREADY_DONE);
  EXPECT_EQ(ExportConfirmed(number), "1250500 2026-03-01");
  EXPECT_THAT(VersionsAt(bw(), number), ElementsAre("1 1205500", "2 1100000", "3 1250500 stands"));
  const auto reason = [&](const std::string& who, const v1::AmendedConfirmationStatement& said) {
    const auto receipt = Deliver(who, Sign(who, said));
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return receipt.ok() ? receipt->reason() : ReasonOf(receipt.status());
  };
  const v1::AmendedConfirmationStatement good = Said(number, 4, third.digest(), 1'250'000);
  EXPECT_EQ(reason("EU", Said(number, 2, first, 1)), scheme::kConfirmationSuperseded);
  EXPECT_EQ(reason("EU", Said(number, 4, first, 1)), scheme::kConfirmationSuperseded);
  EXPECT_EQ(reason("EU", Said("BW9999999", 2, first, 1)), scheme::reasons::kNumberUnknown);
  EXPECT_EQ(reason("EU", Said(Announced(), 2, first, 1)), scheme::kConfirmationUnknown);
  EXPECT_EQ(reason("ZW", good), scheme::reasons::kNotTheImporter);
  v1::AmendedConfirmationStatement bad = good;
  bad.set_certificate_digest(std::string(32, 'x'));
  EXPECT_EQ(reason("EU", bad), kCertificateDigestDiffers);
  bad = good;
  bad.clear_text();
  EXPECT_EQ(reason("EU", bad), kReasonsRequired);
  bad = good;
  bad.mutable_arrival()->clear_lines();
  EXPECT_EQ(reason("EU", bad), kAmendmentMalformed);
  bad = good;
  bad.clear_officer();
  EXPECT_EQ(reason("EU", bad), kAmendmentMalformed);
  EXPECT_EQ(reason("EU", good), "");
  ASSERT_TRUE(all_->Settle());
}

TEST_P(AmendmentsTest, ADifferenceThatComesWhenTheCaseIsClosedOpensAnotherAtBothSides) {
  const std::string number = ConfirmedWrong();
  const std::string id = CasesAt(bw(), number)[0].case_id();
  v1::ProposeInCaseRequest propose;
  propose.set_request_id(SystemIds().NewUuid());
  propose.set_case_id(id);
  propose.set_remedy(v1::CASE_REMEDY_ACCEPT);
  propose.set_text("the scales differ");
  const auto proposed = bw().cases->Propose(bw().Officer("issuer"), propose);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(all_->Settle());
  v1::AgreeInCaseRequest agree;
  agree.set_request_id(SystemIds().NewUuid());
  agree.set_case_id(id);
  agree.set_proposal_digest(proposed->case_().own_proposal());
  agree.set_text("agreed");
  ASSERT_TRUE(eu().cases->Agree(eu().Officer("verifier"), agree).ok());
  ASSERT_TRUE(all_->Settle());
  ASSERT_TRUE(Amend(number, 1, 900'000).ok());
  ASSERT_TRUE(all_->Settle());
  for (testing::Entity* side : {&bw(), &eu()}) {
    const auto cases = CasesAt(*side, number);  // newest first
    ASSERT_EQ(cases.size(), 2U);
    EXPECT_EQ(cases[0].state(), v1::CASE_STATE_OPEN);
    EXPECT_EQ(cases[0].differences_size(), 1);
    EXPECT_EQ(cases[1].case_id(), id);
    EXPECT_EQ(cases[1].state(), v1::CASE_STATE_CLOSED);
  }
  EXPECT_EQ(CasesAt(bw(), number)[0].case_id(), CasesAt(eu(), number)[0].case_id());
  // One that agrees with the certificate leaves nothing in it, and opens none.
  ASSERT_TRUE(Amend(number, 2).ok());
  ASSERT_TRUE(all_->Settle());
  for (testing::Entity* side : {&bw(), &eu()}) {
    const auto cases = CasesAt(*side, number);
    ASSERT_EQ(cases.size(), 2U);
    EXPECT_EQ(cases[0].differences_size(), 0);
  }
}

TEST_P(AmendmentsTest, OfTwoWhoAmendAtOnceOneIsTold) {
  const std::string number = ConfirmedWrong();
  std::latch go(2);
  absl::Status results[2];
  {
    std::vector<std::jthread> officers;
    for (int i = 0; i < 2; ++i) {
      officers.emplace_back([&, i] {
        go.arrive_and_wait();
        results[i] = Amend(number, 1, 1'000'000 + i).status();
      });
    }
  }
  EXPECT_NE(results[0].ok(), results[1].ok()) << results[0] << results[1];
  for (const absl::Status& result : results) {
    const std::string reason =
        result.ok() ? std::string(scheme::kConfirmationSuperseded) : ReasonOf(result);
    EXPECT_EQ(reason, scheme::kConfirmationSuperseded);
  }
  EXPECT_EQ(ListAt(eu(), number).size(), 2U);
  ASSERT_TRUE(all_->Settle());
}

TEST_P(AmendmentsTest, AConfirmationFromPaperIsAmendedToo) {
  ASSERT_TRUE(Enter(Paper()).ok());
  EXPECT_EQ(ReasonOf(Amend(kCanonical, 1).status()), scheme::kConfirmationUnknown);
  ASSERT_TRUE(ConfirmPaper(1'205'500).ok());
  const auto first = ListAt(eu(), kCanonical);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].way(), v1::CONFIRMATION_WAY_PAPER);
  EXPECT_EQ(first[0].statement(), Get(kCanonical).entry().confirmation());
  EXPECT_EQ(Get(kCanonical).entry().differences_size(), 1);
  const auto amended = Amend(kCanonical, 1);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_EQ(amended->differences_size(), 0);
  EXPECT_THAT(VersionsAt(eu(), kCanonical), ElementsAre("1 1205500", "2 1250500 stands"));
  EXPECT_EQ(SourceOf(kCanonical), 1'250'500);
  EXPECT_EQ(ImportCounted(kCanonical), "1250500 2026-03-01");
  const pb::ImportEntry entry = Get(kCanonical).entry();
  EXPECT_EQ(entry.differences_size(), 0);
  const auto said = statement::DecodePayload<v1::ImportConfirmationStatement>(
      *statement::Statement::Parse(entry.confirmation()));
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(said->version(), 2);
  EXPECT_EQ(said->replaces_digest(), first[0].digest());
  EXPECT_EQ(said->text(), "two digits changed places");
  EXPECT_EQ(said->importer().name(), "Antwerp Rough BV");
  // Who entered the paper has said, too, what arrived: another person looks at it, now and whenever
  // it is amended.
  const auto state = [&] { return SourcesOf()[0].state(); };
  const auto look = [&](const std::string& officer) {
    v1::ConfirmSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_id(kCanonical);
    request.set_text("weighed again");
    return eu().sources->Confirm(eu().Officer(officer), request).status();
  };
  EXPECT_EQ(state(), v1::SOURCE_STATE_WAITING);
  EXPECT_FALSE(look("verifier").ok());
  const absl::Status looked = look("issuer");
  EXPECT_TRUE(looked.ok()) << looked;
  ReExport(kCanonical, 1'000'000, "AO");
  EXPECT_EQ(ReasonOf(Amend(kCanonical, 2, 999'999).status()), kConfirmationDrawn);
  EXPECT_EQ(state(), v1::SOURCE_STATE_OPEN);
  EXPECT_TRUE(Amend(kCanonical, 2, 1'000'000).ok());
  EXPECT_EQ(state(), v1::SOURCE_STATE_WAITING);
  EXPECT_TRUE(look("issuer").ok());
  // Another person who amends it stands for it beside who entered it.
  v1::AmendConfirmationRequest once_more = Request(kCanonical, 3);
  ASSERT_TRUE(Amend(once_more, "issuer").ok());
  EXPECT_EQ(state(), v1::SOURCE_STATE_OPEN);
}

}  // namespace
}  // namespace kp::certificate
