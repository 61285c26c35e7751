// What is signed at validation fits the QR code that is printed, or issue says so first.
#include "certificate-svc/domain/code_size.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/testing/entities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"

namespace kp::certificate {
namespace {

using ::testing::HasSubstr;
using testing::GoodApplication;

// Letters of a block in random order: names that compress as badly as names can.
std::string RandomName(std::mt19937& random, char32_t first, char32_t last, int length) {
  std::uniform_int_distribution<uint32_t> letter(first, last);
  std::string name;
  for (int i = 0; i < length; ++i) {
    const uint32_t c = letter(random);
    if (c < 0x80) {
      name += static_cast<char>(c);
    } else if (c < 0x800) {
      name += {static_cast<char>(0xc0U | c >> 6U), static_cast<char>(0x80U | (c & 0x3fU))};
    } else {
      name += {static_cast<char>(0xe0U | c >> 12U), static_cast<char>(0x80U | (c >> 6U & 0x3fU)),
               static_cast<char>(0x80U | (c & 0x3fU))};
    }
  }
  return name;
}

class CodeSizeTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    all_ = testing::Entities::Make(GetParam());
    if (all_ == nullptr) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  }
  testing::Entity& bw() { return all_->bw(); }

  static pb::Certificate ThreeLines(const std::string& exporter, const std::string& importer) {
    pb::Certificate application = GoodApplication();
    application.mutable_exporter()->set_name(exporter);
    application.mutable_exporter()->set_address("Plot 63016, Airport Road, Block 8");
    application.mutable_importer()->set_name(importer);
    for (const char* hs : {"710210", "710221"}) {
      pb::Line& line = *application.add_lines();
      line.set_hs_code(hs);
      line.set_carats_thousandths(98'765'432);
      line.set_value_usd_cents(123'456'789);
    }
    return application;
  }
  // `seals` numbers as they come out of a printer of seals.
  static pb::Certificate WithSeals(std::mt19937& random, int seals) {
    pb::Certificate application = GoodApplication();
    application.clear_seals();
    for (int i = 0; i < seals; ++i) {
      application.add_seals(RandomName(random, 'A', 'Z', 35));
    }
    return application;
  }
  absl::StatusOr<pb::Certificate> Issue(const std::string& application_id) {
    v1::IssueCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_application_id(application_id);
    KP_ASSIGN_OR_RETURN(const auto response, bw().records->Issue(bw().Officer("issuer"), request));
    return response.certificate();
  }
  absl::StatusOr<pb::Certificate> Validate(const std::string& number,
                                           const std::vector<std::string>& seals = {}) {
    v1::ValidateCertificateRequest request;
    request.set_request_id(SystemIds().NewUuid());
    request.set_number(number);
    for (const std::string& seal : seals) request.add_seals(seal);
    KP_ASSIGN_OR_RETURN(const auto response,
                        bw().records->Validate(bw().Officer("validator"), request));
    return response.certificate();
  }

  std::unique_ptr<testing::Entities> all_;
};

INSTANTIATE_TEST_SUITE_P(OnEveryStore, CodeSizeTest, ::testing::Values("sqlite", "postgresql"),
                         [](const auto& param) { return param.param; });

TEST_P(CodeSizeTest, ThreeLinesAndTwoNamesOf200LettersOfEachScriptFit) {
  std::mt19937 random(20261124);
  struct Script {
    const char* name;
    char32_t first, last;
  };
  for (const Script& script : {Script{"Latin", 'A', 'z'}, Script{"Latin with accents", 0xc0, 0x17f},
                               Script{"Cyrillic", 0x410, 0x44f}, Script{"Arabic", 0x621, 0x64a}}) {
    size_t largest = 0;
    for (int i = 0; i < 5; ++i) {
      const auto name = [&] { return RandomName(random, script.first, script.last, 200); };
      const std::string number =
          Issue(bw().Apply(ThreeLines(name(), name())).application_id())->number();
      const auto validated = Validate(number);
      ASSERT_TRUE(validated.ok()) << script.name << ": " << validated.status();
      largest = std::max(largest, statement::CompactSizeOf(validated->statement()).compressed);
    }
    EXPECT_LE(largest, statement::kMaxQrBytes) << script.name;
    std::printf("%s: up to %zu bytes\n", script.name, largest);
  }
}

TEST_P(CodeSizeTest, WhatIsLargerIsRefusedAtIssueWithFieldSizeAndLimit) {
  std::mt19937 random(1);
  const pb::Certificate applied = bw().Apply(WithSeals(random, 60));
  const auto refused = Issue(applied.application_id());
  EXPECT_EQ(ReasonOf(refused.status()), kCertificateTooLarge);
  ASSERT_EQ(FaultsOf(refused.status()).size(), 1U);
  EXPECT_EQ(FaultsOf(refused.status())[0].field, "seals");
  EXPECT_THAT(FaultsOf(refused.status())[0].message, HasSubstr("holds 1610"));
  EXPECT_EQ(bw().Get(applied.application_id()).state(), pb::CERTIFICATE_STATE_APPLIED);
  EXPECT_TRUE(Issue(bw().Apply(WithSeals(random, 20)).application_id()).ok());

  pb::Certificate names = GoodApplication();
  for (pb::TradeParty* party : {names.mutable_exporter(), names.mutable_importer()}) {
    party->set_name(RandomName(random, 0x4e00, 0x9fa5, party == &names.importer() ? 200 : 195));
  }
  names.mutable_exporter()->set_registration(RandomName(random, 0x4e00, 0x9fa5, 50));
  for (int i = 0; i < 20; ++i) names.add_seals(RandomName(random, 'A', 'Z', 12));
  const auto too_long = Issue(bw().Apply(names).application_id());
  EXPECT_EQ(ReasonOf(too_long.status()), kCertificateTooLarge);
  EXPECT_EQ(FaultsOf(too_long.status())[0].field, "importer.name");
}

// Seal by seal over the limit: what is issued can be validated, though nobody knows at issue who will
// validate, nor what the signature will be.
TEST_P(CodeSizeTest, WhatIsIssuedCanBeSigned) {
  std::mt19937 random(2);
  int issued = 0;
  int refused = 0;
  size_t largest = 0;
  for (int seals = 30; seals < 56; ++seals) {
    const auto certificate = Issue(bw().Apply(WithSeals(random, seals)).application_id());
    if (!certificate.ok()) {
      EXPECT_EQ(ReasonOf(certificate.status()), kCertificateTooLarge);
      ++refused;
      continue;
    }
    ++issued;
    const auto validated = Validate(certificate->number());
    ASSERT_TRUE(validated.ok()) << validated.status();
    largest = std::max(largest, statement::CompactSizeOf(validated->statement()).compressed);
  }
  EXPECT_GT(issued, 0);
  EXPECT_GT(refused, 0);
  EXPECT_LE(largest, statement::kMaxQrBytes);
  // The reserve for an officer with the longest name is the most that is given away.
  EXPECT_GT(largest, statement::kMaxQrBytes - 200);
}

TEST_P(CodeSizeTest, SealsRecordedAtValidationAreCountedThere) {
  std::mt19937 random(3);
  const std::string number = Issue(bw().Apply(GoodApplication()).application_id())->number();
  std::vector<std::string> seals;
  for (int i = 0; i < 90; ++i) seals.push_back(RandomName(random, 'A', 'Z', 35));
  const auto refused = Validate(number, seals);
  EXPECT_EQ(ReasonOf(refused.status()), kCertificateTooLarge);
  EXPECT_EQ(FaultsOf(refused.status())[0].field, "seals");
  EXPECT_EQ(bw().Get(number).state(), pb::CERTIFICATE_STATE_ISSUED);
  seals.resize(10);
  EXPECT_TRUE(Validate(number, seals).ok());
}

}  // namespace
}  // namespace kp::certificate
