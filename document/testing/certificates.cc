#include "document/testing/certificates.h"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "base/clock.h"
#include "document/signed_code.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/testing/test_keys.h"

namespace kp::document::testing {
namespace {

namespace pb = certificate::v1;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "certificates: %s\n", status.ToString().c_str());
  std::abort();
}

// Documents that nobody keeps.
class NoDocuments final : public trust::DocumentStore {
 public:
  absl::StatusOr<trust::StoredDocuments> Load() override { return trust::StoredDocuments(); }
  absl::Status SaveRoot(uint32_t, const std::string&) override { return absl::OkStatus(); }
  absl::Status SaveManifest(uint64_t, const std::string&,
                            const std::map<std::string, std::string>&) override {
    return absl::OkStatus();
  }
  absl::Status SaveFreshness(const std::string&, const std::vector<std::string>&) override {
    return absl::OkStatus();
  }
};

// Letters in random order: names that compress as badly as names can.
std::string RandomName(std::mt19937& random, size_t letters) {
  std::uniform_int_distribution<int> letter('A', 'Z');
  std::string name;
  while (name.size() < letters) name += static_cast<char>(letter(random));
  return name;
}

void AddLines(pb::Certificate& application) {
  for (const char* hs : {"710210", "710221"}) {
    pb::Line& line = *application.add_lines();
    line.set_hs_code(hs);
    line.set_carats_thousandths(98'765'432);
    line.set_value_usd_cents(123'456'789);
  }
}

}  // namespace

Issuer::Issuer() : entities_(certificate::testing::Entities::Make("sqlite")) {}

pb::Certificate Issuer::Validated(const pb::Certificate& application) {
  const std::string number = bw().Issue(bw().Apply(application).application_id()).number();
  return bw().Validate(number);
}

pb::Certificate Issuer::Largest(const pb::Certificate& application) {
  pb::Certificate record = Validated(application);
  const auto parsed = statement::Statement::Parse(record.statement());
  Check(parsed.status());
  auto content = statement::DecodePayload<pb::CertificateStatement>(*parsed);
  Check(content.status());
  const statement::StatementSigner signer("BW", statement::TestSigner("BW"), SystemRandom());
  std::mt19937 random(20261124);
  for (const size_t letters : {35, 2}) {
    for (;;) {
      content->add_seals(RandomName(random, letters));
      const auto larger =
          signer.Sign(CertificateContentType(), *content, std::nullopt, parsed->issued_at());
      Check(larger.status());
      if (!statement::CompactSizeOf(larger->bytes()).FitsQr()) break;
      record.set_statement(larger->bytes());
    }
    content->mutable_seals()->RemoveLast();
  }
  return record;
}

std::shared_ptr<const trust::Snapshot> Issuer::Trust(absl::Time now,
                                                     const std::vector<std::string>& denials) {
  const FakeClock clock(now);
  auto store = trust::TrustStore::Open(world().Options(), std::make_unique<NoDocuments>(), clock);
  Check(store.status());
  const trust::testing::Release release = world().Make(1);
  Check((*store)->AcceptManifest(release.document, release.Source()));
  if (!denials.empty()) {
    Check((*store)->AcceptFreshness(
        trust::testing::SignFreshness(trust::testing::FreshnessOf(release, denials, now), now),
        denials));
  }
  return (*store)->snapshot();
}

pb::Certificate LongApplication() {
  pb::Certificate application = certificate::testing::GoodApplication();
  AddLines(application);
  const auto name = [](const std::string& word) {
    std::string long_name;
    while (long_name.size() + word.size() < 200) long_name += word + " ";
    return long_name + std::string(200 - long_name.size(), 'x');
  };
  application.mutable_exporter()->set_name(name("Okavango Diamond Company"));
  application.mutable_exporter()->set_address("Plot 63016, Airport Road, Block 8, Gaborone");
  application.mutable_importer()->set_name(std::string(200, 'W'));
  application.mutable_importer()->set_address("Hoveniersstraat 22, 2018 Antwerpen");
  for (const char* seal : {"A-2", "A-3"}) application.add_seals(seal);
  return application;
}

}  // namespace kp::document::testing
