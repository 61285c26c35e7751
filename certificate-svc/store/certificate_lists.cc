// Lists of the register, each by an index.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "certificate-svc/store/certificates.h"

namespace kp::certificate {
namespace {

using store::Bytes;
using store::ReadSession;

using Columns = std::tuple<int64_t, int64_t, Bytes>;

absl::Status Append(const absl::StatusOr<std::vector<Columns>>& found,
                    std::vector<CertificateRow>& rows) {
  KP_RETURN_IF_ERROR(found.status());
  for (const auto& [position, revision, record] : *found) {
    CertificateRow& row = rows.emplace_back();
    row.position = position;
    row.revision = revision;
    if (!row.certificate.ParseFromString(record.value)) {
      return absl::DataLossError(absl::StrCat("the record at position ", position, " is damaged"));
    }
  }
  return absl::OkStatus();
}

// The first `limit` by that day and by number, of rows that came state by state, each in this order.
void FirstByDay(const std::string& (pb::Certificate::*day)() const, int limit,
                std::vector<CertificateRow>& rows) {
  std::sort(rows.begin(), rows.end(), [day](const CertificateRow& a, const CertificateRow& b) {
    return std::tie((a.certificate.*day)(), a.certificate.number()) <
           std::tie((b.certificate.*day)(), b.certificate.number());
  });
  if (rows.size() > static_cast<size_t>(limit)) rows.resize(static_cast<size_t>(limit));
}

// Behind every day.
constexpr char kNoDay[] = "9999-99-99";

}  // namespace

// Numbers of an enumeration beside constant parts: what a caller says goes in as a parameter. By a
// day everything else is looked at row by row, since any other index would leave the rows to be
// sorted.
std::string CertificateListSql(const CertificateFilter& filter, bool by_state) {
  constexpr char kHead[] = "SELECT position, revision, record FROM certificates WHERE ";
  const bool by_importer = !filter.importing_entity.empty();
  if (!filter.by_day()) {
    const char* const importer = by_state ? "importing_entity || '' = ? AND "
                                          : "importing_entity = ? AND ";
    return absl::StrCat(kHead, by_state ? "state = ? AND " : "", by_importer ? importer : "",
                        "position < ? ORDER BY position DESC LIMIT ?");
  }
  std::set<int> states(filter.states.begin(), filter.states.end());
  return absl::StrCat(
      kHead, states.empty() ? "" : absl::StrCat("state + 0 IN (", absl::StrJoin(states, ", "), ") AND "),
      by_importer ? "importing_entity || '' = ? AND " : "",
      "export_day >= ? AND (export_day, number) < (?, ?) "
      "ORDER BY export_day DESC, number DESC LIMIT ?");
}

absl::StatusOr<std::vector<CertificateRow>> ListCertificates(ReadSession& session,
                                                             const CertificateFilter& filter) {
  std::vector<CertificateRow> rows;
  const auto query = [&](const std::string& sql, const auto&... parameters) {
    return Append(filter.importing_entity.empty()
                      ? session.Query<int64_t, int64_t, Bytes>(sql, parameters...)
                      : session.Query<int64_t, int64_t, Bytes>(sql, filter.importing_entity,
                                                               parameters...),
                  rows);
  };
  if (filter.by_day()) {
    // Before the number "" of a day stands nothing of that day.
    const std::string first_out = filter.exported_until.empty() ? kNoDay : filter.exported_until;
    KP_RETURN_IF_ERROR(query(CertificateListSql(filter, false), filter.exported_from,
                             filter.before_day.empty() ? first_out : filter.before_day,
                             filter.before_number, filter.limit));
    return rows;
  }
  const int64_t before = filter.before_position == 0 ? std::numeric_limits<int64_t>::max()
                                                     : filter.before_position;
  if (filter.states.empty()) {
    KP_RETURN_IF_ERROR(query(CertificateListSql(filter, false), before, filter.limit));
    return rows;
  }
  // Each state by its own index range; the newest `limit` of all are then among these.
  const std::string sql = CertificateListSql(filter, true);
  for (const int state : std::set<int>(filter.states.begin(), filter.states.end())) {
    KP_RETURN_IF_ERROR(Append(filter.importing_entity.empty()
                                  ? session.Query<int64_t, int64_t, Bytes>(sql, state, before,
                                                                           filter.limit)
                                  : session.Query<int64_t, int64_t, Bytes>(
                                        sql, state, filter.importing_entity, before, filter.limit),
                              rows));
  }
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.position > b.position; });
  if (rows.size() > static_cast<size_t>(filter.limit)) {
    rows.resize(static_cast<size_t>(filter.limit));
  }
  return rows;
}

absl::StatusOr<std::vector<CertificateRow>> ListUnconfirmed(
    ReadSession& session, std::string_view importing_entity, std::string_view exported_until,
    std::string_view after_day, std::string_view after_number, int limit) {
  std::vector<CertificateRow> rows;
  for (const pb::CertificateState state : {pb::CERTIFICATE_STATE_EXPORTED,
                                           pb::CERTIFICATE_STATE_ARRIVED,
                                           pb::CERTIFICATE_STATE_DETAINED,
                                           pb::CERTIFICATE_STATE_RELEASED}) {
    KP_RETURN_IF_ERROR(Append(session.Query<int64_t, int64_t, Bytes>(
                                  kUnconfirmedSql, static_cast<int>(state), importing_entity,
                                  importing_entity, exported_until, after_day, after_number, limit),
                              rows));
  }
  FirstByDay(&pb::Certificate::export_date, limit, rows);
  return rows;
}

absl::StatusOr<std::vector<CertificateRow>> ListNotExported(ReadSession& session,
                                                            std::string_view expired_before,
                                                            std::string_view after_day,
                                                            std::string_view after_number,
                                                            int limit) {
  std::vector<CertificateRow> rows;
  for (const pb::CertificateState state :
       {pb::CERTIFICATE_STATE_ISSUED, pb::CERTIFICATE_STATE_VALIDATED}) {
    KP_RETURN_IF_ERROR(Append(session.Query<int64_t, int64_t, Bytes>(
                                  kNotExportedSql, static_cast<int>(state), expired_before,
                                  after_day, after_number, limit),
                              rows));
  }
  FirstByDay(&pb::Certificate::expiry_date, limit, rows);
  return rows;
}

absl::StatusOr<std::vector<CertificateRow>> ListApplied(ReadSession& session,
                                                        int64_t after_position, int limit) {
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(Append(session.Query<int64_t, int64_t, Bytes>(
                                kAppliedSql, static_cast<int>(pb::CERTIFICATE_STATE_APPLIED),
                                after_position, limit),
                            rows));
  return rows;
}

absl::StatusOr<std::vector<CertificateRow>> ListOpen(ReadSession& session,
                                                     pb::CertificateState state,
                                                     std::string_view expires_from,
                                                     std::string_view after_day,
                                                     std::string_view after_number, int limit) {
  // One bound is enough for the index to begin at.
  const std::string_view from = std::max(expires_from, after_day);
  std::vector<CertificateRow> rows;
  KP_RETURN_IF_ERROR(
      Append(session.Query<int64_t, int64_t, Bytes>(kOpenSql, static_cast<int>(state), from,
                                                    after_day, after_number, limit),
             rows));
  return rows;
}

}  // namespace kp::certificate
