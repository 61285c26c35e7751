#include "participant-svc/domain/publisher.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/keys.h"
#include "mesh/trust/denials.h"
#include "mesh/trust/reasons.h"
#include "participant-svc/domain/reasons.h"

namespace kp::participant {
namespace {

using trust::v1::Denial;

// Whether the two are about the same thing.
bool SameTarget(const Denial& a, const Denial& b) {
  return a.subject() == b.subject() && a.party() == b.party() && a.digest() == b.digest() &&
         a.spiffe_id() == b.spiffe_id();
}

bool HasLapsed(const Denial& denial, absl::Time now) {
  return denial.has_expire_time() && trust::ToTime(denial.expire_time()) <= now;
}

}  // namespace

Publisher::Publisher(trust::TrustStore& trust, std::shared_ptr<const statement::Signer> signer,
                     Random& random, const Clock& clock, PublisherOptions options)
    : trust_(trust),
      signer_(signer),
      statements_(trust.options().own_party, std::move(signer), random),
      clock_(clock),
      options_(std::move(options)),
      heartbeat_([this](const std::stop_token& stop) { Beat(stop); }) {}

Publisher::~Publisher() = default;

void Publisher::Beat(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    {
      const std::lock_guard<std::mutex> publishing(publishing_);
      // Before the first manifest, and once it has run out, there is nothing to say.
      if (trust_.Gate().ok()) (void)SayCurrentLocked();
    }
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait_for(lock, stop, options_.heartbeat, [] { return false; });
  }
}

absl::StatusOr<uint64_t> Publisher::PublishRoot(const trust::v1::SignedDocument& document) {
  const std::lock_guard<std::mutex> publishing(publishing_);
  KP_RETURN_IF_ERROR(trust_.AcceptRoot(document));
  return trust_.CurrentRoot().document.version();
}

absl::StatusOr<uint64_t> Publisher::PublishManifest(const trust::v1::SignedDocument& document,
                                                    const std::vector<std::string>& parts) {
  std::map<std::string, std::string> by_digest;
  for (const std::string& part : parts) by_digest.emplace(statement::Sha256(part), part);
  const std::lock_guard<std::mutex> publishing(publishing_);
  KP_RETURN_IF_ERROR(trust_.AcceptManifest(
      document, [&](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
        const auto it = by_digest.find(digest);
        if (it == by_digest.end()) return absl::NotFoundError("is neither sent nor held");
        return it->second;
      }));
  KP_RETURN_IF_ERROR(SayCurrentLocked());
  return trust_.snapshot()->manifest().version();
}

absl::Status Publisher::PublishDenial(const identity::SpiffeId& caller, const std::string& denial) {
  const std::lock_guard<std::mutex> publishing(publishing_);
  KP_ASSIGN_OR_RETURN(const trust::DenialInForce checked, trust_.CheckDenial(denial));
  // A stolen signing key alone must not shut a party out: the party brings its denials itself.
  KP_ASSIGN_OR_RETURN(const auto snapshot, trust_.Usable());
  if (snapshot->OwnerOfDomain(caller.trust_domain()) != checked.denial.party() ||
      checked.issuer != checked.denial.party()) {
    return MakeError(absl::StatusCode::kPermissionDenied, trust::kDenialNotYours,
                     "only the party itself brings its denials");
  }
  return AddLocked(checked, denial);
}

absl::StatusOr<std::string> Publisher::Deny(Denial denial) {
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  denial.clear_expire_time();
  if (denial.party() != trust_.options().own_party) {
    *denial.mutable_expire_time() = trust::ToTimestamp(now + trust_.options().registry_denial_life);
  }
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_denial,
                      statements_.Sign(trust::DenialContentType(), denial, std::nullopt, now));
  const std::lock_guard<std::mutex> publishing(publishing_);
  KP_ASSIGN_OR_RETURN(const trust::DenialInForce checked,
                      trust_.CheckDenial(signed_denial.bytes()));
  KP_RETURN_IF_ERROR(AddLocked(checked, signed_denial.bytes()));
  return signed_denial.bytes();
}

absl::Status Publisher::AddLocked(const trust::DenialInForce& denial, const std::string& bytes) {
  std::vector<std::string> denials;
  size_t by_issuer = 0;
  for (std::string& other : trust_.LatestFreshness().second) {
    KP_ASSIGN_OR_RETURN(const trust::DenialInForce held, trust_.CheckDenial(other));
    if (held.issuer == denial.issuer) {
      if (SameTarget(held.denial, denial.denial)) {
        if (!held.denial.has_expire_time()) return absl::OkStatus();
        continue;  // the new one lasts longer
      }
      ++by_issuer;
    }
    denials.push_back(std::move(other));
  }
  if (denials.size() >= trust::kMaxDenials || by_issuer >= trust::kMaxDenialsByIssuer) {
    return MakeError(absl::StatusCode::kResourceExhausted, kTooManyDenials,
                     "so many denials are in force that no further one is taken");
  }
  denials.push_back(bytes);
  return SayLocked(denials);
}

absl::Status Publisher::SayCurrentLocked() {
  std::vector<std::string> denials;
  for (std::string& denial : trust_.LatestFreshness().second) {
    KP_ASSIGN_OR_RETURN(const trust::DenialInForce held, trust_.CheckDenial(denial));
    if (!HasLapsed(held.denial, clock_.Now())) denials.push_back(std::move(denial));
  }
  return SayLocked(denials);
}

absl::Status Publisher::SayLocked(const std::vector<std::string>& denials) {
  const absl::Status said = [&]() -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto snapshot, trust_.Usable());
    const absl::Time now = clock_.Now();
    trust::v1::Freshness content;
    content.set_world(trust_.options().world);
    content.set_manifest_version(snapshot->manifest().version());
    content.set_manifest_digest(snapshot->signed_manifest().digest);
    content.set_denials_digest(trust::DenialsDigest(denials));
    *content.mutable_expire_time() = trust::ToTimestamp(now + options_.freshness_valid);
    KP_ASSIGN_OR_RETURN(
        const statement::Statement freshness,
        statements_.Sign(trust::FreshnessContentType(), content, std::nullopt, now));
    const absl::Status accepted = trust_.AcceptFreshness(freshness.bytes(), denials);
    if (ReasonOf(accepted) == trust::kTrustManifestBehind) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, kRegistryKeyNotPublished,
          absl::StrCat("the manifest in force has no key ", statement::ToHex(statements_.KeyId()),
                       " of \"", statements_.issuer(), "\", with which freshness is signed"));
    }
    return accepted;
  }();
  if (!said.ok() && options_.on_failure) options_.on_failure(said);
  const std::lock_guard<std::mutex> lock(mutex_);
  last_said_ = said;
  return said;
}

absl::Status Publisher::Ready() const {
  KP_RETURN_IF_ERROR(signer_->Sign("kp readiness probe").status());
  const std::lock_guard<std::mutex> lock(mutex_);
  return last_said_;
}

}  // namespace kp::participant
