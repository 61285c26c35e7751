#include "kpctl/register_files.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/store/schema.h"
#include "kpctl/documents.h"
#include "mesh/outbox/outbox.h"
#include "mesh/trust/snapshot.h"

namespace kp::kpctl {

void AddTrustFlags(CLI::App* verb, TrustFlags& flags) {
  verb->add_option("--root", flags.root, "Root document in force, trusted as it is given")
      ->required()
      ->type_name("DOC");
  verb->add_option("--manifest", flags.manifest,
                   "Manifest made under it, with its parts in parts/ beside it")
      ->required()
      ->type_name("DOC");
}

absl::StatusOr<statement::KeyLookup> ReadKeys(const Clock& clock, const TrustFlags& flags) {
  KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(flags.root));
  if (root.document.version() == 1) KP_RETURN_IF_ERROR(trust::VerifyFirstRoot(root));
  KP_ASSIGN_OR_RETURN(const Document document, ReadDocument(flags.manifest));
  KP_ASSIGN_OR_RETURN(trust::SignedManifest manifest,
                      trust::VerifyManifest(root, document.signed_document));
  KP_ASSIGN_OR_RETURN(trust::Parts parts, ReadParts(manifest.manifest, flags.manifest));
  KP_ASSIGN_OR_RETURN(
      const std::shared_ptr<const trust::Snapshot> snapshot,
      trust::Snapshot::Build(std::move(manifest), std::move(parts), {}, {}, clock.Now()));
  return [snapshot](const std::string& issuer, const std::string& kid, absl::Time at) {
    return snapshot->Key(issuer, kid, at);
  };
}

std::string ToConnection(const std::string& database) {
  return absl::StrContains(database, "://") ? database : absl::StrCat("sqlite3://", database);
}

absl::StatusOr<std::unique_ptr<store::Database>> OpenRegister(const Clock& clock,
                                                              const std::string& database) {
  store::Options options;
  options.connection = ToConnection(database);
  options.read_sessions = 1;
  return store::Database::OpenReadOnly(
      std::move(options), clock, {outbox::OutboxSchema(), certificate::CertificateSchema()});
}

}  // namespace kp::kpctl
