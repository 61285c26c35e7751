#include "mesh/statement/statement.h"

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "mesh/statement/cbor.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/testing/test_keys.h"
#include "testdata/payloads.pb.h"

namespace kp::statement {
namespace {

using testdata::Sample;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class StatementTest : public ::testing::Test {
 protected:
  StatementTest() { payload_.set_number("ZW 00042"); }

  Statement Signed(const std::optional<std::string>& audience = "EU") {
    return signer_.Sign(kind_, payload_, audience, kNow + absl::Milliseconds(700)).value();
  }

  Expectation Expected() const {
    Expectation expected;
    expected.content_type = kind_;
    expected.issuer = "ZW";
    expected.audience = "EU";
    expected.now = kNow;
    return expected;
  }

  absl::Status Verify(const Statement& statement) { return Verify(statement, Expected()); }
  absl::Status Verify(const Statement& statement, const Expectation& expected) {
    return VerifyStatement(statement, expected,
                           [&](const std::string& issuer, const std::string& kid,
                               absl::Time) -> absl::StatusOr<PublicKey> {
                             if (issuer == "ZW" && kid == key_.KeyId()) return key_;
                             return absl::NotFoundError("no such key");
                           });
  }

  // A statement under any protected header, well signed.
  absl::StatusOr<Statement> Under(const std::string& header_hex) {
    const std::string header = absl::HexStringToBytes(header_hex);
    return Statement::Parse(
        SignCoseSign1(*TestSigner("zw"), header, "payload", "", CosePayload::kAttached).value());
  }

  // The header's parts in hex, to be left out and changed by the tests.
  std::string alg_ = "0126";
  std::string type_ = "03781f" + absl::BytesToHexString("application/vnd.kp.test.v1+cbor");
  std::string kid_ = "045820" + ToHex(TestKey("zw").Public().KeyId());
  std::string claims_ =
      "0fa2"
      "01625a57"
      "061a6553f100";

  std::string kind_ = ContentType("test");
  PublicKey key_ = TestKey("zw").Public();
  StatementSigner signer_{"ZW", TestSigner("zw"), SystemRandom()};
  Sample payload_;
};

TEST_F(StatementTest, SaysWhoWhatToWhomAndWhen) {
  const Statement statement = Signed();
  EXPECT_EQ(statement.content_type(), "application/vnd.kp.test.v1+cbor");
  EXPECT_EQ(statement.issuer(), "ZW");
  EXPECT_EQ(statement.audience(), "EU");
  EXPECT_EQ(statement.issued_at(), kNow) << "whole seconds";
  EXPECT_EQ(statement.kid(), key_.KeyId());
  EXPECT_EQ(statement.digest(), Sha256(statement.bytes()));
  EXPECT_TRUE(Verify(statement).ok());
  EXPECT_EQ(Signed(std::nullopt).audience(), std::nullopt);
}

TEST_F(StatementTest, IsTheSameAfterItsBytesTravelled) {
  const Statement sent = Signed();
  const Statement received = Statement::Parse(sent.bytes()).value();
  EXPECT_EQ(received.header(), sent.header());
  EXPECT_EQ(received.bytes(), sent.bytes());
  EXPECT_EQ(received.digest(), sent.digest());
  EXPECT_EQ(received.payload(), sent.payload());
  EXPECT_TRUE(Verify(received).ok());
}

TEST_F(StatementTest, ThePayloadIsWhatWasGivenAndAFreshSalt) {
  const Sample first = DecodePayload<Sample>(Signed()).value();
  EXPECT_EQ(first.salt().size(), kSaltSize);
  EXPECT_EQ(first.number(), "ZW 00042");
  EXPECT_NE(DecodePayload<Sample>(Signed())->salt(), first.salt());
  EXPECT_EQ(payload_.salt(), "") << "the caller's message stays as it is";
}

TEST_F(StatementTest, DecodingAsAnotherMessageIsRefused) {
  const Statement statement = Signed();
  EXPECT_TRUE(DecodePayload<Sample>(statement).ok());
  EXPECT_EQ(ReasonOf(DecodePayload<testdata::Unsalted>(statement).status()), kMalformed);
}

TEST_F(StatementTest, APayloadWithoutSaltIsNotSigned) {
  testdata::Unsalted unsalted;
  EXPECT_FALSE(signer_.Sign(kind_, unsalted, std::nullopt, kNow).ok());
  EXPECT_TRUE(signer_.Sign(kind_, payload_, std::nullopt, kNow).ok());
}

TEST_F(StatementTest, WhatOthersWouldRefuseIsNotSigned) {
  EXPECT_EQ(ReasonOf(signer_.Sign("text/plain", payload_, "EU", kNow).status()), kWrongContentType);
  EXPECT_EQ(ReasonOf(signer_.Sign(kind_, payload_, "", kNow).status()), kMalformed);
  EXPECT_EQ(ReasonOf(signer_.Sign(kind_, payload_, "EU", absl::InfinitePast()).status()),
            kMalformed);
  EXPECT_EQ(ReasonOf(StatementSigner("", TestSigner("zw"), SystemRandom())
                         .Sign(kind_, payload_, "EU", kNow)
                         .status()),
            kMalformed);
  payload_.set_number(std::string(kMaxStatementSize, 'x'));
  EXPECT_EQ(ReasonOf(signer_.Sign(kind_, payload_, "EU", kNow).status()), kTooLarge);
}

TEST_F(StatementTest, EveryFlippedBitIsNoticed) {
  const Statement statement = Signed();
  for (size_t i = 0; i < statement.bytes().size() * 8; ++i) {
    std::string bytes = statement.bytes();
    bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << (i % 8)));
    const auto changed = Statement::Parse(bytes);
    const absl::Status status = changed.ok() ? Verify(*changed) : changed.status();
    ASSERT_NE(ReasonOf(status), "") << "bit " << i << ": " << status;
  }
}

TEST_F(StatementTest, EveryTruncationIsNoticed) {
  const std::string bytes = Signed().bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(ReasonOf(Statement::Parse(bytes.substr(0, size)).status()), kMalformed);
  }
}

TEST_F(StatementTest, TooLargeIsRefusedBeforeItIsRead) {
  const std::string bytes = Signed().bytes();
  EXPECT_TRUE(Statement::Parse(bytes, bytes.size()).ok());
  EXPECT_EQ(ReasonOf(Statement::Parse(bytes, bytes.size() - 1).status()), kTooLarge);
  EXPECT_EQ(ReasonOf(Statement::Parse(std::string(kMaxStatementSize + 1, 'x')).status()),
            kTooLarge);
}

TEST_F(StatementTest, EveryPartOfTheHeaderMustBeThere) {
  EXPECT_TRUE(Under("a4" + alg_ + type_ + kid_ + claims_).ok())
      << Under("a4" + alg_ + type_ + kid_ + claims_).status();
  const auto reason = [&](const std::string& header) { return ReasonOf(Under(header).status()); };
  EXPECT_EQ(reason(""), kWrongAlgorithm);
  EXPECT_EQ(reason("a0"), kWrongAlgorithm);
  EXPECT_EQ(reason("a3" + type_ + kid_ + claims_), kWrongAlgorithm);
  EXPECT_EQ(reason("a3" + alg_ + kid_ + claims_), kNoContentType);
  EXPECT_EQ(reason("a3" + alg_ + type_ + claims_), kNoKeyId);
  EXPECT_EQ(reason("a3" + alg_ + type_ + kid_), kNoIssuer);
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa1"
                   "061a6553f100"),
            kNoIssuer);
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa1"
                   "01625a57"),
            kNoTime);
}

TEST_F(StatementTest, EveryPartOfTheHeaderMustBeRight) {
  const auto reason = [&](const std::string& header) { return ReasonOf(Under(header).status()); };
  EXPECT_EQ(reason("a4"
                   "0127" +
                   type_ + kid_ + claims_),
            kWrongAlgorithm);  // EdDSA
  EXPECT_EQ(reason("a4"
                   "016545533235"
                   "36" +
                   type_ + kid_ + claims_),
            kWrongAlgorithm);  // text
  EXPECT_EQ(reason("a4" + alg_ + "0300" + kid_ + claims_), kWrongContentType);
  EXPECT_EQ(reason("a4" + alg_ + "03646a736f6e" + kid_ + claims_), kWrongContentType);
  EXPECT_EQ(reason("a4" + alg_ + type_ + "04423131" + claims_), kNoKeyId);
  EXPECT_EQ(reason("a4" + alg_ + type_ + "0400" + claims_), kNoKeyId);
  EXPECT_EQ(reason("a5" + alg_ + type_ + kid_ + "0500" + claims_), kMalformed);  // unknown
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ + "0f80"), kMalformed);
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa2"
                   "0160"
                   "0601"),
            kMalformed);  // empty issuer
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa2"
                   "0141aa"
                   "0601"),
            kMalformed);
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa2"
                   "01625a57"
                   "0620"),
            kMalformed);  // 1969
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ +
                   "0fa3"
                   "01625a57"
                   "0401"
                   "0601"),
            kMalformed);  // exp
  EXPECT_EQ(reason("a4" + alg_ + type_ + kid_ + claims_ + "00"), kMalformed);
  EXPECT_EQ(reason("a4" + type_ + alg_ + kid_ + claims_), kMalformed);  // order
}

TEST_F(StatementTest, ContentTypesHaveOneForm) {
  const auto with_type = [&](const std::string& type) {
    CborWriter writer;
    writer.Text(type);
    return ReasonOf(Under("a4" + alg_ + "03" + ToHex(writer.Take()) + kid_ + claims_).status());
  };
  for (const char* good :
       {"application/vnd.kp.use-receipt.v1+cbor", "application/vnd.kp.a.v12+cbor"}) {
    EXPECT_EQ(with_type(good), "") << good;
  }
  for (const char* bad :
       {"application/vnd.kp.+cbor", "application/vnd.kp.v1+cbor", "application/vnd.kp..v1+cbor",
        "application/vnd.kp.a.v0+cbor", "application/vnd.kp.a.v01+cbor",
        "application/vnd.kp.a.v+cbor", "application/vnd.kp.a+cbor", "application/vnd.kp.A.v1+cbor",
        "application/vnd.kp.a.b.v1+cbor", "application/vnd.kp.a.v1", "application/vnd.kp.a.v1+json",
        "application/cbor", ""}) {
    EXPECT_EQ(with_type(bad), kWrongContentType) << bad;
  }
}

TEST_F(StatementTest, OnlyTheFullEnvelopeIsAStatement) {
  const std::string bytes = Signed().bytes();
  EXPECT_EQ(ReasonOf(Statement::Parse(bytes.substr(1)).status()), kMalformed) << "no tag";
  const std::string header = absl::HexStringToBytes("a4" + alg_ + type_ + kid_ + claims_);
  const auto sign = [&](CosePayload where) {
    return SignCoseSign1(*TestSigner("zw"), header, "payload", "", where).value();
  };
  EXPECT_TRUE(Statement::Parse(sign(CosePayload::kAttached)).ok());
  EXPECT_EQ(ReasonOf(Statement::Parse(sign(CosePayload::kDetached)).status()), kMalformed);
}

TEST_F(StatementTest, IsVerifiedAgainstWhatTheReaderExpects) {
  const Statement statement = Signed();
  ASSERT_TRUE(Verify(statement, Expected()).ok());

  Expectation expected = Expected();
  expected.content_type = ContentType("test", 2);
  EXPECT_EQ(ReasonOf(Verify(statement, expected)), kWrongContentType);

  expected = Expected();
  expected.issuer = "BW";
  EXPECT_EQ(ReasonOf(Verify(statement, expected)), kWrongIssuer);
  expected.issuer = std::nullopt;
  EXPECT_TRUE(Verify(statement, expected).ok());

  expected = Expected();
  expected.audience = "BW";
  EXPECT_EQ(ReasonOf(Verify(statement, expected)), kWrongAudience);
  EXPECT_EQ(ReasonOf(Verify(Signed(std::nullopt), Expected())), kWrongAudience);
  expected.audience = std::nullopt;
  EXPECT_TRUE(Verify(statement, expected).ok());
}

TEST_F(StatementTest, ClocksMayDifferOnlySoFar) {
  const Statement statement = Signed();
  Expectation expected = Expected();
  expected.now = kNow - expected.max_skew;
  EXPECT_TRUE(Verify(statement, expected).ok());
  expected.now -= absl::Seconds(1);
  const absl::Status future = Verify(statement, expected);
  EXPECT_EQ(ReasonOf(future), kFromTheFuture);
  EXPECT_EQ(MetadataOf(future)["issued_at"], "2023-11-14T22:13:20+00:00");
  EXPECT_EQ(MetadataOf(future)["reader_clock"], "2023-11-14T22:12:19+00:00");

  expected.now = kNow + absl::Hours(24 * 365);
  EXPECT_TRUE(Verify(statement, expected).ok()) << "old is good where no age is set";
  expected.max_age = absl::Seconds(10);
  EXPECT_EQ(ReasonOf(Verify(statement, expected)), kTooOld);
  expected.now = kNow + absl::Seconds(10) + expected.max_skew;
  EXPECT_TRUE(Verify(statement, expected).ok());
  expected.now += absl::Seconds(1);
  EXPECT_EQ(ReasonOf(Verify(statement, expected)), kTooOld);
}

TEST_F(StatementTest, TheKeyComesFromTheLookupAlone) {
  const Statement statement = Signed();
  const auto verify = [&](const KeyLookup& lookup) {
    return VerifyStatement(statement, Expected(), lookup);
  };
  EXPECT_TRUE(verify([&](const std::string& issuer, const std::string& kid, absl::Time issued_at) {
                EXPECT_EQ(issuer, "ZW");
                EXPECT_EQ(kid, key_.KeyId());
                EXPECT_EQ(issued_at, kNow);
                return key_;
              }).ok());
  const absl::Status unknown =
      verify([](auto&&...) { return absl::NotFoundError("not among the keys"); });
  EXPECT_EQ(ReasonOf(unknown), kUnknownKey);
  EXPECT_EQ(MetadataOf(unknown)["issuer"], "ZW");
  EXPECT_EQ(ReasonOf(verify([](auto&&...) { return TestKey("bw").Public(); })), kUnknownKey);
  const absl::Status expired = verify([](auto&&...) {
    return MakeError(absl::StatusCode::kUnavailable, "TRUST_EXPIRED", "the manifest has expired");
  });
  EXPECT_TRUE(absl::IsUnavailable(expired));
  EXPECT_EQ(ReasonOf(expired), "TRUST_EXPIRED");
}

TEST_F(StatementTest, ASignatureUnderAnotherKeyIdIsRefused) {
  // The thief of no key: the header claims zw's key, another key signs.
  const std::string header = absl::HexStringToBytes("a4" + alg_ + type_ + kid_ + claims_);
  const auto forged = [&](const std::string& name) {
    return Statement::Parse(
               SignCoseSign1(*TestSigner(name), header, "payload", "", CosePayload::kAttached)
                   .value())
        .value();
  };
  Expectation expected = Expected();
  expected.audience = std::nullopt;
  EXPECT_TRUE(Verify(forged("zw"), expected).ok());
  EXPECT_EQ(ReasonOf(Verify(forged("thief"), expected)), kBadSignature);
}

}  // namespace
}  // namespace kp::statement
