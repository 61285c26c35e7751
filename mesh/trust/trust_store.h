// The trust documents in force on this node: what it accepts, what it refuses, and how fresh it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "kp/trust/v1/trust.pb.h"
#include "mesh/rpc/access_table.h"
#include "mesh/statement/statement.h"
#include "mesh/tls/anchors.h"
#include "mesh/trust/denials.h"
#include "mesh/trust/document_store.h"
#include "mesh/trust/documents.h"
#include "mesh/trust/snapshot.h"

namespace kp::trust {

enum class State {
  kNotLoaded,  // no manifest yet: nothing but fetching works
  kFresh,      // the registry said within a minute that this is the latest
  kOverdue,    // it has not: alarm, and work on
  kExpired,    // manifest or root has run out: nothing but fetching works
};

// "NOT_LOADED", "FRESH", "OVERDUE", "EXPIRED".
std::string_view StateName(State state);

struct TrustOptions {
  // Name of this world; documents of another are refused.
  std::string world;
  // The party that this node belongs to ("BW").
  std::string own_party;
  // The party whose key signs freshness and may deny anybody ("KP").
  std::string registry_party;
  // Root document 1, pinned by the configuration.
  v1::SignedDocument first_root;
  // A manifest below this version is refused, also on a node without a memory.
  uint64_t minimum_manifest_version = 0;
  // Anchors that the configuration pins, believed before and beside those of the manifest.
  std::vector<tls::Anchor> pinned_anchors;
  // Longest life of the registry's denials of others.
  absl::Duration registry_denial_life = absl::Hours(72);
  // Reads what the scheme adds: an error refuses the manifest. May be empty.
  std::function<absl::Status(const Parts&)> check_parts;
  // Told about every document that is refused though it reached this node: somebody lies, or
  // something is broken. Must not call the store. May be empty.
  std::function<void(const absl::Status&)> on_alarm;
};

// Thread-safe. The const getters do not block; accepting documents does.
class TrustStore final : public tls::AnchorSource, public rpc::DomainRelations {
 public:
  // Loads and verifies what `documents` holds; what does not verify there is alarmed and fetched
  // again. An intact manifest whose parts are not intact still counts as seen. Fails when the
  // pinned root document is not good. `clock` outlives the store.
  static absl::StatusOr<std::unique_ptr<TrustStore>> Open(TrustOptions options,
                                                          std::unique_ptr<DocumentStore> documents,
                                                          const Clock& clock);

  // The next root document. The one in force again, byte for byte, is OK.
  absl::Status AcceptRoot(const v1::SignedDocument& document);

  // A manifest with its parts. The one in force again is OK; an older one is TRUST_ROLLBACK,
  // another of the same version TRUST_FORK. `source` is asked only for parts that are not here yet.
  absl::Status AcceptManifest(const v1::SignedDocument& document, const PartSource& source);

  // The registry's word about the latest manifest, and all denials in force. TRUST_MANIFEST_BEHIND:
  // fetch the manifest, then offer it again. TRUST_STALE: the source has lost the registry. An
  // older word that would undo a newer one is TRUST_ROLLBACK.
  absl::Status AcceptFreshness(const std::string& freshness,
                               const std::vector<std::string>& denials);

  // Whether `denial` may stand (denials.h). The registry asks before it publishes one.
  absl::StatusOr<DenialInForce> CheckDenial(const std::string& denial) const;

  // Reads dates again: to be called about every 250 ms. Cheap when no date has passed, and never
  // waits for a document that is being accepted.
  void Tick();

  State state() const;
  // OK, or why this node answers nothing but requests for trust documents.
  absl::Status Gate() const;

  // Null before the first manifest.
  std::shared_ptr<const Snapshot> snapshot() const;
  // UNAVAILABLE, TRUST_NOT_LOADED or TRUST_EXPIRED instead of a snapshot that must not be used.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Usable() const;

  // For VerifyStatement, by the documents in force at each call.
  statement::KeyLookup KeyLookup() const;

  // What TrustService gives to others.
  std::vector<v1::SignedDocument> RootsFrom(uint32_t version, size_t limit) const;
  std::optional<v1::SignedDocument> ManifestDocument() const;
  std::optional<std::string> PartByDigest(std::string_view digest) const;
  // Freshness and denials as last accepted; empty freshness when there is none.
  std::pair<std::string, std::vector<std::string>> LatestFreshness() const;
  Root CurrentRoot() const;

  // `listener` is called after every change of what is believed and after every freshness, on the
  // thread that brought it, without locks held. Never removed: listeners live as long as the store.
  void Subscribe(std::function<void()> listener);

  // tls::AnchorSource
  std::shared_ptr<const tls::AnchorSet> Current() const override;
  // rpc::DomainRelations
  bool IsKnownDomain(std::string_view trust_domain) const override;
  bool ActsForOwn(std::string_view trust_domain) const override;

  const TrustOptions& options() const { return options_; }

 private:
  TrustStore(TrustOptions options, std::unique_ptr<DocumentStore> documents, const Clock& clock);
  absl::Status LoadStored();
  absl::Status LoadManifest(const StoredDocuments& stored);
  absl::StatusOr<std::shared_ptr<const Snapshot>> CheckManifest(const v1::SignedDocument& document,
                                                                const PartSource& source);
  // The floor of what is accepted from now on.
  void RememberManifest(const SignedManifest& manifest);
  absl::Status CheckFreshness(const Snapshot& current, const statement::Statement& freshness,
                              const std::vector<std::string>& denials) const;
  absl::Status TakeFreshness(const std::string& freshness, const std::vector<std::string>& denials);
  // Puts `bare` in force, with those of `denials` that stand under it.
  absl::Status Install(std::shared_ptr<const Snapshot> bare,
                       const std::vector<std::string>& denials);
  DenialRules Rules() const;
  absl::Status Alarmed(absl::Status status) const;
  void Notify();

  const TrustOptions options_;
  const std::unique_ptr<DocumentStore> documents_;
  const Clock& clock_;

  // One document is accepted at a time; held during I/O and never together with a listener's call.
  std::mutex accepting_;
  // The newest manifest seen, in force or not; under accepting_.
  uint64_t seen_version_ = 0;
  std::string seen_digest_;

  mutable std::mutex mutex_;  // guards what follows; held briefly
  std::vector<Root> roots_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const tls::AnchorSet> bootstrap_anchors_;
  std::string freshness_;
  std::vector<std::string> denials_;
  absl::Time said_at_ = absl::InfinitePast();  // when the latest freshness was signed
  absl::Time fresh_until_ = absl::InfinitePast();
  std::vector<std::function<void()>> listeners_;
};

}  // namespace kp::trust
