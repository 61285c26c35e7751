// incoming list|show, import confirm|arrived|detain|release|seize|send-back.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/import_book_service.grpc.pb.h"
#include "kp/certificate/v1/use_service.grpc.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/show_import.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::ImportBookService;
using cert::UseService;
using cert::VerificationService;

std::string UseText(const cert::IncomingCertificate& incoming) {
  if (!incoming.has_use()) return "";
  const cert::UseRecord& use = incoming.use();
  std::string text = use.confirmed() ? "CONFIRMED " : "";
  if (use.customs_leg() != cert::CUSTOMS_LEG_UNSPECIFIED) {
    absl::StrAppend(&text, EnumText(use.customs_leg(), "CUSTOMS_LEG_"), " ");
  }
  return text + use.consignment_reference();
}

absl::StatusOr<cert::ListIncomingCertificatesResponse> FetchIncoming(
    Context& context, const cert::ListIncomingCertificatesRequest& request) {
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  return AllPages(
      *connection, &VerificationService::Stub::ListIncomingCertificates, request,
      [](auto& all, auto& page) { all.mutable_certificates()->MergeFrom(page.certificates()); });
}

struct IncomingFlags {
  std::string issuer, exported_from, exported_until;
  std::vector<std::string> states;
};

absl::StatusOr<int> ListIncoming(Context& context, const IncomingFlags& flags) {
  cert::ListIncomingCertificatesRequest request;
  request.set_issuer(flags.issuer);
  request.set_exported_from(flags.exported_from);
  request.set_exported_until(flags.exported_until);
  for (const std::string& name : flags.states) {
    KP_ASSIGN_OR_RETURN(const cert::CertificateState state, ParseState(name));
    request.add_states(state);
  }
  KP_ASSIGN_OR_RETURN(const auto response, FetchIncoming(context, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table(
        {"number", "from", "state", "exported", "carats", "USD", "pre-alert received", "use"});
    for (const cert::IncomingCertificate& incoming : response.certificates()) {
      table.Add({incoming.number(), incoming.issuer(),
                 EnumText(incoming.state(), "CERTIFICATE_STATE_"), incoming.export_date(),
                 CaratsText(incoming.total_carats_thousandths()),
                 DollarsText(incoming.total_value_usd_cents()), TimeText(incoming.receive_time()),
                 UseText(incoming)});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

absl::StatusOr<int> ShowIncoming(Context& context, const std::string& number) {
  cert::ListIncomingCertificatesRequest request;
  request.set_number(number);
  KP_ASSIGN_OR_RETURN(const auto response, FetchIncoming(context, request));
  if (response.certificates().empty()) {
    return MakeError(absl::StatusCode::kNotFound, "CERTIFICATE_UNKNOWN",
                     absl::StrCat("no pre-alert of ", number, " has been received"));
  }
  const cert::IncomingCertificate& incoming = response.certificates(0);
  KP_RETURN_IF_ERROR(context.Show(incoming, [&] {
    Facts facts;
    facts.Add("number", incoming.number());
    facts.Add("issuer", incoming.issuer());
    facts.Add("state", EnumText(incoming.state(), "CERTIFICATE_STATE_"));
    facts.Add("exported", incoming.export_date());
    facts.Add("carats", CaratsText(incoming.total_carats_thousandths()));
    facts.Add("USD", DollarsText(incoming.total_value_usd_cents()));
    facts.Add("pre-alert received", TimeText(incoming.receive_time()));
    facts.Add("pre-alert digest", statement::ToHex(statement::Sha256(incoming.prealert())));
    AddUseFacts(facts, incoming.use());
    if (!incoming.receipt().empty()) {
      facts.Add("receipt digest", statement::ToHex(statement::Sha256(incoming.receipt())));
    }
    facts.Print(context.out);
  }));
  return kExitDone;
}

struct ConfirmFlags {
  std::string number, receipt_date, consignment, inspector, exporter, importer, request_id;
  std::vector<std::string> lines;
  int32_t parcels = 0;
  bool seals_broken = false, original_missing = false, paper = false;
};

absl::StatusOr<cert::ConfirmImportRequest> ConfirmationOf(const ConfirmFlags& flags) {
  Faults faults;
  cert::ConfirmImportRequest request;
  request.set_number(flags.number);
  request.set_consignment_reference(flags.consignment);
  cert::Arrival& arrival = *request.mutable_arrival();
  arrival.set_receipt_date(faults.Take(ParseDay(flags.receipt_date), "arrival.receipt_date"));
  arrival.set_parcels(flags.parcels);
  arrival.set_exporter_name(flags.exporter);
  arrival.set_importer_name(flags.importer);
  arrival.set_seals_unbroken(!flags.seals_broken);
  arrival.set_original_missing(flags.original_missing);
  arrival.set_inspector(flags.inspector);
  for (size_t i = 0; i < flags.lines.size(); ++i) {
    *arrival.add_lines() =
        faults.Take(ParseStatedLine(flags.lines[i]), absl::StrCat("arrival.lines[", i, "]"));
  }
  KP_RETURN_IF_ERROR(faults.Status());
  return request;
}

void PrintAct(std::ostream& out, const std::string& number, const cert::ActResult& result) {
  out << number << ": " << EnumText(result.state(), "ACT_STATE_");
  if (result.outcome() != cert::OUTCOME_UNSPECIFIED) {
    out << ", " << EnumText(result.outcome(), "OUTCOME_");
  }
  out << "\n\n";
  Facts facts;
  facts.Add("reason", result.reason());
  facts.Add("issuer says", result.text());
  if (result.certificate_state() != cert::CERTIFICATE_STATE_UNSPECIFIED) {
    facts.Add("certificate", EnumText(result.certificate_state(), "CERTIFICATE_STATE_"));
  }
  AddUseFacts(facts, result.use());
  if (!result.receipt().empty()) {
    facts.Add("receipt digest", statement::ToHex(statement::Sha256(result.receipt())));
  }
  facts.Add("outbox message", result.message_id());
  facts.Print(out);
  if (!result.differences().empty()) {
    out << "\ndifferences, now a case at the issuer:\n";
    PrintFindings(out, result.differences());
  }
}

absl::StatusOr<int> ConfirmPaper(Context& context, const ConfirmFlags& flags,
                                 const cert::ConfirmImportRequest& what) {
  cert::ConfirmPaperImportRequest request;
  request.set_number(what.number());
  *request.mutable_arrival() = what.arrival();
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&ImportBookService::Stub::ConfirmPaperImport, request));
  return ShowImport(context, response, "confirmed");
}

absl::StatusOr<int> Confirm(Context& context, const ConfirmFlags& flags) {
  KP_ASSIGN_OR_RETURN(cert::ConfirmImportRequest request, ConfirmationOf(flags));
  if (flags.paper) return ConfirmPaper(context, flags, request);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&UseService::Stub::ConfirmImport, request));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintAct(context.out, flags.number, response.result()); }));
  return ExitCodeOf(response.result());
}

struct GoodsFlags {
  std::string number, text, date, request_id;
  bool paper = false;
};

absl::StatusOr<int> RecordPaperGoods(Context& context, const GoodsFlags& flags,
                                     cert::CertificateState state) {
  cert::RecordPaperImportEventRequest request;
  request.set_number(flags.number);
  request.set_state(state);
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&ImportBookService::Stub::RecordPaperImportEvent, request));
  return ShowImport(context, response, "recorded");
}

absl::StatusOr<int> RecordGoods(Context& context, const GoodsFlags& flags,
                                cert::CertificateState state) {
  if (flags.paper) return RecordPaperGoods(context, flags, state);
  Faults faults;
  cert::RecordImportEventRequest request;
  request.set_number(flags.number);
  request.set_state(state);
  request.set_text(flags.text);
  request.set_date(faults.Take(ParseDay(flags.date), "date"));
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&UseService::Stub::RecordImportEvent, request));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintAct(context.out, flags.number, response.result()); }));
  return ExitCodeOf(response.result());
}

void AddGoods(Registrar& registrar, CLI::App* import) {
  Context& context = registrar.context();
  struct GoodsVerb {
    const char* name;
    const char* what;
    const char* example;
    cert::CertificateState state;
  };
  const GoodsVerb verbs[] = {
      {"arrived", "Tells the issuer that the goods arrived",
       "kpctl import arrived BW0000001 --date 2026-11-25", cert::CERTIFICATE_STATE_ARRIVED},
      {"detain", "Detains goods: nobody may use the certificate until they are released",
       "kpctl import detain BW0000001 --text \"seal broken\"", cert::CERTIFICATE_STATE_DETAINED},
      {"release", "Lets detained goods go",
       "kpctl import release BW0000001 --text \"remedied: new seal B-1\"",
       cert::CERTIFICATE_STATE_RELEASED},
      {"seize", "Seizes goods: the certificate's life ends",
       "kpctl import seize BW0000001 --text \"court order 9/2026\"",
       cert::CERTIFICATE_STATE_SEIZED},
      {"send-back", "Sends goods back: the original was not produced, or they were refused",
       "kpctl import send-back BW0000001 --text \"no original within 7 working days\"",
       cert::CERTIFICATE_STATE_RETURNED},
  };
  for (const GoodsVerb& goods : verbs) {
    auto flags = std::make_shared<GoodsFlags>();
    CLI::App* verb = registrar.Add(
        import, goods.name, goods.what, goods.example,
        [&context, flags, state = goods.state] { return RecordGoods(context, *flags, state); });
    verb->add_option("NUMBER", flags->number, "Number in any printed form")->required();
    CLI::Option* text =
        verb->add_option("--text", flags->text, "The reasons, in writing")->type_name("TEXT");
    CLI::Option* date =
        verb->add_option("--date", flags->date, "Day on which it happened; by default today")
            ->type_name("DATE");
    if (goods.state != cert::CERTIFICATE_STATE_ARRIVED) {
      text->required();
      verb->add_flag("--paper", flags->paper, "Of an entry from paper in the import book")
          ->excludes(date);
    }
    AddRequestId(verb, flags->request_id);
  }
}

}  // namespace

void AddUse(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* incoming =
      registrar.Group("incoming", "Certificates of others that name this entity as importer");
  auto listed = std::make_shared<IncomingFlags>();
  CLI::App* verb = registrar.Add(incoming, "list", "Pre-alerts received, newest first",
                                 "kpctl incoming list --issuer BW",
                                 [&context, listed] { return ListIncoming(context, *listed); });
  verb->add_option("--issuer", listed->issuer, "Only of this entity")->type_name("CODE");
  verb->add_option("--state", listed->states, "Only this state; repeatable")->type_name("STATE");
  verb->add_option("--exported-from", listed->exported_from, "Only exported on this day or later")
      ->type_name("DATE");
  verb->add_option("--exported-until", listed->exported_until, "Only exported before this day")
      ->type_name("DATE");

  auto number = std::make_shared<std::string>();
  verb = registrar.Add(incoming, "show", "One pre-alert, with the own books about its use",
                       "kpctl incoming show BW0000001",
                       [&context, number] { return ShowIncoming(context, *number); });
  verb->add_option("NUMBER", *number, "Number of the certificate")->required();

  AddIncomingWatch(registrar, incoming);

  CLI::App* import = registrar.Group("import", "Goods that arrived");
  auto flags = std::make_shared<ConfirmFlags>();
  verb = registrar.Add(
      import, "confirm",
      "Confirms an import to the issuer. Exit code: 0 done, 11 refused, 12 the issuer's receipt "
      "is awaited: repeat with the same --request-id",
      "kpctl import confirm BW0000001 --arrived-line 710231:1250.50:187500.00 --parcels 3 "
      "--receipt-date 2026-11-26 --consignment 6BE0123456789UCR1",
      [&context, flags] { return Confirm(context, *flags); });
  verb->add_option("NUMBER", flags->number, "Number in any printed form")->required();
  verb->add_option("--arrived-line", flags->lines, "What arrived; repeatable")
      ->required()
      ->type_name("HS:CARATS[:USD]");
  verb->add_option("--parcels", flags->parcels, "Parcels that arrived")->required()->type_name("N");
  verb->add_option("--receipt-date", flags->receipt_date, "Day of receipt")
      ->required()
      ->type_name("DATE");
  CLI::Option* consignment =
      verb->add_option("--consignment", flags->consignment,
                       "Consignment reference, where no reservation gives it")
          ->type_name("REF");
  verb->add_flag("--seals-broken", flags->seals_broken, "A seal was broken or missing");
  verb->add_flag("--original-missing", flags->original_missing,
                 "The original certificate did not come with the shipment");
  verb->add_option("--inspector", flags->inspector, "Who inspected")->type_name("NAME");
  verb->add_option("--exporter", flags->exporter, "As on the goods' documents")->type_name("NAME");
  verb->add_option("--importer", flags->importer, "As on the goods' documents")->type_name("NAME");
  verb->add_flag("--paper", flags->paper,
                 "Confirms an entry from paper: signed here, for return slip or e-mail")
      ->excludes(consignment);
  AddRequestId(verb, flags->request_id);
  AddGoods(registrar, import);
  AddImportBook(registrar, import);
  AddImportActs(registrar, import);
  AddAmendment(registrar, import);
}

}  // namespace kp::kpctl
