#include "mesh/trust/trust_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

// Both sides' clocks may differ by this much before a freshness statement counts as from the future.
constexpr absl::Duration kMaxSkew = absl::Minutes(10);

std::vector<std::string> NoDenials() { return {}; }

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
    return MakeError(absl::StatusCode::kFailedPrecondition, kTrustOtherWorld,
                     absl::StrCat("the pinned root document is of the world \"",
                                  first.document.world(), "\", the configuration of \"",
                                  store->options_.world, "\""));
  }
  store->roots_.push_back(std::move(first));
  KP_ASSIGN_OR_RETURN(store->bootstrap_anchors_,
                      tls::AnchorSet::Create(store->options_.pinned_anchors));
  KP_RETURN_IF_ERROR(store->LoadStored());
  return store;
}

absl::Status TrustStore::LoadStored() {
  KP_ASSIGN_OR_RETURN(const StoredDocuments stored, documents_->Load());
  for (size_t i = 0; i < stored.roots.size(); ++i) {
    v1::SignedDocument document;
    if (!document.ParseFromString(stored.roots[i])) {
      (void)Alarmed(MakeError(absl::StatusCode::kDataLoss, kTrustMalformed,
                              absl::StrCat("stored root document ", i + 1, " is damaged")));
      return absl::OkStatus();
    }
    // The pinned first document decides, whatever was stored.
    if (i == 0) continue;
    if (absl::Status status = AcceptRoot(document); !status.ok()) return absl::OkStatus();
  }
  if (stored.manifest.empty()) return absl::OkStatus();
  v1::SignedDocument document;
  if (!document.ParseFromString(stored.manifest)) {
    (void)Alarmed(MakeError(absl::StatusCode::kDataLoss, kTrustMalformed,
                            "the stored manifest is damaged"));
    return absl::OkStatus();
  }
  auto manifest = VerifyManifest(CurrentRoot(), document);
  absl::Status status = manifest.status();
  if (status.ok()) {
    auto parts = CollectParts(
        manifest->manifest,
        [&](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
          const auto it = stored.parts.find(digest);
          if (it == stored.parts.end()) return absl::NotFoundError("is not stored");
          return it->second;
        });
    status = parts.status();
    if (status.ok()) {
      status = InstallManifest(*manifest, *std::move(parts), NoDenials());
      // A stored denial that no longer verifies is left out, with an alarm; the next freshness brings
      // those in force.
      if (status.ok() && !stored.denials.empty()) {
        status = InstallManifest(*manifest, snapshot()->parts(), stored.denials);
      }
    }
  }
  (void)Alarmed(status);
  return absl::OkStatus();
}

absl::Status TrustStore::Alarmed(absl::Status status) const {
  if (!status.ok() && options_.on_alarm) options_.on_alarm(status);
  return status;
}

absl::Status TrustStore::AcceptRoot(const v1::SignedDocument& document) {
  absl::Status status;
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    auto next = ReadRoot(document);
    status = next.status();
    if (status.ok()) {
      const Root current = CurrentRoot();
      if (current.signed_document.payload() == document.payload()) return absl::OkStatus();
      if (next->document.version() <= current.document.version()) {
        status = MakeError(absl::StatusCode::kFailedPrecondition, kTrustRollback,
                           absl::StrCat("root document ", next->document.version(),
                                        " is older than ", current.document.version(),
                                        ", which is in force"));
      } else {
        status = VerifyNextRoot(current, *next);
      }
    }
    if (status.ok()) {
      status = documents_->SaveRoot(next->document.version(), document.SerializeAsString());
    }
    if (status.ok()) {
      const std::lock_guard<std::mutex> lock(mutex_);
      roots_.push_back(*std::move(next));
    }
  }
  if (!status.ok()) return Alarmed(std::move(status));
  Notify();
  return absl::OkStatus();
}

absl::Status TrustStore::AcceptManifest(const v1::SignedDocument& document,
                                        const PartSource& source) {
  absl::Status status;
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    const std::shared_ptr<const Snapshot> current = snapshot();
    if (current != nullptr &&
        current->signed_manifest().signed_document.payload() == document.payload()) {
      return absl::OkStatus();
    }
    status = [&]() -> absl::Status {
      KP_ASSIGN_OR_RETURN(const SignedManifest manifest, VerifyManifest(CurrentRoot(), document));
      const uint64_t version = manifest.manifest.version();
      const uint64_t floor =
          std::max(options_.minimum_manifest_version,
                   current == nullptr ? 0 : current->manifest().version());
      if (version < floor) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustRollback,
                         absl::StrCat("manifest ", version, " is older than ", floor,
                                      ", which this node has seen or is told to ask for"));
      }
      if (current != nullptr && version == current->manifest().version()) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustFork,
                         absl::StrCat("there are two manifests of version ", version));
      }
      if (ToTime(manifest.manifest.expire_time()) <= clock_.Now()) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustExpired,
                         absl::StrCat("manifest ", version, " has expired"));
      }
      std::map<std::string, std::string> new_parts;
      KP_ASSIGN_OR_RETURN(
          Parts parts,
          CollectParts(manifest.manifest,
                       [&](const std::string& digest, uint64_t size) -> absl::StatusOr<std::string> {
                         if (auto known = PartByDigest(digest); known.has_value()) return *known;
                         auto bytes = source(digest, size);
                         if (bytes.ok()) new_parts[digest] = *bytes;
                         return bytes;
                       }));
      std::vector<std::string> denials;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        denials = denials_;
      }
      // Everything is read before anything is kept: a manifest that contradicts itself is refused
      // whole, and the one before stays in force.
      if (options_.check_parts) KP_RETURN_IF_ERROR(options_.check_parts(parts));
      KP_RETURN_IF_ERROR(
          Snapshot::Build(manifest, parts, {}, options_.pinned_anchors, clock_.Now()).status());
      KP_RETURN_IF_ERROR(documents_->SaveManifest(document.SerializeAsString(), new_parts));
      return InstallManifest(manifest, std::move(parts), denials);
    }();
  }
  if (!status.ok()) return Alarmed(std::move(status));
  Notify();
  return absl::OkStatus();
}

// Denials that no longer verify under the new documents are dropped: freshness brings the list anew.
absl::Status TrustStore::InstallManifest(const SignedManifest& manifest, Parts parts,
                                         const std::vector<std::string>& denials) {
  if (options_.check_parts) KP_RETURN_IF_ERROR(options_.check_parts(parts));
  KP_ASSIGN_OR_RETURN(
      std::shared_ptr<const Snapshot> bare,
      Snapshot::Build(manifest, parts, {}, options_.pinned_anchors, clock_.Now()));
  std::vector<std::string> kept;
  std::vector<DenialInForce> checked;
  for (const std::string& denial : denials) {
    auto one = CheckDenialWith(*bare, denial);
    if (!one.ok()) {
      (void)Alarmed(one.status());
      continue;
    }
    kept.push_back(denial);
    checked.push_back(*std::move(one));
  }
  if (!checked.empty()) {
    KP_ASSIGN_OR_RETURN(bare, Snapshot::Build(manifest, std::move(parts), std::move(checked),
                                              options_.pinned_anchors, clock_.Now()));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(bare);
  denials_ = std::move(kept);
  return absl::OkStatus();
}

absl::StatusOr<DenialInForce> TrustStore::CheckDenial(const std::string& denial) const {
  KP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> current, Usable());
  return CheckDenialWith(*current, denial);
}

absl::StatusOr<DenialInForce> TrustStore::CheckDenialWith(const Snapshot& snapshot,
                                                          const std::string& denial) const {
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_denial,
                      statement::Statement::Parse(denial));
  statement::Expectation expected;
  expected.content_type = DenialContentType();
  expected.now = clock_.Now();
  expected.max_skew = kMaxSkew;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(
      signed_denial, expected,
      [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return snapshot.KeyDespiteDenials(issuer, kid, at);
      }));
  DenialInForce result;
  KP_ASSIGN_OR_RETURN(result.denial, statement::DecodePayload<v1::Denial>(signed_denial));
  result.issuer = signed_denial.issuer();
  const v1::Denial& content = result.denial;
  const auto malformed = [](std::string field, std::string message) {
    return FieldError({kTrustMalformed, std::move(field), std::move(message), ""});
  };
  const v1::Party* party = snapshot.PartyById(content.party());
  const bool by_registry = result.issuer == options_.registry_party;
  if (!by_registry && result.issuer != content.party()) {
    return MakeError(absl::StatusCode::kPermissionDenied, kDenialNotYours,
                     absl::StrCat("\"", result.issuer, "\" may not deny what is of \"",
                                  content.party(), "\""));
  }
  if (content.reason().empty() || content.reason().size() > 2000) {
    return malformed("reason", "is required, at most 500 characters");
  }
  switch (content.subject()) {
    case v1::DENIAL_SUBJECT_CERTIFICATE:
    case v1::DENIAL_SUBJECT_SIGNING_KEY:
      if (content.digest().size() != statement::kDigestSize) {
        return malformed("digest", "must be 32 bytes");
      }
      break;
    case v1::DENIAL_SUBJECT_IDENTITY: {
      const auto id = identity::SpiffeId::Parse(content.spiffe_id());
      if (!id.ok()) return malformed("spiffe_id", std::string(id.status().message()));
      if (party != nullptr && id->trust_domain() != party->trust_domain()) {
        return MakeError(absl::StatusCode::kPermissionDenied, kDenialNotYours,
                         "the identity is not of the party's trust domain");
      }
      break;
    }
    case v1::DENIAL_SUBJECT_PARTY:
      break;
    default:
      return malformed("subject", "is required");
  }
  if (by_registry && result.issuer != content.party()) {
    if (!content.has_expire_time() ||
        ToTime(content.expire_time()) >
            signed_denial.issued_at() + options_.registry_denial_life + absl::Seconds(1)) {
      return malformed("expire_time", "the registry's denial of another lapses after 72 hours");
    }
  }
  return result;
}

absl::StatusOr<std::vector<DenialInForce>> TrustStore::CheckDenials(
    const Snapshot& snapshot, const std::vector<std::string>& denials) const {
  std::vector<DenialInForce> checked;
  for (const std::string& denial : denials) {
    KP_ASSIGN_OR_RETURN(DenialInForce one, CheckDenialWith(snapshot, denial));
    checked.push_back(std::move(one));
  }
  return checked;
}

absl::Status TrustStore::AcceptFreshness(const std::string& freshness,
                                         const std::vector<std::string>& denials) {
  absl::Status status;
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
    const std::shared_ptr<const Snapshot> current = snapshot();
    if (current == nullptr) {
      return MakeError(absl::StatusCode::kFailedPrecondition, kTrustManifestBehind,
                       "there is no manifest yet");
    }
    status = [&]() -> absl::Status {
      KP_ASSIGN_OR_RETURN(const statement::Statement signed_freshness,
                          statement::Statement::Parse(freshness));
      statement::Expectation expected;
      expected.content_type = FreshnessContentType();
      expected.issuer = options_.registry_party;
      expected.now = clock_.Now();
      expected.max_skew = kMaxSkew;
      const absl::Status verified = statement::VerifyStatement(
          signed_freshness, expected,
          [&](const std::string& issuer, const std::string& kid, absl::Time at) {
            return current->Key(issuer, kid, at);
          });
      // The registry may have changed its key in a manifest that this node has not fetched.
      if (ReasonOf(verified) == statement::kUnknownKey || ReasonOf(verified) == kKeyNotInUse) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustManifestBehind,
                         "freshness is signed by a key that this node's manifest does not know");
      }
      KP_RETURN_IF_ERROR(verified);
      KP_ASSIGN_OR_RETURN(const v1::Freshness content,
                          statement::DecodePayload<v1::Freshness>(signed_freshness));
      if (content.world() != options_.world) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustOtherWorld,
                         "freshness is of another world");
      }
      const uint64_t have = current->manifest().version();
      if (content.manifest_version() > have) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustManifestBehind,
                         absl::StrCat("manifest ", content.manifest_version(),
                                      " is the latest, this node has ", have));
      }
      if (content.manifest_version() < have) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustRollback,
                         absl::StrCat("the registry calls manifest ", content.manifest_version(),
                                      " the latest, this node has ", have));
      }
      if (content.manifest_digest() != current->signed_manifest().digest) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustFork,
                         absl::StrCat("there are two manifests of version ", have));
      }
      if (content.denials_digest() != DenialsDigest(denials)) {
        return MakeError(absl::StatusCode::kFailedPrecondition, kTrustPartDigest,
                         "the denials are not those that the freshness statement names");
      }
      bool changed = false;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        changed = denials != denials_;
      }
      if (changed) {
        KP_ASSIGN_OR_RETURN(std::vector<DenialInForce> checked, CheckDenials(*current, denials));
        KP_ASSIGN_OR_RETURN(
            const std::shared_ptr<const Snapshot> next,
            Snapshot::Build(current->signed_manifest(), current->parts(), std::move(checked),
                            options_.pinned_anchors, clock_.Now()));
        KP_RETURN_IF_ERROR(documents_->SaveDenials(denials));
        const std::lock_guard<std::mutex> lock(mutex_);
        snapshot_ = next;
        denials_ = denials;
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      freshness_ = freshness;
      fresh_until_ = ToTime(content.expire_time());
      return absl::OkStatus();
    }();
  }
  if (!status.ok()) {
    // Being behind is ordinary: the caller fetches and comes again.
    return ReasonOf(status) == kTrustManifestBehind ? status : Alarmed(std::move(status));
  }
  Notify();
  return absl::OkStatus();
}

void TrustStore::Tick() {
  bool changed = false;
  {
    const std::lock_guard<std::mutex> accepting(accepting_);
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
    changed = true;
  }
  if (changed) Notify();
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
  // Before the first manifest the registry can be reached by what the configuration pins.
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
