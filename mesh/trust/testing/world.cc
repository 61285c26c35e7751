#include "mesh/trust/testing/world.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/multi_signature.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "mesh/statement/testing/test_keys.h"
#include "mesh/trust/denials.h"
#include "mesh/trust/snapshot.h"

namespace kp::trust::testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "test world: %s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

std::string Salt() { return std::string(statement::kSaltSize, 's'); }

std::string SignStatement(const std::string& issuer, const std::string& content_type,
                          const google::protobuf::Message& payload, absl::Time now) {
  const statement::StatementSigner signer(issuer, statement::TestSigner(issuer),
                                          SystemRandom());
  return Must(signer.Sign(content_type, payload, std::nullopt, now)).bytes();
}

}  // namespace

PartSource Release::Source() const {
  return [parts = parts](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
    const auto it = parts.find(digest);
    if (it == parts.end()) return absl::NotFoundError("is not there");
    return it->second;
  };
}

v1::SignedDocument SignDocument(const google::protobuf::Message& document,
                                const std::string& content_type,
                                const std::vector<std::string>& signers) {
  v1::SignedDocument result;
  result.set_payload(Must(statement::EncodePayload(document)));
  for (const std::string& name : signers) {
    result.add_signatures(Must(
        statement::SignDetached(*statement::TestSigner(name), content_type, result.payload())));
  }
  return result;
}

std::string World::DomainOf(const std::string& party) {
  return absl::AsciiStrToLower(party) + ".test";
}

World::World(absl::Time now) : now_(now) {
  const google::protobuf::Timestamp from = ToTimestamp(now - absl::Hours(24 * 365));
  const auto add = [&](const std::string& id, v1::PartyKind kind) {
    v1::Party& party = *parties.add_parties();
    party.set_id(id);
    party.set_name(id);
    party.set_kind(kind);
    party.set_trust_domain(DomainOf(id));
    if (kind == v1::PARTY_KIND_CUSTOMS) party.set_acts_for("EU");
    *party.mutable_from_time() = from;
    cas_[id] = std::make_unique<kp::testing::TestCa>(DomainOf(id), now);
    v1::Anchor& anchor = *anchors.add_anchors();
    anchor.set_trust_domain(DomainOf(id));
    anchor.set_certificate(ca(id).anchor().der);
    *anchor.mutable_from_time() = from;
    v1::SigningKey& key = *keys.add_keys();
    key.set_party(id);
    key.set_public_key(statement::TestKey(id).Public().Der());
    *key.mutable_from_time() = from;
  };
  add("KP", v1::PARTY_KIND_REGISTRY);
  add("BW", v1::PARTY_KIND_ENTITY);
  add("EU", v1::PARTY_KIND_ENTITY);
  add("DOUANE", v1::PARTY_KIND_CUSTOMS);
  const auto address = [&](const std::string& party, const std::string& role, int port) {
    v1::Endpoint& endpoint = *endpoints.add_endpoints();
    endpoint.set_party(party);
    endpoint.set_spiffe_id(absl::StrCat("spiffe://", DomainOf(party), "/", role));
    endpoint.set_address(absl::StrCat("127.0.0.1:", port));
  };
  address("KP", "participant-svc", 5000);
  address("BW", "certificate-svc", 5001);
}

v1::RootDocument World::RootDocument(uint32_t version) const {
  v1::RootDocument root;
  root.set_salt(Salt());
  root.set_version(version);
  root.set_world("test-world");
  for (const char* name : {"r1", "r2", "r3"}) {
    v1::RootSigner& signer = *root.add_signers();
    signer.set_name(name);
    signer.set_public_key(statement::TestKey(name).Public().Der());
  }
  root.set_threshold(2);
  *root.mutable_expire_time() = ToTimestamp(now_ + absl::Hours(24 * 730));
  return root;
}

v1::SignedDocument World::FirstRoot() const {
  return SignDocument(RootDocument(1), RootContentType(), {"r1", "r2"});
}

std::map<std::string, std::string> World::Parts() const {
  std::map<std::string, std::string> parts = more_parts;
  parts[kPartiesPart] = Must(statement::EncodePayload(parties));
  parts[kAnchorsPart] = Must(statement::EncodePayload(anchors));
  parts[kKeysPart] = Must(statement::EncodePayload(keys));
  parts[kEndpointsPart] = Must(statement::EncodePayload(endpoints));
  return parts;
}

v1::Manifest World::Manifest(uint64_t version, uint32_t root_version) const {
  v1::Manifest manifest;
  manifest.set_salt(Salt());
  manifest.set_version(version);
  manifest.set_world("test-world");
  manifest.set_root_version(root_version);
  *manifest.mutable_create_time() = ToTimestamp(now_);
  *manifest.mutable_expire_time() = ToTimestamp(now_ + absl::Hours(24 * 90));
  for (const auto& [name, bytes] : Parts()) {
    v1::PartReference& part = *manifest.add_parts();
    part.set_name(name);
    part.set_digest(statement::Sha256(bytes));
    part.set_size(bytes.size());
  }
  return manifest;
}

Release World::Sign(const v1::Manifest& manifest, const std::vector<std::string>& signers) const {
  Release release;
  release.manifest = manifest;
  release.document = SignDocument(manifest, ManifestContentType(), signers);
  for (const auto& [name, bytes] : Parts()) release.parts[statement::Sha256(bytes)] = bytes;
  return release;
}

Release World::Make(uint64_t version, uint32_t root_version) const {
  return Sign(Manifest(version, root_version), {"r1", "r2"});
}

TrustOptions World::Options() const {
  TrustOptions options;
  options.world = "test-world";
  options.own_party = "EU";
  options.registry_party = "KP";
  options.first_root = FirstRoot();
  options.pinned_anchors = {ca("KP").anchor(), ca("EU").anchor()};
  return options;
}

std::string SignDenial(const std::string& issuer, const v1::Denial& denial, absl::Time now) {
  return SignStatement(issuer, DenialContentType(), denial, now);
}

v1::Denial MakeDenial(v1::DenialSubject subject, const std::string& party) {
  v1::Denial denial;
  denial.set_subject(subject);
  denial.set_party(party);
  denial.set_reason("a test");
  return denial;
}

v1::Freshness FreshnessOf(const Release& release, const std::vector<std::string>& denials,
                          absl::Time now) {
  v1::Freshness freshness;
  freshness.set_world("test-world");
  freshness.set_manifest_version(release.manifest.version());
  freshness.set_manifest_digest(statement::Sha256(release.document.payload()));
  freshness.set_denials_digest(DenialsDigest(denials));
  *freshness.mutable_expire_time() = ToTimestamp(now + absl::Seconds(60));
  return freshness;
}

std::string SignFreshness(const v1::Freshness& freshness, absl::Time now,
                          const std::string& issuer) {
  return SignStatement(issuer, FreshnessContentType(), freshness, now);
}

}  // namespace kp::trust::testing
