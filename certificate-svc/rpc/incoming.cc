#include "certificate-svc/rpc/incoming.h"

#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/list_filters.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "mesh/statement/statement.h"
#include "scheme/certificate_number.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {

// The pre-alert and the receipt were verified when they were received; here they are only read.
absl::StatusOr<v1::IncomingCertificate> ShowIncoming(const Incoming& in) {
  v1::IncomingCertificate out;
  out.set_number(in.number);
  out.set_issuer(in.issuer);
  out.set_prealert(in.prealert);
  *out.mutable_receive_time() = trust::ToTimestamp(in.received_at);
  out.set_cursor(in.change);
  out.set_state(in.state);
  out.set_status_statement(in.status_statement);
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(in.prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  out.set_certificate_statement(alert.certificate_statement());
  out.set_total_carats_thousandths(alert.total_carats_thousandths());
  out.set_total_value_usd_cents(alert.total_value_usd_cents());
  out.set_export_date(alert.export_date());
  if (in.receipt.empty()) return out;
  out.set_receipt(in.receipt);
  KP_ASSIGN_OR_RETURN(const auto signed_receipt, statement::Statement::Parse(in.receipt));
  KP_ASSIGN_OR_RETURN(const auto receipt,
                      statement::DecodePayload<v1::ReceiptStatement>(signed_receipt));
  if (receipt.has_use()) *out.mutable_use() = receipt.use();
  return out;
}

absl::StatusOr<v1::ListIncomingCertificatesResponse> ListIncomingCertificates(
    const Environment& env, const identity::SpiffeId& caller,
    const v1::ListIncomingCertificatesRequest& request) {
  v1::ListIncomingCertificatesResponse response;
  if (!request.number().empty()) {
    const auto number = scheme::CertificateNumber::Parse(request.number());
    if (!number.ok()) return WithFieldPrefix(number.status(), "number");
    std::optional<class Incoming> found;
    KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(found, FindIncoming(session, number->canonical()));
      return absl::OkStatus();
    }));
    if (found.has_value()) {
      KP_ASSIGN_OR_RETURN(*response.add_certificates(), ShowIncoming(*found));
    }
    return response;
  }
  IncomingFilter filter;
  KP_ASSIGN_OR_RETURN(filter.issuer, ReadFilterEntity(env, request.issuer(), "issuer",
                                                      scheme::FilterRole::kPartner));
  for (const int state : request.states()) {
    KP_RETURN_IF_ERROR(scheme::wire::ReadState(static_cast<pb::CertificateState>(state)).status());
    filter.states.push_back(static_cast<pb::CertificateState>(state));
  }
  KP_ASSIGN_OR_RETURN(const DaySpan exported,
                      ReadFilterSpan(request.exported_from(), "exported_from",
                                     request.exported_until(), "exported_until",
                                     scheme::SpanEnd::kNotIncluded));
  filter.exported_from = exported.from;
  filter.exported_until = exported.until;
  const std::string binding = absl::StrCat(
      "ListIncomingCertificates|", caller.ToString(), "|", filter.issuer, "|",
      absl::StrJoin(request.states(), ","), "|", filter.exported_from, "|", filter.exported_until);
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty() && filter.by_day()) {
    // "<day of export> <number>"
    const std::pair<std::string, std::string> last = absl::StrSplit(key, absl::MaxSplits(' ', 1));
    std::tie(filter.before_day, filter.before_number) = last;
  } else if (!key.empty() && !absl::SimpleAtoi(key, &filter.before_cursor)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  filter.limit = size + 1;
  std::vector<Incoming> rows;
  KP_RETURN_IF_ERROR(env.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListIncoming(session, filter));
    return absl::OkStatus();
  }));
  const bool more = rows.size() > static_cast<size_t>(size);
  if (more) rows.pop_back();
  for (const Incoming& row : rows) {
    KP_ASSIGN_OR_RETURN(*response.add_certificates(), ShowIncoming(row));
  }
  if (more) {
    const v1::IncomingCertificate& last = *response.certificates().rbegin();
    response.set_next_page_token(rpc::MakePageToken(
        filter.by_day() ? absl::StrCat(last.export_date(), " ", last.number())
                        : absl::StrCat(rows.back().cursor),
        binding));
  }
  return response;
}

}  // namespace kp::certificate
