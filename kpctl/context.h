// What every verb of kpctl is given: the global flags, where to print, and how a call ends.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "google/protobuf/message.h"
#include "kpctl/exit_codes.h"
#include "kpctl/output.h"

namespace kp::kpctl {

// Flags that stand before or after any verb. Empty where the flag was not given.
struct Globals {
  std::string as;         // --as: directory with tls.crt, tls.key, ca.crt
  std::string server;     // --server: "host:port"
  std::string server_id;  // --server-id
  std::string anchors;    // --anchors: a directory, FILE, or DOMAIN=FILE
  std::string output = "table";
  double timeout_seconds = 30;
};

// Of one run of kpctl; one thread.
class Context final {
 public:
  // The value of an environment variable; empty when it is not set.
  using Environment = std::function<std::string(const char* name)>;

  // All references outlive it.
  Context(std::ostream& to_out, std::ostream& to_err, const Clock& with_clock,
          IdSource& with_ids, Environment from)
      : out(to_out), err(to_err), clock(with_clock), ids(with_ids), environment(std::move(from)) {}

  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  IdSource& ids;
  const Environment environment;
  Globals globals;

  // The id that the user gave, else a new one; told to the user whatever becomes of the call, so
  // that it can be repeated.
  const std::string& RequestId(const std::string& given);
  const std::string& request_id() const { return request_id_; }

  bool json() const { return globals.output == "json"; }

  // Under --output json prints the message, else calls `human`. A request id goes along either way.
  absl::Status Show(const google::protobuf::Message& message, const std::function<void()>& human);
  absl::Status ShowJson(nlohmann::json json, const std::function<void()>& human);

  // A whole file that the user named.
  absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) const;

 private:
  std::string request_id_;
};

// A verb: the exit code, or the error to be shown.
using Verb = std::function<absl::StatusOr<int>()>;

// What the command line asks for. Set by the callback of the subcommand that was called.
struct Selected {
  std::string name;  // "certificate apply"
  Verb verb;
};

// Adds subcommands with their flags to the application.
class Registrar final {
 public:
  Registrar(CLI::App& app, Context& context, Selected& selected)
      : app_(app), context_(context), selected_(selected) {}

  // A group ("pki") that needs a verb.
  CLI::App* Group(const std::string& name, const std::string& description);

  // A verb in `group`, or at the top where that is null. `example` is a command that can be copied.
  CLI::App* Add(CLI::App* group, const std::string& name, const std::string& description,
                const std::string& example, Verb verb);

  Context& context() const { return context_; }

 private:
  CLI::App& app_;
  Context& context_;
  Selected& selected_;
};

// --request-id on a verb that writes.
void AddRequestId(CLI::App* verb, std::string& request_id);

}  // namespace kp::kpctl
