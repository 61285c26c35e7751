// import enter|amend|list|show|overdue.
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "kp/certificate/v1/import_book_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/paper.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/show_import.h"
#include "kpctl/verbs/verbs.h"
#include "scheme/wire/certificate.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using Stub = cert::ImportBookService::Stub;

constexpr char kCheckType[] = "KIND:DATE:REFERENCE";
constexpr char kCheckHelp[] =
    "A check by hand that agreed: pre-alert-seen, issuer-asked, specimen-compared or other; "
    "repeatable";

// "issuer-asked:2026-11-25:e-mail of the AO office".
absl::StatusOr<cert::ManualCheck> ParseCheck(const std::string& text, bool agrees) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 2));
  std::string name = parts[0];
  for (char& c : name) c = c == '-' ? '_' : absl::ascii_toupper(static_cast<unsigned char>(c));
  cert::ManualCheck check;
  cert::ManualCheckKind kind = cert::MANUAL_CHECK_KIND_UNSPECIFIED;
  if (parts.size() != 3 || !cert::ManualCheckKind_Parse("MANUAL_CHECK_KIND_" + name, &kind)) {
    return FieldError({"CHECK_MALFORMED", "",
                       "a check is KIND:DATE:REFERENCE, such as "
                       "issuer-asked:2026-11-25:e-mail of the AO office",
                       ""});
  }
  check.set_kind(kind);
  check.set_agrees(agrees);
  check.set_date(parts[1]);
  check.set_reference(parts[2]);
  if (kind == cert::MANUAL_CHECK_KIND_OTHER) check.set_text(parts[2]);
  return check;
}

struct EnterFlags {
  std::string number, submitted, despite_mesh, detain, text, request_id;
  std::vector<std::string> checks, failed_checks;
  PaperFlags paper;
  bool original_missing = false;

  template <typename Request>
  void AddChecks(Request& request, Faults& faults) const {
    const auto add = [&](const std::vector<std::string>& from, bool agrees) {
      for (const std::string& check : from) {
        *request.add_manual_checks() = faults.Take(ParseCheck(check, agrees), "manual_checks");
      }
    };
    add(checks, true);
    add(failed_checks, false);
  }
  void AddTo(CLI::App* verb) {
    verb->add_option("NUMBER", number, "Number as printed")->required();
    paper.AddTo(verb);
    verb->add_option("--checked", checks, kCheckHelp)->type_name(kCheckType);
    verb->add_option("--check-failed", failed_checks, "A check by hand that did not agree")
        ->type_name(kCheckType);
    AddRequestId(verb, request_id);
  }
};

absl::StatusOr<int> Enter(Context& context, const EnterFlags& flags) {
  Faults faults;
  cert::EnterPaperImportRequest request;
  request.set_number(flags.number);
  *request.mutable_paper() = flags.paper.ToProto(faults);
  request.set_submission_date(faults.Take(ParseDay(flags.submitted), "submission_date"));
  flags.AddChecks(request, faults);
  request.set_original_missing(flags.original_missing);
  request.set_despite_mesh_text(flags.despite_mesh);
  request.set_detain_text(flags.detain);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::EnterPaperImport, request));
  return ShowImport(context, response, "entered");
}

absl::StatusOr<int> Amend(Context& context, const EnterFlags& flags) {
  Faults faults;
  cert::AmendPaperImportRequest request;
  request.set_number(flags.number);
  if (flags.paper.Given()) *request.mutable_paper() = flags.paper.ToProto(faults);
  flags.AddChecks(request, faults);
  request.set_text(flags.text);
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::AmendPaperImport, request));
  return ShowImport(context, response, "amended");
}

struct ListFlags {
  std::string issuer, from, until;
  std::vector<std::string> states;
  bool paper = false, mesh = false;
};

absl::StatusOr<int> List(Context& context, const ListFlags& flags) {
  Faults faults;
  cert::ListImportsRequest request;
  request.set_issuer(flags.issuer);
  request.set_submitted_from(faults.Take(ParseDay(flags.from), "submitted_from"));
  request.set_submitted_until(faults.Take(ParseDay(flags.until), "submitted_until"));
  for (const std::string& name : flags.states) {
    request.add_states(faults.Take(ParseState(name), "states"));
  }
  KP_RETURN_IF_ERROR(faults.Status());
  if (flags.paper) request.set_filter(cert::IMPORT_FILTER_PAPER);
  if (flags.mesh) request.set_filter(cert::IMPORT_FILTER_MESH);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &Stub::ListImports, request, [](auto& all, auto& page) {
                        all.mutable_entries()->MergeFrom(page.entries());
                      }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"number", "issuer", "way", "state", "presented", "carats", "looks", "findings",
                 "confirmed"});
    for (const cert::ImportEntry& entry : response.entries()) {
      table.Add({entry.number(), entry.issuer(), EnumText(entry.way(), "IMPORT_WAY_"),
                 EnumText(entry.state(), "CERTIFICATE_STATE_"), entry.submission_date(),
                 CaratsText(TotalCarats(entry.certified_lines())),
                 absl::StrCat(entry.inspections_size()), absl::StrCat(entry.findings_size()),
                 entry.confirm_date()});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

struct ShowFlags {
  std::string number;
  bool history = false;
};

absl::StatusOr<int> Show(Context& context, const ShowFlags& flags) {
  cert::GetImportRequest request;
  request.set_number(flags.number);
  request.set_with_history(flags.history);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::GetImport, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    PrintImport(context.out, response.entry());
    if (!response.deadlines().empty()) {
      context.out << "\ndue:\n";
      PrintDeadlines(context.out, response.deadlines());
    }
    if (!response.events().empty()) {
      context.out << "\nhistory:\n";
      Table table({"sequence", "recorded", "event", "person", "reasons"});
      for (const cert::RegisterEventRecord& event : response.events()) {
        table.Add({absl::StrCat(event.sequence()), TimeText(event.record_time()), event.kind(),
                   event.person().empty() ? event.actor() : event.person(), event.text()});
      }
      table.Print(context.out);
    }
  }));
  return kExitDone;
}

struct OverdueFlags {
  std::string issuer;
  int32_t within = 0;
};

absl::StatusOr<int> Overdue(Context& context, const OverdueFlags& flags) {
  cert::ListOverdueImportsRequest request;
  request.set_issuer(flags.issuer);
  request.set_within_days(flags.within);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &Stub::ListOverdueImports, request, [](auto& all, auto& page) {
        all.mutable_deadlines()->MergeFrom(page.deadlines());
      }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    PrintDeadlines(context.out, response.deadlines());
    if (response.partners().empty()) return;
    context.out << "\nby partner:\n";
    Table table({"issuer", "due", "how many", "oldest"});
    for (const cert::OverduePartner& partner : response.partners()) {
      table.Add({partner.issuer(), EnumText(partner.kind(), "IMPORT_DEADLINE_KIND_"),
                 absl::StrCat(partner.count()), partner.oldest_due_date()});
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

void AddReads(Registrar& registrar, CLI::App* import) {
  Context& context = registrar.context();
  auto list = std::make_shared<ListFlags>();
  CLI::App* verb = registrar.Add(import, "list", "The import book, newest entry first",
                                 "kpctl import list --issuer AO --paper",
                                 [&context, list] { return List(context, *list); });
  verb->add_option("--issuer", list->issuer, "Only of this issuing entity")->type_name("CODE");
  verb->add_option("--state", list->states, "Only in this state; repeatable")->type_name("STATE");
  verb->add_option("--from", list->from, "Presented on this day or later")->type_name("DATE");
  verb->add_option("--until", list->until, "Presented on this day or earlier")->type_name("DATE");
  CLI::Option* paper = verb->add_flag("--paper", list->paper, "Only those entered from paper");
  verb->add_flag("--mesh", list->mesh, "Only those that came by the mesh")->excludes(paper);

  auto show = std::make_shared<ShowFlags>();
  verb = registrar.Add(
      import, "show", "One import: what was checked, what could not be, what is due",
      "kpctl import show AO1234567 --history", [&context, show] { return Show(context, *show); });
  verb->add_option("NUMBER", show->number, "Number in any printed form")->required();
  verb->add_flag("--history", show->history, "With its events");

  auto overdue = std::make_shared<OverdueFlags>();
  verb = registrar.Add(import, "overdue",
                       "What is due for imports and was not done: confirmations, missing "
                       "originals, reports of failures; by partner",
                       "kpctl import overdue --within 7",
                       [&context, overdue] { return Overdue(context, *overdue); });
  verb->add_option("--issuer", overdue->issuer, "Only of this issuing entity")->type_name("CODE");
  verb->add_option("--within", overdue->within, "Also what runs out within so many days")
      ->check(CLI::Range(0, 366))
      ->type_name("DAYS");
}

}  // namespace

void AddImportBook(Registrar& registrar, CLI::App* import) {
  Context& context = registrar.context();
  auto enter = std::make_shared<EnterFlags>();
  CLI::App* verb = registrar.Add(
      import, "enter",
      "Enters a paper certificate whose issuer is not on the mesh, and tells what could be checked "
      "and what could not",
      "kpctl import enter \"AO 1234567\" --issue-date 2026-11-10 --expiry-date 2027-01-10 "
      "--issuing-authority \"AO office\" --exporter Sodiam --importer \"Antwerp Rough BV\" "
      "--importing-entity EU --line 710231:840.00:126000.00 --parcels 2 --origin AO --seal L-77 "
      "--checked \"pre-alert-seen:2026-11-23:e-mail of the AO office\"",
      [&context, enter] { return Enter(context, *enter); });
  enter->AddTo(verb);
  verb->add_option("--submitted", enter->submitted,
                   "Day on which goods and certificate were presented; by default today")
      ->type_name("DATE");
  verb->add_flag("--original-missing", enter->original_missing,
                 "The original certificate did not come with the shipment");
  verb->add_option("--despite-mesh", enter->despite_mesh,
                   "Why it is entered from paper although its issuer is on the mesh")
      ->type_name("TEXT");
  verb->add_option("--detain", enter->detain, "Detains the goods at once: the reasons, in writing")
      ->type_name("TEXT");

  auto amend = std::make_shared<EnterFlags>();
  verb =
      registrar.Add(import, "amend",
                    "Puts an entry from paper right before it is confirmed, or adds a check by "
                    "hand; flags of the paper replace all that was entered of it",
                    "kpctl import amend AO1234567 --checked \"issuer-asked:2026-11-25:telephone, "
                    "the AO office\" --text \"the issuer was asked\"",
                    [&context, amend] { return Amend(context, *amend); });
  amend->AddTo(verb);
  verb->add_option("--text", amend->text, "The reasons, in writing")->required()->type_name("TEXT");
  AddReads(registrar, import);
}

}  // namespace kp::kpctl
