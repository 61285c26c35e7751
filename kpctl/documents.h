// Trust documents as files: read, sign, and say in words what they are and what they change.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/statement/keys.h"
#include "mesh/trust/documents.h"

namespace kp::kpctl {

// Names inside the directory that `kpctl trust manifest` writes.
inline constexpr char kManifestFile[] = "manifest.doc";
inline constexpr char kPartsDirectory[] = "parts";

// A serialised SignedDocument with what its payload says. Exactly one of the two is set; what the
// signatures are worth is for mesh/trust to say.
struct Document {
  trust::v1::SignedDocument signed_document;
  std::optional<trust::v1::RootDocument> root;
  std::optional<trust::v1::Manifest> manifest;

  std::string content_type() const {
    return root.has_value() ? trust::RootContentType() : trust::ManifestContentType();
  }
};

// INVALID_ARGUMENT with reason DOCUMENT_UNREADABLE for what is neither.
absl::StatusOr<Document> ParseDocument(const std::string& bytes);
absl::StatusOr<Document> ReadDocument(const std::string& path);

// The root document in that file; INVALID_ARGUMENT for a manifest.
absl::StatusOr<trust::Root> ReadRootFile(const std::string& path);

absl::Status WriteDocument(const std::string& path, const trust::v1::SignedDocument& document);

// Adds this key's signature. ALREADY_EXISTS when the key has signed the document.
absl::Status AddSignature(Document& document, const statement::PrivateKey& key);

// The parts of a manifest in that file, from parts/<digest> beside it; each is checked against its
// digest. NOT_FOUND names a part that is not there.
absl::StatusOr<trust::Parts> ReadParts(const trust::v1::Manifest& manifest,
                                       const std::string& manifest_path);

// Names of the root signers whose signatures are on the document, in the root's order.
std::vector<std::string> SignersOf(const Document& document, const trust::Root& root);

// The document in a few lines for whoever is asked to sign it.
std::vector<std::string> Describe(const Document& document);

// What `next` changes against `previous`, one line a change, parts entry by entry. The parts of
// either may be empty for root documents.
std::vector<std::string> DescribeChanges(const Document& previous,
                                         const trust::Parts& previous_parts, const Document& next,
                                         const trust::Parts& next_parts);

// The entries of one part as "party BW" -> one line with what it says.
std::map<std::string, std::string> EntriesOf(const std::string& part_name,
                                             const std::string& bytes);

}  // namespace kp::kpctl
