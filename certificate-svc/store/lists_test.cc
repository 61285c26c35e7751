// Lists by day of export and what waits: their pages, and by which index they are found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/store/testing/test_store.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ListsTest : public store::StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (store_ != nullptr) database_ = store_->Open({CertificateSchema()});
  }
  void Insert(const std::string& number, const std::string& day, pb::CertificateState state) {
    pb::Certificate certificate;
    certificate.set_application_id("application-" + number);
    certificate.set_state(pb::CERTIFICATE_STATE_APPLIED);
    certificate.set_importing_entity("EU");
    ASSERT_TRUE(database_
                    ->Write([&](Transaction& tx) -> absl::Status {
                      KP_RETURN_IF_ERROR(InsertCertificate(tx, certificate));
                      certificate.set_number(number);
                      certificate.set_state(state);
                      certificate.set_export_date(day);
                      return UpdateCertificate(tx, 1, certificate);
                    })
                    .ok());
  }
  std::vector<std::string> Numbers(const CertificateFilter& filter) {
    std::vector<std::string> numbers;
    EXPECT_TRUE(database_
                    ->Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(const auto rows, ListCertificates(session, filter));
                      for (const CertificateRow& row : rows) {
                        numbers.push_back(row.certificate.number());
                      }
                      return absl::OkStatus();
                    })
                    .ok());
    return numbers;
  }
  // How SQLite finds it.
  template <typename... Arguments>
  std::string Plan(const std::string& sql, const Arguments&... arguments) {
    std::string plan;
    const absl::Status read = database_->Read([&](ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const auto steps,
                          (session.Query<int64_t, int64_t, int64_t, std::string>(
                              "EXPLAIN QUERY PLAN " + sql, arguments...)));
      for (const auto& [id, parent, unused, detail] : steps) plan += detail + "; ";
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return plan;
  }

  std::unique_ptr<store::Database> database_;
};

TEST_P(ListsTest, PagesByDayOfExportHoldEachCertificateOnce) {
  constexpr auto kExported = pb::CERTIFICATE_STATE_EXPORTED;
  Insert("BW1", "2026-03-02", kExported);
  Insert("BW2", "2026-03-01", kExported);
  Insert("BW3", "2026-03-02", pb::CERTIFICATE_STATE_CONFIRMED);
  Insert("BW4", "2026-03-03", kExported);
  CertificateFilter filter;
  filter.exported_from = "2026-03-01";
  filter.exported_until = "2026-03-03";
  filter.limit = 2;
  EXPECT_THAT(Numbers(filter), ElementsAre("BW3", "BW1"));
  filter.before_day = "2026-03-02";
  filter.before_number = "BW3";
  EXPECT_THAT(Numbers(filter), ElementsAre("BW1", "BW2"));
  filter.before_number = "BW1";
  EXPECT_THAT(Numbers(filter), ElementsAre("BW2"));
  // Two states are one list.
  filter.before_day = filter.before_number = "";
  filter.states = {pb::CERTIFICATE_STATE_CONFIRMED, kExported};
  filter.limit = 10;
  EXPECT_THAT(Numbers(filter), ElementsAre("BW3", "BW1", "BW2"));
  filter.states = {kExported};
  EXPECT_THAT(Numbers(filter), ElementsAre("BW1", "BW2"));
  // One end alone.
  filter = CertificateFilter{};
  filter.exported_from = "2026-03-02";
  EXPECT_THAT(Numbers(filter), ElementsAre("BW4", "BW3", "BW1"));
  filter.exported_from = "";
  filter.exported_until = "2026-03-02";
  EXPECT_THAT(Numbers(filter), ElementsAre("BW2"));
}

TEST_P(ListsTest, WhatIsUnconfirmedComesByDayWhateverItsState) {
  Insert("BW1", "2026-03-03", pb::CERTIFICATE_STATE_EXPORTED);
  Insert("BW2", "2026-03-02", pb::CERTIFICATE_STATE_ARRIVED);
  Insert("BW3", "2026-03-01", pb::CERTIFICATE_STATE_EXPORTED);
  Insert("BW4", "2026-03-01", pb::CERTIFICATE_STATE_CONFIRMED);
  Insert("BW5", "2026-03-04", pb::CERTIFICATE_STATE_EXPORTED);
  const auto numbers = [&](const char* entity, const char* day, const char* number, int limit) {
    std::vector<std::string> found;
    EXPECT_TRUE(database_
                    ->Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(const auto rows,
                                          ListUnconfirmed(session, entity, "2026-03-03", day,
                                                          number, limit));
                      for (const CertificateRow& row : rows) {
                        found.push_back(row.certificate.number());
                      }
                      return absl::OkStatus();
                    })
                    .ok());
    return found;
  };
  EXPECT_THAT(numbers("", "", "", 10), ElementsAre("BW3", "BW2", "BW1"));
  EXPECT_THAT(numbers("EU", "", "", 2), ElementsAre("BW3", "BW2"));
  EXPECT_THAT(numbers("EU", "2026-03-02", "BW2", 2), ElementsAre("BW1"));
  EXPECT_THAT(numbers("ZW", "", "", 10), ElementsAre());
}

TEST_P(ListsTest, EveryListIsFoundByAnIndexInItsOrder) {
  if (GetParam() != "sqlite") GTEST_SKIP() << "how SQLite plans is asked of SQLite";
  const auto searches = [](const std::string& index) {
    return AllOf(HasSubstr("USING INDEX " + index), Not(HasSubstr("SCAN")),
                 Not(HasSubstr("TEMP B-TREE")));
  };
  CertificateFilter by_day;
  by_day.exported_from = "2026-03-01";
  EXPECT_THAT(Plan(CertificateListSql(by_day, false), "2026-03-01", "2026-04-01", "", 50),
              searches("certificates_exported "));
  by_day.states = {pb::CERTIFICATE_STATE_EXPORTED, pb::CERTIFICATE_STATE_ARRIVED};
  by_day.importing_entity = "EU";
  EXPECT_THAT(Plan(CertificateListSql(by_day, false), "EU", "2026-03-01", "2026-04-01", "", 50),
              searches("certificates_exported "));
  CertificateFilter by_importer;
  by_importer.importing_entity = "EU";
  EXPECT_THAT(Plan(CertificateListSql(by_importer, false), "EU", 100, 50),
              searches("certificates_by_importer"));
  EXPECT_THAT(Plan(CertificateListSql(by_importer, true), 6, "EU", 100, 50),
              searches("certificates_by_state"));
  EXPECT_THAT(Plan(CertificateListSql({}, true), 6, 100, 50), searches("certificates_by_state"));
  EXPECT_THAT(Plan(kAppliedSql, 1, 0, 50), searches("certificates_by_state"));
  EXPECT_THAT(Plan(kOpenSql, 4, "2026-03-01", "", "", 50), searches("certificates_not_exported"));
  EXPECT_THAT(Plan(kNotExportedSql, 4, "2026-03-01", "", "", 50),
              searches("certificates_not_exported"));
  EXPECT_THAT(Plan(kUnconfirmedSql, 6, "EU", "EU", "2026-03-01", "", "", 50),
              searches("certificates_unconfirmed"));
  EXPECT_THAT(Plan(kImportsInStateSql, 7, 0, 50), searches("import_book_by_state"));
  EXPECT_THAT(Plan(kDeadlinesOfKindSql, 2, "", "", 50), searches("import_deadlines_by_kind"));
  EXPECT_THAT(Plan(kWaitingSourcesSql, 0, 50), searches("sources_waiting"));
  IncomingFilter incoming;
  incoming.exported_from = "2026-03-01";
  const std::string from = "SELECT i.cursor FROM incoming i ";
  EXPECT_THAT(Plan(from + IncomingListSql(incoming), "2026-03-01", "9999-99-99", "", 50),
              searches("incoming_by_day"));
  incoming.issuer = "BW";
  EXPECT_THAT(Plan(from + IncomingListSql(incoming), "BW", "2026-03-01", "9999-99-99", "", 50),
              searches("incoming_by_export"));
}

KP_ON_EVERY_STORE(ListsTest);

}  // namespace
}  // namespace kp::certificate
