// What every service of the mesh is made of, so that each main() is a short straight line:
// identity, trust documents, executor, client pool, metrics of all these; then, by Serve, the
// server.
//
//   const std::unique_ptr<Clock> clock = node::MakeClock(config.node());
//   telemetry::InitLogging(kService, *clock);
//   telemetry::Metrics metrics(kService);
//   ... open the database ...
//   auto node = node::Node::Create({.config = config.node(), .clock = clock.get(), ...});
//   ... make the handlers on node->trust(), node->clients() ...
//   auto serving = node->Serve({.services = {&handlers.service()}, .readiness = ...});
//   signals.WaitForStop();
//   serving->Stop();
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/node/node_config.pb.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/rpc/executor.h"
#include "mesh/rpc/officer_powers.h"
#include "mesh/rpc/server.h"
#include "mesh/rpc/service.h"
#include "mesh/telemetry/admin_listener.h"
#include "mesh/telemetry/metrics.h"
#include "mesh/tls/credentials.h"
#include "mesh/trust/document_store.h"
#include "mesh/trust/trust_store.h"

namespace kp::node {

// The clock that the configuration names. Outlives everything that uses gRPC.
std::unique_ptr<Clock> MakeClock(const NodeConfig& config);

// Whether a node could start with this configuration, as far as files tell: required fields,
// addresses, certificate and key, pinned anchors, root document, and, where a manifest is kept from
// an earlier run, whether the certificate's trust domain is the own party's. Publishes nothing and
// adds no file (--check-config). INVALID_ARGUMENT with the field, or the fault of a file.
absl::Status CheckNodeConfig(const NodeConfig& config, const Clock& clock);

struct NodeOptions {
  NodeConfig config = {};
  // Both required, and outlive the node.
  const Clock* clock = nullptr;
  telemetry::Metrics* metrics = nullptr;
  // Where trust documents are kept; null: files under config.trust().directory().
  std::unique_ptr<trust::DocumentStore> documents = nullptr;
  // Reads the scheme's parts: an error refuses the manifest. May be empty.
  std::function<absl::Status(const trust::Parts&)> check_parts = nullptr;
};

struct ServeOptions {
  // Beside TrustService (below) and the health service. They and their handlers outlive Serving.
  std::vector<const rpc::Service*> services = {};
  // Serves kp.trust.v1.TrustService from this node's documents.
  bool trust_service = false;
  // Whether the service can do its work: sign, store. Trust is the node's own matter. Called by one
  // thread, may take a while.
  rpc::Readiness readiness = nullptr;
  // The officer register; may be null where no method asks for powers.
  rpc::PowerSource* powers = nullptr;
  // Largest legal request, in bytes.
  int max_receive_message_bytes = 1 << 20;
};

class Node;

// A running server with its admin listener. Destroy it before the handlers.
class Serving final {
 public:
  ~Serving();  // Stop()
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  int port() const;
  int metrics_port() const;
  rpc::Server& server() { return *server_; }

  // Stops serving (drain as configured), then stops following the trust source, so that nothing
  // calls a handler or a trust listener any more. Idempotent; from a normal thread.
  void Stop();

 private:
  friend class Node;
  explicit Serving(Node& node) : node_(node) {}

  Node& node_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<telemetry::AdminListener> admin_;
  bool stopped_ = false;
};

// Thread-safe where the parts it gives are. Created once in a process (it takes over gRPC's log).
class Node final {
 public:
  // Errors name what is missing or wrong, in one line.
  static absl::StatusOr<std::unique_ptr<Node>> Create(NodeOptions options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const NodeConfig& config() const;
  const Clock& clock() const;
  telemetry::Metrics& metrics();

  // Who this node is: from its certificate. Its domain is the own domain of the access table.
  const identity::SpiffeId& id() const;
  // config().trust().own_party(): what this node is in statements ("BW").
  const std::string& party() const;

  trust::TrustStore& trust();
  rpc::ClientPool& clients();
  rpc::Executor& executor();

  // For connections that this class does not make itself (a second listener): the same rules.
  const tls::Credentials& credentials() const;
  tls::Verification verification() const;

  // Where the service `role` of `party` is now. TRUST_EXPIRED, TRUST_NOT_LOADED, ENDPOINT_UNKNOWN.
  absl::StatusOr<rpc::Peer> PeerOf(std::string_view party, access::v1::Role role) const;

  // Told when a peer's channel became ready (again); must not block; null to end it. Returns when
  // no call of the former listener is running.
  void OnPeerReady(std::function<void(const rpc::Peer&)> listener);

  // Starts following the trust source (if configured) and the server; writes the ready file; tells
  // the service manager. Once.
  absl::StatusOr<std::unique_ptr<Serving>> Serve(ServeOptions options);

 private:
  friend class Serving;
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kp::node
