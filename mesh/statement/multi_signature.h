// Documents signed by several keys (root documents, manifests): one payload, beside it detached
// COSE_Sign1 signatures with the protected header {alg, content type, kid}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/signer.h"

namespace kp::statement {

// More signatures on one document are refused, so that nobody can order unbounded work.
inline constexpr size_t kMaxDocumentSignatures = 32;

// One signature over `payload`, whose kind is `content_type`.
absl::StatusOr<std::string> SignDetached(const Signer& signer, const std::string& content_type,
                                         std::string_view payload);

// The ids of the distinct keys among `keys` that have signed `payload` as `content_type`, when they
// are at least `threshold`; else STATEMENT_THRESHOLD_NOT_MET. Signatures that are malformed, wrong
// or by other keys do not count and do no harm: a document that changes hands carries those of the
// old and of the new keys. INVALID_ARGUMENT when the threshold is 0 or more than there are keys.
absl::StatusOr<std::vector<std::string>> VerifyThreshold(std::string_view payload,
                                                         const std::vector<std::string>& signatures,
                                                         const std::vector<PublicKey>& keys,
                                                         size_t threshold,
                                                         const std::string& content_type);

}  // namespace kp::statement
