#include "mesh/rpc/open_stream.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "google/protobuf/arena.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "mesh/rpc/reasons.h"
#include "mesh/rpc/status.h"
#include "mesh/rpc/unary_call.h"
#include "mesh/rpc/wire_faults.h"
#include "mesh/telemetry/log.h"

namespace kp::rpc {

// gRPC's side of it; both delete themselves when gRPC is done.
class OpenStream::Reactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public Wire {
 public:
  explicit Reactor(std::shared_ptr<OpenStream> stream) : stream_(std::move(stream)) {}
  void Write(const grpc::ByteBuffer* item) override { StartWrite(item); }
  void End(const grpc::Status& status) override { Finish(status); }
  void OnWriteDone(bool ok) override { stream_->OnWriteDone(ok); }
  void OnCancel() override { stream_->OnCancel(); }
  void OnDone() override {
    stream_->OnDone();
    delete this;
  }

 private:
  const std::shared_ptr<OpenStream> stream_;
};

class OpenStream::BidiReactor final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public Wire {
 public:
  explicit BidiReactor(std::shared_ptr<OpenStream> stream) : stream_(std::move(stream)) {}
  void Write(const grpc::ByteBuffer* item) override { StartWrite(item); }
  void End(const grpc::Status& status) override { Finish(status); }
  void ReadNext() override {
    message_.Clear();
    StartRead(&message_);
  }
  void OnReadDone(bool ok) override {
    if (ok) {
      stream_->TakeMessage(&message_);
    } else {
      stream_->Finish(absl::OkStatus());  // the client has said all
    }
  }
  void OnWriteDone(bool ok) override { stream_->OnWriteDone(ok); }
  void OnCancel() override { stream_->OnCancel(); }
  void OnDone() override {
    stream_->OnDone();
    delete this;
  }

 private:
  const std::shared_ptr<OpenStream> stream_;
  grpc::ByteBuffer message_;
};

OpenStream::OpenStream(Dispatcher& dispatcher, BoundMethod& method,
                       grpc::CallbackServerContext* context)
    : dispatcher_(dispatcher), method_(method), peer_(context->auth_context()), context_(context) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* OpenStream::Start(Dispatcher& dispatcher,
                                                              BoundMethod& method,
                                                              grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request) {
  const auto stream = std::make_shared<OpenStream>(dispatcher, method, context);
  auto* const reactor = new Reactor(stream);
  stream->wire_ = reactor;
  if (stream->Admit()) stream->Submit(request);
  return reactor;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* OpenStream::StartConversation(
    Dispatcher& dispatcher, BoundMethod& method, grpc::CallbackServerContext* context) {
  const auto stream = std::make_shared<OpenStream>(dispatcher, method, context);
  auto* const reactor = new BidiReactor(stream);
  stream->wire_ = reactor;
  if (stream->Admit()) stream->ReadNext();
  return reactor;
}

bool OpenStream::Admit() {
  method_.metrics.Started();
  dispatcher_.AddStream(this);
  absl::StatusOr<CallInfo> info = dispatcher_.Admit(method_, *context_);
  absl::Status admitted = info.status();
  if (admitted.ok()) admitted = dispatcher_.AdmitStream(this, info->caller);
  if (!admitted.ok()) {
    Finish(admitted);
    return false;
  }
  info_ = *std::move(info);
  return true;
}

void OpenStream::Submit(const grpc::ByteBuffer* request) {
  {
    const std::lock_guard lock(mutex_);
    if (end_.has_value()) return;
    handling_ = true;
    call_.emplace(*info_, context_, &dispatcher_.given_up());
  }
  const auto refuse = [stream = shared_from_this()](const absl::Status& refusal) {
    {
      const std::lock_guard lock(stream->mutex_);
      stream->handling_ = false;
    }
    stream->Finish(refusal);
  };
  const absl::Status queued = dispatcher_.Submit(
      method_, info_->caller, [stream = shared_from_this(), request] { stream->Run(*request); },
      refuse);
  if (!queued.ok()) refuse(queued);
}

void OpenStream::TakeMessage(const grpc::ByteBuffer* message) {
  // Each message has the time of a call of its own; the client's deadline ends them all together.
  info_->deadline = std::max(
      info_->deadline, std::chrono::steady_clock::now() + dispatcher_.limits().default_deadline);
  Submit(message);
}

void OpenStream::ReadNext() {
  const std::lock_guard lock(mutex_);
  if (wire_ != nullptr && !end_.has_value()) wire_->ReadNext();
}

void OpenStream::Run(const grpc::ByteBuffer& request) {
  absl::Status status;
  {
    const telemetry::RequestScope scope(call_->request_id(), call_->trace().trace_id);
    status = RunGuarded([&] { return Handle(request); });
    call_.reset();
  }
  if (!status.ok()) End(status, /*keep_queue=*/false, /*cut_off=*/false);
  {
    const std::lock_guard lock(mutex_);
    handling_ = false;
    PumpLocked();
  }
  // The next message is read when the client has taken the answer: it sets the pace.
  if (method_.binding->conversation) {
    WhenSent([stream = shared_from_this()] { stream->ReadNext(); });
  }
}

absl::Status OpenStream::Handle(const grpc::ByteBuffer& shared) {
  if (call_->IsCancelled()) return absl::CancelledError("the caller gave up");
  KP_RETURN_IF_ERROR(dispatcher_.CheckPowers(method_, call_->caller()));
  google::protobuf::Arena arena;
  auto* const request = method_.binding->request_prototype->New(&arena);
  grpc::ByteBuffer bytes(shared);
  KP_RETURN_IF_ERROR(ParseRequest(bytes, *request));
  if (!method_.binding->conversation) {
    return method_.binding->stream(*call_, *request, shared_from_this());
  }
  auto* const response = method_.binding->response_prototype->New(&arena);
  KP_RETURN_IF_ERROR(method_.binding->unary(*call_, *request, *response));
  Send(*response);
  return absl::OkStatus();
}

bool OpenStream::Send(const google::protobuf::Message& item) {
  grpc::ByteBuffer bytes;
  bool own_buffer = false;
  if (!grpc::SerializationTraits<google::protobuf::Message>::Serialize(item, &bytes, &own_buffer)
           .ok()) {
    Finish(absl::InternalError("a stream item cannot be serialized"));
    return false;
  }
  bool overflow = false;
  {
    const std::lock_guard lock(mutex_);
    if (end_.has_value()) return false;
    overflow = queue_.size() >= dispatcher_.limits().stream_queue;
    if (!overflow) {
      queue_.push_back(std::move(bytes));
      PumpLocked();
    }
  }
  if (overflow) {
    End(MakeError(absl::StatusCode::kResourceExhausted, kSlowReader,
                  "the reader fell too far behind; ask again from the last item read"),
        /*keep_queue=*/false, /*cut_off=*/false);
  }
  return !overflow;
}

void OpenStream::Finish(const absl::Status& status) {
  End(status, /*keep_queue=*/true, /*cut_off=*/false);
}

void OpenStream::Abort(const absl::Status& status) {
  End(status, /*keep_queue=*/false, /*cut_off=*/true);
}

bool OpenStream::IsOpen() const {
  const std::lock_guard lock(mutex_);
  return !end_.has_value();
}

void OpenStream::OnEnd(std::function<void()> on_end) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_.has_value()) {
      on_end_ = std::move(on_end);
      return;
    }
  }
  on_end();
}

void OpenStream::WhenSent(std::function<void()> on_sent) {
  {
    const std::lock_guard lock(mutex_);
    if (end_.has_value()) return;
    if (!queue_.empty()) {
      on_sent_ = std::move(on_sent);
      return;
    }
  }
  on_sent();
}

void OpenStream::End(const absl::Status& status, bool keep_queue, bool cut_off) {
  std::function<void()> on_end;
  std::function<void()> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(on_sent_);
    if (!keep_queue && queue_.size() > (writing_ ? 1U : 0U)) queue_.resize(writing_ ? 1 : 0);
    // An item that the reader does not take would hold the status back for ever.
    if (cut_off && writing_ && context_ != nullptr) context_->TryCancel();
    if (!end_.has_value()) {
      end_ = status;
      on_end = std::exchange(on_end_, nullptr);
    }
    PumpLocked();
  }
  if (on_end) on_end();
}

void OpenStream::PumpLocked() {
  if (wire_ == nullptr || writing_) return;
  if (!queue_.empty()) {
    writing_ = true;
    wire_->Write(&queue_.front());
  } else if (end_.has_value() && !finishing_ && !handling_) {
    finishing_ = true;
    wire_->End(ToGrpcStatus(*end_));
  }
}

void OpenStream::OnWriteDone(bool ok) {
  if (!ok) OnCancel();
  std::function<void()> on_sent;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!queue_.empty()) queue_.pop_front();
    if (queue_.empty()) on_sent.swap(on_sent_);
    PumpLocked();
  }
  if (on_sent) on_sent();
}

void OpenStream::OnCancel() {
  End(absl::CancelledError("the reader has gone"), /*keep_queue=*/false, /*cut_off=*/false);
}

void OpenStream::OnDone() {
  const std::lock_guard lock(mutex_);
  const int code = end_.has_value() ? static_cast<int>(end_->code()) : 0;
  method_.metrics.Handled(dispatcher_.FinalCode(code, *context_),
                          std::chrono::steady_clock::now() - began_);
  context_ = nullptr;
  wire_ = nullptr;
  dispatcher_.RemoveStream(this);
}

}  // namespace kp::rpc
