// certificate print|read: the certificate as a printed document, and back from its code.
#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "document/certificate_print.h"
#include "document/offline.h"
#include "document/reader.h"
#include "document/reasons.h"
#include "kp/certificate/v1/register_service.grpc.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"
#include "kpctl/connection.h"
#include "kpctl/fetch_trust.h"
#include "kpctl/kept_trust.h"
#include "kpctl/parse.h"
#include "kpctl/refuse_overwrite.h"
#include "kpctl/show_certificate.h"
#include "kpctl/verbs/verbs.h"
#include "mesh/statement/compact.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/tls/files.h"
#include "scheme/wire/certificate.h"
#include "scheme/wire/registry.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

struct PrintFlags {
  std::string number, out, language;
};

// Of all authorities that the trust documents know, by id.
absl::StatusOr<std::map<std::string, std::string>> AuthorityNames(const trust::Parts& parts) {
  std::map<std::string, std::string> names;
  const auto part = parts.find(std::string(scheme::wire::kParticipantsPart));
  if (part == parts.end()) return names;
  registry::v1::ParticipantsPart participants;
  KP_RETURN_IF_ERROR(statement::DecodePayload(part->second, participants));
  for (const auto& entity : participants.entities()) {
    for (const auto& authority : entity.authorities()) names[authority.id()] = authority.name();
  }
  return names;
}

absl::StatusOr<int> Print(Context& context, const PrintFlags& flags) {
  KP_RETURN_IF_ERROR(RefuseOverwrite(flags.out));
  cert::GetCertificateRequest request;
  request.set_id(flags.number);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  KP_ASSIGN_OR_RETURN(const auto response,
                      connection->Call(&cert::RegisterService::Stub::GetCertificate, request));
  KP_ASSIGN_OR_RETURN(const TrustState trust, FetchTrust(*connection));
  document::PrintOptions options;
  options.language = flags.language;
  KP_ASSIGN_OR_RETURN(options.authorities, AuthorityNames(trust.parts));
  KP_ASSIGN_OR_RETURN(const document::PrintedCertificate printed,
                      document::PrintCertificate(response.certificate(), options));
  KP_RETURN_IF_ERROR(tls::WriteFileByRename(flags.out, printed.pdf, 0644));
  const std::string language = printed.language.empty() ? "none" : printed.language;
  KP_RETURN_IF_ERROR(context.ShowJson({{"file", flags.out},
                                       {"number", response.certificate().number()},
                                       {"pages", printed.pages},
                                       {"further_language", printed.language},
                                       {"code_version", printed.code_version},
                                       {"code_mm", printed.code_mm}},
                                      [&] {
                                        Facts facts;
                                        facts.Add("printed", flags.out);
                                        facts.Add("number", response.certificate().number());
                                        facts.Add("pages", absl::StrCat(printed.pages));
                                        facts.Add("beside English", language);
                                        facts.Add("code",
                                                  absl::StrCat("version ", printed.code_version,
                                                               ", ", printed.code_mm, " mm"));
                                        facts.Print(context.out);
                                      }));
  return kExitDone;
}

struct ReadFlags {
  std::string input, purpose = "import";
  KeptTrustFlags trust;
  bool offline_only = false;
};

// The text of the code in what the user gave: the text itself, a file of it, or an image.
absl::StatusOr<document::FoundCode> CodeIn(const Context& context, const std::string& input) {
  const auto as_text = [](const std::string& text) -> absl::StatusOr<document::FoundCode> {
    // Another version proves nothing about the certificate: it is for another program to read.
    KP_RETURN_IF_ERROR(statement::CheckCompactPrefix(text));
    return document::FoundCode{text, "as text"};
  };
  if (statement::LooksCompact(input)) return as_text(input);
  KP_ASSIGN_OR_RETURN(const std::string file, context.ReadFile(input, document::kMaxImageFile));
  if (statement::LooksCompact(file)) {
    // A reader ends the text with a newline. Nothing else is cut: base45 contains the space.
    absl::string_view text = file;
    absl::ConsumeSuffix(&text, "\n");
    absl::ConsumeSuffix(&text, "\r");
    return as_text(std::string(text));
  }
  if (absl::StartsWith(file, "%PDF-")) {
    return MakeError(absl::StatusCode::kInvalidArgument, document::kImageUnreadable,
                     absl::StrCat(input,
                                  " is a PDF: make an image of its page first (pdftoppm -png "
                                  "-r 200)"));
  }
  KP_ASSIGN_OR_RETURN(const document::GreyImage image, document::DecodeImage(file));
  return document::FindCode(image);
}

// What the trust documents at hand say.
struct Offline {
  KeptTrust trust;
  document::OfflineReading reading;
};

absl::StatusOr<Offline> ReadWithTrust(const Context& context, const ReadFlags& flags,
                                      const std::string& text, cert::Purpose purpose) {
  Offline offline;
  KP_ASSIGN_OR_RETURN(offline.trust, ReadKeptTrust(context, flags.trust));
  KP_ASSIGN_OR_RETURN(const scheme::Purpose asked, scheme::wire::ReadPurpose(purpose));
  KP_ASSIGN_OR_RETURN(offline.reading, document::ReadOffline(text, *offline.trust.snapshot, asked,
                                                             context.clock.Now()));
  return offline;
}

absl::StatusOr<cert::VerifyCertificateResponse> AskOnline(Context& context, const ReadFlags& flags,
                                                          const std::string& text,
                                                          cert::Purpose purpose) {
  if (flags.offline_only) return absl::CancelledError("not asked, as --offline says");
  cert::VerifyCertificateRequest request;
  request.set_qr(text);
  request.set_purpose(purpose);
  KP_ASSIGN_OR_RETURN(const auto connection, Connection::Open(context, Target::kHome));
  return connection->Call(&cert::VerificationService::Stub::VerifyCertificate, request);
}

// A code that is refused here is refused whatever anybody says; else who could ask knows more. What
// could not be told is never a yes: without an answer the most is UNAVAILABLE.
cert::Verdict VerdictOf(const absl::StatusOr<Offline>& offline,
                        const absl::StatusOr<cert::VerifyCertificateResponse>& online) {
  if (offline.ok() && offline->reading.verdict.decision == scheme::Decision::kReject) {
    return cert::VERDICT_REJECT;
  }
  if (online.ok() && online->verdict() != cert::VERDICT_UNSPECIFIED) return online->verdict();
  return cert::VERDICT_UNAVAILABLE;
}

google::protobuf::RepeatedPtrField<cert::Finding> FindingsOf(const scheme::Verdict& verdict) {
  google::protobuf::RepeatedPtrField<cert::Finding> findings;
  for (const scheme::Finding& finding : verdict.findings) {
    *findings.Add() = scheme::wire::WriteFinding(finding);
  }
  return findings;
}

std::string ErrorText(const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  return absl::StrCat(reason, reason.empty() ? "" : ": ", std::string(error.message()));
}

// What the code says, in the form in which a register's record is shown.
cert::Certificate AsRecord(const cert::CertificateStatement& content) {
  cert::Certificate record;
  record.set_number(content.number());
  record.set_replaces(content.replaces());
  record.set_issue_date(content.issue_date());
  record.set_expiry_date(content.expiry_date());
  record.set_issuing_authority(content.issuing_authority());
  record.set_validating_authority(content.validating_authority());
  record.set_validation_date(content.validation_date());
  *record.mutable_exporter() = content.exporter();
  *record.mutable_importer() = content.importer();
  record.set_importing_entity(content.importing_entity());
  *record.mutable_lines() = content.lines();
  record.set_parcels(content.parcels());
  *record.mutable_origin() = content.origin();
  *record.mutable_seals() = content.seals();
  *record.mutable_attestations() = content.attestations();
  *record.mutable_issued_by() = content.issued_by();
  *record.mutable_validated_by() = content.validated_by();
  record.set_rules_ran(content.rules_ran());
  record.set_rules_noted(content.rules_noted());
  return record;
}

std::string SaidText(const KeptTrust& trust) {
  return trust.said_at == absl::InfinitePast() ? "never"
                                               : TimeText(trust::ToTimestamp(trust.said_at));
}

void PrintOffline(Context& context, const absl::StatusOr<Offline>& offline) {
  if (!offline.ok()) {
    context.out << "OFFLINE: could not tell: " << Printable(ErrorText(offline.status())) << '\n';
    return;
  }
  const KeptTrust& trust = offline->trust;
  const document::OfflineReading& reading = offline->reading;
  context.out << "OFFLINE, with the trust documents kept here: "
              << (reading.code.has_value() ? "the issuer's signature holds"
                                           : "NO signature is proven")
              << "\n\n";
  Facts facts;
  facts.Add("trust documents", absl::StrCat("manifest ", trust.snapshot->manifest().version(),
                                            " of ", trust.snapshot->manifest().world()));
  facts.Add("good until", TimeText(trust::ToTimestamp(trust.snapshot->expires_at())));
  facts.Add("denials as of", SaidText(trust));
  if (reading.code.has_value()) {
    facts.Add("signed by", absl::StrCat(reading.code->statement.issuer(), ", key ",
                                        statement::ToHex(reading.code->statement.kid())));
    facts.Add("signed", TimeText(trust::ToTimestamp(reading.code->statement.issued_at())));
  }
  facts.Add("told", absl::StrCat(scheme::DecisionName(reading.verdict.decision), " (",
                                 reading.verdict.reason, ")"));
  facts.Print(context.out);
  if (!reading.verdict.findings.empty()) context.out << '\n';
  PrintFindings(context.out, FindingsOf(reading.verdict));
  if (reading.code.has_value()) {
    context.out << '\n';
    PrintCertificate(context.out, AsRecord(reading.code->content));
  }
}

absl::StatusOr<nlohmann::json> OfflineJson(const absl::StatusOr<Offline>& offline) {
  if (!offline.ok()) return nlohmann::json{{"done", false}, {"why", ErrorText(offline.status())}};
  const document::OfflineReading& reading = offline->reading;
  nlohmann::json json = {
      {"done", true},
      {"signature_holds", reading.code.has_value()},
      {"told", scheme::DecisionName(reading.verdict.decision)},
      {"reason", reading.verdict.reason},
      {"manifest_version", offline->trust.snapshot->manifest().version()},
      {"denials_as_of", SaidText(offline->trust)},
      {"findings", nlohmann::json::array()},
  };
  for (const cert::Finding& finding : FindingsOf(reading.verdict)) {
    KP_ASSIGN_OR_RETURN(nlohmann::json item, ToJson(finding));
    json["findings"].push_back(std::move(item));
  }
  if (reading.code.has_value()) {
    KP_ASSIGN_OR_RETURN(json["statement"], ToJson(reading.code->content));
  }
  return json;
}

absl::StatusOr<int> Read(Context& context, const ReadFlags& flags) {
  KP_ASSIGN_OR_RETURN(const cert::Purpose purpose, ParsePurpose(flags.purpose));
  KP_ASSIGN_OR_RETURN(const document::FoundCode found, CodeIn(context, flags.input));
  const absl::StatusOr<Offline> offline = ReadWithTrust(context, flags, found.text, purpose);
  // Flags and files that are wrong are to be corrected; what cannot be told is part of the answer.
  if (offline.status().code() == absl::StatusCode::kInvalidArgument) return offline.status();
  const auto online = AskOnline(context, flags, found.text, purpose);
  const cert::Verdict verdict = VerdictOf(offline, online);
  nlohmann::json json = {
      {"verdict", EnumText(verdict, "VERDICT_")}, {"read", found.how}, {"text", found.text}};
  KP_ASSIGN_OR_RETURN(json["offline"], OfflineJson(offline));
  json["online"] = {{"done", online.ok()}};
  if (online.ok()) {
    KP_ASSIGN_OR_RETURN(json["online"]["response"], ToJson(*online));
  } else {
    json["online"]["why"] = ErrorText(online.status());
  }
  KP_RETURN_IF_ERROR(context.ShowJson(json, [&] {
    context.out << "verdict: " << EnumText(verdict, "VERDICT_") << "\ncode read " << found.how
                << ", " << found.text.size() << " characters\n\n";
    PrintOffline(context, offline);
    context.out << '\n';
    if (online.ok()) {
      context.out << "ONLINE, by the own certificate-svc:\n";
      PrintVerdict(context.out, *online);
    } else {
      context.out << "ONLINE: not done: " << Printable(ErrorText(online.status())) << '\n';
    }
  }));
  return ExitCodeOf(verdict);
}

}  // namespace

void AddDocument(Registrar& registrar, CLI::App* certificate) {
  Context& context = registrar.context();
  auto print = std::make_shared<PrintFlags>();
  CLI::App* verb =
      registrar.Add(certificate, "print", "The certificate as an A4 PDF with its signed code",
                    "kpctl certificate print BW0000001 --language fr --out BW0000001.pdf",
                    [&context, print] { return Print(context, *print); });
  verb->add_option("NUMBER", print->number, "Number of the certificate")->required();
  verb->add_option("--out", print->out, "File to write; never replaced")
      ->required()
      ->type_name("PDF");
  verb->add_option("--language", print->language,
                   "Further language beside English: ar, fr, pt, ru, zh-cn; en: none; another than "
                   "that of the certificate (F4) makes a copy, which says so")
      ->type_name("TAG");

  auto read = std::make_shared<ReadFlags>();
  verb = registrar.Add(
      certificate, "read",
      "Verifies a certificate from its code: offline by kept trust documents alone, then online "
      "where the own certificate-svc can be reached. Exit code as verify; without an answer never "
      "0",
      "kpctl certificate read scan.png --trust trust-kept --root root-1.doc",
      [&context, read] { return Read(context, *read); });
  verb->add_option("CODE", read->input,
                   "PNG or JPEG of the code or of the page, a file with the text, or the text")
      ->required()
      ->type_name("FILE|KP1:...");
  verb->add_option("--purpose", read->purpose,
                   "import (default), export, transit, reexport-proof or audit")
      ->type_name("PURPOSE");
  verb->add_flag("--offline", read->offline_only, "Ask nobody");
  read->trust.AddTo(verb);
}

}  // namespace kp::kpctl
