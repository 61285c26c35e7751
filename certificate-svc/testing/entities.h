// For tests only: entities with registers of their own in one process: real databases, trust
// documents and signatures; what they say to each other goes straight to the other's use cases,
// unless a test cuts the line. Anything that fails while this is set up aborts the test program.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/random.h"
#include "certificate-svc/domain/answerer.h"
#include "certificate-svc/domain/cases.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/delivery.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/import_book.h"
#include "certificate-svc/domain/life.h"
#include "certificate-svc/domain/numbers.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/register.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/statistics.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/transits.h"
#include "certificate-svc/domain/uses.h"
#include "certificate-svc/domain/verifier.h"
#include "certificate-svc/domain/worklist.h"
#include "kp/registry/v1/registry.pb.h"
#include "mesh/outbox/dispatcher.h"
#include "mesh/store/testing/test_store.h"
#include "mesh/trust/testing/world.h"

namespace kp::certificate::testing {

class Entities;

// One entity's use cases, wired as in main(). Officers: "admin", "issuer", "validator", "verifier",
// each with the power of the name.
class Entity final {
 public:
  Entity(Entities& all, const std::string& code, std::unique_ptr<store::TestStore> store);
  ~Entity();

  identity::SpiffeId Officer(const std::string& name) const;
  // A call of that officer, with ten seconds left.
  rpc::CallContext Call(const std::string& name) const;

  // One certificate to `importer`, as far as it gets: applied, issued, validated, exported.
  pb::Certificate Apply(const pb::Certificate& application);
  pb::Certificate Issue(const std::string& application_id);
  pb::Certificate Validate(const std::string& number);
  pb::Certificate Export(const std::string& number);
  pb::Certificate Exported(const pb::Certificate& application);
  pb::Certificate Get(const std::string& id) const;
  // Kinds of the events of a certificate, oldest first.
  std::vector<std::string> History(const std::string& id) const;
  // Its database, for whoever opens it beside the entity; tests also change it behind its back.
  store::TestStore& store() { return *store_; }
  store::Database& database() { return *database_; }
  // What this entity knows of an incoming certificate once the outboxes are empty.
  v1::IncomingCertificate Incoming(const std::string& number) const;

 private:
  std::unique_ptr<store::TestStore> store_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<trust::TrustStore> trust_;
  std::unique_ptr<SchemeSource> scheme_;
  std::unique_ptr<statement::StatementSigner> signer_;
  std::unique_ptr<store::EventLog> events_;
  std::unique_ptr<outbox::Outbox> outbox_;

 public:
  FakeClock& clock;
  std::unique_ptr<Environment> environment;
  std::unique_ptr<OfficerRegister> officers;
  std::unique_ptr<Register> records;
  std::unique_ptr<Life> life;
  std::unique_ptr<Sources> sources;
  std::unique_ptr<SerialRanges> serial_ranges;
  std::unique_ptr<Statistics> statistics;
  std::unique_ptr<Answerer> answerer;
  std::unique_ptr<Verifier> verifier;
  std::unique_ptr<Uses> uses;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<Cases> cases;
  std::unique_ptr<Technicals> technicals;
  std::unique_ptr<ImportBook> imports;
  std::unique_ptr<Transits> transits;
  std::unique_ptr<Confirmations> confirmations;
  std::unique_ptr<Worklist> worklist;

 private:
  std::unique_ptr<Delivery> delivery_;
  std::unique_ptr<outbox::Dispatcher> dispatcher_;
  friend class Entities;
};

// BW and EU, with the scheme's facts about both.
class Entities final {
 public:
  // Databases of `backend`; null when this machine has no such server. `more` participants are known
  // beside these two, and its entities are on the mesh. The registers of these two say that they are
  // complete from `complete_from` on. `eu_imports`: what EU asks of imports; absent: what this
  // project knows of it. AO issues certificates and is not on the mesh.
  static std::unique_ptr<Entities> Make(
      const std::string& backend, const registry::v1::MeasuresPart& measures = {},
      const registry::v1::ParticipantsPart& more = {},
      const std::string& complete_from = "2026-01-01",
      const std::optional<registry::v1::ImportProfile>& eu_imports = std::nullopt);
  ~Entities();

  Entity& bw() { return *entities_.at("BW"); }
  Entity& eu() { return *entities_.at("EU"); }
  Entity& at(const std::string& code) { return *entities_.at(code); }

  // From now on nobody reaches `code`, or everybody again: waiting messages are sent at once.
  void Cut(const std::string& code);
  void Mend(const std::string& code);
  // Waits until every outbox is empty; false after ten seconds.
  bool Settle();
  void Advance(absl::Duration by);
  // Trust documents that hold for another 90 days from now, for everybody.
  void Renew();
  // The trust documents of all, for what else reads them; changes reach no entity.
  trust::testing::World& world() { return world_; }

 private:
  friend class Entity;
  // What one entity says to the others.
  class Line;

  Entities(const registry::v1::MeasuresPart& measures, const registry::v1::ParticipantsPart& more,
           const std::string& complete_from,
           const std::optional<registry::v1::ImportProfile>& eu_imports);
  absl::StatusOr<Entity*> Reach(const identity::SpiffeId& id);

  trust::testing::World world_;
  uint64_t manifest_version_ = 1;
  std::mutex mutex_;
  std::set<std::string> cut_;
  std::map<std::string, std::unique_ptr<Line>> lines_;
  std::map<std::string, std::unique_ptr<Entity>> entities_;
};

// "ZW", to be known to a world beside BW and EU: an issuing authority with a key and no register.
registry::v1::ParticipantsPart ThirdAuthority();

// 1,250.50 carats from BW to EU in one line, everything stated.
pb::Certificate GoodApplication();

// What a paper says that agrees with the certificate.
v1::StatedPaper PaperOf(const pb::Certificate& certificate);

}  // namespace kp::certificate::testing
