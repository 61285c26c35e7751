#include "certificate-svc/domain/cases.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/list_filters.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/dates.h"

namespace kp::certificate {

template <typename Response, typename Request>
absl::StatusOr<Response> Cases::Act(const identity::SpiffeId& caller, const std::string& method,
                                    const Request& request, const Find& find,
                                    const std::function<void(v1::CaseStatement&)>& fill) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), method, request,
      [&]() -> absl::StatusOr<certificate::Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        CaseBook book;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(book, find(session));
          return absl::OkStatus();
        }));
        const scheme::Side side = book.row.side;
        const scheme::CasePosition position = scheme::PositionOfCase(book.moves);
        const absl::Time now = env_.clock.Now();
        v1::CaseStatement content;
        content.set_number(book.row.number);
        content.set_certificate_digest(book.row.certificate_digest);
        content.set_case_id(book.row.id);
        content.set_kind(book.row.shown.kind());
        content.set_reference(book.row.reference);
        content.set_sequence(position.last[scheme::SideIndex(side)] + 1);
        content.set_seen(position.last[scheme::SideIndex(scheme::OtherSide(side))]);
        *content.mutable_officer() = actor;
        content.mutable_act_time()->set_seconds(absl::ToUnixSeconds(now));
        fill(content);
        KP_RETURN_IF_ERROR(CheckCaseContent(side, content));
        if (content.act() == v1::CASE_ACT_OPEN && !content.found_on().empty()) {
          KP_RETURN_IF_ERROR(CheckDayOfAct(*scheme::ParseDate(content.found_on()),
                                           Today(env_, *view, actor.authority()), "found_on"));
        }
        if (!view->trust->EndpointOf(book.row.partner, access::v1::ROLE_CERTIFICATE_SVC).ok()) {
          return MakeError(absl::StatusCode::kFailedPrecondition, kCasePartnerNotConnected,
                           absl::StrCat("\"", book.row.partner, "\" is not in the mesh"));
        }
        KP_ASSIGN_OR_RETURN(const scheme::CaseMove move, ReadCaseMove(side, content, ""));
        KP_RETURN_IF_ERROR(scheme::CheckCaseMove(book.moves, move));
        KP_ASSIGN_OR_RETURN(const statement::Statement signed_act,
                            env_.signer.Sign(CaseContentType(), content, book.row.partner, now));
        return certificate::Act<Response>(
            [this, book, content, signed_act](store::Transaction& tx) -> absl::StatusOr<Response> {
              CaseBook after = book;
              KP_RETURN_IF_ERROR(AddToCase(tx, env_, after, after.row.side, content, signed_act));
              KP_RETURN_IF_ERROR(
                  env_.outbox
                      .Enqueue(tx, {after.row.partner, after.row.number, kCaseMessageKind,
                                    CaseContentType(), signed_act.bytes()})
                      .status());
              Response response;
              *response.mutable_case_() = after.row.shown;
              return response;
            });
      });
}

absl::StatusOr<v1::OpenCaseResponse> Cases::Open(const identity::SpiffeId& caller,
                                                 const v1::OpenCaseRequest& request) {
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  if (request.kind() == v1::CASE_KIND_DIFFERENCES) {
    return FieldError(
        {kCaseMalformed, "kind", "differences come from a confirmation of import", "CORE III(b)"});
  }
  const std::string reference = env_.ids.NewUuid();
  return Act<v1::OpenCaseResponse>(
      caller, "OpenCase", request,
      [&](store::ReadSession& session) -> absl::StatusOr<CaseBook> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(session, *view, number->canonical()));
        if (!pair.has_value()) {
          return FaultError(absl::StatusCode::kNotFound,
                            {kCertificateUnknown, "number",
                             "no such certificate was exported from here, or announced to here",
                             "CORE III(b), V(f)"});
        }
        return NewCase(env_, number->canonical(), *pair, request.kind(), reference);
      },
      [&](v1::CaseStatement& content) {
        content.set_act(v1::CASE_ACT_OPEN);
        content.set_text(request.text());
        content.set_found_on(request.found_on());
      });
}

absl::StatusOr<v1::RemarkOnCaseResponse> Cases::Remark(const identity::SpiffeId& caller,
                                                       const v1::RemarkOnCaseRequest& request) {
  return Act<v1::RemarkOnCaseResponse>(
      caller, "RemarkOnCase", request,
      [&](store::ReadSession& session) { return ReadCaseBook(session, request.case_id()); },
      [&](v1::CaseStatement& content) {
        content.set_act(v1::CASE_ACT_REMARK);
        content.set_text(request.text());
      });
}

absl::StatusOr<v1::ProposeInCaseResponse> Cases::Propose(const identity::SpiffeId& caller,
                                                         const v1::ProposeInCaseRequest& request) {
  return Act<v1::ProposeInCaseResponse>(
      caller, "ProposeInCase", request,
      [&](store::ReadSession& session) { return ReadCaseBook(session, request.case_id()); },
      [&](v1::CaseStatement& content) {
        content.set_act(v1::CASE_ACT_PROPOSE);
        content.set_remedy(request.remedy());
        content.set_text(request.text());
      });
}

absl::StatusOr<v1::AgreeInCaseResponse> Cases::Agree(const identity::SpiffeId& caller,
                                                     const v1::AgreeInCaseRequest& request) {
  return Act<v1::AgreeInCaseResponse>(
      caller, "AgreeInCase", request,
      [&](store::ReadSession& session) { return ReadCaseBook(session, request.case_id()); },
      [&](v1::CaseStatement& content) {
        content.set_act(v1::CASE_ACT_AGREE);
        content.set_proposal_digest(request.proposal_digest());
        content.set_text(request.text());
      });
}

absl::StatusOr<v1::DeclineInCaseResponse> Cases::Decline(const identity::SpiffeId& caller,
                                                         const v1::DeclineInCaseRequest& request) {
  return Act<v1::DeclineInCaseResponse>(
      caller, "DeclineInCase", request,
      [&](store::ReadSession& session) { return ReadCaseBook(session, request.case_id()); },
      [&](v1::CaseStatement& content) {
        content.set_act(v1::CASE_ACT_DECLINE);
        content.set_proposal_digest(request.proposal_digest());
        content.set_text(request.text());
      });
}

absl::StatusOr<v1::GetCaseResponse> Cases::Get(const v1::GetCaseRequest& request) const {
  CaseBook book;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(book, ReadCaseBook(session, request.case_id()));
    return absl::OkStatus();
  }));
  v1::GetCaseResponse response;
  v1::Case& shown = *response.mutable_case_();
  shown = book.row.shown;
  for (CaseBook::Told& told : book.told) {
    v1::CaseEntry& entry = *shown.add_entries();
    entry.set_entity(told.row.by == book.row.side ? env_.entity.text() : book.row.partner);
    *entry.mutable_content() = std::move(told.content);
    entry.set_statement(std::move(told.row.statement));
    entry.set_digest(told.digest);
    *entry.mutable_record_time() = trust::ToTimestamp(told.row.recorded_at);
    entry.set_outcome(told.row.outcome);
  }
  return response;
}

absl::StatusOr<v1::ListCasesResponse> Cases::List(const identity::SpiffeId& caller,
                                                  const v1::ListCasesRequest& request) const {
  CaseFilter filter;
  if (!request.number().empty()) {
    const auto number = scheme::CertificateNumber::Parse(request.number());
    if (!number.ok()) return WithFieldPrefix(number.status(), "number");
    filter.number = number->canonical();
  }
  KP_ASSIGN_OR_RETURN(filter.partner, ReadFilterEntity(env_, request.partner(), "partner",
                                                       scheme::FilterRole::kPartner));
  filter.open_only = request.open_only();
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), 50, 500));
  const std::string binding = absl::StrCat("ListCases|", caller.ToString(), "|", filter.number, "|",
                                           filter.partner, "|", filter.open_only ? "open" : "all");
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty() && !absl::SimpleAtoi(key, &filter.before_position)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  filter.limit = size + 1;
  std::vector<CaseRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListCases(session, filter));
    return absl::OkStatus();
  }));
  v1::ListCasesResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(rpc::MakePageToken(absl::StrCat(rows.back().position), binding));
  }
  for (CaseRow& row : rows) *response.add_cases() = std::move(row.shown);
  return response;
}

}  // namespace kp::certificate
