#include "certificate-svc/domain/events.h"

#include "base/error.h"
#include "kp/certificate/v1/statements.pb.h"

namespace kp::certificate {

absl::StatusOr<store::NewEvent> SignEvent(const Environment& env, const std::string& kind,
                                          const std::string& subject, const v1::Officer* officer,
                                          const v1::Certificate* certificate,
                                          const std::string& statement_digest,
                                          const std::string& actor_id) {
  const absl::Time now = env.clock.Now();
  v1::RegisterEvent event;
  event.set_kind(kind);
  event.set_subject(subject);
  if (officer != nullptr) *event.mutable_officer() = *officer;
  event.mutable_event_time()->set_seconds(absl::ToUnixSeconds(now));
  if (certificate != nullptr) {
    *event.mutable_certificate() = *certificate;
    // The signed certificate is evidence of its own, named by its digest.
    event.mutable_certificate()->clear_statement();
  }
  event.set_statement_digest(statement_digest);
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_event,
                      env.signer.Sign(EventContentType(), event, std::nullopt, now));
  return store::NewEvent{subject,
                         kind,
                         officer != nullptr ? officer->spiffe_id() : actor_id,
                         officer != nullptr ? officer->person() : "",
                         signed_event.content_type(),
                         signed_event.bytes()};
}

}  // namespace kp::certificate
