#include "mesh/rpc/bound_service.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "mesh/rpc/open_stream.h"
#include "mesh/rpc/reasons.h"
#include "mesh/rpc/status.h"
#include "mesh/rpc/unary_call.h"

namespace kp::rpc {
namespace {

absl::Status CheckBinding(const google::protobuf::MethodDescriptor& descriptor,
                          const MethodBinding& binding) {
  if (descriptor.client_streaming() != binding.conversation ||
      descriptor.server_streaming() != (binding.conversation || binding.stream)) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptor.full_name(), " is bound as the wrong kind of method"));
  }
  if (descriptor.input_type() != binding.request_prototype->GetDescriptor() ||
      descriptor.output_type() != binding.response_prototype->GetDescriptor()) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptor.full_name(), " is bound to a handler of other message types"));
  }
  return absl::OkStatus();
}

// As the Prometheus interceptors of other languages name it.
const char* KindOf(const MethodBinding& binding) {
  if (binding.conversation) return "bidi_stream";
  return binding.stream ? "server_stream" : "unary";
}

class NotServed final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  NotServed() {
    Finish(ToGrpcStatus(MakeError(absl::StatusCode::kUnimplemented, kMethodNotServed,
                                  "not served by this version")));
  }
  void OnDone() override { delete this; }
};

}  // namespace

absl::StatusOr<const google::protobuf::ServiceDescriptor*> FindService(
    const std::string& full_name) {
  const auto* const descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name);
  if (descriptor == nullptr) {
    return absl::NotFoundError(absl::StrCat("no proto defines the service ", full_name));
  }
  return descriptor;
}

absl::StatusOr<std::unique_ptr<BoundService>> BoundService::Create(const rpc::Service& service,
                                                                   Dispatcher& dispatcher,
                                                                   telemetry::Metrics& metrics) {
  KP_ASSIGN_OR_RETURN(const auto* const descriptor, FindService(service.full_name()));
  std::unique_ptr<BoundService> bound(new BoundService);
  std::set<std::string> names;
  for (const MethodBinding& binding : service.bindings()) {
    const auto* const method = descriptor->FindMethodByName(binding.name);
    if (method == nullptr) {
      return absl::NotFoundError(
          absl::StrCat(service.full_name(), " has no method ", binding.name));
    }
    if (!names.insert(binding.name).second) {
      return absl::InvalidArgumentError(absl::StrCat(method->full_name(), " is bound twice"));
    }
    KP_RETURN_IF_ERROR(CheckBinding(*method, binding));
    bound->methods_.push_back(
        {absl::StrCat("/", service.full_name(), "/", binding.name), &binding,
         telemetry::MethodMetrics(metrics, KindOf(binding), service.full_name(), binding.name)});
    bound->Add(bound->methods_.back(), dispatcher);
  }
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const std::string& name = descriptor->method(i)->name();
    if (names.contains(name)) continue;
    bound->AddUnserved(absl::StrCat("/", service.full_name(), "/", name));
  }
  return bound;
}

// Does for a descriptor what the constructors of the generated WithRawCallbackMethod_X classes do,
// with the same calls.
void BoundService::Add(BoundMethod& method, Dispatcher& dispatcher) {
  namespace gi = grpc::internal;
  using grpc::ByteBuffer;
  gi::RpcMethod::RpcType type = gi::RpcMethod::NORMAL_RPC;
  gi::MethodHandler* handler = nullptr;
  if (method.binding->conversation) {
    type = gi::RpcMethod::BIDI_STREAMING;
    handler = new gi::CallbackBidiHandler<ByteBuffer, ByteBuffer>(
        [&method, &dispatcher](grpc::CallbackServerContext* context) {
          return OpenStream::StartConversation(dispatcher, method, context);
        });
  } else if (method.binding->stream) {
    type = gi::RpcMethod::SERVER_STREAMING;
    handler = new gi::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
        [&method, &dispatcher](grpc::CallbackServerContext* context, const ByteBuffer* request) {
          return OpenStream::Start(dispatcher, method, context, request);
        });
  } else {
    handler = new gi::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
        [&method, &dispatcher](grpc::CallbackServerContext* context, const ByteBuffer* request,
                               ByteBuffer* response) {
          return UnaryCall::Start(dispatcher, method, context, request, response);
        });
  }
  AddMethod(new gi::RpcServiceMethod(method.path.c_str(), type, nullptr));
  MarkMethodRawCallback(count_++, handler);
}

// Whatever kind of method it is: none of the caller's messages is looked at.
void BoundService::AddUnserved(const std::string& path) {
  namespace gi = grpc::internal;
  AddMethod(new gi::RpcServiceMethod(unserved_.emplace_back(path).c_str(),
                                     gi::RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodRawCallback(count_++, new gi::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                      [](grpc::CallbackServerContext*) { return new NotServed; }));
}

}  // namespace kp::rpc
