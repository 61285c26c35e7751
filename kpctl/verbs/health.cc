#include <memory>

#include "base/error.h"
#include "kpctl/connection.h"
#include "kpctl/services.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/rpc/access_table.h"

namespace kp::kpctl {
namespace {

struct HealthFlags {
  std::string address, service;
};

absl::StatusOr<int> ShowHealth(Context& context, const HealthFlags& flags) {
  if (!flags.address.empty()) context.globals.server = flags.address;
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  std::vector<std::string> names = {""};
  if (!flags.service.empty()) {
    names = {flags.service};
  } else {
    for (const auto* service : AllServices()) names.push_back(service->full_name());
  }
  bool serving = true;
  nlohmann::json json = nlohmann::json::object();
  Table table({"service", "health", "why not"});
  for (const std::string& name : names) {
    const absl::Status health =
        connection->pool().CheckHealth(connection->peer(), name, connection->Options());
    // Not every server has every service.
    if (health.code() == absl::StatusCode::kNotFound && flags.service.empty()) continue;
    if (!health.ok() && health.code() != absl::StatusCode::kUnavailable) return health;
    serving = serving && health.ok();
    const std::string shown = name.empty() ? "(the server as a whole)" : name;
    json[name] = health.ok() ? "SERVING" : "NOT_SERVING";
    table.Add({shown, health.ok() ? "SERVING" : "NOT_SERVING",
               health.ok() ? "" : std::string(connection->Explained(health).message())});
    if (name.empty() && !health.ok()) break;
  }
  KP_RETURN_IF_ERROR(context.ShowJson({{"address", connection->peer().address}, {"services", json}},
                                      [&] { table.Print(context.out); }));
  return serving ? kExitDone : kExitFailed;
}

absl::StatusOr<int> ShowAccessTable(Context& context, bool markdown) {
  KP_ASSIGN_OR_RETURN(const rpc::AccessTable access, rpc::AccessTable::Build(AllServices()));
  if (markdown && !context.json()) {
    context.out << access.ToMarkdown();
    return kExitDone;
  }
  nlohmann::json json = nlohmann::json::array();
  Table table({"method", "who", "from", "power"});
  for (const rpc::AccessTable::Row& row : access.rows()) {
    KP_ASSIGN_OR_RETURN(nlohmann::json rule, ToJson(row.access));
    json.push_back({{"method", row.method}, {"access", rule}});
    if (row.access.any_identity()) table.Add({row.method, "any identity of the mesh", "any", ""});
    for (const access::v1::Grant& grant : row.access.grants()) {
      std::string powers;
      for (const int power : grant.powers()) {
        if (!powers.empty()) powers += " or ";
        powers += EnumText(static_cast<access::v1::Power>(power), "POWER_");
      }
      table.Add({row.method, EnumText(grant.role(), "ROLE_"), EnumText(grant.domain(), "DOMAIN_"),
                 powers});
    }
  }
  KP_RETURN_IF_ERROR(context.ShowJson({{"methods", json}}, [&] { table.Print(context.out); }));
  return kExitDone;
}

}  // namespace

void AddHealth(Registrar& registrar) {
  Context& context = registrar.context();
  auto flags = std::make_shared<HealthFlags>();
  CLI::App* verb = registrar.Add(
      nullptr, "health", "Whether a server can do its work; exit code 0 only if it is SERVING",
      "kpctl health 127.0.0.1:7101 --server-id spiffe://bw.kp.example/certificate-svc",
      [&context, flags] { return ShowHealth(context, *flags); });
  verb->add_option("ADDR", flags->address, "Server to ask; as --server");
  verb->add_option("--service", flags->service, "Only this service, by its full name")
      ->type_name("NAME");
}

void AddAccessTable(Registrar& registrar) {
  Context& context = registrar.context();
  auto markdown = std::make_shared<bool>(false);
  CLI::App* verb = registrar.Add(
      nullptr, "access-table", "Who may call which method, as servers of this build enforce it",
      "kpctl access-table --markdown > docs/access-table.md",
      [&context, markdown] { return ShowAccessTable(context, *markdown); });
  verb->add_flag("--markdown", *markdown, "As a Markdown table");
}

}  // namespace kp::kpctl
