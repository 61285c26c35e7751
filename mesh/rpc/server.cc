#include "mesh/rpc/server.h"

#include <dlfcn.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "mesh/rpc/bound_service.h"
#include "mesh/rpc/housekeeping.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::rpc {
namespace {

absl::Status CheckComplete(const ServerOptions& options) {
  const std::pair<const char*, bool> parts[] = {
      {"address", !options.address.empty()},
      {"credentials", options.credentials != nullptr},
      {"own_domain", !options.own_domain.empty()},
      {"peer_check", static_cast<bool>(options.peer_check)},
      {"relations", options.relations != nullptr},
      {"trust_gate", static_cast<bool>(options.trust_gate)},
      {"readiness", static_cast<bool>(options.readiness)},
      {"executor", options.executor != nullptr},
      {"metrics", options.metrics != nullptr},
      {"clock", options.clock != nullptr},
      {"ids", options.ids != nullptr}};
  for (const auto& [name, present] : parts) {
    if (!present) {
      return absl::InvalidArgumentError(absl::StrCat("a server cannot be built without ", name));
    }
  }
  return absl::OkStatus();
}

// Reflection comes from its own library, whose loading alone registers it with every server built
// afterwards, together with threads for a synchronous service. So it is loaded only where
// configured.
absl::Status LoadReflection() {
  const std::vector<std::string> version = absl::StrSplit(grpc::Version(), '.');
  const std::string library =
      absl::StrCat("libgrpc++_reflection.so.", version.at(0), ".", version.at(1));
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("reflection is configured but ", library, " cannot be loaded"));
  }
  return absl::OkStatus();
}

int Milliseconds(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

void SetLimits(grpc::ServerBuilder& builder, const ServerLimits& limits) {
  // With it two processes could bind one port and share its connections silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Milliseconds(limits.handshake_timeout));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             Milliseconds(limits.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Milliseconds(limits.max_connection_age_grace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             Milliseconds(limits.max_connection_idle));
  // gRPC's default, stated because status details rely on it (kMaxDetailBytes).
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 << 10);
  // ClientPool pings every 60 s while a call is open; half of that is tolerated.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 120'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.SetMaxReceiveMessageSize(limits.max_receive_message_bytes);
  grpc::ResourceQuota quota("kp");
  quota.Resize(limits.memory_quota_bytes);
  builder.SetResourceQuota(quota);
}

// From the end of the grace to the cut: what handlers that look at IsCancelled need to answer.
constexpr std::chrono::milliseconds kLastAnswers{500};

gpr_timespec After(std::chrono::milliseconds time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(time.count(), GPR_TIMESPAN));
}

}  // namespace

// Destroyed from the last member to the first: what refers to others stands below them.
struct Server::Parts {
  ServerOptions options;
  std::shared_ptr<const Authorizer> authorizer;
  std::unique_ptr<Dispatcher> dispatcher;
  std::vector<std::unique_ptr<BoundService>> services;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Housekeeping> housekeeping;
  int port = 0;
  bool drained = false;
};

absl::StatusOr<std::unique_ptr<Server>> ServerBuilder::BuildAndStart() {
  KP_RETURN_IF_ERROR(CheckComplete(options_));
  std::vector<const google::protobuf::ServiceDescriptor*> descriptors;
  std::vector<std::string> names;
  size_t handlers = 0;
  for (const Service* service : services_) {
    handlers += service->bindings().size();
    KP_ASSIGN_OR_RETURN(const auto* const descriptor, FindService(service->full_name()));
    descriptors.push_back(descriptor);
    names.push_back(service->full_name());
  }
  if (handlers == 0) {
    return absl::InvalidArgumentError("a server cannot be built with no handler at all");
  }
  KP_ASSIGN_OR_RETURN(AccessTable table,
                      AccessTable::Build(descriptors, {.reflection = options_.reflection}));
  if (table.AsksForPowers() && options_.powers == nullptr) {
    return absl::FailedPreconditionError(
        "a method asks for an officer's powers, but there is no officer register");
  }
  if (options_.reflection) KP_RETURN_IF_ERROR(LoadReflection());

  auto parts = std::make_unique<Server::Parts>();
  parts->options = options_;
  parts->authorizer =
      std::make_shared<Authorizer>(options_.own_domain, std::move(table), options_.peer_check,
                                   *options_.relations, *options_.metrics);
  parts->dispatcher = std::make_unique<Dispatcher>(options_, parts->authorizer);
  options_.credentials->SetAuthMetadataProcessor(
      std::make_shared<AuthorizationHook>(parts->authorizer));

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  SetLimits(builder, options_.limits);
  for (const Service* service : services_) {
    KP_ASSIGN_OR_RETURN(auto bound,
                        BoundService::Create(*service, *parts->dispatcher, *options_.metrics));
    builder.RegisterService(bound.get());
    parts->services.push_back(std::move(bound));
  }
  builder.AddListeningPort(options_.address, options_.credentials, &parts->port);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || parts->port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.address));
  }
  parts->housekeeping = std::make_unique<Housekeeping>(*parts->server, names, options_.readiness,
                                                       *options_.executor, *options_.metrics);
  telemetry::Info("server_started", {{telemetry::kLogAddress, options_.address},
                                     {telemetry::kLogPort, parts->port},
                                     {"services", absl::StrJoin(names, " ")}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  if (!parts_->drained) Drain(std::chrono::milliseconds(0), std::chrono::milliseconds(0));
}

int Server::port() const { return parts_->port; }

const AccessTable& Server::access_table() const { return parts_->authorizer->table(); }

absl::Status Server::ReadyState() const { return parts_->housekeeping->ReadyState(); }

void Server::RecheckStreams() { parts_->dispatcher->RecheckStreams(); }

void Server::Drain(std::chrono::milliseconds pause, std::chrono::milliseconds grace) {
  parts_->drained = true;
  telemetry::Info("server_draining");
  parts_->housekeeping->GoNotServing();
  std::this_thread::sleep_for(pause);
  parts_->dispatcher->EndStreams();
  parts_->housekeeping->Stop();
  {
    const std::jthread giving_up([this, grace](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any wake;
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, grace, [] { return false; });
      if (!stop.stop_requested()) parts_->dispatcher->GiveUp();
    });
    // Returns when every call has ended. gRPC cuts off what outlives its deadline, which is later
    // than the grace so that answers still reach the callers.
    parts_->server->Shutdown(After(grace + kLastAnswers));
  }
  parts_->options.executor->Drain();
  parts_->server->Wait();
  telemetry::Info("server_stopped");
}

}  // namespace kp::rpc
