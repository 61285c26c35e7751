#include "mesh/statement/keys.h"

#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/statement/openssl_ptr.h"
#include "mesh/statement/reasons.h"
#include "mesh/statement/signer.h"
#include "mesh/statement/testing/test_keys.h"

namespace kp::statement {
namespace {

class TempDir {
 public:
  TempDir() {
    std::string path = (std::filesystem::temp_directory_path() / "kp-keys-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string PemOf(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string PrivatePem(EVP_PKEY* key, const char* passphrase = nullptr) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, passphrase != nullptr ? EVP_aes_128_cbc() : nullptr,
                                passphrase, passphrase != nullptr ? 4 : 0, nullptr, nullptr);
  return PemOf(bio);
}

std::string CertificatePem(EVP_PKEY* key) {
  const X509Ptr certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_sign(certificate.get(), key, EVP_sha256());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  return PemOf(bio);
}

TEST(DigestTest, IsSha256) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(PublicKeyTest, IsTheSameFromEverySource) {
  const PrivateKey key = TestKey("a");
  const PublicKey& expected = key.Public();
  EXPECT_EQ(expected.KeyId(), Sha256(expected.Der()));
  EXPECT_EQ(PublicKey::FromDer(expected.Der()).value(), expected);
  EXPECT_EQ(PublicKey::FromPem(expected.Pem()).value(), expected);
  EXPECT_EQ(PublicKey::FromCertificatePem(CertificatePem(key.raw())).value(), expected);
  EXPECT_FALSE(TestKey("b").Public() == expected);
}

TEST(PublicKeyTest, RefusesWhatIsNoKeyOnP256) {
  const EvpPkeyPtr p384(EVP_EC_gen("P-384"));
  const EvpPkeyPtr p256(EVP_EC_gen("P-256"));
  EXPECT_EQ(ReasonOf(PublicKey::FromCertificatePem(CertificatePem(p384.get())).status()),
            kKeyMalformed);
  EXPECT_TRUE(PublicKey::FromCertificatePem(CertificatePem(p256.get())).ok());
  EXPECT_EQ(ReasonOf(PrivateKey::FromPem(PrivatePem(p384.get())).status()), kKeyMalformed);
  EXPECT_TRUE(PrivateKey::FromPem(PrivatePem(p256.get())).ok());
  EXPECT_EQ(ReasonOf(PublicKey::FromPem("nonsense").status()), kKeyMalformed);
  EXPECT_EQ(ReasonOf(PublicKey::FromCertificatePem("nonsense").status()), kKeyMalformed);
  EXPECT_EQ(ReasonOf(PrivateKey::FromPem("").status()), kKeyMalformed);
}

TEST(PublicKeyTest, RefusesAPointOffTheCurveAndBytesAfterTheKey) {
  const std::string der = TestKey("a").Public().Der();
  ASSERT_TRUE(PublicKey::FromDer(der).ok());
  std::string off = der;
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_EQ(ReasonOf(PublicKey::FromDer(off).status()), kKeyMalformed);
  EXPECT_EQ(ReasonOf(PublicKey::FromDer(der + "x").status()), kKeyMalformed);
}

TEST(PublicKeyTest, RefusesACompressedPointSinceItWouldGiveTheKeyASecondId) {
  const EvpPkeyPtr key(EVP_EC_gen("P-256"));
  EXPECT_TRUE(PublicKey::FromCertificatePem(CertificatePem(key.get())).ok());
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), "point-format", "compressed"), 1);
  EXPECT_EQ(ReasonOf(PublicKey::FromCertificatePem(CertificatePem(key.get())).status()),
            kKeyMalformed);
}

TEST(PrivateKeyTest, IsWrittenOnceForTheOwnerAlone) {
  const TempDir dir;
  const PrivateKey key = PrivateKey::Generate().value();
  ASSERT_TRUE(key.WritePemFile(dir / "key.pem").ok());
  struct stat file {};
  ASSERT_EQ(stat((dir / "key.pem").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777u, 0600u);
  EXPECT_EQ(PrivateKey::FromPemFile(dir / "key.pem")->Public(), key.Public());
  EXPECT_TRUE(absl::IsAlreadyExists(key.WritePemFile(dir / "key.pem")));
  EXPECT_TRUE(absl::IsNotFound(PrivateKey::FromPemFile(dir / "none.pem").status()));
}

TEST(PrivateKeyTest, NamesTheFileThatHoldsNoKey) {
  const TempDir dir;
  std::ofstream(dir / "key.pem") << "nonsense";
  const auto key = PrivateKey::FromPemFile(dir / "key.pem");
  EXPECT_EQ(ReasonOf(key.status()), kKeyMalformed);
  EXPECT_THAT(std::string(key.status().message()), ::testing::HasSubstr(dir / "key.pem"));
}

TEST(PrivateKeyTest, RefusesAnEncryptedKeyWithoutAskingForThePassphrase) {
  const EvpPkeyPtr key(EVP_EC_gen("P-256"));
  EXPECT_EQ(ReasonOf(PrivateKey::FromPem(PrivatePem(key.get(), "pass")).status()), kKeyMalformed);
  EXPECT_TRUE(PrivateKey::FromPem(PrivatePem(key.get())).ok());
}

TEST(SignatureTest, VerifiesOnlyForTheMessageAndTheKey) {
  const auto signer = TestSigner("a");
  const std::string signature = signer->Sign("message").value();
  ASSERT_EQ(signature.size(), kSignatureSize);
  const PublicKey key = TestKey("a").Public();
  EXPECT_EQ(signer->KeyId(), key.KeyId());
  EXPECT_TRUE(key.Verify("message", signature).ok());
  EXPECT_EQ(ReasonOf(key.Verify("messagE", signature)), kBadSignature);
  EXPECT_EQ(ReasonOf(TestKey("b").Public().Verify("message", signature)), kBadSignature);
}

TEST(SignatureTest, RefusesWrongSizesAndNumbersOutOfRange) {
  const PublicKey key = TestKey("a").Public();
  const std::string signature = TestSigner("a")->Sign("message").value();
  const std::string r = signature.substr(0, 32);
  const std::string s = signature.substr(32);
  const std::string zero(32, '\0');
  const std::string huge(32, '\xff');
  EXPECT_TRUE(key.Verify("message", r + s).ok());
  for (const std::string& bad : {std::string(), r, r + s + "x", zero + s, r + zero, zero + zero,
                                 huge + s, r + huge, s + r}) {
    EXPECT_EQ(ReasonOf(key.Verify("message", bad)), kBadSignature) << ToHex(bad);
  }
  EXPECT_TRUE(key.Verify("message", r + s).ok()) << "a failure must not spoil the context";
}

// An integer below 2^248 is shorter in DER and has to be padded; one in 128 signatures has one.
TEST(SignatureTest, IsAlwaysOfFullSize) {
  const auto signer = TestSigner("a");
  const PublicKey key = TestKey("a").Public();
  int padded = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string message = std::to_string(i);
    const std::string signature = signer->Sign(message).value();
    ASSERT_EQ(signature.size(), kSignatureSize);
    if (signature[0] == '\0' || signature[32] == '\0') {
      ++padded;
      ASSERT_TRUE(key.Verify(message, signature).ok());
    }
  }
  EXPECT_GT(padded, 0);
}

TEST(SignatureTest, OneSignerServesManyThreads) {
  const auto signer = TestSigner("a");
  const PublicKey key = TestKey("a").Public();
  std::vector<int> good(4);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < good.size(); ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const std::string message = std::to_string(t) + "/" + std::to_string(i);
          const auto signature = signer->Sign(message);
          if (signature.ok() && key.Verify(message, *signature).ok()) ++good[t];
        }
      });
    }
  }
  EXPECT_THAT(good, ::testing::Each(100));
}

}  // namespace
}  // namespace kp::statement
