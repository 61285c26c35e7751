// case list|show|open|remark|propose|agree|decline.
#include <functional>
#include <map>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/case_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::CaseService;

struct ListFlags {
  std::string number, partner;
  bool open_only = false;
};

struct ActFlags {
  std::string id, text, remedy, proposal, kind, found_on, request_id;
};

const std::map<std::string, cert::CaseRemedy> kRemedies = {
    {"accept", cert::CASE_REMEDY_ACCEPT},   {"correct", cert::CASE_REMEDY_CORRECT},
    {"replace", cert::CASE_REMEDY_REPLACE}, {"order-back", cert::CASE_REMEDY_ORDER_BACK},
    {"other", cert::CASE_REMEDY_OTHER},
};
const std::map<std::string, cert::CaseKind> kKinds = {
    {"irregular-shipment", cert::CASE_KIND_IRREGULAR_SHIPMENT},
    {"failure-report", cert::CASE_KIND_FAILURE_REPORT},
};

std::string RemedyText(cert::CaseRemedy remedy) {
  return remedy == cert::CASE_REMEDY_UNSPECIFIED ? "" : EnumText(remedy, "CASE_REMEDY_");
}

// Of the listing, where a whole digest is too long to compare: its first 12 digits name a proposal
// among those of a case.
std::string ShortDigest(const std::string& digest) {
  return digest.empty() ? "" : statement::ToHex(digest).substr(0, 12);
}

void PrintCase(std::ostream& out, const cert::Case& shown) {
  Facts facts;
  facts.Add("case", shown.case_id());
  facts.Add("certificate", shown.number());
  facts.Add("with", shown.partner());
  facts.Add("about", EnumText(shown.kind(), "CASE_KIND_"));
  facts.Add("state", EnumText(shown.state(), "CASE_STATE_"));
  facts.Add("opened", TimeText(shown.open_time()));
  facts.Add("found on", shown.found_on());
  if (shown.late()) facts.Add("late", "reported more than a month after it was found");
  facts.Add("own proposal", statement::ToHex(shown.own_proposal()));
  facts.Add("their proposal", statement::ToHex(shown.partner_proposal()));
  facts.Add("agreed", RemedyText(shown.agreed_remedy()));
  facts.Add("agreed proposal", statement::ToHex(shown.agreed_digest()));
  if (shown.confirmation_version() > 0) {
    facts.Add("differences", absl::StrCat(shown.differences().empty() ? "none left" : "as below",
                                          " by version ", shown.confirmation_version(),
                                          " of the confirmation"));
  }
  facts.Print(out);
  if (!shown.differences().empty()) {
    out << "\ndifferences:\n";
    PrintFindings(out, shown.differences());
  }
  if (shown.entries().empty()) return;
  out << '\n';
  Table table({"who", "act", "when", "officer", "remedy", "statement", "answers",
               "at the other side", "text"});
  for (const cert::CaseEntry& entry : shown.entries()) {
    const cert::CaseStatement& said = entry.content();
    table.Add({entry.entity(), EnumText(said.act(), "CASE_ACT_"), TimeText(said.act_time()),
               said.officer().person(), RemedyText(said.remedy()), ShortDigest(entry.digest()),
               ShortDigest(said.proposal_digest()),
               entry.entity() == shown.partner() ? ""
               : entry.outcome().empty()         ? "on the way"
                                                 : entry.outcome(),
               said.text()});
  }
  table.Print(out);
}

absl::StatusOr<int> List(Context& context, const ListFlags& flags) {
  cert::ListCasesRequest request;
  request.set_number(flags.number);
  request.set_partner(flags.partner);
  request.set_open_only(flags.open_only);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, AllPages(*connection, &CaseService::Stub::ListCases,
                                                    request, [](auto& all, auto& page) {
                                                      all.mutable_cases()->MergeFrom(page.cases());
                                                    }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"case", "certificate", "with", "about", "state", "agreed", "last change"});
    for (const cert::Case& one : response.cases()) {
      table.Add({one.case_id(), one.number(), one.partner(), EnumText(one.kind(), "CASE_KIND_"),
                 EnumText(one.state(), "CASE_STATE_"), RemedyText(one.agreed_remedy()),
                 TimeText(one.update_time())});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

absl::StatusOr<int> Show(Context& context, const std::string& id) {
  cert::GetCaseRequest request;
  request.set_case_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&CaseService::Stub::GetCase, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] { PrintCase(context.out, response.case_()); }));
  return kExitDone;
}

// One written act; `fill` tells what it says beside the text.
template <typename Request, typename Method>
absl::StatusOr<int> Act(Context& context, const ActFlags& flags, Method method,
                        const std::function<absl::Status(Request&)>& fill) {
  Request request;
  KP_RETURN_IF_ERROR(fill(request));
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(method, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] { PrintCase(context.out, response.case_()); }));
  return kExitDone;
}

absl::StatusOr<int> OpenCase(Context& context, const ActFlags& flags) {
  return Act<cert::OpenCaseRequest>(
      context, flags, &CaseService::Stub::OpenCase, [&](auto& request) -> absl::Status {
        Faults faults;
        request.set_number(flags.id);
        request.set_kind(kKinds.at(flags.kind));
        request.set_found_on(faults.Take(ParseDay(flags.found_on), "found_on"));
        return faults.Status();
      });
}

absl::StatusOr<int> Remark(Context& context, const ActFlags& flags) {
  return Act<cert::RemarkOnCaseRequest>(context, flags, &CaseService::Stub::RemarkOnCase,
                                        [&](auto& request) {
                                          request.set_case_id(flags.id);
                                          return absl::OkStatus();
                                        });
}

absl::StatusOr<int> Propose(Context& context, const ActFlags& flags) {
  return Act<cert::ProposeInCaseRequest>(context, flags, &CaseService::Stub::ProposeInCase,
                                         [&](auto& request) {
                                           request.set_case_id(flags.id);
                                           request.set_remedy(kRemedies.at(flags.remedy));
                                           return absl::OkStatus();
                                         });
}

template <typename Request, typename Method>
absl::StatusOr<int> Answer(Context& context, const ActFlags& flags, Method method) {
  return Act<Request>(context, flags, method, [&](auto& request) {
    request.set_case_id(flags.id);
    request.set_proposal_digest(absl::HexStringToBytes(flags.proposal));
    return absl::OkStatus();
  });
}

std::vector<std::string> NamesOf(const auto& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

}  // namespace

void AddCase(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "case", "What is settled with the other side of a certificate, in signed words (R20)");
  auto list = std::make_shared<ListFlags>();
  CLI::App* verb =
      registrar.Add(group, "list", "Cases, newest first", "kpctl case list --open --partner EU",
                    [&context, list] { return List(context, *list); });
  verb->add_option("--number", list->number, "Only about this certificate")->type_name("NUMBER");
  verb->add_option("--partner", list->partner, "Only with this entity")->type_name("CODE");
  verb->add_flag("--open", list->open_only, "Only those that are not closed");

  auto id = std::make_shared<std::string>();
  verb = registrar.Add(group, "show", "One case with everything said in it",
                       "kpctl case show 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                       [&context, id] { return Show(context, *id); });
  verb->add_option("CASE", *id, "Id of the case")->required();

  const auto add = [&](const char* name, const char* what, const char* example, const char* about,
                       auto run) {
    auto flags = std::make_shared<ActFlags>();
    CLI::App* act = registrar.Add(group, name, what, example,
                                  [&context, flags, run] { return run(context, *flags); });
    act->add_option(about, flags->id,
                    std::string(about) == "CASE" ? "Id of the case" : "Number of the certificate")
        ->required();
    act->add_option("--text", flags->text, "In writing, 1 to 2,000 characters")
        ->required()
        ->type_name("TEXT");
    AddRequestId(act, flags->request_id);
    return std::pair(act, flags);
  };
  const auto [open, open_flags] = add(
      "open", "Opens a case by hand; one about differences is opened by the confirmation of import",
      "kpctl case open BW0000001 --kind failure-report --found-on 2026-11-26 --text \"a seal was "
      "broken\"",
      "NUMBER", &OpenCase);
  open->add_option("--kind", open_flags->kind, "irregular-shipment, or failure-report")
      ->required()
      ->check(CLI::IsMember(NamesOf(kKinds)))
      ->type_name("KIND");
  open->add_option("--found-on", open_flags->found_on, "Day on which a failure was found")
      ->type_name("DATE");
  add("remark", "Adds a signed remark, also to a closed case",
      "kpctl case remark 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --text \"weighed again: 1,250.50\"",
      "CASE", &Remark);
  const auto [propose, propose_flags] = add(
      "propose", "Proposes what should become of it, in place of an earlier proposal of this side",
      "kpctl case propose 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --remedy accept --text \"scales "
      "differ by 0.10\"",
      "CASE", &Propose);
  propose
      ->add_option("--remedy", propose_flags->remedy,
                   "accept, correct, replace, order-back (by the issuer alone) or other")
      ->required()
      ->check(CLI::IsMember(NamesOf(kRemedies)))
      ->type_name("REMEDY");
  struct AnswerVerb {
    const char* name;
    const char* what;
    const char* example;
    absl::StatusOr<int> (*run)(Context&, const ActFlags&);
  };
  const AnswerVerb answers[] = {
      {"agree", "Agrees to the other side's proposal: closes the case",
       "kpctl case agree 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --proposal "
       "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8 --text \"agreed\"",
       [](Context& to, const ActFlags& flags) {
         return Answer<cert::AgreeInCaseRequest>(to, flags, &CaseService::Stub::AgreeInCase);
       }},
      {"decline", "Turns the other side's proposal down; the case stays open",
       "kpctl case decline 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --proposal "
       "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8 --text \"not a matter of "
       "scales\"",
       [](Context& to, const ActFlags& flags) {
         return Answer<cert::DeclineInCaseRequest>(to, flags, &CaseService::Stub::DeclineInCase);
       }},
  };
  for (const AnswerVerb& answer : answers) {
    const auto [act, flags] = add(answer.name, answer.what, answer.example, "CASE", answer.run);
    act->add_option("--proposal", flags->proposal,
                    "SHA-256 of the proposal that was read: \"their proposal\" of `case show`")
        ->required()
        ->check([](const std::string& text) {
          const bool digits =
              text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
          return digits ? std::string() : std::string("must be 64 digits of hex");
        })
        ->type_name("HEX");
  }
}

}  // namespace kp::kpctl
