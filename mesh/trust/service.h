// TrustService: gives the trust documents of this node to others. The registry serves it, and every
// certificate-svc mirrors it.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "kp/trust/v1/trust_service.pb.h"
#include "mesh/rpc/service.h"
#include "mesh/trust/trust_store.h"

namespace kp::trust {

// Thread-safe. Outlives the server; `store` outlives it.
class TrustServiceHandlers final {
 public:
  explicit TrustServiceHandlers(TrustStore& store);

  // The bound service, for rpc::ServerBuilder.
  const rpc::Service& service() const { return service_; }

 private:
  using Watcher = rpc::StreamWriter<v1::WatchFreshnessResponse>;

  absl::Status ListRootDocuments(rpc::CallContext&, const v1::ListRootDocumentsRequest&,
                                 v1::ListRootDocumentsResponse&);
  absl::Status GetManifest(rpc::CallContext&, const v1::GetManifestRequest&,
                           v1::GetManifestResponse&);
  absl::Status GetPart(rpc::CallContext&, const v1::GetPartRequest&, v1::GetPartResponse&);
  absl::Status WatchFreshness(rpc::CallContext&, const v1::WatchFreshnessRequest&, Watcher);
  void Push();

  struct Watchers {
    std::mutex mutex;
    uint64_t next_id = 0;
    std::map<uint64_t, Watcher> by_id;
  };

  TrustStore& store_;
  // Held from reading the latest item to writing it, so that no stream gets an older one after it.
  std::mutex pushing_;
  // Shared with the streams' ends, which may come after this object.
  const std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();
  rpc::Service service_{"kp.trust.v1.TrustService"};
};

}  // namespace kp::trust
