// source open|list.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::RegisterService;

Table SourceTable(const google::protobuf::RepeatedPtrField<cert::Source>& sources) {
  Table table({"source", "kind", "origin", "carats in", "drawn", "left", "opened"});
  for (const cert::Source& source : sources) {
    table.Add({source.id(), EnumText(source.kind(), "SOURCE_KIND_"), OriginText(source.origin()),
               CaratsText(source.carats_thousandths()), CaratsText(source.drawn_thousandths()),
               CaratsText(source.carats_thousandths() - source.drawn_thousandths()),
               TimeText(source.open_time())});
  }
  return table;
}

struct OpenFlags {
  std::string id, carats, origin, text, request_id;
  bool own_production = false;
};

absl::StatusOr<int> Open(Context& context, const OpenFlags& flags) {
  Faults faults;
  cert::OpenSourceRequest request;
  cert::Source& source = *request.mutable_source();
  source.set_id(flags.id);
  source.set_kind(flags.own_production ? cert::SOURCE_KIND_OWN_PRODUCTION
                                       : cert::SOURCE_KIND_PAPER_IMPORT);
  source.set_carats_thousandths(
      faults.Take(ParseCarats(flags.carats), "source.carats_thousandths"));
  *source.mutable_origin() = ParseOrigin(flags.origin);
  source.set_text(flags.text);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::OpenSource, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::Source> one;
    *one.Add() = response.source();
    SourceTable(one).Print(context.out);
  }));
  return kExitDone;
}

absl::StatusOr<int> List(Context& context, bool open_only) {
  cert::ListSourcesRequest request;
  request.set_open_only(open_only);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &RegisterService::Stub::ListSources, request,
               [](auto& all, auto& page) { all.mutable_sources()->MergeFrom(page.sources()); }));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { SourceTable(response.sources()).Print(context.out); }));
  return kExitDone;
}

}  // namespace

void AddSource(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "source", "What stones come from, and what is left of it (R16); a confirmed import opens its own");
  auto flags = std::make_shared<OpenFlags>();
  CLI::App* verb = registrar.Add(
      group, "open", "Enters own production, or an import on paper",
      "kpctl source open 2026-H1 --own-production --carats 12500000 --origin BW --text \"production "
      "filed for the first half of 2026\"",
      [&context, flags] { return Open(context, *flags); });
  verb->add_option("ID", flags->id, "Id in the source book")->required();
  verb->add_flag("--own-production", flags->own_production,
                 "Own production; without it an import on paper");
  verb->add_option("--carats", flags->carats, "Carats in")->required()->type_name("CARATS");
  verb->add_option("--origin", flags->origin, "ZW, mixed, or mixed:BW,NA")
      ->required()
      ->type_name("ORIGIN");
  verb->add_option("--text", flags->text, "The document it is entered from")
      ->required()
      ->type_name("TEXT");
  AddRequestId(verb, flags->request_id);

  auto open_only = std::make_shared<bool>(false);
  verb = registrar.Add(group, "list", "The source book, newest first", "kpctl source list --open",
                       [&context, open_only] { return List(context, *open_only); });
  verb->add_flag("--open", *open_only, "Only those with carats left");
}

}  // namespace kp::kpctl
