// Nothing goes before its period is over, and then only what an archive holds; what has gone leaves
// its number and its trace.
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/archive/archive.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/testing/entities.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/reasons.h"

namespace kp::certificate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::GoodApplication;
namespace reasons = scheme::reasons;

constexpr int kYears = 1;  // the root document of the tests does not live for five

class RetentionTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
    retention_ = std::make_unique<Retention>(*bw().environment, *bw().officers, kYears);
    number_ = bw().Exported(GoodApplication()).number();
    ASSERT_TRUE(all_->Settle());
  }
  testing::Entity& bw() { return all_->bw(); }
  statement::KeyLookup Keys() { return bw().environment->trust.KeyLookup(); }

  // Goes to noon of that day.
  void GoTo(int year, int month, int day) {
    const absl::Time noon =
        absl::FromCivil(absl::CivilHour(year, month, day, 12), absl::UTCTimeZone());
    all_->Advance(noon - bw().clock.Now());
    all_->Renew();
  }
  std::string Archive(testing::Entity& of, const std::string& key) {
    std::ostringstream out;
    const auto made = ExportArchive(of.database(), Keys(), statement::TestSigner(key),
                                    of.clock.Now(), out);
    EXPECT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(made.ok() && made->report.faults.empty());
    return out.str();
  }
  v1::PurgeArchivedRequest RequestFor(const std::string& archive) {
    v1::PurgeArchivedRequest request;
    request.set_request_id(SystemIds().NewUuid());
    std::istringstream in(archive);
    const auto manifest = ReadSignedManifest(in);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    if (manifest.ok()) request.set_manifest(*manifest);
    return request;
  }
  std::vector<std::string> Purge(const std::string& archive) {
    const auto response = retention_->Purge(bw().Officer("admin"), RequestFor(archive));
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {"failed"};
    EXPECT_FALSE(response->more());
    return {response->numbers().begin(), response->numbers().end()};
  }
  std::string ReasonOfGet(const std::string& number) {
    v1::GetCertificateRequest request;
    request.set_id(number);
    return ReasonOf(bw().records->Get(bw().Officer("issuer"), request).status());
  }
  std::string FaultsOf(store::Database& database) {
    const auto report = Audit(database, Keys());
    EXPECT_TRUE(report.ok()) << report.status();
    std::string text;
    if (!report.ok()) return "failed";
    for (const AuditFault& fault : report->faults) {
      text += fault.table + " " + fault.subject + ": " + fault.text + "\n";
    }
    return text;
  }

  std::unique_ptr<testing::Entities> all_;
  std::unique_ptr<Retention> retention_;
  std::string number_;  // of a certificate that expires on 2026-04-30
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, RetentionTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(RetentionTest, NothingGoesBeforeThePeriodIsOver) {
  ASSERT_EQ(bw().Get(number_).expiry_date(), "2026-04-30");
  const std::string archive = Archive(bw(), "BW");
  GoTo(2027, 4, 30);
  EXPECT_THAT(Purge(archive), IsEmpty());
  EXPECT_EQ(bw().Get(number_).number(), number_);
  EXPECT_EQ(FaultsOf(bw().database()), "");
  GoTo(2027, 5, 1);
  EXPECT_THAT(Purge(archive), ElementsAre(number_));
  EXPECT_EQ(ReasonOfGet(number_), reasons::kNumberArchived);
  // The register is whole without it.
  EXPECT_EQ(FaultsOf(bw().database()), "");
}

TEST_P(RetentionTest, BooksAboutOthersCertificatesGoByTheSamePeriod) {
  testing::Entity& eu = all_->eu();
  Retention retention(*eu.environment, *eu.officers, kYears);
  const auto purge = [&](const std::string& archive) -> std::vector<std::string> {
    const auto response = retention.Purge(eu.Officer("admin"), RequestFor(archive));
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {"failed"};
    EXPECT_THAT(response->numbers(), IsEmpty());
    return {response->foreign_numbers().begin(), response->foreign_numbers().end()};
  };
  const auto verify = [&](const std::string& number) {
    v1::VerifyCertificateRequest question;
    question.set_number(number);
    question.set_purpose(pb::PURPOSE_AUDIT);
    EXPECT_TRUE(eu.verifier->Verify(eu.Call("verifier"), question).ok());
  };
  const auto rows = [&](const std::string& number) {
    std::vector<std::string> tables;
    const absl::Status read = eu.database().Read([&](store::ReadSession& session) -> absl::Status {
      for (const char* table : {"incoming", "import_book", "import_versions", "import_deadlines",
                                "transits", "evidence"}) {
        KP_ASSIGN_OR_RETURN(
            const auto count,
            session.QueryOne<int64_t>(
                absl::StrCat("SELECT COUNT(*) FROM ", table, " WHERE number = ?"), number));
        if (*count > 0) tables.push_back(table);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return tables;
  };
  const std::string second = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  // These were announced; a paper that expires on 20 April was entered; somebody asked about a
  // number that is in no book.
  v1::EnterPaperImportRequest paper;
  paper.set_request_id(SystemIds().NewUuid());
  paper.set_number("AO1234567");
  paper.set_submission_date("2026-02-27");
  pb::Certificate certificate = GoodApplication();
  certificate.mutable_exporter()->set_country("AO");
  certificate.mutable_origin()->set_countries(0, "AO");
  certificate.set_issue_date("2026-02-20");
  certificate.set_expiry_date("2026-04-20");
  *paper.mutable_paper() = testing::PaperOf(certificate);
  paper.mutable_paper()->set_issuing_authority("AO office");
  const auto entered = eu.imports->Enter(eu.Officer("verifier"), paper);
  ASSERT_TRUE(entered.ok()) << entered.status();
  verify("BW0099999");
  EXPECT_THAT(rows(number_), ::testing::Contains("incoming"));
  EXPECT_THAT(rows("AO1234567"), ::testing::IsSupersetOf({"import_book", "import_deadlines"}));
  EXPECT_THAT(rows("BW0099999"), ElementsAre("evidence"));
  // An answer of the archive's own last hours may be younger than it.
  const std::string early = Archive(eu, "EU");
  GoTo(2026, 4, 10);
  const std::string archive = Archive(eu, "EU");
  GoTo(2027, 3, 1);
  EXPECT_THAT(purge(archive), IsEmpty());
  // No expiry is known of it: the question of 1 March 2026 was the last act.
  GoTo(2027, 3, 2);
  EXPECT_THAT(purge(early), IsEmpty());
  EXPECT_THAT(purge(archive), ElementsAre("BW0099999"));
  GoTo(2027, 4, 20);
  EXPECT_THAT(purge(archive), IsEmpty());
  GoTo(2027, 4, 21);
  EXPECT_THAT(purge(archive), ElementsAre("AO1234567"));
  EXPECT_THAT(rows("AO1234567"), IsEmpty());
  GoTo(2027, 4, 30);
  EXPECT_THAT(purge(archive), IsEmpty());
  EXPECT_EQ(FaultsOf(eu.database()), "");
  // A question on the last day is an act: the period begins again.
  verify(number_);
  GoTo(2027, 5, 1);
  EXPECT_THAT(purge(archive), ElementsAre(second));
  EXPECT_THAT(purge(Archive(eu, "EU")), IsEmpty());
  EXPECT_THAT(rows(second), IsEmpty());
  EXPECT_THAT(rows(number_), ::testing::IsSupersetOf({"incoming", "evidence"}));
  EXPECT_EQ(FaultsOf(eu.database()), "");
  // The paper is not entered a second time.
  paper.set_request_id(SystemIds().NewUuid());
  EXPECT_EQ(ReasonOf(eu.imports->Enter(eu.Officer("verifier"), paper).status()), kImportExists);
}

TEST_P(RetentionTest, AnOpenCaseKeepsItsCertificate) {
  v1::OpenCaseRequest open;
  open.set_request_id(SystemIds().NewUuid());
  open.set_number(number_);
  open.set_kind(v1::CASE_KIND_IRREGULAR_SHIPMENT);
  open.set_text("wrong stones packed");
  const auto opened = bw().cases->Open(bw().Officer("issuer"), open);
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_TRUE(all_->Settle());
  GoTo(2027, 6, 1);
  EXPECT_THAT(Purge(Archive(bw(), "BW")), IsEmpty());
  // Once it is closed, the certificate goes, and the case with it.
  v1::ProposeInCaseRequest propose;
  propose.set_request_id(SystemIds().NewUuid());
  propose.set_case_id(opened->case_().case_id());
  propose.set_remedy(v1::CASE_REMEDY_ACCEPT);
  propose.set_text("as it is");
  const auto proposed = bw().cases->Propose(bw().Officer("issuer"), propose);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(all_->Settle());
  v1::AgreeInCaseRequest agree;
  agree.set_request_id(SystemIds().NewUuid());
  agree.set_case_id(propose.case_id());
  agree.set_proposal_digest(proposed->case_().own_proposal());
  agree.set_text("agreed");
  ASSERT_TRUE(all_->eu().cases->Agree(all_->eu().Officer("verifier"), agree).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Purge(Archive(bw(), "BW")), ElementsAre(number_));
  v1::GetCaseRequest get;
  get.set_case_id(propose.case_id());
  EXPECT_EQ(ReasonOf(bw().cases->Get(get).status()), kCaseUnknown);
  EXPECT_EQ(FaultsOf(bw().database()), "");
}

TEST_P(RetentionTest, OnlyWhatAnArchiveHoldsGoes) {
  const std::string archive = Archive(bw(), "BW");
  const std::string second = bw().Exported(GoodApplication()).number();
  const std::string third = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  GoTo(2027, 6, 1);
  EXPECT_THAT(Purge(archive), ElementsAre(number_));
  // Something happened to one of the others after the archive that holds both.
  const std::string later = Archive(bw(), "BW");
  v1::RecordCertificateEventRequest lost;
  lost.set_request_id(SystemIds().NewUuid());
  lost.set_number(third);
  lost.set_state(pb::CERTIFICATE_STATE_LOST);
  lost.set_text("found to be lost");
  ASSERT_TRUE(bw().life->Record(bw().Officer("issuer"), lost).ok());
  ASSERT_TRUE(all_->Settle());
  EXPECT_THAT(Purge(later), ElementsAre(second));
  EXPECT_EQ(bw().Get(third).state(), pb::CERTIFICATE_STATE_LOST);
  EXPECT_THAT(Purge(Archive(bw(), "BW")), ElementsAre(third));
  EXPECT_EQ(FaultsOf(bw().database()), "");
  // Who follows the events from the start gets past those of which only the digest is left.
  ASSERT_TRUE(bw().database()
                  .Read([&](store::ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const auto events,
                                        bw().environment->events.After(session, 0, 1000));
                    int emptied = 0;
                    for (const store::Event& event : events) {
                      KP_RETURN_IF_ERROR(ShowEvent(event).status());
                      emptied += event.what.statement.empty() ? 1 : 0;
                    }
                    EXPECT_GT(emptied, 0);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_P(RetentionTest, AManifestOfAnythingElseTakesNothing) {
  const std::string own = Archive(bw(), "BW");
  const std::string foreign = Archive(all_->eu(), "EU");
  GoTo(2027, 6, 1);
  const auto reason = [&](const v1::PurgeArchivedRequest& request) {
    return ReasonOf(retention_->Purge(bw().Officer("admin"), request).status());
  };
  v1::PurgeArchivedRequest garbage = RequestFor(own);
  garbage.set_manifest("no statement");
  EXPECT_EQ(reason(garbage), kArchiveNotOfRegister);
  EXPECT_EQ(reason(RequestFor(foreign)), kArchiveNotOfRegister);
  // Signed by the entity, but of other events than these.
  std::istringstream in(own);
  const auto parsed = statement::Statement::Parse(*ReadSignedManifest(in));
  ASSERT_TRUE(parsed.ok());
  auto other = statement::DecodePayload<v1::ArchiveManifest>(*parsed);
  ASSERT_TRUE(other.ok());
  other->set_chain(statement::Sha256("another past"));
  const auto forged = bw().environment->signer.Sign(ArchiveContentType(), *other, std::nullopt,
                                                    bw().clock.Now());
  ASSERT_TRUE(forged.ok());
  v1::PurgeArchivedRequest request = RequestFor(own);
  request.set_manifest(forged->bytes());
  EXPECT_EQ(reason(request), kArchiveNotOfRegister);
  EXPECT_EQ(bw().Get(number_).number(), number_);
  EXPECT_THAT(Purge(own), ElementsAre(number_));
}

TEST_P(RetentionTest, WhatHasGoneLeavesItsNumberAndItsTraceForEver) {
  const std::string archive = Archive(bw(), "BW");
  GoTo(2027, 6, 1);
  const auto request = RequestFor(archive);
  const auto first = retention_->Purge(bw().Officer("admin"), request);
  ASSERT_TRUE(first.ok()) << first.status();
  // The same again is not done twice.
  const auto again = retention_->Purge(bw().Officer("admin"), request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  // No statement about it is left but the one that tells it.
  std::vector<std::string> kinds, with_statement;
  ASSERT_TRUE(bw().database()
                  .Read([&](store::ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const auto events,
                                        bw().environment->events.OfSubject(session, number_, 0, 100));
                    for (const store::Event& event : events) {
                      kinds.push_back(event.what.kind);
                      if (!event.what.statement.empty()) with_statement.push_back(kinds.back());
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(kinds, ::testing::IsSupersetOf({"VALIDATED", "EXPORTED", "PURGED"}));
  EXPECT_THAT(with_statement, ElementsAre("PURGED"));
  // Nor in what was sent about it.
  std::vector<std::string> bodies;
  ASSERT_TRUE(bw().database()
                  .Read([&](store::ReadSession& session) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(bodies, session.Query<std::string>(
                                                    "SELECT body FROM outbox_message"));
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(bodies, ElementsAre(""));
  // The number is never given again.
  v1::IssueCertificateRequest issue;
  issue.set_request_id(SystemIds().NewUuid());
  issue.set_application_id(bw().Apply(GoodApplication()).application_id());
  issue.set_printed_number(number_);
  EXPECT_EQ(ReasonOf(bw().records->Issue(bw().Officer("issuer"), issue).status()),
            reasons::kNumberAlreadyUsed);
  // Whoever asks is not told that it never was.
  v1::VerifyCertificateRequest question;
  question.set_number(number_);
  question.set_purpose(pb::PURPOSE_AUDIT);
  const auto answer = all_->eu().verifier->Verify(all_->eu().Call("verifier"), question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->verdict(), pb::VERDICT_REFER);
  EXPECT_EQ(answer->reason(), reasons::kNumberArchived);
  // Live: a number that never was is told so.
  question.set_number("BW0099999");
  EXPECT_NE(all_->eu().verifier->Verify(all_->eu().Call("verifier"), question)->reason(),
            reasons::kNumberArchived);
}

TEST_P(RetentionTest, TheArchiveBringsBackWhatHasGone) {
  const std::string archive = Archive(bw(), "BW");
  const pb::Certificate before = bw().Get(number_);
  GoTo(2027, 6, 1);
  ASSERT_THAT(Purge(archive), ElementsAre(number_));
  for (const std::string& file : {archive, Archive(bw(), "BW")}) {
    const auto store = store::TestStore::Make(GetParam());
    const auto database = store->Open({outbox::OutboxSchema(), CertificateSchema()});
    std::istringstream in(file);
    ASSERT_EQ(ImportArchive(in, *database, Keys()).status(), absl::OkStatus());
    EXPECT_EQ(FaultsOf(*database), "");
    ASSERT_TRUE(database
                    ->Read([&](store::ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(session, number_));
                      EXPECT_EQ(row.has_value(), file == archive);
                      if (row.has_value()) {
                        EXPECT_EQ(row->certificate.statement(), before.statement());
                      }
                      return absl::OkStatus();
                    })
                    .ok());
  }
}

}  // namespace
}  // namespace kp::certificate
