// technical issue|list|show|void, returns-due.
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/amendment_service.grpc.pb.h"
#include "kp/certificate/v1/technical_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::TechnicalService;

struct IssueFlags {
  std::string number, reason, destination, text, request_id;
  std::vector<std::string> lines, seals;
  int32_t parcels = 0;
};

const std::map<std::string, cert::TechnicalReason> kReasons = {
    {"ordered-back", cert::TECHNICAL_REASON_ORDERED_BACK},
    {"detained", cert::TECHNICAL_REASON_DETAINED},
    {"seized", cert::TECHNICAL_REASON_SEIZED},
};

void PrintTechnicals(std::ostream& out,
                     const google::protobuf::RepeatedPtrField<cert::TechnicalCertificate>& all) {
  Table table({"number", "issued", "for", "reason", "from", "to", "carats", "parcels", "void since",
               "at the other side", "text"});
  for (const cert::TechnicalCertificate& one : all) {
    const cert::TechnicalStatement& said = one.content();
    table.Add({said.technical_number(), said.issue_date(), said.number(),
               EnumText(said.reason(), "TECHNICAL_REASON_"), one.issuer(), said.destination(),
               CaratsText(TotalCarats(said.lines())), absl::StrCat(said.parcels()),
               one.voided().void_date(), one.outcome(), said.text()});
  }
  table.Print(out);
}

void PrintTechnical(std::ostream& out, const cert::TechnicalCertificate& one) {
  const cert::TechnicalStatement& said = one.content();
  Facts facts;
  facts.Add("technical certificate", said.technical_number());
  facts.Add("state", one.has_voided() ? "VOID" : "STANDS");
  facts.Add("for the certificate", said.number());
  facts.Add("reason", EnumText(said.reason(), "TECHNICAL_REASON_"));
  facts.Add("because", said.text());
  facts.Add("issued", said.issue_date());
  facts.Add("issued by", absl::StrCat(one.issuer(), ", ", said.issuing_authority()));
  facts.Add("officer", said.officer().person());
  facts.Add("goes to", said.destination());
  for (const cert::Line& line : said.lines()) {
    facts.Add("HS code, carats, USD",
              absl::StrCat(line.hs_code(), ", ", CaratsText(line.carats_thousandths()), ", ",
                           DollarsText(line.value_usd_cents())));
  }
  facts.Add("carats", CaratsText(TotalCarats(said.lines())));
  facts.Add("parcels", absl::StrCat(said.parcels()));
  for (const std::string& seal : said.seals()) facts.Add("seal", seal);
  facts.Add("issuer's request", statement::ToHex(said.request_digest()));
  facts.Add("certificate's statement", statement::ToHex(said.certificate_digest()));
  facts.Add("statement", statement::ToHex(statement::Sha256(one.statement())));
  facts.Add("recorded", TimeText(one.record_time()));
  facts.Add("at the other side", one.outcome());
  if (one.has_voided()) {
    facts.Add("void since", one.voided().void_date());
    facts.Add("void because", one.voided().text());
    facts.Add("made void by", one.voided().officer().person());
    facts.Add("void statement", statement::ToHex(statement::Sha256(one.void_statement())));
    facts.Add("void at the other side", one.void_outcome());
  }
  facts.Print(out);
}

absl::StatusOr<int> Issue(Context& context, const IssueFlags& flags) {
  Faults faults;
  cert::IssueTechnicalCertificateRequest request;
  request.set_number(flags.number);
  request.set_reason(kReasons.at(flags.reason));
  request.set_destination(flags.destination);
  request.set_parcels(flags.parcels);
  request.set_text(flags.text);
  for (size_t i = 0; i < flags.lines.size(); ++i) {
    *request.add_lines() =
        faults.Take(ParseStatedLine(flags.lines[i]), absl::StrCat("lines[", i, "]"));
  }
  for (const std::string& seal : flags.seals) request.add_seals(seal);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      connection->Call(&TechnicalService::Stub::IssueTechnicalCertificate, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::TechnicalCertificate> one;
    *one.Add() = response.technical();
    PrintTechnicals(context.out, one);
  }));
  return kExitDone;
}

absl::StatusOr<int> List(Context& context, const std::string& number) {
  cert::ListTechnicalCertificatesRequest request;
  request.set_number(number);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &TechnicalService::Stub::ListTechnicalCertificates, request,
               [](auto& all, auto& page) {
                 all.mutable_technical_certificates()->MergeFrom(page.technical_certificates());
               }));
  KP_RETURN_IF_ERROR(context.Show(
      response, [&] { PrintTechnicals(context.out, response.technical_certificates()); }));
  return kExitDone;
}

absl::StatusOr<int> Show(Context& context, const std::string& number) {
  cert::ListTechnicalCertificatesRequest request;
  request.set_number(number);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      connection->Call(&TechnicalService::Stub::ListTechnicalCertificates, request));
  for (const cert::TechnicalCertificate& one : response.technical_certificates()) {
    if (one.content().technical_number() != number) continue;
    KP_RETURN_IF_ERROR(context.Show(one, [&] { PrintTechnical(context.out, one); }));
    return kExitDone;
  }
  return MakeError(absl::StatusCode::kNotFound, "TECHNICAL_UNKNOWN",
                   absl::StrCat("there is no technical certificate ", number,
                                "; `technical list --number` lists those about a certificate"));
}

struct VoidFlags {
  std::string number, text, request_id;
};

absl::StatusOr<int> Void(Context& context, const VoidFlags& flags) {
  cert::VoidTechnicalCertificateRequest request;
  request.set_technical_number(flags.number);
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      connection->Call(&cert::AmendmentService::Stub::VoidTechnicalCertificate, request));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintTechnical(context.out, response.technical()); }));
  return kExitDone;
}

absl::StatusOr<int> ReturnsDue(Context& context) {
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &TechnicalService::Stub::ListReturnsDue,
                               cert::ListReturnsDueRequest(), [](auto& all, auto& page) {
                                 all.mutable_certificates()->MergeFrom(page.certificates());
                               }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"number", "expired", "state", "carats", "USD", "exporter"});
    for (const cert::Certificate& certificate : response.certificates()) {
      table.Add({certificate.number(), certificate.expiry_date(),
                 EnumText(certificate.state(), "CERTIFICATE_STATE_"),
                 CaratsText(TotalCarats(certificate.lines())),
                 DollarsText(TotalValue(certificate.lines())), certificate.exporter().name()});
    }
    table.Print(context.out);
    context.out << response.certificates_size()
                << " not exported in time: their holders must return them (EU art. 12(5))\n";
  }));
  return kExitDone;
}

}  // namespace

void AddTechnical(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "technical", "Technical certificates: goods ordered back, detained or seized leave again");
  auto flags = std::make_shared<IssueFlags>();
  CLI::App* verb = registrar.Add(
      group, "issue", "Issues one under a number of its own, and tells the certificate's issuer",
      "kpctl technical issue BW0000001 --reason ordered-back --line 710231:1250.50:187500.00 "
      "--parcels 2 --seal EU-000042 --text \"ordered back by BW\"",
      [&context, flags] { return Issue(context, *flags); });
  verb->add_option("NUMBER", flags->number, "Certificate under which the goods came")->required();
  verb->add_option("--reason", flags->reason, "ordered-back (agreed in a case), detained or seized")
      ->required()
      ->check(CLI::IsMember({"ordered-back", "detained", "seized"}))
      ->type_name("REASON");
  verb->add_option("--line", flags->lines, "What leaves; repeatable")
      ->required()
      ->type_name("HS:CARATS[:USD]");
  verb->add_option("--parcels", flags->parcels, "Parcels that leave")->required()->type_name("N");
  verb->add_option("--seal", flags->seals, "Seal of a container; repeatable")->type_name("TEXT");
  verb->add_option("--to", flags->destination, "Entity; by default the certificate's issuer")
      ->type_name("CODE");
  verb->add_option("--text", flags->text, "Why, in writing")->required()->type_name("TEXT");
  AddRequestId(verb, flags->request_id);

  auto number = std::make_shared<std::string>();
  verb = registrar.Add(group, "list", "Those of either side, newest first",
                       "kpctl technical list --number EU-T-0000001",
                       [&context, number] { return List(context, *number); });
  verb->add_option("--number", *number, "Its own number, or the certificate's")
      ->type_name("NUMBER");

  auto shown = std::make_shared<std::string>();
  verb = registrar.Add(group, "show", "One whole, with what made it void",
                       "kpctl technical show EU-T-0000001",
                       [&context, shown] { return Show(context, *shown); });
  verb->add_option("NUMBER", *shown, "Its own number")->required();

  auto voided = std::make_shared<VoidFlags>();
  verb = registrar.Add(
      group, "void", "Makes one void, and tells whoever was told of it: its goods are here again",
      "kpctl technical void EU-T-0000001 --reason \"wrong parcels were listed\"",
      [&context, voided] { return Void(context, *voided); });
  verb->add_option("NUMBER", voided->number, "Its own number")->required();
  verb->add_option("--reason", voided->text, "Why, in writing")->required()->type_name("TEXT");
  AddRequestId(verb, voided->request_id);

  registrar.Add(nullptr, "returns-due",
                "Certificates that were not exported in time: their holders must return them",
                "kpctl returns-due", [&context] { return ReturnsDue(context); });
}

}  // namespace kp::kpctl
