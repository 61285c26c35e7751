#include "mesh/rpc/unary_call.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "google/protobuf/arena.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "mesh/rpc/status.h"
#include "mesh/rpc/wire_faults.h"
#include "mesh/telemetry/log.h"

namespace kp::rpc {

absl::Status RunGuarded(const std::function<absl::Status()>& handler) {
  try {
    return handler();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("a handler threw: ", error.what()));
  } catch (...) {
    return absl::InternalError("a handler threw");
  }
}

UnaryCall::UnaryCall(const Dispatcher& dispatcher, BoundMethod& method,
                     grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                     grpc::ByteBuffer* response)
    : dispatcher_(dispatcher),
      method_(method),
      context_(context),
      request_(request),
      response_(response) {
  method_.metrics.Started();
}

grpc::ServerUnaryReactor* UnaryCall::Start(Dispatcher& dispatcher, BoundMethod& method,
                                           grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) {
  auto* const call = new UnaryCall(dispatcher, method, context, request, response);
  absl::StatusOr<CallInfo> info = dispatcher.Admit(method, *context);
  if (!info.ok()) {
    call->End(info.status());
    return call;
  }
  const identity::SpiffeId caller = info->caller;
  call->call_.emplace(*std::move(info), context, &dispatcher.given_up());
  // Once submitted, the call belongs to the pool thread: gRPC keeps it until it is finished.
  const absl::Status queued = dispatcher.Submit(
      method, caller, [call] { call->Run(); },
      [call](const absl::Status& refusal) { call->End(refusal); });
  if (!queued.ok()) call->End(queued);
  return call;
}

void UnaryCall::Run() {
  const telemetry::RequestScope scope(call_->request_id(), call_->trace().trace_id);
  if (call_->IsCancelled() && !dispatcher_.given_up()) {
    End(context_->IsCancelled()
            ? absl::CancelledError("the caller gave up while the call was queued")
            : absl::DeadlineExceededError("the call's time ran out in the queue"));
    return;
  }
  absl::Status status =
      dispatcher_.given_up() ? Dispatcher::Draining() : RunGuarded([this] { return Handle(); });
  // A handler that ended because the server does: the caller has not given up, and may ask again.
  if (absl::IsCancelled(status) && dispatcher_.given_up()) status = Dispatcher::Draining();
  End(status);
}

absl::Status UnaryCall::Handle() {
  KP_RETURN_IF_ERROR(dispatcher_.CheckPowers(method_, call_->caller()));
  google::protobuf::Arena arena;
  auto* const request = method_.binding->request_prototype->New(&arena);
  auto* const response = method_.binding->response_prototype->New(&arena);
  grpc::ByteBuffer bytes(*request_);  // shares the slices
  KP_RETURN_IF_ERROR(ParseRequest(bytes, *request));
  KP_RETURN_IF_ERROR(method_.binding->unary(*call_, *request, *response));
  bool own_buffer = false;
  const grpc::Status serialized = grpc::SerializationTraits<google::protobuf::Message>::Serialize(
      *response, response_, &own_buffer);
  return serialized.ok() ? absl::OkStatus()
                         : absl::InternalError("a response cannot be serialized");
}

void UnaryCall::End(const absl::Status& status) {
  grpc::Status answer = ToGrpcStatus(status);
  code_ = answer.error_code();
  Finish(std::move(answer));
}

void UnaryCall::OnDone() {
  method_.metrics.Handled(dispatcher_.FinalCode(code_, *context_),
                          std::chrono::steady_clock::now() - began_);
  delete this;
}

}  // namespace kp::rpc
