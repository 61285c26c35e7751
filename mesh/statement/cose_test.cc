#include "mesh/statement/cose.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/statement.h"
#include "mesh/statement/testing/test_keys.h"
#include "nlohmann/json.hpp"

namespace kp::statement {
namespace {

std::string Hex(const std::string& hex) { return absl::HexStringToBytes(hex); }

// The vectors of the COSE working group; empty where they are not installed.
std::vector<std::filesystem::path> VectorFiles() {
  const char* configured = std::getenv("KP_VECTORS_DIR");
  const std::filesystem::path root =
      configured != nullptr ? std::filesystem::path(configured)
                            : std::filesystem::path(KP_SOURCE_DIR) / "../shared/data/vectors";
  std::vector<std::filesystem::path> files;
  std::error_code absent;
  for (const auto& entry :
       std::filesystem::directory_iterator(root / "cose" / "sign1-tests", absent)) {
    files.push_back(entry.path());
  }
  return files;
}

struct Vector {
  std::string title;
  bool fail = false;
  std::string message;
  std::string external;
  std::string to_be_signed;
  std::string spki;
};

Vector Load(const std::filesystem::path& path) {
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file);
  const nlohmann::json& sign = json["input"]["sign0"];
  const auto coordinate = [&](const char* name) {
    std::string bytes;
    absl::WebSafeBase64Unescape(sign["key"][name].get<std::string>(), &bytes);
    return bytes;
  };
  Vector vector;
  vector.title = json["title"];
  vector.fail = json.value("fail", false);
  vector.message = Hex(json["output"]["cbor"]);
  vector.external = Hex(sign.value("external", ""));
  vector.to_be_signed = Hex(json["intermediates"]["ToBeSign_hex"]);
  vector.spki = TestKey("any").Public().Der().substr(0, 27) + coordinate("x") + coordinate("y");
  return vector;
}

#define KP_VECTORS_OR_SKIP(files)                                                      \
  const std::vector<std::filesystem::path> files = VectorFiles();                      \
  if (files.empty()) {                                                                 \
    GTEST_SKIP() << "the COSE vectors are absent; KP_VECTORS_DIR says where they are"; \
  }

TEST(CoseVectorsTest, TheBareLayerAgreesWithEveryVector) {
  KP_VECTORS_OR_SKIP(files);
  int good = 0;
  for (const auto& path : files) {
    const Vector vector = Load(path);
    const PublicKey key = PublicKey::FromDer(vector.spki).value();
    const auto message = ParseCoseSign1(vector.message);
    const absl::Status status =
        message.ok() ? VerifyCoseSign1(*message, key, vector.external) : message.status();
    EXPECT_EQ(status.ok(), !vector.fail) << vector.title << ": " << status;
    EXPECT_EQ(ReasonOf(status).empty(), status.ok()) << vector.title;
    if (status.ok()) {
      ++good;
      EXPECT_EQ(CoseToBeSigned(message->protected_header, vector.external, *message->payload),
                vector.to_be_signed)
          << vector.title;
    }
  }
  EXPECT_EQ(good, 3);
  EXPECT_EQ(files.size(), 9u);
}

TEST(CoseVectorsTest, TheStatementLayerRefusesEveryVectorByName) {
  KP_VECTORS_OR_SKIP(files);
  for (const auto& path : files) {
    const Vector vector = Load(path);
    const auto statement = Statement::Parse(vector.message);
    // All keep the key id outside the signature; the one with a foreign tag is no COSE_Sign1.
    const bool foreign_tag = vector.title.find("Wrong CBOR Tag") != std::string::npos;
    EXPECT_EQ(ReasonOf(statement.status()), foreign_tag ? kMalformed : kUnprotectedHeader)
        << vector.title << ": " << statement.status();
  }
}

class CoseTest : public ::testing::Test {
 protected:
  std::string Signed(CosePayload where = CosePayload::kAttached, const std::string& aad = "") {
    return SignCoseSign1(*signer_, protected_, "payload", aad, where).value();
  }
  absl::Status Check(const std::string& bytes, const std::string& aad = "",
                     std::optional<std::string_view> detached = std::nullopt) {
    const auto message = ParseCoseSign1(bytes);
    return message.ok() ? VerifyCoseSign1(*message, key_, aad, detached) : message.status();
  }

  // {protected, unprotected, "payload", signature by the key over them}
  std::string Custom(const std::string& protected_header, const std::string& unprotected) {
    const std::string signature =
        signer_->Sign(CoseToBeSigned(protected_header, "", "payload")).value();
    return "\x84" + std::string(1, static_cast<char>(0x40 + protected_header.size())) +
           protected_header + unprotected + "\x47payload\x58\x40" + signature;
  }

  std::shared_ptr<const Signer> signer_ = TestSigner("a");
  PublicKey key_ = TestKey("a").Public();
  std::string protected_ = Hex("a10126");
};

TEST_F(CoseTest, SignsWhatItVerifies) {
  const std::string bytes = Signed();
  EXPECT_TRUE(Check(bytes).ok());
  const CoseSign1 message = ParseCoseSign1(bytes).value();
  EXPECT_TRUE(message.tagged);
  EXPECT_EQ(message.payload, "payload");
  EXPECT_EQ(message.protected_header, protected_);
}

TEST_F(CoseTest, ExternalDataIsPartOfTheSignature) {
  EXPECT_TRUE(Check(Signed(CosePayload::kAttached, "aad"), "aad").ok());
  EXPECT_EQ(ReasonOf(Check(Signed(CosePayload::kAttached, "aad"), "")), kBadSignature);
}

TEST_F(CoseTest, ADetachedPayloadMustBeGivenAndAnAttachedOneMustNot) {
  const std::string detached = Signed(CosePayload::kDetached);
  EXPECT_TRUE(Check(detached, "", "payload").ok());
  EXPECT_EQ(ReasonOf(Check(detached, "", "another")), kBadSignature);
  EXPECT_EQ(ReasonOf(Check(detached)), kMalformed);
  EXPECT_EQ(ReasonOf(Check(Signed(), "", "payload")), kMalformed);
}

TEST_F(CoseTest, HeadersAreHeldToEs256AndToNoCriticalParameter) {
  EXPECT_TRUE(Check(Custom(Hex("a10126"), Hex("a0"))).ok());
  EXPECT_TRUE(Check(Custom("", Hex("a10126"))).ok());
  EXPECT_TRUE(Check(Custom("", Hex("a0"))).ok());
  EXPECT_TRUE(Check(Custom(Hex("a10126"), Hex("a1646e616d6501"))).ok()) << "a text label";
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("a1013822"), Hex("a0")))), kWrongAlgorithm);  // ES384
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("a10127"), Hex("a0")))), kWrongAlgorithm);    // EdDSA
  EXPECT_EQ(ReasonOf(Check(Custom("", Hex("a10127")))), kWrongAlgorithm);
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("a10126"), Hex("a10126")))), kMalformed);
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("a20126028104"), Hex("a0")))), kMalformed);
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("a1012600"), Hex("a0")))), kMalformed);
  EXPECT_EQ(ReasonOf(Check(Custom(Hex("80"), Hex("a0")))), kMalformed);
}

TEST_F(CoseTest, RefusesAnotherShape) {
  const std::string body = Custom(protected_, Hex("a0"));
  EXPECT_TRUE(Check(body).ok());
  EXPECT_TRUE(Check("\xd2" + body).ok());
  EXPECT_EQ(ReasonOf(Check("\xd1" + body)), kMalformed);
  EXPECT_EQ(ReasonOf(Check("\xd2\xd2" + body)), kMalformed);
  EXPECT_EQ(ReasonOf(Check(body + "x")), kMalformed);
  EXPECT_EQ(ReasonOf(Check(Custom(protected_, Hex("80")))), kMalformed);
  std::string five = body;
  five[0] = '\x85';
  EXPECT_EQ(ReasonOf(Check(five + Hex("00"))), kMalformed);
  EXPECT_EQ(ReasonOf(Check("")), kMalformed);
  std::string short_signature = body.substr(0, body.size() - 1);
  short_signature[short_signature.size() - 64] = '\x3f';
  EXPECT_EQ(ReasonOf(Check(short_signature)), kBadSignature);
}

}  // namespace
}  // namespace kp::statement
