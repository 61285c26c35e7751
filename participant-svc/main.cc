// kp-participant-svc: the scheme's registry.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "kp/registry/v1/change_service.pb.h"
#include "kp/registry/v1/notice_service.pb.h"
#include "kp/registry/v1/report_service.pb.h"
#include "mesh/node/node.h"
#include "mesh/runtime/command_line.h"
#include "mesh/runtime/config.h"
#include "mesh/runtime/process.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/signer.h"
#include "mesh/store/database.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/metrics.h"
#include "mesh/telemetry/names.h"
#include "mesh/tls/policy.h"
#include "participant-svc/config.pb.h"
#include "participant-svc/domain/publisher.h"
#include "participant-svc/domain/registry.h"
#include "participant-svc/rpc/publication_service.h"
#include "participant-svc/rpc/registry_service.h"
#include "participant-svc/store/document_store.h"
#include "participant-svc/store/schema.h"

namespace kp::participant {
namespace {

constexpr char kProgram[] = "kp-participant-svc";
constexpr char kFreshnessFailures[] = "kp_freshness_failures_total";

absl::Status CheckConfig(const Config& config, const Clock& clock) {
  KP_RETURN_IF_ERROR(node::CheckNodeConfig(config.node(), clock));
  if (config.database().empty()) return absl::InvalidArgumentError("database is required");
  if (config.signing_key_file().empty()) {
    return absl::InvalidArgumentError("signing_key_file is required");
  }
  if (config.node().trust().own_party() != config.node().trust().registry_party()) {
    return absl::InvalidArgumentError("node.trust.own_party must be the registry_party");
  }
  if (config.node().trust().has_source()) {
    return absl::InvalidArgumentError("node.trust.source must be absent at the registry");
  }
  return statement::PrivateKey::FromPemFile(config.signing_key_file()).status();
}

PublisherOptions ReadPublisherOptions(const Config& config, telemetry::Metrics& metrics) {
  PublisherOptions options;
  if (config.freshness_valid_seconds() > 0) {
    options.freshness_valid = absl::Seconds(config.freshness_valid_seconds());
  }
  if (config.heartbeat_seconds() > 0) {
    options.heartbeat = std::chrono::seconds(config.heartbeat_seconds());
  }
  auto& failures = metrics.AddCounter(kFreshnessFailures,
                                      "Freshness statements that could not be made or published.");
  options.on_failure = [&failures](const absl::Status& why) {
    failures.Increment();
    telemetry::Error("freshness_failed", {{telemetry::kLogError, why}});
  };
  return options;
}

absl::Status Run(const runtime::CommandLine& line, runtime::Signals& signals) {
  KP_ASSIGN_OR_RETURN(const Config config, runtime::LoadTextprotoConfig<Config>(line.config));
  const std::unique_ptr<Clock> clock = node::MakeClock(config.node());
  telemetry::InitLogging(kProgram, *clock);
  KP_RETURN_IF_ERROR(CheckConfig(config, *clock));
  if (line.check_config) return absl::OkStatus();

  telemetry::Metrics metrics(kProgram);
  store::Options database_options;
  database_options.connection = config.database();
  KP_ASSIGN_OR_RETURN(const std::unique_ptr<store::Database> database,
                      store::Database::Open(std::move(database_options), *clock, {Schema()}));
  KP_ASSIGN_OR_RETURN(const std::unique_ptr<node::Node> node,
                      node::Node::Create({.config = config.node(),
                                          .clock = clock.get(),
                                          .metrics = &metrics,
                                          .documents = MakeDocumentStore(*database),
                                          .check_parts = CheckParts}));

  KP_ASSIGN_OR_RETURN(statement::PrivateKey key,
                      statement::PrivateKey::FromPemFile(config.signing_key_file()));
  Publisher publisher(node->trust(), std::make_shared<statement::LocalSigner>(std::move(key)),
                      SystemRandom(), *clock, ReadPublisherOptions(config, metrics));
  RegistrySource registry(node->trust());
  PublicationServiceHandlers publication(publisher);
  RegistryServiceHandlers reading(registry);

  // Not served yet: every method answers UNIMPLEMENTED to those who may call it. (Naming a message of
  // each file keeps the linker from dropping it.)
  rpc::Service changes(
      registry::v1::ProposeChangeRequest::descriptor()->file()->service(0)->full_name());
  rpc::Service reports(
      registry::v1::FileReportRequest::descriptor()->file()->service(0)->full_name());
  rpc::Service notices(
      registry::v1::FileNoticeRequest::descriptor()->file()->service(0)->full_name());

  const auto ready = [&](std::string_view) -> absl::Status {
    if (!database->Writable()) return absl::UnavailableError("the database cannot be written");
    return publisher.Ready();
  };
  KP_ASSIGN_OR_RETURN(const std::unique_ptr<node::Serving> serving,
                      node->Serve({.services = {&publication.service(), &reading.service(),
                                                &changes, &reports, &notices},
                                   .trust_service = true,
                                   .readiness = ready,
                                   .max_receive_message_bytes = kMaxPublicationBytes}));
  signals.WaitForStop();
  serving->Stop();
  telemetry::Info("stopped");
  return absl::OkStatus();
}

}  // namespace
}  // namespace kp::participant

int main(int argc, char** argv) {
  using namespace kp;
  runtime::Signals signals;
  absl::Status status = tls::InstallTlsPolicy();
  if (status.ok()) {
    const auto parsed =
        runtime::ParseCommandLine(participant::kProgram, "The scheme's registry.", argc, argv);
    if (parsed.exit_code >= 0) return parsed.exit_code;
    status = participant::Run(parsed.line, signals);
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s: %s\n", participant::kProgram, std::string(status.message()).c_str());
  return 1;
}
