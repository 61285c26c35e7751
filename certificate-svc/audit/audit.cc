#include "certificate-svc/audit/audit.h"

#include "base/error.h"
#include "certificate-svc/audit/checks.h"

namespace kp::certificate {
namespace {

absl::Status Walk(store::Database& database, store::ReadSession& session, Auditor& auditor) {
  AuditReport& report = auditor.report();
  KP_ASSIGN_OR_RETURN(const auto registers,
                      session.Query<std::string>("SELECT register_id FROM store_register"));
  if (registers.size() > 1) {
    return absl::FailedPreconditionError("the database holds more than one register");
  }
  if (!registers.empty()) report.register_id = registers.front();
  KP_ASSIGN_OR_RETURN(const auto foreign,
                      session.Query<std::string>("SELECT DISTINCT register_id FROM store_event "
                                                 "WHERE register_id <> ? LIMIT 100",
                                                 report.register_id));
  for (const std::string& other : foreign) {
    auditor.Fault("store_event", other, "events of a register that this is not");
  }
  const store::EventLog events(database, report.register_id);
  EventBook book(auditor, report.register_id);
  KP_ASSIGN_OR_RETURN(const auto chain,
                      events.Check(session, [&](const std::vector<store::Event>& page) {
                        return book.Take(page);
                      }));
  book.CheckTaken();
  for (const store::EventFault& fault : chain) {
    auditor.Fault("store_event", absl::StrCat("event ", fault.sequence), fault.text);
  }
  KP_RETURN_IF_ERROR(CheckCertificates(session, report.register_id, auditor, book, events));
  KP_RETURN_IF_ERROR(CheckUses(session, auditor, book));
  KP_RETURN_IF_ERROR(CheckRanges(session, auditor, book));
  KP_RETURN_IF_ERROR(CheckStatements(session, report.register_id, auditor, book));
  KP_RETURN_IF_ERROR(CheckBooks(session, report.register_id, auditor));
  return CheckRows(session, auditor, book, events);
}

}  // namespace

absl::StatusOr<AuditReport> Audit(store::Database& database, const statement::KeyLookup& keys) {
  absl::StatusOr<AuditReport> report = AuditReport();
  KP_RETURN_IF_ERROR(database.Read([&](store::ReadSession& session) -> absl::Status {
    report = Audit(database, session, keys);  // a lost connection begins it again
    return report.status();
  }));
  return report;
}

absl::StatusOr<AuditReport> Audit(store::Database& database, store::ReadSession& session,
                                  const statement::KeyLookup& keys) {
  AuditReport report;
  Auditor auditor(report, keys);
  KP_RETURN_IF_ERROR(Walk(database, session, auditor));
  return report;
}

}  // namespace kp::certificate
