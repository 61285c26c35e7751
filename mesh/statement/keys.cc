#include "mesh/statement/keys.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/context_pool.h"
#include "mesh/statement/openssl_ptr.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

// SubjectPublicKeyInfo of a key on P-256 up to the coordinates: id-ecPublicKey, prime256v1,
// uncompressed point (RFC 5480). Requiring it makes one key have one id.
constexpr std::string_view kSpkiPrefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00\x04",
    27);
constexpr size_t kSpkiSize = 91;

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

absl::Status KeyError(std::string_view what) {
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInvalidArgument, kKeyMalformed, what);
}

absl::Status BadSignature() {
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInvalidArgument, kBadSignature,
                   "the signature does not verify");
}

BioPtr ReadFrom(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

// Without it OpenSSL asks on the terminal for the passphrase of an encrypted key.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::string SpkiOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  // Fetched once: an implicit fetch at every call takes OpenSSL 3.0's global locks.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(kDigestSize, '\0');
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             sha256, nullptr);
  return digest;
}

std::string ToHex(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

struct PublicKey::State {
  State(EvpPkeyPtr evp_key, std::string spki)
      : key(std::move(evp_key)),
        der(std::move(spki)),
        key_id(Sha256(der)),
        contexts(key.get(), EVP_PKEY_verify_init) {}

  EvpPkeyPtr key;
  std::string der;
  std::string key_id;
  mutable ContextPool contexts;
};

PublicKey::PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

absl::StatusOr<PublicKey> PublicKey::FromDer(std::string_view der) {
  if (der.size() != kSpkiSize || !der.starts_with(kSpkiPrefix)) {
    return KeyError("the key must be on P-256, with the curve named and the point uncompressed");
  }
  const unsigned char* at = Unsigned(der);
  EvpPkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) return KeyError("the public key is not a point on P-256");
  return PublicKey(std::make_shared<const State>(std::move(key), std::string(der)));
}

absl::StatusOr<PublicKey> PublicKey::FromEvp(EVP_PKEY* key) {
  if (key == nullptr) return KeyError("the public key cannot be read");
  return FromDer(SpkiOf(key));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  const BioPtr bio = ReadFrom(pem);
  const EvpPkeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  return FromEvp(key.get());
}

absl::StatusOr<PublicKey> PublicKey::FromCertificatePem(std::string_view pem) {
  const BioPtr bio = ReadFrom(pem);
  const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) return KeyError("the certificate cannot be read");
  return FromEvp(X509_get0_pubkey(certificate.get()));
}

const std::string& PublicKey::KeyId() const { return state_->key_id; }

const std::string& PublicKey::Der() const { return state_->der; }

std::string PublicKey::Pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), state_->key.get());
  return Contents(bio.get());
}

absl::Status PublicKey::Verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignatureSize) return BadSignature();
  const EcdsaSigPtr pair(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(Unsigned(signature), 32, nullptr));
  BignumPtr s(BN_bin2bn(Unsigned(signature.substr(32)), 32, nullptr));
  if (pair == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
    return absl::InternalError("no memory for a signature");
  }
  static_cast<void>(r.release());  // owned by the pair now
  static_cast<void>(s.release());
  std::array<unsigned char, 80> der{};  // two integers of at most 33 bytes and their heads: 72
  unsigned char* end = der.data();
  const int der_size = i2d_ECDSA_SIG(pair.get(), &end);
  const std::string digest = Sha256(message);
  int result = 0;
  const bool tried = der_size > 0 && state_->contexts.With([&](EVP_PKEY_CTX* context) {
    result = EVP_PKEY_verify(context, der.data(), static_cast<size_t>(der_size), Unsigned(digest),
                             digest.size());
  });
  if (!tried) return absl::InternalError(absl::StrCat("cannot verify: ", OpensslErrors()));
  if (result == 1) return absl::OkStatus();
  return BadSignature();
}

PrivateKey::PrivateKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key)
    : key_(std::move(key)), public_(std::move(public_key)) {}

absl::StatusOr<PrivateKey> PrivateKey::FromEvp(std::shared_ptr<EVP_PKEY> key) {
  KP_ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromEvp(key.get()));
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_pairwise_check(context.get()) != 1) {
    return KeyError("the private key does not belong to its public key");
  }
  return PrivateKey(std::move(key), std::move(public_key));
}

absl::StatusOr<PrivateKey> PrivateKey::Generate() {
  EvpPkeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return absl::InternalError(absl::StrCat("no key: ", OpensslErrors()));
  return FromEvp(std::move(key));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  const BioPtr bio = ReadFrom(pem);
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return KeyError("not an unencrypted private key in PEM");
  return FromEvp(std::move(key));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPemFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream pem;
  if (!file || !(pem << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read the key file ", path));
  }
  absl::StatusOr<PrivateKey> key = FromPem(pem.str());
  if (!key.ok()) {
    return MakeError(key.status().code(), ReasonOf(key.status()),
                     absl::StrCat(path, ": ", key.status().message()));
  }
  return key;
}

absl::Status PrivateKey::WritePemFile(const std::string& path) const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
      1) {
    return absl::InternalError(absl::StrCat("cannot encode the key: ", OpensslErrors()));
  }
  const std::string pem = Contents(bio.get());
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    const std::string message = absl::StrCat("cannot create ", path, ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(message) : absl::InternalError(message);
  }
  const bool written =
      write(file, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) && fsync(file) == 0;
  if (close(file) != 0 || !written) {
    unlink(path.c_str());
    return absl::InternalError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace kp::statement
