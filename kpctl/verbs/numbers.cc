// numbers allot|lost|stolen|list.
#include <memory>

#include "base/error.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/paging.h"
#include "kpctl/verbs/verbs.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using cert::RegisterService;

void AddRow(Table& table, const cert::SerialRange& range, const std::string& next) {
  const bool blanks = range.blanks() != cert::CERTIFICATE_STATE_UNSPECIFIED;
  table.Add(
      {range.first_number(), range.last_number(),
       blanks ? "blanks " + EnumText(range.blanks(), "CERTIFICATE_STATE_") : range.authority(),
       blanks              ? "-"
       : range.year() == 0 ? "any"
                           : std::to_string(range.year()),
       blanks         ? "-"
       : next.empty() ? "run out"
                      : next,
       TimeText(range.record_time())});
}

Table RangeTable() { return Table({"first", "last", "allotted to", "year", "next", "recorded"}); }

absl::StatusOr<int> Allot(Context& context, cert::AllotSerialRangeRequest request,
                          const std::string& request_id) {
  request.set_request_id(context.RequestId(request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&RegisterService::Stub::AllotSerialRange, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table = RangeTable();
    AddRow(table, response.range(), response.range().first_number());
    table.Print(context.out);
  }));
  return kExitDone;
}

absl::StatusOr<int> List(Context& context) {
  cert::ListSerialRangesRequest request;
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      AllPages(*connection, &RegisterService::Stub::ListSerialRanges, request,
               [](auto& all, auto& page) { all.mutable_ranges()->MergeFrom(page.ranges()); }));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    Table table = RangeTable();
    for (const cert::SerialRangeItem& item : response.ranges()) {
      AddRow(table, item.range(), item.next_number());
    }
    table.Print(context.out);
  }));
  return kExitDone;
}

struct RangeFlags {
  std::string first, last, authority, text, request_id;
  int year = 0;
};

cert::AllotSerialRangeRequest ToRequest(const RangeFlags& flags, cert::CertificateState blanks) {
  cert::AllotSerialRangeRequest request;
  request.set_first_number(flags.first);
  request.set_last_number(flags.last);
  request.set_authority(flags.authority);
  request.set_year(flags.year);
  request.set_blanks(blanks);
  request.set_text(flags.text);
  return request;
}

CLI::App* AddRange(Registrar& registrar, CLI::App* group, const std::string& name,
                   const std::string& description, const std::string& example,
                   cert::CertificateState blanks, const std::shared_ptr<RangeFlags>& flags) {
  Context& context = registrar.context();
  CLI::App* verb = registrar.Add(group, name, description, example, [&context, flags, blanks] {
    return Allot(context, ToRequest(*flags, blanks), flags->request_id);
  });
  verb->add_option("FIRST", flags->first, "First number")->required();
  verb->add_option("LAST", flags->last, "Last number, of the same series")->required();
  verb->add_option("--text", flags->text, "Written reasons")->type_name("TEXT");
  AddRequestId(verb, flags->request_id);
  return verb;
}

}  // namespace

void AddNumbers(Registrar& registrar) {
  Context& context = registrar.context();
  CLI::App* group = registrar.Group(
      "numbers", "Ranges of certificate numbers, and blank forms that are gone (R06)");
  auto allot = std::make_shared<RangeFlags>();
  CLI::App* verb =
      AddRange(registrar, group, "allot", "Allots a range to an authority and a year of issue",
               "kpctl numbers allot BW0000001 BW0009999 --authority \"Diamond Office\" --year 2026",
               cert::CERTIFICATE_STATE_UNSPECIFIED, allot);
  verb->add_option("--authority", allot->authority, "Authority, as in the registry")
      ->required()
      ->type_name("ID");
  verb->add_option("--year", allot->year, "Year of issue; any where it is left out")
      ->type_name("YEAR");
  AddRange(registrar, group, "lost", "Reports blank forms lost: they are never issued afterwards",
           "kpctl numbers lost BW0000120 BW0000124 --text \"missing at the count of 30 June\"",
           cert::CERTIFICATE_STATE_LOST, std::make_shared<RangeFlags>());
  AddRange(registrar, group, "stolen",
           "Reports blank forms stolen: they are never issued afterwards",
           "kpctl numbers stolen BW0000120 BW0000124 --text \"burglary, police report 17/2026\"",
           cert::CERTIFICATE_STATE_STOLEN, std::make_shared<RangeFlags>());
  registrar.Add(group, "list", "All ranges, newest first", "kpctl numbers list",
                [&context] { return List(context); });
}

}  // namespace kp::kpctl
