// What a code proves with trust documents alone.
#include "document/offline.h"

#include "base/error.h"
#include "document/reasons.h"
#include "document/testing/certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/trust/reasons.h"
#include "scheme/reasons.h"
#include "scheme/wire/registry.h"

namespace kp::document {
namespace {

namespace pb = certificate::v1;
using certificate::testing::GoodApplication;
using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

const auto kHard = Field(&scheme::Finding::severity, scheme::Severity::kHard);

auto Reason(const std::string& reason) { return Field(&scheme::Finding::reason, reason); }

class OfflineTest : public ::testing::Test {
 protected:
  absl::Time now() { return issuer_.bw().clock.Now(); }
  static std::string TextOf(const pb::Certificate& record) {
    return *statement::CompactEncode(record.statement());
  }
  OfflineReading Read(const std::string& text, absl::Time at,
                      const std::vector<std::string>& denials = {}) {
    auto reading = ReadOffline(text, *issuer_.Trust(at, denials), scheme::Purpose::kImport, at);
    EXPECT_TRUE(reading.ok()) << reading.status();
    return *std::move(reading);
  }
  OfflineReading Read(const std::string& text) { return Read(text, now()); }

  testing::Issuer issuer_;
  const pb::Certificate good_ = issuer_.Validated(GoodApplication());
};

TEST_F(OfflineTest, AGoodCodeIsProvenButNeverAccepted) {
  const OfflineReading reading = Read(TextOf(good_));
  ASSERT_TRUE(reading.code.has_value());
  EXPECT_EQ(reading.code->content.number(), good_.number());
  EXPECT_EQ(reading.code->certificate.issuing_entity.text(), "BW");
  EXPECT_THAT(reading.verdict.findings, Not(Contains(kHard)));
  // What became of it since, only the issuer knows, which nobody asked: that is no silence.
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kUnavailable);
  EXPECT_EQ(reading.verdict.reason, kIssuerNotAsked);
  EXPECT_THAT(reading.verdict.findings, Contains(Reason(kIssuerNotAsked)));
  EXPECT_THAT(reading.verdict.findings, Not(Contains(Reason(scheme::reasons::kIssuerSilent))));
}

TEST_F(OfflineTest, AChangedByteIsForged) {
  std::string bytes = good_.statement();
  const size_t name = bytes.find("Antwerp");
  ASSERT_NE(name, std::string::npos);
  bytes[name] = 'B';
  const OfflineReading reading = Read(*statement::CompactEncode(bytes));
  EXPECT_FALSE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kReject);
  EXPECT_EQ(reading.verdict.reason, statement::kBadSignature);
}

TEST_F(OfflineTest, ATextThatIsNoCodeIsRefused) {
  const std::string text = TextOf(good_);
  for (const std::string& damaged : {text.substr(0, text.size() - 1), text + " ",
                                     "KP1:" + text.substr(5), std::string("KP1:")}) {
    const OfflineReading reading = Read(damaged);
    EXPECT_FALSE(reading.code.has_value());
    EXPECT_EQ(reading.verdict.decision, scheme::Decision::kReject);
  }
}

TEST_F(OfflineTest, AKeyThatTheDocumentsDoNotKnowTellsNothing) {
  auto& keys = *issuer_.world().keys.mutable_keys();
  for (auto& key : keys) {
    if (key.party() == "BW") key.set_public_key(statement::TestKey("another").Public().Der());
  }
  const OfflineReading reading = Read(TextOf(good_));
  EXPECT_FALSE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kUnavailable);
  EXPECT_THAT(reading.verdict.findings, Contains(Reason(statement::kUnknownKey)));
}

TEST_F(OfflineTest, TheKeyMustHaveBeenValidAtIssueNotToday) {
  for (auto& key : *issuer_.world().keys.mutable_keys()) {
    // Until after the signature: retired since, and what it signed still counts.
    if (key.party() == "BW") *key.mutable_until_time() = trust::ToTimestamp(now() + absl::Hours(1));
  }
  EXPECT_TRUE(Read(TextOf(good_), now() + absl::Hours(48)).code.has_value());
  for (auto& key : *issuer_.world().keys.mutable_keys()) {
    if (key.party() == "BW") *key.mutable_until_time() = trust::ToTimestamp(now() - absl::Hours(1));
  }
  const OfflineReading reading = Read(TextOf(good_), now() + absl::Hours(48));
  EXPECT_FALSE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kUnavailable);
  EXPECT_THAT(reading.verdict.findings, Contains(Reason(trust::kKeyNotInUse)));
}

TEST_F(OfflineTest, ADeniedKeyTellsNothing) {
  trust::v1::Denial denial =
      trust::testing::MakeDenial(trust::v1::DENIAL_SUBJECT_SIGNING_KEY, "BW");
  denial.set_digest(statement::TestKey("BW").Public().KeyId());
  *denial.mutable_expire_time() = trust::ToTimestamp(now() + absl::Hours(24));
  const OfflineReading reading =
      Read(TextOf(good_), now(), {trust::testing::SignDenial("KP", denial, now())});
  EXPECT_FALSE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kUnavailable);
  EXPECT_THAT(reading.verdict.findings, Contains(Reason(trust::kKeyDenied)));
}

TEST_F(OfflineTest, AnotherIssuersKeyIsForged) {
  pb::CertificateStatement content = Read(TextOf(good_)).code->content;
  const auto sign = [&](const std::string& issuer) {
    const statement::StatementSigner signer(issuer, statement::TestSigner(issuer), SystemRandom());
    return *statement::CompactEncode(
        signer.Sign(CertificateContentType(), content, std::nullopt, now())->bytes());
  };
  EXPECT_TRUE(Read(sign("BW")).code.has_value());
  const OfflineReading reading = Read(sign("EU"));
  EXPECT_FALSE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kReject);
}

TEST_F(OfflineTest, TheRulesAreApplied) {
  // In time, and long after its expiry.
  const auto rule = [](const std::string& id) { return Field(&scheme::Finding::rule, id); };
  EXPECT_THAT(Read(TextOf(good_)).verdict.findings, Not(Contains(rule("R10"))));
  const OfflineReading late = Read(TextOf(good_), now() + absl::Hours(24 * 80));
  ASSERT_TRUE(late.code.has_value());
  EXPECT_THAT(late.verdict.findings, Not(IsEmpty()));
  EXPECT_NE(scheme::Worst(late.verdict.findings), scheme::Severity::kInfo);
}

TEST_F(OfflineTest, TheMeasuresAreApplied) {
  EXPECT_EQ(Read(TextOf(good_)).verdict.decision, scheme::Decision::kUnavailable);
  registry::v1::MeasuresPart measures;
  registry::v1::Measure& measure = *measures.add_measures();
  measure.set_id("M-BW-SUSPENDED");
  measure.set_participant("BW");
  measure.set_kind(registry::v1::MEASURE_KIND_SUSPENSION);
  measure.set_scope(registry::v1::MEASURE_SCOPE_COUNTRY);
  measure.set_from("2026-01-01");
  measure.set_decision("a test");
  issuer_.world().more_parts[scheme::wire::kMeasuresPart] = *statement::EncodePayload(measures);
  const OfflineReading reading = Read(TextOf(good_));
  ASSERT_TRUE(reading.code.has_value());
  EXPECT_EQ(reading.verdict.decision, scheme::Decision::kReject);
  EXPECT_THAT(reading.verdict.findings, Contains(kHard));
}

}  // namespace
}  // namespace kp::document
