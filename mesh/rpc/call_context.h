// What a handler knows about its call.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "grpcpp/server_context.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/rpc/trace.h"

namespace kp::rpc {

using SteadyTime = std::chrono::steady_clock::time_point;

// The facts of a call; plain, so that a test of a handler fills them in by hand.
struct CallInfo {
  identity::SpiffeId caller;  // from the handshake, never from a field
  std::string method;         // "/kp.verification.v1.VerificationService/Verify"
  SteadyTime deadline;        // the caller's less one hop's margin; always set
  std::string request_id;     // the caller's, or made here; for logs
  TraceContext trace;
};

// Belongs to one call; used by its handler's thread.
class CallContext final {
 public:
  // `context` may be null (tests): then no client gives up. `server_ends`, which may be null too,
  // is set when the server waits no longer for running calls.
  explicit CallContext(CallInfo info, const grpc::CallbackServerContext* context = nullptr,
                       const std::atomic<bool>* server_ends = nullptr)
      : info_(std::move(info)), context_(context), server_ends_(server_ends) {}

  const identity::SpiffeId& caller() const { return info_.caller; }
  const std::string& method() const { return info_.method; }
  SteadyTime deadline() const { return info_.deadline; }
  const std::string& request_id() const { return info_.request_id; }
  const TraceContext& trace() const { return info_.trace; }

  // True once the client gave up, its deadline passed, or the grace of a stopping server is over.
  // Look before each expensive step; what a handler then returns is CANCELLED.
  bool IsCancelled() const;

 private:
  const CallInfo info_;
  const grpc::CallbackServerContext* const context_;
  const std::atomic<bool>* const server_ends_;
};

}  // namespace kp::rpc
