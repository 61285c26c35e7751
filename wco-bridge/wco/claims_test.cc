#include "wco-bridge/wco/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/test_support.h"

namespace kp::wco {
namespace {

using testing::ImportDeclaration;
using testing::Parse;
using testing::Replace;

// The import declaration with a second item of 10.255 carats under certificate `number`.
std::string WithSecondItem(std::string_view number) {
  std::string message = ImportDeclaration();
  const auto begin = message.find("<GovernmentAgencyGoodsItem>");
  const auto end = message.find("<Importer>");
  std::string item = message.substr(begin, end - begin);
  item = Replace(item, "<SequenceNumeric>1", "<SequenceNumeric>2");
  item = Replace(item, "XA0012345", number);
  item = Replace(item, "1250.50", "10.255");
  item = Replace(item, "1250.50", "10.255");
  item = Replace(item, "0.250100", "0.002051");
  item = Replace(item, "187500.00</AmountAmount>", "1000.01</AmountAmount>");
  message.insert(end, item);
  return Replace(message, "<GoodsItemQuantity>1", "<GoodsItemQuantity>2");
}

TEST(ClaimsTest, OneCertificateOverSeveralItemsIsOneClaim) {
  const ParseResult result = Parse(WithSecondItem("xa-0012345"));
  ASSERT_TRUE(result.declaration.has_value()) << FormatFault(result.faults.front());
  const Claims claims = CheckClaims(*result.declaration);
  EXPECT_TRUE(claims.faults.empty()) << FormatFault(claims.faults.front());
  ASSERT_EQ(claims.certificates.size(), 1u);
  EXPECT_EQ(claims.certificates[0].id, "XA0012345");
  EXPECT_EQ(claims.certificates[0].lines.size(), 2u);
  EXPECT_EQ(claims.certificates[0].carats_thousandths, 1260755);
  EXPECT_EQ(claims.certificates[0].value_usd_cents, 18850001);
}

TEST(ClaimsTest, CertificatesKeepTheOrderOfTheMessage) {
  const ParseResult result = Parse(WithSecondItem("AA0000001"));
  ASSERT_TRUE(result.declaration.has_value());
  const Claims claims = CheckClaims(*result.declaration);
  ASSERT_EQ(claims.certificates.size(), 2u);
  EXPECT_EQ(claims.certificates[1].id, "AA0000001");
  EXPECT_EQ(claims.certificates[1].lines[0].item->hs, "710231");
}

TEST(ClaimsTest, SupplementaryQuantityMustBeWhatIsClaimed) {
  const ParseResult result = Parse(
      Replace(ImportDeclaration(), ">1250.50</TariffQuantity>", ">1250.501</TariffQuantity>"));
  const Claims claims = CheckClaims(*result.declaration);
  ASSERT_EQ(claims.faults.size(), 1u);
  EXPECT_EQ(FormatFault(claims.faults[0]),
            "KP3201 at 42A/67A/68A[1]/23A/65A#130 (line 58): the certificates claimed on this item "
            "do not add up to its supplementary quantity; found \"1250.501 carats\"; expected "
            "1250.5 carats");
}

TEST(ClaimsTest, NetMassMustFitExactly) {
  EXPECT_TRUE(CheckClaims(*Parse(ImportDeclaration()).declaration).faults.empty());
  const ParseResult result = Parse(Replace(ImportDeclaration(), ">0.250100<", ">0.250101<"));
  const Claims claims = CheckClaims(*result.declaration);
  ASSERT_EQ(claims.faults.size(), 1u);
  EXPECT_EQ(claims.faults[0].code, kNetMassDiffers);
  EXPECT_EQ(claims.faults[0].expected, "0.2501 kg");
}

TEST(ClaimsTest, NetMassIsRoundedOnlyWhereSixDecimalsDoNotHoldIt) {
  EXPECT_EQ(NetMassMicroKg(10), 2);  // 0.01 carat, exact
  EXPECT_EQ(NetMassMicroKg(1'250'500), 250'100);
  EXPECT_EQ(NetMassMicroKg(10'255), 2051);
  EXPECT_EQ(NetMassMicroKg(1), 0);
  EXPECT_EQ(NetMassMicroKg(2), 0);
  EXPECT_EQ(NetMassMicroKg(3), 1);
  EXPECT_EQ(NetMassMicroKg(10'257), 2051);  // 2051.4
  EXPECT_EQ(NetMassMicroKg(10'258), 2052);  // 2051.6
}

}  // namespace
}  // namespace kp::wco
