// The command line as a whole.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "kpctl/context.h"

namespace kp::kpctl {

// The application with every verb; `selected` is set by parsing. Both references outlive it.
std::unique_ptr<CLI::App> MakeApp(Context& context, Selected& selected);

// Parses, does what was asked, prints; returns the exit code (exit_codes.h). `arguments` without
// the program's name.
int Run(const std::vector<std::string>& arguments, Context& context);

}  // namespace kp::kpctl
