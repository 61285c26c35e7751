#include "mesh/tls/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kp::tls {
namespace {

constexpr size_t kMaxCertificates = 16;
constexpr int kMinRsaBits = 3072;

using GeneralNamesPtr = statement::OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;

BioPtr ReadBio(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string TextOf(BIO& bio) {
  const char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string Hex(const unsigned char* digest, unsigned int size) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::Time ToTime(const ASN1_TIME* time, absl::Time if_malformed) {
  std::tm tm{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) {
    return if_malformed;
  }
  return absl::FromTM(tm, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<std::vector<X509Ptr>> ParsePemCertificates(std::string_view pem) {
  const BioPtr bio = ReadBio(pem);
  std::vector<X509Ptr> certificates;
  for (;;) {
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) {
      break;
    }
    if (certificates.size() == kMaxCertificates) {
      return absl::InvalidArgumentError("more than 16 certificates");
    }
    certificates.push_back(std::move(certificate));
  }
  // The end of the text shows as "no start line"; anything else is a damaged block.
  const unsigned long error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string text = statement::OpensslErrors();
  if (!at_end) {
    return absl::InvalidArgumentError(absl::StrCat("a PEM certificate does not parse: ", text));
  }
  return certificates;
}

absl::StatusOr<X509Ptr> ParseDerCertificate(std::string_view der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* at = begin;
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr || at != begin + der.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not one DER certificate: ", statement::OpensslErrors()));
  }
  return certificate;
}

absl::StatusOr<EvpPkeyPtr> ParsePemPrivateKey(std::string_view pem) {
  const BioPtr bio = ReadBio(pem);
  // An encrypted key must fail here and not ask for its password on the terminal.
  char no_password[] = "";
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_password));
  if (key == nullptr) {
    statement::OpensslErrors();
    return absl::InvalidArgumentError("not an unencrypted private key in PEM");
  }
  return key;
}

std::string ToPem(const X509& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), &certificate);
  return TextOf(*bio);
}

std::string ToDer(const X509& certificate) {
  std::string der(static_cast<size_t>(i2d_X509(&certificate, nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(&certificate, &out);
  return der;
}

std::string ToPem(const EVP_PKEY& key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(*bio);
}

std::string Fingerprint(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  X509_digest(&certificate, EVP_sha256(), digest.data(), &size);
  return Hex(digest.data(), size);
}

std::string KeyFingerprint(const X509& certificate) {
  unsigned char* der = nullptr;
  const int der_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
  if (der_size <= 0) {
    return "";
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(der, static_cast<size_t>(der_size), digest.data(), &size, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return Hex(digest.data(), size);
}

absl::StatusOr<std::vector<std::string>> UriNames(const X509& certificate) {
  int critical = 0;
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr) {
    statement::OpensslErrors();
    if (critical == -1) {
      return std::vector<std::string>();
    }
    return absl::InvalidArgumentError("the subject alternative name occurs twice or is malformed");
  }
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) {
      continue;
    }
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    std::string uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                    static_cast<size_t>(ASN1_STRING_length(text)));
    if (uri.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("a URI name holds a NUL");
    }
    uris.push_back(std::move(uri));
  }
  return uris;
}

// A date that does not parse makes the certificate invalid at every time.
absl::Time NotBefore(const X509& certificate) {
  return ToTime(X509_get0_notBefore(&certificate), absl::InfiniteFuture());
}

absl::Time NotAfter(const X509& certificate) {
  return ToTime(X509_get0_notAfter(&certificate), absl::InfinitePast());
}

absl::Status CheckLeafUsage(const X509& leaf, uint32_t sides) {
  // These cache on first use, hence their missing const.
  X509* const certificate = const_cast<X509*>(&leaf);
  if (X509_check_ca(certificate) != 0) {
    return absl::InvalidArgumentError("the leaf is a CA certificate");
  }
  const uint32_t flags = X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_KUSAGE) == 0 ||
      (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0) {
    return absl::InvalidArgumentError("the leaf's key usage lacks digitalSignature");
  }
  if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(certificate) & sides) == 0) {
    return absl::InvalidArgumentError(
        "the leaf's extended key usage does not allow this side of TLS");
  }
  return absl::OkStatus();
}

absl::Status CheckKeyStrength(const X509& certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(&certificate);
  if (key == nullptr) {
    statement::OpensslErrors();
    return absl::InvalidArgumentError("the public key does not parse");
  }
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= kMinRsaBits) {
    return absl::OkStatus();
  }
  std::array<char, 64> group{};
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1) {
    const std::string_view name = group.data();
    if (name == SN_X9_62_prime256v1 || name == SN_secp384r1 || name == SN_secp521r1) {
      return absl::OkStatus();
    }
  }
  statement::OpensslErrors();
  return absl::InvalidArgumentError(
      "the key is neither EC on P-256, P-384 or P-521 nor RSA of 3072 bits or more");
}

absl::Status CheckSignatureDigest(const X509& certificate) {
  int digest = NID_undef;
  // X509_get_signature_info() caches on first use, hence its missing const.
  if (X509_get_signature_info(const_cast<X509*>(&certificate), &digest, nullptr, nullptr,
                              nullptr) == 1 &&
      (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("signed with another digest than SHA-256, SHA-384 or SHA-512");
}

}  // namespace kp::tls
