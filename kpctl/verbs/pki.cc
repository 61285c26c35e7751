#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/statement/keys.h"
#include "mesh/tls/authority.h"
#include "mesh/tls/files.h"
#include "mesh/tls/x509.h"

namespace kp::kpctl {
namespace {

// A peer's clock may be a little behind ours when it sees a certificate made just now.
constexpr absl::Duration kBackdating = absl::Minutes(10);

std::string DateText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", time, absl::UTCTimeZone());
}

struct CaFlags {
  std::string domain, out;
  int days = 3650;
};

absl::StatusOr<int> MakeCa(Context& context, const CaFlags& flags) {
  const std::string certificate = flags.out + "/ca.crt", key = flags.out + "/ca.key";
  KP_RETURN_IF_ERROR(RefuseOverwrite(certificate));
  KP_RETURN_IF_ERROR(RefuseOverwrite(key));
  const absl::Time now = context.clock.Now();
  KP_ASSIGN_OR_RETURN(const tls::CertificateAuthority ca,
                      tls::CertificateAuthority::Create(flags.domain, now - kBackdating,
                                                        now + absl::Hours(24) * flags.days));
  KP_RETURN_IF_ERROR(tls::MakeDirectory(flags.out));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(key, ca.key_pem(), 0600));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(certificate, ca.certificate_pem(), 0644));
  const std::string fingerprint = tls::Fingerprint(ca.certificate());
  KP_RETURN_IF_ERROR(context.ShowJson({{"trust_domain", flags.domain},
                                       {"certificate_file", certificate},
                                       {"key_file", key},
                                       {"fingerprint", fingerprint}},
                                      [&] {
                                        Facts facts;
                                        facts.Add("trust domain", flags.domain);
                                        facts.Add("certificate", certificate);
                                        facts.Add("key", key + " (keep it offline)");
                                        facts.Add("fingerprint", fingerprint);
                                        facts.Print(context.out);
                                      }));
  return kExitDone;
}

struct LeafFlags {
  std::string ca, id, out;
  std::vector<std::string> dns, ip;
  int days = 90;
};

absl::StatusOr<int> MakeLeaf(Context& context, const LeafFlags& flags) {
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out + "/tls.crt"));
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out + "/tls.key"));
  KP_ASSIGN_OR_RETURN(const identity::SpiffeId id, identity::SpiffeId::Parse(flags.id));
  KP_ASSIGN_OR_RETURN(const std::string ca_pem, tls::ReadSmallFile(flags.ca + "/ca.crt"));
  KP_ASSIGN_OR_RETURN(const std::string ca_key, tls::ReadSmallFile(flags.ca + "/ca.key"));
  KP_ASSIGN_OR_RETURN(const tls::CertificateAuthority ca,
                      tls::CertificateAuthority::Load(ca_pem, ca_key));
  const absl::Time now = context.clock.Now();
  // A new CA is as young as the leaf may be.
  const absl::Time not_before = std::max(now - kBackdating, tls::NotBefore(ca.certificate()));
  const absl::Time not_after = now + absl::Hours(24) * flags.days;
  KP_ASSIGN_OR_RETURN(const tls::IssuedLeaf leaf, ca.IssueLeaf(id, {.dns_names = flags.dns,
                                                                    .ip_addresses = flags.ip,
                                                                    .not_before = not_before,
                                                                    .not_after = not_after}));
  KP_RETURN_IF_ERROR(tls::WriteIdentity(flags.out, leaf, ca_pem));
  KP_RETURN_IF_ERROR(context.ShowJson(
      {{"spiffe_id", id.ToString()}, {"directory", flags.out}, {"not_after", DateText(not_after)}},
      [&] {
        Facts facts;
        facts.Add("identity", id.ToString());
        facts.Add("directory", flags.out + " (tls.crt, tls.key, ca.crt)");
        facts.Add("valid until", DateText(not_after));
        facts.Print(context.out);
      }));
  return kExitDone;
}

absl::StatusOr<int> MakeKey(Context& context, const std::string& file) {
  const std::string public_file = file + ".pub";
  KP_RETURN_IF_ERROR(RefuseOverwrite(file));
  KP_RETURN_IF_ERROR(RefuseOverwrite(public_file));
  KP_ASSIGN_OR_RETURN(const statement::PrivateKey key, statement::PrivateKey::Generate());
  const std::string parent = std::filesystem::path(file).parent_path().string();
  if (!parent.empty()) KP_RETURN_IF_ERROR(tls::MakeDirectory(parent));
  KP_RETURN_IF_ERROR(key.WritePemFile(file));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(public_file, key.Public().Pem(), 0644));
  const std::string kid = statement::ToHex(key.Public().KeyId());
  KP_RETURN_IF_ERROR(context.ShowJson(
      {{"key_file", file}, {"public_key_file", public_file}, {"key_id", kid}}, [&] {
        Facts facts;
        facts.Add("private key", file);
        facts.Add("public key", public_file);
        facts.Add("key id", kid);
        facts.Print(context.out);
      }));
  return kExitDone;
}

absl::StatusOr<int> ShowCertificates(Context& context, const std::vector<tls::X509Ptr>& list) {
  nlohmann::json json = nlohmann::json::array();
  Table table({"identity", "valid from", "valid until", "fingerprint"});
  for (const tls::X509Ptr& certificate : list) {
    KP_ASSIGN_OR_RETURN(const std::vector<std::string> uris, tls::UriNames(*certificate));
    const std::string uri = uris.empty() ? "" : uris.front();
    const std::string from = DateText(tls::NotBefore(*certificate));
    const std::string until = DateText(tls::NotAfter(*certificate));
    const std::string fingerprint = tls::Fingerprint(*certificate);
    json.push_back({{"uris", uris},
                    {"not_before", from},
                    {"not_after", until},
                    {"fingerprint", fingerprint},
                    {"key_fingerprint", tls::KeyFingerprint(*certificate)}});
    table.Add({uri, from, until, fingerprint});
  }
  KP_RETURN_IF_ERROR(context.ShowJson({{"certificates", json}}, [&] { table.Print(context.out); }));
  return kExitDone;
}

absl::StatusOr<int> ShowFile(Context& context, const std::string& file) {
  KP_ASSIGN_OR_RETURN(const std::string text, tls::ReadSmallFile(file));
  KP_ASSIGN_OR_RETURN(const std::vector<tls::X509Ptr> certificates,
                      tls::ParsePemCertificates(text));
  if (!certificates.empty()) return ShowCertificates(context, certificates);
  absl::StatusOr<statement::PublicKey> key = statement::PublicKey::FromPem(text);
  if (!key.ok()) {
    // Of a private key only its public half is shown.
    const auto private_key = statement::PrivateKey::FromPem(text);
    if (!private_key.ok()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE",
                       absl::StrCat(file, " holds no certificate and no P-256 key in PEM"));
    }
    key = private_key->Public();
  }
  const std::string kid = statement::ToHex(key->KeyId());
  KP_RETURN_IF_ERROR(context.ShowJson({{"key_id", kid}, {"public_key_pem", key->Pem()}}, [&] {
    Facts facts;
    facts.Add("key id", kid);
    facts.Print(context.out);
  }));
  return kExitDone;
}

}  // namespace

void AddPki(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group =
      registrar.Group("pki", "Authorities, identities and signing keys, made on this machine");

  auto ca = std::make_shared<CaFlags>();
  CLI::App* verb = registrar.Add(group, "ca", "A new CA for one trust domain",
                                 "kpctl pki ca --domain zw.kp.example --out pki/zw.kp.example",
                                 [&context, ca] { return MakeCa(context, *ca); });
  verb->add_option("--domain", ca->domain, "Trust domain")->required()->type_name("DOMAIN");
  verb->add_option("--out", ca->out, "Directory for ca.crt and ca.key")
      ->required()
      ->type_name("DIR");
  verb->add_option("--days", ca->days, "Validity in days (default 3650)")
      ->check(CLI::Range(1, 36500))
      ->type_name("DAYS");

  auto leaf = std::make_shared<LeafFlags>();
  verb = registrar.Add(group, "leaf", "An identity, issued by a CA of this machine",
                       "kpctl pki leaf --ca pki/zw.kp.example --id "
                       "spiffe://zw.kp.example/officer/t.moyo --out pki/zw.kp.example/officer-moyo",
                       [&context, leaf] { return MakeLeaf(context, *leaf); });
  verb->add_option("--ca", leaf->ca, "Directory with ca.crt and ca.key")
      ->required()
      ->type_name("DIR");
  verb->add_option("--id", leaf->id, "SPIFFE id")->required()->type_name("SPIFFE");
  verb->add_option("--out", leaf->out, "Directory for tls.crt, tls.key and ca.crt")
      ->required()
      ->type_name("DIR");
  verb->add_option("--dns", leaf->dns, "DNS name, for clients that look at host names; repeatable")
      ->type_name("NAME");
  verb->add_option("--ip", leaf->ip, "IP address, likewise; repeatable")->type_name("ADDRESS");
  verb->add_option("--days", leaf->days, "Validity in days (default 90)")
      ->check(CLI::Range(1, 3650))
      ->type_name("DAYS");

  auto key = std::make_shared<std::string>();
  verb = registrar.Add(group, "key", "A key that signs statements or trust documents (P-256)",
                       "kpctl pki key --out keys/zw-statements.key",
                       [&context, key] { return MakeKey(context, *key); });
  verb->add_option("--out", *key, "File of the private key; the public one is FILE.pub")
      ->required()
      ->type_name("FILE");

  auto file = std::make_shared<std::string>();
  verb = registrar.Add(group, "show", "What a PEM file holds: certificates, or a key by its key id",
                       "kpctl pki show pki/zw.kp.example/ca.crt",
                       [&context, file] { return ShowFile(context, *file); });
  verb->add_option("FILE", *file, "PEM file")->required();
}

}  // namespace kp::kpctl
