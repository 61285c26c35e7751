// kp-wco-bridge: WCO declarations of the customs administrations that act for one entity.

#include <cstdio>

#include "base/error.h"
#include "mesh/node/node.h"
#include "mesh/runtime/command_line.h"
#include "mesh/runtime/config.h"
#include "mesh/runtime/process.h"
#include "mesh/telemetry/log.h"
#include "mesh/tls/policy.h"
#include "wco-bridge/config.pb.h"
#include "wco-bridge/domain/declarations.h"
#include "wco-bridge/domain/home_client.h"
#include "wco-bridge/store/messages.h"

namespace kp::bridge {
namespace {

constexpr char kService[] = "kp-wco-bridge";
// A declaration of at most 1 MiB, and its frame.
constexpr int kMaxRequestBytes = (1 << 20) + (64 << 10);

// The customs administration behind the handshake: its trust domain's owner, never a field.
absl::StatusOr<std::string> PartnerOf(node::Node& node, const identity::SpiffeId& caller) {
  KP_ASSIGN_OR_RETURN(const auto snapshot, node.trust().Usable());
  const trust::v1::Party* party = snapshot->PartyByDomain(caller.trust_domain());
  if (party == nullptr) {
    return absl::PermissionDeniedError("the caller's trust domain belongs to no party");
  }
  return party->id();
}

absl::Status Run(const runtime::CommandLine& line, runtime::Signals& signals) {
  KP_ASSIGN_OR_RETURN(const auto config, runtime::LoadTextprotoConfig<config::Config>(line.config));
  const std::unique_ptr<Clock> clock = node::MakeClock(config.node());
  KP_RETURN_IF_ERROR(node::CheckNodeConfig(config.node(), *clock));
  if (config.database().empty()) return absl::InvalidArgumentError("database is required");
  std::unique_ptr<wco::Schema> schema;
  if (!config.declaration_schema_file().empty()) {
    KP_ASSIGN_OR_RETURN(schema, wco::Schema::Load(config.declaration_schema_file()));
  }
  if (line.check_config) return absl::OkStatus();

  telemetry::InitLogging(kService, *clock);
  telemetry::Metrics metrics(kService);
  KP_ASSIGN_OR_RETURN(auto node, node::Node::Create({.config = config.node(),
                                                     .clock = clock.get(),
                                                     .metrics = &metrics,
                                                     .documents = nullptr,
                                                     .check_parts = nullptr}));
  store::Options store_options;
  store_options.connection = config.database();
  KP_ASSIGN_OR_RETURN(auto database,
                      store::Database::Open(std::move(store_options), *clock, {BridgeSchema()}));
  HomeClient home(*node);
  DeclarationOptions options;
  if (config.home_deadline_ms() > 0) {
    options.home_deadline = std::chrono::milliseconds(config.home_deadline_ms());
  }
  options.profiles = {wco::PlainProfile()};
  Declarations declarations(*database, *clock, SystemIds(), home, schema.get(),
                            std::move(options));

  rpc::Service service("kp.bridge.v1.BridgeService");
  service.Unary<v1::SubmitDeclarationRequest, v1::SubmitDeclarationResponse>(
      "SubmitDeclaration", rpc::Lane::kWork,
      [&](rpc::CallContext& call, const auto& in, auto& out) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const std::string partner, PartnerOf(*node, call.caller()));
        KP_ASSIGN_OR_RETURN(out, declarations.Submit(partner, in.document(),
                                                     rpc::CallOptions::Within(call)));
        return absl::OkStatus();
      });
  service.Unary<v1::GetMessageStatusRequest, v1::GetMessageStatusResponse>(
      "GetMessageStatus", rpc::Lane::kFast,
      [&](rpc::CallContext& call, const auto& in, auto& out) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const std::string partner, PartnerOf(*node, call.caller()));
        KP_ASSIGN_OR_RETURN(out, declarations.Status(partner, in));
        return absl::OkStatus();
      });
  KP_ASSIGN_OR_RETURN(
      auto serving,
      node->Serve({.services = {&service},
                   .readiness =
                       [&](std::string_view) {
                         return database->Writable()
                                    ? absl::OkStatus()
                                    : absl::UnavailableError("the database cannot be written");
                       },
                   .max_receive_message_bytes = kMaxRequestBytes}));
  signals.WaitForStop();
  serving->Stop();
  return absl::OkStatus();
}

}  // namespace
}  // namespace kp::bridge

int main(int argc, char** argv) {
  kp::runtime::Signals signals;
  if (absl::Status status = kp::tls::InstallTlsPolicy(); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  const kp::runtime::CommandLineResult parsed = kp::runtime::ParseCommandLine(
      kp::bridge::kService, "The customs bridge of one issuing entity.", argc, argv);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (absl::Status status = kp::bridge::Run(parsed.line, signals); !status.ok()) {
    std::fprintf(stderr, "%s: %s\n", kp::bridge::kService, status.ToString().c_str());
    return 1;
  }
  return 0;
}
