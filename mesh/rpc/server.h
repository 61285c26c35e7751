// The only way to build a gRPC server here, so that the safe thing is the only thing: mutual TLS,
// the access table, limits, health by real ability, warm reactors, an orderly end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/server_credentials.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/rpc/access_table.h"
#include "mesh/rpc/executor.h"
#include "mesh/rpc/officer_powers.h"
#include "mesh/rpc/service.h"
#include "mesh/telemetry/metrics.h"

namespace kp::rpc {

// The caller of a call on a live connection, if still trusted now (tls::PeerRecheck::Check). Asked
// at every call on gRPC's threads: thread-safe, must not block.
using PeerCheck = std::function<absl::StatusOr<identity::SpiffeId>(const grpc::AuthContext&)>;

// Whether this node may answer `method` ("/package.Service/Method") in the present state of its
// trust documents: OK, or UNAVAILABLE with the reason TRUST_EXPIRED. Thread-safe, must not block.
using TrustGate = std::function<absl::Status(std::string_view method)>;

// Whether `service` (full name; "" for the node as a whole) can do its work: sign, store, trust.
// May take a while; while an answer is overdue the node counts as not ready. Called by one thread.
using Readiness = std::function<absl::Status(std::string_view service)>;

struct ServerLimits {
  int max_concurrent_streams = 100;         // per connection; clients queue the rest
  int max_receive_message_bytes = 1 << 20;  // the largest legal request, not more
  size_t memory_quota_bytes = size_t{512} << 20;
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds max_connection_age{600'000};  // cuts watch streams too: clients resume
  std::chrono::milliseconds max_connection_age_grace{30'000};
  std::chrono::milliseconds max_connection_idle{600'000};
  std::chrono::milliseconds default_deadline{30'000};  // of a call that comes without one
  std::chrono::milliseconds least_deadline{100};       // less than this left: refused at once
  std::chrono::milliseconds hop_margin{20};            // taken off the caller's deadline
  std::chrono::seconds max_clock_skew{600};
  // Calls of one trust domain that a lane of the executor holds, waiting and running, so that no
  // caller fills the queue of all. 0: a quarter of the lane's queue.
  size_t calls_per_domain = 0;
  size_t streams_per_domain = 1000;  // open watch streams of one trust domain
  size_t stream_queue = 256;         // items that wait for a slow reader of a watch stream
};

// All references and functions outlive the server and are required, unless it says otherwise.
struct ServerOptions {
  std::string address;                                   // "127.0.0.1:0": port 0 takes any free one
  std::shared_ptr<grpc::ServerCredentials> credentials;  // tls::MakeServerCredentials
  std::string own_domain;
  PeerCheck peer_check;
  const DomainRelations* relations = nullptr;
  TrustGate trust_gate;
  Readiness readiness;
  PowerSource* powers = nullptr;  // may be absent where no method asks for powers
  Executor* executor = nullptr;
  telemetry::Metrics* metrics = nullptr;
  const Clock* clock = nullptr;
  IdSource* ids = nullptr;
  bool reflection = false;
  ServerLimits limits;
};

class Server final {
 public:
  ~Server();  // drains at once if Drain was not called
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  const AccessTable& access_table() const;

  // The last answer of `readiness` for the node as a whole; UNAVAILABLE while it is overdue.
  absl::Status ReadyState() const;

  // Ends every open watch stream whose caller is no longer trusted or allowed. Call it at each
  // change of trust; calls are checked one by one anyway.
  void RecheckStreams();

  // NOT_SERVING; `pause`, in which load balancers and peers notice; open streams end; calls get
  // `grace`. Then those that still wait are answered UNAVAILABLE, DRAINING, those that run are
  // cancelled, and the executor is drained: it returns when the last handler has. From a normal
  // thread, once. Stores may close afterwards.
  void Drain(std::chrono::milliseconds pause, std::chrono::milliseconds grace);

 private:
  friend class ServerBuilder;
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

class ServerBuilder final {
 public:
  explicit ServerBuilder(ServerOptions options) : options_(std::move(options)) {}

  // `service` outlives the server.
  ServerBuilder& AddService(const Service* service) {
    services_.push_back(service);
    return *this;
  }

  // INVALID_ARGUMENT or FAILED_PRECONDITION, with one line that says what is missing or wrong; a
  // port in use is UNAVAILABLE.
  absl::StatusOr<std::unique_ptr<Server>> BuildAndStart();

 private:
  ServerOptions options_;
  std::vector<const Service*> services_;
};

}  // namespace kp::rpc
