// For tests only: a server of EchoService in a mesh of its own, and a peer that calls it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesh/rpc/server.h"
#include "mesh/rpc/test_mesh.h"

namespace kp::rpc::testing {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using test::EchoRequest;
using test::EchoResponse;
using test::EchoService;

inline absl::Status Echo(CallContext& call, const EchoRequest& request, EchoResponse& response) {
  response.set_text(request.text());
  response.set_caller(call.caller().ToString());
  response.set_milliseconds_left(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     call.deadline() - std::chrono::steady_clock::now())
                                     .count());
  return absl::OkStatus();
}

class ServerTest : public ::testing::Test {
 protected:
  using Handler = std::function<absl::Status(CallContext&, const EchoRequest&, EchoResponse&)>;

  void Bind(const char* method, Lane lane, Handler handler = Echo) {
    mesh_.service.Unary<EchoRequest, EchoResponse>(method, lane, std::move(handler));
  }
  void BindAndStart(Handler handler = Echo) {
    for (const char* method : {"Echo", "Open", "Foreign", "Customs"}) {
      Bind(method, Lane::kWork, handler);
    }
    ASSERT_TRUE(mesh_.Start().ok());
    peer_pool_ = mesh_.PoolOf(kPeerId);
  }
  absl::StatusOr<EchoResponse> Open(std::chrono::milliseconds time = 10s) {
    EchoRequest request;
    request.set_text("hello");
    return peer_pool_->Call(mesh_.peer(), &EchoService::Stub::Open, request,
                            CallOptions::For(time));
  }
  absl::Status Ask(const std::string& caller,
                   grpc::Status (EchoService::Stub::*method)(grpc::ClientContext*,
                                                             const EchoRequest&, EchoResponse*)) {
    return mesh_.PoolOf(caller)
        ->Call(mesh_.peer(), method, EchoRequest(), CallOptions::For(10s))
        .status();
  }
  // Whether the server counts, or comes to count, one call of Open that ended so.
  bool CountedAs(const std::string& code) {
    const std::string line = absl::StrCat(
        "grpc_server_handled_total{grpc_code=\"", code,
        "\",grpc_method=\"Open\",grpc_service=\"kp.rpc.test.EchoService\",grpc_type=\"unary\"} 1");
    return Eventually([&] { return mesh_.metrics.Text().find(line) != std::string::npos; });
  }

  TestMesh mesh_;
  std::unique_ptr<ClientPool> peer_pool_;
};

}  // namespace kp::rpc::testing
