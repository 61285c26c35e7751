// What stands between gRPC and the handlers of one server: the checks that every call passes, the
// pool that it runs on, and the list of open streams.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "mesh/rpc/authorizer.h"
#include "mesh/rpc/call_context.h"
#include "mesh/rpc/server.h"
#include "mesh/rpc/service.h"
#include "mesh/telemetry/rpc_metrics.h"

namespace kp::rpc {

class OpenStream;

// One method as the server runs it.
struct BoundMethod {
  std::string path;  // "/package.Service/Method"
  const MethodBinding* binding;
  telemetry::MethodMetrics metrics;
};

// Thread-safe. Outlives every call of its server.
class Dispatcher final {
 public:
  Dispatcher(const ServerOptions& options, std::shared_ptr<const Authorizer> authorizer);

  // The checks that need no waiting, on a reactor thread: identity, trust gate, clocks, deadline.
  absl::StatusOr<CallInfo> Admit(const BoundMethod& method,
                                 const grpc::CallbackServerContext& context) const;

  // Hands the call to its lane; RESOURCE_EXHAUSTED, OVERLOADED when that is full.
  absl::Status Submit(Lane lane, std::function<void()> run) const;

  // Whether an officer holds what the method asks for; may read a database.
  absl::Status CheckPowers(const BoundMethod& method, const identity::SpiffeId& caller) const;

  // The code that the client saw: a call whose client has gone ended with that.
  int FinalCode(int handled, const grpc::CallbackServerContext& context) const;

  void AddStream(OpenStream* stream);
  void RemoveStream(OpenStream* stream);
  // Ends the open streams whose caller is no longer trusted or allowed.
  void RecheckStreams();
  // Ends all, and every later one.
  void EndStreams();

  const ServerLimits& limits() const { return options_.limits; }

 private:
  absl::Status CheckClock(const grpc::CallbackServerContext& context) const;
  absl::Status CheckStream(const OpenStream& stream) const;
  std::vector<std::shared_ptr<OpenStream>> Streams();

  const ServerOptions options_;
  const std::shared_ptr<const Authorizer> authorizer_;
  prometheus::Gauge& open_streams_;
  std::mutex mutex_;
  bool draining_ = false;
  std::unordered_set<OpenStream*> streams_;
};

}  // namespace kp::rpc
