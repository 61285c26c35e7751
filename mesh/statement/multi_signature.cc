#include "mesh/statement/multi_signature.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/cose.h"
#include "mesh/statement/header.h"
#include "mesh/statement/reasons.h"

namespace kp::statement {
namespace {

// Far above what the layout needs (about 180 bytes), far below what would cost.
constexpr size_t kMaxSignatureSize = 1024;

// The key among `keys` that made `signature`; null when none did.
const PublicKey* SignedBy(std::string_view payload, std::string_view signature,
                          const std::vector<PublicKey>& keys, std::string_view content_type) {
  if (signature.size() > kMaxSignatureSize) return nullptr;
  const auto message = ParseCoseSign1(signature);
  if (!message.ok() || !message->tagged || message->unprotected_header != "\xa0") return nullptr;
  const auto header = ParseProtectedHeader(message->protected_header);
  if (!header.ok() || header->claims.has_value() || header->content_type != content_type) {
    return nullptr;
  }
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const PublicKey& candidate) {
    return candidate.KeyId() == header->kid;
  });
  if (key == keys.end() || !VerifyCoseSign1(*message, *key, "", payload).ok()) return nullptr;
  return &*key;
}

}  // namespace

absl::StatusOr<std::string> SignDetached(const Signer& signer, const std::string& content_type,
                                         std::string_view payload) {
  const std::string header = EncodeProtectedHeader({content_type, signer.KeyId(), std::nullopt});
  return SignCoseSign1(signer, header, payload, "", CosePayload::kDetached);
}

absl::StatusOr<std::vector<std::string>> VerifyThreshold(std::string_view payload,
                                                         const std::vector<std::string>& signatures,
                                                         const std::vector<PublicKey>& keys,
                                                         size_t threshold,
                                                         const std::string& content_type) {
  if (threshold == 0 || threshold > keys.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a threshold of ", threshold, " of ", keys.size(), " keys"));
  }
  if (signatures.size() > kMaxDocumentSignatures) {
    return MakeError(absl::StatusCode::kInvalidArgument, kTooLarge,
                     absl::StrCat("more than ", kMaxDocumentSignatures, " signatures"));
  }
  std::vector<std::string> signers;
  for (const std::string& signature : signatures) {
    const PublicKey* key = SignedBy(payload, signature, keys, content_type);
    if (key == nullptr) continue;
    if (std::find(signers.begin(), signers.end(), key->KeyId()) == signers.end()) {
      signers.push_back(key->KeyId());
    }
  }
  if (signers.size() < threshold) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, kThresholdNotMet,
        absl::StrCat(signers.size(), " of the ", threshold, " signatures needed are good"),
        {{"good", absl::StrCat(signers.size())}, {"needed", absl::StrCat(threshold)}});
  }
  return signers;
}

}  // namespace kp::statement
