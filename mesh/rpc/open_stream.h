// One open stream of a server: a watch stream, or a conversation.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "mesh/rpc/dispatcher.h"
#include "mesh/rpc/stream_writer.h"

namespace kp::rpc {

// Shared by gRPC's reactor and the writers; outlives the call as long as a writer holds it.
// Thread-safe.
class OpenStream final : public StreamHandle, public std::enable_shared_from_this<OpenStream> {
 public:
  // Admits the call and hands it to its lane, or answers why not.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(Dispatcher& dispatcher,
                                                           BoundMethod& method,
                                                           grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);
  // The same for a method whose client streams too: each of its messages is answered in its turn.
  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartConversation(
      Dispatcher& dispatcher, BoundMethod& method, grpc::CallbackServerContext* context);

  OpenStream(Dispatcher& dispatcher, BoundMethod& method, grpc::CallbackServerContext* context);

  bool Send(const google::protobuf::Message& item) override;
  void Finish(const absl::Status& status) override;
  bool IsOpen() const override;
  void OnEnd(std::function<void()> on_end) override;
  void WhenSent(std::function<void()> on_sent) override;

  // Ends the stream now: what is queued is dropped, and a reader that takes nothing is cut off.
  void Abort(const absl::Status& status);

  const BoundMethod& method() const { return method_; }
  const grpc::AuthContext& peer() const { return *peer_; }

 private:
  // gRPC's reactor of either kind.
  class Wire {
   public:
    virtual ~Wire() = default;
    virtual void Write(const grpc::ByteBuffer* item) = 0;
    virtual void End(const grpc::Status& status) = 0;
    virtual void ReadNext() {}  // conversations only
  };
  class Reactor;
  class BidiReactor;

  // Whether the call may begin; else the stream has been ended with the reason.
  bool Admit();
  void Submit(const grpc::ByteBuffer* request);
  void TakeMessage(const grpc::ByteBuffer* message);
  void Run(const grpc::ByteBuffer& request);  // on a pool thread
  absl::Status Handle(const grpc::ByteBuffer& request);
  void ReadNext();
  void End(const absl::Status& status, bool keep_queue, bool cut_off);
  void PumpLocked();
  void OnWriteDone(bool ok);
  void OnCancel();
  void OnDone();

  Dispatcher& dispatcher_;
  BoundMethod& method_;
  const std::shared_ptr<const grpc::AuthContext> peer_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::optional<CallInfo> info_;     // once admitted
  std::optional<CallContext> call_;  // while a handler runs

  mutable std::mutex mutex_;
  grpc::CallbackServerContext* context_;  // null once gRPC is done with the call
  Wire* wire_ = nullptr;                  // likewise
  std::deque<grpc::ByteBuffer> queue_;    // the front one is being written while `writing_`
  bool writing_ = false;
  bool handling_ = false;  // gRPC must keep the call while the handler runs
  bool finishing_ = false;
  std::optional<absl::Status> end_;  // set once, at the end
  std::function<void()> on_end_;
  std::function<void()> on_sent_;
};

}  // namespace kp::rpc
