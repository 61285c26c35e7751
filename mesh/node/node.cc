#include "mesh/node/node.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "mesh/node/metrics.h"
#include "mesh/node/observers.h"
#include "mesh/node/trust_setup.h"
#include "mesh/runtime/process.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "mesh/tls/peer.h"
#include "mesh/trust/client.h"
#include "mesh/trust/service.h"

namespace kp::node {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{250};

milliseconds OrDefault(uint32_t value, uint32_t fallback) {
  return milliseconds(value == 0 ? fallback : value);
}

// Fetching and publishing trust documents goes on when they have run out: it is how a mesh
// recovers.
bool WorksWithoutTrust(std::string_view name) {
  return name.starts_with("kp.trust.v1.") || name.starts_with("grpc.health.v1.");
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

// Told by the trust store, which lives longer, about every change.
struct ServerSlot {
  std::mutex mutex;
  rpc::Server* server = nullptr;
};

struct Node::State {
  NodeConfig config;
  const Clock* clock = nullptr;
  telemetry::Metrics* metrics = nullptr;
  std::shared_ptr<RefusalLog> refusals;
  std::unique_ptr<TrustMetrics> trust_metrics;
  std::unique_ptr<tls::Credentials> credentials;
  std::unique_ptr<rpc::Executor> executor;
  // Shared, since gRPC's objects may end after this one.
  std::shared_ptr<trust::TrustStore> trust;
  std::unique_ptr<trust::TrustServiceHandlers> trust_service;
  std::unique_ptr<tls::PeerRecheck> recheck;

  std::mutex peer_ready_mutex;  // held during the listener's call
  std::function<void(const rpc::Peer&)> peer_ready;
  std::unique_ptr<rpc::ClientPool> clients;

  ServerSlot serving;
  std::unique_ptr<trust::TrustClient> follower;
  runtime::ServiceNotifier notifier;
  std::jthread housekeeping;  // last: it uses the above

  void ShowTrust(trust::State& shown);
  void OnTrustChange();
  void Housekeep(const std::stop_token& stop);
  std::shared_ptr<const tls::AnchorSet> believed;  // of the last OnTrustChange
  std::mutex believed_mutex;
};

void Node::State::ShowTrust(trust::State& shown) {
  const trust::State state = trust->state();
  const std::shared_ptr<const trust::Snapshot> snapshot = trust->snapshot();
  trust_metrics->Show(state, snapshot.get());
  if (state == shown) return;
  shown = state;
  const bool good = state == trust::State::kFresh;
  telemetry::Log(good ? telemetry::Level::kInfo : telemetry::Level::kWarning, "trust_state",
                 {{"state", trust::StateName(state)},
                  {"manifest_version", snapshot == nullptr ? 0 : snapshot->manifest().version()}});
}

void Node::State::OnTrustChange() {
  std::shared_ptr<const tls::AnchorSet> now = trust->Current();
  {
    const std::lock_guard<std::mutex> lock(believed_mutex);
    if (now == believed) return;
    believed = std::move(now);
  }
  // Connections that we opened are proven anew too: the next call makes a new one.
  clients->Retain({});
  const std::lock_guard<std::mutex> lock(serving.mutex);
  if (serving.server != nullptr) serving.server->RecheckStreams();
}

void Node::State::Housekeep(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  trust::State shown = trust::State::kNotLoaded;
  auto next_watchdog = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    trust->Tick();
    ShowTrust(shown);
    const auto now = std::chrono::steady_clock::now();
    if (notifier.watchdog_interval().count() > 0 && now >= next_watchdog) {
      next_watchdog = now + notifier.watchdog_interval();
      (void)notifier.Watchdog();
    }
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait_for(lock, stop, kTick, [] { return false; });
  }
}

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}

Node::~Node() {
  state_->follower.reset();
  state_->housekeeping = std::jthread();
}

absl::StatusOr<std::unique_ptr<Node>> Node::Create(NodeOptions options) {
  KP_RETURN_IF_ERROR(CheckNodeConfig(options.config, *options.clock));
  if (options.documents == nullptr) {
    if (options.config.trust().directory().empty()) {
      return absl::InvalidArgumentError("node.trust.directory is required");
    }
    options.documents = trust::MakeFileDocumentStore(options.config.trust().directory());
  }
  auto owned = std::make_unique<State>();
  State* const state = owned.get();
  state->config = std::move(options.config);
  state->clock = options.clock;
  state->metrics = options.metrics;
  if (auto limit = runtime::RaiseFileLimit(); !limit.ok()) return limit.status();

  state->refusals = std::make_shared<RefusalLog>(*options.metrics);
  telemetry::RedirectGrpcLog([refusals = state->refusals](std::string_view line) {
    if (const auto reason = tls::RefusalInGrpcLog(line); reason.has_value()) {
      refusals->OnRefused({tls::Where::kServerHandshake, *reason, "", "", "refused by OpenSSL"});
    }
  });
  KP_ASSIGN_OR_RETURN(
      state->credentials,
      tls::Credentials::Load({.certificate_file = state->config.certificate_file(),
                              .key_file = state->config.key_file(),
                              .publish_directory = state->config.publish_directory()},
                             *state->clock, std::make_shared<MaterialLog>(*options.metrics)));

  state->trust_metrics = std::make_unique<TrustMetrics>(*options.metrics);
  KP_ASSIGN_OR_RETURN(trust::TrustOptions trust_options, ReadTrustOptions(state->config.trust()));
  trust_options.check_parts = std::move(options.check_parts);
  trust_options.on_alarm = [state](const absl::Status& why) {
    state->trust_metrics->CountAlarm(why);
    telemetry::Error("trust_document_refused",
                     {{telemetry::kLogReason, ReasonOf(why)}, {telemetry::kLogError, why}});
  };
  KP_ASSIGN_OR_RETURN(
      state->trust, trust::TrustStore::Open(std::move(trust_options), std::move(options.documents),
                                            *state->clock));
  state->trust_service = std::make_unique<trust::TrustServiceHandlers>(*state->trust);
  std::unique_ptr<Node> node(new Node(std::move(owned)));
  state->recheck = std::make_unique<tls::PeerRecheck>(node->verification());

  rpc::ExecutorOptions threads;
  if (state->config.work_threads() > 0) threads.work_threads = state->config.work_threads();
  state->executor = std::make_unique<rpc::Executor>(threads);
  rpc::ClientPoolOptions pool;
  pool.credentials = [credentials = state->credentials.get(),
                      verification = node->verification()](const identity::SpiffeId& peer) {
    return tls::MakeChannelCredentials(*credentials, verification, peer);
  };
  pool.clock = state->clock;
  pool.ids = &SystemIds();
  pool.on_ready = [state](const rpc::Peer& peer) {
    const std::lock_guard<std::mutex> lock(state->peer_ready_mutex);
    if (state->peer_ready) state->peer_ready(peer);
  };
  state->clients = std::make_unique<rpc::ClientPool>(std::move(pool));
  state->believed = state->trust->Current();
  state->trust->Subscribe([state] { state->OnTrustChange(); });
  state->notifier = runtime::ServiceNotifier::FromEnvironment();
  state->housekeeping =
      std::jthread([state](const std::stop_token& stop) { state->Housekeep(stop); });
  return node;
}

const NodeConfig& Node::config() const { return state_->config; }
const Clock& Node::clock() const { return *state_->clock; }
telemetry::Metrics& Node::metrics() { return *state_->metrics; }
const identity::SpiffeId& Node::id() const { return state_->credentials->id(); }
const std::string& Node::party() const { return state_->config.trust().own_party(); }
trust::TrustStore& Node::trust() { return *state_->trust; }
rpc::ClientPool& Node::clients() { return *state_->clients; }
rpc::Executor& Node::executor() { return *state_->executor; }
const tls::Credentials& Node::credentials() const { return *state_->credentials; }

tls::Verification Node::verification() const {
  return {state_->trust, state_->clock, state_->refusals};
}

absl::StatusOr<rpc::Peer> Node::PeerOf(std::string_view party, access::v1::Role role) const {
  KP_ASSIGN_OR_RETURN(const std::shared_ptr<const trust::Snapshot> trust, state_->trust->Usable());
  KP_ASSIGN_OR_RETURN(trust::Endpoint endpoint, trust->EndpointOf(party, role));
  return rpc::Peer{std::move(endpoint.id), std::move(endpoint.address)};
}

void Node::OnPeerReady(std::function<void(const rpc::Peer&)> listener) {
  const std::lock_guard<std::mutex> lock(state_->peer_ready_mutex);
  state_->peer_ready = std::move(listener);
}

absl::StatusOr<std::unique_ptr<Serving>> Node::Serve(ServeOptions options) {
  State& state = *state_;
  rpc::ServerOptions server;
  server.address = state.config.listen_address();
  server.credentials = tls::MakeServerCredentials(*state.credentials, verification());
  server.own_domain = id().trust_domain();
  server.peer_check = [recheck = state.recheck.get()](const grpc::AuthContext& context) {
    return recheck->Check(context);
  };
  server.relations = state.trust.get();
  server.trust_gate = [trust = state.trust.get()](std::string_view method) {
    if (!method.empty()) method.remove_prefix(1);
    return WorksWithoutTrust(method) ? absl::OkStatus() : trust->Gate();
  };
  server.readiness = [trust = state.trust.get(),
                      own = std::move(options.readiness)](std::string_view service) {
    if (!WorksWithoutTrust(service)) KP_RETURN_IF_ERROR(trust->Gate());
    return own ? own(service) : absl::OkStatus();
  };
  server.powers = options.powers;
  server.executor = state.executor.get();
  server.metrics = state.metrics;
  server.clock = state.clock;
  server.ids = &SystemIds();
  server.reflection = state.config.reflection();
  server.limits.max_receive_message_bytes = options.max_receive_message_bytes;
  rpc::ServerBuilder builder(std::move(server));
  for (const rpc::Service* service : options.services) builder.AddService(service);
  if (options.trust_service) builder.AddService(&state.trust_service->service());

  std::unique_ptr<Serving> serving(new Serving(*this));
  KP_ASSIGN_OR_RETURN(serving->server_, builder.BuildAndStart());
  {
    const std::lock_guard<std::mutex> lock(state.serving.mutex);
    state.serving.server = serving->server_.get();
  }
  telemetry::AdminOptions admin;
  if (!state.config.metrics_listen_address().empty()) {
    admin.address = state.config.metrics_listen_address();
  }
  admin.metrics = state.metrics;
  admin.ready = [server_state = serving->server_.get()] { return server_state->ReadyState(); };
  KP_ASSIGN_OR_RETURN(serving->admin_, telemetry::AdminListener::Start(admin));

  if (state.config.trust().has_source()) {
    KP_ASSIGN_OR_RETURN(rpc::Peer source, ReadTrustSource(state.config.trust().source()));
    state.follower = std::make_unique<trust::TrustClient>(
        *state.trust, *state.clients, std::move(source), [&state](const absl::Status& why) {
          state.trust_metrics->CountFetchFailure();
          telemetry::Warning("trust_source_failed", {{telemetry::kLogError, why}});
        });
  }
  const std::string grpc_address =
      absl::StrCat(HostOf(state.config.listen_address()), ":", serving->port());
  const std::string metrics_address =
      absl::StrCat(HostOf(admin.address), ":", serving->metrics_port());
  KP_RETURN_IF_ERROR(runtime::WriteReadyFile(
      state.config.ready_file(), {{"grpc", grpc_address}, {"metrics", metrics_address}}));
  if (absl::Status told = state.notifier.Ready(); !told.ok()) {
    telemetry::Warning("service_manager_not_told", {{telemetry::kLogError, told}});
  }
  telemetry::Info("serving", {{"id", id().ToString()},
                              {telemetry::kLogAddress, grpc_address},
                              {"metrics_address", metrics_address}});
  return serving;
}

Serving::~Serving() { Stop(); }

int Serving::port() const { return server_->port(); }
int Serving::metrics_port() const { return admin_->port(); }

void Serving::Stop() {
  if (stopped_) return;
  stopped_ = true;
  Node::State& state = *node_.state_;
  (void)state.notifier.Stopping();
  {
    const std::lock_guard<std::mutex> lock(state.serving.mutex);
    state.serving.server = nullptr;
  }
  if (server_ != nullptr) {
    server_->Drain(OrDefault(state.config.drain_pause_ms(), 200),
                   OrDefault(state.config.drain_grace_ms(), 10'000));
  }
  state.follower.reset();
}

}  // namespace kp::node
