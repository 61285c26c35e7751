#include "mesh/tls/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/tls/files.h"
#include "mesh/tls/material.h"
#include "mesh/tls/publication.h"

namespace kp::tls {
namespace {

// gRPC's own poll of the published pair: the shortest it knows.
constexpr unsigned int kProviderRefreshSeconds = 1;

absl::StatusOr<Material> ReadMaterial(const CredentialsOptions& options, absl::Time now) {
  KP_ASSIGN_OR_RETURN(std::string certificate_pem, ReadSmallFile(options.certificate_file));
  KP_ASSIGN_OR_RETURN(std::string key_pem, ReadSmallFile(options.key_file));
  absl::StatusOr<Material> material =
      CheckMaterial(std::move(certificate_pem), std::move(key_pem), now);
  if (!material.ok()) {
    return absl::Status(material.status().code(),
                        absl::StrCat(options.certificate_file, " with ", options.key_file, ": ",
                                     material.status().message()));
  }
  return material;
}

}  // namespace

struct Credentials::State {
  CredentialsOptions options;
  const Clock& clock;
  std::shared_ptr<MaterialObserver> observer;
  identity::SpiffeId id;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider;

  std::mutex reload_mutex;  // one reload at a time
  Publication publication;  // guarded by reload_mutex
  absl::Status rejected;    // the last bad state reported; guarded by reload_mutex

  mutable std::mutex mutex;
  Material material;  // what is in use; guarded by mutex

  std::condition_variable_any wake;
  std::mutex wake_mutex;
  std::jthread poller;  // last, so that it ends before what it uses

  State(CredentialsOptions o, const Clock& c, std::shared_ptr<MaterialObserver> w, Material first,
        Publication p)
      : options(std::move(o)),
        clock(c),
        observer(std::move(w)),
        id(first.id),
        publication(std::move(p)),
        material(std::move(first)) {}

  absl::Status Adopt(Material next) {
    if (next.id != id) {
      return absl::InvalidArgumentError(absl::StrCat(
          options.certificate_file, " is for ", next.id.ToString(), ", not for ", id.ToString()));
    }
    KP_RETURN_IF_ERROR(publication.Publish(next));
    const std::string fingerprint = next.fingerprint;
    const absl::Time not_after = next.not_after;
    {
      const std::lock_guard lock(mutex);
      material = std::move(next);
    }
    if (observer != nullptr) {
      observer->OnLoaded(id, fingerprint, not_after);
    }
    return absl::OkStatus();
  }

  bool InUse(const Material& other) const {
    const std::lock_guard lock(mutex);
    return other.certificate_pem == material.certificate_pem && other.key_pem == material.key_pem;
  }

  absl::Status Reload() {
    const std::lock_guard lock(reload_mutex);
    absl::StatusOr<Material> next = ReadMaterial(options, clock.Now());
    absl::Status status = next.status();
    if (next.ok() && !InUse(*next)) {
      status = Adopt(*std::move(next));
    }
    if (!status.ok() && status != rejected && observer != nullptr) {
      observer->OnRejected(status);
    }
    rejected = status;
    return status;
  }

  void Poll(const std::stop_token& stop) {
    std::unique_lock lock(wake_mutex);
    while (!wake.wait_for(lock, stop, absl::ToChronoNanoseconds(options.poll_interval),
                          [&stop] { return stop.stop_requested(); })) {
      Reload().IgnoreError();  // the observer has been told
    }
  }
};

absl::StatusOr<std::unique_ptr<Credentials>> Credentials::Load(
    CredentialsOptions options, const Clock& clock, std::shared_ptr<MaterialObserver> observer) {
  KP_ASSIGN_OR_RETURN(Material first, ReadMaterial(options, clock.Now()));
  KP_ASSIGN_OR_RETURN(Publication publication, Publication::Open(options.publish_directory));
  KP_RETURN_IF_ERROR(publication.Publish(first));
  auto state = std::make_unique<State>(std::move(options), clock, std::move(observer),
                                       std::move(first), std::move(publication));
  // Created after the first publication: gRPC accepts missing files and then fails every handshake.
  state->provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      state->publication.key_path(), state->publication.certificate_path(),
      kProviderRefreshSeconds);
  if (state->observer != nullptr) {
    state->observer->OnLoaded(state->id, state->material.fingerprint, state->material.not_after);
  }
  State& polled = *state;
  state->poller = std::jthread([&polled](const std::stop_token& stop) { polled.Poll(stop); });
  return std::unique_ptr<Credentials>(new Credentials(std::move(state)));
}

Credentials::Credentials(std::unique_ptr<State> state) : state_(std::move(state)) {}

Credentials::~Credentials() = default;

const identity::SpiffeId& Credentials::id() const { return state_->id; }

absl::Time Credentials::not_after() const {
  const std::lock_guard lock(state_->mutex);
  return state_->material.not_after;
}

std::string Credentials::fingerprint() const {
  const std::lock_guard lock(state_->mutex);
  return state_->material.fingerprint;
}

absl::Status Credentials::Reload() { return state_->Reload(); }

std::shared_ptr<grpc::experimental::CertificateProviderInterface> Credentials::provider() const {
  return state_->provider;
}

}  // namespace kp::tls
