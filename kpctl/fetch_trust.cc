#include "kpctl/fetch_trust.h"

#include "base/error.h"
#include "kp/trust/v1/trust_service.grpc.pb.h"
#include "mesh/rpc/status.h"

namespace kp::kpctl {

using trust::v1::TrustService;

namespace {

absl::StatusOr<trust::v1::WatchFreshnessResponse> FirstFreshness(Connection& connection) {
  grpc::ClientContext call;
  connection.pool().Prepare(call, connection.Options());
  TrustService::Stub stub(connection.pool().GetChannel(connection.peer()));
  const auto stream = stub.WatchFreshness(&call, trust::v1::WatchFreshnessRequest());
  trust::v1::WatchFreshnessResponse item;
  if (stream->Read(&item)) {
    call.TryCancel();
    return item;
  }
  return connection.Explained(rpc::FromGrpcStatus(stream->Finish()));
}

}  // namespace

absl::StatusOr<TrustState> FetchTrust(Connection& connection) {
  TrustState state;
  for (;;) {
    trust::v1::ListRootDocumentsRequest request;
    request.set_from_version(static_cast<uint32_t>(state.roots.size()) + 1);
    KP_ASSIGN_OR_RETURN(const auto page,
                        connection.Call(&TrustService::Stub::ListRootDocuments, request));
    if (page.documents().empty()) break;
    for (const trust::v1::SignedDocument& document : page.documents()) {
      KP_ASSIGN_OR_RETURN(trust::Root root, trust::ReadRoot(document));
      KP_RETURN_IF_ERROR(state.roots.empty() ? trust::VerifyFirstRoot(root)
                                             : trust::VerifyNextRoot(state.roots.back(), root));
      state.roots.push_back(std::move(root));
    }
  }
  const auto manifest =
      connection.Call(&TrustService::Stub::GetManifest, trust::v1::GetManifestRequest());
  if (manifest.status().code() == absl::StatusCode::kNotFound || state.roots.empty()) return state;
  if (!manifest.ok()) return manifest.status();
  KP_ASSIGN_OR_RETURN(state.manifest,
                      trust::VerifyManifest(state.roots.back(), manifest->document()));
  KP_ASSIGN_OR_RETURN(
      state.parts,
      trust::CollectParts(state.manifest->manifest,
                          [&](const std::string& digest, uint64_t) -> absl::StatusOr<std::string> {
                            trust::v1::GetPartRequest request;
                            request.set_digest(digest);
                            KP_ASSIGN_OR_RETURN(
                                auto part, connection.Call(&TrustService::Stub::GetPart, request));
                            return std::move(*part.mutable_part());
                          }));
  KP_ASSIGN_OR_RETURN(state.freshness, FirstFreshness(connection));
  return state;
}

}  // namespace kp::kpctl
