#include "certificate-svc/testing/entities.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/seal.h"
#include "certificate-svc/rpc/incoming.h"
#include "certificate-svc/store/schema.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/testing/test_keys.h"
#include "scheme/wire/registry.h"

namespace kp::certificate::testing {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "entities: %s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

void Must(const absl::Status& status) { Must(status.ok() ? absl::StatusOr<int>(0) : status); }

void AddEntity(const char* code, const std::string& complete_from,
               registry::v1::ParticipantsPart& part) {
  registry::v1::Participant& participant = *part.add_participants();
  participant.set_code(code);
  participant.set_name(code);
  participant.set_kind(registry::v1::PARTICIPANT_KIND_COUNTRY);
  participant.add_participations()->set_from("2003-01-01");
  registry::v1::IssuingEntity& entity = *part.add_entities();
  entity.set_code(code);
  entity.set_participant(code);
  entity.set_name(code);
  entity.set_register_complete_from(complete_from);
  registry::v1::Authority& authority = *entity.add_authorities();
  authority.set_id(absl::StrCat(code, " office"));
  authority.set_name(authority.id());
  authority.set_time_zone("UTC");
  authority.set_issues(true);
  authority.set_validates(true);
  authority.set_verifies(true);
  authority.set_from("2003-01-01");
  // One that only issues, as where an entity splits the powers.
  registry::v1::Authority& issuing = *entity.add_authorities();
  issuing.set_id(absl::StrCat(code, " issuing office"));
  issuing.set_name(issuing.id());
  issuing.set_time_zone("UTC");
  issuing.set_issues(true);
  issuing.set_from("2003-01-01");
}

registry::v1::ParticipantsPart Participants(
    const std::string& complete_from,
    const std::optional<registry::v1::ImportProfile>& eu_imports) {
  registry::v1::ParticipantsPart part;
  for (const char* code : {"BW", "EU"}) AddEntity(code, complete_from, part);
  AddEntity("AO", "", part);  // not on the mesh
  registry::v1::Territory& belgium = *part.mutable_entities(1)->add_territories();
  belgium.set_country("BE");
  belgium.set_from("2003-01-01");
  if (eu_imports.has_value()) *part.mutable_entities(1)->mutable_imports() = *eu_imports;
  return part;
}

class NoDocuments final : public trust::DocumentStore {
 public:
  absl::StatusOr<trust::StoredDocuments> Load() override { return trust::StoredDocuments(); }
  absl::Status SaveRoot(uint32_t, const std::string&) override { return absl::OkStatus(); }
  absl::Status SaveManifest(uint64_t, const std::string&,
                            const std::map<std::string, std::string>&) override {
    return absl::OkStatus();
  }
  absl::Status SaveFreshness(const std::string&, const std::vector<std::string>&) override {
    return absl::OkStatus();
  }
};

}  // namespace

class Entities::Line final : public EntityClient {
 public:
  Line(Entities& all, std::string from) : all_(all), from_(std::move(from)) {}

  absl::StatusOr<std::string> Ask(const trust::Endpoint& issuer, const std::string& question,
                                  const rpc::CallOptions&) override {
    KP_ASSIGN_OR_RETURN(Entity* const to, all_.Reach(issuer.id));
    return to->answerer->Answer(from_, question);
  }
  absl::StatusOr<std::vector<std::string>> AskMany(const trust::Endpoint& issuer,
                                                   const std::vector<std::string>& questions,
                                                   const rpc::CallOptions&) override {
    KP_ASSIGN_OR_RETURN(Entity* const to, all_.Reach(issuer.id));
    return to->answerer->AnswerMany(from_, questions);
  }
  absl::StatusOr<std::string> Deliver(const trust::Endpoint& partner,
                                      const std::string& message_id, const std::string& statement,
                                      const rpc::CallOptions&) override {
    KP_ASSIGN_OR_RETURN(Entity* const to, all_.Reach(partner.id));
    return to->receiver->Receive(from_, message_id, statement);
  }

 private:
  Entities& all_;
  const std::string from_;
};

Entity::Entity(Entities& all, const std::string& code, std::unique_ptr<store::TestStore> store)
    : store_(std::move(store)), clock(store_->clock()) {
  database_ = store_->Open({outbox::OutboxSchema(), CertificateSchema()});
  trust::TrustOptions options = all.world_.Options();
  options.own_party = code;
  options.check_parts = CheckSchemeParts;
  trust_ = Must(
      trust::TrustStore::Open(std::move(options), std::make_unique<NoDocuments>(), clock));
  const trust::testing::Release release = all.world_.Make(1);
  Must(trust_->AcceptManifest(release.document, release.Source()));
  scheme_ = std::make_unique<SchemeSource>(*trust_);
  signer_ = std::make_unique<statement::StatementSigner>(code, statement::TestSigner(code),
                                                         SystemRandom());
  events_ = std::make_unique<store::EventLog>(*database_, code);
  outbox_ = std::make_unique<outbox::Outbox>(*database_, clock, SystemIds());
  environment = std::make_unique<Environment>(
      Environment{Must(scheme::EntityCode::Parse(code)), clock, *database_, *events_, *outbox_,
                  *trust_, *scheme_, *signer_, SystemIds(), 30});
  SealRowsOfWrites(*environment);
  Must(SealRowsFound(*environment));
  officers = std::make_unique<OfficerRegister>(*environment,
                                               trust::testing::World::DomainOf(code));
  std::vector<v1::OfficerEntry> entries;
  for (const auto& [name, power] : {std::pair{"admin", access::v1::POWER_ADMINISTER},
                                    {"issuer", access::v1::POWER_ISSUE},
                                    {"validator", access::v1::POWER_VALIDATE},
                                    {"verifier", access::v1::POWER_VERIFY}}) {
    v1::OfficerEntry& entry = entries.emplace_back();
    entry.set_spiffe_id(Officer(name).ToString());
    entry.set_person(absl::StrCat("p-", name));
    entry.set_display_name(name);
    entry.set_authority(absl::StrCat(code, " office"));
    entry.add_powers(power);
  }
  Must(officers->Bootstrap(entries));
  Entities::Line& line = *all.lines_.at(code);
  records = std::make_unique<Register>(*environment, *officers);
  life = std::make_unique<Life>(*environment, *officers);
  sources = std::make_unique<Sources>(*environment, *officers);
  serial_ranges = std::make_unique<SerialRanges>(*environment, *officers);
  statistics = std::make_unique<Statistics>(*environment, *officers);
  answerer = std::make_unique<Answerer>(*environment, AnswererOptions{});
  verifier = std::make_unique<Verifier>(*environment, *answerer, line, VerifierOptions{});
  uses = std::make_unique<Uses>(*environment, *officers);
  cases = std::make_unique<Cases>(*environment, *officers);
  technicals = std::make_unique<Technicals>(*environment, *officers);
  receiver = std::make_unique<Receiver>(*environment, ReceiverOptions{});
  imports = std::make_unique<ImportBook>(*environment, *officers);
  transits = std::make_unique<Transits>(*environment, *officers);
  confirmations = std::make_unique<Confirmations>(*environment, *officers);
  worklist = std::make_unique<Worklist>(*environment, *officers);
  delivery_ = std::make_unique<Delivery>(*environment, line, *verifier, *uses);
  dispatcher_ = Must(outbox::Dispatcher::Start(*outbox_, *delivery_, *delivery_, {}));
}

Entity::~Entity() { dispatcher_.reset(); }

identity::SpiffeId Entity::Officer(const std::string& name) const {
  return Must(identity::SpiffeId::Parse(
      absl::StrCat("spiffe://", absl::AsciiStrToLower(environment->entity.text()),
                   ".test/officer/", name)));
}

rpc::CallContext Entity::Call(const std::string& name) const {
  return rpc::CallContext(
      {.caller = Officer(name),
       .method = "",
       .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10),
       .request_id = "",
       .trace = {}});
}

pb::Certificate Entity::Apply(const pb::Certificate& application) {
  v1::ApplyForCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  *request.mutable_certificate() = application;
  return Must(records->Apply(Officer("issuer"), request)).certificate();
}

pb::Certificate Entity::Issue(const std::string& application_id) {
  v1::IssueCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_application_id(application_id);
  return Must(records->Issue(Officer("issuer"), request)).certificate();
}

pb::Certificate Entity::Validate(const std::string& number) {
  v1::ValidateCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number);
  return Must(records->Validate(Officer("validator"), request)).certificate();
}

pb::Certificate Entity::Export(const std::string& number) {
  v1::ExportCertificateRequest request;
  request.set_request_id(SystemIds().NewUuid());
  request.set_number(number);
  return Must(records->Export(Officer("issuer"), request)).certificate();
}

pb::Certificate Entity::Exported(const pb::Certificate& application) {
  const std::string number = Issue(Apply(application).application_id()).number();
  Validate(number);
  return Export(number);
}

pb::Certificate Entity::Get(const std::string& id) const {
  v1::GetCertificateRequest request;
  request.set_id(id);
  return Must(records->Get(Officer("issuer"), request)).certificate();
}

std::vector<std::string> Entity::History(const std::string& id) const {
  v1::ListCertificateEventsRequest request;
  request.set_id(id);
  std::vector<std::string> kinds;
  const auto response = Must(records->Events(request));
  for (const auto& event : response.events()) kinds.push_back(event.kind());
  return kinds;
}

v1::IncomingCertificate Entity::Incoming(const std::string& number) const {
  v1::ListIncomingCertificatesRequest request;
  request.set_number(number);
  const auto found = Must(ListIncomingCertificates(*environment, Officer("verifier"), request));
  return found.certificates().empty() ? v1::IncomingCertificate() : found.certificates(0);
}

std::unique_ptr<Entities> Entities::Make(
    const std::string& backend, const registry::v1::MeasuresPart& measures,
    const registry::v1::ParticipantsPart& more, const std::string& complete_from,
    const std::optional<registry::v1::ImportProfile>& eu_imports) {
  std::unique_ptr<Entities> all(new Entities(measures, more, complete_from, eu_imports));
  std::vector<std::string> codes = {"BW", "EU"};
  for (const auto& entity : more.entities()) codes.push_back(entity.code());
  for (const std::string& code : codes) {
    auto store = store::TestStore::Make(backend);
    if (store == nullptr) return nullptr;
    all->lines_[code] = std::make_unique<Line>(*all, code);
    auto entity = std::make_unique<Entity>(*all, code, std::move(store));
    const std::lock_guard<std::mutex> lock(all->mutex_);
    all->entities_[code] = std::move(entity);
  }
  return all;
}

Entities::Entities(const registry::v1::MeasuresPart& measures,
                   const registry::v1::ParticipantsPart& more, const std::string& complete_from,
                   const std::optional<registry::v1::ImportProfile>& eu_imports)
    : world_(absl::FromCivil(absl::CivilDay(2026, 3, 1), absl::UTCTimeZone())) {
  trust::v1::Endpoint& endpoint = *world_.endpoints.add_endpoints();
  endpoint.set_party("EU");
  endpoint.set_spiffe_id("spiffe://eu.test/certificate-svc");
  endpoint.set_address("127.0.0.1:5002");
  registry::v1::ParticipantsPart participants = Participants(complete_from, eu_imports);
  participants.MergeFrom(more);
  for (int i = 0; i < more.entities_size(); ++i) {
    const std::string& code = more.entities(i).code();
    trust::v1::Party& party = *world_.parties.add_parties();
    party = world_.parties.parties(1);
    party.set_id(code);
    party.set_name(code);
    party.set_trust_domain(trust::testing::World::DomainOf(code));
    trust::v1::SigningKey& key = *world_.keys.add_keys();
    key.set_party(code);
    key.set_public_key(statement::TestKey(code).Public().Der());
    *key.mutable_from_time() = party.from_time();
    trust::v1::Endpoint& served = *world_.endpoints.add_endpoints();
    served.set_party(code);
    served.set_spiffe_id(absl::StrCat("spiffe://", party.trust_domain(), "/certificate-svc"));
    served.set_address(absl::StrCat("127.0.0.1:", 5100 + i));
  }
  const auto encode = [](const google::protobuf::Message& part) {
    return Must(statement::EncodePayload(part));
  };
  world_.more_parts[scheme::wire::kParticipantsPart] = encode(participants);
  world_.more_parts[scheme::wire::kMeasuresPart] = encode(measures);
}

Entities::~Entities() {
  // Nobody delivers any more before anybody goes.
  for (auto& [code, entity] : entities_) entity->dispatcher_.reset();
}

absl::StatusOr<Entity*> Entities::Reach(const identity::SpiffeId& id) {
  const std::string code = absl::AsciiStrToUpper(id.trust_domain().substr(0, 2));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = entities_.find(code);
  if (cut_.contains(code) || it == entities_.end()) {
    return absl::UnavailableError(absl::StrCat(code, " cannot be reached"));
  }
  return it->second.get();
}

void Entities::Cut(const std::string& code) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cut_.insert(code);
}

void Entities::Mend(const std::string& code) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    cut_.erase(code);
  }
  for (auto& [other, entity] : entities_) entity->dispatcher_->PartnerReady(code);
}

bool Entities::Settle() {
  return store::WaitUntil([&] {
    bool empty = true;
    for (const auto& [code, entity] : entities_) {
      const auto open = entity->outbox_->List({});
      if (open.ok() && open->messages.empty()) continue;
      empty = false;
      // The clock stands still: a try that was failing when the line was mended would wait for ever.
      for (const auto& [other, partner] : entities_) entity->dispatcher_->PartnerReady(other);
    }
    return empty;
  });
}

void Entities::Advance(absl::Duration by) {
  for (const auto& [code, entity] : entities_) entity->clock.Advance(by);
}

void Entities::Renew() {
  trust::v1::Manifest manifest = world_.Manifest(++manifest_version_);
  const absl::Time now = entities_.begin()->second->clock.Now();
  *manifest.mutable_create_time() = trust::ToTimestamp(now);
  *manifest.mutable_expire_time() = trust::ToTimestamp(now + absl::Hours(24 * 90));
  const trust::testing::Release release = world_.Sign(manifest, {"r1", "r2"});
  for (const auto& [code, entity] : entities_) {
    Must(entity->trust_->AcceptManifest(release.document, release.Source()));
  }
}

registry::v1::ParticipantsPart ThirdAuthority() {
  registry::v1::ParticipantsPart part;
  AddEntity("ZW", "2026-01-01", part);
  return part;
}

pb::Certificate GoodApplication() {
  pb::Certificate application;
  application.mutable_exporter()->set_name("Okavango Diamond Company");
  application.mutable_exporter()->set_country("BW");
  application.mutable_importer()->set_name("Antwerp Rough BV");
  application.mutable_importer()->set_country("BE");
  application.set_importing_entity("EU");
  pb::Line& line = *application.add_lines();
  line.set_hs_code("710231");
  line.set_carats_thousandths(1'250'500);
  line.set_value_usd_cents(18'750'000);
  application.set_parcels(2);
  application.mutable_origin()->set_kind(pb::ORIGIN_KIND_SINGLE);
  application.mutable_origin()->add_countries("BW");
  application.add_seals("A-1");
  return application;
}

v1::StatedPaper PaperOf(const pb::Certificate& certificate) {
  v1::StatedPaper paper;
  paper.set_issue_date(certificate.issue_date());
  paper.set_expiry_date(certificate.expiry_date());
  *paper.mutable_exporter() = certificate.exporter();
  *paper.mutable_importer() = certificate.importer();
  paper.set_importing_entity(certificate.importing_entity());
  *paper.mutable_lines() = certificate.lines();
  paper.set_parcels(certificate.parcels());
  *paper.mutable_origin() = certificate.origin();
  return paper;
}

}  // namespace kp::certificate::testing
