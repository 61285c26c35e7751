#include "mesh/store/request_ledger.h"

#include "base/error.h"
#include "mesh/store/reasons.h"

namespace kp::store {

absl::StatusOr<std::optional<std::string>> FindResponse(ReadSession& session,
                                                        const Request& request) {
  KP_ASSIGN_OR_RETURN(const auto row,
                      (session.QueryOne<Bytes, std::optional<Bytes>>(
                          "SELECT digest, response FROM store_request"
                          " WHERE caller = ? AND method = ? AND request_id = ?",
                          request.caller, request.method, request.request_id)));
  if (!row.has_value()) return std::nullopt;
  const auto& [digest, response] = *row;
  if (digest.value != request.digest) {
    return MakeError(absl::StatusCode::kAlreadyExists, kRequestIdReused,
                     "this request_id was used before for another request");
  }
  if (!response.has_value()) return std::nullopt;
  return response->value;
}

absl::StatusOr<OnceResult> RunOnce(Transaction& tx, const Clock& clock, const Request& request,
                                   const std::function<absl::StatusOr<std::string>()>& act) {
  // The insert comes first: of two at the same time the second waits here for the first to end.
  KP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute("INSERT INTO store_request (caller, method, request_id, digest, created_at)"
                 " VALUES (?, ?, ?, ?, ?) ON CONFLICT (caller, method, request_id) DO NOTHING",
                 request.caller, request.method, request.request_id, Bytes{request.digest},
                 clock.Now()));
  if (inserted == 0) {
    KP_ASSIGN_OR_RETURN(std::optional<std::string> stored, FindResponse(tx, request));
    if (!stored.has_value()) {
      return MakeError(absl::StatusCode::kInternal, kStoreBadValue, "a request lacks its response");
    }
    return OnceResult{*std::move(stored), true};
  }
  auto response = act();
  if (!response.ok()) {
    tx.Fail(response.status());
    return response.status();
  }
  KP_RETURN_IF_ERROR(tx.Execute("UPDATE store_request SET response = ?"
                                " WHERE caller = ? AND method = ? AND request_id = ?",
                                Bytes{*response}, request.caller, request.method,
                                request.request_id)
                         .status());
  return OnceResult{*std::move(response), false};
}

absl::Status ForgetRequests(Transaction& tx, absl::Time before) {
  return tx.Execute("DELETE FROM store_request WHERE created_at < ?", before).status();
}

}  // namespace kp::store
