// The tables of a register against its events and against themselves. Internal to audit/.
#pragma once

#include "absl/status/status.h"
#include "certificate-svc/audit/event_book.h"
#include "mesh/store/session.h"

namespace kp::certificate {

// certificates, with their signed statements, numbers, draws and sources.
absl::Status CheckCertificates(store::ReadSession& session, const std::string& entity,
                               Auditor& auditor, EventBook& book, const store::EventLog& events);
// uses.
absl::Status CheckUses(store::ReadSession& session, Auditor& auditor, EventBook& book);
// serial_ranges.
absl::Status CheckRanges(store::ReadSession& session, Auditor& auditor, EventBook& book);
// Every table with sealed columns (store/coverage.h), row by row.
absl::Status CheckRows(store::ReadSession& session, Auditor& auditor, EventBook& book,
                       const store::EventLog& events);
// The signatures in cases, technical certificates, the import book and filed statistics.
absl::Status CheckBooks(store::ReadSession& session, const std::string& entity, Auditor& auditor);
// answers that this register gave, evidence of those it got, incoming certificates and home_uses.
absl::Status CheckStatements(store::ReadSession& session, const std::string& entity,
                             Auditor& auditor, EventBook& book);

}  // namespace kp::certificate
