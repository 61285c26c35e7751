// What every use case of certificate-svc works with. One instance per process, made in main().
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "certificate-svc/domain/scheme_source.h"
#include "mesh/outbox/outbox.h"
#include "mesh/statement/statement.h"
#include "mesh/store/database.h"
#include "mesh/store/event_log.h"
#include "mesh/trust/trust_store.h"
#include "scheme/codes.h"

namespace kp::certificate {

// Borrowed parts; all thread-safe.
struct Environment {
  scheme::EntityCode entity;  // whose register this is ("BW"); also its party id in the mesh
  const Clock& clock;
  store::Database& database;
  const store::EventLog& events;
  outbox::Outbox& outbox;
  trust::TrustStore& trust;
  const SchemeSource& scheme;
  const statement::StatementSigner& signer;
  IdSource& ids;
  // Days after which a confirmation is overdue where no profile names a deadline. This project's:
  // the Core Document names none.
  int confirmation_days = 30;
};

// Content types of the statements that entities exchange and keep (docs/statements.md).
std::string CertificateContentType();
std::string AnswerContentType();
std::string PreAlertContentType();
std::string UseContentType();
std::string ReceiptContentType();
std::string StatusContentType();
std::string StatisticsContentType();
std::string CaseContentType();
std::string TechnicalContentType();
std::string TechnicalVoidContentType();
std::string AmendedConfirmationContentType();
std::string EventContentType();
std::string ArchiveContentType();
std::string ImportConfirmationContentType();
std::string ImportCertificateContentType();

// Clocks of two entities may differ by this much before a statement counts as from the future.
inline constexpr absl::Duration kMaxStatementSkew = absl::Minutes(10);

}  // namespace kp::certificate
