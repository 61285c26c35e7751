// Technical certificates made void: by the entity that issued them, and at the one that was told.
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/store/technical.h"
#include "mesh/trust/snapshot.h"
#include "scheme/technical.h"

namespace kp::certificate {
namespace {

using scheme::Side;

absl::Status Unknown() {
  return MakeError(absl::StatusCode::kNotFound, kTechnicalUnknown,
                   "there is no such technical certificate of the entity that makes it void");
}

absl::Status AlreadyVoid(const std::string& technical_number) {
  return MakeError(absl::StatusCode::kFailedPrecondition, kTechnicalVoid,
                   absl::StrCat(technical_number, " was made void before"));
}

v1::ReceiptStatement Refusal(const absl::Status& why) {
  v1::ReceiptStatement receipt;
  receipt.set_outcome(v1::OUTCOME_REFUSED);
  receipt.set_reason(ReasonOf(why));
  receipt.set_text(std::string(why.message()));
  return receipt;
}

// The other side refused the certificate itself: it has nothing that could be void.
bool WasRefused(const v1::TechnicalCertificate& record) {
  return !record.outcome().empty() && record.outcome() != "DONE";
}

}  // namespace

absl::Status ShowVoid(v1::TechnicalCertificate& record) {
  if (record.void_statement().empty()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(record.void_statement()));
  KP_ASSIGN_OR_RETURN(*record.mutable_voided(),
                      statement::DecodePayload<v1::TechnicalVoidStatement>(parsed));
  return absl::OkStatus();
}

absl::StatusOr<v1::VoidTechnicalCertificateResponse> Technicals::Void(
    const identity::SpiffeId& caller, const v1::VoidTechnicalCertificateRequest& request) {
  using Response = v1::VoidTechnicalCertificateResponse;
  KP_RETURN_IF_ERROR(CheckReasons(request.text()));
  if (!scheme::IsTechnicalNumberOf(request.technical_number(), env_.entity.text())) {
    return FieldError({kTechnicalMalformed, "technical_number",
                       absl::StrCat("is none of this entity, such as ",
                                    scheme::TechnicalNumber(env_.entity.text(), 1)),
                       ""});
  }
  KP_ASSIGN_OR_RETURN(const v1::Officer actor, officers_.PersonOf(caller));
  return Once<Response>(
      env_, caller.ToString(), "VoidTechnicalCertificate", request,
      [&]() -> absl::StatusOr<Act<Response>> {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        std::optional<v1::TechnicalCertificate> found;
        KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
          KP_ASSIGN_OR_RETURN(found, FindTechnical(session, request.technical_number()));
          return absl::OkStatus();
        }));
        if (!found.has_value()) return Unknown();
        if (!found->void_statement().empty()) return AlreadyVoid(request.technical_number());
        const absl::Time now = env_.clock.Now();
        v1::TechnicalVoidStatement said;
        said.set_technical_number(request.technical_number());
        said.set_number(found->content().number());
        said.set_technical_digest(statement::Sha256(found->statement()));
        said.set_void_date(scheme::FormatDate(Today(env_, *view, actor.authority())));
        said.set_text(request.text());
        *said.mutable_officer() = actor;
        KP_ASSIGN_OR_RETURN(
            const statement::Statement signed_void,
            env_.signer.Sign(TechnicalVoidContentType(), said, found->partner(), now));
        KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                            SignEvent(env_, {.kind = "TECHNICAL_VOID",
                                             .subject = said.number(),
                                             .officer = &actor,
                                             .statement_digest = signed_void.digest(),
                                             .text = request.text()}));
        return Act<Response>([this, said, event, now, bytes = signed_void.bytes()](
                                 store::Transaction& tx) -> absl::StatusOr<Response> {
          KP_ASSIGN_OR_RETURN(const bool voided,
                              SaveTechnicalVoid(tx, said.technical_number(), bytes, now));
          if (!voided) return AlreadyVoid(said.technical_number());
          KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
          Response response;
          v1::TechnicalCertificate& out = *response.mutable_technical();
          KP_ASSIGN_OR_RETURN(const auto stored, FindTechnical(tx, said.technical_number()));
          out = *stored;
          KP_RETURN_IF_ERROR(ShowVoid(out));
          if (WasRefused(out)) return response;
          KP_RETURN_IF_ERROR(
              env_.outbox
                  .Enqueue(tx, {out.partner(), said.number(), kTechnicalVoidMessageKind,
                                TechnicalVoidContentType(), bytes})
                  .status());
          return response;
        });
      });
}

absl::StatusOr<v1::ReceiptStatement> ReceiveTechnicalVoid(store::Transaction& tx,
                                                          const Environment& env,
                                                          const std::string& sender,
                                                          const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto said,
                      statement::DecodePayload<v1::TechnicalVoidStatement>(statement));
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto pair, FindCasePair(tx, *view, said.number()));
  if (!pair.has_value() || pair->side != Side::kIssuingEntity || pair->partner != sender) {
    return Refusal(MakeError(absl::StatusCode::kPermissionDenied, kTechnicalNotAParty,
                             "the sender is not the importing entity of such a certificate"));
  }
  // The sender's outbox keeps the order of what it says of one certificate: one that is not here
  // was refused here.
  KP_ASSIGN_OR_RETURN(const auto known, FindTechnical(tx, said.technical_number()));
  if (!known.has_value() || known->issuer() != sender ||
      known->content().number() != said.number() ||
      statement::Sha256(known->statement()) != said.technical_digest()) {
    return Refusal(Unknown());
  }
  v1::ReceiptStatement receipt;
  receipt.set_outcome(v1::OUTCOME_ALREADY_DONE);
  if (!known->void_statement().empty()) return receipt;
  if (const absl::Status text = CheckReasons(said.text()); !text.ok()) return Refusal(text);
  if (!said.has_officer() || !scheme::ParseDate(said.void_date()).ok()) {
    return Refusal(FieldError(
        {kTechnicalMalformed, "officer", "and the day are required", "India, DGFT 34/2015-2020"}));
  }
  KP_ASSIGN_OR_RETURN(const bool voided, SaveTechnicalVoid(tx, said.technical_number(),
                                                           statement.bytes(), env.clock.Now()));
  if (!voided) return receipt;
  KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(tx, said.number()));
  pb::Certificate record = row->certificate;
  KP_ASSIGN_OR_RETURN(const auto standing, StandingTechnical(tx, said.number()));
  record.set_technical_number(standing.empty() ? "" : standing.back().content().technical_number());
  *record.mutable_update_time() = trust::ToTimestamp(env.clock.Now());
  KP_RETURN_IF_ERROR(UpdateCertificate(tx, row->revision, record));
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env, {.kind = "TECHNICAL_VOID",
                                      .subject = record.number(),
                                      .actor_id = sender,
                                      .certificate = &record,
                                      .statement_digest = statement.digest(),
                                      .text = said.text()}));
  KP_RETURN_IF_ERROR(env.events.Append(tx, event).status());
  receipt.set_outcome(v1::OUTCOME_DONE);
  receipt.set_state(record.state());
  return receipt;
}

absl::Status NoteTechnicalVoidOutcome(store::Transaction& tx, const std::string& sent,
                                      const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(sent));
  KP_ASSIGN_OR_RETURN(const auto said,
                      statement::DecodePayload<v1::TechnicalVoidStatement>(parsed));
  return SaveTechnicalVoidOutcome(tx, said.technical_number(), outcome);
}

}  // namespace kp::certificate
