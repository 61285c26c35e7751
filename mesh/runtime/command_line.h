// The flags that every service has: --config FILE, --check-config, --version.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace kp::runtime {

struct CommandLine {
  std::string config;         // path; always set
  bool check_config = false;  // read and validate, then exit 0 without serving
};

// The first thing that every service does: silences protobuf (SilenceProtobuf), then parses the
// arguments. When the process is to end now (--help, --version, wrong usage: text
// printed) `exit_code` is set and the rest is empty.
struct CommandLineResult {
  CommandLine line;
  int exit_code = -1;  // -1: go on
};
CommandLineResult ParseCommandLine(const std::string& program, const std::string& description,
                                   int argc, const char* const* argv);

// "kp-certificate-svc 0.1.0 (commit)".
std::string VersionLine(const std::string& program);

}  // namespace kp::runtime
