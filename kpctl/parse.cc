#include "kpctl/parse.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "mesh/trust/snapshot.h"
#include "scheme/dates.h"
#include "scheme/hs_code.h"
#include "scheme/quantity.h"
#include "scheme/rules.h"
#include "scheme/wire/certificate.h"

namespace kp::kpctl {
namespace {

namespace cert = certificate::v1;

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

std::vector<std::string> Parts(std::string_view text) { return absl::StrSplit(Absl(text), ':'); }

std::string Upper(std::string_view text) { return absl::AsciiStrToUpper(Absl(text)); }

}  // namespace

void Faults::Note(const absl::Status& status, const std::string& field) {
  std::vector<Fault> faults = FaultsOf(status);
  if (faults.empty()) faults.push_back({ReasonOf(status), "", std::string(status.message()), ""});
  for (Fault& fault : faults) {
    fault.field = fault.field.empty() ? field : field + "." + fault.field;
    faults_.push_back(std::move(fault));
  }
}

absl::StatusOr<int64_t> ParseCarats(std::string_view text) {
  KP_ASSIGN_OR_RETURN(const scheme::Carats carats, scheme::Carats::Parse(text));
  return carats.thousandths();
}

absl::StatusOr<int64_t> ParseDollars(std::string_view text) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(absl::StripAsciiWhitespace(Absl(text)), absl::MaxSplits(' ', 1));
  const std::string currency(absl::StripAsciiWhitespace(parts.second));
  KP_ASSIGN_OR_RETURN(const scheme::UsDollars value,
                      scheme::UsDollars::Parse(parts.first, currency.empty() ? "USD" : currency));
  return value.cents();
}

absl::StatusOr<cert::Line> ParseLine(std::string_view text) {
  const std::vector<std::string> parts = Parts(text);
  if (parts.size() < 3 || parts.size() > 6) {
    return FieldError({"LINE_MALFORMED", "",
                       "a line is HS:CARATS:USD[:ORIGIN[:AREA[:OPERATION]]], such as "
                       "710231:1250.50:187500.00",
                       ""});
  }
  Faults faults;
  cert::Line line;
  line.set_hs_code(parts[0]);
  if (const auto hs = scheme::HsCode::Parse(parts[0]); !hs.ok())
    faults.Note(hs.status(), "hs_code");
  line.set_carats_thousandths(faults.Take(ParseCarats(parts[1]), "carats_thousandths"));
  line.set_value_usd_cents(faults.Take(ParseDollars(parts[2]), "value_usd_cents"));
  if (parts.size() > 3) line.set_origin_country(Upper(parts[3]));
  if (parts.size() > 4) line.set_area(parts[4]);
  if (parts.size() > 5) line.set_operation(parts[5]);
  KP_RETURN_IF_ERROR(faults.Status());
  return line;
}

absl::StatusOr<cert::Line> ParseStatedLine(std::string_view text) {
  const std::vector<std::string> parts = Parts(text);
  if (parts.size() > 3) {
    return FieldError(
        {"LINE_MALFORMED", "", "a line is HS:CARATS[:USD], such as 710231:1250.50", ""});
  }
  Faults faults;
  cert::Line line;
  line.set_hs_code(parts[0]);
  if (parts.size() > 1 && !parts[1].empty()) {
    line.set_carats_thousandths(faults.Take(ParseCarats(parts[1]), "carats_thousandths"));
  }
  if (parts.size() > 2 && !parts[2].empty()) {
    line.set_value_usd_cents(faults.Take(ParseDollars(parts[2]), "value_usd_cents"));
  }
  KP_RETURN_IF_ERROR(faults.Status());
  return line;
}

cert::Origin ParseOrigin(std::string_view text) {
  cert::Origin origin;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(Absl(text), absl::MaxSplits(':', 1));
  if (Upper(parts.first) != "MIXED") {
    origin.set_kind(cert::ORIGIN_KIND_SINGLE);
    origin.add_countries(Upper(text));
    return origin;
  }
  if (parts.second.empty()) {
    origin.set_kind(cert::ORIGIN_KIND_MIXED_UNDISCLOSED);
    return origin;
  }
  origin.set_kind(cert::ORIGIN_KIND_MIXED_LISTED);
  for (const auto country : absl::StrSplit(parts.second, ',')) {
    origin.add_countries(Upper({country.data(), country.size()}));
  }
  return origin;
}

absl::StatusOr<cert::Purpose> ParsePurpose(std::string_view text) {
  std::string name = Upper(text);
  std::replace(name.begin(), name.end(), '-', '_');
  cert::Purpose purpose = cert::PURPOSE_UNSPECIFIED;
  if (!cert::Purpose_Parse("PURPOSE_" + name, &purpose) || purpose == cert::PURPOSE_UNSPECIFIED) {
    return FieldError({scheme::wire::kEnumValueUnknown, "",
                       "is import, export, transit, reexport-proof or audit", ""});
  }
  return purpose;
}

absl::StatusOr<std::string> ParseDay(const std::string& text) {
  if (text.empty()) return text;
  KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(text));
  return scheme::FormatDate(day);
}

absl::StatusOr<google::protobuf::Timestamp> ParseInstant(std::string_view text) {
  if (const auto day = scheme::ParseDate(text); day.ok()) {
    return trust::ToTimestamp(absl::FromCivil(*day, absl::UTCTimeZone()));
  }
  absl::Time time;
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, Absl(text), &time, &ignored)) {
    return FieldError({"TIME_MALFORMED", "",
                       "an instant is YYYY-MM-DD or RFC 3339, such as 2026-11-24T10:05:00Z", ""});
  }
  return trust::ToTimestamp(time);
}

absl::Status CheckApplication(const cert::Certificate& application) {
  // These look at nothing but the application itself; the others need the trust documents.
  constexpr std::array kRulesOfContent = {"R01", "R05", "R08", "R09", "R10"};
  KP_ASSIGN_OR_RETURN(const scheme::Certificate certificate,
                      scheme::wire::ReadCertificate(application));
  const scheme::PartyDirectory nobody;
  const scheme::MeasureBook nothing;
  const scheme::RuleInput input{.parties = nobody,
                                .measures = nothing,
                                .today = scheme::Date(),
                                .view = scheme::MeasureView::kIssuer,
                                .issued_by = "",
                                .validated_by = ""};
  std::vector<scheme::Finding> findings = scheme::CheckApplication(certificate, input).findings;
  std::erase_if(findings, [&](const scheme::Finding& finding) {
    const bool of_content = std::find(kRulesOfContent.begin(), kRulesOfContent.end(),
                                      finding.rule) != kRulesOfContent.end();
    // The issuing entity is the register's own, never the applicant's to state.
    return !of_content || finding.pointer == "issuing_entity";
  });
  return scheme::RefuseHard(findings);
}

std::string CaratsText(int64_t thousandths) {
  if (thousandths == 0) return "";
  const auto carats = scheme::Carats::FromThousandths(thousandths);
  return carats.ok() ? carats->ToString() : "out of range";
}

std::string DollarsText(int64_t cents) {
  if (cents == 0) return "";
  const auto value = scheme::UsDollars::FromCents(cents);
  return value.ok() ? value->ToString() : "out of range";
}

std::string OriginText(const cert::Origin& origin) {
  switch (origin.kind()) {
    case cert::ORIGIN_KIND_UNSPECIFIED:
      return "";
    case cert::ORIGIN_KIND_MIXED_UNDISCLOSED:
      return "***";
    default:
      return absl::StrJoin(origin.countries(), ",");
  }
}

absl::StatusOr<certificate::v1::CertificateState> ParseState(const std::string& name) {
  auto state = certificate::v1::CERTIFICATE_STATE_UNSPECIFIED;
  if (!certificate::v1::CertificateState_Parse("CERTIFICATE_STATE_" + absl::AsciiStrToUpper(name),
                                               &state)) {
    return FieldError({"ENUM_VALUE_UNKNOWN", "--state", name + " is no state", ""});
  }
  return state;
}

}  // namespace kp::kpctl
