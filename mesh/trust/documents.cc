#include "mesh/trust/documents.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/multi_signature.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

absl::Status Malformed(std::string field, std::string message) {
  return FieldError({kTrustMalformed, std::move(field), std::move(message), ""});
}

absl::Status CheckSize(const v1::SignedDocument& document) {
  if (document.payload().size() > kMaxDocumentSize) {
    return Malformed("payload", absl::StrCat("is larger than ", kMaxDocumentSize, " bytes"));
  }
  return absl::OkStatus();
}

// Signatures of the threshold of `root` over a payload of this kind.
absl::Status CheckThreshold(const Root& root, const v1::SignedDocument& document,
                            const std::string& content_type) {
  const std::vector<std::string> signatures(document.signatures().begin(),
                                            document.signatures().end());
  const auto signers = statement::VerifyThreshold(document.payload(), signatures, root.keys,
                                                  root.document.threshold(), content_type);
  if (signers.ok()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, kTrustThresholdNotReached,
      absl::StrCat("needs ", root.document.threshold(), " signatures of the ", root.keys.size(),
                   " root signers of root document ", root.document.version(), ": ",
                   std::string(signers.status().message())));
}

absl::Status CheckWorld(const std::string& expected, const std::string& world) {
  if (world == expected) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, kTrustOtherWorld,
      absl::StrCat("is a document of the world \"", world, "\", not of \"", expected, "\""));
}

}  // namespace

std::string RootContentType() { return statement::ContentType("root"); }
std::string ManifestContentType() { return statement::ContentType("manifest"); }
std::string FreshnessContentType() { return statement::ContentType("freshness"); }
std::string DenialContentType() { return statement::ContentType("denial"); }

absl::StatusOr<Root> ReadRoot(const v1::SignedDocument& document) {
  KP_RETURN_IF_ERROR(CheckSize(document));
  Root root;
  root.signed_document = document;
  KP_RETURN_IF_ERROR(statement::DecodePayload(document.payload(), root.document));
  const v1::RootDocument& doc = root.document;
  if (doc.version() == 0) return Malformed("version", "must be at least 1");
  if (doc.world().empty()) return Malformed("world", "must not be empty");
  if (!doc.has_expire_time()) return Malformed("expire_time", "is required");
  if (doc.threshold() == 0 || static_cast<int>(doc.threshold()) > doc.signers_size()) {
    return Malformed("threshold", absl::StrCat(doc.threshold(), " can never be met by ",
                                               doc.signers_size(), " signers"));
  }
  std::set<std::string> names;
  std::set<std::string> key_ids;
  for (int i = 0; i < doc.signers_size(); ++i) {
    const v1::RootSigner& signer = doc.signers(i);
    if (signer.name().empty() || !names.insert(signer.name()).second) {
      return Malformed(absl::StrCat("signers[", i, "].name"), "must be given, and once only");
    }
    auto key = statement::PublicKey::FromDer(signer.public_key());
    if (!key.ok()) {
      return Malformed(absl::StrCat("signers[", i, "].public_key"),
                       std::string(key.status().message()));
    }
    if (!key_ids.insert(key->KeyId()).second) {
      return Malformed(absl::StrCat("signers[", i, "].public_key"),
                       "is another signer's key: a threshold counts persons");
    }
    root.keys.push_back(*std::move(key));
  }
  return root;
}

absl::Status VerifyFirstRoot(const Root& root) {
  if (root.document.version() != 1) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, kTrustVersionGap,
        absl::StrCat("the first root document has version ", root.document.version(), ", not 1"));
  }
  return CheckThreshold(root, root.signed_document, RootContentType());
}

absl::Status VerifyNextRoot(const Root& previous, const Root& next) {
  KP_RETURN_IF_ERROR(CheckWorld(previous.document.world(), next.document.world()));
  if (next.document.version() != previous.document.version() + 1) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kTrustVersionGap,
                     absl::StrCat("root document ", next.document.version(), " does not follow ",
                                  previous.document.version()));
  }
  KP_RETURN_IF_ERROR(CheckThreshold(previous, next.signed_document, RootContentType()));
  return CheckThreshold(next, next.signed_document, RootContentType());
}

absl::StatusOr<SignedManifest> VerifyManifest(const Root& root,
                                              const v1::SignedDocument& document) {
  KP_RETURN_IF_ERROR(CheckSize(document));
  // The signatures come first: nothing unsigned is looked into.
  KP_RETURN_IF_ERROR(CheckThreshold(root, document, ManifestContentType()));
  SignedManifest result;
  result.signed_document = document;
  result.digest = statement::Sha256(document.payload());
  KP_RETURN_IF_ERROR(statement::DecodePayload(document.payload(), result.manifest));
  const v1::Manifest& manifest = result.manifest;
  KP_RETURN_IF_ERROR(CheckWorld(root.document.world(), manifest.world()));
  if (manifest.root_version() != root.document.version()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kTrustVersionGap,
                     absl::StrCat("is made under root document ", manifest.root_version(),
                                  "; in force is ", root.document.version()));
  }
  if (manifest.version() == 0) return Malformed("version", "must be at least 1");
  if (!manifest.has_create_time()) return Malformed("create_time", "is required");
  if (!manifest.has_expire_time()) return Malformed("expire_time", "is required");
  if (manifest.expire_time().seconds() <= manifest.create_time().seconds()) {
    return Malformed("expire_time", "must lie after create_time");
  }
  if (manifest.parts_size() > kMaxParts) return Malformed("parts", "are too many");
  std::set<std::string> names;
  for (int i = 0; i < manifest.parts_size(); ++i) {
    const v1::PartReference& part = manifest.parts(i);
    const std::string path = absl::StrCat("parts[", i, "].");
    if (part.name().empty() || !names.insert(part.name()).second) {
      return Malformed(path + "name", "must be given, and once only");
    }
    if (part.digest().size() != statement::kDigestSize) {
      return Malformed(path + "digest", "must be 32 bytes");
    }
    if (part.size() > kMaxPartSize) {
      return Malformed(path + "size", absl::StrCat("is above ", kMaxPartSize, " bytes"));
    }
  }
  return result;
}

absl::StatusOr<Parts> CollectParts(const v1::Manifest& manifest, const PartSource& source) {
  Parts parts;
  for (const v1::PartReference& reference : manifest.parts()) {
    auto bytes = source(reference.digest(), reference.size());
    if (!bytes.ok()) {
      return MakeError(absl::StatusCode::kUnavailable, kTrustPartMissing,
                       absl::StrCat("part \"", reference.name(), "\" could not be had: ",
                                    std::string(bytes.status().message())));
    }
    if (bytes->size() != reference.size() || statement::Sha256(*bytes) != reference.digest()) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, kTrustPartDigest,
          absl::StrCat("part \"", reference.name(), "\" is not the one that the manifest names"));
    }
    parts.emplace(reference.name(), *std::move(bytes));
  }
  return parts;
}

}  // namespace kp::trust
