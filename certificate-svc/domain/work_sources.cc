#include "certificate-svc/domain/work_sources.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/store/import_book.h"
#include "certificate-svc/store/sources.h"
#include "certificate-svc/store/technical.h"
#include "mesh/rpc/reasons.h"

namespace kp::certificate {
namespace {

using scheme::Side;
using store::ReadSession;

// Of a case up to 400 statements are read.
constexpr int kMaxCasesRead = 50;

constexpr pb::CertificateState kArrived[] = {pb::CERTIFICATE_STATE_ARRIVED,
                                             pb::CERTIFICATE_STATE_RELEASED};
constexpr pb::CertificateState kDetained[] = {pb::CERTIFICATE_STATE_DETAINED};
constexpr pb::CertificateState kHere[] = {pb::CERTIFICATE_STATE_ARRIVED,
                                          pb::CERTIFICATE_STATE_DETAINED,
                                          pb::CERTIFICATE_STATE_RELEASED};

std::string DayOf(const WorkScene& scene, absl::Time time) {
  return scheme::FormatDate(
      scheme::DayInZone(time, scene.view.parties.ZoneOf(scene.env.entity, "")));
}

absl::StatusOr<int64_t> ReadPosition(const std::string& place) {
  int64_t position = 0;
  if (!place.empty() && !absl::SimpleAtoi(place, &position)) {
    return FieldError({std::string(rpc::kPageTokenInvalid), "page_token", "cannot be read", ""});
  }
  return position;
}

// "<day> <number>"
std::pair<std::string, std::string> ReadDayAndNumber(const std::string& place) {
  return absl::StrSplit(place, absl::MaxSplits(' ', 1));
}

// An item for each row of the page that `make` does not leave out; `place` is that of a row.
template <typename Row, typename Make, typename Place>
absl::StatusOr<WorkBatch> MakeBatch(absl::StatusOr<std::vector<Row>> rows, int limit, Make make,
                                    Place place) {
  KP_RETURN_IF_ERROR(rows.status());
  WorkBatch batch;
  if (rows->size() > static_cast<size_t>(limit)) {
    rows->resize(static_cast<size_t>(limit));
    batch.next = place(rows->back());
  }
  for (const Row& row : *rows) {
    KP_ASSIGN_OR_RETURN(std::optional<v1::WorkItem> item, make(row));
    if (item.has_value()) batch.items.push_back(*std::move(item));
  }
  return batch;
}

using Made = absl::StatusOr<std::optional<v1::WorkItem>>;
Made None() { return std::optional<v1::WorkItem>(); }

v1::WorkItem OfCertificate(const pb::Certificate& certificate, const std::string& since,
                           const std::string& due) {
  v1::WorkItem item;
  item.set_subject(certificate.number());
  item.set_partner(certificate.importing_entity());
  item.set_since_date(since);
  item.set_due_date(due);
  return item;
}

std::string ExpiryPlace(const CertificateRow& row) {
  return absl::StrCat(row.certificate.expiry_date(), " ", row.certificate.number());
}

// Own certificates that can still be exported, those that expire first at the head.
template <typename Make>
absl::StatusOr<WorkBatch> StillValid(ReadSession& session, const WorkScene& scene,
                                     pb::CertificateState state, const std::string& after,
                                     int limit, Make make) {
  const auto [day, number] = ReadDayAndNumber(after);
  return MakeBatch(
      ListOpen(session, state, scheme::FormatDate(scene.today), day, number, limit + 1), limit,
      make, ExpiryPlace);
}

// What keeps goods that came in from being confirmed: the case in which it is agreed that they go
// back, or that all of them went under technical certificates that stand.
struct WayBack {
  std::optional<CaseRow> order;
  bool gone = false;
};

absl::StatusOr<WayBack> ReadWayBack(ReadSession& session, const pb::ImportEntry& entry) {
  WayBack back;
  // Only the issuer of an announced certificate can order goods back.
  if (!entry.announced()) return back;
  KP_ASSIGN_OR_RETURN(back.order, FindAgreedOrder(session, entry.number()));
  KP_ASSIGN_OR_RETURN(const auto standing, StandingTechnical(session, entry.number()));
  const auto carats = [](const google::protobuf::RepeatedPtrField<pb::Line>& lines) {
    int64_t sum = 0;
    for (const pb::Line& line : lines) sum += line.carats_thousandths();
    return sum;
  };
  int64_t left = 0;
  for (const pb::TechnicalCertificate& one : standing) left += carats(one.content().lines());
  back.gone = !standing.empty() && left >= carats(entry.certified_lines());
  return back;
}

v1::WorkItem OfImport(const pb::ImportEntry& entry, const std::string& since) {
  v1::WorkItem item;
  item.set_subject(entry.number());
  item.set_partner(entry.issuer());
  item.set_since_date(since);
  return item;
}

// Entries of the import book in these states, one state behind the other, oldest first.
template <typename Make>
absl::StatusOr<WorkBatch> OfBook(ReadSession& session, std::span<const pb::CertificateState> states,
                                 const std::string& after, int limit, Make make) {
  // "<index of the state> <position>"
  const std::pair<std::string, std::string> place =
      absl::StrSplit(after, absl::MaxSplits(' ', 1));
  KP_ASSIGN_OR_RETURN(const int64_t start, ReadPosition(place.first));
  KP_ASSIGN_OR_RETURN(int64_t position, ReadPosition(place.second));
  WorkBatch all;
  int room = limit;
  for (size_t i = static_cast<size_t>(start); i < states.size(); ++i, position = 0) {
    if (room == 0) {
      all.next = absl::StrCat(i, " ", position);
      break;
    }
    int looked_at = 0;
    KP_ASSIGN_OR_RETURN(
        WorkBatch batch,
        MakeBatch(
            ImportsInState(session, states[i], position, room + 1), room,
            [&](const ImportRow& row) -> Made {
              ++looked_at;
              KP_ASSIGN_OR_RETURN(const WayBack back, ReadWayBack(session, row.entry));
              return make(row.entry, back);
            },
            [](const ImportRow& row) { return absl::StrCat(row.position); }));
    room -= looked_at;
    for (v1::WorkItem& item : batch.items) all.items.push_back(std::move(item));
    if (!batch.next.empty()) {
      all.next = absl::StrCat(i, " ", batch.next);
      break;
    }
  }
  return all;
}

absl::StatusOr<WorkBatch> OfDeadlines(ReadSession& session, pb::ImportDeadlineKind kind,
                                      const std::string& after, int limit) {
  const auto [day, number] = ReadDayAndNumber(after);
  return MakeBatch(
      DeadlinesOfKind(session, kind, day, number, limit + 1), limit,
      [](const pb::ImportDeadline& deadline) -> Made {
        v1::WorkItem item;
        item.set_subject(deadline.number());
        item.set_partner(deadline.issuer());
        item.set_since_date(deadline.since_date());
        item.set_due_date(deadline.due_date());
        item.set_source(deadline.source());
        return std::optional<v1::WorkItem>(std::move(item));
      },
      [](const pb::ImportDeadline& deadline) {
        return absl::StrCat(deadline.due_date(), " ", deadline.number());
      });
}

// The last word of a person of the other side to which no person of this one has answered. That the
// importing side found differences is such a word to the issuer, whose register opens the case.
std::optional<absl::Time> UnansweredSince(const CaseBook& book) {
  std::optional<absl::Time> since;
  for (const CaseBook::Told& told : book.told) {
    const bool own = told.row.by == book.row.side;
    if (!told.content.has_officer()) {
      if (own) since = told.row.recorded_at;
    } else if (own) {
      since.reset();
    } else if (!since.has_value()) {
      since = told.row.recorded_at;
    }
  }
  return since;
}

// When the proposal of the other side that stands was made.
std::optional<absl::Time> ProposedAt(const CaseBook& book) {
  for (const CaseBook::Told& told : book.told) {
    if (told.digest == book.row.shown.partner_proposal()) return told.row.recorded_at;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<WorkBatch> ToIssue(ReadSession& session, const WorkScene& scene,
                                  const std::string& after, int limit) {
  KP_ASSIGN_OR_RETURN(const int64_t position, ReadPosition(after));
  return MakeBatch(
      ListApplied(session, position, limit + 1), limit,
      [&](const CertificateRow& row) -> Made {
        v1::WorkItem item = OfCertificate(
            row.certificate, DayOf(scene, trust::ToTime(row.certificate.update_time())), "");
        item.set_subject(row.certificate.application_id());
        return std::optional<v1::WorkItem>(std::move(item));
      },
      [](const CertificateRow& row) { return absl::StrCat(row.position); });
}

absl::StatusOr<WorkBatch> ToValidate(ReadSession& session, const WorkScene& scene,
                                     const std::string& after, int limit) {
  return StillValid(session, scene, pb::CERTIFICATE_STATE_ISSUED, after, limit,
                    [&](const CertificateRow& row) -> Made {
                      const pb::Certificate& issued = row.certificate;
                      if (issued.issued_by().person() == scene.person) return None();
                      return std::optional<v1::WorkItem>(
                          OfCertificate(issued, issued.issue_date(), issued.expiry_date()));
                    });
}

absl::StatusOr<WorkBatch> ToExport(ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit) {
  return StillValid(session, scene, pb::CERTIFICATE_STATE_VALIDATED, after, limit,
                    [](const CertificateRow& row) -> Made {
                      const pb::Certificate& valid = row.certificate;
                      return std::optional<v1::WorkItem>(
                          OfCertificate(valid, valid.validation_date(), valid.expiry_date()));
                    });
}

absl::StatusOr<WorkBatch> ToReturn(ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit) {
  const auto [day, number] = ReadDayAndNumber(after);
  return MakeBatch(
      ListNotExported(session, scheme::FormatDate(scene.today), day, number, limit + 1), limit,
      [](const CertificateRow& row) -> Made {
        const pb::Certificate& expired = row.certificate;
        KP_ASSIGN_OR_RETURN(const scheme::Date expiry, scheme::ParseDate(expired.expiry_date()));
        const std::string due = scheme::FormatDate(expiry + 1);
        v1::WorkItem item = OfCertificate(expired, due, due);
        item.set_source("EU art. 12(5)");
        return std::optional<v1::WorkItem>(std::move(item));
      },
      ExpiryPlace);
}

absl::StatusOr<WorkBatch> NotConfirmed(ReadSession& session, const WorkScene& scene,
                                       const std::string& after, int limit) {
  const auto [day, number] = ReadDayAndNumber(after);
  const int days = scene.env.confirmation_days;
  return MakeBatch(
      ListUnconfirmed(session, "", scheme::FormatDate(scene.today - days), day, number, limit + 1),
      limit,
      [days](const CertificateRow& row) -> Made {
        const pb::Certificate& left = row.certificate;
        KP_ASSIGN_OR_RETURN(const scheme::Date exported, scheme::ParseDate(left.export_date()));
        v1::WorkItem item =
            OfCertificate(left, left.export_date(), scheme::FormatDate(exported + days));
        item.set_source("this register's number of days; the Core Document names none");
        return std::optional<v1::WorkItem>(std::move(item));
      },
      [](const CertificateRow& row) {
        return absl::StrCat(row.certificate.export_date(), " ", row.certificate.number());
      });
}

absl::StatusOr<WorkBatch> ToConfirm(ReadSession& session, const WorkScene&,
                                    const std::string& after, int limit) {
  return OfBook(session, kArrived, after, limit,
                [&](const pb::ImportEntry& entry, const WayBack& back) -> Made {
                  if (back.gone || back.order.has_value()) return None();
                  v1::WorkItem item = OfImport(entry, entry.submission_date());
                  item.set_paper(entry.way() != pb::IMPORT_WAY_MESH);
                  KP_ASSIGN_OR_RETURN(const auto deadlines,
                                      DeadlinesOfImport(session, entry.number()));
                  for (const pb::ImportDeadline& deadline : deadlines) {
                    if (deadline.kind() != pb::IMPORT_DEADLINE_KIND_CONFIRMATION) continue;
                    item.set_due_date(deadline.due_date());
                    item.set_source(deadline.source());
                  }
                  return std::optional<v1::WorkItem>(std::move(item));
                });
}

absl::StatusOr<WorkBatch> Detained(ReadSession& session, const WorkScene& scene,
                                   const std::string& after, int limit) {
  return OfBook(session, kDetained, after, limit,
                [&](const pb::ImportEntry& entry, const WayBack& back) -> Made {
                  if (back.gone || back.order.has_value()) return None();
                  v1::WorkItem item = OfImport(
                      entry, entry.failure_date().empty()
                                 ? DayOf(scene, trust::ToTime(entry.update_time()))
                                 : entry.failure_date());
                  item.set_paper(entry.way() != pb::IMPORT_WAY_MESH);
                  return std::optional<v1::WorkItem>(std::move(item));
                });
}

absl::StatusOr<WorkBatch> OriginalsMissing(ReadSession& session, const WorkScene&,
                                           const std::string& after, int limit) {
  return OfDeadlines(session, pb::IMPORT_DEADLINE_KIND_ORIGINAL, after, limit);
}

absl::StatusOr<WorkBatch> FailuresToReport(ReadSession& session, const WorkScene&,
                                           const std::string& after, int limit) {
  return OfDeadlines(session, pb::IMPORT_DEADLINE_KIND_FAILURE_REPORT, after, limit);
}

absl::StatusOr<WorkBatch> CasesToAnswer(ReadSession& session, const WorkScene& scene,
                                        const std::string& after, int limit) {
  KP_ASSIGN_OR_RETURN(const int64_t position, ReadPosition(after));
  const int most = std::min(limit, kMaxCasesRead);
  return MakeBatch(
      OpenCases(session, position, most + 1), most,
      [&](const CaseRow& row) -> Made {
        if (row.shown.state() != v1::CASE_STATE_OPEN) return None();
        KP_ASSIGN_OR_RETURN(const CaseBook book, ReadCaseBook(session, row.id));
        const bool proposal = !row.shown.partner_proposal().empty();
        const std::optional<absl::Time> since =
            proposal ? ProposedAt(book) : UnansweredSince(book);
        if (!since.has_value()) return None();
        v1::WorkItem item;
        item.set_subject(row.number);
        item.set_case_id(row.id);
        item.set_partner(row.partner);
        item.set_since_date(DayOf(scene, *since));
        item.set_proposal(proposal);
        return std::optional<v1::WorkItem>(std::move(item));
      },
      [](const CaseRow& row) { return absl::StrCat(row.position); });
}

absl::StatusOr<WorkBatch> ToSendBack(ReadSession& session, const WorkScene& scene,
                                     const std::string& after, int limit) {
  return OfBook(session, kHere, after, limit,
                [&](const pb::ImportEntry& entry, const WayBack& back) -> Made {
                  if (back.gone || !back.order.has_value()) return None();
                  v1::WorkItem item = OfImport(
                      entry, DayOf(scene, trust::ToTime(back.order->shown.update_time())));
                  item.set_case_id(back.order->id);
                  return std::optional<v1::WorkItem>(std::move(item));
                });
}

absl::StatusOr<WorkBatch> SourcesToConfirm(ReadSession& session, const WorkScene& scene,
                                           const std::string& after, int limit) {
  KP_ASSIGN_OR_RETURN(const int64_t position, ReadPosition(after));
  return MakeBatch(
      WaitingSources(session, position, limit + 1), limit,
      [&](const SourceRow& row) -> Made {
        if (!CanBeConfirmed(row.source) || StandsForSource(row.source, scene.person)) return None();
        v1::WorkItem item;
        item.set_subject(row.source.id());
        item.set_partner(row.source.document().issuer());
        item.set_since_date(DayOf(scene, trust::ToTime(row.source.open_time())));
        return std::optional<v1::WorkItem>(std::move(item));
      },
      [](const SourceRow& row) { return absl::StrCat(row.position); });
}

}  // namespace kp::certificate
