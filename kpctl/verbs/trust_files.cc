// The verbs that work on files, on a machine without a network: trust root|manifest|sign|review.
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/random.h"
#include "kpctl/documents.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/verbs/trust_verbs.h"
#include "kpctl/world.h"
#include "mesh/runtime/config.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "mesh/tls/files.h"
#include "mesh/trust/snapshot.h"

namespace kp::kpctl {
namespace {

absl::Status ShowLines(Context& context, const std::string& path,
                       const std::vector<std::string>& lines,
                       const std::vector<std::string>& signers,
                       const std::vector<std::string>& changes) {
  return context.ShowJson(
      {{"file", path}, {"document", lines}, {"signed_by", signers}, {"changes", changes}}, [&] {
        context.out << path << '\n';
        for (const std::string& line : lines) context.out << "  " << line << '\n';
        if (!signers.empty()) {
          context.out << "signed by " << absl::StrJoin(signers, ", ") << '\n';
        }
        if (!changes.empty()) context.out << "changes:\n";
        for (const std::string& change : changes) context.out << "  " << change << '\n';
      });
}

struct RootFlags {
  std::string world, previous, out;
  std::vector<std::string> signers;
  uint32_t threshold = 0;
  int days = 365;
};

absl::StatusOr<int> MakeRoot(Context& context, const RootFlags& flags) {
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out));
  trust::v1::RootDocument root;
  root.set_salt(SystemRandom().Bytes(statement::kSaltSize));
  root.set_version(1);
  root.set_world(flags.world);
  root.set_threshold(flags.threshold);
  *root.mutable_expire_time() =
      trust::ToTimestamp(context.clock.Now() + absl::Hours(24) * flags.days);
  for (const std::string& flag : flags.signers) {
    const std::pair<std::string, std::string> named = absl::StrSplit(flag, absl::MaxSplits('=', 1));
    if (named.first.empty() || named.second.empty()) {
      return FieldError({"SIGNER_MALFORMED", "--signer", "is NAME=FILE.pub", ""});
    }
    KP_ASSIGN_OR_RETURN(const std::string pem, tls::ReadSmallFile(named.second));
    KP_ASSIGN_OR_RETURN(const statement::PublicKey key, statement::PublicKey::FromPem(pem));
    trust::v1::RootSigner& signer = *root.add_signers();
    signer.set_name(named.first);
    signer.set_public_key(key.Der());
  }
  std::vector<std::string> changes;
  std::optional<trust::Root> previous;
  if (!flags.previous.empty()) {
    KP_ASSIGN_OR_RETURN(previous, ReadRootFile(flags.previous));
    root.set_version(previous->document.version() + 1);
  }
  trust::v1::SignedDocument document;
  KP_ASSIGN_OR_RETURN(*document.mutable_payload(), statement::EncodePayload(root));
  // Whoever reads it later finds no other fault than the missing signatures.
  KP_RETURN_IF_ERROR(trust::ReadRoot(document).status());
  KP_ASSIGN_OR_RETURN(const Document made, ParseDocument(document.SerializeAsString()));
  if (previous.has_value()) {
    const Document before{previous->signed_document, previous->document, std::nullopt};
    changes = DescribeChanges(before, {}, made, {});
  }
  KP_RETURN_IF_ERROR(WriteDocument(flags.out, document));
  KP_RETURN_IF_ERROR(ShowLines(context, flags.out, Describe(made), {}, changes));
  return kExitDone;
}

struct ManifestFlags {
  std::string root, world_file, out;
  uint64_t version = 0;
  int days = 90;
};

absl::StatusOr<int> MakeManifestFile(Context& context, const ManifestFlags& flags) {
  const std::string file = absl::StrCat(flags.out, "/", kManifestFile);
  KP_RETURN_IF_ERROR(RefuseOverwrite(file));
  KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(flags.root));
  KP_ASSIGN_OR_RETURN(const world::World world,
                      runtime::LoadTextprotoConfig<world::World>(flags.world_file));
  KP_ASSIGN_OR_RETURN(
      const WorldParts typed,
      ReadWorld(world, std::filesystem::path(flags.world_file).parent_path().string()));
  KP_ASSIGN_OR_RETURN(const trust::Parts parts, EncodeParts(typed));
  const absl::Time now = context.clock.Now();
  KP_ASSIGN_OR_RETURN(
      const trust::v1::Manifest manifest,
      MakeManifest({root.document, flags.version, now, now + absl::Hours(24) * flags.days}, parts));
  KP_RETURN_IF_ERROR(CheckParts(manifest, parts, now));
  const std::string directory = absl::StrCat(flags.out, "/", kPartsDirectory);
  KP_RETURN_IF_ERROR(tls::MakeDirectory(directory));
  for (const auto& [name, bytes] : parts) {
    const std::string path =
        absl::StrCat(directory, "/", statement::ToHex(statement::Sha256(bytes)));
    KP_RETURN_IF_ERROR(tls::WriteFileByRename(path, bytes, 0644));
  }
  trust::v1::SignedDocument document;
  KP_ASSIGN_OR_RETURN(*document.mutable_payload(), statement::EncodePayload(manifest));
  KP_RETURN_IF_ERROR(WriteDocument(file, document));
  const Document made{document, std::nullopt, manifest};
  KP_RETURN_IF_ERROR(ShowLines(context, file, Describe(made), {}, {}));
  return kExitDone;
}

struct ReviewFlags {
  std::string key, document, against, root;
};

// What a signer, or whoever looks over the shoulder, must know about a document.
absl::Status Review(Context& context, const ReviewFlags& flags, const Document& document) {
  trust::Parts parts;
  if (document.manifest.has_value()) {
    // What cannot be read cannot be answered for: a manifest without its parts is not shown.
    KP_ASSIGN_OR_RETURN(parts, ReadParts(*document.manifest, flags.document));
  }
  std::vector<std::string> changes;
  if (!flags.against.empty()) {
    KP_ASSIGN_OR_RETURN(const Document before, ReadDocument(flags.against));
    trust::Parts before_parts;
    if (before.manifest.has_value()) {
      KP_ASSIGN_OR_RETURN(before_parts, ReadParts(*before.manifest, flags.against));
    }
    changes = DescribeChanges(before, before_parts, document, parts);
    if (changes.empty()) changes.push_back("nothing but version, dates and salt");
  } else {
    // Against nothing everything is new.
    for (const auto& [name, bytes] : parts) {
      for (const auto& [key, text] : EntriesOf(name, bytes)) {
        changes.push_back(absl::StrCat("+ ", key, ": ", text));
      }
    }
  }
  std::vector<std::string> signers;
  if (document.root.has_value()) {
    KP_ASSIGN_OR_RETURN(const trust::Root self, trust::ReadRoot(document.signed_document));
    signers = SignersOf(document, self);
  } else if (!flags.root.empty()) {
    KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(flags.root));
    signers = SignersOf(document, root);
  }
  return ShowLines(context, flags.document, Describe(document), signers, changes);
}

absl::StatusOr<int> Sign(Context& context, const ReviewFlags& flags) {
  KP_ASSIGN_OR_RETURN(Document document, ReadDocument(flags.document));
  KP_ASSIGN_OR_RETURN(const statement::PrivateKey key,
                      statement::PrivateKey::FromPemFile(flags.key));
  KP_RETURN_IF_ERROR(AddSignature(document, key));
  if (!context.json()) {
    context.out << "signed with key " << statement::ToHex(key.Public().KeyId()) << ":\n";
  }
  KP_RETURN_IF_ERROR(Review(context, flags, document));
  KP_RETURN_IF_ERROR(WriteDocument(flags.document, document.signed_document));
  return kExitDone;
}

absl::StatusOr<int> ReviewFile(Context& context, const ReviewFlags& flags) {
  KP_ASSIGN_OR_RETURN(const Document document, ReadDocument(flags.document));
  KP_RETURN_IF_ERROR(Review(context, flags, document));
  return kExitDone;
}

void AddReviewFlags(CLI::App* verb, ReviewFlags& flags) {
  verb->add_option("DOC", flags.document, "A root document or a manifest")->required();
  verb->add_option("--against", flags.against,
                   "The document in force before, with its parts beside it")
      ->type_name("DOC");
  verb->add_option("--root", flags.root, "Root document that names a manifest's signers")
      ->type_name("DOC");
}

}  // namespace

void AddTrustFiles(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  auto root = std::make_shared<RootFlags>();
  CLI::App* verb = registrar.Add(
      group, "root", "A root document, to be signed: who signs for the world, and how many must",
      "kpctl trust root --world kp-demo --signer chair=chair.pub --signer vice=vice.pub --signer "
      "wgm=wgm.pub --threshold 2 --days 365 --out root-1.doc",
      [&context, root] { return MakeRoot(context, *root); });
  verb->add_option("--world", root->world, "Name of the world")->required()->type_name("NAME");
  verb->add_option("--signer", root->signers, "A root signer and the public key; repeatable")
      ->required()
      ->type_name("NAME=FILE");
  verb->add_option("--threshold", root->threshold, "How many of them must sign")
      ->required()
      ->type_name("N");
  verb->add_option("--days", root->days, "Validity in days (default 365)")
      ->check(CLI::Range(1, 36500))
      ->type_name("DAYS");
  verb->add_option("--previous", root->previous,
                   "The root document before; both thresholds must then sign")
      ->type_name("DOC");
  verb->add_option("--out", root->out, "File to write")->required()->type_name("DOC");

  auto manifest = std::make_shared<ManifestFlags>();
  verb = registrar.Add(
      group, "manifest", "A manifest with its parts, to be signed, from a world file",
      "kpctl trust manifest --root root-1.doc --version 1 --world-file world.textproto --days 90 "
      "--out manifest-1",
      [&context, manifest] { return MakeManifestFile(context, *manifest); });
  verb->add_option("--root", manifest->root, "Root document in force")
      ->required()
      ->type_name("DOC");
  // Not the program's own version.
  verb->add_option("--version", manifest->version, "Version; rises with every manifest")
      ->required()
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 62))
      ->type_name("N");
  verb->add_option("--world-file", manifest->world_file, "The world (kpctl/world.proto)")
      ->required()
      ->type_name("FILE");
  verb->add_option("--days", manifest->days, "Validity in days (default 90)")
      ->check(CLI::Range(1, 3650))
      ->type_name("DAYS");
  verb->add_option("--out", manifest->out, "Directory for manifest.doc and parts/")
      ->required()
      ->type_name("DIR");

  auto sign = std::make_shared<ReviewFlags>();
  verb = registrar.Add(group, "sign", "Adds a signature, and says in words what was signed",
                       "kpctl trust sign --key chair.key manifest-2/manifest.doc --against "
                       "manifest-1/manifest.doc",
                       [&context, sign] { return Sign(context, *sign); });
  verb->add_option("--key", sign->key, "Private key of a root signer")
      ->required()
      ->type_name("FILE");
  AddReviewFlags(verb, *sign);

  auto review = std::make_shared<ReviewFlags>();
  verb = registrar.Add(
      group, "review", "What a document says, what it changes, and who has signed it",
      "kpctl trust review manifest-2/manifest.doc --against manifest-1/manifest.doc --root "
      "root-1.doc",
      [&context, review] { return ReviewFile(context, *review); });
  AddReviewFlags(verb, *review);
}

}  // namespace kp::kpctl
