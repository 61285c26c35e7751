#include "certificate-svc/domain/events.h"

#include "base/error.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/statement.h"

namespace kp::certificate {

absl::StatusOr<store::NewEvent> SignEvent(const Environment& env, const EventFacts& facts) {
  const absl::Time now = env.clock.Now();
  v1::RegisterEvent event;
  event.set_kind(facts.kind);
  event.set_subject(facts.subject);
  if (facts.officer != nullptr) *event.mutable_officer() = *facts.officer;
  event.mutable_event_time()->set_seconds(absl::ToUnixSeconds(now));
  if (facts.certificate != nullptr) {
    *event.mutable_certificate() = *facts.certificate;
    // The signed certificate is evidence of its own, named by its digest.
    event.mutable_certificate()->clear_statement();
  }
  event.set_statement_digest(facts.statement_digest);
  event.set_text(facts.text);
  if (facts.serial_range != nullptr) *event.mutable_serial_range() = *facts.serial_range;
  if (facts.source != nullptr) *event.mutable_source() = *facts.source;
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_event,
                      env.signer.Sign(EventContentType(), event, std::nullopt, now));
  return store::NewEvent{facts.subject,
                         facts.kind,
                         facts.officer != nullptr ? facts.officer->spiffe_id() : facts.actor_id,
                         facts.officer != nullptr ? facts.officer->person() : "",
                         signed_event.content_type(),
                         signed_event.bytes()};
}

absl::StatusOr<v1::RegisterEventRecord> ShowEvent(const store::Event& event) {
  v1::RegisterEventRecord out;
  out.set_sequence(event.sequence);
  out.set_kind(event.what.kind);
  out.set_subject(event.what.subject);
  out.set_actor(event.what.actor_id);
  out.set_person(event.what.actor_person);
  *out.mutable_record_time() = trust::ToTimestamp(event.recorded_at);
  out.set_statement(event.what.statement);
  out.set_digest(event.digest);
  // Of a certificate that was archived and purged, the digest is what is left.
  if (event.what.statement.empty()) return out;
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(event.what.statement));
  KP_ASSIGN_OR_RETURN(const auto said, statement::DecodePayload<v1::RegisterEvent>(parsed));
  out.set_text(said.text());
  return out;
}

}  // namespace kp::certificate
