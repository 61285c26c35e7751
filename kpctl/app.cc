#include "kpctl/app.h"

#include <algorithm>

#include "base/error.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/runtime/command_line.h"

namespace kp::kpctl {
namespace {

void AddGlobals(CLI::App& app, Globals& globals) {
  app.add_option("--as", globals.as,
                 "Directory with tls.crt, tls.key, ca.crt: who is calling [KPCTL_AS]")
      ->type_name("DIR");
  app.add_option("--server", globals.server,
                 "Server to call [KPCTL_SERVER, KPCTL_REGISTRY, KPCTL_BRIDGE]")
      ->type_name("HOST:PORT");
  app.add_option("--server-id", globals.server_id,
                 "Identity that the server must show; by default the certificate-svc of the own "
                 "trust domain [KPCTL_REGISTRY_ID, KPCTL_BRIDGE_ID]")
      ->type_name("SPIFFE");
  app.add_option("--anchors", globals.anchors,
                 "CA certificates: a directory with <trust domain>.crt for each domain, or one "
                 "[DOMAIN=]FILE [KPCTL_ANCHORS]")
      ->type_name("DIR|FILE");
  app.add_option("--output", globals.output, "table (default) or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORM");
  app.add_option("--timeout", globals.timeout_seconds, "Seconds that a call may take (default 30)")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("SECONDS");
}

// Looked for by hand: a mistake ends the parsing before the flag's value is stored.
bool AsksForJson(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--output=json") return true;
    if (arguments[i] == "--output" && i + 1 < arguments.size() && arguments[i + 1] == "json") {
      return true;
    }
  }
  return false;
}

// Help, the version, or what is wrong with the command line.
int Explain(const CLI::App& app, const CLI::ParseError& error, bool json, Context& context) {
  const bool version = error.get_name() == "CallForVersion";
  const bool wrong = error.get_exit_code() != 0;
  if (json && version) {
    PrintJson(context.out, {{"version", runtime::VersionLine("kpctl")}});
  } else if (json && wrong) {
    PrintError(context.err, json, "",
               MakeError(absl::StatusCode::kInvalidArgument, "COMMAND_LINE_WRONG", error.what()),
               "");
  } else {
    app.exit(error, context.out, context.err);
  }
  return wrong ? kExitWrongUsage : kExitDone;  // CLI11 has a number for each mistake
}

}  // namespace

std::unique_ptr<CLI::App> MakeApp(Context& context, Selected& selected) {
  auto app = std::make_unique<CLI::App>(
      "Command line of the Kimberley Process mesh. It acts with the identity that --as names and "
      "has no right beyond it.",
      "kpctl");
  app->set_version_flag("--version", runtime::VersionLine("kpctl"));
  app->fallthrough();
  app->require_subcommand(1);
  app->footer(
      "Exit codes: 0 done, ACCEPT; 1 failed; 2 wrong usage or faulty input; 10 REFER; 11 REJECT, "
      "refused; 12 UNAVAILABLE, pending.\nExample:\n  kpctl verify BW0000001 --purpose import "
      "--help");
  AddGlobals(*app, context.globals);
  Registrar registrar(*app, context, selected);
  AddPki(registrar);
  AddTrust(registrar);
  AddRegistry(registrar);
  AddCertificate(registrar);
  AddNumbers(registrar);
  AddSource(registrar);
  AddStatistics(registrar);
  AddCase(registrar);
  AddTechnical(registrar);
  AddVerify(registrar);
  AddVerifyList(registrar);
  AddUse(registrar);
  AddTransit(registrar);
  AddDeclaration(registrar);
  AddAdministration(registrar);
  AddWorklist(registrar);
  AddFsck(registrar);
  AddArchive(registrar);
  AddHealth(registrar);
  AddAccessTable(registrar);
  return app;
}

int Run(const std::vector<std::string>& arguments, Context& context) {
  Selected selected;
  const std::unique_ptr<CLI::App> app = MakeApp(context, selected);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app->parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return Explain(*app, error, AsksForJson(arguments), context);
  }
  const absl::StatusOr<int> code = selected.verb();
  if (code.ok()) return *code;
  PrintError(context.err, context.json(), selected.name, code.status(), context.request_id());
  return ExitCodeOf(code.status());
}

}  // namespace kp::kpctl
