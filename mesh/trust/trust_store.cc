#include "mesh/trust/trust_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

absl::Status Refused(const char* reason, const std::string& message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kNotLoaded:
      return "NOT_LOADED";
    case State::kFresh:
      return "FRESH";
    case State::kOverdue:
      return "OVERDUE";
    case State::kExpired:
      return "EXPIRED";
  }
  return "";
}

TrustStore::TrustStore(TrustOptions options, std::unique_ptr<DocumentStore> documents,
                       const Clock& clock)
    : options_(std::move(options)), documents_(std::move(documents)), clock_(clock) {}

absl::StatusOr<std::unique_ptr<TrustStore>> TrustStore::Open(
    TrustOptions options, std::unique_ptr<DocumentStore> documents, const Clock& clock) {
  std::unique_ptr<TrustStore> store(
      new TrustStore(std::move(options), std::move(documents), clock));
  KP_ASSIGN_OR_RETURN(Root first, ReadRoot(store->options_.first_root));
  KP_RETURN_IF_ERROR(VerifyFirstRoot(first));
  if (first.document.world() != store->options_.world) {
    return Refused(
        kTrustOtherWorld,
        absl::StrCat("the pinned root document is of the world \"", first.document.world(),
                     "\", the configuration of \"", store->options_.world, "\""));
  }
  store->roots_.push_back(std::move(first));
  KP_ASSIGN_OR_RETURN(store->bootstrap_anchors_,
                      tls::AnchorSet::Create(store->options_.pinned_anchors));
  KP_RETURN_IF_ERROR(store->LoadStored());
  return store;
}

absl::Status TrustStore::LoadStored() {
  KP_ASSIGN_OR_RETURN(const StoredDocuments stored, documents_->Load());
  for (const std::string& bytes : stored.roots) {
    v1::SignedDocument document;
    absl::Status status = document.ParseFromString(bytes)
                              ? absl::OkStatus()
                              : absl::DataLossError("a stored root document is damaged");
    if (status.ok()) {
      auto next = ReadRoot(document);
      status = next.ok() ? VerifyNextRoot(roots_.back(), *next) : next.status();
      if (status.ok()) roots_.push_back(*std::move(next));
    }
    // The rest is fetched again.
    if (!Alarmed(std::move(status)).ok()) break;
  }
  // Kept whatever becomes of the manifest: a node that must fetch documents again has not forgotten
  // who is denied. Neither is served to others, the time of the freshness may be over; what counts
  // is that nothing said before it undoes it, and Install checks each denial.
  if (auto said = statement::Statement::Parse(stored.freshness); said.ok()) {
    said_at_ = said->issued_at();
  }
  denials_ = stored.denials;
  if (!stored.manifest.empty()) (void)Alarmed(LoadManifest(stored));
  return absl::OkStatus();
}

absl::Status TrustStore::LoadManifest(const StoredDocuments& stored) {
  v1::SignedDocument document;
  v1::Manifest claimed;
  if (!document.ParseFromString(stored.manifest) ||
      !statement::DecodePayload(document.payload(), claimed).ok()) {
    return absl::DataLossError("the stored manifest is damaged");
  }
  // It was accepted under the root document of its day; one that is newer does not undo that, or a
  // restart in between would forget which manifests are too old.
  if (claimed.root_version() == 0 || claimed.root_version() > roots_.size()) {
    return Refused(kTrustVersionGap, "the stored manifest is of a root document not stored");
  }
  KP_ASSIGN_OR_RETURN(SignedManifest manifest,
                      VerifyManifest(roots_[claimed.root_version() - 1], document));
  if (manifest.manifest.version() < options_.minimum_manifest_version) {
    return Refused(kTrustRollback, "the stored manifest is older than the configuration asks for");
  }
  // Before the parts: one that is damaged is fetched again, but what was seen stays seen.
  RememberManifest(manifest);
  KP_ASSIGN_OR_RETURN(Parts parts, CollectParts(manifest.manifest,
                                                [&](const std::string& digest,
                                                    uint64_t) -> absl::StatusOr<std::string> {
                                                  const auto it = stored.parts.find(digest);
                                                  if (it == stored.parts.end())
                                                    return absl::NotFoundError("is not stored");
                                                  return it->second;
                                                }));
  if (options_.check_parts) KP_RETURN_IF_ERROR(options_.check_parts(parts));
  KP_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> bare,
                      Snapshot::Build(std::move(manifest), std::move(parts), {},
                                      options_.pinned_anchors, clock_.Now()));
  return Install(std::move(bare), stored.denials);
}

void TrustStore::RememberManifest(const SignedManifest& manifest) {
  seen_version_ = manifest.manifest.version();
  seen_digest_ = manifest.digest;
}

absl::Status TrustStore::Alarmed(absl::Status status) const {
  if (!status.ok() && options_.on_alarm) options_.on_alarm(status);
  return status;
}

absl::Status TrustStore::AcceptRoot(const v1::SignedDocument& document) {
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    const Root current = CurrentRoot();
    if (current.signed_document.payload() == document.payload()) return absl::OkStatus();
    const absl::Status status = [&]() -> absl::Status {
      KP_ASSIGN_OR_RETURN(Root next, ReadRoot(document));
      if (next.document.version() <= current.document.version()) {
        return Refused(
            kTrustRollback,
            absl::StrCat("root document ", next.document.version(), " is not newer than ",
                         current.document.version(), ", which is in force"));
      }
      KP_RETURN_IF_ERROR(VerifyNextRoot(current, next));
      KP_RETURN_IF_ERROR(
          documents_->SaveRoot(next.document.version(), document.SerializeAsString()));
      const std::lock_guard<std::mutex> lock(mutex_);
      roots_.push_back(std::move(next));
      return absl::OkStatus();
    }();
    if (!status.ok()) return Alarmed(status);
  }
  Notify();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Snapshot>> TrustStore::CheckManifest(
    const v1::SignedDocument& document, const PartSource& source) {
  KP_ASSIGN_OR_RETURN(SignedManifest manifest, VerifyManifest(CurrentRoot(), document));
  const uint64_t version = manifest.manifest.version();
  if (const uint64_t floor = std::max(options_.minimum_manifest_version, seen_version_);
      version < floor) {
    return Refused(kTrustRollback,
                   absl::StrCat("manifest ", version, " is older than ", floor,
                                ", which this node has seen or is told to ask for"));
  }
  if (version == seen_version_ && manifest.digest != seen_digest_) {
    return Refused(kTrustFork, absl::StrCat("there are two manifests of version ", version));
  }
  if (ToTime(manifest.manifest.expire_time()) <= clock_.Now()) {
    return Refused(kTrustExpired, absl::StrCat("manifest ", version, " has expired"));
  }
  KP_ASSIGN_OR_RETURN(
      Parts parts,
      CollectParts(manifest.manifest,
                   [&](const std::string& digest, uint64_t size) -> absl::StatusOr<std::string> {
                     if (auto known = PartByDigest(digest); known.has_value()) return *known;
                     return source(digest, size);
                   }));
  if (options_.check_parts) KP_RETURN_IF_ERROR(options_.check_parts(parts));
  return Snapshot::Build(std::move(manifest), std::move(parts), {}, options_.pinned_anchors,
                         clock_.Now());
}

absl::Status TrustStore::AcceptManifest(const v1::SignedDocument& document,
                                        const PartSource& source) {
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    const std::shared_ptr<const Snapshot> current = snapshot();
    if (current != nullptr &&
        current->signed_manifest().signed_document.payload() == document.payload()) {
      return absl::OkStatus();
    }
    const absl::Status status = [&]() -> absl::Status {
      // Everything is read before anything is kept: a manifest that contradicts itself is refused
      // whole, and the one before stays in force.
      KP_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> next, CheckManifest(document, source));
      std::map<std::string, std::string> parts;
      for (const v1::PartReference& reference : next->manifest().parts()) {
        parts[reference.digest()] = *next->Part(reference.name());
      }
      KP_RETURN_IF_ERROR(documents_->SaveManifest(next->manifest().version(),
                                                  document.SerializeAsString(), parts));
      RememberManifest(next->signed_manifest());
      return Install(std::move(next), LatestFreshness().second);
    }();
    if (!status.ok()) return Alarmed(status);
  }
  Notify();
  return absl::OkStatus();
}

// Denials that no longer stand under the new documents are dropped: freshness brings the list anew.
absl::Status TrustStore::Install(std::shared_ptr<const Snapshot> bare,
                                 const std::vector<std::string>& denials) {
  std::vector<std::string> kept;
  std::vector<DenialInForce> in_force;
  for (const std::string& denial : denials) {
    auto checked = trust::CheckDenial(*bare, Rules(), denial, clock_.Now());
    if (!Alarmed(checked.status()).ok()) continue;
    kept.push_back(denial);
    in_force.push_back(*std::move(checked));
  }
  if (!in_force.empty()) {
    KP_ASSIGN_OR_RETURN(bare,
                        Snapshot::Build(bare->signed_manifest(), bare->parts(), std::move(in_force),
                                        options_.pinned_anchors, clock_.Now()));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(bare);
  denials_ = std::move(kept);
  // It speaks of the manifest before.
  freshness_.clear();
  return absl::OkStatus();
}

DenialRules TrustStore::Rules() const {
  return {options_.registry_party, options_.registry_denial_life};
}

absl::StatusOr<DenialInForce> TrustStore::CheckDenial(const std::string& denial) const {
  KP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> current, Usable());
  return trust::CheckDenial(*current, Rules(), denial, clock_.Now());
}

absl::Status TrustStore::CheckFreshness(const Snapshot& current,
                                        const statement::Statement& freshness,
                                        const std::vector<std::string>& denials) const {
  statement::Expectation expected;
  expected.content_type = FreshnessContentType();
  expected.issuer = options_.registry_party;
  expected.now = clock_.Now();
  expected.max_skew = kMaxSkew;
  const absl::Status verified = statement::VerifyStatement(
      freshness, expected, [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return current.Key(issuer, kid, at);
      });
  // The registry may have changed its key in a manifest that this node has not fetched.
  if (ReasonOf(verified) == statement::kUnknownKey || ReasonOf(verified) == kKeyNotInUse) {
    return Refused(kTrustManifestBehind,
                   "freshness is signed by a key that this node's manifest does not know");
  }
  KP_RETURN_IF_ERROR(verified);
  KP_ASSIGN_OR_RETURN(const v1::Freshness content,
                      statement::DecodePayload<v1::Freshness>(freshness));
  if (content.world() != options_.world) {
    return Refused(kTrustOtherWorld, "freshness is of another world");
  }
  const uint64_t have = current.manifest().version();
  if (content.manifest_version() > have) {
    return Refused(kTrustManifestBehind, absl::StrCat("manifest ", content.manifest_version(),
                                                      " is the latest, this node has ", have));
  }
  // A clock that is off by less than the limit must not keep a node from taking denials.
  if (ToTime(content.expire_time()) + kMaxSkew <= clock_.Now()) {
    return Refused(kTrustStale, "the freshness statement has run out");
  }
  if (content.manifest_version() < have) {
    return Refused(kTrustRollback,
                   absl::StrCat("the registry calls manifest ", content.manifest_version(),
                                " the latest, this node has ", have));
  }
  if (content.manifest_digest() != current.signed_manifest().digest) {
    return Refused(kTrustFork, absl::StrCat("there are two manifests of version ", have));
  }
  if (denials.size() > kMaxDenials || content.denials_digest() != DenialsDigest(denials)) {
    return Refused(kTrustPartDigest,
                   "the denials are not those that the freshness statement names");
  }
  return absl::OkStatus();
}

absl::Status TrustStore::TakeFreshness(const std::string& freshness,
                                       const std::vector<std::string>& denials) {
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (current == nullptr) return Refused(kTrustManifestBehind, "there is no manifest yet");
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_freshness,
                      statement::Statement::Parse(freshness));
  KP_RETURN_IF_ERROR(CheckFreshness(*current, signed_freshness, denials));
  KP_ASSIGN_OR_RETURN(const v1::Freshness content,
                      statement::DecodePayload<v1::Freshness>(signed_freshness));
  absl::Time said_at;
  bool changed = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    said_at = said_at_;
    changed = denials != denials_;
  }
  const bool older = signed_freshness.issued_at() < said_at;
  if (older && changed) {
    // Whoever holds an old statement could otherwise take a denial back.
    return Refused(kTrustRollback, "freshness with other denials is older than the last");
  }
  std::shared_ptr<const Snapshot> next = current;
  if (changed) {
    std::vector<DenialInForce> in_force;
    for (const std::string& denial : denials) {
      KP_ASSIGN_OR_RETURN(DenialInForce checked,
                          trust::CheckDenial(*current, Rules(), denial, clock_.Now()));
      in_force.push_back(std::move(checked));
    }
    KP_ASSIGN_OR_RETURN(
        next, Snapshot::Build(current->signed_manifest(), current->parts(), std::move(in_force),
                              options_.pinned_anchors, clock_.Now()));
    KP_RETURN_IF_ERROR(documents_->SaveFreshness(freshness, denials));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(next);
  denials_ = denials;
  if (!older) {
    freshness_ = freshness;
    said_at_ = signed_freshness.issued_at();
  }
  fresh_until_ = std::max(fresh_until_, ToTime(content.expire_time()));
  return absl::OkStatus();
}

absl::Status TrustStore::AcceptFreshness(const std::string& freshness,
                                         const std::vector<std::string>& denials) {
  absl::Status status;
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    status = TakeFreshness(freshness, denials);
  }
  if (!status.ok()) {
    // Being behind is ordinary, the caller fetches and comes again; so is a source that has lost
    // the registry.
    const std::string reason = ReasonOf(status);
    const bool ordinary = reason == kTrustManifestBehind || reason == kTrustStale;
    return ordinary ? status : Alarmed(std::move(status));
  }
  Notify();
  return absl::OkStatus();
}

void TrustStore::Tick() {
  {
    const std::unique_lock<std::mutex> accepting(accepting_, std::try_to_lock);
    if (!accepting.owns_lock()) return;
    const std::shared_ptr<const Snapshot> current = snapshot();
    if (current == nullptr || clock_.Now() < current->next_change()) return;
    auto next = Snapshot::Build(current->signed_manifest(), current->parts(), current->denials(),
                                options_.pinned_anchors, clock_.Now());
    if (!next.ok()) {
      (void)Alarmed(next.status());
      return;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    snapshot_ = *std::move(next);
  }
  Notify();
}

State TrustStore::state() const {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ == nullptr) return State::kNotLoaded;
  if (snapshot_->expires_at() <= now || ToTime(roots_.back().document.expire_time()) <= now) {
    return State::kExpired;
  }
  return fresh_until_ > now ? State::kFresh : State::kOverdue;
}

absl::Status TrustStore::Gate() const {
  switch (state()) {
    case State::kNotLoaded:
      return MakeError(absl::StatusCode::kUnavailable, kTrustNotLoaded,
                       "this node has no trust documents yet");
    case State::kExpired:
      return MakeError(absl::StatusCode::kUnavailable, kTrustExpired,
                       "the trust documents of this node have expired");
    default:
      return absl::OkStatus();
  }
}

std::shared_ptr<const Snapshot> TrustStore::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> TrustStore::Usable() const {
  KP_RETURN_IF_ERROR(Gate());
  return snapshot();
}

statement::KeyLookup TrustStore::KeyLookup() const {
  return [this](const std::string& issuer, const std::string& kid,
                absl::Time at) -> absl::StatusOr<statement::PublicKey> {
    KP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> current, Usable());
    return current->Key(issuer, kid, at);
  };
}

std::vector<v1::SignedDocument> TrustStore::RootsFrom(uint32_t version, size_t limit) const {
  std::vector<v1::SignedDocument> documents;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = version == 0 ? 0 : version - 1; i < roots_.size() && documents.size() < limit;
       ++i) {
    documents.push_back(roots_[i].signed_document);
  }
  return documents;
}

std::optional<v1::SignedDocument> TrustStore::ManifestDocument() const {
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (current == nullptr) return std::nullopt;
  return current->signed_manifest().signed_document;
}

std::optional<std::string> TrustStore::PartByDigest(std::string_view digest) const {
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (current == nullptr) return std::nullopt;
  for (const v1::PartReference& reference : current->manifest().parts()) {
    if (reference.digest() == digest) return *current->Part(reference.name());
  }
  return std::nullopt;
}

std::pair<std::string, std::vector<std::string>> TrustStore::LatestFreshness() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {freshness_, denials_};
}

Root TrustStore::CurrentRoot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return roots_.back();
}

void TrustStore::Subscribe(std::function<void()> listener) {
  const std::lock_guard<std::mutex> lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void TrustStore::Notify() {
  std::vector<std::function<void()>> listeners;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    listeners = listeners_;
  }
  for (const auto& listener : listeners) listener();
}

std::shared_ptr<const tls::AnchorSet> TrustStore::Current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_ == nullptr ? bootstrap_anchors_ : snapshot_->anchors();
}

bool TrustStore::IsKnownDomain(std::string_view trust_domain) const {
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (current != nullptr && current->PartyByDomain(trust_domain) != nullptr) return true;
  // What the configuration pins is believed before, and beside, the documents.
  return std::any_of(options_.pinned_anchors.begin(), options_.pinned_anchors.end(),
                     [&](const tls::Anchor& a) { return a.trust_domain == trust_domain; });
}

bool TrustStore::ActsForOwn(std::string_view trust_domain) const {
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (current == nullptr) return false;
  const v1::Party* party = current->PartyByDomain(trust_domain);
  return party != nullptr && party->kind() == v1::PARTY_KIND_CUSTOMS &&
         party->acts_for() == options_.own_party;
}

}  // namespace kp::trust
