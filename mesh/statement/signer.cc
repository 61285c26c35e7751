#include "mesh/statement/signer.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "mesh/statement/context_pool.h"
#include "mesh/statement/openssl_ptr.h"

namespace kp::statement {

struct LocalSigner::State {
  explicit State(PrivateKey private_key)
      : key(std::move(private_key)), contexts(key.raw(), EVP_PKEY_sign_init) {}

  PrivateKey key;
  ContextPool contexts;
};

LocalSigner::LocalSigner(PrivateKey key) : state_(std::make_unique<State>(std::move(key))) {}

LocalSigner::~LocalSigner() = default;

const std::string& LocalSigner::KeyId() const { return state_->key.Public().KeyId(); }

absl::StatusOr<std::string> LocalSigner::Sign(std::string_view message) const {
  const std::string digest = Sha256(message);
  std::array<unsigned char, 80> der{};  // two integers of at most 33 bytes and their heads: 72
  size_t der_size = der.size();
  int result = 0;
  const bool tried = state_->contexts.With([&](EVP_PKEY_CTX* context) {
    result = EVP_PKEY_sign(context, der.data(), &der_size,
                           reinterpret_cast<const unsigned char*>(digest.data()), digest.size());
  });
  if (!tried || result != 1) {
    return absl::InternalError(absl::StrCat("cannot sign: ", OpensslErrors()));
  }
  const unsigned char* at = der.data();
  const EcdsaSigPtr pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_size)));
  std::string signature(kSignatureSize, '\0');
  auto* raw = reinterpret_cast<unsigned char*>(signature.data());
  if (pair == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw, 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw + 32, 32) != 32) {
    return absl::InternalError(absl::StrCat("cannot sign: ", OpensslErrors()));
  }
  return signature;
}

}  // namespace kp::statement
