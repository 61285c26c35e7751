#include "kpctl/context.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::kpctl {

const std::string& Context::RequestId(const std::string& given) {
  request_id_ = given.empty() ? ids.NewUuid() : given;
  return request_id_;
}

absl::Status Context::Show(const google::protobuf::Message& message,
                           const std::function<void()>& human) {
  if (!json()) return ShowJson({}, human);
  KP_ASSIGN_OR_RETURN(nlohmann::json object, ToJson(message));
  return ShowJson(std::move(object), human);
}

absl::Status Context::ShowJson(nlohmann::json object, const std::function<void()>& human) {
  if (json()) {
    if (!request_id_.empty()) object["request_id"] = request_id_;
    PrintJson(out, object);
    return absl::OkStatus();
  }
  human();
  if (!request_id_.empty()) out << "request id: " << request_id_ << '\n';
  return absl::OkStatus();
}

absl::StatusOr<std::string> Context::ReadFile(const std::string& path, size_t limit) const {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(absl::StatusCode::kNotFound, "FILE_UNREADABLE",
                     absl::StrCat(path, " cannot be read"));
  }
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || bytes.size() > limit) {
    return MakeError(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE",
                     absl::StrCat(path, " is no file of at most ", limit, " bytes"));
  }
  return bytes;
}

CLI::App* Registrar::Group(const std::string& name, const std::string& description) {
  CLI::App* group = app_.add_subcommand(name, description);
  group->require_subcommand(1);
  group->footer("");  // not the application's, which it would inherit
  return group;
}

CLI::App* Registrar::Add(CLI::App* group, const std::string& name, const std::string& description,
                         const std::string& example, Verb verb) {
  CLI::App* app = (group == nullptr ? &app_ : group)->add_subcommand(name, description);
  app->footer("Example:\n  " + example);
  // A group shows its first verb's.
  if (group != nullptr && group->get_footer().empty()) group->footer(app->get_footer());
  const std::string full = group == nullptr ? name : group->get_name() + " " + name;
  app->callback([this_selected = &selected_, full, verb = std::move(verb)] {
    this_selected->name = full;
    this_selected->verb = verb;
  });
  return app;
}

void AddRequestId(CLI::App* verb, std::string& request_id) {
  verb->add_option("--request-id", request_id,
                   "UUID of this act; repeat a call with the id it printed to get the same result")
      ->type_name("UUID");
}

}  // namespace kp::kpctl
