#include "mesh/statement/multi_signature.h"

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/header.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/statement.h"
#include "mesh/statement/testing/test_keys.h"

namespace kp::statement {
namespace {

class MultiSignatureTest : public ::testing::Test {
 protected:
  std::string By(const std::string& name) {
    return SignDetached(*TestSigner(name), kind_, "document").value();
  }
  absl::StatusOr<std::vector<std::string>> Check(const std::vector<std::string>& signatures,
                                                 size_t threshold = 2) {
    return VerifyThreshold("document", signatures, keys_, threshold, kind_);
  }

  std::string kind_ = ContentType("root");
  std::vector<PublicKey> keys_ = {TestKey("a").Public(), TestKey("b").Public(),
                                  TestKey("c").Public()};
};

TEST_F(MultiSignatureTest, NamesTheKeysThatSigned) {
  EXPECT_THAT(Check({By("a"), By("c")}).value(),
              ::testing::ElementsAre(keys_[0].KeyId(), keys_[2].KeyId()));
}

TEST_F(MultiSignatureTest, OneKeyCountsOnce) {
  EXPECT_EQ(ReasonOf(Check({By("a"), By("a")}).status()), kThresholdNotMet);
  EXPECT_TRUE(Check({By("a"), By("a")}, 1).ok());
  EXPECT_TRUE(Check({By("a"), By("a"), By("b")}).ok());
}

TEST_F(MultiSignatureTest, AKeyListedTwiceCountsOnce) {
  keys_ = {TestKey("a").Public(), TestKey("a").Public()};
  EXPECT_EQ(ReasonOf(Check({By("a"), By("a")}).status()), kThresholdNotMet);
}

TEST_F(MultiSignatureTest, SignaturesOfOthersNeitherCountNorHarm) {
  EXPECT_EQ(ReasonOf(Check({By("a"), By("stranger")}).status()), kThresholdNotMet);
  EXPECT_TRUE(Check({By("stranger"), "nonsense", std::string(5000, 'x'), By("a"), By("b")}).ok());
}

TEST_F(MultiSignatureTest, AnotherDocumentOrKindIsNotSigned) {
  EXPECT_TRUE(Check({By("a"), By("b")}).ok());
  const std::vector<std::string> signatures = {By("a"), By("b")};
  EXPECT_EQ(ReasonOf(VerifyThreshold("Document", signatures, keys_, 2, kind_).status()),
            kThresholdNotMet);
  EXPECT_EQ(
      ReasonOf(VerifyThreshold("document", signatures, keys_, 2, ContentType("manifest")).status()),
      kThresholdNotMet);
}

TEST_F(MultiSignatureTest, OnlyTheLayoutOfADetachedSignatureCounts) {
  const auto signer = TestSigner("a");
  const auto sign = [&](const ProtectedHeader& header, CosePayload where) {
    return SignCoseSign1(*signer, EncodeProtectedHeader(header), "document", "", where).value();
  };
  const ProtectedHeader plain{kind_, signer->KeyId(), std::nullopt};
  ProtectedHeader with_claims = plain;
  with_claims.claims = Claims{"ZW", std::nullopt, absl::FromUnixSeconds(1)};
  EXPECT_TRUE(Check({sign(plain, CosePayload::kDetached)}, 1).ok());
  EXPECT_FALSE(Check({sign(plain, CosePayload::kAttached)}, 1).ok());
  EXPECT_FALSE(Check({sign(with_claims, CosePayload::kDetached)}, 1).ok());
  EXPECT_FALSE(Check({sign(plain, CosePayload::kDetached).substr(1)}, 1).ok()) << "untagged";
}

TEST_F(MultiSignatureTest, ASenselessThresholdAcceptsNothing) {
  const std::vector<std::string> all = {By("a"), By("b"), By("c")};
  EXPECT_TRUE(Check(all, 3).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Check(all, 0).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Check(all, 4).status()));
}

TEST_F(MultiSignatureTest, RefusesToOrderUnboundedWork) {
  std::vector<std::string> signatures(kMaxDocumentSignatures, By("a"));
  EXPECT_TRUE(Check(signatures, 1).ok());
  signatures.push_back(By("a"));
  EXPECT_EQ(ReasonOf(Check(signatures, 1).status()), kTooLarge);
}

}  // namespace
}  // namespace kp::statement
