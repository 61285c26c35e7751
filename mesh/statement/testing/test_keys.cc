#include "mesh/statement/testing/test_keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kp::statement {

PrivateKey TestKey(std::string_view name) {
  // ECPrivateKey (RFC 5915): version 1, the scalar, the curve's name.
  std::string der("\x30\x31\x02\x01\x01\x04\x20", 7);
  der += Sha256(name);
  der += std::string("\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 12);
  return PrivateKey::FromPem(absl::StrCat("-----BEGIN EC PRIVATE KEY-----\n",
                                          absl::Base64Escape(der),
                                          "\n-----END EC PRIVATE KEY-----\n"))
      .value();
}

std::shared_ptr<const Signer> TestSigner(std::string_view name) {
  return std::make_shared<LocalSigner>(TestKey(name));
}

}  // namespace kp::statement
