// The tables of certificate-svc on both databases: what must hold when two replicas act at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/officers.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/store/statistics.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/store/testing/test_store.h"

namespace kp::certificate {
namespace {

using store::ReadSession;
using store::Transaction;

class CertificateStoreTest : public store::StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    if (store_ != nullptr) database_ = store_->Open({CertificateSchema()});
  }

  absl::Status Write(const std::function<absl::Status(Transaction&)>& closure) {
    return database_->Write(closure);
  }
  template <typename T>
  T Read(const std::function<absl::StatusOr<T>(ReadSession&)>& read) {
    T result{};
    EXPECT_TRUE(database_
                    ->Read([&](ReadSession& session) -> absl::Status {
                      KP_ASSIGN_OR_RETURN(result, read(session));
                      return absl::OkStatus();
                    })
                    .ok());
    return result;
  }

  pb::Certificate Application(int i) {
    pb::Certificate certificate;
    certificate.set_application_id("application-" + std::to_string(i));
    certificate.set_state(i % 2 == 0 ? pb::CERTIFICATE_STATE_APPLIED
                                     : pb::CERTIFICATE_STATE_ISSUED);
    certificate.set_importing_entity(i % 3 == 0 ? "ZW" : "EU");
    return certificate;
  }
  void Insert(const pb::Certificate& certificate) {
    ASSERT_TRUE(Write([&](Transaction& tx) { return InsertCertificate(tx, certificate); }).ok());
  }

  std::unique_ptr<store::Database> database_;
};

TEST_P(CertificateStoreTest, KeepsTheStatementByteForByte) {
  pb::Certificate certificate = Application(1);
  certificate.set_number("BW0000001");
  certificate.set_statement(std::string("\xd2\x84\x00\xff", 4));
  Insert(certificate);
  const auto row = Read<std::optional<CertificateRow>>(
      [](ReadSession& session) { return FindByNumber(session, "BW0000001"); });
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->certificate.statement(), certificate.statement());
  EXPECT_FALSE(Read<std::optional<CertificateRow>>([](ReadSession& session) {
                 return FindByNumber(session, "BW0000002");
               }).has_value());
}

TEST_P(CertificateStoreTest, WhatWasIssuedBeforeDaysOfExpiryWereKeptIsFoundWhenItsReturnIsDue) {
  // More than are filled at once.
  constexpr int kRows = 601;
  ASSERT_TRUE(Write([&](Transaction& tx) -> absl::Status {
                for (int i = 0; i < kRows; ++i) {
                  pb::Certificate certificate = Application(2 * i + 1);
                  certificate.set_state(i == 0 ? pb::CERTIFICATE_STATE_VOID
                                               : pb::CERTIFICATE_STATE_VALIDATED);
                  certificate.set_number("BW" + std::to_string(i));
                  if (i != 1) certificate.set_expiry_date("2026-03-01");
                  KP_RETURN_IF_ERROR(InsertCertificate(tx, certificate));
                  KP_RETURN_IF_ERROR(UpdateCertificate(tx, 1, certificate));
                }
                // As a step before the ninth left them.
                return tx.Execute("UPDATE certificates SET expiry_day = NULL").status();
              }).ok());
  const auto due = [&] {
    return Read<std::vector<CertificateRow>>([](ReadSession& session) {
             return ListNotExported(session, "2026-03-02", "", "", 1000);
           })
        .size();
  };
  EXPECT_EQ(due(), 0U);
  ASSERT_TRUE(FillExpiryDays(*database_).ok());
  EXPECT_EQ(due(), static_cast<size_t>(kRows - 2)) << "all but a void one and one without a day";
  ASSERT_TRUE(FillExpiryDays(*database_).ok());
}

TEST_P(CertificateStoreTest, OfTwoChangesOnOneRevisionOneStands) {
  Insert(Application(2));
  const auto change = [&] {
    return Write([&](Transaction& tx) { return UpdateCertificate(tx, 1, Application(2)); });
  };
  EXPECT_TRUE(change().ok());
  EXPECT_EQ(ReasonOf(change()), kConcurrentChange);
}

TEST_P(CertificateStoreTest, ANumberIsTakenOnceForEver) {
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      EXPECT_TRUE(Write([&](Transaction& tx) -> absl::Status {
                    KP_ASSIGN_OR_RETURN(const bool mine,
                                        ClaimNumber(tx, "BW0000001", std::to_string(i)));
                    if (mine) ++taken;
                    return absl::OkStatus();
                  }).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1);
}

TEST_P(CertificateStoreTest, OfManyUsesAtOnceOneIsStored) {
  std::atomic<int> stored = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      UseRow row;
      row.use.importing_entity = *scheme::EntityCode::Parse("EU");
      row.use.reference = "consignment-" + std::to_string(i);
      row.use.confirmed = true;
      row.use.revision = 1;
      const absl::Status status =
          Write([&](Transaction& tx) { return SaveUse(tx, "BW0000001", row); });
      if (status.ok()) ++stored;
      if (ReasonOf(status) == kConcurrentChange) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(refused, 7);
  const UseRow row =
      Read<UseRow>([](ReadSession& session) { return FindUse(session, "BW0000001"); });
  EXPECT_TRUE(row.use.confirmed);
  EXPECT_EQ(row.use.revision, 1);
  UseRow next = row;
  next.use.revision = 2;
  next.use.customs = scheme::CustomsLeg::kReserved;
  next.customs_partner = "EU-CUSTOMS";
  EXPECT_TRUE(Write([&](Transaction& tx) { return SaveUse(tx, "BW0000001", next); }).ok());
  EXPECT_EQ(ReasonOf(Write([&](Transaction& tx) { return SaveUse(tx, "BW0000001", next); })),
            kConcurrentChange);
}

TEST_P(CertificateStoreTest, ListsNewestFirstByStateAndImporter) {
  for (int i = 0; i < 12; ++i) Insert(Application(i));
  const auto list = [&](CertificateFilter filter) {
    std::vector<std::string> ids;
    for (const CertificateRow& row : Read<std::vector<CertificateRow>>(
             [&](ReadSession& session) { return ListCertificates(session, filter); })) {
      ids.push_back(row.certificate.application_id());
    }
    return ids;
  };
  EXPECT_EQ(list({}).size(), 12u);
  EXPECT_EQ(list({}).front(), "application-11");
  EXPECT_EQ(list({.states = {}, .importing_entity = "ZW"}).size(), 4u);
  EXPECT_THAT(list({.states = {pb::CERTIFICATE_STATE_APPLIED}, .importing_entity = "ZW"}),
              ::testing::ElementsAre("application-6", "application-0"));
  CertificateFilter both{.states = {pb::CERTIFICATE_STATE_APPLIED, pb::CERTIFICATE_STATE_ISSUED},
                         .importing_entity = "",
                         .before_position = 5,
                         .limit = 3};
  EXPECT_THAT(list(both),
              ::testing::ElementsAre("application-3", "application-2", "application-1"));
}

TEST_P(CertificateStoreTest, ListsByTheDayOfExport) {
  for (int day = 10; day < 16; ++day) {
    pb::Certificate certificate = Application(day);
    certificate.set_number("BW" + std::to_string(day));
    Insert(certificate);
    certificate.set_state(pb::CERTIFICATE_STATE_EXPORTED);
    certificate.set_export_date("2026-11-" + std::to_string(day));
    ASSERT_TRUE(Write([&](Transaction& tx) { return UpdateCertificate(tx, 1, certificate); }).ok());
  }
  Insert(Application(1));  // not exported
  const auto list = [&](const CertificateFilter& filter) {
    std::vector<std::string> numbers;
    for (const CertificateRow& row : Read<std::vector<CertificateRow>>(
             [&](ReadSession& session) { return ListCertificates(session, filter); })) {
      numbers.push_back(row.certificate.number());
    }
    return numbers;
  };
  CertificateFilter filter;
  filter.exported_from = "2026-11-12";
  EXPECT_THAT(list(filter), ::testing::ElementsAre("BW15", "BW14", "BW13", "BW12"));
  filter.exported_until = "2026-11-14";
  EXPECT_THAT(list(filter), ::testing::ElementsAre("BW13", "BW12"));
  filter.states = {pb::CERTIFICATE_STATE_EXPORTED, pb::CERTIFICATE_STATE_APPLIED};
  filter.importing_entity = "ZW";
  EXPECT_THAT(list(filter), ::testing::ElementsAre("BW12"));
  filter.exported_from = "2026-12-01";
  filter.exported_until = "";
  EXPECT_THAT(list(filter), ::testing::IsEmpty());
}

TEST_P(CertificateStoreTest, ListsIncomingByStatePartnerAndDay) {
  for (int day = 10; day < 14; ++day) {
    Incoming incoming;
    incoming.number = "N" + std::to_string(day);
    incoming.issuer = day % 2 == 0 ? "BW" : "ZW";
    incoming.state = pb::CERTIFICATE_STATE_EXPORTED;
    ASSERT_TRUE(Write([&](Transaction& tx) -> absl::Status {
                  KP_RETURN_IF_ERROR(SaveIncoming(tx, incoming));
                  return SaveAnnouncedDay(tx, incoming.number, "2026-11-" + std::to_string(day));
                }).ok());
  }
  ASSERT_TRUE(Write([](Transaction& tx) {
                return SaveIncomingState(tx, "N12", pb::CERTIFICATE_STATE_STOLEN);
              }).ok());
  const auto list = [&](const IncomingFilter& filter) {
    std::vector<std::string> numbers;
    for (const Incoming& row : Read<std::vector<Incoming>>(
             [&](ReadSession& session) { return ListIncoming(session, filter); })) {
      numbers.push_back(row.number);
    }
    return numbers;
  };
  EXPECT_THAT(list({}), ::testing::ElementsAre("N13", "N12", "N11", "N10"));
  EXPECT_THAT(list({.issuer = "BW"}), ::testing::ElementsAre("N12", "N10"));
  EXPECT_THAT(list({.states = {pb::CERTIFICATE_STATE_STOLEN}}), ::testing::ElementsAre("N12"));
  EXPECT_THAT(list({.issuer = "BW", .states = {pb::CERTIFICATE_STATE_EXPORTED}}),
              ::testing::ElementsAre("N10"));
  EXPECT_THAT(list({.exported_from = "2026-11-11", .exported_until = "2026-11-13"}),
              ::testing::ElementsAre("N12", "N11"));
}

TEST_P(CertificateStoreTest, CountsWrongTriesOfEachAsker) {
  int64_t counted = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Write([&](Transaction& tx) -> absl::Status {
                  KP_ASSIGN_OR_RETURN(counted, CountWrongTry(tx, "BW1", "ZW"));
                  return absl::OkStatus();
                }).ok());
  }
  EXPECT_EQ(counted, 3);
  EXPECT_EQ(Read<int64_t>([](ReadSession& s) { return WrongTries(s, "BW1", "ZW"); }), 3);
  EXPECT_EQ(Read<int64_t>([](ReadSession& s) { return WrongTries(s, "BW1", "EU"); }), 0);
  EXPECT_EQ(Read<int64_t>([](ReadSession& s) { return WrongTries(s, "BW2", "ZW"); }), 0);
}

TEST_P(CertificateStoreTest, AWatcherOfIncomingSeesEachChangeAfterItsCursor) {
  const auto announce = [&](const std::string& number) {
    Incoming incoming;
    incoming.number = number;
    incoming.issuer = "BW";
    incoming.state = pb::CERTIFICATE_STATE_EXPORTED;
    ASSERT_TRUE(Write([&](Transaction& tx) { return SaveIncoming(tx, incoming); }).ok());
  };
  const auto newest = [&] {
    return Read<int64_t>([](ReadSession& session) { return LastIncomingChange(session); });
  };
  const auto after = [&](int64_t cursor) {
    std::vector<std::string> numbers;
    for (const Incoming& row : Read<std::vector<Incoming>>(
             [&](ReadSession& session) { return IncomingChangedAfter(session, cursor, 10); })) {
      numbers.push_back(row.number);
    }
    return numbers;
  };
  EXPECT_EQ(newest(), 0);
  announce("BW1");
  announce("BW2");
  const int64_t seen = newest();
  EXPECT_THAT(after(0), ::testing::ElementsAre("BW1", "BW2"));
  EXPECT_THAT(after(seen), ::testing::IsEmpty());
  // The same once more is no change.
  announce("BW1");
  EXPECT_EQ(newest(), seen);

  ASSERT_TRUE(
      Write([](Transaction& tx) {
        return SaveIncomingStatus(tx, "BW1", "BW", pb::CERTIFICATE_STATE_STOLEN, "signed").status();
      }).ok());
  EXPECT_THAT(after(seen), ::testing::ElementsAre("BW1"));
  ASSERT_TRUE(Write([](Transaction& tx) {
                return SaveHomeUse(tx, "BW2", "receipt", absl::UnixEpoch());
              }).ok());
  EXPECT_THAT(after(seen), ::testing::ElementsAre("BW1", "BW2"));
  EXPECT_THAT(after(0), ::testing::ElementsAre("BW1", "BW2"));
}

TEST_P(CertificateStoreTest, AnOfficersEntryHoldsFromToAndNotAfter) {
  v1::OfficerEntry entry;
  entry.set_spiffe_id("spiffe://bw.kp.example/officer/a");
  entry.set_person("p-1");
  entry.set_display_name("A");
  entry.set_authority("BW-KP");
  entry.add_powers(access::v1::POWER_ISSUE);
  entry.add_powers(access::v1::POWER_VERIFY);
  entry.mutable_from_time()->set_seconds(1000);
  ASSERT_TRUE(Write([&](Transaction& tx) { return InsertOfficer(tx, entry); }).ok());
  const auto at = [&](int64_t seconds) {
    return Read<std::optional<v1::OfficerEntry>>([&](ReadSession& session) {
      return FindOfficer(session, entry.spiffe_id(), absl::FromUnixSeconds(seconds));
    });
  };
  EXPECT_FALSE(at(999).has_value());
  ASSERT_TRUE(at(1000).has_value());
  EXPECT_EQ(at(1000)->powers_size(), 2);
  ASSERT_TRUE(Write([&](Transaction& tx) {
                return EndOfficer(tx, entry.spiffe_id(), absl::FromUnixSeconds(2000)).status();
              }).ok());
  EXPECT_TRUE(at(1999).has_value());
  EXPECT_FALSE(at(2000).has_value());
}

KP_ON_EVERY_STORE(CertificateStoreTest);

}  // namespace
}  // namespace kp::certificate
