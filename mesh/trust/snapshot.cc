#include "mesh/trust/snapshot.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/tls/x509.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

using access::v1::Role;

absl::Status Malformed(std::string field, std::string message) {
  return FieldError({kTrustMalformed, std::move(field), std::move(message), ""});
}

// Decodes a part that may be absent: an absent part is an empty one.
template <typename Part>
absl::StatusOr<Part> ReadPart(const Parts& parts, std::string_view name) {
  Part part;
  const auto it = parts.find(name);
  if (it == parts.end()) return part;
  if (absl::Status status = statement::DecodePayload(it->second, part); !status.ok()) {
    return WithFieldPrefix(status, absl::StrCat(std::string(name), "."));
  }
  return part;
}

bool HasPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < address.size() &&
         address.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

}  // namespace

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Snapshot::Build(
    SignedManifest manifest, Parts parts, std::vector<DenialInForce> denials,
    const std::vector<tls::Anchor>& pinned, absl::Time now) {
  std::shared_ptr<Snapshot> snapshot(new Snapshot);
  snapshot->manifest_ = std::move(manifest);
  snapshot->parts_ = std::move(parts);
  for (DenialInForce& denial : denials) {
    if (denial.denial.has_expire_time()) {
      const absl::Time lapses = ToTime(denial.denial.expire_time());
      if (lapses <= now) continue;
      snapshot->next_change_ = std::min(snapshot->next_change_, lapses);
    }
    snapshot->denials_.push_back(std::move(denial));
  }
  KP_RETURN_IF_ERROR(snapshot->ReadParties(now));
  KP_RETURN_IF_ERROR(snapshot->ReadAnchors(pinned, now));
  KP_RETURN_IF_ERROR(snapshot->ReadKeys());
  KP_RETURN_IF_ERROR(snapshot->ReadEndpoints());
  return snapshot;
}

absl::Time Snapshot::expires_at() const { return ToTime(manifest().expire_time()); }

bool Snapshot::InForce(const google::protobuf::Timestamp& from, bool has_until,
                       const google::protobuf::Timestamp& until, absl::Time now) {
  const absl::Time start = ToTime(from);
  const absl::Time end = has_until ? ToTime(until) : absl::InfiniteFuture();
  if (start > now) next_change_ = std::min(next_change_, start);
  if (end > now) next_change_ = std::min(next_change_, end);
  return start <= now && now < end;
}

absl::Status Snapshot::CheckParty(const v1::Party& party, const std::string& path) {
  if (party.id().empty()) return Malformed(path + "id", "must not be empty");
  if (party.kind() == v1::PARTY_KIND_UNSPECIFIED) return Malformed(path + "kind", "is required");
  if (absl::Status status = identity::CheckTrustDomain(party.trust_domain()); !status.ok()) {
    return Malformed(path + "trust_domain", std::string(status.message()));
  }
  // A trust domain stays its party's for ever, past parties included: evidence names it.
  const auto [owner, is_new] = domain_owner_.emplace(party.trust_domain(), party.id());
  if (!is_new && owner->second != party.id()) {
    return Malformed(path + "trust_domain",
                     absl::StrCat("belongs to party \"", owner->second, "\""));
  }
  if (party.kind() == v1::PARTY_KIND_CUSTOMS && party.acts_for().empty()) {
    return Malformed(path + "acts_for", "is required for a customs administration");
  }
  all_parties_.insert(party.id());
  return absl::OkStatus();
}

absl::Status Snapshot::ReadParties(absl::Time now) {
  KP_ASSIGN_OR_RETURN(const v1::PartiesPart part, ReadPart<v1::PartiesPart>(parts_, kPartiesPart));
  std::multimap<std::string, std::pair<absl::Time, absl::Time>> spans;
  for (int i = 0; i < part.parties_size(); ++i) {
    const v1::Party& party = part.parties(i);
    const std::string path = absl::StrCat("parties[", i, "].");
    KP_RETURN_IF_ERROR(CheckParty(party, path));
    // At any time, not only now: a contradiction that lies ahead would strike when its day comes.
    const absl::Time from = ToTime(party.from_time());
    const absl::Time until =
        party.has_until_time() ? ToTime(party.until_time()) : absl::InfiniteFuture();
    if (until <= from) return Malformed(path + "until_time", "must lie after from_time");
    const auto [begin, end] = spans.equal_range(party.id());
    for (auto it = begin; it != end; ++it) {
      if (from < it->second.second && it->second.first < until) {
        return Malformed(path + "id", absl::StrCat("\"", party.id(), "\" is in force twice"));
      }
    }
    spans.emplace(party.id(), std::make_pair(from, until));
    const bool in_force =
        InForce(party.from_time(), party.has_until_time(), party.until_time(), now);
    if (!in_force || IsDeniedParty(party.id())) continue;
    party_by_domain_[party.trust_domain()] = party.id();
    parties_.emplace(party.id(), party);
  }
  for (int i = 0; i < part.parties_size(); ++i) {
    const v1::Party& party = part.parties(i);
    if (party.kind() == v1::PARTY_KIND_CUSTOMS && !all_parties_.contains(party.acts_for())) {
      return Malformed(absl::StrCat("parties[", i, "].acts_for"), "is unknown");
    }
  }
  return absl::OkStatus();
}

bool Snapshot::IsDeniedParty(std::string_view id) const {
  return std::any_of(denials_.begin(), denials_.end(), [&](const DenialInForce& denial) {
    return denial.denial.subject() == v1::DENIAL_SUBJECT_PARTY && denial.denial.party() == id;
  });
}

absl::Status Snapshot::ReadAnchors(const std::vector<tls::Anchor>& pinned, absl::Time now) {
  KP_ASSIGN_OR_RETURN(const v1::AnchorsPart part, ReadPart<v1::AnchorsPart>(parts_, kAnchorsPart));
  std::vector<tls::Anchor> believed = pinned;
  std::vector<tls::Anchor> all = pinned;
  for (int i = 0; i < part.anchors_size(); ++i) {
    const v1::Anchor& anchor = part.anchors(i);
    const std::string path = absl::StrCat("anchors[", i, "].");
    if (!domain_owner_.contains(anchor.trust_domain())) {
      return Malformed(path + "trust_domain", "belongs to no party");
    }
    auto certificate = tls::ParseDerCertificate(anchor.certificate());
    if (!certificate.ok()) {
      return Malformed(path + "certificate", std::string(certificate.status().message()));
    }
    anchor_key_ids_.insert(tls::KeyFingerprint(**certificate));
    all.push_back({anchor.trust_domain(), anchor.certificate()});
    const bool in_force =
        InForce(anchor.from_time(), anchor.has_until_time(), anchor.until_time(), now);
    if (!in_force || !party_by_domain_.contains(anchor.trust_domain())) continue;
    believed.push_back(all.back());
  }
  // Past and future ones too: a fault that lies ahead would strike when its day comes.
  if (auto checked = tls::AnchorSet::Create(all); !checked.ok()) {
    return Malformed("anchors", std::string(checked.status().message()));
  }
  auto set = tls::AnchorSet::Create(believed, TlsDenials());
  if (!set.ok()) return Malformed("anchors", std::string(set.status().message()));
  anchors_ = *std::move(set);
  return absl::OkStatus();
}

tls::Denials Snapshot::TlsDenials() const {
  tls::Denials denials;
  for (const DenialInForce& denial : denials_) {
    switch (denial.denial.subject()) {
      case v1::DENIAL_SUBJECT_CERTIFICATE: {
        // Only within the trust domains of the party that the denial is about: nobody can shut out
        // another party by naming that party's certificate.
        for (const auto& [domain, owner] : domain_owner_) {
          if (owner != denial.denial.party()) continue;
          denials.certificates.emplace(domain, statement::ToHex(denial.denial.digest()));
        }
        break;
      }
      case v1::DENIAL_SUBJECT_IDENTITY:
        denials.spiffe_ids.insert(denial.denial.spiffe_id());
        break;
      default:
        break;
    }
  }
  return denials;
}

absl::Status Snapshot::ReadKeys() {
  KP_ASSIGN_OR_RETURN(const v1::SigningKeysPart part,
                      ReadPart<v1::SigningKeysPart>(parts_, kKeysPart));
  for (int i = 0; i < part.keys_size(); ++i) {
    const v1::SigningKey& record = part.keys(i);
    const std::string path = absl::StrCat("keys[", i, "].");
    if (!all_parties_.contains(record.party())) {
      return Malformed(path + "party", "is unknown");
    }
    auto key = statement::PublicKey::FromDer(record.public_key());
    if (!key.ok()) {
      return Malformed(path + "public_key", std::string(key.status().message()));
    }
    if (anchor_key_ids_.contains(statement::ToHex(key->KeyId()))) {
      return Malformed(path + "public_key", "is also the key of a TLS anchor");
    }
    const auto [entry, is_new] = keys_.emplace(key->KeyId(), KeyEntry{record, *key});
    if (!is_new) {
      return Malformed(path + "public_key",
                       absl::StrCat("is already a key of \"", entry->second.record.party(), "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status Snapshot::ReadEndpoints() {
  KP_ASSIGN_OR_RETURN(const v1::EndpointsPart part,
                      ReadPart<v1::EndpointsPart>(parts_, kEndpointsPart));
  for (int i = 0; i < part.endpoints_size(); ++i) {
    const v1::Endpoint& endpoint = part.endpoints(i);
    const std::string path = absl::StrCat("endpoints[", i, "].");
    auto id = identity::SpiffeId::Parse(endpoint.spiffe_id());
    if (!id.ok()) return Malformed(path + "spiffe_id", std::string(id.status().message()));
    const auto owner = domain_owner_.find(id->trust_domain());
    if (owner == domain_owner_.end() || owner->second != endpoint.party()) {
      return Malformed(path + "spiffe_id", "is not of the party's trust domain");
    }
    if (!HasPort(endpoint.address())) return Malformed(path + "address", "must be host:port");
    const Role role = id->role();
    if (!endpoints_
             .emplace(std::make_pair(endpoint.party(), role),
                      Endpoint{*std::move(id), endpoint.address()})
             .second) {
      return Malformed(path + "spiffe_id", "is a second address for the same service");
    }
  }
  return absl::OkStatus();
}

const v1::Party* Snapshot::PartyById(std::string_view id) const {
  const auto it = parties_.find(id);
  return it == parties_.end() ? nullptr : &it->second;
}

const v1::Party* Snapshot::PartyByDomain(std::string_view trust_domain) const {
  const auto it = party_by_domain_.find(trust_domain);
  return it == party_by_domain_.end() ? nullptr : PartyById(it->second);
}

std::string_view Snapshot::OwnerOfDomain(std::string_view trust_domain) const {
  const auto it = domain_owner_.find(trust_domain);
  return it == domain_owner_.end() ? std::string_view() : it->second;
}

std::vector<const v1::Party*> Snapshot::ActiveParties() const {
  std::vector<const v1::Party*> parties;
  for (const auto& [id, party] : parties_) parties.push_back(&party);
  return parties;
}

absl::StatusOr<Endpoint> Snapshot::EndpointOf(std::string_view party, Role role) const {
  const auto it = endpoints_.find(std::make_pair(std::string(party), role));
  if (it == endpoints_.end() || PartyById(party) == nullptr) {
    return MakeError(
        absl::StatusCode::kNotFound, kEndpointUnknown,
        absl::StrCat("the trust documents name no ", std::string(identity::RoleSegment(role)),
                     " of \"", std::string(party), "\""));
  }
  return it->second;
}

absl::StatusOr<const Snapshot::KeyEntry*> Snapshot::FindKey(std::string_view party,
                                                            std::string_view kid,
                                                            absl::Time at) const {
  const auto it = keys_.find(kid);
  if (it == keys_.end() || it->second.record.party() != party) {
    return absl::NotFoundError(
        absl::StrCat("\"", std::string(party), "\" has no such key: ", statement::ToHex(kid)));
  }
  const v1::SigningKey& record = it->second.record;
  const absl::Time until =
      record.has_until_time() ? ToTime(record.until_time()) : absl::InfiniteFuture();
  if (at < ToTime(record.from_time()) || at >= until) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kKeyNotInUse,
                     absl::StrCat("the key was not in use by \"", std::string(party), "\" on ",
                                  absl::FormatTime(at, absl::UTCTimeZone())));
  }
  if (record.has_compromised_from_time()) {
    // Whoever holds the key can date a statement as he likes: the date proves nothing.
    return MakeError(absl::StatusCode::kFailedPrecondition, kKeyCompromised,
                     absl::StrCat("the key of \"", std::string(party), "\" is compromised from ",
                                  absl::FormatTime(ToTime(record.compromised_from_time()),
                                                   absl::UTCTimeZone())));
  }
  return &it->second;
}

absl::StatusOr<statement::PublicKey> Snapshot::KeyDespiteDenials(std::string_view party,
                                                                 std::string_view kid,
                                                                 absl::Time at) const {
  KP_ASSIGN_OR_RETURN(const KeyEntry* entry, FindKey(party, kid, at));
  return entry->key;
}

absl::StatusOr<statement::PublicKey> Snapshot::Key(std::string_view party, std::string_view kid,
                                                   absl::Time at) const {
  KP_ASSIGN_OR_RETURN(const KeyEntry* entry, FindKey(party, kid, at));
  for (const DenialInForce& denial : denials_) {
    if (denial.denial.party() != party) continue;
    const v1::DenialSubject subject = denial.denial.subject();
    if (subject == v1::DENIAL_SUBJECT_PARTY ||
        (subject == v1::DENIAL_SUBJECT_SIGNING_KEY && denial.denial.digest() == kid)) {
      return MakeError(
          absl::StatusCode::kPermissionDenied, kKeyDenied,
          absl::StrCat("was denied by \"", denial.issuer, "\": ", denial.denial.reason()));
    }
  }
  return entry->key;
}

const std::string* Snapshot::Part(std::string_view name) const {
  const auto it = parts_.find(name);
  return it == parts_.end() ? nullptr : &it->second;
}

}  // namespace kp::trust
