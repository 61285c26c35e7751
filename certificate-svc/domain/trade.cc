#include "certificate-svc/domain/trade.h"

#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/verifications.h"
#include "scheme/hs_code.h"
#include "scheme/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using google::protobuf::RepeatedPtrField;

// What the announcement and the certificate in it say of an import.
absl::Status FillAnnounced(const Incoming& incoming, pb::ConfirmedImport& import) {
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(incoming.prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  KP_ASSIGN_OR_RETURN(const auto signed_certificate,
                      statement::Statement::Parse(alert.certificate_statement()));
  KP_ASSIGN_OR_RETURN(const auto certificate,
                      statement::DecodePayload<v1::CertificateStatement>(signed_certificate));
  import.set_issuer(incoming.issuer);
  import.set_issuing_authority(certificate.issuing_authority());
  import.set_validating_authority(certificate.validating_authority());
  import.set_issue_date(certificate.issue_date());
  import.set_validation_date(certificate.validation_date());
  import.set_expiry_date(certificate.expiry_date());
  import.set_export_date(alert.export_date());
  *import.mutable_announce_time() = trust::ToTimestamp(signed_alert.issued_at());
  *import.mutable_origin() = certificate.origin();
  *import.mutable_certified_lines() = certificate.lines();
  return absl::OkStatus();
}

absl::Status TooLarge() {
  return MakeError(absl::StatusCode::kOutOfRange, scheme::reasons::kStatisticsTooLarge,
                   "the sums of this trade do not fit");
}

absl::Status AddCertificate(Trade& trade, const TradePair& pair, const scheme::TradeRows& rows) {
  const bool fits = scheme::AddRows(trade.rows[pair], rows) &&
                    trade.totals[pair].Add(scheme::TotalOf(rows, 1));
  return fits ? absl::OkStatus() : TooLarge();
}

}  // namespace

absl::Status RecordImport(store::Transaction& tx, const Environment& env,
                          const v1::UseStatement& act) {
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  pb::ConfirmedImport import;
  import.set_number(act.number());
  KP_ASSIGN_OR_RETURN(const auto incoming, FindIncoming(tx, act.number()));
  if (incoming.has_value()) {
    KP_RETURN_IF_ERROR(FillAnnounced(*incoming, import));
  } else {
    KP_ASSIGN_OR_RETURN(const auto number, scheme::CertificateNumber::Parse(act.number()));
    const scheme::Entity* issuer = view->parties.FindIssuer(number.issuer());
    import.set_issuer(issuer == nullptr ? number.issuer().text() : issuer->code.text());
  }
  *import.mutable_lines() = act.arrival().lines();
  import.set_receipt_date(act.arrival().receipt_date());
  const std::string& authority = act.officer().authority();
  import.set_confirm_date(scheme::FormatDate(scheme::DayInZone(
      trust::ToTime(act.act_time()), view->parties.ZoneOf(env.entity, authority))));
  import.set_verifying_authority(authority);
  return SaveConfirmedImport(tx, import);
}

absl::Status RecordExportConfirmed(store::Transaction& tx, const Environment& env,
                                   const std::string& partner, const v1::UseStatement& act) {
  pb::ConfirmedExport confirmed;
  confirmed.set_number(act.number());
  confirmed.set_partner(partner);
  confirmed.set_receipt_date(act.arrival().receipt_date());
  *confirmed.mutable_lines() = act.arrival().lines();
  *confirmed.mutable_effect_time() = trust::ToTimestamp(env.clock.Now());
  return SaveConfirmedExport(tx, confirmed);
}

absl::Status AmendImport(store::Transaction& tx, const std::string& number,
                         const v1::Arrival& arrival) {
  KP_ASSIGN_OR_RETURN(auto import, FindConfirmedImport(tx, number));
  if (!import.has_value()) return absl::InternalError("a confirmed import is missing");
  *import->mutable_lines() = arrival.lines();
  import->set_receipt_date(arrival.receipt_date());
  return UpdateConfirmedImport(tx, *import);
}

absl::Status AmendExportConfirmed(store::Transaction& tx, const Environment& env,
                                  const std::string& number, const v1::Arrival& arrival) {
  KP_ASSIGN_OR_RETURN(auto confirmed, FindConfirmedExport(tx, number));
  if (!confirmed.has_value()) return absl::InternalError("a confirmed export is missing");
  confirmed->set_receipt_date(arrival.receipt_date());
  *confirmed->mutable_lines() = arrival.lines();
  // These figures are known since now, and not in what was filed before.
  *confirmed->mutable_effect_time() = trust::ToTimestamp(env.clock.Now());
  return UpdateConfirmedExport(tx, *confirmed);
}

Days DaysOf(const scheme::Quarter& quarter) {
  return {scheme::FormatDate(quarter.first_day()), scheme::FormatDate(quarter.last_day())};
}

absl::StatusOr<std::string> OriginText(const pb::Origin& origin) {
  if (origin.kind() == pb::ORIGIN_KIND_UNSPECIFIED) return std::string();
  KP_ASSIGN_OR_RETURN(const scheme::Origin read, wire::ReadOrigin(origin));
  return read.ToString();
}

std::vector<scheme::TradeLine> TradeLines(const RepeatedPtrField<pb::Line>& lines) {
  std::vector<scheme::TradeLine> out;
  for (const pb::Line& line : lines) {
    const auto hs = scheme::HsCode::Parse(line.hs_code());
    out.push_back({hs.ok() ? hs->digits() : line.hs_code(), line.carats_thousandths(),
                   line.value_usd_cents()});
  }
  return out;
}

absl::StatusOr<scheme::TradeRows> CertifiedRowsOf(const pb::Certificate& certificate) {
  KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(certificate.origin()));
  return scheme::CertifiedRows(origin, TradeLines(certificate.lines()));
}

absl::StatusOr<scheme::TradeRows> CertifiedRowsOf(const pb::ConfirmedImport& import) {
  KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(import.origin()));
  return scheme::CertifiedRows(origin, TradeLines(import.certified_lines()));
}

absl::StatusOr<scheme::TradeRows> FoundRowsOf(const pb::ConfirmedImport& import) {
  KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(import.origin()));
  KP_ASSIGN_OR_RETURN(const scheme::TradeRows certified, CertifiedRowsOf(import));
  return scheme::FoundRows(origin, TradeLines(import.lines()), certified);
}

absl::StatusOr<Trade> ReadTrade(store::ReadSession& session, const SchemeView& view,
                                const Days& days, const std::string& partner) {
  Trade trade;
  std::map<std::string, std::string> served_by;
  KP_RETURN_IF_ERROR(ForEachExport(
      session, days, [&](const pb::Certificate& certificate) -> absl::Status {
        const auto [served, unknown] = served_by.try_emplace(certificate.importing_entity());
        if (unknown) {
          KP_ASSIGN_OR_RETURN(const auto code,
                              scheme::EntityCode::Parse(certificate.importing_entity()));
          served->second = ServedBy(view, code).text();
        }
        if (!partner.empty() && served->second != partner) return absl::OkStatus();
        KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(certificate.state()));
        if (!scheme::CountsAsExport(state)) {
          ++trade.exports_not_counted;
          return absl::OkStatus();
        }
        KP_ASSIGN_OR_RETURN(const scheme::TradeRows rows, CertifiedRowsOf(certificate));
        return AddCertificate(trade, {served->second, false}, rows);
      }));
  KP_RETURN_IF_ERROR(ForEachImportReceived(
      session, days, [&](const pb::ConfirmedImport& import) -> absl::Status {
        if (!partner.empty() && import.issuer() != partner) return absl::OkStatus();
        KP_ASSIGN_OR_RETURN(const scheme::TradeRows rows, FoundRowsOf(import));
        return AddCertificate(trade, {import.issuer(), true}, rows);
      }));
  return trade;
}

void WriteFigures(const scheme::TradeFigures& figures, v1::TradeFigures& out) {
  out.set_certificates(figures.certificates);
  out.set_carats_thousandths(figures.carats);
  out.set_value_usd_cents(figures.value);
  out.set_certificates_without_value(figures.without_value);
}

void WriteTrade(const Trade& trade, RepeatedPtrField<v1::TradeRow>& rows,
                RepeatedPtrField<v1::TradeTotal>& totals) {
  for (const auto& [pair, of_pair] : trade.rows) {
    for (const auto& [key, figures] : of_pair) {
      v1::TradeRow& row = *rows.Add();
      row.set_partner(pair.first);
      row.set_import(pair.second);
      row.set_origin(key.origin);
      row.set_hs_code(key.hs);
      WriteFigures(figures, *row.mutable_figures());
    }
  }
  for (const auto& [pair, figures] : trade.totals) {
    v1::TradeTotal& total = *totals.Add();
    total.set_partner(pair.first);
    total.set_import(pair.second);
    WriteFigures(figures, *total.mutable_figures());
  }
}

}  // namespace kp::certificate
