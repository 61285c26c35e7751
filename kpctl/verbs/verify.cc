// verify, ticket show, evidence show.
#include <chrono>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paper.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/stated_question.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::VerificationService;

constexpr std::chrono::seconds kTicketPause(1);

absl::StatusOr<int> Verify(Context& context, const StatedQuestion& flags) {
  KP_ASSIGN_OR_RETURN(const cert::VerifyCertificateRequest request, QuestionOf(flags));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&VerificationService::Stub::VerifyCertificate, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] { PrintVerdict(context.out, response); }));
  return ExitCodeOf(response.verdict());
}

struct TicketFlags {
  std::string id;
  int wait_seconds = 0;
};

absl::StatusOr<int> ShowTicket(Context& context, const TicketFlags& flags) {
  cert::GetTicketRequest request;
  request.set_ticket_id(flags.id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(flags.wait_seconds);
  KP_ASSIGN_OR_RETURN(auto response,
                      connection->Call(&VerificationService::Stub::GetTicket, request));
  while (response.state() == cert::TICKET_STATE_OPEN && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_until(std::min(end, std::chrono::steady_clock::now() + kTicketPause));
    KP_ASSIGN_OR_RETURN(response, connection->Call(&VerificationService::Stub::GetTicket, request));
  }
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Facts facts;
    facts.Add("ticket", flags.id);
    facts.Add("state", EnumText(response.state(), "TICKET_STATE_"));
    facts.Add("asked", TimeText(response.ask_time()));
    facts.Add("attempts", absl::StrCat(response.attempts()));
    facts.Print(context.out);
    if (response.state() == cert::TICKET_STATE_ANSWERED) {
      context.out << '\n';
      PrintVerdict(context.out, response.response());
    }
  }));
  return ExitCodeOf(response);
}

absl::StatusOr<int> ShowEvidence(Context& context, const std::string& id) {
  cert::GetEvidenceRequest request;
  request.set_evidence_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&VerificationService::Stub::GetEvidence, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    PrintVerdict(context.out, response.response());
    Facts facts;
    facts.Add("question digest", statement::ToHex(statement::Sha256(response.question())));
    if (!response.answer().empty()) {
      facts.Add("answer digest", statement::ToHex(statement::Sha256(response.answer())));
    }
    facts.Print(context.out);
  }));
  return kExitDone;
}

}  // namespace

void AddVerify(Registrar& registrar) {
  Context& context = registrar.context();
  auto flags = std::make_shared<StatedQuestion>();
  CLI::App* verb = registrar.Add(
      nullptr, "verify",
      "Asks the issuer about a certificate. Exit code: 0 ACCEPT, 10 REFER, 11 REJECT, 12 "
      "UNAVAILABLE, 1 could not be asked, 2 wrong usage",
      "kpctl verify BW0000001 --purpose import --issue-date 2026-11-24 --importer \"Antwerp Rough "
      "BV\" --line 710231:1250.50:187500.00",
      [&context, flags] { return Verify(context, *flags); });
  CLI::Option_group* what = verb->add_option_group("certificate");
  what->add_option("NUMBER", flags->number, "Number in any printed form");
  what->add_option("--qr", flags->qr, "Text of the certificate's QR code")->type_name("KP1:...");
  what->require_option(1, 2);
  verb->add_option("--purpose", flags->purpose, "import, export, transit, reexport-proof or audit")
      ->required()
      ->type_name("PURPOSE");
  flags->paper.AddTo(verb);
  verb->add_option("--consignment", flags->consignment, "Consignment reference (UCR)")
      ->type_name("REF");

  CLI::App* ticket = registrar.Group("ticket", "Questions that an issuer has not answered yet");
  auto shown = std::make_shared<TicketFlags>();
  verb = registrar.Add(ticket, "show",
                       "A ticket of the own identity. Exit code as verify once answered, else 12",
                       "kpctl ticket show 4f1b7c52-7d0e-4be2-9a53-1f0d7b8f2f11 --wait 60",
                       [&context, shown] { return ShowTicket(context, *shown); });
  verb->add_option("ID", shown->id, "The ticket that verify printed")->required();
  verb->add_option("--wait", shown->wait_seconds, "Ask again for so long while it is open")
      ->check(CLI::Range(0, 86400))
      ->type_name("SECONDS");

  CLI::App* evidence = registrar.Group("evidence", "Stored proof of answered verifications");
  auto id = std::make_shared<std::string>();
  verb = registrar.Add(evidence, "show", "The verdict as it was given, with the issuer's answer",
                       "kpctl evidence show 91a3c6b0-5b7e-4d7f-8c8e-3a1b5f0f6a22",
                       [&context, id] { return ShowEvidence(context, *id); });
  verb->add_option("ID", *id, "The evidence that verify printed")->required();
}

}  // namespace kp::kpctl
