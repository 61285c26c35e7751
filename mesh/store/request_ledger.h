// Idempotent writes (AIP-155): the first result of (caller, method, request_id) is kept and
// given again to whoever repeats the same content, until the period of retention is over.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "mesh/store/session.h"

namespace kp::store {

struct Request {
  std::string caller;  // SPIFFE id
  std::string method;  // full method name
  std::string request_id;
  std::string digest;  // SHA-256 of the canonical content, without the request_id
};

struct OnceResult {
  std::string response;
  bool repeated = false;  // the response is the one stored before; nothing was done now
};

// The response stored for this request, or nullopt. Other content: ALREADY_EXISTS,
// REQUEST_ID_REUSED. A quick answer before any work; RunOnce decides.
[[nodiscard]] absl::StatusOr<std::optional<std::string>> FindResponse(ReadSession& session,
                                                                      const Request& request);

// Runs `act` in the caller's transaction and stores the response it returns, unless this request
// was done before: then the stored response comes back and `act` is not run. Of two at the same
// time, on any replica, one acts and the other gets its response. An error of `act` fails the
// transaction, so that the request may be tried again. Other content: ALREADY_EXISTS,
// REQUEST_ID_REUSED.
[[nodiscard]] absl::StatusOr<OnceResult> RunOnce(
    Transaction& tx, const Clock& clock, const Request& request,
    const std::function<absl::StatusOr<std::string>()>& act);

// Forgets what was stored before `before`; the same request would then act again.
[[nodiscard]] absl::Status ForgetRequests(Transaction& tx, absl::Time before);

}  // namespace kp::store
