// The verbs that speak with a server: trust publish|show|fetch|deny.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kp/trust/v1/trust_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/documents.h"
#include "kpctl/fetch_trust.h"
#include "kpctl/kept_trust.h"
#include "kpctl/parse.h"
#include "kpctl/verbs/trust_verbs.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/statement.h"
#include "mesh/tls/files.h"
#include "mesh/tls/x509.h"

namespace kp::kpctl {
namespace {

using trust::v1::PublicationService;
using trust::v1::TrustService;

struct PublishFlags {
  std::string root, manifest;
};

absl::StatusOr<int> Publish(Context& context, const PublishFlags& flags) {
  trust::v1::PublishDocumentRequest request;
  if (!flags.root.empty()) {
    KP_ASSIGN_OR_RETURN(const trust::Root root, ReadRootFile(flags.root));
    *request.mutable_root() = root.signed_document;
  } else {
    const std::string path = absl::StrCat(flags.manifest, "/", kManifestFile);
    KP_ASSIGN_OR_RETURN(const Document document, ReadDocument(path));
    if (!document.manifest.has_value()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "DOCUMENT_UNREADABLE",
                       absl::StrCat(path, " is no manifest"));
    }
    KP_ASSIGN_OR_RETURN(const trust::Parts parts, ReadParts(*document.manifest, path));
    *request.mutable_manifest() = document.signed_document;
    for (const auto& [name, bytes] : parts) request.add_parts(bytes);
  }
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kRegistry));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&PublicationService::Stub::PublishDocument, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    context.out << (request.has_root() ? "root document" : "manifest") << " version "
                << response.version() << " is in force\n";
  }));
  return kExitDone;
}

std::vector<std::string> DenialLines(const TrustState& state) {
  std::vector<std::string> lines;
  for (const std::string& bytes : state.freshness.denials()) {
    const auto statement = statement::Statement::Parse(bytes);
    const auto denial = statement.ok() ? statement::DecodePayload<trust::v1::Denial>(*statement)
                                       : absl::StatusOr<trust::v1::Denial>(statement.status());
    if (!denial.ok()) {
      lines.push_back("a denial that this program cannot read");
      continue;
    }
    lines.push_back(absl::StrCat(
        EnumText(denial->subject(), "DENIAL_SUBJECT_"), " of ", denial->party(), " ",
        denial->spiffe_id(), statement::ToHex(denial->digest()), " by ", statement->issuer(), ": ",
        denial->reason(),
        denial->has_expire_time() ? ", until " + TimeText(denial->expire_time()) : ""));
  }
  return lines;
}

std::string FreshUntil(const TrustState& state) {
  const auto statement = statement::Statement::Parse(state.freshness.freshness());
  if (!statement.ok()) return "";
  const auto freshness = statement::DecodePayload<trust::v1::Freshness>(*statement);
  return freshness.ok() ? TimeText(freshness->expire_time()) : "";
}

void PrintTrust(Context& context, const TrustState& state,
                const std::vector<std::string>& denials) {
  const auto describe = [&](const Document& document) {
    for (const std::string& line : Describe(document)) context.out << line << '\n';
  };
  for (const trust::Root& root : state.roots) {
    describe({root.signed_document, root.document, std::nullopt});
  }
  if (!state.manifest.has_value()) {
    context.out << "no manifest is published\n";
    return;
  }
  const Document manifest{state.manifest->signed_document, std::nullopt, state.manifest->manifest};
  describe(manifest);
  context.out << "signed by " << absl::StrJoin(SignersOf(manifest, state.roots.back()), ", ")
              << "\nfresh until " << FreshUntil(state) << "\n\n";
  Table table({"entry", "says"});
  for (const auto& [name, bytes] : state.parts) {
    for (const auto& [key, text] : EntriesOf(name, bytes)) table.Add({key, text});
  }
  table.Print(context.out);
  context.out << "\ndenials in force: " << denials.size() << '\n';
  for (const std::string& denial : denials) context.out << "  " << Printable(denial) << '\n';
}

absl::StatusOr<int> ShowTrust(Context& context, bool registry) {
  KP_ASSIGN_OR_RETURN(const auto connection,
                      Connection::Open(context, registry ? Target::kRegistry : Target::kHome));
  KP_ASSIGN_OR_RETURN(const TrustState state, FetchTrust(*connection));
  const std::vector<std::string> denials = DenialLines(state);
  nlohmann::json json = {{"roots", nlohmann::json::array()},
                         {"manifest", nullptr},
                         {"entries", nlohmann::json::object()},
                         {"fresh_until", FreshUntil(state)},
                         {"denials", denials}};
  for (const trust::Root& root : state.roots) {
    KP_ASSIGN_OR_RETURN(nlohmann::json document, ToJson(root.document));
    json["roots"].push_back(std::move(document));
  }
  if (state.manifest.has_value()) {
    KP_ASSIGN_OR_RETURN(json["manifest"], ToJson(state.manifest->manifest));
  }
  for (const auto& [name, bytes] : state.parts) json["entries"][name] = EntriesOf(name, bytes);
  KP_RETURN_IF_ERROR(context.ShowJson(json, [&] { PrintTrust(context, state, denials); }));
  return kExitDone;
}

struct FetchFlags {
  KeptTrustFlags kept;
  bool registry = false;
};

absl::StatusOr<int> Fetch(Context& context, const FetchFlags& flags) {
  KP_ASSIGN_OR_RETURN(
      const auto connection,
      Connection::Open(context, flags.registry ? Target::kRegistry : Target::kHome));
  KP_ASSIGN_OR_RETURN(const TrustState state, FetchTrust(*connection));
  KP_ASSIGN_OR_RETURN(const KeptTrust kept, KeepTrust(context, flags.kept, state));
  const trust::v1::Manifest& manifest = kept.snapshot->manifest();
  const std::string until = TimeText(trust::ToTimestamp(kept.snapshot->expires_at()));
  KP_RETURN_IF_ERROR(context.ShowJson(
      {{"world", manifest.world()}, {"manifest_version", manifest.version()}, {"expires", until}},
      [&] {
        context.out << "kept: manifest " << manifest.version() << " of " << manifest.world()
                    << ", good until " << until << '\n';
      }));
  return kExitDone;
}

struct DenyFlags {
  std::string party, certificate, key, identity, reason, compromised_from;
  bool whole_party = false;
};

absl::StatusOr<std::string> DigestOfCertificate(const std::string& path) {
  KP_ASSIGN_OR_RETURN(const std::string pem, tls::ReadSmallFile(path));
  KP_ASSIGN_OR_RETURN(const auto certificates, tls::ParsePemCertificates(pem));
  if (certificates.empty()) {
    return FieldError({"FILE_UNREADABLE", "--certificate", "holds no certificate in PEM", ""});
  }
  return statement::Sha256(tls::ToDer(*certificates.front()));
}

absl::StatusOr<int> Deny(Context& context, const DenyFlags& flags) {
  trust::v1::DenyPartyRequest request;
  trust::v1::Denial& denial = *request.mutable_denial();
  denial.set_party(flags.party);
  denial.set_reason(flags.reason);
  if (!flags.certificate.empty()) {
    denial.set_subject(trust::v1::DENIAL_SUBJECT_CERTIFICATE);
    KP_ASSIGN_OR_RETURN(*denial.mutable_digest(), DigestOfCertificate(flags.certificate));
  } else if (!flags.key.empty()) {
    KP_ASSIGN_OR_RETURN(const std::string pem, tls::ReadSmallFile(flags.key));
    KP_ASSIGN_OR_RETURN(const statement::PublicKey key, statement::PublicKey::FromPem(pem));
    denial.set_subject(trust::v1::DENIAL_SUBJECT_SIGNING_KEY);
    denial.set_digest(key.KeyId());
  } else if (!flags.identity.empty()) {
    denial.set_subject(trust::v1::DENIAL_SUBJECT_IDENTITY);
    denial.set_spiffe_id(flags.identity);
  } else {
    denial.set_subject(trust::v1::DENIAL_SUBJECT_PARTY);
  }
  if (!flags.compromised_from.empty()) {
    KP_ASSIGN_OR_RETURN(*denial.mutable_compromised_from_time(),
                        ParseInstant(flags.compromised_from));
  }
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kRegistry));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&PublicationService::Stub::DenyParty, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    const auto statement = statement::Statement::Parse(response.denial());
    context.out << "denied: " << EnumText(denial.subject(), "DENIAL_SUBJECT_") << " of "
                << Printable(flags.party) << '\n';
    if (!statement.ok()) return;
    const auto published = statement::DecodePayload<trust::v1::Denial>(*statement);
    if (published.ok() && published->has_expire_time()) {
      context.out << "lapses " << TimeText(published->expire_time())
                  << " unless root signers confirm it by a manifest\n";
    }
  }));
  return kExitDone;
}

}  // namespace

void AddTrustServer(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  auto publish = std::make_shared<PublishFlags>();
  CLI::App* verb = registrar.Add(
      group, "publish", "Publishes a signed document at the registry (as secretariat)",
      "kpctl trust publish --manifest manifest-2 --as pki/kp.example/secretariat-k",
      [&context, publish] { return Publish(context, *publish); });
  CLI::Option_group* what = verb->add_option_group("document");
  what->add_option("--root", publish->root, "Root document")->type_name("DOC");
  what->add_option("--manifest", publish->manifest, "Directory of a manifest with its parts")
      ->type_name("DIR");
  what->require_option(1);

  auto registry = std::make_shared<bool>(false);
  verb = registrar.Add(group, "show",
                       "The trust documents that the own certificate-svc mirrors, in words",
                       "kpctl trust show --as pki/bw.kp.example/officer-issuer",
                       [&context, registry] { return ShowTrust(context, *registry); });
  verb->add_flag("--registry", *registry, "Ask the registry instead");

  auto fetch = std::make_shared<FetchFlags>();
  verb = registrar.Add(
      group, "fetch",
      "Keeps the trust documents of the own certificate-svc in a directory, each proven from root "
      "document 1 on: with them `certificate read` works without a network",
      "kpctl trust fetch --root root-1.doc --trust trust-kept --as "
      "pki/bw.kp.example/officer-issuer",
      [&context, fetch] { return Fetch(context, *fetch); });
  fetch->kept.AddTo(verb);
  verb->add_flag("--registry", fetch->registry, "Ask the registry instead");

  auto deny = std::make_shared<DenyFlags>();
  verb = registrar.Add(
      group, "deny",
      "Denies a certificate, key, identity or party at once, for 72 h unless root signers confirm "
      "(as secretariat)",
      "kpctl trust deny --party ZW --identity spiffe://zw.kp.example/officer/t.moyo --reason "
      "\"badge stolen\" --as pki/kp.example/secretariat-k",
      [&context, deny] { return Deny(context, *deny); });
  verb->add_option("--party", deny->party, "Party that it concerns")->required()->type_name("ID");
  verb->add_option("--reason", deny->reason, "Why")->required()->type_name("TEXT");
  CLI::Option_group* subject = verb->add_option_group("subject");
  subject->add_option("--certificate", deny->certificate, "PEM file of a TLS certificate")
      ->type_name("FILE");
  subject->add_option("--key", deny->key, "PEM file of a public signing key")->type_name("FILE");
  subject->add_option("--identity", deny->identity, "SPIFFE id")->type_name("SPIFFE");
  subject->add_flag("--whole-party", deny->whole_party, "The party with all that is its own");
  subject->require_option(1);
  verb->add_option("--compromised-from", deny->compromised_from,
                   "From when the key counts as compromised")
      ->type_name("TIME");
}

void AddTrust(Registrar& registrar) {
  CLI::App* group =
      registrar.Group("trust", "Trust documents: who is in the mesh, with which keys");
  AddTrustFiles(registrar, group);
  AddTrustServer(registrar, group);
}

}  // namespace kp::kpctl
