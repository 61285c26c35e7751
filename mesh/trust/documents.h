// The rules by which trust documents follow one another (architecture 4.4, after TUF). Pure
// functions of their arguments; what is in force is decided in trust_store.h.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/statement/keys.h"

namespace kp::trust {

// Content types of the signatures on documents, and of freshness and denial statements.
std::string RootContentType();
std::string ManifestContentType();
std::string FreshnessContentType();
std::string DenialContentType();

// Largest document and part that a node takes: 60 participants with their history need some 200
// KiB. A part fits into one message of mesh/rpc with room to spare.
inline constexpr size_t kMaxDocumentSize = size_t{256} << 10;
inline constexpr size_t kMaxPartSize = size_t{3} << 20;
inline constexpr int kMaxParts = 64;

// Both sides' clocks may differ by this much (mesh/rpc refuses calls beyond it).
inline constexpr absl::Duration kMaxSkew = absl::Minutes(10);

// A root document that is well formed; whether it counts is for VerifyFirstRoot and VerifyNextRoot.
struct Root {
  v1::RootDocument document;
  v1::SignedDocument signed_document;
  std::vector<statement::PublicKey> keys;  // of document.signers, in their order
};

// INVALID_ARGUMENT, TRUST_MALFORMED, naming the field: no world, version 0, a threshold that can
// never be met or is 0, a name or key that stands twice, a key that is not P-256.
absl::StatusOr<Root> ReadRoot(const v1::SignedDocument& document);

// Version 1 is signed by its own threshold.
absl::Status VerifyFirstRoot(const Root& root);

// `next` follows `previous` by one, in the same world, signed by the thresholds of both.
absl::Status VerifyNextRoot(const Root& previous, const Root& next);

// A manifest and what its signatures prove.
struct SignedManifest {
  v1::Manifest manifest;
  v1::SignedDocument signed_document;
  std::string digest;  // SHA-256 of the payload, raw
};

// Well formed, of `root`'s world, made under exactly this root document, signed by its threshold.
absl::StatusOr<SignedManifest> VerifyManifest(const Root& root, const v1::SignedDocument& document);

// Bytes of the parts by name.
using Parts = std::map<std::string, std::string, std::less<>>;

// Gives the part with this digest (raw) and size, or an error. May go over the network.
using PartSource =
    std::function<absl::StatusOr<std::string>(const std::string& digest, uint64_t size)>;

// Every part that the manifest names, each with its digest and size proven.
absl::StatusOr<Parts> CollectParts(const v1::Manifest& manifest, const PartSource& source);

}  // namespace kp::trust
