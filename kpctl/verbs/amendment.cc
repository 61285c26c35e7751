// import amend-confirmation|confirmations|confirmation|read-confirmation, certificate
// confirmations.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/amendment_service.grpc.pb.h"
#include "kpctl/confirmation_file.h"
#include "kpctl/connection.h"
#include "kpctl/kept_trust.h"
#include "kpctl/parse.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/keys.h"
#include "mesh/tls/files.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;
using Stub = cert::AmendmentService::Stub;

struct AmendFlags {
  std::string number, receipt_date, inspector, exporter, importer, text, request_id;
  std::vector<std::string> lines;
  int32_t parcels = 0, replaces = 0;
  bool seals_broken = false, original_missing = false;
};

void PrintVersions(std::ostream& out,
                   const google::protobuf::RepeatedPtrField<cert::Confirmation>& versions) {
  Table table({"version", "stands", "way", "by", "officer", "recorded", "received", "carats",
               "parcels", "statement", "at the issuer", "because"});
  for (const cert::Confirmation& one : versions) {
    table.Add({absl::StrCat(one.version()), one.standing() ? "yes" : "",
               EnumText(one.way(), "CONFIRMATION_WAY_"), one.entity(), one.officer().person(),
               TimeText(one.record_time()), one.arrival().receipt_date(),
               CaratsText(TotalCarats(one.arrival().lines())),
               absl::StrCat(one.arrival().parcels()), statement::ToHex(one.digest()).substr(0, 12),
               one.outcome(), one.text()});
  }
  table.Print(out);
}

absl::StatusOr<int> Amend(Context& context, const AmendFlags& flags) {
  Faults faults;
  cert::AmendConfirmationRequest request;
  request.set_number(flags.number);
  request.set_replaces_version(flags.replaces);
  request.set_text(flags.text);
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
  request.set_request_id(context.RequestId(flags.request_id));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response, connection->Call(&Stub::AmendConfirmation, request));
  KP_RETURN_IF_ERROR(context.Show(response, [&] {
    google::protobuf::RepeatedPtrField<cert::Confirmation> one;
    *one.Add() = response.confirmation();
    PrintVersions(context.out, one);
    if (response.differences().empty()) return;
    context.out << "\ndifferences from the paper:\n";
    PrintFindings(context.out, response.differences());
  }));
  return kExitDone;
}

absl::StatusOr<cert::ListConfirmationsResponse> Fetch(Context& context, const std::string& number) {
  cert::ListConfirmationsRequest request;
  request.set_number(number);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  return connection->Call(&Stub::ListConfirmations, request);
}

absl::StatusOr<int> Versions(Context& context, const std::string& number) {
  KP_ASSIGN_OR_RETURN(const auto response, Fetch(context, number));
  KP_RETURN_IF_ERROR(
      context.Show(response, [&] { PrintVersions(context.out, response.confirmations()); }));
  return kExitDone;
}

struct FileFlags {
  std::string number, out;
  int32_t version = 0;
};

absl::StatusOr<int> WriteFile(Context& context, const FileFlags& flags) {
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out));
  KP_ASSIGN_OR_RETURN(const auto response, Fetch(context, flags.number));
  const cert::Confirmation* chosen = nullptr;
  cert::ConfirmationWay way = cert::CONFIRMATION_WAY_UNSPECIFIED;
  for (const cert::Confirmation& one : response.confirmations()) {
    if (one.standing()) way = one.way();
  }
  for (const cert::Confirmation& one : response.confirmations()) {
    const bool wanted = flags.version == 0 ? one.standing() : one.version() == flags.version;
    if (one.way() == way && wanted) chosen = &one;
  }
  if (chosen == nullptr) {
    return FieldError(
        {"CONFIRMATION_UNKNOWN", "version", "is none of the confirmation's versions", ""});
  }
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(chosen->statement()));
  KP_ASSIGN_OR_RETURN(const std::string file, WriteConfirmationFile(parsed));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(flags.out, file, 0644));
  const std::string digest = statement::ToHex(chosen->digest());
  KP_RETURN_IF_ERROR(context.ShowJson({{"file", flags.out},
                                       {"number", chosen->number()},
                                       {"version", chosen->version()},
                                       {"statement", digest}},
                                      [&] {
                                        Facts facts;
                                        facts.Add("written", flags.out);
                                        facts.Add("number", chosen->number());
                                        facts.Add("version", absl::StrCat(chosen->version()));
                                        facts.Add("statement", digest);
                                        facts.Print(context.out);
                                      }));
  return kExitDone;
}

struct ReadFlags {
  std::string file;
  KeptTrustFlags trust;
};

absl::StatusOr<int> ReadFile(Context& context, const ReadFlags& flags) {
  KP_ASSIGN_OR_RETURN(const std::string file, context.ReadFile(flags.file, kMaxConfirmationFile));
  KP_ASSIGN_OR_RETURN(const auto statement, ReadConfirmationFile(file));
  KP_ASSIGN_OR_RETURN(const std::string facts, ConfirmationFacts(statement));
  KP_ASSIGN_OR_RETURN(const KeptTrust trust, ReadKeptTrust(context, flags.trust));
  statement::Expectation expected;
  expected.content_type = statement.content_type();
  expected.issuer = statement.issuer();
  expected.audience = statement.audience();
  expected.now = context.clock.Now();
  const absl::Status proven = statement::VerifyStatement(
      statement, expected, [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return trust.snapshot->Key(issuer, kid, at);
      });
  if (!proven.ok()) {
    const std::string why = absl::StrCat(ReasonOf(proven), ": ", std::string(proven.message()));
    // What it says is not repeated: nobody said it.
    KP_RETURN_IF_ERROR(context.ShowJson(
        {{"signature", "NOT PROVEN"}, {"entity", statement.issuer()}, {"why", why}},
        [&] { context.out << "signature: NOT PROVEN: " << Printable(why) << '\n'; }));
    return kExitReject;
  }
  KP_RETURN_IF_ERROR(
      context.ShowJson({{"signature", "HOLDS"},
                        {"entity", statement.issuer()},
                        {"statement", statement::ToHex(statement.digest())},
                        {"says", facts}},
                       [&] {
                         context.out << "signature: HOLDS, by the trust documents at hand, for "
                                     << statement.issuer() << "\n\n"
                                     << facts;
                       }));
  return kExitDone;
}

void AddVersions(Registrar& registrar, CLI::App* group, const char* example) {
  Context& context = registrar.context();
  auto number = std::make_shared<std::string>();
  CLI::App* verb = registrar.Add(group, "confirmations",
                                 "Every version of its confirmation of receipt, as signed", example,
                                 [&context, number] { return Versions(context, *number); });
  verb->add_option("NUMBER", *number, "Number in any printed form")->required();
}

}  // namespace

void AddConfirmations(Registrar& registrar, CLI::App* certificate) {
  AddVersions(registrar, certificate, "kpctl certificate confirmations BW0000001");
}

void AddAmendment(Registrar& registrar, CLI::App* import) {
  Context& context = registrar.context();
  auto amend = std::make_shared<AmendFlags>();
  CLI::App* verb = registrar.Add(
      import, "amend-confirmation",
      "Puts another confirmation of receipt in place of a wrong one, and tells the issuer; both "
      "are "
      "kept for ever",
      "kpctl import amend-confirmation BW0000001 --replaces 1 --arrived-line "
      "710231:1250.50:187500.00 --parcels 3 --receipt-date 2026-11-26 --text \"a digit was left "
      "out\"",
      [&context, amend] { return Amend(context, *amend); });
  verb->add_option("NUMBER", amend->number, "Number in any printed form")->required();
  verb->add_option("--replaces", amend->replaces,
                   "Version that stands, as `import confirmations` shows it")
      ->required()
      ->check(CLI::Range(1, 100))
      ->type_name("VERSION");
  verb->add_option("--arrived-line", amend->lines, "What arrived, whole; repeatable")
      ->required()
      ->type_name("HS:CARATS[:USD]");
  verb->add_option("--parcels", amend->parcels, "Parcels that arrived")->required()->type_name("N");
  verb->add_option("--receipt-date", amend->receipt_date, "Day of receipt")
      ->required()
      ->type_name("DATE");
  verb->add_option("--text", amend->text, "Why, in writing")->required()->type_name("TEXT");
  verb->add_flag("--seals-broken", amend->seals_broken, "A seal was broken or missing");
  verb->add_flag("--original-missing", amend->original_missing,
                 "The original certificate did not come with the shipment");
  verb->add_option("--inspector", amend->inspector, "Who inspected; by default as confirmed")
      ->type_name("NAME");
  verb->add_option("--exporter", amend->exporter, "By default as confirmed")->type_name("NAME");
  verb->add_option("--importer", amend->importer, "By default as confirmed")->type_name("NAME");
  AddRequestId(verb, amend->request_id);

  AddVersions(registrar, import, "kpctl import confirmations BW0000001");

  auto file = std::make_shared<FileFlags>();
  verb = registrar.Add(import, "confirmation",
                       "Writes a confirmation of receipt as a signed file, for an exporting "
                       "authority that is not on the mesh",
                       "kpctl import confirmation AO1234567 --out AO1234567-receipt.txt",
                       [&context, file] { return WriteFile(context, *file); });
  verb->add_option("NUMBER", file->number, "Number in any printed form")->required();
  verb->add_option("--out", file->out, "File to write; one that exists is not replaced")
      ->required()
      ->type_name("FILE");
  verb->add_option("--of-version", file->version, "An earlier one; by default the one that stands")
      ->check(CLI::Range(1, 100))
      ->type_name("VERSION");

  auto read = std::make_shared<ReadFlags>();
  verb = registrar.Add(
      import, "read-confirmation",
      "Checks the signature of such a file by kept trust documents alone, and says what is signed. "
      "Exit code: 0 it holds, 11 it does not",
      "kpctl import read-confirmation AO1234567-receipt.txt --trust trust-kept --root root-1.doc",
      [&context, read] { return ReadFile(context, *read); });
  verb->add_option("FILE", read->file, "As it came by e-mail")->required()->type_name("FILE");
  read->trust.AddTo(verb);
}

}  // namespace kp::kpctl
