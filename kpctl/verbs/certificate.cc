// certificate apply|issue|validate|export|show|list|history; the rest of a life is in life.cc.
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kpctl/application.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::RegisterService;

struct ApplyFlags {
  ApplicationFlags application;
  std::string request_id;
};

absl::StatusOr<int> Apply(Context& context, const ApplyFlags& flags) {
  cert::ApplyForCertificateRequest request;
  KP_ASSIGN_OR_RETURN(*request.mutable_certificate(), flags.application.ToProto());
  TellPrintFaults(request.certificate(), context.err);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::ApplyForCertificate, request));
  return ShowRecorded(context, response,
                      "recorded: application " + response.certificate().application_id());
}

struct IssueFlags {
  std::string application, number, issue_date, expiry_date, request_id;
};

absl::StatusOr<int> Issue(Context& context, const IssueFlags& flags) {
  Faults faults;
  cert::IssueCertificateRequest request;
  request.set_application_id(flags.application);
  request.set_printed_number(flags.number);
  request.set_issue_date(faults.Take(ParseDay(flags.issue_date), "issue_date"));
  request.set_expiry_date(faults.Take(ParseDay(flags.expiry_date), "expiry_date"));
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::IssueCertificate, request));
  return ShowRecorded(context, response, "issued: " + response.certificate().number());
}

struct NumberFlags {
  std::string number, date, request_id;
  std::vector<std::string> seals;
};

absl::StatusOr<int> Validate(Context& context, const NumberFlags& flags) {
  cert::ValidateCertificateRequest request;
  request.set_number(flags.number);
  for (const std::string& seal : flags.seals) request.add_seals(seal);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::ValidateCertificate, request));
  return ShowRecorded(context, response, "validated: " + response.certificate().number());
}

absl::StatusOr<int> Export(Context& context, const NumberFlags& flags) {
  Faults faults;
  cert::ExportCertificateRequest request;
  request.set_number(flags.number);
  request.set_export_date(faults.Take(ParseDay(flags.date), "export_date"));
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::ExportCertificate, request));
  const std::string prealert =
      response.prealert_message_id().empty()
          ? "no pre-alert: the importing entity is not on the mesh"
          : "the pre-alert is outbox message " + response.prealert_message_id();
  return ShowRecorded(context, response,
                      absl::StrCat("exported: ", response.certificate().number(), "; ", prealert));
}

absl::StatusOr<int> Show(Context& context, const std::string& id) {
  cert::GetCertificateRequest request;
  request.set_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::GetCertificate, request));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintCertificate(context.out, response.certificate()); }));
  return kExitDone;
}

struct ListFlags {
  std::vector<std::string> states;
  std::string importing_entity, exported_from, exported_until;
};

absl::StatusOr<int> List(Context& context, const ListFlags& flags) {
  cert::ListCertificatesRequest request;
  for (const std::string& name : flags.states) {
    KP_ASSIGN_OR_RETURN(const cert::CertificateState state, ParseState(name));
    request.add_states(state);
  }
  request.set_importing_entity(flags.importing_entity);
  request.set_exported_from(flags.exported_from);
  request.set_exported_until(flags.exported_until);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &RegisterService::Stub::ListCertificates, request,
                               [](auto& all, auto& page) {
                                 all.mutable_certificates()->MergeFrom(page.certificates());
                               }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"number", "application", "state", "issued", "expires", "to", "carats", "USD"});
    for (const cert::Certificate& certificate : response.certificates()) {
      table.Add({certificate.number(), certificate.application_id(),
                 EnumText(certificate.state(), "CERTIFICATE_STATE_"), certificate.issue_date(),
                 certificate.expiry_date(), certificate.importing_entity(),
                 CaratsText(TotalCarats(certificate.lines())),
                 DollarsText(TotalValue(certificate.lines()))});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

struct OverdueFlags {
  std::string importing_entity;
  std::optional<int> days;
};

// Days after which a confirmation is overdue unless the configuration says otherwise.
constexpr int kProjectsDays = 30;

// What each partner owes.
void PrintPartners(std::ostream& out,
                   const google::protobuf::RepeatedPtrField<cert::Certificate>& certificates) {
  struct Sum {
    int count = 0;
    int64_t carats = 0, value = 0;
    std::string oldest;
  };
  std::map<std::string, Sum> partners;
  for (const cert::Certificate& certificate : certificates) {
    Sum& sum = partners[certificate.importing_entity()];
    ++sum.count;
    sum.carats += TotalCarats(certificate.lines());
    sum.value += TotalValue(certificate.lines());
    if (sum.oldest.empty() || certificate.export_date() < sum.oldest) {
      sum.oldest = certificate.export_date();
    }
  }
  if (partners.empty()) return;
  out << '\n';
  Table table({"partner", "overdue", "carats", "USD", "oldest export"});
  for (const auto& [partner, sum] : partners) {
    table.Add({partner, absl::StrCat(sum.count), CaratsText(sum.carats), DollarsText(sum.value),
               sum.oldest});
  }
  table.Print(out);
}

absl::StatusOr<int> Overdue(Context& context, const OverdueFlags& flags) {
  cert::ListOverdueConfirmationsRequest request;
  request.set_importing_entity(flags.importing_entity);
  if (flags.days.has_value()) request.set_days(*flags.days);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &RegisterService::Stub::ListOverdueConfirmations,
                               request, [](auto& all, auto& page) {
                                 all.mutable_certificates()->MergeFrom(page.certificates());
                                 all.set_days(page.days());
                               }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"to", "number", "exported", "state", "carats", "USD", "importer"});
    for (const cert::Certificate& certificate : response.certificates()) {
      table.Add({certificate.importing_entity(), certificate.number(), certificate.export_date(),
                 EnumText(certificate.state(), "CERTIFICATE_STATE_"),
                 CaratsText(TotalCarats(certificate.lines())),
                 DollarsText(TotalValue(certificate.lines())), certificate.importer().name()});
    }
    table.Print(context.out);
    PrintPartners(context.out, response.certificates());
    // The Core Document names no number of days: nobody shall take ours for the scheme's.
    context.out << '\n'
                << response.certificates_size() << " without confirmation " << response.days()
                << " days after export (the number is "
                << (response.days() == kProjectsDays ? "this project's default"
                                                     : "this register's or the caller's")
                << "; the Core Document names none)\n";
  }));
  return kExitDone;
}

absl::StatusOr<int> History(Context& context, const std::string& id) {
  cert::ListCertificateEventsRequest request;
  request.set_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::ListCertificateEvents, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"sequence", "event", "time", "person", "actor", "reasons", "statement digest"});
    for (const cert::RegisterEventRecord& event : response.events()) {
      table.Add({absl::StrCat(event.sequence()), event.kind(), TimeText(event.record_time()),
                 event.person(), event.actor(), event.text(), statement::ToHex(event.digest())});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

void AddWrites(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  auto apply = std::make_shared<ApplyFlags>();
  CLI::App* verb = registrar.Add(
      group, "apply", "Records an exporter's application",
      "kpctl certificate apply --exporter \"Okavango Diamond Company\" --importer \"Antwerp Rough "
      "BV\" --importing-entity EU --line 710231:1250.50:187500.00 --parcels 3 --origin BW",
      [&context, apply] { return Apply(context, *apply); });
  apply->application.AddTo(verb);
  AddRequestId(verb, apply->request_id);

  auto issue = std::make_shared<IssueFlags>();
  verb = registrar.Add(group, "issue", "Gives an application its number and dates",
                       "kpctl certificate issue 5b6f0d1e-9c1f-4a53-8f55-0f2b4f6f3f10",
                       [&context, issue] { return Issue(context, *issue); });
  verb->add_option("APPLICATION", issue->application, "Id of the application")->required();
  verb->add_option("--number", issue->number,
                   "Number printed on the blank form; by default the next of the series")
      ->type_name("NUMBER");
  verb->add_option("--issue-date", issue->issue_date, "By default today")->type_name("DATE");
  verb->add_option("--expiry-date", issue->expiry_date, "By default by the issuer's profile")
      ->type_name("DATE");
  AddRequestId(verb, issue->request_id);

  auto validate = std::make_shared<NumberFlags>();
  verb = registrar.Add(group, "validate", "Validates (F15) as a second person; signs",
                       "kpctl certificate validate BW0000001 --seal A-1042",
                       [&context, validate] { return Validate(context, *validate); });
  verb->add_option("NUMBER", validate->number, "Number of the certificate")->required();
  verb->add_option("--seal", validate->seals, "Seal applied; repeatable")->type_name("TEXT");
  AddRequestId(verb, validate->request_id);

  auto exported = std::make_shared<NumberFlags>();
  verb = registrar.Add(group, "export", "Records that the shipment left; sends the pre-alert",
                       "kpctl certificate export BW0000001",
                       [&context, exported] { return Export(context, *exported); });
  verb->add_option("NUMBER", exported->number, "Number of the certificate")->required();
  verb->add_option("--date", exported->date, "Day of export; by default today")->type_name("DATE");
  AddRequestId(verb, exported->request_id);
}

}  // namespace

void AddCertificate(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group("certificate", "The own register, from application to export");
  AddWrites(registrar, group);
  AddLife(registrar, group);
  AddCertificateWatch(registrar, group);
  AddDocument(registrar, group);
  AddConfirmations(registrar, group);

  auto shown = std::make_shared<std::string>();
  CLI::App* verb = registrar.Add(group, "show", "One certificate or application",
                                 "kpctl certificate show BW0000001",
                                 [&context, shown] { return Show(context, *shown); });
  verb->add_option("ID", *shown, "Number, or id of an application")->required();

  auto list = std::make_shared<ListFlags>();
  verb = registrar.Add(group, "list", "Certificates and applications, newest first",
                       "kpctl certificate list --state issued --state validated",
                       [&context, list] { return List(context, *list); });
  verb->add_option("--state", list->states, "Only this state; repeatable")->type_name("STATE");
  verb->add_option("--importing-entity", list->importing_entity, "Only for this entity")
      ->type_name("CODE");
  verb->add_option("--exported-from", list->exported_from, "Only exported on this day or later")
      ->type_name("DATE");
  verb->add_option("--exported-until", list->exported_until, "Only exported before this day")
      ->type_name("DATE");

  auto overdue = std::make_shared<OverdueFlags>();
  verb = registrar.Add(nullptr, "overdue", "Exports whose confirmation of import is overdue",
                       "kpctl overdue --importing-entity EU",
                       [&context, overdue] { return Overdue(context, *overdue); });
  verb->add_option("--importing-entity", overdue->importing_entity, "Only to this entity")
      ->type_name("CODE");
  verb->add_option("--days", overdue->days,
                   "Exported so many days ago; 0: all that are not confirmed; by default the number "
                   "of the service's configuration")
      ->type_name("N");

  auto history = std::make_shared<std::string>();
  verb = registrar.Add(group, "history", "The events of a certificate, oldest first",
                       "kpctl certificate history BW0000001",
                       [&context, history] { return History(context, *history); });
  verb->add_option("ID", *history, "Number, or id of an application")->required();
}

}  // namespace kp::kpctl
