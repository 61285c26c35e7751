#include "kpctl/documents.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kpctl/output.h"
#include "mesh/statement/multi_signature.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/signer.h"
#include "mesh/tls/files.h"

namespace kp::kpctl {
namespace {

absl::StatusOr<std::string> ReadBounded(const std::filesystem::path& path, size_t limit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(absl::StatusCode::kNotFound, "FILE_UNREADABLE",
                     absl::StrCat(path.string(), " cannot be read"));
  }
  std::error_code error;
  if (std::filesystem::file_size(path, error) > limit || error) {
    return MakeError(absl::StatusCode::kInvalidArgument, "DOCUMENT_UNREADABLE",
                     absl::StrCat(path.string(), " is larger than any trust document"));
  }
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Fingerprint(const std::string& spki) {
  return statement::ToHex(statement::Sha256(spki));
}

std::vector<std::string> SignersChange(const trust::v1::RootDocument& previous,
                                       const trust::v1::RootDocument& next) {
  std::vector<std::string> lines;
  const auto keyed = [](const trust::v1::RootDocument& root) {
    std::map<std::string, std::string> keys;
    for (const auto& signer : root.signers())
      keys[signer.name()] = Fingerprint(signer.public_key());
    return keys;
  };
  const auto before = keyed(previous), after = keyed(next);
  for (const auto& [name, key] : after) {
    const auto old = before.find(name);
    if (old == before.end()) {
      lines.push_back(absl::StrCat("+ root signer ", name, ", key ", key));
    } else if (old->second != key) {
      lines.push_back(
          absl::StrCat("~ root signer ", name, ", key ", key, " (was ", old->second, ")"));
    }
  }
  for (const auto& [name, key] : before) {
    if (!after.contains(name)) lines.push_back(absl::StrCat("- root signer ", name));
  }
  if (previous.threshold() != next.threshold()) {
    lines.push_back(
        absl::StrCat("~ threshold ", next.threshold(), " (was ", previous.threshold(), ")"));
  }
  return lines;
}

void PartChange(const std::string& name, const std::string& before_bytes,
                const std::string& after_bytes, std::vector<std::string>& lines) {
  const auto before = EntriesOf(name, before_bytes), after = EntriesOf(name, after_bytes);
  for (const auto& [key, text] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      lines.push_back(absl::StrCat("+ ", key, ": ", text));
    } else if (old->second != text) {
      lines.push_back(absl::StrCat("~ ", key, ": ", text));
    }
  }
  for (const auto& [key, text] : before) {
    if (!after.contains(key)) lines.push_back(absl::StrCat("- ", key, ": ", text));
  }
}

}  // namespace

absl::StatusOr<Document> ParseDocument(const std::string& bytes) {
  Document document;
  if (document.signed_document.ParseFromString(bytes)) {
    const std::string& payload = document.signed_document.payload();
    // The two cannot be taken for each other: field 4 is a list in one and a number in the other.
    if (trust::v1::RootDocument root; statement::DecodePayload(payload, root).ok()) {
      document.root = std::move(root);
      return document;
    }
    if (trust::v1::Manifest manifest; statement::DecodePayload(payload, manifest).ok()) {
      document.manifest = std::move(manifest);
      return document;
    }
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "DOCUMENT_UNREADABLE",
                   "is neither a root document nor a manifest");
}

absl::StatusOr<Document> ReadDocument(const std::string& path) {
  KP_ASSIGN_OR_RETURN(const std::string bytes, ReadBounded(path, trust::kMaxDocumentSize));
  absl::StatusOr<Document> document = ParseDocument(bytes);
  if (!document.ok()) {
    return MakeError(document.status().code(), ReasonOf(document.status()),
                     absl::StrCat(path, " ", std::string(document.status().message())));
  }
  return document;
}

absl::StatusOr<trust::Root> ReadRootFile(const std::string& path) {
  KP_ASSIGN_OR_RETURN(const Document document, ReadDocument(path));
  if (!document.root.has_value()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "DOCUMENT_UNREADABLE",
                     absl::StrCat(path, " is no root document"));
  }
  return trust::ReadRoot(document.signed_document);
}

absl::Status WriteDocument(const std::string& path, const trust::v1::SignedDocument& document) {
  return tls::WriteFileByRename(path, document.SerializeAsString(), 0644);
}

absl::Status AddSignature(Document& document, const statement::PrivateKey& key) {
  const std::string& payload = document.signed_document.payload();
  const std::vector<std::string> present(document.signed_document.signatures().begin(),
                                         document.signed_document.signatures().end());
  if (statement::VerifyThreshold(payload, present, {key.Public()}, 1, document.content_type())
          .ok()) {
    return MakeError(absl::StatusCode::kAlreadyExists, "ALREADY_SIGNED",
                     "this key has signed the document");
  }
  const statement::LocalSigner signer(key);
  KP_ASSIGN_OR_RETURN(*document.signed_document.add_signatures(),
                      statement::SignDetached(signer, document.content_type(), payload));
  return absl::OkStatus();
}

absl::StatusOr<trust::Parts> ReadParts(const trust::v1::Manifest& manifest,
                                       const std::string& manifest_path) {
  const std::filesystem::path directory =
      std::filesystem::path(manifest_path).parent_path() / kPartsDirectory;
  return trust::CollectParts(manifest, [&](const std::string& digest, uint64_t) {
    return ReadBounded(directory / statement::ToHex(digest), trust::kMaxPartSize);
  });
}

std::vector<std::string> SignersOf(const Document& document, const trust::Root& root) {
  const std::vector<std::string> signatures(document.signed_document.signatures().begin(),
                                            document.signed_document.signatures().end());
  std::vector<std::string> names;
  for (size_t i = 0; i < root.keys.size(); ++i) {
    if (statement::VerifyThreshold(document.signed_document.payload(), signatures, {root.keys[i]},
                                   1, document.content_type())
            .ok()) {
      names.push_back(root.document.signers(static_cast<int>(i)).name());
    }
  }
  return names;
}

std::vector<std::string> Describe(const Document& document) {
  std::vector<std::string> lines;
  const int signatures = document.signed_document.signatures_size();
  if (document.root.has_value()) {
    const trust::v1::RootDocument& root = *document.root;
    lines.push_back(absl::StrCat("root document, version ", root.version(), ", of world '",
                                 Printable(root.world()), "'"));
    lines.push_back(absl::StrCat("expires ", TimeText(root.expire_time())));
    lines.push_back(absl::StrCat(root.threshold(), " of ", root.signers_size(),
                                 " root signers must sign roots and manifests:"));
    for (const trust::v1::RootSigner& signer : root.signers()) {
      lines.push_back(
          absl::StrCat("  ", Printable(signer.name()), ", key ", Fingerprint(signer.public_key())));
    }
  } else {
    const trust::v1::Manifest& manifest = *document.manifest;
    lines.push_back(absl::StrCat("manifest, version ", manifest.version(), ", of world '",
                                 Printable(manifest.world()), "', under root document ",
                                 manifest.root_version()));
    lines.push_back(absl::StrCat("made ", TimeText(manifest.create_time()), ", expires ",
                                 TimeText(manifest.expire_time())));
    for (const trust::v1::PartReference& part : manifest.parts()) {
      lines.push_back(absl::StrCat("  part ", Printable(part.name()), ", ", part.size(), " bytes, ",
                                   statement::ToHex(part.digest())));
    }
  }
  lines.push_back(absl::StrCat(signatures, signatures == 1 ? " signature" : " signatures"));
  return lines;
}

std::vector<std::string> DescribeChanges(const Document& previous,
                                         const trust::Parts& previous_parts, const Document& next,
                                         const trust::Parts& next_parts) {
  if (previous.root.has_value() != next.root.has_value()) {
    return {"the two are not of one kind"};
  }
  if (next.root.has_value()) return SignersChange(*previous.root, *next.root);
  std::vector<std::string> lines;
  for (const auto& [name, bytes] : next_parts) {
    const auto old = previous_parts.find(name);
    PartChange(name, old == previous_parts.end() ? "" : old->second, bytes, lines);
  }
  for (const auto& [name, bytes] : previous_parts) {
    if (!next_parts.contains(name)) lines.push_back(absl::StrCat("- part ", name));
  }
  return lines;
}

}  // namespace kp::kpctl
