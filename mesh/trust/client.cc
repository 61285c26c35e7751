#include "mesh/trust/client.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>

#include "base/error.h"
#include "kp/trust/v1/trust_service.grpc.pb.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

using std::chrono::milliseconds;
using Stub = v1::TrustService::Stub;

constexpr milliseconds kCallTime{5'000};
constexpr milliseconds kWatchdogPeriod{1'000};
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kMaxPause{2'000};
// Three heartbeats of the registry.
constexpr int64_t kSilenceMs = 30'000;
// A stream is opened anew after this, so that a mirror that lost its own source is not followed for
// ever.
constexpr milliseconds kStreamLife{300'000};

int64_t SteadyMs() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Sleeps, but not past a request to stop.
void Pause(const std::stop_token& stop, milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock<std::mutex> lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

milliseconds PauseAfter(int failures, Random& random) {
  const milliseconds longest = std::min(kMaxPause, kFirstPause * (1 << std::min(failures, 10)));
  uint8_t part = 0;
  random.Fill({&part, 1});
  return longest / 2 + longest * part / (2 * 255);
}

TrustClient::TrustClient(TrustStore& store, rpc::ClientPool& pool, rpc::Peer source,
                         std::function<void(const absl::Status&)> on_failure)
    : store_(store), pool_(pool), source_(std::move(source)), on_failure_(std::move(on_failure)) {
  watchdog_ = std::jthread([this](const std::stop_token& stop) { Watchdog(stop); });
  follower_ = std::jthread([this](const std::stop_token& stop) { Follow(stop); });
}

TrustClient::~TrustClient() {
  follower_.request_stop();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (watching_ != nullptr) watching_->TryCancel();
  }
  follower_.join();
  watchdog_.request_stop();
  watchdog_.join();
}

absl::Status TrustClient::Fetch() {
  v1::ListRootDocumentsRequest roots_request;
  roots_request.set_from_version(store_.CurrentRoot().document.version() + 1);
  KP_ASSIGN_OR_RETURN(
      const v1::ListRootDocumentsResponse roots,
      (pool_.Call<Stub, v1::ListRootDocumentsRequest, v1::ListRootDocumentsResponse>(
          source_, &Stub::ListRootDocuments, roots_request, rpc::CallOptions::For(kCallTime))));
  for (const v1::SignedDocument& root : roots.documents()) {
    KP_RETURN_IF_ERROR(store_.AcceptRoot(root));
  }
  KP_ASSIGN_OR_RETURN(const v1::GetManifestResponse manifest,
                      (pool_.Call<Stub, v1::GetManifestRequest, v1::GetManifestResponse>(
                          source_, &Stub::GetManifest, v1::GetManifestRequest(),
                          rpc::CallOptions::For(kCallTime))));
  return store_.AcceptManifest(
      manifest.document(),
      [this](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
        v1::GetPartRequest request;
        request.set_digest(digest);
        KP_ASSIGN_OR_RETURN(
            v1::GetPartResponse part,
            (pool_.Call<Stub, v1::GetPartRequest, v1::GetPartResponse>(
                source_, &Stub::GetPart, request, rpc::CallOptions::For(kCallTime))));
        return std::move(*part.mutable_part());
      });
}

absl::Status TrustClient::WatchOnce(const std::stop_token& stop) {
  if (store_.snapshot() == nullptr) KP_RETURN_IF_ERROR(Fetch());
  grpc::ClientContext context;
  pool_.Prepare(context, rpc::CallOptions::For(kStreamLife));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stop.stop_requested()) return absl::OkStatus();
    watching_ = &context;
    last_heard_ms_ = SteadyMs();
  }
  Stub stub(pool_.GetChannel(source_));
  auto reader = stub.WatchFreshness(&context, v1::WatchFreshnessRequest());
  v1::WatchFreshnessResponse item;
  absl::Status accepted;
  while (accepted.ok() && reader->Read(&item)) {
    last_heard_ms_ = SteadyMs();
    const std::vector<std::string> denials(item.denials().begin(), item.denials().end());
    accepted = store_.AcceptFreshness(item.freshness(), denials);
    if (ReasonOf(accepted) == kTrustManifestBehind) {
      accepted = Fetch();
      if (accepted.ok()) accepted = store_.AcceptFreshness(item.freshness(), denials);
    }
    if (accepted.ok()) failures_ = 0;
    // A mirror that has lost the registry says so until it is there again.
    if (ReasonOf(accepted) == kTrustStale) accepted = absl::OkStatus();
  }
  if (!accepted.ok()) context.TryCancel();
  const grpc::Status ended = reader->Finish();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    watching_ = nullptr;
  }
  if (!accepted.ok()) return accepted;
  // The end of a stream's life is ordinary.
  if (ended.ok() || ended.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::OkStatus();
  }
  return rpc::FromGrpcStatus(ended);
}

void TrustClient::Follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const absl::Status status = WatchOnce(stop);
    if (stop.stop_requested()) return;
    if (!status.ok() && on_failure_) on_failure_(status);
    Pause(stop, PauseAfter(failures_, SystemRandom()));
    ++failures_;
  }
}

void TrustClient::Watchdog(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (watching_ != nullptr && SteadyMs() - last_heard_ms_ > kSilenceMs) watching_->TryCancel();
    }
    Pause(stop, kWatchdogPeriod);
  }
}

}  // namespace kp::trust
