#include "certificate-svc/domain/record.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/keys.h"
#include "scheme/reasons.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr size_t kMaxReasons = 2000;
constexpr size_t kMaxReference = 128;

}  // namespace

absl::Status CertificateUnknown() {
  return MakeError(absl::StatusCode::kNotFound, kCertificateUnknown,
                   "the register has no such certificate or application");
}

absl::StatusOr<CertificateRow> FindRecord(store::ReadSession& session, const std::string& id,
                                          std::string_view field) {
  KP_ASSIGN_OR_RETURN(auto row, FindByApplication(session, id));
  if (row.has_value()) return *std::move(row);
  const auto number = scheme::CertificateNumber::Parse(id);
  if (!number.ok()) return WithFieldPrefix(number.status(), field);
  KP_ASSIGN_OR_RETURN(row, FindByNumber(session, number->canonical()));
  if (row.has_value()) return *std::move(row);
  // A number without a record was issued all the same (retention.h).
  KP_ASSIGN_OR_RETURN(const bool used, IsNumberUsed(session, number->canonical()));
  if (!used) return CertificateUnknown();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, scheme::reasons::kNumberArchived,
      absl::StrCat(number->canonical(), " was issued, and its record has gone to the archive"));
}

absl::StatusOr<CertificateRow> ReadRow(const Environment& env, const std::string& id,
                                       std::string_view field) {
  CertificateRow row;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(row, FindRecord(session, id, field));
    return absl::OkStatus();
  }));
  return row;
}

absl::StatusOr<scheme::Certificate> ReadRecord(const Environment& env, const pb::Certificate& in) {
  KP_ASSIGN_OR_RETURN(scheme::Certificate out, wire::ReadCertificate(in));
  out.issuing_entity = env.entity;
  return out;
}

scheme::EntityCode ServedBy(const SchemeView& view, const scheme::EntityCode& code) {
  const scheme::Entity* entity = view.parties.IssuerFor(code);
  return entity == nullptr ? code : entity->code;
}

scheme::Date Today(const Environment& env, const SchemeView& view, std::string_view authority) {
  return scheme::DayInZone(env.clock.Now(), view.parties.ZoneOf(env.entity, authority));
}

scheme::RuleInput IssuerInput(const SchemeView& view, scheme::Date today) {
  return scheme::RuleInput{
      view.parties, view.measures, today, scheme::MeasureView::kIssuer, "", ""};
}

absl::Status Advance(const Environment& env, pb::Certificate& record, scheme::Event event,
                     scheme::Side side, std::string_view reasons) {
  std::optional<scheme::State> before;
  if (record.state() != pb::CERTIFICATE_STATE_UNSPECIFIED) {
    KP_ASSIGN_OR_RETURN(before, wire::ReadState(record.state()));
  }
  KP_ASSIGN_OR_RETURN(const scheme::State after, scheme::Next(before, event, side));
  record.set_state(wire::WriteState(after));
  record.set_state_text(std::string(reasons));
  // What the issuer does meanwhile leaves the goods where they are.
  if (side == scheme::Side::kImportingEntity) {
    record.set_goods_detained(event == scheme::Event::kDetain);
  }
  record.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env.clock.Now()));
  return absl::OkStatus();
}

std::string* MinorField(pb::Certificate& record, const scheme::MinorPath& path) {
  using Kind = scheme::MinorPath::Kind;
  if (path.kind == Kind::kSeal) {
    const bool there = path.seal < static_cast<size_t>(record.seals_size());
    return there ? record.mutable_seals(static_cast<int>(path.seal)) : nullptr;
  }
  pb::TradeParty& party = path.importer ? *record.mutable_importer() : *record.mutable_exporter();
  if (path.kind == Kind::kName) return party.mutable_name();
  return path.kind == Kind::kAddress ? party.mutable_address() : party.mutable_registration();
}

pb::Certificate AsPrinted(pb::Certificate record) {
  for (auto it = record.corrections().rbegin(); it != record.corrections().rend(); ++it) {
    const auto path =
        scheme::ParseMinorPath(it->field(), static_cast<size_t>(record.seals_size()));
    if (!path.ok()) continue;
    if (std::string* field = MinorField(record, *path); field != nullptr) *field = it->printed();
  }
  return record;
}

absl::Status CheckDayOfAct(scheme::Date day, scheme::Date today, std::string_view field) {
  const scheme::Date first(2003, 1, 1);
  if (day > today) {
    return FieldError(
        {scheme::reasons::kDateInFuture, std::string(field), "lies in the future", "CORE III"});
  }
  if (day < first) {
    return FieldError({scheme::reasons::kDateBeforeScheme, std::string(field),
                       "lies before the scheme began, on 2003-01-01", "CORE III"});
  }
  return absl::OkStatus();
}

absl::Status RenameFields(const absl::Status& status, std::string_view from, std::string_view to) {
  std::vector<Fault> faults = FaultsOf(status);
  if (faults.empty()) return status;
  for (Fault& fault : faults) {
    if (fault.field.starts_with(from)) fault.field.replace(0, from.size(), to);
  }
  return WithFaults(status, faults);
}

absl::Status CheckReasons(std::string_view text, std::string_view rule) {
  if (scheme::FoldName(text).empty()) {
    return FieldError({kReasonsRequired, "text", "is required: the reasons, in writing",
                       std::string(rule)});
  }
  if (const auto fault = scheme::CheckText(text, "text", kMaxReasons)) return FieldError(*fault);
  return absl::OkStatus();
}

absl::Status CheckConsignmentReference(std::string_view reference, std::string_view field) {
  if (reference.empty()) return absl::OkStatus();
  std::optional<Fault> fault = scheme::CheckText(reference, field, kMaxReference);
  if (!fault.has_value() && scheme::FoldName(reference).empty()) {
    fault = Fault{"", std::string(field), "is blank", ""};
  }
  if (!fault.has_value()) return absl::OkStatus();
  return FieldError({kReferenceMalformed, fault->field, fault->message, "WCO D016"});
}

absl::StatusOr<std::optional<outbox::NewMessage>> StatusMessage(const Environment& env,
                                                                const SchemeView& view,
                                                                const pb::Certificate& record,
                                                                const v1::Officer& officer,
                                                                std::string_view reasons) {
  KP_ASSIGN_OR_RETURN(const auto named, scheme::EntityCode::Parse(record.importing_entity()));
  const std::string importer = ServedBy(view, named).text();
  if (record.export_date().empty() ||
      !view.trust->EndpointOf(importer, access::v1::ROLE_CERTIFICATE_SVC).ok()) {
    return std::nullopt;
  }
  const absl::Time now = env.clock.Now();
  v1::StatusStatement status;
  status.set_number(record.number());
  status.set_certificate_digest(statement::Sha256(record.statement()));
  status.set_state(record.state());
  status.mutable_event_time()->set_seconds(absl::ToUnixSeconds(now));
  status.set_text(std::string(reasons));
  *status.mutable_officer() = officer;
  status.set_replaced_by(record.replaced_by());
  *status.mutable_corrections() = record.corrections();
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_status,
                      env.signer.Sign(StatusContentType(), status, importer, now));
  return outbox::NewMessage{importer, record.number(), kStatusKind, StatusContentType(),
                            signed_status.bytes()};
}

}  // namespace kp::certificate
