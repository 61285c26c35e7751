// OpenSSL objects with owners, and the few questions this module asks of certificates.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/statement/openssl_ptr.h"

namespace kp::tls {

using statement::BioPtr;
using statement::EvpPkeyPtr;
using statement::X509Ptr;
using X509StorePtr = statement::OpensslPtr<X509_STORE, X509_STORE_free>;

// Every certificate of a PEM text, in order. Anything between the blocks is ignored; a block that
// does not parse is INVALID_ARGUMENT. An empty text gives an empty list. At most 16 certificates.
absl::StatusOr<std::vector<X509Ptr>> ParsePemCertificates(std::string_view pem);
absl::StatusOr<X509Ptr> ParseDerCertificate(std::string_view der);

// An unencrypted private key in PEM.
absl::StatusOr<EvpPkeyPtr> ParsePemPrivateKey(std::string_view pem);

std::string ToPem(const X509& certificate);
std::string ToDer(const X509& certificate);
// PKCS#8, unencrypted.
std::string ToPem(const EVP_PKEY& key);

// SHA-256 in lower-case hex, over the DER and over the SubjectPublicKeyInfo.
std::string Fingerprint(const X509& certificate);
std::string KeyFingerprint(const X509& certificate);

// The URI names of the subject alternative name, in order. The extension may be absent;
// INVALID_ARGUMENT when it does not parse, occurs twice, or a name holds a NUL.
absl::StatusOr<std::vector<std::string>> UriNames(const X509& certificate);

absl::Time NotBefore(const X509& certificate);
absl::Time NotAfter(const X509& certificate);

// OK when the certificate may be a peer's in TLS: not a CA's, key usage with digitalSignature, and
// extended key usage with any of `sides` (XKU_SSL_CLIENT, XKU_SSL_SERVER). Both extensions must be
// there: OpenSSL lets a certificate without them pass for any purpose.
[[nodiscard]] absl::Status CheckLeafUsage(const X509& leaf, uint32_t sides);

// OK when the key is EC P-256, P-384 or P-521, or RSA of at least 3072 bits.
[[nodiscard]] absl::Status CheckKeyStrength(const X509& certificate);
// OK when the certificate is signed with SHA-256, SHA-384 or SHA-512.
[[nodiscard]] absl::Status CheckSignatureDigest(const X509& certificate);

}  // namespace kp::tls
