// What a handler knows about its call.
#pragma once

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
  // `context` may be null (tests): then the call is never cancelled.
  explicit CallContext(CallInfo info, const grpc::CallbackServerContext* context = nullptr)
      : info_(std::move(info)), context_(context) {}

  const identity::SpiffeId& caller() const { return info_.caller; }
  const std::string& method() const { return info_.method; }
  SteadyTime deadline() const { return info_.deadline; }
  const std::string& request_id() const { return info_.request_id; }
  const TraceContext& trace() const { return info_.trace; }

  // True once the client gave up or its deadline passed. Look before each expensive step.
  bool IsCancelled() const;

 private:
  const CallInfo info_;
  const grpc::CallbackServerContext* const context_;
};

}  // namespace kp::rpc
