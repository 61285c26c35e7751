// participant list|show, measure list.
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kp/registry/v1/registry_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace reg = registry::v1;
using reg::RegistryService;

std::string SpanText(const std::string& from, const std::string& until) {
  return absl::StrCat(from.empty() ? "unknown" : from, " - ", until);
}

std::string ParticipationText(const reg::Participant& participant) {
  std::vector<std::string> spans;
  for (const reg::Participation& span : participant.participations()) {
    spans.push_back(SpanText(span.from(), span.until()));
  }
  return absl::StrJoin(spans, "; ");
}

// A measure of a demonstration is marked once, whether or not its decision says so itself.
std::string DecisionText(const reg::Measure& measure) {
  constexpr char kMark[] = "DEMO: ";
  const bool unmarked = measure.demonstration() && !absl::StartsWith(measure.decision(), kMark);
  return absl::StrCat(unmarked ? kMark : "", measure.decision());
}

Table MeasureTable(const google::protobuf::RepeatedPtrField<reg::Measure>& measures) {
  Table table({"measure", "participant", "kind", "areas, operations", "in force", "decision"});
  for (const reg::Measure& measure : measures) {
    std::vector<std::string> where(measure.areas().begin(), measure.areas().end());
    where.insert(where.end(), measure.operations().begin(), measure.operations().end());
    table.Add({measure.id(), measure.participant(), EnumText(measure.kind(), "MEASURE_KIND_"),
               absl::StrJoin(where, ", "), SpanText(measure.from(), measure.until()),
               DecisionText(measure)});
  }
  return table;
}

absl::StatusOr<int> ListParticipants(Context& context, const std::string& on) {
  Faults faults;
  reg::ListParticipantsRequest request;
  request.set_on(faults.Take(ParseDay(on), "--on"));
  KP_RETURN_IF_ERROR(faults.Status());
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kRegistry));
  KP_ASSIGN_OR_RETURN(const auto response,
                      AllPages(*connection, &RegistryService::Stub::ListParticipants, request,
                               [](auto& all, auto& page) {
                                 all.mutable_participants()->MergeFrom(page.participants());
                               }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table({"code", "name", "kind", "takes part"});
    for (const reg::Participant& participant : response.participants()) {
      table.Add({participant.code(), participant.name(),
                 EnumText(participant.kind(), "PARTICIPANT_KIND_"),
                 ParticipationText(participant)});
    }
    table.Print(context.out);
    context.out << response.participants_size() << " in all\n";
  }));
  return kExitDone;
}

absl::StatusOr<int> ShowParticipant(Context& context, const std::string& code) {
  reg::GetParticipantRequest request;
  request.set_code(code);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kRegistry));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegistryService::Stub::GetParticipant, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    const reg::Participant& participant = response.participant();
    Facts facts;
    facts.Add("code", participant.code());
    facts.Add("name", participant.name());
    facts.Add("kind", EnumText(participant.kind(), "PARTICIPANT_KIND_"));
    facts.Add("takes part", ParticipationText(participant));
    for (const reg::Participation& span : participant.participations()) {
      facts.Add("source", span.source());
    }
    facts.Add("notes", participant.notes());
    facts.Print(context.out);
    if (!response.entities().empty()) {
      context.out << '\n';
      Table entities({"issuing entity", "name", "register complete from", "authorities"});
      for (const reg::IssuingEntity& entity : response.entities()) {
        std::vector<std::string> authorities;
        for (const reg::Authority& authority : entity.authorities()) {
          authorities.push_back(absl::StrCat(authority.id(), " (", authority.name(), ")"));
        }
        entities.Add({entity.code(), entity.name(), entity.register_complete_from(),
                      absl::StrJoin(authorities, ", ")});
      }
      entities.Print(context.out);
      for (const reg::IssuingEntity& entity : response.entities()) {
        if (entity.languages().empty() && entity.paper_features().empty()) continue;
        context.out << "\npaper of " << Printable(entity.code()) << "\n";
        Facts paper;
        if (!entity.languages().empty()) {
          paper.Add("languages", "en, " + absl::StrJoin(entity.languages(), ", "));
        }
        for (const reg::PaperFeature& feature : entity.paper_features()) {
          paper.Add("look at", absl::StrCat(feature.text(), " (", feature.source(), ")"));
        }
        paper.Print(context.out);
      }
    }
    if (!response.measures().empty()) {
      context.out << '\n';
      MeasureTable(response.measures()).Print(context.out);
    }
  }));
  return kExitDone;
}

struct MeasureFlags {
  std::string participant, on;
};

absl::StatusOr<int> ListMeasures(Context& context, const MeasureFlags& flags) {
  Faults faults;
  reg::ListMeasuresRequest request;
  request.set_participant(flags.participant);
  request.set_on(faults.Take(ParseDay(flags.on), "--on"));
  KP_RETURN_IF_ERROR(faults.Status());
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kRegistry));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &RegistryService::Stub::ListMeasures, request,
               [](auto& all, auto& page) { all.mutable_measures()->MergeFrom(page.measures()); }));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { MeasureTable(response.measures()).Print(context.out); }));
  return kExitDone;
}

}  // namespace

void AddRegistry(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* participant =
      registrar.Group("participant", "Participants of the scheme, as the registry has them");
  auto on = std::make_shared<std::string>();
  CLI::App* verb = registrar.Add(participant, "list", "All participants and trading entities",
                                 "kpctl participant list --on 2026-11-24",
                                 [&context, on] { return ListParticipants(context, *on); });
  verb->add_option("--on", *on, "Only those that took part on this day")->type_name("DATE");

  auto code = std::make_shared<std::string>();
  verb = registrar.Add(participant, "show", "One participant, its issuing entities, its measures",
                       "kpctl participant show ZW",
                       [&context, code] { return ShowParticipant(context, *code); });
  verb->add_option("CODE", *code, "ISO 3166-1 alpha-2, or EU")->required();

  CLI::App* measure = registrar.Group("measure", "Restrictions and permissions of the scheme");
  auto flags = std::make_shared<MeasureFlags>();
  verb = registrar.Add(measure, "list", "Measures with the decisions behind them",
                       "kpctl measure list --participant ZW",
                       [&context, flags] { return ListMeasures(context, *flags); });
  verb->add_option("--participant", flags->participant, "Only about this participant")
      ->type_name("CODE");
  verb->add_option("--on", flags->on, "Only those in force on this day")->type_name("DATE");
}

}  // namespace kp::kpctl
