#include "kpctl/confirmation_file.h"

#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "kp/certificate/v1/amendment.pb.h"
#include "kp/certificate/v1/import_book.pb.h"
#include "kpctl/output.h"
#include "kpctl/parse.h"
#include "kpctl/show_certificate.h"
#include "mesh/statement/keys.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

constexpr char kBegin[] = "-----BEGIN KP STATEMENT-----";
constexpr char kEnd[] = "-----END KP STATEMENT-----";
constexpr size_t kColumns = 64;

absl::Status Unreadable(std::string text) {
  return MakeError(absl::StatusCode::kInvalidArgument, "CONFIRMATION_UNREADABLE", std::move(text));
}

// What the three kinds of confirmations have in common.
struct Said {
  std::string number, importer, exporter, day, text, replaces;
  int32_t version = 1;
  cert::Arrival arrival;
  cert::Officer officer;
  google::protobuf::RepeatedPtrField<cert::Finding> differences;
  bool from_paper = false;
};

absl::StatusOr<Said> ReadSaid(const statement::Statement& statement) {
  Said said;
  if (statement.content_type() == statement::ContentType("importconfirmation")) {
    KP_ASSIGN_OR_RETURN(const auto in,
                        statement::DecodePayload<cert::ImportConfirmationStatement>(statement));
    said.number = in.printed_number().empty() ? in.number() : in.printed_number();
    said.importer = in.importer().name();
    said.exporter = in.exporter().name();
    said.day = in.confirm_date();
    said.text = in.text();
    said.replaces = in.replaces_digest();
    if (in.version() > 0) said.version = in.version();
    said.arrival = in.arrival();
    said.officer = in.officer();
    said.differences = in.differences();
    said.from_paper = in.entered_from_paper();
  } else if (statement.content_type() == statement::ContentType("amendedconfirmation")) {
    KP_ASSIGN_OR_RETURN(const auto in,
                        statement::DecodePayload<cert::AmendedConfirmationStatement>(statement));
    said.number = in.number();
    said.text = in.text();
    said.replaces = in.replaces_digest();
    said.version = in.version();
    said.arrival = in.arrival();
    said.officer = in.officer();
  } else if (statement.content_type() == statement::ContentType("use")) {
    KP_ASSIGN_OR_RETURN(const auto in, statement::DecodePayload<cert::UseStatement>(statement));
    if (in.act() != cert::USE_ACT_CONFIRM) {
      return Unreadable("the statement is another act than a confirmation of receipt");
    }
    said.number = in.number();
    said.arrival = in.arrival();
    said.officer = in.officer();
  } else {
    return Unreadable(absl::StrCat("a statement of the kind \"", statement.content_type(),
                                   "\" is no confirmation of receipt"));
  }
  if (said.importer.empty()) said.importer = said.arrival.importer_name();
  if (said.exporter.empty()) said.exporter = said.arrival.exporter_name();
  return said;
}

}  // namespace

absl::StatusOr<std::string> ConfirmationFacts(const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const Said said, ReadSaid(statement));
  Facts facts;
  facts.Add("certificate number", said.number);
  facts.Add("parcels received", absl::StrCat(said.arrival.parcels()));
  for (const cert::Line& line : said.arrival.lines()) {
    facts.Add("HS code, carats, USD",
              absl::StrCat(line.hs_code(), ", ", CaratsText(line.carats_thousandths()), ", ",
                           line.value_usd_cents() == 0 ? "not assessed"
                                                       : DollarsText(line.value_usd_cents())));
  }
  facts.Add("carats received", CaratsText(TotalCarats(said.arrival.lines())));
  facts.Add("exporter", said.exporter);
  facts.Add("importer", said.importer);
  facts.Add("received on", said.arrival.receipt_date());
  facts.Add("seals", said.arrival.seals_unbroken() ? "unbroken" : "BROKEN or missing");
  if (said.arrival.original_missing()) facts.Add("original certificate", "MISSING");
  facts.Add("confirmed by", statement.issuer());
  facts.Add("authority", said.officer.authority());
  facts.Add("officer", said.officer.person());
  facts.Add("confirmed on", said.day);
  facts.Add("version", absl::StrCat(said.version));
  facts.Add("replaces", said.replaces.empty() ? "" : statement::ToHex(said.replaces));
  facts.Add("amended because", said.text);
  if (said.from_paper) facts.Add("checked", "from paper; the issuer's register was not asked");
  facts.Add("signed", TimeText([&] {
              google::protobuf::Timestamp time;
              time.set_seconds(absl::ToUnixSeconds(statement.issued_at()));
              return time;
            }()));
  facts.Add("signing key", statement::ToHex(statement.kid()));
  facts.Add("statement", statement::ToHex(statement.digest()));
  std::ostringstream out;
  facts.Print(out);
  if (!said.differences.empty()) {
    out << "\ndifferences from the certificate:\n";
    PrintFindings(out, said.differences);
  }
  return out.str();
}

absl::StatusOr<std::string> WriteConfirmationFile(const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const std::string facts, ConfirmationFacts(statement));
  std::string out = absl::StrCat(
      "CONFIRMATION OF RECEIPT\n"
      "Kimberley Process Certification Scheme, Core Document III(b)\n\n",
      facts,
      "\nThe statement below says this under the signature of the entity that confirms. Only it "
      "counts:\n"
      "kpctl import read-confirmation FILE --trust DIRECTORY --root ROOT checks it.\n\n",
      kBegin, "\n");
  const std::string text = absl::Base64Escape(statement.bytes());
  for (size_t i = 0; i < text.size(); i += kColumns) {
    absl::StrAppend(&out, text.substr(i, kColumns), "\n");
  }
  absl::StrAppend(&out, kEnd, "\n");
  return out;
}

absl::StatusOr<statement::Statement> ReadConfirmationFile(std::string_view file) {
  std::string text;
  bool inside = false;
  bool ended = false;
  int number = 0;
  // What an e-mail program does to line ends and margins is no fault.
  for (const absl::string_view raw :
       absl::StrSplit(absl::string_view(file.data(), file.size()), '\n')) {
    ++number;
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line == kBegin) {
      if (inside || ended) {
        return Unreadable(absl::StrCat("line ", number, ": a second statement; one at a time"));
      }
      inside = true;
    } else if (line == kEnd) {
      if (!inside) return Unreadable(absl::StrCat("line ", number, ": it ends before it begins"));
      inside = false;
      ended = true;
    } else if (inside) {
      for (const char c : line) {
        const bool base64 =
            absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/' || c == '=';
        if (!base64) {
          return Unreadable(absl::StrCat("line ", number, ": is no base64"));
        }
      }
      absl::StrAppend(&text, line);
    }
  }
  if (!ended) return Unreadable(absl::StrCat("there is no ", inside ? kEnd : kBegin, " in it"));
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return Unreadable("the statement is no base64");
  return statement::Statement::Parse(std::move(bytes));
}

}  // namespace kp::kpctl
