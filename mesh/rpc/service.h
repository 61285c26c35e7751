// Binds the methods of one proto service to handlers: straight-line functions on pool threads.
//
//   rpc::Service service("kp.verification.v1.VerificationService");
//   service.Unary("Verify", rpc::Lane::kWork, &handlers, &Handlers::Verify);
//   service.Stream("WatchTickets", rpc::Lane::kFast, &handlers, &Handlers::WatchTickets);
//
//
//   absl::Status Handlers::Verify(rpc::CallContext&, const VerifyRequest&, VerifyResponse&);
//   absl::Status Handlers::WatchTickets(rpc::CallContext&, const WatchTicketsRequest&,
//                                       rpc::StreamWriter<WatchTicketsResponse>);
//
// Before a handler runs: identity, trust gate, clock skew, deadline, queue, cancellation, parsing
// and an officer's powers are checked. A method without a handler answers UNIMPLEMENTED,
// METHOD_NOT_SERVED. A wrong method name or message type is reported by
// ServerBuilder::BuildAndStart, not here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "mesh/rpc/call_context.h"
#include "mesh/rpc/executor.h"
#include "mesh/rpc/stream_writer.h"

namespace kp::rpc {

// One bound method, types erased. Exactly one of `unary` and `stream` is set. `conversation`: the
// client streams requests, and `unary` answers each.
struct MethodBinding {
  std::string name;
  Lane lane;
  const google::protobuf::Message* request_prototype;
  const google::protobuf::Message* response_prototype;
  std::function<absl::Status(CallContext&, const google::protobuf::Message&,
                             google::protobuf::Message&)>
      unary;
  std::function<absl::Status(CallContext&, const google::protobuf::Message&,
                             std::shared_ptr<StreamHandle>)>
      stream;
  bool conversation = false;
};

// Filled before the server starts, unchanged afterwards; outlives the server, as do the handlers.
class Service final {
 public:
  explicit Service(std::string_view full_name) : full_name_(full_name) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // The handler fills the response; on an error it is dropped.
  template <class Request, class Response>
  void Unary(std::string_view method, Lane lane,
             std::function<absl::Status(CallContext&, const Request&, Response&)> handler) {
    bindings_.push_back(
        {std::string(method), lane, &Request::default_instance(), &Response::default_instance(),
         [handler = std::move(handler)](CallContext& call, const google::protobuf::Message& request,
                                        google::protobuf::Message& response) {
           return handler(call, static_cast<const Request&>(request),
                          static_cast<Response&>(response));
         },
         nullptr});
  }
  template <class Handlers, class Base, class Request, class Response>
  void Unary(std::string_view method, Lane lane, Handlers* handlers,
             absl::Status (Base::*handler)(CallContext&, const Request&, Response&)) {
    Unary<Request, Response>(
        method, lane,
        [handlers, handler](CallContext& call, const Request& request, Response& response) {
          return (handlers->*handler)(call, request, response);
        });
  }

  // A stream in both directions: the handler answers each message of the client as a unary call, one
  // at a time and in order; the next is read when the client has taken the answer. An error ends the
  // stream.
  template <class Request, class Response>
  void Conversation(std::string_view method, Lane lane,
                    std::function<absl::Status(CallContext&, const Request&, Response&)> handler) {
    Unary<Request, Response>(method, lane, std::move(handler));
    bindings_.back().conversation = true;
  }

  // The handler checks the request, hands the writer to whoever will write, and returns; an error
  // ends the stream with it. The call's context is gone when it returns.
  template <class Request, class Item>
  void Stream(
      std::string_view method, Lane lane,
      std::function<absl::Status(CallContext&, const Request&, StreamWriter<Item>)> handler) {
    bindings_.push_back(
        {std::string(method), lane, &Request::default_instance(), &Item::default_instance(),
         nullptr,
         [handler = std::move(handler)](CallContext& call, const google::protobuf::Message& request,
                                        std::shared_ptr<StreamHandle> stream) {
           return handler(call, static_cast<const Request&>(request),
                          StreamWriter<Item>(std::move(stream)));
         }});
  }
  template <class Handlers, class Base, class Request, class Item>
  void Stream(std::string_view method, Lane lane, Handlers* handlers,
              absl::Status (Base::*handler)(CallContext&, const Request&, StreamWriter<Item>)) {
    Stream<Request, Item>(
        method, lane,
        [handlers, handler](CallContext& call, const Request& request, StreamWriter<Item> writer) {
          return (handlers->*handler)(call, request, std::move(writer));
        });
  }

  const std::string& full_name() const { return full_name_; }
  const std::vector<MethodBinding>& bindings() const { return bindings_; }

 private:
  const std::string full_name_;
  std::vector<MethodBinding> bindings_;
};

}  // namespace kp::rpc
