#include "kpctl/kept_trust.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kpctl/documents.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/statement.h"
#include "mesh/trust/document_store.h"
#include "mesh/trust/trust_store.h"

namespace kp::kpctl {
namespace {

// The flag, else the variable.
absl::StatusOr<std::string> Given(const Context& context, const std::string& flag, const char* name,
                                  const char* variable) {
  std::string value = flag.empty() ? context.environment(variable) : flag;
  if (!value.empty()) return value;
  return MakeError(
      absl::StatusCode::kInvalidArgument, "FLAG_MISSING",
      absl::StrCat("trust documents to prove the code with: state ", name, " or set ", variable));
}

// `alarms` outlives the store and gets what it refuses.
absl::StatusOr<std::unique_ptr<trust::TrustStore>> OpenStore(
    const Context& context, const KeptTrustFlags& flags,
    std::unique_ptr<trust::DocumentStore> documents, std::vector<std::string>& alarms) {
  KP_ASSIGN_OR_RETURN(const std::string file,
                      Given(context, flags.root, "--root DOC", "KPCTL_TRUST_ROOT"));
  KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(file));
  trust::TrustOptions options;
  options.world = root.document.world();
  options.registry_party = flags.registry;
  options.first_root = root.signed_document;
  options.on_alarm = [&alarms](const absl::Status& status) {
    alarms.emplace_back(status.message());
  };
  return trust::TrustStore::Open(std::move(options), std::move(documents), context.clock);
}

absl::StatusOr<KeptTrust> Usable(const trust::TrustStore& store,
                                 const std::vector<std::string>& alarms,
                                 const std::string& freshness) {
  KeptTrust kept;
  auto snapshot = store.Usable();
  if (!snapshot.ok()) {
    std::string why(snapshot.status().message());
    for (const std::string& alarm : alarms) absl::StrAppend(&why, "; ", alarm);
    return MakeError(snapshot.status().code(), ReasonOf(snapshot.status()), why);
  }
  kept.snapshot = *std::move(snapshot);
  if (const auto said = statement::Statement::Parse(freshness); said.ok()) {
    kept.said_at = said->issued_at();
  }
  return kept;
}

}  // namespace

void KeptTrustFlags::AddTo(CLI::App* verb) {
  verb->add_option("--trust", directory,
                   "Directory of trust documents: a node's, or of `trust fetch` [KPCTL_TRUST]")
      ->type_name("DIR");
  verb->add_option("--root", root,
                   "Root document 1, by which all others are believed [KPCTL_TRUST_ROOT]")
      ->type_name("DOC");
  verb->add_option("--registry-party", registry, "Party of the registry (default KP)")
      ->type_name("ID");
}

absl::StatusOr<KeptTrust> ReadKeptTrust(const Context& context, const KeptTrustFlags& flags) {
  KP_ASSIGN_OR_RETURN(const std::string directory,
                      Given(context, flags.directory, "--trust DIR", "KPCTL_TRUST"));
  auto documents = trust::MakeReadOnlyDocumentStore(directory);
  KP_ASSIGN_OR_RETURN(const trust::StoredDocuments stored, documents->Load());
  std::vector<std::string> alarms;
  KP_ASSIGN_OR_RETURN(const auto store, OpenStore(context, flags, std::move(documents), alarms));
  return Usable(*store, alarms, stored.freshness);
}

absl::StatusOr<KeptTrust> KeepTrust(const Context& context, const KeptTrustFlags& flags,
                                    const TrustState& fetched) {
  KP_ASSIGN_OR_RETURN(const std::string directory,
                      Given(context, flags.directory, "--trust DIR", "KPCTL_TRUST"));
  std::vector<std::string> alarms;
  KP_ASSIGN_OR_RETURN(const auto store,
                      OpenStore(context, flags, trust::MakeFileDocumentStore(directory), alarms));
  for (const trust::Root& root : fetched.roots) {
    // The first one is pinned, those that are kept already were accepted once.
    if (root.document.version() <= store->CurrentRoot().document.version()) continue;
    KP_RETURN_IF_ERROR(store->AcceptRoot(root.signed_document));
  }
  if (fetched.manifest.has_value()) {
    std::map<std::string, std::string> parts;
    for (const auto& [name, bytes] : fetched.parts) parts[statement::Sha256(bytes)] = bytes;
    KP_RETURN_IF_ERROR(store->AcceptManifest(
        fetched.manifest->signed_document,
        [&](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
          const auto part = parts.find(digest);
          if (part == parts.end()) return absl::NotFoundError("was not fetched");
          return part->second;
        }));
    const trust::v1::WatchFreshnessResponse& said = fetched.freshness;
    KP_RETURN_IF_ERROR(store->AcceptFreshness(
        said.freshness(), std::vector<std::string>(said.denials().begin(), said.denials().end())));
  }
  return Usable(*store, alarms, fetched.freshness.freshness());
}

}  // namespace kp::kpctl
