// kp-certificate-svc: the register and the gateway of one issuing entity.

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/config.pb.h"
#include "certificate-svc/domain/answerer.h"
#include "certificate-svc/domain/cases.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/delivery.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/life.h"
#include "certificate-svc/domain/numbers.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/register.h"
#include "certificate-svc/domain/retention.h"
#include "certificate-svc/domain/seal.h"
#include "certificate-svc/domain/seal_later.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/statistics.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/transits.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/domain/verifier.h"
#include "certificate-svc/domain/worklist.h"
#include "certificate-svc/metrics.h"
#include "certificate-svc/rpc/handlers.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/schema.h"
#include "mesh/node/node.h"
#include "mesh/outbox/dispatcher.h"
#include "mesh/outbox/outbox.h"
#include "mesh/runtime/command_line.h"
#include "mesh/runtime/config.h"
#include "mesh/runtime/process.h"
#include "mesh/statement/signer.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "mesh/tls/policy.h"

namespace kp::certificate {
namespace {

constexpr char kService[] = "kp-certificate-svc";

absl::Status CheckDatabase(const std::string& database) {
  constexpr absl::string_view kSqlite = "sqlite3://";
  if (database.starts_with("postgresql://")) return absl::OkStatus();
  if (!database.starts_with(std::string(kSqlite))) {
    return absl::InvalidArgumentError("database must be sqlite3://<file> or postgresql://<...>");
  }
  const std::filesystem::path folder =
      std::filesystem::path(database.substr(kSqlite.size())).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("database: there is no directory ", folder.string()));
  }
  return absl::OkStatus();
}

absl::Status CheckConfig(const config::Config& config, const Clock& clock) {
  KP_RETURN_IF_ERROR(node::CheckNodeConfig(config.node(), clock));
  KP_RETURN_IF_ERROR(CheckDatabase(config.database()));
  const auto most = [](uint32_t value, uint32_t limit, const char* key) {
    return value <= limit ? absl::OkStatus()
                          : absl::InvalidArgumentError(absl::StrCat(key, " is above ", limit));
  };
  KP_RETURN_IF_ERROR(most(config.reservation_days(), 3650, "reservation_days"));
  KP_RETURN_IF_ERROR(most(config.confirmation_days(), 3650, "confirmation_days"));
  KP_RETURN_IF_ERROR(most(config.retention_years(), 100, "retention_years"));
  KP_RETURN_IF_ERROR(most(config.wrong_tries(), 1000, "wrong_tries"));
  KP_RETURN_IF_ERROR(most(config.issuer_deadline_ms(), 60'000, "issuer_deadline_ms"));
  KP_RETURN_IF_ERROR(most(config.outbox().max_age_hours(), 87'600, "outbox.max_age_hours"));
  for (int i = 0; i < config.first_administrators_size(); ++i) {
    const config::Administrator& person = config.first_administrators(i);
    const auto id = identity::SpiffeId::Parse(person.spiffe_id());
    if (!id.ok() || id->role() != access::v1::ROLE_OFFICER || person.person().empty() ||
        person.authority().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("first_administrators[", i, "] needs spiffe://<own domain>/officer/<name>, "
                                                   "person and authority"));
    }
  }
  KP_RETURN_IF_ERROR(statement::PrivateKey::FromPemFile(config.signing_key_file()).status());
  return scheme::EntityCode::Parse(config.node().trust().own_party()).status();
}

outbox::DispatcherOptions DispatcherOptionsOf(const config::Config& config) {
  outbox::DispatcherOptions options;
  if (!config.replica().empty()) options.owner = config.replica();
  if (config.outbox().first_pause_ms() > 0) {
    options.first_pause = absl::Milliseconds(config.outbox().first_pause_ms());
  }
  if (config.outbox().max_pause_ms() > 0) {
    options.max_pause = absl::Milliseconds(config.outbox().max_pause_ms());
  }
  return options;
}

// The node can sign with a key that the trust documents know, and store.
absl::Status CheckReady(const Environment& env) {
  if (!env.database.Writable()) return absl::UnavailableError("the database cannot be written");
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  const absl::Time now = env.clock.Now();
  KP_RETURN_IF_ERROR(view->trust->Key(env.entity.text(), env.signer.KeyId(), now).status());
  v1::RegisterEvent probe;
  return env.signer.Sign(EventContentType(), probe, std::nullopt, now).status();
}

absl::Status Run(const runtime::CommandLine& line, runtime::Signals& signals) {
  KP_ASSIGN_OR_RETURN(const auto config, runtime::LoadTextprotoConfig<config::Config>(line.config));
  const std::unique_ptr<Clock> clock = node::MakeClock(config.node());
  if (absl::Status status = CheckConfig(config, *clock); !status.ok() || line.check_config) {
    return status;
  }
  telemetry::InitLogging(kService, *clock);
  telemetry::Metrics metrics(kService);
  ServiceMetrics service_metrics(metrics);

  KP_ASSIGN_OR_RETURN(auto node, node::Node::Create({.config = config.node(),
                                                     .clock = clock.get(),
                                                     .metrics = &metrics,
                                                     .documents = nullptr,
                                                     .check_parts = CheckSchemeParts}));
  store::Options store_options;
  store_options.connection = config.database();
  store_options.on_later_failure = [&](const absl::Status& status) {
    service_metrics.answer_copies_lost.Increment();
    telemetry::Error("answer_copy_lost", {{telemetry::kLogError, status}});
  };
  KP_ASSIGN_OR_RETURN(auto database,
                      store::Database::Open(std::move(store_options), *clock,
                                            {outbox::OutboxSchema(), CertificateSchema()}));
  KP_RETURN_IF_ERROR(FillExpiryDays(*database));
  KP_ASSIGN_OR_RETURN(auto key, statement::PrivateKey::FromPemFile(config.signing_key_file()));
  const statement::StatementSigner signer(node->party(),
                                          std::make_shared<statement::LocalSigner>(std::move(key)),
                                          SystemRandom());
  KP_ASSIGN_OR_RETURN(const auto entity, scheme::EntityCode::Parse(node->party()));
  const store::EventLog events(*database, entity.text());
  const absl::Duration max_age = config.outbox().max_age_hours() > 0
                                     ? absl::Hours(config.outbox().max_age_hours())
                                     : absl::Hours(14 * 24);
  outbox::Outbox outbox(*database, *clock, SystemIds(), max_age);
  const SchemeSource scheme_source(node->trust());
  const int confirmation_days =
      config.confirmation_days() > 0 ? static_cast<int>(config.confirmation_days()) : 30;
  Environment env{entity, *clock,        *database, events,           outbox, node->trust(),
                  scheme_source, signer, SystemIds(), confirmation_days};

  SealRowsOfWrites(env);
  KP_RETURN_IF_ERROR(SealRowsFound(env));

  OfficerRegister officers(env, node->id().trust_domain());
  std::vector<v1::OfficerEntry> administrators;
  for (const config::Administrator& person : config.first_administrators()) {
    v1::OfficerEntry& entry = administrators.emplace_back();
    entry.set_spiffe_id(person.spiffe_id());
    entry.set_person(person.person());
    entry.set_display_name(person.display_name());
    entry.set_authority(person.authority());
    entry.add_powers(access::v1::POWER_ADMINISTER);
  }
  KP_RETURN_IF_ERROR(officers.Bootstrap(administrators));

  Register records(env, officers, confirmation_days);
  Life life(env, officers);
  Sources sources(env, officers);
  SerialRanges serial_ranges(env, officers);
  Statistics statistics(env, officers);
  Answerer answerer(
      env, {.wrong_tries = config.wrong_tries() > 0 ? static_cast<int>(config.wrong_tries()) : 3});
  ExchangeClient exchange(node->clients());
  VerifierOptions verifier_options;
  if (config.issuer_deadline_ms() > 0) {
    verifier_options.issuer_deadline = std::chrono::milliseconds(config.issuer_deadline_ms());
  }
  verifier_options.on_bad_answer = [&](const std::string&, const absl::Status&) {
    service_metrics.bad_answers.Increment();
  };
  Verifier verifier(env, answerer, exchange, std::move(verifier_options));
  Uses uses(env, officers);
  Cases cases(env, officers);
  Technicals technicals(env, officers);
  ImportBook imports(env, officers);
  Transits transits(env, officers);
  Confirmations confirmations(env, officers);
  Worklist worklist(env, officers);
  Receiver receiver(env, {.reservation = config.reservation_days() > 0
                                             ? absl::Hours(24 * config.reservation_days())
                                             : scheme::kDefaultReservation});
  Retention retention(
      env, officers,
      config.retention_years() > 0 ? static_cast<int>(config.retention_years()) : 5);
  Delivery delivery(env, exchange, verifier, uses);
  KP_ASSIGN_OR_RETURN(auto dispatcher, outbox::Dispatcher::Start(outbox, delivery, delivery,
                                                                 DispatcherOptionsOf(config)));
  node->OnPeerReady([&](const rpc::Peer& peer) {
    const auto snapshot = node->trust().snapshot();
    if (snapshot == nullptr) return;
    if (const auto* party = snapshot->PartyByDomain(peer.id.trust_domain()); party != nullptr) {
      dispatcher->PartnerReady(party->id());
    }
  });
  // The node outlives the dispatcher, also when serving fails below.
  const auto forget_peers = absl::MakeCleanup([&] { node->OnPeerReady(nullptr); });

  Watches watches(env);
  Handlers handlers({env, records, life, sources, serial_ranges, statistics, officers, answerer,
                     verifier, uses, receiver, watches, retention, cases, technicals,
                     imports, transits, confirmations, worklist});
  KP_ASSIGN_OR_RETURN(auto serving,
                      node->Serve({.services = handlers.services(),
                                   .trust_service = true,
                                   .readiness = [&](std::string_view) { return CheckReady(env); },
                                   .powers = &officers}));
  const OutboxMetrics outbox_metrics(metrics, outbox);
  const CaseMetrics case_metrics(metrics, *database);
  const SealLater seal_later(env);
  signals.WaitForStop();
  serving->Stop();
  // What is still being delivered is delivered again after the next start.
  node->clients().CancelCalls();
  return absl::OkStatus();
}

}  // namespace
}  // namespace kp::certificate

int main(int argc, char** argv) {
  kp::runtime::Signals signals;
  if (absl::Status status = kp::tls::InstallTlsPolicy(); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  const kp::runtime::CommandLineResult parsed = kp::runtime::ParseCommandLine(
      kp::certificate::kService, "The register and the gateway of one issuing entity.", argc, argv);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (absl::Status status = kp::certificate::Run(parsed.line, signals); !status.ok()) {
    std::fprintf(stderr, "%s: %s\n", kp::certificate::kService, status.ToString().c_str());
    return 1;
  }
  return 0;
}
