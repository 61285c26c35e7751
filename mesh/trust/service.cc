#include "mesh/trust/service.h"

#include <vector>

#include "base/error.h"
#include "mesh/trust/reasons.h"

namespace kp::trust {
namespace {

constexpr size_t kRootsPerPage = 100;

v1::WatchFreshnessResponse LatestItem(const TrustStore& store) {
  v1::WatchFreshnessResponse item;
  auto [freshness, denials] = store.LatestFreshness();
  item.set_freshness(std::move(freshness));
  for (std::string& denial : denials) item.add_denials(std::move(denial));
  return item;
}

}  // namespace

TrustServiceHandlers::TrustServiceHandlers(TrustStore& store) : store_(store) {
  service_.Unary("ListRootDocuments", rpc::Lane::kFast, this,
                 &TrustServiceHandlers::ListRootDocuments);
  service_.Unary("GetManifest", rpc::Lane::kFast, this, &TrustServiceHandlers::GetManifest);
  service_.Unary("GetPart", rpc::Lane::kFast, this, &TrustServiceHandlers::GetPart);
  service_.Stream("WatchFreshness", rpc::Lane::kFast, this, &TrustServiceHandlers::WatchFreshness);
  store_.Subscribe([this] { Push(); });
}

absl::Status TrustServiceHandlers::ListRootDocuments(rpc::CallContext&,
                                                     const v1::ListRootDocumentsRequest& request,
                                                     v1::ListRootDocumentsResponse& response) {
  for (v1::SignedDocument& document : store_.RootsFrom(request.from_version(), kRootsPerPage)) {
    *response.add_documents() = std::move(document);
  }
  return absl::OkStatus();
}

absl::Status TrustServiceHandlers::GetManifest(rpc::CallContext&, const v1::GetManifestRequest&,
                                               v1::GetManifestResponse& response) {
  auto document = store_.ManifestDocument();
  if (!document.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, kTrustNotPublished,
                     "no manifest has been published yet");
  }
  *response.mutable_document() = *std::move(document);
  return absl::OkStatus();
}

absl::Status TrustServiceHandlers::GetPart(rpc::CallContext&, const v1::GetPartRequest& request,
                                           v1::GetPartResponse& response) {
  auto part = store_.PartByDigest(request.digest());
  if (!part.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, kPartUnknown,
                     "no part of the manifest in force has this digest");
  }
  response.set_part(*std::move(part));
  return absl::OkStatus();
}

absl::Status TrustServiceHandlers::WatchFreshness(rpc::CallContext&,
                                                  const v1::WatchFreshnessRequest&,
                                                  Watcher writer) {
  uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(watchers_->mutex);
    id = watchers_->next_id++;
    watchers_->by_id.emplace(id, writer);
  }
  writer.OnEnd([watchers = watchers_, id] {
    const std::lock_guard<std::mutex> lock(watchers->mutex);
    watchers->by_id.erase(id);
  });
  const std::lock_guard<std::mutex> pushing(pushing_);
  const v1::WatchFreshnessResponse item = LatestItem(store_);
  if (!item.freshness().empty()) writer.Write(item);
  return absl::OkStatus();
}

void TrustServiceHandlers::Push() {
  const std::lock_guard<std::mutex> pushing(pushing_);
  const v1::WatchFreshnessResponse item = LatestItem(store_);
  if (item.freshness().empty()) return;
  std::vector<Watcher> watchers;
  {
    const std::lock_guard<std::mutex> lock(watchers_->mutex);
    for (const auto& [id, watcher] : watchers_->by_id) watchers.push_back(watcher);
  }
  // Outside that lock: a write that ends its stream takes it.
  for (const Watcher& watcher : watchers) watcher.Write(item);
}

}  // namespace kp::trust
