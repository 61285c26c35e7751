// officer add|end|list, outbox list|show|retry.
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kp/certificate/v1/administration_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/parse.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::AdministrationService;

std::string PowersText(const cert::OfficerEntry& officer) {
  std::vector<std::string> names;
  for (const int power : officer.powers()) {
    names.push_back(EnumText(static_cast<access::v1::Power>(power), "POWER_"));
  }
  return absl::StrJoin(names, ", ");
}

Table OfficerTable(const google::protobuf::RepeatedPtrField<cert::OfficerEntry>& officers) {
  Table table({"identity", "person", "name", "authority", "powers", "from", "until"});
  for (const cert::OfficerEntry& officer : officers) {
    table.Add({officer.spiffe_id(), officer.person(), officer.display_name(), officer.authority(),
               PowersText(officer), TimeText(officer.from_time()), TimeText(officer.until_time())});
  }
  return table;
}

template <typename Response>
absl::StatusOr<int> ShowOfficer(Context& context, const Response& response) {
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::OfficerEntry> one;
    *one.Add() = response.officer();
    OfficerTable(one).Print(context.out);
  }));
  return kExitDone;
}

struct OfficerFlags {
  std::string spiffe_id, person, name, authority, from, until, request_id;
  std::vector<std::string> powers;
};

absl::StatusOr<int> AddOfficer(Context& context, const OfficerFlags& flags) {
  Faults faults;
  cert::AddOfficerRequest request;
  cert::OfficerEntry& officer = *request.mutable_officer();
  officer.set_spiffe_id(flags.spiffe_id);
  officer.set_person(flags.person);
  officer.set_display_name(flags.name);
  officer.set_authority(flags.authority);
  for (const std::string& name : flags.powers) {
    access::v1::Power power = access::v1::POWER_UNSPECIFIED;
    if (!access::v1::Power_Parse("POWER_" + absl::AsciiStrToUpper(name), &power)) {
      faults.Note(FieldError({"ENUM_VALUE_UNKNOWN", "",
                              name + " is not issue, validate, verify or administer", ""}),
                  "officer.powers");
    }
    officer.add_powers(power);
  }
  if (!flags.from.empty()) {
    *officer.mutable_from_time() = faults.Take(ParseInstant(flags.from), "officer.from_time");
  }
  if (!flags.until.empty()) {
    *officer.mutable_until_time() = faults.Take(ParseInstant(flags.until), "officer.until_time");
  }
  KP_RETURN_IF_ERROR(faults.Status());
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&AdministrationService::Stub::AddOfficer, request));
  return ShowOfficer(context, response);
}

absl::StatusOr<int> EndOfficer(Context& context, const OfficerFlags& flags) {
  cert::EndOfficerRequest request;
  request.set_spiffe_id(flags.spiffe_id);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&AdministrationService::Stub::EndOfficer, request));
  return ShowOfficer(context, response);
}

absl::StatusOr<int> ListOfficers(Context& context) {
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &AdministrationService::Stub::ListOfficers, cert::ListOfficersRequest(),
               [](auto& all, auto& page) { all.mutable_officers()->MergeFrom(page.officers()); }));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { OfficerTable(response.officers()).Print(context.out); }));
  return kExitDone;
}

Table OutboxTable(const google::protobuf::RepeatedPtrField<cert::OutboxMessage>& messages) {
  Table table({"message", "to", "kind", "state", "attempts", "written", "next try", "last error"});
  for (const cert::OutboxMessage& message : messages) {
    table.Add({message.id(), message.partner(), message.kind(),
               EnumText(message.state(), "OUTBOX_STATE_"), absl::StrCat(message.attempts()),
               TimeText(message.create_time()), TimeText(message.next_try_time()),
               message.last_error()});
  }
  return table;
}

template <typename Response>
absl::StatusOr<int> ShowMessage(Context& context, const Response& response) {
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::OutboxMessage> one;
    *one.Add() = response.message();
    OutboxTable(one).Print(context.out);
  }));
  return kExitDone;
}

struct OutboxFlags {
  std::string state, partner;
};

absl::StatusOr<int> ListOutbox(Context& context, const OutboxFlags& flags) {
  cert::ListOutboxMessagesRequest request;
  request.set_partner(flags.partner);
  if (!flags.state.empty()) {
    cert::OutboxState state = cert::OUTBOX_STATE_UNSPECIFIED;
    if (!cert::OutboxState_Parse("OUTBOX_STATE_" + absl::AsciiStrToUpper(flags.state), &state)) {
      return FieldError(
          {"ENUM_VALUE_UNKNOWN", "--state", "is pending, delivered, parked, refused or held", ""});
    }
    request.set_state(state);
  }
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &AdministrationService::Stub::ListOutboxMessages, request,
               [](auto& all, auto& page) { all.mutable_messages()->MergeFrom(page.messages()); }));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { OutboxTable(response.messages()).Print(context.out); }));
  return kExitDone;
}

absl::StatusOr<int> ShowOutbox(Context& context, const std::string& id) {
  cert::GetOutboxMessageRequest request;
  request.set_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&AdministrationService::Stub::GetOutboxMessage, request));
  return ShowMessage(context, response);
}

absl::StatusOr<int> RetryOutbox(Context& context, const std::string& id) {
  cert::RetryOutboxMessageRequest request;
  request.set_id(id);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&AdministrationService::Stub::RetryOutboxMessage, request));
  return ShowMessage(context, response);
}

struct DiscardFlags {
  std::string id, text, request_id;
};

absl::StatusOr<int> DiscardOutbox(Context& context, const DiscardFlags& flags) {
  cert::DiscardOutboxMessageRequest request;
  request.set_id(flags.id);
  request.set_text(flags.text);
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      connection->Call(&AdministrationService::Stub::DiscardOutboxMessage, request));
  return ShowMessage(context, response);
}

void AddOfficers(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group("officer", "The officer register (as administrator)");
  auto add = std::make_shared<OfficerFlags>();
  CLI::App* verb = registrar.Add(
      group, "add", "Enters an officer, or another identity of a known person (as administrator)",
      "kpctl officer add spiffe://bw.kp.example/officer/k.modise --person k.modise --name "
      "\"Kabo Modise\" --authority BW-KP --power issue",
      [&context, add] { return AddOfficer(context, *add); });
  verb->add_option("SPIFFE", add->spiffe_id, "Identity that may act")->required();
  verb->add_option("--person", add->person, "Stable id of the person")->required()->type_name("ID");
  verb->add_option("--name", add->name, "Name for people")->required()->type_name("NAME");
  verb->add_option("--authority", add->authority, "Authority of the entity")
      ->required()
      ->type_name("ID");
  verb->add_option("--power", add->powers, "issue, validate, verify, administer; repeatable")
      ->required()
      ->type_name("POWER");
  verb->add_option("--from", add->from, "From when; by default now")->type_name("TIME");
  verb->add_option("--until", add->until, "Until when")->type_name("TIME");
  AddRequestId(verb, add->request_id);

  auto end = std::make_shared<OfficerFlags>();
  verb = registrar.Add(
      group, "end", "Ends an officer's entry; what was done before still counts (as administrator)",
      "kpctl officer end spiffe://bw.kp.example/officer/k.modise",
      [&context, end] { return EndOfficer(context, *end); });
  verb->add_option("SPIFFE", end->spiffe_id, "Identity of the entry")->required();
  AddRequestId(verb, end->request_id);

  registrar.Add(group, "list", "All entries, past ones included (as administrator)",
                "kpctl officer list", [&context] { return ListOfficers(context); });
}

}  // namespace

void AddAdministration(Registrar& registrar) {
  Context& context = registrar.context();
  AddOfficers(registrar);
  CLI::App* group = registrar.Group(
      "outbox",
      "Messages to other entities, without their contents (as operator or administrator)");
  auto list = std::make_shared<OutboxFlags>();
  CLI::App* verb = registrar.Add(
      group, "list", "What is not delivered yet, oldest first (as operator or administrator)",
      "kpctl outbox list --state parked", [&context, list] { return ListOutbox(context, *list); });
  verb->add_option("--state", list->state, "pending, delivered, parked, refused, held or discarded")
      ->type_name("STATE");
  verb->add_option("--partner", list->partner, "Only to this party")->type_name("ID");

  auto shown = std::make_shared<std::string>();
  verb = registrar.Add(group, "show", "One message (as operator or administrator)",
                       "kpctl outbox show 2c1b1f0e-6f3a-4f0a-9d5c-7e0a4f1d2b33",
                       [&context, shown] { return ShowOutbox(context, *shown); });
  verb->add_option("ID", *shown, "Id of the message")->required();

  auto retried = std::make_shared<std::string>();
  verb = registrar.Add(group, "retry",
                       "Delivers a waiting or parked message now (as operator or administrator)",
                       "kpctl outbox retry 2c1b1f0e-6f3a-4f0a-9d5c-7e0a4f1d2b33",
                       [&context, retried] { return RetryOutbox(context, *retried); });
  verb->add_option("ID", *retried, "Id of the message")->required();

  auto discarded = std::make_shared<DiscardFlags>();
  verb = registrar.Add(group, "discard",
                       "Gives a parked or refused message up for good (as administrator)",
                       "kpctl outbox discard 2c1b1f0e-6f3a-4f0a-9d5c-7e0a4f1d2b33 --text \"the "
                       "partner has it on paper\"",
                       [&context, discarded] { return DiscardOutbox(context, *discarded); });
  verb->add_option("ID", discarded->id, "Id of the message")->required();
  verb->add_option("--text", discarded->text, "The reasons, in writing")
      ->required()
      ->type_name("TEXT");
  AddRequestId(verb, discarded->request_id);
}

}  // namespace kp::kpctl
