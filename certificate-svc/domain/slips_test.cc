// Slips of an officer that could not be undone are refused, each beside the same act made good.
#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/store/schema.h"
#include "certificate-svc/testing/entities.h"

namespace kp::certificate {
namespace {

using testing::GoodApplication;

class SlipsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }
  testing::Entity& eu() { return all_->eu(); }
  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, SlipsTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(SlipsTest, NothingArrivesBeforeItLeft) {
  const pb::Certificate certificate = bw().Exported(GoodApplication());
  ASSERT_TRUE(all_->Settle());
  const auto arrive = [&](const std::string& date) {
    v1::RecordImportEventRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(certificate.number());
    request.set_state(pb::CERTIFICATE_STATE_ARRIVED);
    request.set_date(date);
    return eu().uses->Record(eu().Call("verifier"), request).status();
  };
  const auto confirm = [&](const std::string& date) {
    v1::ConfirmImportRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(certificate.number());
    request.set_consignment_reference("UCR-1");
    request.mutable_arrival()->set_receipt_date(date);
    *request.mutable_arrival()->mutable_lines() = certificate.lines();
    request.mutable_arrival()->set_parcels(certificate.parcels());
    request.mutable_arrival()->set_seals_unbroken(true);
    return eu().uses->Confirm(eu().Call("verifier"), request).status();
  };
  EXPECT_EQ(ReasonOf(arrive("2020-01-01")), kBeforeExport);
  EXPECT_EQ(ReasonOf(confirm("2020-01-01")), kBeforeExport);
  EXPECT_TRUE(arrive(certificate.export_date()).ok());
  const absl::Status good = confirm(certificate.export_date());
  EXPECT_TRUE(good.ok()) << good;
}

TEST_P(SlipsTest, TheLastAdministratorStays) {
  const auto end = [&](const std::string& name) {
    v1::EndOfficerRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_spiffe_id(bw().Officer(name).ToString());
    return bw().officers->End(bw().Officer("admin"), request).status();
  };
  EXPECT_EQ(ReasonOf(end("admin")), kLastAdministrator);
  v1::AddOfficerRequest add;
  add.set_request_id(SystemIds().NewUuid());
  v1::OfficerEntry& second = *add.mutable_officer();
  second.set_spiffe_id(bw().Officer("deputy").ToString());
  second.set_person("P-DEPUTY");
  second.set_display_name("deputy");
  second.set_authority("BW office");
  second.add_powers(access::v1::POWER_ADMINISTER);
  const auto added = bw().officers->Add(bw().Officer("admin"), add);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_TRUE(end("admin").ok());
}

// The officer register of one entity, served by two replicas: each with connections of its own.
class TwoReplicas final {
 public:
  explicit TwoReplicas(testing::Entity& entity)
      : one_(entity),
        database_(entity.store().Open({outbox::OutboxSchema(), CertificateSchema()})),
        events_(*database_, entity.environment->entity.text()),
        environment_{entity.environment->entity,  entity.clock,
                     *database_,                  events_,
                     entity.environment->outbox,  entity.environment->trust,
                     entity.environment->scheme,  entity.environment->signer,
                     SystemIds(),                 30},
        second_(environment_, trust::testing::World::DomainOf("BW")) {}

  // What both come to when they begin at once.
  using Act = std::function<absl::Status(OfficerRegister&)>;
  std::pair<absl::Status, absl::Status> AtOnce(const Act& first, const Act& second) {
    std::latch go(2);
    std::pair<absl::Status, absl::Status> results;
    std::jthread other([&] {
      go.arrive_and_wait();
      results.second = second(second_);
    });
    go.arrive_and_wait();
    results.first = first(*one_.officers);
    other.join();
    return results;
  }

 private:
  testing::Entity& one_;
  std::unique_ptr<store::Database> database_;
  store::EventLog events_;
  Environment environment_;
  OfficerRegister second_;
};

v1::AddOfficerRequest Administrator(testing::Entity& entity, const std::string& name,
                                    const std::string& person) {
  v1::AddOfficerRequest add;
  add.set_request_id(SystemIds().NewUuid());
  v1::OfficerEntry& entry = *add.mutable_officer();
  entry.set_spiffe_id(entity.Officer(name).ToString());
  entry.set_person(person);
  entry.set_display_name(name);
  entry.set_authority("BW office");
  entry.add_powers(access::v1::POWER_ADMINISTER);
  return add;
}

TEST_P(SlipsTest, TwoReplicasDoNotEndEachOthersLastAdministrators) {
  TwoReplicas replicas(bw());
  std::string here = "admin";
  const auto end = [&](const std::string& name) {
    return [&, name](OfficerRegister& officers) {
      v1::EndOfficerRequest request;
      request.set_request_id(SystemIds().NewUuid());
      request.set_spiffe_id(bw().Officer(name).ToString());
      return officers.End(bw().Officer(name), request).status();
    };
  };
  // Each round has two administrators, and each ends himself at the same time as the other.
  for (int round = 0; round < 25; ++round) {
    const std::string deputy = absl::StrCat("deputy-", round);
    const auto added = bw().officers->Add(
        bw().Officer(here), Administrator(bw(), deputy, absl::StrCat("P-", round)));
    ASSERT_TRUE(added.ok()) << added.status();
    bw().clock.Advance(absl::Seconds(1));
    const auto [first, second] = replicas.AtOnce(end(here), end(deputy));
    ASSERT_NE(first.ok(), second.ok()) << "round " << round << ": " << first << ", " << second;
    EXPECT_EQ(ReasonOf(first.ok() ? second : first), kLastAdministrator);
    if (first.ok()) here = deputy;
    bw().clock.Advance(absl::Seconds(1));
  }
}

TEST_P(SlipsTest, TwoReplicasDoNotEnterOneIdentityTwice) {
  TwoReplicas replicas(bw());
  for (int round = 0; round < 25; ++round) {
    const std::string name = absl::StrCat("deputy-", round);
    const auto add = [&](const std::string& person, absl::Duration later) {
      return [&, person, later](OfficerRegister& officers) {
        v1::AddOfficerRequest request = Administrator(bw(), name, person);
        // Of different times, so that no key of the table stands between the two.
        *request.mutable_officer()->mutable_from_time() =
            trust::ToTimestamp(bw().clock.Now() + later);
        return officers.Add(bw().Officer("admin"), request).status();
      };
    };
    const auto [first, second] =
        replicas.AtOnce(add("P-ONE", absl::ZeroDuration()), add("P-TWO", absl::Seconds(1)));
    ASSERT_NE(first.ok(), second.ok()) << "round " << round << ": " << first << ", " << second;
    EXPECT_EQ(ReasonOf(first.ok() ? second : first), kOfficerMalformed) << "another person";
  }
}

TEST_P(SlipsTest, ASourceFromPaperCameOnPaper) {
  const std::string number = bw().Exported(GoodApplication()).number();
  ASSERT_TRUE(all_->Settle());
  const auto open = [](testing::Entity& entity, const std::string& id) {
    v1::OpenSourceRequest request;
    request.set_request_id(SystemIds().NewUuid());
    auto& source = *request.mutable_source();
    source.set_id(id);
    source.set_kind(pb::SOURCE_KIND_PAPER_IMPORT);
    source.set_carats_thousandths(1000);
    source.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
    source.mutable_origin()->add_countries("BW");
    source.mutable_document()->set_issuer(id.substr(0, 2));
    source.mutable_document()->set_issue_date("2025-12-01");
    source.mutable_document()->set_receipt_date("2025-12-20");
    source.mutable_document()->set_reference("archive box 12");
    source.set_text("a certificate on paper");
    return entity.sources->Open(entity.Officer("issuer"), request).status();
  };
  EXPECT_EQ(ReasonOf(open(bw(), number)), kSourceNotPaper);
  EXPECT_EQ(ReasonOf(open(eu(), number)), kSourceNotPaper);
  const absl::Status good = open(eu(), "AO1234567");
  EXPECT_TRUE(good.ok()) << good;
}

}  // namespace
}  // namespace kp::certificate
