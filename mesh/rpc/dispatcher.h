// What stands between gRPC and the handlers of one server: the checks that every call passes, the
// pool that it runs on, and the list of open streams.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
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

  // Hands the call to its lane, which will `run` it on a pool thread, or `refuse` it when the
  // server stops before. RESOURCE_EXHAUSTED, OVERLOADED when the lane is full, PEER_BUSY when the
  // caller's trust domain has its share of it already; UNAVAILABLE, DRAINING. Then neither is
  // called.
  absl::Status Submit(const BoundMethod& method, const identity::SpiffeId& caller,
                      std::function<void()> run, std::function<void(const absl::Status&)> refuse);

  // Whether an officer holds what the method asks for; may read a database.
  absl::Status CheckPowers(const BoundMethod& method, const identity::SpiffeId& caller) const;

  // The code that the client saw: a call whose client has gone ended with that.
  int FinalCode(int handled, const grpc::CallbackServerContext& context) const;

  void AddStream(OpenStream* stream);
  // PEER_BUSY when the caller's trust domain has as many streams open as it may.
  absl::Status AdmitStream(OpenStream* stream, const identity::SpiffeId& caller);
  void RemoveStream(OpenStream* stream);
  // Ends the open streams whose caller is no longer trusted or allowed.
  void RecheckStreams();
  // Ends all, and every later one.
  void EndStreams();

  // The grace of a stopping server is over: refuses the calls that still wait, and every later one,
  // and lets the running ones know (CallContext::IsCancelled).
  void GiveUp();
  const std::atomic<bool>& given_up() const { return given_up_; }
  // What a call is told that the stopping server does not finish.
  static absl::Status Draining();

  const ServerLimits& limits() const { return options_.limits; }

 private:
  struct HeldCall;
  // Whether it was still waiting: then the caller of this function ends it.
  bool TakeFromWaiting(const std::shared_ptr<HeldCall>& call);
  void GiveBackPlace(const HeldCall& call);

  absl::Status Busy(const BoundMethod& method, const identity::SpiffeId& caller,
                    const std::string& held) const;

  absl::Status CheckClock(const grpc::CallbackServerContext& context) const;
  absl::Status CheckStream(const OpenStream& stream) const;
  std::vector<std::shared_ptr<OpenStream>> Streams();

  const ServerOptions options_;
  const std::shared_ptr<const Authorizer> authorizer_;
  prometheus::Gauge& open_streams_;
  std::atomic<bool> given_up_ = false;  // set under calls_mutex_

  std::mutex calls_mutex_;
  std::unordered_set<std::shared_ptr<HeldCall>> waiting_;
  // Waiting and running calls by trust domain; one map for each lane.
  std::unordered_map<std::string, size_t> in_hand_[2];

  std::mutex mutex_;
  bool draining_ = false;
  std::unordered_map<OpenStream*, std::string> streams_;  // with the trust domain once admitted
  std::unordered_map<std::string, size_t> streams_of_;    // admitted ones by trust domain
};

}  // namespace kp::rpc
