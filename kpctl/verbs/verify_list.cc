// verify-list: a list of certificates, verified over one stream.
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/csv.h"
#include "kpctl/parse.h"
#include "kpctl/stated_question.h"
#include "kpctl/verbs/verbs.h"
#include "scheme/certificate_number.h"
#include "scheme/dates.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

// One message of the stream: the largest batch that a service takes.
constexpr size_t kBatch = 1000;
constexpr size_t kMaxFile = size_t{64} << 20;

struct ListFlags {
  std::string file;
  std::string purpose;
};

// One record: the question, and the parts of its one line.
struct Record {
  StatedQuestion stated;
  std::string hs_code, carats, usd;
};

// Where a record keeps what stands in a column; null for a name of no column.
using Place = std::string& (*)(Record&);
Place PlaceOf(const std::string& column) {
  static const auto* const places = new std::map<std::string, Place>{
      {"number", [](Record& r) -> std::string& { return r.stated.number; }},
      {"issue_date", [](Record& r) -> std::string& { return r.stated.paper.issue_date; }},
      {"expiry_date", [](Record& r) -> std::string& { return r.stated.paper.expiry_date; }},
      {"issuing_authority", [](Record& r) -> std::string& { return r.stated.paper.authority; }},
      {"exporter", [](Record& r) -> std::string& { return r.stated.paper.exporter; }},
      {"importer", [](Record& r) -> std::string& { return r.stated.paper.importer; }},
      {"importing_entity",
       [](Record& r) -> std::string& { return r.stated.paper.importing_entity; }},
      {"origin", [](Record& r) -> std::string& { return r.stated.paper.origin; }},
      {"hs_code", [](Record& r) -> std::string& { return r.hs_code; }},
      {"carats", [](Record& r) -> std::string& { return r.carats; }},
      {"usd", [](Record& r) -> std::string& { return r.usd; }},
      {"total_carats", [](Record& r) -> std::string& { return r.stated.paper.total_carats; }},
      {"total_value", [](Record& r) -> std::string& { return r.stated.paper.total_value; }},
      {"consignment", [](Record& r) -> std::string& { return r.stated.consignment; }}};
  const auto found = places->find(column);
  return found == places->end() ? nullptr : found->second;
}

absl::Status Unreadable(const CsvField& field, const std::string& what) {
  return FieldError({"LIST_UNREADABLE", field.Position(), what, "RFC 4180"});
}

// What a record says in a column, by itself; the numbers are those of the paper, so they must be
// numbers before anything is asked.
absl::Status CheckField(const std::string& name, const std::string& text) {
  if (name == "number") return scheme::CertificateNumber::Parse(text).status();
  if (text.empty()) return absl::OkStatus();
  if (name == "issue_date" || name == "expiry_date") return scheme::ParseDate(text).status();
  if (name == "carats" || name == "total_carats") return ParseCarats(text).status();
  if (name == "usd" || name == "total_value") return ParseDollars(text).status();
  return absl::OkStatus();
}

// The first record names the columns.
absl::StatusOr<std::vector<cert::VerifyCertificateRequest>> ReadList(const std::string& text,
                                                                     const std::string& purpose) {
  KP_ASSIGN_OR_RETURN(const auto records, ParseCsv(text));
  if (records.size() < 2) {
    return FieldError({"LIST_UNREADABLE", "FILE", "names columns and no certificate", "RFC 4180"});
  }
  const std::vector<std::string> names = Texts(records[0]);
  std::vector<Place> places;
  std::set<std::string> seen;
  for (const CsvField& name : records[0]) {
    places.push_back(PlaceOf(name.text));
    if (places.back() == nullptr) {
      return Unreadable(name, absl::StrCat("\"", name.text, "\" is no column of a list"));
    }
    if (!seen.insert(name.text).second) {
      return Unreadable(name, absl::StrCat("the column \"", name.text, "\" stands there twice"));
    }
  }
  if (!seen.contains("number")) {
    return Unreadable(records[0][0], "the column \"number\" is missing");
  }
  std::vector<cert::VerifyCertificateRequest> questions;
  for (size_t row = 1; row < records.size(); ++row) {
    const CsvRecord& record = records[row];
    if (record.size() != names.size()) {
      return Unreadable(
          record[0], absl::StrCat("the record has ", record.size(), " fields, not ", names.size()));
    }
    Record out;
    out.stated.purpose = purpose;
    for (size_t i = 0; i < names.size(); ++i) {
      const absl::Status fault = CheckField(names[i], record[i].text);
      if (!fault.ok()) {
        return Unreadable(record[i], absl::StrCat(names[i], ": ", std::string(fault.message())));
      }
      places[i](out) = record[i].text;
    }
    if (!out.hs_code.empty() || !out.carats.empty() || !out.usd.empty()) {
      if (out.hs_code.empty() || out.carats.empty()) {
        return Unreadable(record[0],
                          "a line needs hs_code and carats; without a line, use "
                          "total_carats and total_value");
      }
      out.stated.paper.lines.push_back(
          absl::StrCat(out.hs_code, ":", out.carats, out.usd.empty() ? "" : ":", out.usd));
    }
    absl::StatusOr<cert::VerifyCertificateRequest> question = QuestionOf(out.stated);
    if (!question.ok()) return Unreadable(record[0], std::string(question.status().message()));
    questions.push_back(*std::move(question));
  }
  return questions;
}

// The worst of all items.
int ExitCodeOfAll(const cert::BatchVerifyCertificatesResponse& all) {
  constexpr int kOrder[] = {kExitReject, kExitFailed, kExitUnavailable, kExitRefer};
  for (const int code : kOrder) {
    for (const cert::BatchVerifyCertificatesItem& item : all.items()) {
      const int own = item.has_response() ? ExitCodeOf(item.response().verdict()) : kExitFailed;
      if (own == code) return code;
    }
  }
  return kExitDone;
}

absl::StatusOr<int> VerifyList(Context& context, const ListFlags& flags) {
  KP_ASSIGN_OR_RETURN(const std::string text, context.ReadFile(flags.file, kMaxFile));
  KP_ASSIGN_OR_RETURN(const auto questions, ReadList(text, flags.purpose));
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  cert::BatchVerifyCertificatesResponse all;
  size_t next = 0;
  KP_RETURN_IF_ERROR(
      (connection->Converse<cert::VerificationService::Stub, cert::StreamVerifyCertificatesRequest,
                            cert::StreamVerifyCertificatesResponse>(
          &cert::VerificationService::Stub::StreamVerifyCertificates,
          [&](cert::StreamVerifyCertificatesRequest& request) {
            const size_t end = std::min(next + kBatch, questions.size());
            for (; next < end; ++next) *request.mutable_batch()->add_requests() = questions[next];
            return request.batch().requests_size() > 0;
          },
          [&](const cert::StreamVerifyCertificatesResponse& response) {
            all.MergeFrom(response.batch());
          })));
  if (static_cast<size_t>(all.items_size()) != questions.size()) {
    return absl::InternalError("the service did not answer every item");
  }
  KP_RETURN_IF_ERROR(context.Show(all, [&] {
    Table table({"number", "verdict", "why", "evidence"});
    for (int i = 0; i < all.items_size(); ++i) {
      const cert::BatchVerifyCertificatesItem& item = all.items(i);
      const cert::VerifyCertificateResponse& response = item.response();
      const std::string& asked = questions[static_cast<size_t>(i)].number();
      if (item.has_response()) {
        table.Add({response.number(), EnumText(response.verdict(), "VERDICT_"), response.reason(),
                   response.evidence_id()});
      } else {
        table.Add({asked, "NOT ASKED", item.status().message(), ""});
      }
    }
    table.Print(context.out);
  }));
  return ExitCodeOfAll(all);
}

}  // namespace

void AddVerifyList(Registrar& registrar) {
  Context& context = registrar.context();
  auto flags = std::make_shared<ListFlags>();
  CLI::App* verb = registrar.Add(
      nullptr, "verify-list",
      "Verifies every certificate of a CSV list. Exit code: of the worst item, in the order 11 "
      "REJECT, 1 could not be asked, 12 UNAVAILABLE, 10 REFER, 0 all ACCEPT",
      "kpctl verify-list certificates.csv --purpose audit",
      [&context, flags] { return VerifyList(context, *flags); });
  verb->add_option("FILE", flags->file,
                   "CSV; the first row names columns: number, issue_date, expiry_date, "
                   "issuing_authority, exporter, importer, importing_entity, origin, hs_code, "
                   "carats, usd, total_carats, total_value, consignment")
      ->required();
  verb->add_option("--purpose", flags->purpose, "import, export, transit, reexport-proof or audit")
      ->required()
      ->type_name("PURPOSE");
}

}  // namespace kp::kpctl
