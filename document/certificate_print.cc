#include "document/certificate_print.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "document/labels.h"
#include "document/qr.h"
#include "document/reasons.h"
#include "document/sheet.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/statement.h"
#include "scheme/certificate.h"
#include "scheme/lifecycle.h"
#include "scheme/wire/certificate.h"

namespace kp::document {
namespace {

namespace pb = certificate::v1;

constexpr double kEnglishWidth = 46;
constexpr double kValueX = kMargin + 48;
constexpr double kValueWidth = 84;
constexpr double kFurtherX = kValueX + kValueWidth + 2;
constexpr double kFurtherWidth = kPageWidth - kMargin - kFurtherX;
constexpr double kFrameHeight = 6;
constexpr double kLargeFrameHeight = 16;  // for a signature and a stamp
// The import confirmation part, and as it is where it would else leave a third of a page empty.
constexpr double kImportPart = 80;
constexpr double kTightImportPart = 70;
constexpr int kSealsARow = 10;

// Two decimals as the scheme prints carats, three where the third is not zero.
std::string CaratsText(scheme::Carats carats) {
  return carats.HasThirdDecimal() ? carats.ToString() : carats.TwoDecimals();
}

std::string PartyText(const pb::TradeParty& party) {
  std::vector<std::string> where;
  for (const std::string* part : {&party.address(), &party.registration(), &party.country()}) {
    if (!part->empty()) where.push_back(*part);
  }
  return absl::StrCat(party.name(), where.empty() ? "" : "\n", absl::StrJoin(where, ", "));
}

// In groups, which an eye can compare, and which break at the end of a line.
std::string DigestText(const std::string& digest) {
  constexpr size_t kGroup = 16;
  std::string text = "SHA-256";
  for (size_t at = 0; at < digest.size(); at += kGroup) {
    absl::StrAppend(&text, " ", digest.substr(at, kGroup));
  }
  return text;
}

std::string AuthorityText(const std::string& id, const PrintOptions& options) {
  const auto named = options.authorities.find(id);
  if (named == options.authorities.end() || named->second == id) return id;
  return absl::StrCat(named->second, " (", id, ")");
}

// English, and the further language in its own words; one without labels here by its tag.
std::string LanguagesText(std::string_view further) {
  if (further.empty() || further == English().tag) return std::string(English().name);
  const absl::StatusOr<const Language*> known = FindLanguage(further);
  return absl::StrCat(std::string(English().name), ", ",
                      known.ok() ? std::string((*known)->name) : std::string(further));
}

// The address as it was printed first: what is not signed is corrected in the record itself.
void PrintedAddress(const pb::Certificate& record, const std::string& field,
                    pb::TradeParty& party) {
  for (const pb::Correction& correction : record.corrections()) {
    if (correction.field() != field) continue;
    party.set_address(correction.printed());
    return;
  }
}

class Composer final {
 public:
  Composer(Sheet& sheet, const Language* further) : sheet_(sheet), further_(further) {}

  absl::Status Heading() {
    KP_RETURN_IF_ERROR(Centered(Label::kTitle, 18, true));
    sheet_.AddSpace(1);
    return Centered(Label::kStatement, 9, false);
  }

  // "F5 Certificate number | value | the label in the further language".
  absl::Status Row(const char* number, Label label, const std::string& field,
                   const std::string& value, bool bold = false, double size = 9.5) {
    std::vector<Cell> cells = Labels(number, label);
    cells.push_back({.field = field,
                     .text = value,
                     .x = kValueX,
                     .width = kValueWidth,
                     .size = size,
                     .bold = bold});
    return sheet_.AddRow(cells);
  }
  absl::Status FrameRow(Label label, double height = kFrameHeight, const char* number = "") {
    std::vector<Cell> cells = Labels(number, label);
    cells.push_back({.field = "", .text = "", .x = kValueX, .width = kValueWidth, .frame = height});
    return sheet_.AddRow(cells);
  }
  absl::Status Section(Label label) {
    sheet_.Need(15);
    sheet_.AddSpace(1.5);
    sheet_.AddRule();
    std::vector<Cell> cells = {
        {.field = "", .text = Text(English(), label), .width = 110, .size = 10, .bold = true}};
    if (further_ != nullptr) {
      cells.push_back({.field = "",
                       .text = Text(*further_, label),
                       .x = 127,
                       .width = kPageWidth - kMargin - 127,
                       .size = 10,
                       .bold = true,
                       .language = std::string(further_->tag)});
    }
    return sheet_.AddRow(cells);
  }

  absl::Status Lines(const pb::CertificateStatement& content, const scheme::Certificate& read) {
    sheet_.AddSpace(1);
    sheet_.AddRule();
    KP_RETURN_IF_ERROR(TableHead("F14 ", "F11 ", "F12 "));
    for (size_t i = 0; i < read.lines.size(); ++i) {
      const scheme::Line& line = read.lines[i];
      KP_RETURN_IF_ERROR(TableRow(absl::StrCat("lines[", i, "]"),
                                  content.lines(static_cast<int>(i)).hs_code(),
                                  CaratsText(line.carats.value_or(scheme::Carats())),
                                  line.value.value_or(scheme::UsDollars()).ToString(), false));
    }
    std::string total = Text(English(), Label::kTotal);
    if (further_ != nullptr && (*further_)[Label::kTotal] != total) {
      absl::StrAppend(&total, " / ", Text(*further_, Label::kTotal));
    }
    KP_RETURN_IF_ERROR(
        TableRow("", total, CaratsText(read.TotalCarats()), read.TotalValue().ToString(), true));
    sheet_.AddRule();
    return absl::OkStatus();
  }

  // Empty table for what arrived.
  absl::Status EmptyLines(double height) {
    KP_RETURN_IF_ERROR(TableHead("", "", ""));
    for (int row = 0; row < 3; ++row) {
      std::vector<Cell> frames;
      for (const double x : kColumns) {
        frames.push_back({.field = "", .text = "", .x = x, .width = 57, .frame = height});
      }
      KP_RETURN_IF_ERROR(sheet_.AddRow(frames, 0.8));
    }
    return absl::OkStatus();
  }

  absl::Status Note(const std::string& field, const std::string& text, bool bold = false) {
    return sheet_.AddRow({{.field = field, .text = text, .bold = bold}});
  }

  absl::Status Code(const QrCode& code) {
    constexpr double kBelow = 22;
    sheet_.AddCode(code, kBelow);
    return Centered(Label::kCode, 8, false);
  }

 private:
  static constexpr double kColumns[] = {kMargin, kMargin + 61, kMargin + 122};

  static std::string Text(const Language& language, Label label) {
    return std::string(language[label]);
  }

  std::vector<Cell> Labels(const char* number, Label label) const {
    std::vector<Cell> cells = {
        {.field = "",
         .text = absl::StrCat(number, *number == '\0' ? "" : " ", Text(English(), label)),
         .width = kEnglishWidth,
         .size = 7.5}};
    if (further_ != nullptr) {
      cells.push_back({.field = "",
                       .text = Text(*further_, label),
                       .x = kFurtherX,
                       .width = kFurtherWidth,
                       .size = 7.5,
                       .language = std::string(further_->tag)});
    }
    return cells;
  }

  absl::Status Centered(Label label, double size, bool bold) {
    KP_RETURN_IF_ERROR(sheet_.AddRow({{.field = "",
                                       .text = Text(English(), label),
                                       .size = size,
                                       .bold = bold,
                                       .align = Cell::Align::kCenter}}));
    if (further_ == nullptr) return absl::OkStatus();
    return sheet_.AddRow({{.field = "",
                           .text = Text(*further_, label),
                           .size = size * 0.8,
                           .bold = bold,
                           .language = std::string(further_->tag),
                           .align = Cell::Align::kCenter}});
  }

  absl::Status TableRow(const std::string& field, const std::string& hs, const std::string& carats,
                        const std::string& value, bool bold, double after = 1.2) {
    const auto cell = [&](int column, const char* part, const std::string& text) {
      return Cell{.field = field.empty() ? "" : absl::StrCat(field, part),
                  .text = text,
                  .x = kColumns[column],
                  .width = 57,
                  .size = 9,
                  .bold = bold,
                  .language = further_ == nullptr ? "en" : std::string(further_->tag),
                  .align = column == 0 ? Cell::Align::kLeft : Cell::Align::kRight};
    };
    return sheet_.AddRow(
        {cell(0, ".hs_code", hs), cell(1, ".carats", carats), cell(2, ".value", value)}, after);
  }

  // The labels with their field numbers, the further language in a row of its own below.
  absl::Status TableHead(const char* hs, const char* carats, const char* value) {
    const auto english = [](const char* number, Label label) {
      return absl::StrCat(number, Text(English(), label));
    };
    KP_RETURN_IF_ERROR(TableRow("", english(hs, Label::kHsCode), english(carats, Label::kCarats),
                                english(value, Label::kValue), false,
                                further_ == nullptr ? 1.2 : 0));
    if (further_ == nullptr) return absl::OkStatus();
    return TableRow("", Text(*further_, Label::kHsCode), Text(*further_, Label::kCarats),
                    Text(*further_, Label::kValue), false);
  }

  Sheet& sheet_;
  const Language* const further_;
};

absl::Status Corrections(Composer& compose, const pb::Certificate& record) {
  if (record.corrections().empty()) return absl::OkStatus();
  KP_RETURN_IF_ERROR(compose.Section(Label::kCorrections));
  for (int i = 0; i < record.corrections_size(); ++i) {
    const pb::Correction& correction = record.corrections(i);
    const absl::Time when = absl::FromUnixSeconds(correction.endorse_time().seconds());
    KP_RETURN_IF_ERROR(compose.Note(
        absl::StrCat("corrections[", i, "]"),
        absl::StrCat(correction.field(), ": \"", correction.printed(), "\" → \"",
                     correction.value(), "\" (", correction.text(), "; ",
                     correction.officer().authority(), ", ", correction.officer().person(), ", ",
                     absl::FormatTime("%Y-%m-%d", when, absl::UTCTimeZone()), ")")));
  }
  return absl::OkStatus();
}

// Seals in rows of a size that fits any page.
absl::Status Seals(Composer& compose, const pb::CertificateStatement& content) {
  for (int first = 0; first < content.seals_size(); first += kSealsARow) {
    const int last = std::min(content.seals_size(), first + kSealsARow);
    const std::string text =
        absl::StrJoin(content.seals().begin() + first, content.seals().begin() + last, ", ");
    KP_RETURN_IF_ERROR(compose.Row("", Label::kSeals, "seals", text));
  }
  return absl::OkStatus();
}

absl::Status Fields(Composer& compose, const pb::Certificate& record,
                    const pb::CertificateStatement& content, const scheme::Certificate& read,
                    const PrintOptions& options, const std::string& languages,
                    const std::string& digest) {
  pb::TradeParty exporter = content.exporter();
  pb::TradeParty importer = content.importer();
  exporter.set_address(record.exporter().address());
  importer.set_address(record.importer().address());
  PrintedAddress(record, "exporter.address", exporter);
  PrintedAddress(record, "importer.address", importer);
  KP_RETURN_IF_ERROR(compose.Row(
      "F5", Label::kNumber, "printed_number",
      record.printed_number().empty() ? content.number() : record.printed_number(), true));
  if (!content.replaces().empty()) {
    KP_RETURN_IF_ERROR(compose.Row("", Label::kReplaces, "replaces", content.replaces()));
  }
  KP_RETURN_IF_ERROR(compose.Row("F7", Label::kIssueDate, "issue_date", content.issue_date()));
  KP_RETURN_IF_ERROR(compose.Row("F8", Label::kExpiryDate, "expiry_date", content.expiry_date()));
  KP_RETURN_IF_ERROR(compose.Row("F9", Label::kIssuingAuthority, "issuing_authority",
                                 AuthorityText(content.issuing_authority(), options)));
  KP_RETURN_IF_ERROR(compose.Row("F10", Label::kExporter, "exporter.name", PartyText(exporter)));
  KP_RETURN_IF_ERROR(compose.Row("F10", Label::kImporter, "importer.name", PartyText(importer)));
  KP_RETURN_IF_ERROR(
      compose.Row("", Label::kPlaceOfImport, "importing_entity", content.importing_entity()));
  KP_RETURN_IF_ERROR(compose.Row("F3", Label::kOrigin, "origin",
                                 read.origin.has_value() ? read.origin->ToString() : ""));
  KP_RETURN_IF_ERROR(
      compose.Row("F13", Label::kParcels, "parcels", absl::StrCat(content.parcels())));
  KP_RETURN_IF_ERROR(Seals(compose, content));
  KP_RETURN_IF_ERROR(compose.Lines(content, read));
  KP_RETURN_IF_ERROR(compose.Row("F4", Label::kLanguage, "language", languages));
  KP_RETURN_IF_ERROR(
      compose.Row("F6", Label::kSecurity, "statement", DigestText(digest), false, 8));
  KP_RETURN_IF_ERROR(
      compose.Row("F15", Label::kValidation, "validating_authority",
                  absl::StrCat(AuthorityText(content.validating_authority(), options), "\n",
                               content.validated_by().person())));
  KP_RETURN_IF_ERROR(
      compose.Row("F15", Label::kValidationDate, "validation_date", content.validation_date()));
  return compose.FrameRow(Label::kSignatureAndStamp, kLargeFrameHeight, "F15");
}

absl::Status ImportPart(Sheet& sheet, Composer& compose) {
  // In one piece: it is filled in, stamped and perhaps cut off.
  const bool tight = sheet.Room() < kImportPart && sheet.Room() >= kTightImportPart;
  const double frame = tight ? 5 : kFrameHeight;
  sheet.Need(tight ? kTightImportPart : kImportPart);
  KP_RETURN_IF_ERROR(compose.Section(Label::kImportConfirmation));
  KP_RETURN_IF_ERROR(compose.FrameRow(Label::kDestination, frame));
  KP_RETURN_IF_ERROR(compose.FrameRow(Label::kImporterIdentification, frame));
  KP_RETURN_IF_ERROR(compose.EmptyLines(frame));
  KP_RETURN_IF_ERROR(compose.FrameRow(Label::kReceiptDate, frame));
  return compose.FrameRow(Label::kAuthentication, tight ? 12 : kLargeFrameHeight);
}

}  // namespace

absl::StatusOr<PrintedCertificate> PrintCertificate(const pb::Certificate& record,
                                                    const PrintOptions& options) {
  if (record.statement().empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, kNotValidated,
                     "the certificate is not validated: there is no signed statement to print");
  }
  KP_ASSIGN_OR_RETURN(const auto statement, statement::Statement::Parse(record.statement()));
  KP_ASSIGN_OR_RETURN(const auto content,
                      statement::DecodePayload<pb::CertificateStatement>(statement));
  KP_ASSIGN_OR_RETURN(const scheme::Certificate read, scheme::wire::ReadStatement(content));
  if (content.number() != record.number()) {
    return MakeError(absl::StatusCode::kInvalidArgument, kRecordContradictsStatement,
                     absl::StrCat("the record is of ", record.number(), ", its statement of ",
                                  content.number()));
  }
  PrintedCertificate printed;
  const std::string& wanted = options.language.empty() ? record.language() : options.language;
  const Language* further = nullptr;
  if (!wanted.empty() && wanted != English().tag) {
    KP_ASSIGN_OR_RETURN(further, FindLanguage(wanted));
    printed.language = further->tag;
  }
  KP_ASSIGN_OR_RETURN(const std::string text, statement::CompactEncode(record.statement()));
  KP_ASSIGN_OR_RETURN(const QrCode code, QrCode::Encode(text));
  printed.code_version = code.version();
  printed.code_mm = code.side_mm();

  KP_ASSIGN_OR_RETURN(const scheme::State state, scheme::wire::ReadState(record.state()));
  const std::string gone = scheme::IsGone(state)
                               ? absl::StrCat("NO LONGER VALID: ", scheme::StateName(state))
                               : std::string();
  const std::string title = absl::StrCat(scheme::kTitleText, " ", content.number());
  Sheet sheet(gone.empty() ? title : absl::StrCat(title, " — ", gone));
  Composer compose(sheet, further);
  KP_RETURN_IF_ERROR(compose.Heading());
  if (!gone.empty()) {
    KP_RETURN_IF_ERROR(
        compose.Note("state_text", absl::StrCat(gone, ". ", record.state_text()), true));
  }
  // F4 is a fact about the certificate; in which language somebody wants a print is none.
  const std::string issued_in = LanguagesText(record.language());
  const std::string printed_in = LanguagesText(printed.language);
  if (issued_in != printed_in) {
    KP_RETURN_IF_ERROR(compose.Note(
        "language",
        absl::StrCat("COPY IN ", printed_in, ": the certificate was issued in ", issued_in, " (F4)."),
        true));
  }
  sheet.AddSpace(1);
  sheet.AddRule();
  const std::string digest = statement::ToHex(statement.digest());
  KP_RETURN_IF_ERROR(Fields(compose, record, content, read, options, issued_in, digest));
  KP_RETURN_IF_ERROR(Corrections(compose, record));
  KP_RETURN_IF_ERROR(ImportPart(sheet, compose));
  KP_RETURN_IF_ERROR(compose.Code(code));
  printed.pages = sheet.pages();
  KP_ASSIGN_OR_RETURN(
      printed.pdf,
      sheet.Pdf(title, title, statement.issued_at()));
  return printed;
}

}  // namespace kp::document
