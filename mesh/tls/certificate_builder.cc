#include "mesh/tls/certificate_builder.h"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::tls {
namespace {

using Asn1StringPtr = statement::OpensslPtr<ASN1_STRING, ASN1_STRING_free>;
using GeneralNamePtr = statement::OpensslPtr<GENERAL_NAME, GENERAL_NAME_free>;
using GeneralNamesPtr = statement::OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using X509ExtensionPtr = statement::OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using statement::BignumPtr;

absl::Status Fail(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("cannot make certificate, ", std::string(what),
                                                 ": ", statement::OpensslErrors()));
}

absl::Status SetSerial(X509& certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return Fail("no random bytes");
  }
  const BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  if (BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) == nullptr) {
    return Fail("serial number");
  }
  return absl::OkStatus();
}

absl::Status SetDates(X509& certificate, absl::Time not_before, absl::Time not_after) {
  // ASN1_TIME_set() writes years to 9999 only.
  const absl::Time limit = absl::FromCivil(absl::CivilYear(9999), absl::UTCTimeZone());
  if (not_before < absl::UnixEpoch() || not_after < not_before || not_after >= limit) {
    return absl::InvalidArgumentError("the dates of a certificate are out of order or range");
  }
  if (ASN1_TIME_set(X509_getm_notBefore(&certificate), absl::ToTimeT(not_before)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(&certificate), absl::ToTimeT(not_after)) == nullptr) {
    return Fail("dates");
  }
  return absl::OkStatus();
}

absl::Status SetSubject(X509& certificate, const std::string& common_name) {
  if (X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1) {
    return Fail("common name");
  }
  return absl::OkStatus();
}

absl::Status AddIa5Name(GENERAL_NAMES& names, int type, std::string_view text) {
  Asn1StringPtr value(ASN1_IA5STRING_new());
  GeneralNamePtr name(GENERAL_NAME_new());
  if (ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) != 1) {
    return Fail("name");
  }
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  sk_GENERAL_NAME_push(&names, name.release());
  return absl::OkStatus();
}

absl::Status AddAlternativeNames(X509& certificate, const CertificateSpec& spec) {
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  for (const std::string& uri : spec.uris) {
    KP_RETURN_IF_ERROR(AddIa5Name(*names, GEN_URI, uri));
  }
  for (const std::string& dns_name : spec.dns_names) {
    KP_RETURN_IF_ERROR(AddIa5Name(*names, GEN_DNS, dns_name));
  }
  for (const std::string& address : spec.ip_addresses) {
    Asn1StringPtr value(a2i_IPADDRESS(address.c_str()));
    if (value == nullptr) {
      return Fail(absl::StrCat("not an IP address: ", address));
    }
    GeneralNamePtr name(GENERAL_NAME_new());
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value.release());
    sk_GENERAL_NAME_push(names.get(), name.release());
  }
  if (sk_GENERAL_NAME_num(names.get()) == 0) {
    return absl::OkStatus();
  }
  if (X509_add1_ext_i2d(&certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return Fail("subject alternative name");
  }
  return absl::OkStatus();
}

absl::Status AddExtension(X509& certificate, const X509& issuer, int nid,
                          const std::string& value) {
  if (value.empty()) {
    return absl::OkStatus();
  }
  X509V3_CTX context{};
  X509V3_set_ctx(&context, const_cast<X509*>(&issuer), &certificate, nullptr, nullptr, 0);
  const X509ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (extension == nullptr || X509_add_ext(&certificate, extension.get(), -1) != 1) {
    return Fail(absl::StrCat("extension ", OBJ_nid2sn(nid)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EvpPkeyPtr> GenerateKey() {
  EvpPkeyPtr key(EVP_EC_gen(SN_X9_62_prime256v1));
  if (key == nullptr) {
    return absl::InternalError(absl::StrCat("cannot generate a key: ", statement::OpensslErrors()));
  }
  return key;
}

absl::StatusOr<X509Ptr> BuildCertificate(const CertificateSpec& spec, EVP_PKEY& subject_key,
                                         const X509* issuer, EVP_PKEY& issuer_key) {
  X509Ptr certificate(X509_new());
  const X509& signer = *(issuer == nullptr ? certificate.get() : issuer);
  if (X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate.get(), &subject_key) != 1) {
    return Fail("public key");
  }
  KP_RETURN_IF_ERROR(SetSerial(*certificate));
  KP_RETURN_IF_ERROR(SetDates(*certificate, spec.not_before, spec.not_after));
  KP_RETURN_IF_ERROR(SetSubject(*certificate, spec.common_name));
  if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(&signer)) != 1) {
    return Fail("issuer name");
  }
  KP_RETURN_IF_ERROR(
      AddExtension(*certificate, signer, NID_basic_constraints, spec.basic_constraints));
  KP_RETURN_IF_ERROR(AddExtension(*certificate, signer, NID_key_usage, spec.key_usage));
  KP_RETURN_IF_ERROR(
      AddExtension(*certificate, signer, NID_ext_key_usage, spec.extended_key_usage));
  KP_RETURN_IF_ERROR(AddExtension(*certificate, signer, NID_subject_key_identifier, "hash"));
  KP_RETURN_IF_ERROR(AddExtension(*certificate, signer, NID_authority_key_identifier, "keyid"));
  KP_RETURN_IF_ERROR(AddAlternativeNames(*certificate, spec));
  const EVP_MD* digest = spec.digest == nullptr ? EVP_sha256() : spec.digest;
  if (X509_sign(certificate.get(), &issuer_key, digest) == 0) {
    return Fail("signature");
  }
  return certificate;
}

}  // namespace kp::tls
