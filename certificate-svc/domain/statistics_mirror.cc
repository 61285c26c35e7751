// The mirror: a pair's trade of a quarter by the own books beside what the partner filed.
#include <algorithm>

#include "base/error.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/statistics.h"
#include "kp/certificate/v1/statements.pb.h"
#include "scheme/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;
using scheme::Quarter;
using scheme::TradeFacts;
using scheme::TradeItem;

constexpr size_t kMaxNamed = 200;

// What the partner filed, and up to when its books counted.
struct PartnerFiled {
  v1::StatisticsStatement content;
  std::string statement;
};

// Of one pair, by the own books.
class Books final {
 public:
  Books(store::ReadSession& session, const SchemeView& view, std::string partner,
        const Quarter& quarter, const std::optional<PartnerFiled>& filed)
      : session_(session),
        view_(view),
        partner_(std::move(partner)),
        quarter_(quarter),
        filed_(filed) {}

  absl::StatusOr<std::vector<TradeItem>> Exports() {
    items_.clear();
    KP_RETURN_IF_ERROR(ForEachExport(
        session_, DaysOf(quarter_), [&](const pb::Certificate& record) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const auto named,
                              scheme::EntityCode::Parse(record.importing_entity()));
          if (ServedBy(view_, named).text() != partner_) return absl::OkStatus();
          KP_ASSIGN_OR_RETURN(const auto confirmed, FindConfirmedExport(session_, record.number()));
          return AddExport(record, confirmed);
        }));
    // Exported in another quarter, received in this one.
    KP_RETURN_IF_ERROR(ForEachConfirmedExport(
        session_, partner_, DaysOf(quarter_),
        [&](const pb::ConfirmedExport& confirmed) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(session_, confirmed.number()));
          if (!row.has_value()) return absl::DataLossError("a confirmed certificate is missing");
          KP_ASSIGN_OR_RETURN(const scheme::Date day,
                              scheme::ParseDate(row->certificate.export_date()));
          if (quarter_.Has(day)) return absl::OkStatus();
          return AddExport(row->certificate, confirmed);
        }));
    return std::move(items_);
  }

  absl::StatusOr<std::vector<TradeItem>> Imports() {
    items_.clear();
    KP_RETURN_IF_ERROR(ForEachImportReceived(
        session_, DaysOf(quarter_), [&](const pb::ConfirmedImport& import) -> absl::Status {
          if (import.issuer() != partner_) return absl::OkStatus();
          TradeFacts facts;
          facts.number = import.number();
          facts.state = scheme::State::kConfirmed;
          KP_RETURN_IF_ERROR(FillImport(import, facts));
          items_.push_back(scheme::ItemOf(facts, quarter_, true));
          return absl::OkStatus();
        }));
    // Announced as exported in this quarter, and not received in it.
    KP_RETURN_IF_ERROR(ForEachAnnounced(
        session_, partner_, DaysOf(quarter_), [&](const Announced& announced) -> absl::Status {
          KP_ASSIGN_OR_RETURN(const auto import, FindConfirmedImport(session_, announced.number));
          TradeFacts facts;
          facts.number = announced.number;
          KP_ASSIGN_OR_RETURN(facts.state, wire::ReadState(announced.state));
          if (import.has_value()) {
            KP_RETURN_IF_ERROR(FillImport(*import, facts));
            if (quarter_.Has(facts.confirmation->receipt)) return absl::OkStatus();
          }
          KP_RETURN_IF_ERROR(FillAnnounced(announced, facts));
          items_.push_back(scheme::ItemOf(facts, quarter_, true));
          return absl::OkStatus();
        }));
    return std::move(items_);
  }

 private:
  absl::Status AddExport(const pb::Certificate& record,
                         const std::optional<pb::ConfirmedExport>& confirmed) {
    TradeFacts facts;
    facts.number = record.number();
    KP_ASSIGN_OR_RETURN(facts.state, wire::ReadState(record.state()));
    KP_ASSIGN_OR_RETURN(facts.export_day, scheme::ParseDate(record.export_date()));
    KP_ASSIGN_OR_RETURN(facts.certified, CertifiedRowsOf(record));
    if (confirmed.has_value()) {
      KP_ASSIGN_OR_RETURN(const scheme::Date receipt,
                          scheme::ParseDate(confirmed->receipt_date()));
      KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(record.origin()));
      facts.confirmation = {receipt, scheme::FoundRows(origin, TradeLines(confirmed->lines()),
                                                       facts.certified)};
      facts.after_filing = BehindFiling(trust::ToTime(confirmed->effect_time()));
    }
    items_.push_back(scheme::ItemOf(facts, quarter_, false));
    return absl::OkStatus();
  }

  absl::Status FillImport(const pb::ConfirmedImport& import, TradeFacts& facts) const {
    if (!import.export_date().empty()) {
      KP_ASSIGN_OR_RETURN(facts.export_day, scheme::ParseDate(import.export_date()));
      facts.after_filing = BehindFiling(import.export_date(), trust::ToTime(import.announce_time()));
    }
    KP_ASSIGN_OR_RETURN(facts.certified, CertifiedRowsOf(import));
    KP_ASSIGN_OR_RETURN(const scheme::Date receipt, scheme::ParseDate(import.receipt_date()));
    KP_ASSIGN_OR_RETURN(scheme::TradeRows found, FoundRowsOf(import));
    facts.confirmation = {receipt, std::move(found)};
    return absl::OkStatus();
  }

  absl::Status FillAnnounced(const Announced& announced, TradeFacts& facts) const {
    KP_ASSIGN_OR_RETURN(facts.export_day, scheme::ParseDate(announced.export_day));
    KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(announced.prealert));
    KP_ASSIGN_OR_RETURN(const auto alert,
                        statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
    KP_ASSIGN_OR_RETURN(const auto signed_certificate,
                        statement::Statement::Parse(alert.certificate_statement()));
    KP_ASSIGN_OR_RETURN(const auto certificate,
                        statement::DecodePayload<v1::CertificateStatement>(signed_certificate));
    KP_ASSIGN_OR_RETURN(const std::string origin, OriginText(certificate.origin()));
    facts.certified = scheme::CertifiedRows(origin, TradeLines(certificate.lines()));
    facts.after_filing = BehindFiling(announced.export_day, signed_alert.issued_at());
    return absl::OkStatus();
  }

  // Whether the partner's statement cannot have counted what became known at `time`.
  bool BehindFiling(absl::Time time) const {
    return filed_.has_value() && time > trust::ToTime(filed_->content.file_time());
  }
  // Or what left on `export_day`, announced at `time` by the clock of the partner's filing. Days are
  // compared as text: both are "YYYY-MM-DD".
  bool BehindFiling(const std::string& export_day, absl::Time time) const {
    return BehindFiling(time) ||
           (filed_.has_value() && export_day > filed_->content.through_date());
  }

  store::ReadSession& session_;
  const SchemeView& view_;
  const std::string partner_;
  const Quarter quarter_;
  const std::optional<PartnerFiled>& filed_;
  std::vector<TradeItem> items_;
};

// The partner's rows of the other direction: its imports are the own exports.
std::optional<scheme::TradeRows> PartnerRows(const std::optional<PartnerFiled>& filed,
                                             bool own_imports) {
  if (!filed.has_value()) return std::nullopt;
  scheme::TradeRows rows;
  for (const v1::TradeRow& row : filed->content.rows()) {
    if (row.import() == own_imports) continue;
    const v1::TradeFigures& figures = row.figures();
    rows[{row.origin(), row.hs_code()}] = {
        figures.certificates(), figures.carats_thousandths(), figures.value_usd_cents(),
        figures.certificates_without_value()};
  }
  return rows;
}

scheme::TradeFigures FiguresAt(const scheme::TradeRows& rows, const scheme::TradeKey& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? scheme::TradeFigures() : found->second;
}

v1::TradeExplanation WriteExplanation(scheme::Explanation explanation) {
  v1::TradeExplanation out = v1::TRADE_EXPLANATION_UNSPECIFIED;
  (void)v1::TradeExplanation_Parse(
      std::string("TRADE_EXPLANATION_") + scheme::ExplanationName(explanation), &out);
  return out;
}

void WriteRow(const scheme::MirrorRow& row, const std::vector<TradeItem>& items, bool import,
              bool filed, v1::MirrorRow& out) {
  out.set_import(import);
  out.set_origin(row.key.origin);
  out.set_hs_code(row.key.hs);
  WriteFigures(row.own, *out.mutable_own());
  if (filed) {
    WriteFigures(row.partner, *out.mutable_partner());
    WriteFigures(row.Difference(), *out.mutable_difference());
    WriteFigures(row.Unexplained(), *out.mutable_unexplained());
  }
  for (const size_t i : row.items) {
    if (static_cast<size_t>(out.certificates_size()) == kMaxNamed) {
      out.set_certificates_left_out(static_cast<int>(row.items.size() - kMaxNamed));
      break;
    }
    v1::MirrorCertificate& named = *out.add_certificates();
    named.set_number(items[i].number);
    WriteFigures(FiguresAt(items[i].own, row.key), *named.mutable_own());
    WriteFigures(FiguresAt(items[i].partner, row.key), *named.mutable_expected());
    for (const scheme::Explanation explanation : items[i].explanations) {
      named.add_explanations(WriteExplanation(explanation));
    }
  }
}

}  // namespace

absl::StatusOr<v1::GetMirrorResponse> Statistics::GetMirror(
    const v1::GetMirrorRequest& request) const {
  KP_ASSIGN_OR_RETURN(const Quarter quarter, Quarter::Make(request.year(), request.quarter()));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const std::string partner, ReadPartner(request.partner()));
  if (partner.empty()) {
    return FieldError({scheme::reasons::kFieldMissing, "partner", "is required", ""});
  }
  KP_RETURN_IF_ERROR(CheckBegun(quarter, Today(env_, *view, "")));
  std::optional<PartnerFiled> filed;
  std::vector<TradeItem> exports, imports;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto row, FindFiled(session, partner, quarter));
    if (row.has_value()) {
      KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(row->statement));
      KP_ASSIGN_OR_RETURN(auto content,
                          statement::DecodePayload<v1::StatisticsStatement>(parsed));
      filed = PartnerFiled{std::move(content), row->statement};
    }
    Books books(session, *view, partner, quarter, filed);
    KP_ASSIGN_OR_RETURN(exports, books.Exports());
    KP_ASSIGN_OR_RETURN(imports, books.Imports());
    return absl::OkStatus();
  }));
  v1::GetMirrorResponse response;
  bool agrees = filed.has_value();
  for (const bool import : {false, true}) {
    const std::vector<TradeItem>& items = import ? imports : exports;
    KP_ASSIGN_OR_RETURN(const auto rows,
                        scheme::CompareTrade(items, PartnerRows(filed, import)));
    for (const scheme::MirrorRow& row : rows) {
      agrees = agrees && row.Difference().IsZero();
      WriteRow(row, items, import, filed.has_value(), *response.add_rows());
    }
  }
  response.set_agrees(agrees);
  response.set_due_date(scheme::FormatDate(quarter.due_day()));
  response.set_through_date(
      scheme::FormatDate(std::min(quarter.last_day(), Today(env_, *view, ""))));
  if (filed.has_value()) {
    response.set_partner_filed(true);
    response.set_partner_version(filed->content.version());
    response.set_partner_preliminary(filed->content.preliminary());
    response.set_partner_through_date(filed->content.through_date());
    *response.mutable_partner_file_time() = filed->content.file_time();
    response.set_partner_statement(filed->statement);
  }
  return response;
}

}  // namespace kp::certificate
