#include "kpctl/world.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "kpctl/csv.h"
#include "kpctl/parse.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"
#include "mesh/tls/files.h"
#include "mesh/tls/x509.h"
#include "mesh/trust/snapshot.h"
#include "scheme/wire/registry.h"

namespace kp::kpctl {
namespace {

using google::protobuf::Timestamp;

// From when and until when something counts.
struct Span {
  Timestamp from;
  std::optional<Timestamp> until;
  std::optional<Timestamp> compromised_from;
};

class Reader final {
 public:
  Reader(std::string directory, WorldParts& parts)
      : directory_(std::move(directory)), parts_(parts) {}

  absl::Status Party(const world::Party& in, const std::string& path) {
    trust::v1::Party& out = *parts_.parties.add_parties();
    out.set_id(in.id());
    out.set_name(in.name());
    out.set_kind(in.kind());
    out.set_trust_domain(in.trust_domain());
    out.set_acts_for(in.acts_for());
    KP_ASSIGN_OR_RETURN(const Span span, ReadSpan(in.from_time(), in.until_time(), "", path));
    *out.mutable_from_time() = span.from;
    if (span.until.has_value()) *out.mutable_until_time() = *span.until;
    // What has no end of its own ends with the party, by the party.
    const Span open{span.from, std::nullopt, std::nullopt};
    for (const std::string& file : in.anchor_files()) {
      KP_RETURN_IF_ERROR(Anchors(in.trust_domain(), file, open));
    }
    for (const world::DatedFile& dated : in.dated_anchors()) {
      KP_ASSIGN_OR_RETURN(const Span own, ReadSpan(dated, path + ".dated_anchors"));
      KP_RETURN_IF_ERROR(Anchors(in.trust_domain(), dated.file(), own));
    }
    for (const std::string& file : in.signing_key_files()) {
      KP_RETURN_IF_ERROR(Key(in.id(), file, open));
    }
    for (const world::DatedFile& dated : in.dated_signing_keys()) {
      KP_ASSIGN_OR_RETURN(const Span own, ReadSpan(dated, path + ".dated_signing_keys"));
      KP_RETURN_IF_ERROR(Key(in.id(), dated.file(), own));
    }
    for (const world::Endpoint& endpoint : in.endpoints()) {
      trust::v1::Endpoint& added = *parts_.endpoints.add_endpoints();
      added.set_party(in.id());
      added.set_spiffe_id(endpoint.spiffe_id());
      added.set_address(endpoint.address());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(const std::string& file) const {
    return tls::ReadSmallFile((std::filesystem::path(directory_) / file).string());
  }

 private:
  static absl::StatusOr<Span> ReadSpan(const world::DatedFile& dated, const std::string& path) {
    return ReadSpan(dated.from_time(), dated.until_time(), dated.compromised_from_time(), path);
  }

  static absl::StatusOr<Span> ReadSpan(const std::string& from, const std::string& until,
                                       const std::string& compromised, const std::string& path) {
    Faults faults;
    Span span;
    span.from = faults.Take(ParseInstant(from), path + ".from_time");
    if (!until.empty()) span.until = faults.Take(ParseInstant(until), path + ".until_time");
    if (!compromised.empty()) {
      span.compromised_from =
          faults.Take(ParseInstant(compromised), path + ".compromised_from_time");
    }
    KP_RETURN_IF_ERROR(faults.Status());
    return span;
  }

  absl::Status Anchors(const std::string& domain, const std::string& file, const Span& span) {
    KP_ASSIGN_OR_RETURN(const std::string pem, Read(file));
    const absl::StatusOr<std::vector<tls::X509Ptr>> list = tls::ParsePemCertificates(pem);
    if (!list.ok() || list->empty()) {
      return FieldError({"FILE_UNREADABLE", file, "holds no CA certificate in PEM", ""});
    }
    for (const tls::X509Ptr& certificate : *list) {
      trust::v1::Anchor& anchor = *parts_.anchors.add_anchors();
      anchor.set_trust_domain(domain);
      anchor.set_certificate(tls::ToDer(*certificate));
      *anchor.mutable_from_time() = span.from;
      if (span.until.has_value()) *anchor.mutable_until_time() = *span.until;
    }
    return absl::OkStatus();
  }

  absl::Status Key(const std::string& party, const std::string& file, const Span& span) {
    KP_ASSIGN_OR_RETURN(const std::string pem, Read(file));
    const absl::StatusOr<statement::PublicKey> public_key = statement::PublicKey::FromPem(pem);
    if (!public_key.ok()) {
      return FieldError({"FILE_UNREADABLE", file, "holds no public P-256 key in PEM", ""});
    }
    trust::v1::SigningKey& key = *parts_.keys.add_keys();
    key.set_party(party);
    key.set_public_key(public_key->Der());
    *key.mutable_from_time() = span.from;
    if (span.until.has_value()) *key.mutable_until_time() = *span.until;
    if (span.compromised_from.has_value()) {
      *key.mutable_compromised_from_time() = *span.compromised_from;
    }
    return absl::OkStatus();
  }

  const std::string directory_;
  WorldParts& parts_;
};

absl::Status CsvFault(size_t record, std::string_view column, std::string_view what) {
  return FieldError({"CSV_MALFORMED",
                     absl::StrCat("record ", record, ", column ", std::string(column)),
                     std::string(what), ""});
}

// The csv's participants, less those that the world file states itself, then those.
absl::Status MergeParticipants(const world::World& world,
                               const std::vector<registry::v1::Participant>& of_csv,
                               registry::v1::ParticipantsPart& part) {
  const auto stated = [&](const std::string& code) {
    return std::any_of(world.participants().begin(), world.participants().end(),
                       [&](const registry::v1::Participant& own) { return own.code() == code; });
  };
  for (const registry::v1::Participant& participant : of_csv) {
    if (!stated(participant.code())) *part.add_participants() = participant;
  }
  part.mutable_participants()->MergeFrom(world.participants());
  *part.mutable_entities() = world.entities();
  return absl::OkStatus();
}

template <typename Part>
absl::Status Encode(const Part& part, const char* name, trust::Parts& parts) {
  absl::StatusOr<std::string> bytes = statement::EncodePayload(part);
  if (!bytes.ok()) return WithFieldPrefix(bytes.status(), absl::StrCat(name, "."));
  parts[name] = *std::move(bytes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WorldParts> ReadWorld(const world::World& world, const std::string& directory) {
  WorldParts parts;
  Reader reader(directory, parts);
  for (int i = 0; i < world.parties_size(); ++i) {
    KP_RETURN_IF_ERROR(reader.Party(world.parties(i), absl::StrCat("parties[", i, "]")));
  }
  std::vector<registry::v1::Participant> of_csv;
  if (!world.participants_csv().empty()) {
    KP_ASSIGN_OR_RETURN(const std::string text, reader.Read(world.participants_csv()));
    KP_ASSIGN_OR_RETURN(of_csv, ReadParticipantsCsv(text));
  }
  KP_RETURN_IF_ERROR(MergeParticipants(world, of_csv, parts.participants));
  *parts.measures.mutable_measures() = world.measures();
  *parts.measures.mutable_areas() = world.areas();
  *parts.measures.mutable_operations() = world.operations();
  return parts;
}

absl::StatusOr<std::vector<registry::v1::Participant>> ReadParticipantsCsv(
    const std::string& text) {
  const std::vector<std::string> columns = {"code",   "name",  "kind",  "since",
                                            "status", "notes", "source"};
  KP_ASSIGN_OR_RETURN(const auto records, ParseCsv(text));
  if (records.empty() || Texts(records[0]) != columns) {
    return CsvFault(1, "code", "the header is not code,name,kind,since,status,notes,source");
  }
  std::vector<registry::v1::Participant> participants;
  for (size_t i = 1; i < records.size(); ++i) {
    const std::vector<std::string> record = Texts(records[i]);
    if (record.size() != columns.size()) return CsvFault(i + 1, "code", "has not seven fields");
    registry::v1::Participant& participant = participants.emplace_back();
    participant.set_code(record[0]);
    participant.set_name(record[1]);
    if (record[2] == "country") {
      participant.set_kind(registry::v1::PARTICIPANT_KIND_COUNTRY);
    } else if (record[2] == "regional") {
      participant.set_kind(registry::v1::PARTICIPANT_KIND_ORGANISATION);
    } else {
      return CsvFault(i + 1, "kind", "is country or regional");
    }
    // Removals and suspensions are measures, with a decision behind them.
    if (record[4] != "active") return CsvFault(i + 1, "status", "is active");
    registry::v1::Participation& span = *participant.add_participations();
    span.set_from(record[3]);
    span.set_source(record[6]);
    participant.set_notes(record[5]);
  }
  return participants;
}

absl::StatusOr<trust::Parts> EncodeParts(const WorldParts& parts) {
  trust::Parts encoded;
  KP_RETURN_IF_ERROR(Encode(parts.parties, trust::kPartiesPart, encoded));
  KP_RETURN_IF_ERROR(Encode(parts.anchors, trust::kAnchorsPart, encoded));
  KP_RETURN_IF_ERROR(Encode(parts.keys, trust::kKeysPart, encoded));
  KP_RETURN_IF_ERROR(Encode(parts.endpoints, trust::kEndpointsPart, encoded));
  KP_RETURN_IF_ERROR(Encode(parts.participants, scheme::wire::kParticipantsPart, encoded));
  KP_RETURN_IF_ERROR(Encode(parts.measures, scheme::wire::kMeasuresPart, encoded));
  return encoded;
}

absl::StatusOr<trust::v1::Manifest> MakeManifest(const ManifestFacts& facts,
                                                 const trust::Parts& parts) {
  trust::v1::Manifest manifest;
  manifest.set_salt(SystemRandom().Bytes(statement::kSaltSize));
  manifest.set_version(facts.version);
  manifest.set_world(facts.root.world());
  manifest.set_root_version(facts.root.version());
  *manifest.mutable_create_time() = trust::ToTimestamp(facts.create_time);
  *manifest.mutable_expire_time() = trust::ToTimestamp(facts.expire_time);
  for (const auto& [name, bytes] : parts) {
    trust::v1::PartReference& part = *manifest.add_parts();
    part.set_name(name);
    part.set_digest(statement::Sha256(bytes));
    part.set_size(bytes.size());
  }
  return manifest;
}

absl::Status CheckParts(const trust::v1::Manifest& manifest, const trust::Parts& parts,
                        absl::Time now) {
  KP_ASSIGN_OR_RETURN(const auto snapshot,
                      trust::Snapshot::Build({manifest, {}, ""}, parts, {}, {}, now));
  registry::v1::ParticipantsPart participants;
  registry::v1::MeasuresPart measures;
  KP_RETURN_IF_ERROR(
      statement::DecodePayload(parts.at(scheme::wire::kParticipantsPart), participants));
  KP_RETURN_IF_ERROR(statement::DecodePayload(parts.at(scheme::wire::kMeasuresPart), measures));
  const auto connected = [&](std::string_view entity) {
    return snapshot->EndpointOf(entity, access::v1::ROLE_CERTIFICATE_SVC).ok();
  };
  const auto directory = scheme::wire::ReadParticipants(participants, connected);
  if (!directory.ok()) return WithFieldPrefix(directory.status(), "participants.");
  const auto book = scheme::wire::ReadMeasures(measures);
  if (!book.ok()) return WithFieldPrefix(book.status(), "measures.");
  return absl::OkStatus();
}

}  // namespace kp::kpctl
