// The layout, byte for byte. ECDSA is randomised, so what is compared exactly is the payload, the
// header and the bytes to be signed; the stored signature must verify. These files change only with
// a new version of a content type.
#include <fstream>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/multi_signature.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "mesh/statement/testing/test_keys.h"
#include "nlohmann/json.hpp"
#include "testdata/payloads.pb.h"

namespace kp::statement {
namespace {

nlohmann::json Golden(const std::string& name) {
  std::ifstream file(std::string(KP_SOURCE_DIR) + "/tests/golden/statement/" + name);
  return nlohmann::json::parse(file);
}

std::string Bytes(const nlohmann::json& hex) {
  return absl::HexStringToBytes(hex.get<std::string>());
}

testdata::Sample GoldenPayload() {
  testdata::Sample sample;
  sample.set_number("ZW 00042");
  sample.set_amount(-1'250'000);
  sample.set_large(18'446'744'073'709'551'615u);
  sample.set_flag(true);
  sample.set_kind(testdata::KIND_ROUGH);
  testdata::Line* line = sample.add_lines();
  line->set_hs_code("710210");
  line->set_carats_thousandths(12'345);
  line->add_origins("ZW");
  line->add_origins("Côte d'Ivoire");
  sample.set_maybe(0);
  sample.mutable_signed_time()->set_seconds(1'700'000'000);
  sample.mutable_right();
  sample.add_times()->set_seconds(1'700'000'000);
  sample.mutable_times(0)->set_nanos(250'000'000);
  return sample;
}

TEST(GoldenTest, AStatementKeepsItsLayout) {
  const nlohmann::json golden = Golden("statement.json");
  FixedRandom random('\x5a');
  const StatementSigner signer("ZW", TestSigner(golden["key_name"].get<std::string>()), random);
  const Statement made =
      signer
          .Sign(ContentType("golden"), GoldenPayload(), "EU", absl::FromUnixSeconds(1'700'000'000))
          .value();
  const CoseSign1 message = ParseCoseSign1(made.bytes()).value();
  EXPECT_EQ(ToHex(made.payload()), golden["payload"]);
  EXPECT_EQ(ToHex(message.protected_header), golden["protected_header"]);
  EXPECT_EQ(ToHex(CoseToBeSigned(message.protected_header, "", made.payload())),
            golden["to_be_signed"]);
}

TEST(GoldenTest, AStoredStatementStillVerifies) {
  const nlohmann::json golden = Golden("statement.json");
  const PublicKey key = PublicKey::FromDer(Bytes(golden["public_key"])).value();
  const Statement stored = Statement::Parse(Bytes(golden["statement"])).value();
  EXPECT_EQ(ToHex(stored.digest()), golden["digest"]);
  EXPECT_EQ(ToHex(stored.kid()), golden["kid"]);
  Expectation expected;
  expected.content_type = ContentType("golden");
  expected.issuer = "ZW";
  expected.audience = "EU";
  expected.now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_TRUE(VerifyStatement(stored, expected, [&](auto&&...) { return key; }).ok());
  EXPECT_EQ(CompactDecode(golden["compact"].get<std::string>()).value(), stored.bytes());
  const auto payload = DecodePayload<testdata::Sample>(stored);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ(ToHex(EncodePayload(*payload).value()), golden["payload"]);
}

TEST(GoldenTest, StoredDetachedSignaturesStillVerify) {
  const nlohmann::json golden = Golden("detached.json");
  const std::string payload = Bytes(golden["payload"]);
  std::vector<std::string> signatures;
  std::vector<PublicKey> keys;
  for (const auto& entry : golden["signatures"]) {
    signatures.push_back(Bytes(entry["signature"]));
    keys.push_back(PublicKey::FromDer(Bytes(entry["public_key"])).value());
    const CoseSign1 message = ParseCoseSign1(signatures.back()).value();
    EXPECT_EQ(ToHex(CoseToBeSigned(message.protected_header, "", payload)), entry["to_be_signed"]);
    const std::string again = SignDetached(*TestSigner(entry["key_name"].get<std::string>()),
                                           ContentType("golden"), payload)
                                  .value();
    EXPECT_EQ(ParseCoseSign1(again)->protected_header, message.protected_header);
  }
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_TRUE(VerifyThreshold(payload, signatures, keys, keys.size(), ContentType("golden")).ok());
}

}  // namespace
}  // namespace kp::statement
