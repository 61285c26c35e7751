// The grpc::Service of a Service: raw bytes in and out, so that parsing happens on pool threads and
// a message that cannot be parsed gets an answer that names the field (gRPC's own is
// UNIMPLEMENTED). A method without a handler answers UNIMPLEMENTED with a reason.
#pragma once

#include <deque>
#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "mesh/rpc/dispatcher.h"
#include "mesh/rpc/service.h"

namespace kp::rpc {

class BoundService final : public grpc::Service {
 public:
  // NOT_FOUND or INVALID_ARGUMENT when the proto service, a method or its message types are not as
  // the bindings say. `service` and `dispatcher` outlive the result.
  static absl::StatusOr<std::unique_ptr<BoundService>> Create(const rpc::Service& service,
                                                              Dispatcher& dispatcher,
                                                              telemetry::Metrics& metrics);

 private:
  BoundService() = default;
  void Add(BoundMethod& method, Dispatcher& dispatcher);
  void AddUnserved(const std::string& path);

  // The addresses of both must stay.
  std::deque<BoundMethod> methods_;
  std::deque<std::string> unserved_;
  int count_ = 0;
};

// The descriptor of a service of the linked protos; NOT_FOUND names it.
absl::StatusOr<const google::protobuf::ServiceDescriptor*> FindService(
    const std::string& full_name);

}  // namespace kp::rpc
