// Every list of the books answers a filter that nothing can match with an error about its field, and
// the same filter made good with what it asks for.
#include "certificate-svc/domain/list_filters.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/rpc/incoming.h"
#include "certificate-svc/rpc/outbox_view.h"
#include "certificate-svc/testing/import_test.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ListFiltersTest : public testing::ImportTest {
 protected:
  // One list by one filter of an entity.
  struct ByEntity {
    const char* name;
    const char* field;
    std::function<absl::Status(const std::string& code)> ask;
  };
  std::vector<ByEntity> EntityFilters(testing::Entity& at) {
    const auto officer = at.Officer("issuer");
    return {
        {"ListCertificates", "importing_entity",
         [&at, officer](const std::string& code) {
           v1::ListCertificatesRequest request;
           request.set_importing_entity(code);
           return at.records->List(officer, request).status();
         }},
        {"ListOverdueConfirmations", "importing_entity",
         [&at, officer](const std::string& code) {
           v1::ListOverdueConfirmationsRequest request;
           request.set_importing_entity(code);
           return at.records->Overdue(officer, request).status();
         }},
        {"ListImports", "issuer",
         [&at, officer](const std::string& code) {
           v1::ListImportsRequest request;
           request.set_issuer(code);
           return at.imports->List(officer, request).status();
         }},
        {"ListOverdueImports", "issuer",
         [&at, officer](const std::string& code) {
           v1::ListOverdueImportsRequest request;
           request.set_issuer(code);
           return at.imports->Overdue(officer, request).status();
         }},
        {"ListIncomingCertificates", "issuer",
         [&at, officer](const std::string& code) {
           v1::ListIncomingCertificatesRequest request;
           request.set_issuer(code);
           return ListIncomingCertificates(*at.environment, officer, request).status();
         }},
        {"ListCases", "partner",
         [&at, officer](const std::string& code) {
           v1::ListCasesRequest request;
           request.set_partner(code);
           return at.cases->List(officer, request).status();
         }},
        {"ListOutboxMessages", "partner",
         [&at, officer](const std::string& code) {
           v1::ListOutboxMessagesRequest request;
           request.set_partner(code);
           return ListOutbox(*at.environment, officer, request).status();
         }},
        {"ListFiledQuarters", "partner",
         [&at, officer](const std::string& code) {
           v1::ListFiledQuartersRequest request;
           request.set_partner(code);
           return at.statistics->ListFiledQuarters(officer, request).status();
         }},
        {"GetQuarter", "partner",
         [&at](const std::string& code) {
           v1::GetQuarterRequest request;
           request.set_year(2026);
           request.set_quarter(1);
           request.set_partner(code);
           return at.statistics->GetQuarter(request).status();
         }},
    };
  }
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, ListFiltersTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(ListFiltersTest, AnEntityThatNoListCanHoldIsAnErrorAboutItsField) {
  for (const ByEntity& list : EntityFilters(bw())) {
    const auto told = [&](const std::string& code) {
      const auto faults = FaultsOf(list.ask(code));
      if (faults.size() != 1) return std::string("no fault");
      return faults[0].reason + " " + faults[0].field;
    };
    EXPECT_EQ(told("XX"), std::string("CODE_UNKNOWN ") + list.field) << list.name;
    EXPECT_EQ(told("E"), std::string("CODE_MALFORMED ") + list.field) << list.name;
    EXPECT_EQ(told("BE"), std::string("ENTITY_NOT_ISSUING ") + list.field) << list.name;
    EXPECT_EQ(told("BW"), std::string("SAME_ENTITY ") + list.field) << list.name;
    EXPECT_THAT(FaultsOf(list.ask("BE")).at(0).message, HasSubstr("EU issues for BE"));
    // In any case, also in two ways at once, and without one.
    for (const char* good : {"EU", "eu", "Eu", ""}) {
      const absl::Status status = list.ask(good);
      EXPECT_TRUE(status.ok()) << list.name << " " << good << ": " << status;
    }
  }
}

TEST_P(ListFiltersTest, ACodeInSmallLettersFindsTheSame) {
  const std::string number = Announced();
  v1::ListCertificatesRequest of_bw;
  of_bw.set_importing_entity("eu");
  const auto certificates = bw().records->List(bw().Officer("issuer"), of_bw);
  ASSERT_TRUE(certificates.ok());
  ASSERT_EQ(certificates->certificates_size(), 1);
  EXPECT_EQ(certificates->certificates(0).number(), number);
  v1::ListIncomingCertificatesRequest of_eu;
  of_eu.set_issuer("bw");
  const auto incoming = ListIncomingCertificates(*eu().environment, eu().Officer("verifier"), of_eu);
  ASSERT_TRUE(incoming.ok());
  EXPECT_EQ(incoming->certificates_size(), 1);
  v1::ListImportsRequest of_book;
  of_book.set_issuer("bw");
  const auto imports = eu().imports->List(eu().Officer("verifier"), of_book);
  ASSERT_TRUE(imports.ok());
  EXPECT_EQ(imports->entries_size(), 1);
}

TEST_P(ListFiltersTest, ASpanWithoutADayIsAnErrorAboutItsEnd) {
  Announced();
  const auto certificates = [&](const std::string& from, const std::string& until) {
    v1::ListCertificatesRequest request;
    request.set_exported_from(from);
    request.set_exported_until(until);
    return bw().records->List(bw().Officer("issuer"), request);
  };
  const auto incoming = [&](const std::string& from, const std::string& until) {
    v1::ListIncomingCertificatesRequest request;
    request.set_exported_from(from);
    request.set_exported_until(until);
    return ListIncomingCertificates(*eu().environment, eu().Officer("verifier"), request);
  };
  const auto imports = [&](const std::string& from, const std::string& until) {
    v1::ListImportsRequest request;
    request.set_submitted_from(from);
    request.set_submitted_until(until);
    return eu().imports->List(eu().Officer("verifier"), request);
  };
  const auto told = [](const absl::Status& status) {
    return status.ok() ? "ok" : ReasonOf(status) + " " + FaultsOf(status).at(0).field;
  };
  EXPECT_EQ(told(certificates("2026-03-02", "2026-03-01").status()),
            "PERIOD_REVERSED exported_until");
  EXPECT_EQ(told(certificates("2026-03-01", "2026-03-01").status()),
            "PERIOD_REVERSED exported_until");
  EXPECT_EQ(told(certificates("2026-02-31", "").status()), "DATE_NOT_IN_CALENDAR exported_from");
  EXPECT_EQ(certificates("2026-03-01", "2026-03-02")->certificates_size(), 1);
  EXPECT_EQ(told(incoming("2026-03-02", "2026-03-01").status()), "PERIOD_REVERSED exported_until");
  EXPECT_EQ(incoming("2026-03-01", "2026-03-02")->certificates_size(), 1);
  EXPECT_EQ(told(imports("2026-03-02", "2026-03-01").status()), "PERIOD_REVERSED submitted_until");
  EXPECT_EQ(told(imports("2026-03-01", "2026-03-01").status()), "ok");
}

TEST_P(ListFiltersTest, ZeroDaysAreZeroDays) {
  const std::string number = Announced();
  const auto overdue = [&](std::optional<int> days) {
    v1::ListOverdueConfirmationsRequest request;
    if (days.has_value()) request.set_days(*days);
    return bw().records->Overdue(bw().Officer("issuer"), request);
  };
  ASSERT_TRUE(overdue(0).ok());
  EXPECT_EQ(overdue(0)->days(), 0);
  EXPECT_EQ(overdue(0)->certificates_size(), 1);
  EXPECT_EQ(overdue(std::nullopt)->days(), 30);
  EXPECT_EQ(overdue(std::nullopt)->certificates_size(), 0);
  EXPECT_EQ(ReasonOf(overdue(-1).status()), kDaysOutOfRange);
}

TEST_P(ListFiltersTest, AQuarterThatHasNotBegunHasNoFigures) {
  const auto quarter = [&](int number) {
    v1::GetQuarterRequest request;
    request.set_year(2026);
    request.set_quarter(number);
    return bw().statistics->GetQuarter(request).status();
  };
  const auto mirror = [&](int number) {
    v1::GetMirrorRequest request;
    request.set_year(2026);
    request.set_quarter(number);
    request.set_partner("EU");
    return bw().statistics->GetMirror(request).status();
  };
  EXPECT_EQ(ReasonOf(quarter(2)), kQuarterNotBegun);
  EXPECT_EQ(ReasonOf(mirror(2)), kQuarterNotBegun);
  EXPECT_TRUE(quarter(1).ok());
  EXPECT_TRUE(mirror(1).ok());
}

TEST_P(ListFiltersTest, WhatCameInIsLookedForInTheImportBook) {
  const std::string number = Announced();
  const auto events = [](testing::Entity& at, const std::string& id) {
    v1::ListCertificateEventsRequest request;
    request.set_id(id);
    return at.records->Events(request).status();
  };
  EXPECT_TRUE(events(bw(), number).ok());
  const absl::Status came_in = events(eu(), number);
  EXPECT_EQ(ReasonOf(came_in), kCertificateUnknown);
  EXPECT_THAT(std::string(came_in.message()),
              HasSubstr("kpctl import show " + number + " --history"));
  // Nothing is said of what is in neither book.
  const absl::Status unknown = events(eu(), "BW7777777");
  EXPECT_EQ(ReasonOf(unknown), kCertificateUnknown);
  EXPECT_THAT(std::string(unknown.message()), Not(HasSubstr("import")));
}

}  // namespace
}  // namespace kp::certificate
