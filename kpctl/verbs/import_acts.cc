// import inspect|original|report|certificate.
#include <memory>

#include "base/error.h"
#include "kp/certificate/v1/import_book_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/inspection.h"
#include "kpctl/parse.h"
#include "kpctl/show_import.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using Stub = cert::ImportBookService::Stub;

struct ActFlags {
  std::string number, text, date, trader, reference, request_id;
  bool produced = false, missing = false;
  InspectionFlags inspection;
};

template <typename Request, typename Method>
absl::StatusOr<int> Send(Context& context, const ActFlags& flags, Request request, Method method,
                         const std::string& headline) {
  request.set_number(flags.number);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(method, request));
  return ShowImport(context, response, headline);
}

absl::StatusOr<int> Inspect(Context& context, const ActFlags& flags) {
  Faults faults;
  cert::RecordImportInspectionRequest request;
  *request.mutable_inspection() = flags.inspection.ToProto(faults);
  KP_RETURN_IF_ERROR(faults.Status());
  return Send(context, flags, std::move(request), &Stub::RecordImportInspection, "inspected");
}

absl::StatusOr<int> Original(Context& context, const ActFlags& flags) {
  Faults faults;
  cert::RecordOriginalRequest request;
  request.set_produced(flags.produced);
  request.set_date(faults.Take(ParseDay(flags.date), "date"));
  request.set_text(flags.text);
  KP_RETURN_IF_ERROR(faults.Status());
  return Send(context, flags, std::move(request), &Stub::RecordOriginal,
              flags.produced ? "original produced" : "original missing");
}

absl::StatusOr<int> Report(Context& context, const ActFlags& flags) {
  Faults faults;
  cert::RecordFailureReportRequest request;
  request.set_date(faults.Take(ParseDay(flags.date), "date"));
  request.set_text(flags.text);
  KP_RETURN_IF_ERROR(faults.Status());
  return Send(context, flags, std::move(request), &Stub::RecordFailureReport, "reported");
}

absl::StatusOr<int> Certificate(Context& context, const ActFlags& flags) {
  cert::IssueImportCertificateRequest request;
  request.set_trader_registration(flags.trader);
  request.set_reference(flags.reference);
  return Send(context, flags, std::move(request), &Stub::IssueImportCertificate, "issued");
}

}  // namespace

void AddImportActs(Registrar& registrar, CLI::App* import) {
  Context& context = registrar.context();
  const auto add = [&](const char* name, const char* what, const char* example,
                       absl::StatusOr<int> (*run)(Context&, const ActFlags&)) {
    auto flags = std::make_shared<ActFlags>();
    CLI::App* verb = registrar.Add(import, name, what, example,
                                   [&context, flags, run] { return run(context, *flags); });
    verb->add_option("NUMBER", flags->number, "Number in any printed form")->required();
    AddRequestId(verb, flags->request_id);
    return std::pair(verb, flags);
  };
  const auto [inspect, looked] =
      add("inspect", "Records a look at goods that came in (R13, R19)",
          "kpctl import inspect AO1234567 --date 2026-11-25 --inspector \"M. Janssens\" "
          "--container \"box 1:L-77\" --opened --lot 2",
          &Inspect);
  looked->inspection.AddTo(inspect);

  const auto [original, missed] =
      add("original", "Records that the original certificate is missing, or was produced (R19)",
          "kpctl import original AO1234567 --missing", &Original);
  CLI::Option_group* which = original->add_option_group("what");
  which->add_flag("--missing", missed->missing, "It did not come: its deadline starts");
  which->add_flag("--produced", missed->produced, "It is there now: its deadline ends");
  which->require_option(1);
  original->add_option("--date", missed->date, "By default today")->type_name("DATE");
  original->add_option("--text", missed->text, "Remarks")->type_name("TEXT");

  const auto [report, reported] = add(
      "report", "Records that a failure was reported (EU arts. 5(3), 14(3))",
      "kpctl import report AO1234567 --text \"to the Commission, reference 2026/114\"", &Report);
  report->add_option("--text", reported->text, "To whom, under which reference")
      ->required()
      ->type_name("TEXT");
  report->add_option("--date", reported->date, "By default today")->type_name("DATE");

  const auto [certificate, issued] = add(
      "certificate", "Issues the own certificate of import, where the profile has one (Hong Kong)",
      "kpctl import certificate BW0000001 --trader RDT-0815", &Certificate);
  certificate->add_option("--trader", issued->trader, "The importer's registration as a trader")
      ->required()
      ->type_name("TEXT");
  certificate
      ->add_option("--reference", issued->reference,
                   "Printed on the form; by default the next of the own series")
      ->type_name("TEXT");
}

}  // namespace kp::kpctl
