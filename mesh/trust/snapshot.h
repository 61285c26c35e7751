// What one manifest, the denials in force and a moment make believable. Immutable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/access/v1/access.pb.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/statement/keys.h"
#include "mesh/tls/anchors.h"
#include "mesh/trust/documents.h"

namespace kp::trust {

// Names of the mesh's own parts.
inline constexpr char kPartiesPart[] = "parties";
inline constexpr char kAnchorsPart[] = "anchors";
inline constexpr char kKeysPart[] = "keys";
inline constexpr char kEndpointsPart[] = "endpoints";

// A denial that counts, with who said it.
struct DenialInForce {
  v1::Denial denial;
  std::string issuer;
};

// Where a service of a party is.
struct Endpoint {
  identity::SpiffeId id;
  std::string address;
};

// Thread-safe.
class Snapshot final {
 public:
  // Reads the parts for the moment `now`. `pinned` anchors count beside those of the parts.
  // INVALID_ARGUMENT, TRUST_MALFORMED when a part contradicts itself or another, now or at any
  // other moment: a party twice at a time, a trust domain or key of two parties, a domain or party
  // that no part knows, a signing key that is also the key of an anchor, an address without a port.
  static absl::StatusOr<std::shared_ptr<const Snapshot>> Build(
      SignedManifest manifest, Parts parts, std::vector<DenialInForce> denials,
      const std::vector<tls::Anchor>& pinned, absl::Time now);

  const v1::Manifest& manifest() const { return manifest_.manifest; }
  const SignedManifest& signed_manifest() const { return manifest_; }
  absl::Time expires_at() const;

  const std::shared_ptr<const tls::AnchorSet>& anchors() const { return anchors_; }

  // Parties that take part now; null when there is none. Borrowed.
  const v1::Party* PartyById(std::string_view id) const;
  const v1::Party* PartyByDomain(std::string_view trust_domain) const;
  std::vector<const v1::Party*> ActiveParties() const;

  // Of all parties, past and denied ones included.
  bool KnowsParty(std::string_view id) const { return all_parties_.contains(id); }
  // Empty for a domain that no party ever had.
  std::string_view OwnerOfDomain(std::string_view trust_domain) const;

  // NOT_FOUND, ENDPOINT_UNKNOWN when the party has no such service now.
  absl::StatusOr<Endpoint> EndpointOf(std::string_view party, access::v1::Role role) const;

  // The key `kid` (raw) of `party` for a statement dated `at`, as statement::KeyLookup asks: errors
  // are NOT_FOUND, KEY_NOT_IN_USE, KEY_DENIED (the key, or the whole party), KEY_COMPROMISED.
  absl::StatusOr<statement::PublicKey> Key(std::string_view party, std::string_view kid,
                                           absl::Time at) const;

  // The same without the denials: a party's denial of its own key may be signed by that key.
  absl::StatusOr<statement::PublicKey> KeyDespiteDenials(std::string_view party,
                                                         std::string_view kid, absl::Time at) const;

  // Bytes of a part by name; null when the manifest has none of that name. Borrowed.
  const std::string* Part(std::string_view name) const;
  const Parts& parts() const { return parts_; }

  const std::vector<DenialInForce>& denials() const { return denials_; }

  // The next moment at which dates in the parts make another snapshot of the same documents.
  absl::Time next_change() const { return next_change_; }

 private:
  struct KeyEntry {
    v1::SigningKey record;
    statement::PublicKey key;
  };

  Snapshot() = default;
  absl::Status ReadParties(absl::Time now);
  absl::Status CheckParty(const v1::Party& party, const std::string& path);
  bool IsDeniedParty(std::string_view id) const;
  tls::Denials TlsDenials() const;
  absl::Status ReadAnchors(const std::vector<tls::Anchor>& pinned, absl::Time now);
  absl::Status ReadKeys();
  absl::Status ReadEndpoints();
  absl::StatusOr<const KeyEntry*> FindKey(std::string_view party, std::string_view kid,
                                          absl::Time at) const;
  // Whether `now` lies in [from, until); notes the ends that lie ahead as the next change.
  bool InForce(const google::protobuf::Timestamp& from, bool has_until,
               const google::protobuf::Timestamp& until, absl::Time now);

  SignedManifest manifest_;
  Parts parts_;
  std::vector<DenialInForce> denials_;
  std::shared_ptr<const tls::AnchorSet> anchors_;
  std::map<std::string, v1::Party, std::less<>> parties_;
  std::set<std::string, std::less<>> all_parties_;
  std::map<std::string, std::string, std::less<>> party_by_domain_;  // of parties in force
  std::map<std::string, std::string, std::less<>> domain_owner_;     // of all parties
  std::map<std::string, KeyEntry, std::less<>> keys_;                // by kid
  std::map<std::pair<std::string, access::v1::Role>, Endpoint, std::less<>> endpoints_;
  std::set<std::string, std::less<>> anchor_key_ids_;
  absl::Time next_change_ = absl::InfiniteFuture();
};

// An instant of a payload.
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace kp::trust
