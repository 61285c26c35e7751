#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/list_filters.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/register.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "mesh/statement/proto_cbor.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr int kMaxHistory = 1000;
constexpr int kMaxWithin = 366;

// Fills in how late each deadline is.
absl::Status CountDays(scheme::Date today,
                       google::protobuf::RepeatedPtrField<pb::ImportDeadline>& deadlines) {
  for (pb::ImportDeadline& deadline : deadlines) {
    KP_ASSIGN_OR_RETURN(const scheme::Date due, scheme::ParseDate(deadline.due_date()));
    deadline.set_days_overdue(static_cast<int32_t>(today - due));
  }
  return absl::OkStatus();
}

absl::Status BadToken() {
  return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
}

}  // namespace

absl::StatusOr<v1::GetImportResponse> ImportBook::Get(const v1::GetImportRequest& request) const {
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  v1::GetImportResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(auto row, FindImport(session, number->canonical()));
    if (!row.has_value()) {
      return MakeError(absl::StatusCode::kNotFound, kImportUnknown,
                       absl::StrCat("the import book has no ", number->canonical()));
    }
    *response.mutable_entry() = std::move(row->entry);
    KP_ASSIGN_OR_RETURN(const auto deadlines, DeadlinesOfImport(session, number->canonical()));
    response.mutable_deadlines()->Add(deadlines.begin(), deadlines.end());
    if (!request.with_history()) return absl::OkStatus();
    KP_ASSIGN_OR_RETURN(const auto events,
                        env_.events.OfSubject(session, number->canonical(), 0, kMaxHistory));
    for (const store::Event& event : events) {
      KP_ASSIGN_OR_RETURN(*response.add_events(), ShowEvent(event));
    }
    KP_ASSIGN_OR_RETURN(const auto versions,
                        ImportVersions(session, number->canonical(), kMaxHistory));
    for (const std::string& version : versions) {
      KP_RETURN_IF_ERROR(statement::DecodePayload(version, *response.add_versions()));
    }
    return absl::OkStatus();
  }));
  KP_RETURN_IF_ERROR(CountDays(Today(env_, *view, ""), *response.mutable_deadlines()));
  return response;
}

absl::StatusOr<v1::ListImportsResponse> ImportBook::List(
    const identity::SpiffeId& caller, const v1::ListImportsRequest& request) const {
  if (!pb::ImportFilter_IsValid(request.filter())) {
    return FieldError({scheme::wire::kEnumValueUnknown, "filter", "is none that this version knows", ""});
  }
  KP_ASSIGN_OR_RETURN(const DaySpan submitted,
                      ReadFilterSpan(request.submitted_from(), "submitted_from",
                                     request.submitted_until(), "submitted_until",
                                     scheme::SpanEnd::kIncluded));
  ImportQuery query;
  KP_ASSIGN_OR_RETURN(query.issuer, ReadFilterEntity(env_, request.issuer(), "issuer",
                                                     scheme::FilterRole::kPartner));
  query.filter = request.filter();
  query.submitted_from = submitted.from;
  query.submitted_until = submitted.until;
  for (const int state : request.states()) {
    if (!pb::CertificateState_IsValid(state)) {
      return FieldError(
          {scheme::wire::kEnumValueUnknown, "states", "has one that this version does not know", ""});
    }
    query.states.push_back(static_cast<pb::CertificateState>(state));
  }
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  query.limit = size + 1;
  const std::string binding =
      absl::StrCat("ListImports|", caller.ToString(), "|", query.issuer, "|",
                   absl::StrJoin(request.states(), ","), "|", static_cast<int>(request.filter()),
                   "|", query.submitted_from, "|", query.submitted_until);
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty() && !absl::SimpleAtoi(key, &query.before_position)) return BadToken();
  std::vector<ImportRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListImports(session, query));
    return absl::OkStatus();
  }));
  v1::ListImportsResponse response;
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    response.set_next_page_token(rpc::MakePageToken(absl::StrCat(rows.back().position), binding));
  }
  for (ImportRow& row : rows) *response.add_entries() = std::move(row.entry);
  return response;
}

absl::StatusOr<v1::ListOverdueImportsResponse> ImportBook::Overdue(
    const identity::SpiffeId& caller, const v1::ListOverdueImportsRequest& request) const {
  if (request.within_days() < 0 || request.within_days() > kMaxWithin) {
    return FieldError(
        {kDaysOutOfRange, "within_days", absl::StrCat("is not 0 to ", kMaxWithin), ""});
  }
  if (!pb::ImportDeadlineKind_IsValid(request.kind())) {
    return FieldError({scheme::wire::kEnumValueUnknown, "kind", "is none that this version knows", ""});
  }
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const scheme::Date today = Today(env_, *view, "");
  DeadlineQuery query;
  KP_ASSIGN_OR_RETURN(query.issuer, ReadFilterEntity(env_, request.issuer(), "issuer",
                                                     scheme::FilterRole::kPartner));
  query.kind = request.kind();
  // A deadline is kept until the end of its last day.
  const int ahead = request.within_days() == 0 ? 0 : request.within_days() + 1;
  query.due_before = scheme::FormatDate(today + ahead);
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  query.limit = size + 1;
  const std::string binding =
      absl::StrCat("ListOverdueImports|", caller.ToString(), "|", query.issuer, "|",
                   static_cast<int>(request.kind()), "|", request.within_days());
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty()) {
    // "<issuer> <due day> <number> <kind>"; none of them holds a space.
    const std::vector<std::string> parts = absl::StrSplit(key, ' ');
    if (parts.size() != 4 || !absl::SimpleAtoi(parts[3], &query.after_kind)) return BadToken();
    query.after_issuer = parts[0];
    query.after_due = parts[1];
    query.after_number = parts[2];
  }
  std::vector<pb::ImportDeadline> deadlines;
  std::vector<pb::OverduePartner> partners;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(deadlines, ListDeadlines(session, query));
    KP_ASSIGN_OR_RETURN(partners, CountDeadlines(session, query));
    return absl::OkStatus();
  }));
  v1::ListOverdueImportsResponse response;
  if (deadlines.size() > static_cast<size_t>(size)) {
    deadlines.pop_back();
    const pb::ImportDeadline& last = deadlines.back();
    response.set_next_page_token(
        rpc::MakePageToken(absl::StrCat(last.issuer(), " ", last.due_date(), " ", last.number(),
                                        " ", static_cast<int>(last.kind())),
                           binding));
  }
  response.mutable_deadlines()->Add(deadlines.begin(), deadlines.end());
  response.mutable_partners()->Add(partners.begin(), partners.end());
  KP_RETURN_IF_ERROR(CountDays(today, *response.mutable_deadlines()));
  return response;
}

}  // namespace kp::certificate
