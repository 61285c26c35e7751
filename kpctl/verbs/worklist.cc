// worklist: what waits for the officer who asks.
#include <algorithm>
#include <memory>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "kp/certificate/v1/worklist_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/verbs/verbs.h"
#include "kpctl/work_command.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

// Kinds as they are written on the command line: "confirmation-missing".
std::string KindName(cert::WorkKind kind) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(EnumText(kind, "WORK_KIND_")), {{"_", "-"}});
}

std::map<std::string, cert::WorkKind> KindsByName() {
  std::map<std::string, cert::WorkKind> kinds;
  const auto& type = *google::protobuf::GetEnumDescriptor<cert::WorkKind>();
  for (int i = 0; i < type.value_count(); ++i) {
    const auto kind = static_cast<cert::WorkKind>(type.value(i)->number());
    if (kind != cert::WORK_KIND_UNSPECIFIED) kinds.emplace(KindName(kind), kind);
  }
  return kinds;
}

absl::StatusOr<int> Show(Context& context, const std::vector<cert::WorkKind>& kinds) {
  cert::ListWorkItemsRequest request;
  for (const cert::WorkKind kind : kinds) request.add_kinds(kind);
  request.set_page_size(500);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &cert::WorklistService::Stub::ListWorkItems, request,
                               [](auto& all, auto& page) {
                                 all.mutable_items()->MergeFrom(page.items());
                               }));
  // Within a kind what is due first stands first; what is not due on any day, last.
  std::vector<cert::WorkItem> items(response.items().begin(), response.items().end());
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.kind(), a.due_date().empty(), a.due_date()) <
           std::tuple(b.kind(), b.due_date().empty(), b.due_date());
  });
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    int overdue = 0;
    Table table({"work", "number", "with", "since", "due", "late", "command"});
    for (const cert::WorkItem& item : items) {
      if (item.days_overdue() > 0) ++overdue;
      table.Add({KindName(item.kind()), item.subject(), item.partner(), item.since_date(),
                 item.due_date(),
                 item.days_overdue() > 0 ? absl::StrCat(item.days_overdue(), " d") : "",
                 CommandOf(item)});
    }
    if (response.items().empty()) {
      context.out << "nothing waits for you on " << response.today() << '\n';
      return;
    }
    table.Print(context.out);
    context.out << '\n'
                << response.items_size() << " waiting on " << response.today() << ", " << overdue
                << " of them overdue\n";
  }));
  return kExitDone;
}

}  // namespace

void AddWorklist(Registrar& registrar) {
  Context& context = registrar.context();
  auto kinds = std::make_shared<std::vector<cert::WorkKind>>();
  CLI::App* verb = registrar.Add(
      nullptr, "worklist",
      "What waits for you today, by your powers: since when, due when, and the command that does it",
      "kpctl worklist --kind validate --kind export", [&context, kinds] { return Show(context, *kinds); });
  verb->add_option("--kind", *kinds, "Only this kind of work; repeatable")
      ->transform(CLI::CheckedTransformer(KindsByName()))
      ->type_name("KIND");
}

}  // namespace kp::kpctl
