// transit enter|leave|show.
#include <memory>

#include "base/error.h"
#include "kp/certificate/v1/import_book_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/inspection.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/show_import.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using Stub = cert::ImportBookService::Stub;

struct TransitFlags {
  std::string number, importing_entity, new_certificate, request_id;
  std::vector<std::string> seals;
  bool shown = false;
  InspectionFlags inspection;
};

// Exit code 11 where the goods may not leave.
template <typename Response>
absl::StatusOr<int> Show(Context& context, const Response& response) {
  const cert::Transit& transit = response.transit();
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Facts facts;
    facts.Add("number", transit.number());
    facts.Add("issuer", transit.issuer());
    facts.Add("goes to", transit.importing_entity());
    facts.Add("state", EnumText(transit.state(), "TRANSIT_STATE_"));
    facts.Add("came in", InspectionText(transit.entry_inspection()));
    if (transit.has_exit_inspection()) {
      facts.Add("is to leave", InspectionText(transit.exit_inspection()));
    }
    facts.Add("new certificate", transit.new_certificate());
    facts.Print(context.out);
    if (!transit.findings().empty()) context.out << "\nfindings:\n";
    PrintFindings(context.out, transit.findings());
  }));
  return transit.state() == cert::TRANSIT_STATE_HELD ? kExitReject : kExitDone;
}

absl::StatusOr<int> Enter(Context& context, const TransitFlags& flags) {
  Faults faults;
  cert::RecordTransitEntryRequest request;
  request.set_number(flags.number);
  request.set_importing_entity(flags.importing_entity);
  for (const std::string& seal : flags.seals) request.add_certificate_seals(seal);
  request.set_purpose_shown(flags.shown);
  *request.mutable_inspection() = flags.inspection.ToProto(faults);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::RecordTransitEntry, request));
  return Show(context, response);
}

absl::StatusOr<int> Leave(Context& context, const TransitFlags& flags) {
  Faults faults;
  cert::RecordTransitExitRequest request;
  request.set_number(flags.number);
  request.set_new_certificate(flags.new_certificate);
  *request.mutable_inspection() = flags.inspection.ToProto(faults);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::RecordTransitExit, request));
  return Show(context, response);
}

absl::StatusOr<int> Get(Context& context, const std::string& number) {
  cert::GetTransitRequest request;
  request.set_number(number);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::GetTransit, request));
  return Show(context, response);
}

}  // namespace

void AddTransit(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* transit = registrar.Group("transit", "Shipments that pass through (R25)");
  auto enter = std::make_shared<TransitFlags>();
  CLI::App* verb =
      registrar.Add(transit, "enter", "Records a shipment in transit as it came in",
                    "kpctl transit enter BW0000001 --importing-entity AE --certificate-seal A-1042 "
                    "--shown --date "
                    "2026-11-25 --inspector \"M. Janssens\" --container \"box 1:A-1042\"",
                    [&context, enter] { return Enter(context, *enter); });
  verb->add_option("NUMBER", enter->number, "Number as printed")->required();
  verb->add_option("--importing-entity", enter->importing_entity,
                   "Where the certificate says it goes")
      ->required()
      ->type_name("CODE");
  verb->add_option("--certificate-seal", enter->seals, "Seal named on the certificate; repeatable")
      ->type_name("TEXT");
  verb->add_flag("--shown", enter->shown, "The certificate clearly shows the transit (EU art. 18)");
  enter->inspection.AddTo(verb);
  AddRequestId(verb, enter->request_id);

  auto leave = std::make_shared<TransitFlags>();
  verb = registrar.Add(
      transit, "leave", "Records it as it is to leave: LEFT, or HELD for good and exit code 11",
      "kpctl transit leave BW0000001 --date 2026-11-26 --inspector \"M. Janssens\" "
      "--container \"box 1:A-1042\"",
      [&context, leave] { return Leave(context, *leave); });
  verb->add_option("NUMBER", leave->number, "Number in any printed form")->required();
  verb->add_option("--new-certificate", leave->new_certificate,
                   "A certificate that was issued here for these goods")
      ->type_name("NUMBER");
  leave->inspection.AddTo(verb);
  AddRequestId(verb, leave->request_id);

  auto number = std::make_shared<std::string>();
  verb = registrar.Add(transit, "show", "One transit", "kpctl transit show BW0000001",
                       [&context, number] { return Get(context, *number); });
  verb->add_option("NUMBER", *number, "Number in any printed form")->required();
}

}  // namespace kp::kpctl
