// Reading the register: one record, lists, events.
#include <algorithm>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/list_filters.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/register.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/import_book.h"
#include "mesh/rpc/page_token.h"
#include "mesh/rpc/reasons.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr int kMaxEvents = 1000;
constexpr int kMaxDays = 3650;

// As FindRecord; of a certificate that came in the error says where it is.
absl::StatusOr<CertificateRow> FindOwn(store::ReadSession& session, const std::string& id) {
  absl::StatusOr<CertificateRow> row = FindRecord(session, id, "id");
  if (ReasonOf(row.status()) != kCertificateUnknown) return row;
  const auto number = scheme::CertificateNumber::Parse(id);
  if (!number.ok()) return row;
  KP_ASSIGN_OR_RETURN(const auto import, FindImport(session, number->canonical()));
  if (!import.has_value()) return row;
  return MakeError(absl::StatusCode::kNotFound, kCertificateUnknown,
                   absl::StrCat(number->canonical(),
                                " was not issued here, it came in: the import book has it, with "
                                "its history (kpctl import show ",
                                number->canonical(), " --history)"));
}

}  // namespace

absl::StatusOr<v1::GetCertificateResponse> Register::Get(
    const identity::SpiffeId& caller, const v1::GetCertificateRequest& request) const {
  if (caller.role() == access::v1::ROLE_MONITOR) {
    KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
    const scheme::Entity* entity = view->parties.FindEntity(env_.entity);
    const scheme::Date today = Today(env_, *view, "");
    const auto& measures = view->measures.measures();
    const bool named = std::any_of(measures.begin(), measures.end(), [&](const auto& measure) {
      return measure.kind == scheme::MeasureKind::kCountersignature && entity != nullptr &&
             measure.participant == entity->participant && measure.monitor == caller.ToString() &&
             measure.period.Covers(today) == scheme::Certainty::kYes;
    });
    if (!named) {
      return MakeError(absl::StatusCode::kPermissionDenied, kNoMonitoredMeasure,
                       "no measure in force names this monitor of the entity's shipments");
    }
  }
  v1::GetCertificateResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    // What came in here is no monitor's matter.
    KP_ASSIGN_OR_RETURN(CertificateRow row, caller.role() == access::v1::ROLE_OFFICER
                                                ? FindOwn(session, request.id())
                                                : FindRecord(session, request.id(), "id"));
    pb::Certificate& certificate = *response.mutable_certificate();
    certificate = std::move(row.certificate);
    if (certificate.number().empty()) return absl::OkStatus();
    KP_ASSIGN_OR_RETURN(const UseRow use, FindUse(session, certificate.number()));
    if (use.use.revision > 0) {
      *certificate.mutable_use() = wire::WriteUse(use.use, use.customs_partner, env_.clock.Now());
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ListCertificatesResponse> Register::List(
    const identity::SpiffeId& caller, const v1::ListCertificatesRequest& request) const {
  CertificateFilter filter;
  for (const int state : request.states()) {
    KP_RETURN_IF_ERROR(wire::ReadState(static_cast<pb::CertificateState>(state)).status());
    filter.states.push_back(static_cast<pb::CertificateState>(state));
  }
  KP_ASSIGN_OR_RETURN(filter.importing_entity,
                      ReadFilterEntity(env_, request.importing_entity(), "importing_entity",
                                       scheme::FilterRole::kImporter));
  KP_ASSIGN_OR_RETURN(const DaySpan exported,
                      ReadFilterSpan(request.exported_from(), "exported_from",
                                     request.exported_until(), "exported_until",
                                     scheme::SpanEnd::kNotIncluded));
  filter.exported_from = exported.from;
  filter.exported_until = exported.until;
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string binding = absl::StrCat(
      "ListCertificates|", caller.ToString(), "|", filter.importing_entity, "|",
      absl::StrJoin(request.states(), ","), "|", filter.exported_from, "|", filter.exported_until);
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  if (!key.empty() && filter.by_day()) {
    // "<day of export> <number>"
    const std::pair<std::string, std::string> last = absl::StrSplit(key, absl::MaxSplits(' ', 1));
    std::tie(filter.before_day, filter.before_number) = last;
  } else if (!key.empty() && !absl::SimpleAtoi(key, &filter.before_position)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  filter.limit = size + 1;
  v1::ListCertificatesResponse response;
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListCertificates(session, filter));
    return absl::OkStatus();
  }));
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    const pb::Certificate& last = rows.back().certificate;
    response.set_next_page_token(rpc::MakePageToken(
        filter.by_day() ? absl::StrCat(last.export_date(), " ", last.number())
                        : absl::StrCat(rows.back().position),
        binding));
  }
  for (CertificateRow& row : rows) *response.add_certificates() = std::move(row.certificate);
  return response;
}

absl::StatusOr<v1::ListOverdueConfirmationsResponse> Register::Overdue(
    const identity::SpiffeId& caller, const v1::ListOverdueConfirmationsRequest& request) const {
  if (request.days() < 0 || request.days() > kMaxDays) {
    return FieldError({kDaysOutOfRange, "days", absl::StrCat("is not 0 to ", kMaxDays), ""});
  }
  const int days = request.has_days() ? request.days() : confirmation_days_;
  KP_ASSIGN_OR_RETURN(const std::string importer,
                      ReadFilterEntity(env_, request.importing_entity(), "importing_entity",
                                       scheme::FilterRole::kImporter));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const std::string until = scheme::FormatDate(Today(env_, *view, "") - days);
  KP_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string binding = absl::StrCat("ListOverdueConfirmations|", caller.ToString(), "|",
                                           importer, "|", days);
  KP_ASSIGN_OR_RETURN(const std::string key, rpc::ReadPageToken(request.page_token(), binding));
  // "<day of export> <number>"
  const std::pair<std::string, std::string> after = absl::StrSplit(key, absl::MaxSplits(' ', 1));
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ListUnconfirmed(session, importer, until, after.first, after.second,
                                              size + 1));
    return absl::OkStatus();
  }));
  v1::ListOverdueConfirmationsResponse response;
  response.set_days(days);
  if (rows.size() > static_cast<size_t>(size)) {
    rows.pop_back();
    const pb::Certificate& last = rows.back().certificate;
    response.set_next_page_token(
        rpc::MakePageToken(absl::StrCat(last.export_date(), " ", last.number()), binding));
  }
  for (CertificateRow& row : rows) *response.add_certificates() = std::move(row.certificate);
  return response;
}

absl::StatusOr<v1::ListCertificateEventsResponse> Register::Events(
    const v1::ListCertificateEventsRequest& request) const {
  v1::ListCertificateEventsResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const CertificateRow row, FindOwn(session, request.id()));
    // Before there is a number, events are about the application.
    std::vector<std::string> subjects = {row.certificate.application_id()};
    if (!row.certificate.number().empty()) subjects.push_back(row.certificate.number());
    for (const std::string& subject : subjects) {
      KP_ASSIGN_OR_RETURN(const auto events,
                          env_.events.OfSubject(session, subject, 0, kMaxEvents));
      for (const store::Event& event : events) {
        KP_ASSIGN_OR_RETURN(*response.add_events(), ShowEvent(event));
      }
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace kp::certificate
