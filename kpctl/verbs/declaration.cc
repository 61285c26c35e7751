// declaration submit|status.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/bridge/v1/bridge_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/tls/files.h"
#include "wco-bridge/wco/response.h"

namespace kp::kpctl {
namespace {

using bridge::v1::BridgeService;

constexpr size_t kMaxDeclaration = size_t{1} << 20;

struct SubmitFlags {
  std::string file, out;
};

// The response document in a table: errors and remarks with what they point at.
void PrintResponse(std::ostream& out, const std::string& document) {
  const absl::StatusOr<std::vector<wco::Response>> responses = wco::ParseResponse(document);
  if (!responses.ok()) {
    out << "the response document cannot be read: "
        << Printable(std::string(responses.status().message())) << '\n';
    return;
  }
  for (const wco::Response& response : *responses) {
    Facts facts;
    facts.Add("function code", response.function);
    facts.Add("LRN", response.lrn);
    facts.Add("MRN", response.mrn);
    facts.Print(out);
    Table table({"code", "pointer", "text"});
    for (const wco::ResponseError& error : response.errors) {
      table.Add({error.code, error.pointer.ToString(), error.description});
    }
    for (const wco::ResponseStatement& remark : response.statements) {
      table.Add({remark.code, remark.pointer.ToString(), remark.description});
    }
    if (!response.errors.empty() || !response.statements.empty()) table.Print(out);
  }
}

template <typename Response>
absl::StatusOr<int> ShowDeclaration(Context& context, const Response& response,
                                    const std::string& out) {
  if (!out.empty()) {
    KP_RETURN_IF_ERROR(tls::WriteFileByRename(out, response.response_document(), 0644));
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    context.out << "declaration: " << EnumText(response.state(), "DECLARATION_STATE_") << '\n';
    Facts facts;
    facts.Add("message", response.message_id());
    facts.Add("response document", out);
    facts.Print(context.out);
    PrintResponse(context.out, response.response_document());
  }));
  return ExitCodeOf(response.state());
}

absl::StatusOr<int> Submit(Context& context, const SubmitFlags& flags) {
  bridge::v1::SubmitDeclarationRequest request;
  KP_ASSIGN_OR_RETURN(*request.mutable_document(), context.ReadFile(flags.file, kMaxDeclaration));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kBridge));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&BridgeService::Stub::SubmitDeclaration, request));
  return ShowDeclaration(context, response, flags.out);
}

struct StatusFlags {
  std::string message, lrn, out;
};

absl::StatusOr<int> ShowStatus(Context& context, const StatusFlags& flags) {
  bridge::v1::GetMessageStatusRequest request;
  request.set_message_id(flags.message);
  request.set_functional_reference(flags.lrn);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kBridge));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&BridgeService::Stub::GetMessageStatus, request));
  return ShowDeclaration(context, response, flags.out);
}

}  // namespace

void AddDeclaration(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "declaration",
      "WCO declarations (as customs). Exit code: 0 accepted, 10 control, 11 rejected");
  auto submit = std::make_shared<SubmitFlags>();
  CLI::App* verb =
      registrar.Add(group, "submit", "Sends a declaration to the entity's bridge (as customs)",
                    "kpctl declaration submit declaration.xml --out response.xml",
                    [&context, submit] { return Submit(context, *submit); });
  verb->add_option("FILE", submit->file, "WCO declaration, XML, at most 1 MiB")->required();
  verb->add_option("--out", submit->out, "Where the response document is written")
      ->type_name("FILE");

  auto status = std::make_shared<StatusFlags>();
  verb = registrar.Add(group, "status", "The latest response to a declaration (as customs)",
                       "kpctl declaration status --reference 2026-EU-000017",
                       [&context, status] { return ShowStatus(context, *status); });
  CLI::Option_group* which = verb->add_option_group("declaration");
  which->add_option("MESSAGE", status->message, "The message id that submit printed");
  which->add_option("--reference", status->lrn, "The declaration's own reference (LRN)")
      ->type_name("LRN");
  which->require_option(1);
  verb->add_option("--out", status->out, "Where the response document is written")
      ->type_name("FILE");
}

}  // namespace kp::kpctl
