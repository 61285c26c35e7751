// source open|confirm|close|list|show|production.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kp/certificate/v1/source_book_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "scheme/source_book.h"
#include "scheme/statistics.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::RegisterService;
using cert::SourceBookService;

// Zero is told: a source from which nothing is left is not one of which nothing is known.
std::string Weight(int64_t thousandths) {
  return thousandths == 0 ? "0" : CaratsText(thousandths);
}

std::string PeriodText(const cert::Source& source) {
  if (source.year() == 0) return "";
  return scheme::HalfYear{source.year(), source.half()}.ToString();
}

void PrintSources(std::ostream& out,
                  const google::protobuf::RepeatedPtrField<cert::Source>& sources) {
  Table table({"source", "kind", "state", "origin", "period", "carats in", "drawn", "left",
               "opened"});
  for (const cert::Source& source : sources) {
    table.Add({source.id(), EnumText(source.kind(), "SOURCE_KIND_"),
               EnumText(source.state(), "SOURCE_STATE_"), OriginText(source.origin()),
               PeriodText(source), Weight(source.carats_thousandths()),
               Weight(source.drawn_thousandths()),
               Weight(source.carats_thousandths() - source.drawn_thousandths()),
               TimeText(source.open_time())});
  }
  table.Print(out);
}

void PrintSource(std::ostream& out, const cert::Source& source) {
  Facts facts;
  facts.Add("source", source.id());
  facts.Add("kind", EnumText(source.kind(), "SOURCE_KIND_"));
  facts.Add("state", EnumText(source.state(), "SOURCE_STATE_"));
  facts.Add("needed", EnumText(source.need(), "SOURCE_NEED_"));
  facts.Add("origin", OriginText(source.origin()));
  facts.Add("period", PeriodText(source));
  if (source.figures_version() != 0) {
    facts.Add("filed figures", absl::StrCat("version ", source.figures_version()));
  }
  facts.Add("carats in", Weight(source.carats_thousandths()));
  facts.Add("drawn", Weight(source.drawn_thousandths()));
  facts.Add("left", Weight(source.carats_thousandths() - source.drawn_thousandths()));
  if (source.has_document()) {
    const cert::PaperDocument& document = source.document();
    facts.Add("document", document.printed_number());
    facts.Add("issued by", document.issuer());
    facts.Add("issued on", document.issue_date());
    facts.Add("received on", document.receipt_date());
    facts.Add("kept at", document.reference());
  }
  facts.Add("text", source.text());
  for (const std::string& person : source.entered_by()) facts.Add("entered by", person);
  facts.Add("opened by", source.officer().person());
  facts.Add("opened", TimeText(source.open_time()));
  facts.Print(out);
}

struct OpenFlags {
  std::string id, carats, origin, text, production, issuer, issue_date, receipt_date, document,
      request_id;
};

absl::StatusOr<int> Open(Context& context, const OpenFlags& flags) {
  Faults faults;
  cert::OpenSourceRequest request;
  cert::Source& source = *request.mutable_source();
  source.set_id(flags.id);
  if (flags.production.empty()) {
    source.set_kind(cert::SOURCE_KIND_PAPER_IMPORT);
    cert::PaperDocument& document = *source.mutable_document();
    document.set_issuer(flags.issuer);
    document.set_issue_date(
        faults.Take(ParseDay(flags.issue_date), "source.document.issue_date"));
    document.set_receipt_date(
        faults.Take(ParseDay(flags.receipt_date), "source.document.receipt_date"));
    document.set_reference(flags.document);
  } else {
    source.set_kind(cert::SOURCE_KIND_OWN_PRODUCTION);
    const auto period = faults.Take(
        scheme::ParsePeriod(flags.production, "0000-H0", "2026-H1", "own-production"),
        "own-production");
    if (period.size() == 2) {
      source.set_year(period[0]);
      source.set_half(period[1]);
    }
  }
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
    PrintSource(context.out, response.source());
    if (response.source().state() == cert::SOURCE_STATE_WAITING) {
      context.out << "\nanother officer has to confirm it before certificates draw on it\n";
    }
  }));
  return kExitDone;
}

struct ActFlags {
  std::string id, text, request_id;
};

template <typename Request, typename Method>
absl::StatusOr<int> Act(Context& context, const ActFlags& flags, Method method) {
  Request request;
  request.set_id(flags.id);
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(method, request));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintSource(context.out, response.source()); }));
  return kExitDone;
}

struct ListFlags {
  bool open_only = false, waiting = false;
};

absl::StatusOr<int> List(Context& context, const ListFlags& flags) {
  cert::ListSourcesRequest request;
  request.set_open_only(flags.open_only);
  if (flags.waiting) request.set_state(cert::SOURCE_STATE_WAITING);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &RegisterService::Stub::ListSources, request,
               [](auto& all, auto& page) { all.mutable_sources()->MergeFrom(page.sources()); }));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintSources(context.out, response.sources()); }));
  return kExitDone;
}

absl::StatusOr<int> Show(Context& context, const std::string& id) {
  cert::GetSourceRequest request;
  request.set_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&SourceBookService::Stub::GetSource, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    PrintSource(context.out, response.source());
    context.out << '\n';
    Table events({"event", "time", "person", "text"});
    for (const cert::RegisterEventRecord& event : response.events()) {
      events.Add({event.kind(), TimeText(event.record_time()), event.person(), event.text()});
    }
    events.Print(context.out);
    context.out << '\n';
    Table uses({"certificate", "application", "carats"});
    for (const cert::SourceUse& use : response.uses()) {
      uses.Add({use.number(), use.application_id(), Weight(use.carats_thousandths())});
    }
    uses.Print(context.out);
    if (response.uses_left_out() > 0) {
      context.out << "and " << response.uses_left_out() << " older ones\n";
    }
  }));
  return kExitDone;
}

absl::StatusOr<int> Production(Context& context, const std::string& year_text) {
  KP_ASSIGN_OR_RETURN(const auto year, scheme::ParsePeriod(year_text, "0000", "2026", "year"));
  cert::GetSourceProductionRequest request;
  request.set_year(year[0]);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&SourceBookService::Stub::GetSourceProduction, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"period", "origin", "filed", "version", "opened", "drawn", "due"});
    for (const cert::SourceProductionRow& row : response.rows()) {
      const bool filed = row.figures_version() != 0;
      table.Add({row.half() == 0 ? "not told" : scheme::HalfYear{year[0], row.half()}.ToString(),
                 row.origin(), filed ? Weight(row.filed_thousandths()) : "not filed",
                 filed ? absl::StrCat(row.figures_version()) : "",
                 Weight(row.opened_thousandths()), Weight(row.drawn_thousandths()),
                 row.due_date()});
    }
    table.Print(context.out);
    if (!response.findings().empty()) context.out << '\n';
    PrintFindings(context.out, response.findings());
  }));
  return kExitDone;
}

void AddActs(Registrar& registrar, CLI::App* group) {
  Context& context = registrar.context();
  const auto add = [&](const char* name, const char* what, const char* example, const char* text,
                       auto run) {
    auto flags = std::make_shared<ActFlags>();
    CLI::App* verb = registrar.Add(group, name, what, example,
                                   [&context, flags, run] { return run(context, *flags); });
    verb->add_option("ID", flags->id, "Id in the source book, or a certificate's number")
        ->required();
    verb->add_option("--text", flags->text, text)->required()->type_name("TEXT");
    AddRequestId(verb, flags->request_id);
  };
  add("confirm",
      "Confirms, as a second person, what another officer entered, or settles what a paper left "
      "open",
      "kpctl source confirm AO1234567 --text \"compared with the original in archive box 12\"",
      "What was looked at, and how what was open is settled", [](Context& to, const auto& flags) {
        return Act<cert::ConfirmSourceRequest>(to, flags, &SourceBookService::Stub::ConfirmSource);
      });
  add("close", "Closes a source for good: nothing more is drawn, what was drawn stays",
      "kpctl source close 2026-H1-north --text \"the mine's return was wrong\"", "Why",
      [](Context& to, const auto& flags) {
        return Act<cert::CloseSourceRequest>(to, flags, &SourceBookService::Stub::CloseSource);
      });
}

}  // namespace

void AddSource(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "source", "What stones come from, and what is left of it (R16); a confirmed import opens its own");
  auto flags = std::make_shared<OpenFlags>();
  CLI::App* verb = registrar.Add(
      group, "open", "Enters own production of a half-year, or an import from its paper",
      "kpctl source open 2026-H1-north --own-production 2026-H1 --carats 12500 --origin BW --text "
      "\"returns of the mines in the north\"\n"
      "  kpctl source open \"AO 1234567\" --issuer AO --issue-date 2019-03-01 --receipt-date "
      "2019-03-20 --document \"archive box 12\" --carats 840 --origin AO --text \"before the "
      "mesh\"",
      [&context, flags] { return Open(context, *flags); });
  verb->add_option("ID", flags->id, "Id in the source book; of an import its certificate's number")
      ->required();
  CLI::Option* production =
      verb->add_option("--own-production", flags->production,
                       "Own production of this half-year; without it an import on paper")
          ->type_name("YYYY-Hn");
  verb->add_option("--issuer", flags->issuer, "Who issued the paper")
      ->type_name("CODE")
      ->excludes(production);
  verb->add_option("--issue-date", flags->issue_date, "When it was issued (F7)")
      ->type_name("DATE")
      ->excludes(production);
  verb->add_option("--receipt-date", flags->receipt_date, "When the goods came in")
      ->type_name("DATE")
      ->excludes(production);
  verb->add_option("--document", flags->document, "Where the paper is kept")
      ->type_name("TEXT")
      ->excludes(production);
  verb->add_option("--carats", flags->carats, "Carats in")->required()->type_name("CARATS");
  verb->add_option("--origin", flags->origin, "ZW, mixed, or mixed:BW,NA")
      ->required()
      ->type_name("ORIGIN");
  verb->add_option("--text", flags->text, "What it is entered from")->required()->type_name("TEXT");
  AddRequestId(verb, flags->request_id);
  AddActs(registrar, group);

  auto list = std::make_shared<ListFlags>();
  verb = registrar.Add(group, "list", "The source book, newest first", "kpctl source list --open",
                       [&context, list] { return List(context, *list); });
  verb->add_flag("--open", list->open_only, "Only those that are not closed and have carats left");
  verb->add_flag("--waiting", list->waiting, "Only those that a second officer has to confirm");

  auto id = std::make_shared<std::string>();
  verb = registrar.Add(group, "show", "One source with its history and what draws on it",
                       "kpctl source show AO1234567",
                       [&context, id] { return Show(context, *id); });
  verb->add_option("ID", *id, "Id in the source book, or a certificate's number")->required();

  auto year = std::make_shared<std::string>();
  verb = registrar.Add(group, "production",
                       "Own production in the source book beside what was filed of it",
                       "kpctl source production 2026",
                       [&context, year] { return Production(context, *year); });
  verb->add_option("YEAR", *year, "Year")->required()->type_name("YYYY");
}

}  // namespace kp::kpctl
