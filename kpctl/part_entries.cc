// The entries of each known part, keyed by what an officer calls them.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kp/registry/v1/registry.pb.h"
#include "kpctl/documents.h"
#include "kpctl/output.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/trust/snapshot.h"
#include "scheme/wire/registry.h"

namespace kp::kpctl {
namespace {

using Entries = std::map<std::string, std::string>;
namespace reg = registry::v1;

// Everything a message says, in one line, so that no change of any field goes unseen.
std::string Line(const google::protobuf::Message& message) {
  return Printable(message.ShortDebugString());
}

// From when until when, in words.
template <typename Dated>
std::string Since(const Dated& dated) {
  return absl::StrCat("from ", TimeText(dated.from_time()),
                      dated.has_until_time() ? " until " + TimeText(dated.until_time()) : "");
}

template <typename Part, typename Read>
Entries Decoded(const std::string& bytes, Read read) {
  Entries entries;
  Part part;
  if (!statement::DecodePayload(bytes, part).ok()) {
    entries["part"] = "cannot be read: " + statement::ToHex(statement::Sha256(bytes));
    return entries;
  }
  read(part, entries);
  return entries;
}

void Parties(const trust::v1::PartiesPart& part, Entries& entries) {
  for (const trust::v1::Party& party : part.parties()) {
    entries[absl::StrCat("party ", party.id(), " ", Since(party))] = Line(party);
  }
}

void Anchors(const trust::v1::AnchorsPart& part, Entries& entries) {
  for (const trust::v1::Anchor& anchor : part.anchors()) {
    entries[absl::StrCat("anchor of ", anchor.trust_domain(), " ",
                         statement::ToHex(statement::Sha256(anchor.certificate())))] =
        Since(anchor);
  }
}

void Keys(const trust::v1::SigningKeysPart& part, Entries& entries) {
  for (const trust::v1::SigningKey& key : part.keys()) {
    std::string text = Since(key);
    if (key.has_compromised_from_time()) {
      absl::StrAppend(&text, ", COMPROMISED from ", TimeText(key.compromised_from_time()));
    }
    entries[absl::StrCat("signing key of ", key.party(), " ",
                         statement::ToHex(statement::Sha256(key.public_key())))] = text;
  }
}

void Endpoints(const trust::v1::EndpointsPart& part, Entries& entries) {
  for (const trust::v1::Endpoint& endpoint : part.endpoints()) {
    entries[absl::StrCat("endpoint of ", endpoint.party(), " ", endpoint.spiffe_id())] =
        endpoint.address();
  }
}

void Participants(const reg::ParticipantsPart& part, Entries& entries) {
  for (const reg::Participant& participant : part.participants()) {
    entries["participant " + participant.code()] = Line(participant);
  }
  for (const reg::IssuingEntity& entity : part.entities()) {
    entries["issuing entity " + entity.code()] = Line(entity);
  }
}

void Measures(const reg::MeasuresPart& part, Entries& entries) {
  for (const reg::Measure& measure : part.measures())
    entries["measure " + measure.id()] = Line(measure);
  for (const reg::Area& area : part.areas()) entries["area " + area.id()] = Line(area);
  for (const reg::Operation& operation : part.operations()) {
    entries["operation " + operation.id()] = Line(operation);
  }
}

}  // namespace

std::map<std::string, std::string> EntriesOf(const std::string& part_name,
                                             const std::string& bytes) {
  if (bytes.empty()) return {};
  if (part_name == trust::kPartiesPart) return Decoded<trust::v1::PartiesPart>(bytes, Parties);
  if (part_name == trust::kAnchorsPart) return Decoded<trust::v1::AnchorsPart>(bytes, Anchors);
  if (part_name == trust::kKeysPart) return Decoded<trust::v1::SigningKeysPart>(bytes, Keys);
  if (part_name == trust::kEndpointsPart) {
    return Decoded<trust::v1::EndpointsPart>(bytes, Endpoints);
  }
  if (part_name == scheme::wire::kParticipantsPart) {
    return Decoded<reg::ParticipantsPart>(bytes, Participants);
  }
  if (part_name == scheme::wire::kMeasuresPart) return Decoded<reg::MeasuresPart>(bytes, Measures);
  // A part of a newer version of this program: it changed or it did not.
  return {{"part " + part_name, statement::ToHex(statement::Sha256(bytes))}};
}

}  // namespace kp::kpctl
