#include "certificate-svc/domain/retention.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/retention.h"
#include "kp/certificate/v1/archive.pb.h"
#include "mesh/store/request_ledger.h"

namespace kp::certificate {
namespace {

constexpr int kPage = 500;

absl::StatusOr<std::pair<v1::ArchiveManifest, std::string>> ReadManifest(
    const Environment& env, const std::string& bytes) {
  const auto read = [&]() -> absl::StatusOr<std::pair<v1::ArchiveManifest, std::string>> {
    KP_ASSIGN_OR_RETURN(const statement::Statement parsed, statement::Statement::Parse(bytes));
    statement::Expectation expected;
    expected.content_type = ArchiveContentType();
    expected.issuer = env.entity.text();
    expected.now = env.clock.Now();
    KP_RETURN_IF_ERROR(statement::VerifyStatement(parsed, expected, env.trust.KeyLookup()));
    KP_ASSIGN_OR_RETURN(auto manifest, statement::DecodePayload<v1::ArchiveManifest>(parsed));
    return std::make_pair(std::move(manifest), parsed.digest());
  }();
  if (read.ok()) return read;
  return FieldError({kArchiveNotOfRegister, "manifest",
                     absl::StrCat("is not one that this entity has signed: ",
                                  std::string(read.status().message())),
                     ""});
}

// What a certificate's events are about: its application before the issue, its number after.
std::array<std::string, 2> SubjectsOf(const CertificateRow& row) {
  return {row.certificate.application_id(), row.certificate.number()};
}

}  // namespace

absl::StatusOr<Retention::Candidates> Retention::Find(scheme::Date today,
                                                      int64_t last_archived) const {
  Candidates found;
  int64_t after = 0;
  while (true) {
    std::vector<CertificateRow> page;
    KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
      KP_ASSIGN_OR_RETURN(page, CertificatesAfter(session, after, kPage));
      for (CertificateRow& row : page) {
        after = row.position;
        const pb::Certificate& record = row.certificate;
        // What never got a number has no expiry to count from.
        if (record.number().empty() || record.expiry_date().empty()) continue;
        KP_ASSIGN_OR_RETURN(const scheme::Date expiry, scheme::ParseDate(record.expiry_date()));
        if (scheme::AddMonths(expiry, 12 * years_) >= today) continue;
        bool archived = true;
        for (const std::string& subject : SubjectsOf(row)) {
          KP_ASSIGN_OR_RETURN(const auto later,
                              env_.events.OfSubject(session, subject, last_archived, 1));
          archived = archived && later.empty();
        }
        if (!archived) continue;
        KP_ASSIGN_OR_RETURN(const bool disputed, HasOpenCase(session, record.number()));
        if (disputed) continue;
        if (found.rows.size() == kMaxPurged) {
          found.more = true;
          return absl::OkStatus();
        }
        found.rows.push_back(std::move(row));
      }
      return absl::OkStatus();
    }));
    if (found.more || page.size() < kPage) return found;
  }
}

absl::Status Retention::CheckNothingLater(store::Transaction& tx, const std::string& subject,
                                          int64_t last_archived) const {
  KP_ASSIGN_OR_RETURN(const auto later, env_.events.OfSubject(tx, subject, last_archived, 2));
  if (later.size() == 1 && later.front().what.kind == kPurgedEvent) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                   absl::StrCat(subject, " was changed by somebody else meanwhile"));
}

absl::Status Retention::Take(store::Transaction& tx, const CertificateRow& row,
                             int64_t last_archived) const {
  for (const std::string& subject : SubjectsOf(row)) {
    KP_RETURN_IF_ERROR(CheckNothingLater(tx, subject, last_archived));
    KP_RETURN_IF_ERROR(env_.events.TakeStatements(tx, subject, last_archived).status());
  }
  KP_RETURN_IF_ERROR(outbox::Outbox::ForgetDelivered(tx, row.certificate.number()));
  KP_RETURN_IF_ERROR(DeleteBooksOf(tx, row.certificate.number()));
  return DeleteCertificate(tx, row);
}

absl::StatusOr<v1::PurgeArchivedResponse> Retention::Purge(
    const identity::SpiffeId& caller, const v1::PurgeArchivedRequest& request) {
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  using Response = v1::PurgeArchivedResponse;
  return Once<Response>(
      env_, caller.ToString(), "PurgeArchived", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto read, ReadManifest(env_, request.manifest()));
        const auto& [manifest, digest] = read;
        const int64_t last = manifest.last_sequence();
        // The chain value stands for every event before it: an archive that has it has them all.
        std::vector<store::Event> head;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(head, env_.events.After(session, last - 1, 1));
          return absl::OkStatus();
        }));
        if (manifest.first_sequence() != 1 || head.empty() || head.front().sequence != last ||
            head.front().chain != manifest.chain()) {
          return MakeError(absl::StatusCode::kFailedPrecondition, kArchiveNotOfRegister,
                           absl::StrCat("event ", last, " of this register is not the archive's"));
        }
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        const scheme::Date today = Today(env_, *view, "");
        KP_ASSIGN_OR_RETURN(const Candidates found, Find(today, last));
        // Evidence is no event: what was a day old when the archive was written is in it.
        const Archived archived{last, trust::ToTime(manifest.export_time()) - absl::Hours(24)};
        KP_ASSIGN_OR_RETURN(const Foreign foreign, FindForeign(*view, today, archived));
        std::vector<store::NewEvent> events;
        Response response;
        response.set_more(found.more || foreign.more);
        const auto tell = [&](const std::string& subject,
                              const std::string& number) -> absl::Status {
          KP_ASSIGN_OR_RETURN(events.emplace_back(), SignEvent(env_, {.kind = kPurgedEvent,
                                                                      .subject = subject,
                                                                      .officer = &actor,
                                                                      .statement_digest = digest,
                                                                      .text = number}));
          return absl::OkStatus();
        };
        for (const CertificateRow& row : found.rows) {
          response.add_numbers(row.certificate.number());
          for (const std::string& subject : SubjectsOf(row)) {
            KP_RETURN_IF_ERROR(tell(subject, row.certificate.number()));
          }
        }
        for (const std::string& number : foreign.numbers) {
          response.add_foreign_numbers(number);
          KP_RETURN_IF_ERROR(tell(number, number));
        }
        const absl::Time forget_before =
            absl::FromCivil(scheme::AddMonths(today, -12 * years_), absl::UTCTimeZone());
        return Act<Response>([this, found, foreign, archived, events, response, last,
                              forget_before](store::Transaction& tx) -> absl::StatusOr<Response> {
          for (const store::NewEvent& event : events) {
            KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          }
          for (const CertificateRow& row : found.rows) KP_RETURN_IF_ERROR(Take(tx, row, last));
          for (const std::string& number : foreign.numbers) {
            KP_RETURN_IF_ERROR(TakeForeign(tx, number, archived));
          }
          KP_RETURN_IF_ERROR(store::ForgetRequests(tx, forget_before));
          return response;
        });
      });
}

}  // namespace kp::certificate
