// The services of certificate-svc, bound to their use cases. Thin: each handler passes the request on
// and moves the result into the response.
#pragma once

#include "certificate-svc/domain/answerer.h"
#include "certificate-svc/domain/cases.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/life.h"
#include "certificate-svc/domain/numbers.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/register.h"
#include "certificate-svc/domain/retention.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/statistics.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/transits.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/domain/verifier.h"
#include "certificate-svc/domain/worklist.h"
#include "certificate-svc/rpc/watches.h"
#include "mesh/rpc/service.h"

namespace kp::certificate {

// The use cases; all outlive the server.
struct UseCases {
  Environment& environment;
  Register& records;
  Life& life;
  Sources& sources;
  SerialRanges& serial_ranges;
  Statistics& statistics;
  OfficerRegister& officers;
  Answerer& answerer;
  Verifier& verifier;
  Uses& uses;
  Receiver& receiver;
  Watches& watches;
  Retention& retention;
  Cases& cases;
  Technicals& technicals;
  ImportBook& imports;
  Transits& transits;
  Confirmations& confirmations;
  Worklist& worklist;
};

// Thread-safe.
class Handlers final {
 public:
  explicit Handlers(const UseCases& cases);

  std::vector<const rpc::Service*> services() const {
    return {&register_, &verification_, &use_, &exchange_, &administration_,
            &statistics_, &archive_, &case_, &technical_, &imports_,
            &source_book_, &amendments_, &worklist_};
  }

 private:
  void BindRegister();
  void BindVerification();
  void BindUse();
  void BindExchange();
  void BindAdministration();
  void BindStatistics();
  void BindArchive();
  void BindImportBook();
  void BindAmendments();

  const UseCases cases_;
  rpc::Service register_{"kp.certificate.v1.RegisterService"};
  rpc::Service verification_{"kp.certificate.v1.VerificationService"};
  rpc::Service use_{"kp.certificate.v1.UseService"};
  rpc::Service exchange_{"kp.certificate.v1.ExchangeService"};
  rpc::Service administration_{"kp.certificate.v1.AdministrationService"};
  rpc::Service statistics_{"kp.certificate.v1.StatisticsService"};
  rpc::Service archive_{"kp.certificate.v1.ArchiveService"};
  rpc::Service case_{"kp.certificate.v1.CaseService"};
  rpc::Service technical_{"kp.certificate.v1.TechnicalService"};
  rpc::Service imports_{"kp.certificate.v1.ImportBookService"};
  rpc::Service source_book_{"kp.certificate.v1.SourceBookService"};
  rpc::Service amendments_{"kp.certificate.v1.AmendmentService"};
  rpc::Service worklist_{"kp.certificate.v1.WorklistService"};
};

}  // namespace kp::certificate
