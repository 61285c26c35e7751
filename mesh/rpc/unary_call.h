// One unary call from its arrival to its end.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "mesh/rpc/dispatcher.h"

namespace kp::rpc {

// Made on a reactor thread for each call; deletes itself when gRPC is done with it.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // Admits the call and hands it to its lane, or answers why not.
  static grpc::ServerUnaryReactor* Start(Dispatcher& dispatcher, BoundMethod& method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response);

 private:
  UnaryCall(const Dispatcher& dispatcher, BoundMethod& method, grpc::CallbackServerContext* context,
            const grpc::ByteBuffer* request, grpc::ByteBuffer* response);

  void OnDone() override;
  void Run();  // on a pool thread
  absl::Status Handle();
  void End(const absl::Status& status);  // `this` may be gone when it returns

  const Dispatcher& dispatcher_;
  BoundMethod& method_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  grpc::ByteBuffer* const response_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::optional<CallContext> call_;
  int code_ = 0;
};

// Runs a handler; what it throws becomes an INTERNAL error, so that one faulty handler does not end
// the process.
absl::Status RunGuarded(const std::function<absl::Status()>& handler);

}  // namespace kp::rpc
