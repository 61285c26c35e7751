// certificate amend|deficient|reject|inspect|replace|correct|void|return|lost|stolen|seize.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kpctl/application.h"
#include "kpctl/connection.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::RegisterService;

struct LifeFlags {
  std::string id, text, request_id;
  ApplicationFlags application;
  std::string field, value;
  std::string date, inspector;
  std::vector<std::string> seals;
  bool opened = false, not_as_stated = false;
};

// One written act: the request is told apart by `fill`.
template <typename Request, typename Method, typename Fill>
absl::StatusOr<int> Send(Context& context, const LifeFlags& flags, Method method, Fill fill,
                         const std::string& headline) {
  Request request;
  KP_RETURN_IF_ERROR(fill(request));
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(method, request));
  return ShowRecorded(context, response,
                      absl::StrCat(headline, ": ",
                                   response.certificate().number().empty()
                                       ? response.certificate().application_id()
                                       : response.certificate().number()));
}

absl::StatusOr<int> Amend(Context& context, const LifeFlags& flags) {
  return Send<cert::AmendApplicationRequest>(
      context, flags, &RegisterService::Stub::AmendApplication,
      [&](auto& request) -> absl::Status {
        request.set_application_id(flags.id);
        KP_ASSIGN_OR_RETURN(*request.mutable_certificate(), flags.application.ToProto());
        TellPrintFaults(request.certificate(), context.err);
        return absl::OkStatus();
      },
      "amended");
}

absl::StatusOr<int> Replace(Context& context, const LifeFlags& flags) {
  return Send<cert::ReplaceCertificateRequest>(
      context, flags, &RegisterService::Stub::ReplaceCertificate,
      [&](auto& request) -> absl::Status {
        request.set_number(flags.id);
        request.set_text(flags.text);
        KP_ASSIGN_OR_RETURN(*request.mutable_replacement(), flags.application.ToProto());
        TellPrintFaults(request.replacement(), context.err);
        return absl::OkStatus();
      },
      absl::StrCat("recorded: application in place of ", flags.id));
}

absl::StatusOr<int> Correct(Context& context, const LifeFlags& flags) {
  return Send<cert::CorrectCertificateRequest>(
      context, flags, &RegisterService::Stub::CorrectCertificate,
      [&](auto& request) {
        request.set_number(flags.id);
        request.set_field(flags.field);
        request.set_value(flags.value);
        request.set_text(flags.text);
        return absl::OkStatus();
      },
      "correction of " + flags.field + " recorded");
}

absl::StatusOr<int> Inspect(Context& context, const LifeFlags& flags) {
  return Send<cert::RecordInspectionRequest>(
      context, flags, &RegisterService::Stub::RecordInspection,
      [&](auto& request) -> absl::Status {
        Faults faults;
        request.set_id(flags.id);
        cert::Inspection& inspection = *request.mutable_inspection();
        inspection.set_date(faults.Take(ParseDay(flags.date), "inspection.date"));
        inspection.set_inspector(flags.inspector);
        for (const std::string& seal : flags.seals) inspection.add_seals(seal);
        inspection.set_opened(flags.opened);
        inspection.set_as_stated(!flags.not_as_stated);
        inspection.set_text(flags.text);
        return faults.Status();
      },
      "inspection recorded");
}

template <typename Request, typename Method>
absl::StatusOr<int> Answer(Context& context, const LifeFlags& flags, Method method,
                           const std::string& headline) {
  return Send<Request>(
      context, flags, method,
      [&](auto& request) {
        request.set_application_id(flags.id);
        request.set_text(flags.text);
        return absl::OkStatus();
      },
      headline);
}

absl::StatusOr<int> Record(Context& context, const LifeFlags& flags, cert::CertificateState state) {
  return Send<cert::RecordCertificateEventRequest>(
      context, flags, &RegisterService::Stub::RecordCertificateEvent,
      [&](auto& request) {
        request.set_number(flags.id);
        request.set_state(state);
        request.set_text(flags.text);
        return absl::OkStatus();
      },
      EnumText(state, "CERTIFICATE_STATE_"));
}

void AddText(CLI::App* verb, LifeFlags& flags) {
  verb->add_option("--text", flags.text, "The reasons, in writing")->required()->type_name("TEXT");
}

}  // namespace

void AddLife(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  const auto add = [&](const char* name, const char* what, const char* example, const char* id,
                       auto run) {
    auto flags = std::make_shared<LifeFlags>();
    CLI::App* verb = registrar.Add(group, name, what, example,
                                   [&context, flags, run] { return run(context, *flags); });
    verb->add_option(id, flags->id,
                     std::string(id) == "NUMBER"        ? "Number of the certificate"
                     : std::string(id) == "APPLICATION" ? "Id of the application"
                                                        : "Number, or id of the application")
        ->required();
    AddRequestId(verb, flags->request_id);
    return std::pair(verb, flags);
  };
  const auto [amend, amend_flags] =
      add("amend", "Puts another content into an application that is not issued yet",
          "kpctl certificate amend 5b6f0d1e-9c1f-4a53-8f55-0f2b4f6f3f10 --exporter \"Okavango "
          "Diamond Company\" --importer \"Antwerp Rough BV\" --importing-entity EU --line "
          "710231:1250.50:187500.00 --parcels 3 --origin BW",
          "APPLICATION", &Amend);
  amend_flags->application.AddTo(amend);
  const auto [replace, replace_flags] =
      add("replace", "Applies for a certificate in place of another",
          "kpctl certificate replace BW0000001 --text \"the weight was wrong\" --exporter "
          "\"Okavango Diamond Company\" --importer \"Antwerp Rough BV\" --importing-entity EU "
          "--line 710231:1250.00:187500.00 --parcels 3 --origin BW",
          "NUMBER", &Replace);
  replace_flags->application.AddTo(replace);
  AddText(replace, *replace_flags);
  const auto [correct, correct_flags] =
      add("correct",
          "Indicates what is right where a minor error is printed; the same command by another "
          "officer endorses it, and it stays on the certificate for ever",
          "kpctl certificate correct BW0000001 --field importer.name --value \"Antwerp Rough "
          "BVBA\" --text \"typing error\"",
          "NUMBER", &Correct);
  correct
      ->add_option("--field", correct_flags->field,
                   "exporter. or importer. with name, address or registration; seals[N]")
      ->required()
      ->type_name("PATH");
  correct->add_option("--value", correct_flags->value, "What is right")->required()->type_name("TEXT");
  AddText(correct, *correct_flags);

  const auto [inspect, inspect_flags] =
      add("inspect", "Records an inspection of the goods before validation",
          "kpctl certificate inspect BW0000001 --date 2026-11-24 --inspector \"T. Moyo\" --seal "
          "A-1042 --opened",
          "ID", &Inspect);
  inspect->add_option("--date", inspect_flags->date, "Day of the inspection")
      ->required()
      ->type_name("DATE");
  inspect->add_option("--inspector", inspect_flags->inspector, "Who looked")
      ->required()
      ->type_name("NAME");
  inspect->add_option("--seal", inspect_flags->seals, "Seal of a container looked at; repeatable")
      ->type_name("TEXT");
  inspect->add_flag("--opened", inspect_flags->opened, "Containers were opened");
  inspect->add_flag("--not-as-stated", inspect_flags->not_as_stated,
                    "The content is not as the particulars say; tell it in --text");
  inspect->add_option("--text", inspect_flags->text, "Remarks")->type_name("TEXT");

  struct Written {
    const char* name;
    const char* what;
    const char* example;
    const char* id;
    std::function<absl::StatusOr<int>(Context&, const LifeFlags&)> run;
  };
  const auto record = [](cert::CertificateState state) {
    return [state](Context& to, const LifeFlags& flags) { return Record(to, flags, state); };
  };
  const Written acts[] = {
      {"deficient", "Tells the applicant in writing what is missing",
       "kpctl certificate deficient 5b6f0d1e-9c1f-4a53-8f55-0f2b4f6f3f10 --text \"no evidence of "
       "origin\"",
       "APPLICATION",
       [](Context& to, const LifeFlags& flags) {
         return Answer<cert::RecordDeficiencyRequest>(
             to, flags, &RegisterService::Stub::RecordDeficiency, "found deficient");
       }},
      {"reject", "Refuses an application in writing",
       "kpctl certificate reject 5b6f0d1e-9c1f-4a53-8f55-0f2b4f6f3f10 --text \"not remedied within "
       "30 days\"",
       "APPLICATION",
       [](Context& to, const LifeFlags& flags) {
         return Answer<cert::RejectApplicationRequest>(
             to, flags, &RegisterService::Stub::RejectApplication, "rejected");
       }},
      {"void", "Makes a certificate void; its number is never used again",
       "kpctl certificate void BW0000001 --text \"information given was inaccurate\"", "NUMBER",
       record(cert::CERTIFICATE_STATE_VOID)},
      {"return", "Records that a certificate came back unused",
       "kpctl certificate return BW0000001 --text \"not exported in time\"", "NUMBER",
       record(cert::CERTIFICATE_STATE_RETURNED)},
      {"lost", "Records that a certificate is lost",
       "kpctl certificate lost BW0000001 --text \"missing since the courier's depot\"", "NUMBER",
       record(cert::CERTIFICATE_STATE_LOST)},
      {"stolen", "Records that a certificate is stolen",
       "kpctl certificate stolen BW0000001 --text \"shipment stolen at the airport\"", "NUMBER",
       record(cert::CERTIFICATE_STATE_STOLEN)},
      {"seize", "Records that certificate and goods are seized at home",
       "kpctl certificate seize BW0000001 --text \"court order 14/2026\"", "NUMBER",
       record(cert::CERTIFICATE_STATE_SEIZED)},
  };
  for (const Written& act : acts) {
    const auto [verb, flags] = add(act.name, act.what, act.example, act.id, act.run);
    AddText(verb, *flags);
  }
}

}  // namespace kp::kpctl
