#include "mesh/runtime/command_line.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "kp_version.h"
#include "mesh/runtime/process.h"

namespace kp::runtime {

std::string VersionLine(const std::string& program) {
  return absl::StrCat(program, " ", KP_VERSION, " (", KP_COMMIT, ")");
}

CommandLineResult ParseCommandLine(const std::string& program, const std::string& description,
                                   int argc, const char* const* argv) {
  SilenceProtobuf();
  CommandLineResult result;
  CLI::App app(description, program);
  app.add_option("--config", result.line.config, "The configuration, a textproto file")
      ->required()
      ->type_name("FILE");
  app.add_flag("--check-config", result.line.check_config,
               "Read and check the configuration and all it names, then end");
  app.set_version_flag("--version", VersionLine(program));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has a number for each mistake; of a service one is enough.
    result.exit_code = app.exit(error) == 0 ? 0 : 1;
  }
  return result;
}

}  // namespace kp::runtime
