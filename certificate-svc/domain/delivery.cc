#include "certificate-svc/domain/delivery.h"

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/trade.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/exchange_service.grpc.pb.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"

namespace kp::certificate {
namespace {

using Stub = v1::ExchangeService::Stub;

// A partner whose proof does not hold is tried again: its keys or ours may have been behind.
absl::Status Unproven(const absl::Status& why) {
  return absl::UnavailableError(std::string(why.message()));
}

}  // namespace

absl::StatusOr<std::string> ExchangeClient::Ask(const trust::Endpoint& issuer,
                                                const std::string& question,
                                                const rpc::CallOptions& options) {
  v1::AnswerVerificationRequest request;
  request.set_question(question);
  KP_ASSIGN_OR_RETURN(
      auto response,
      (pool_.Call<Stub, v1::AnswerVerificationRequest, v1::AnswerVerificationResponse>(
          {issuer.id, issuer.address}, &Stub::AnswerVerification, request, options)));
  return std::move(*response.mutable_answer());
}

absl::StatusOr<std::vector<std::string>> ExchangeClient::AskMany(
    const trust::Endpoint& issuer, const std::vector<std::string>& questions,
    const rpc::CallOptions& options) {
  v1::BatchAnswerVerificationsRequest request;
  for (const std::string& question : questions) request.add_questions(question);
  KP_ASSIGN_OR_RETURN(
      const auto response,
      (pool_.Call<Stub, v1::BatchAnswerVerificationsRequest, v1::BatchAnswerVerificationsResponse>(
          {issuer.id, issuer.address}, &Stub::BatchAnswerVerifications, request, options)));
  return std::vector<std::string>(response.answers().begin(), response.answers().end());
}

absl::StatusOr<std::string> ExchangeClient::Deliver(const trust::Endpoint& partner,
                                                    const std::string& message_id,
                                                    const std::string& statement,
                                                    const rpc::CallOptions& options) {
  v1::DeliverStatementRequest request;
  request.set_message_id(message_id);
  request.set_statement(statement);
  KP_ASSIGN_OR_RETURN(
      auto response, (pool_.Call<Stub, v1::DeliverStatementRequest, v1::DeliverStatementResponse>(
                         {partner.id, partner.address}, &Stub::DeliverStatement, request, options)));
  return std::move(*response.mutable_receipt());
}

absl::StatusOr<outbox::Delivery> Delivery::Deliver(const outbox::Message& message,
                                                   absl::Duration timeout) {
  KP_ASSIGN_OR_RETURN(const auto snapshot, env_.trust.Usable());
  const std::string& partner = message.what.partner;
  KP_ASSIGN_OR_RETURN(const trust::Endpoint endpoint,
                      snapshot->EndpointOf(partner, access::v1::ROLE_CERTIFICATE_SVC));
  const rpc::CallOptions options = rpc::CallOptions::For(
      std::chrono::milliseconds(absl::ToInt64Milliseconds(timeout)));
  if (message.what.kind == Verifier::kQuestionKind) {
    KP_ASSIGN_OR_RETURN(const std::string answer,
                        entities_.Ask(endpoint, message.what.body, options));
    auto checked = verifier_.CheckAnswer(partner, message.what.body, answer);
    if (!checked.ok()) {
      verifier_.ReportBadAnswer(partner, checked.status());
      return Unproven(checked.status());
    }
    return outbox::Delivery{answer, "ANSWERED"};
  }
  KP_ASSIGN_OR_RETURN(const std::string receipt,
                      entities_.Deliver(endpoint, message.id, message.what.body, options));
  auto checked = uses_.CheckReceipt(partner, message.id, message.what.body, receipt);
  if (!checked.ok()) {
    verifier_.ReportBadAnswer(partner, checked.status());
    return Unproven(checked.status());
  }
  return outbox::Delivery{receipt, v1::Outcome_Name(checked->outcome())};
}

absl::Status Delivery::OnDelivered(store::Transaction& tx, const outbox::Message& message,
                                   const outbox::Delivery& delivery) {
  if (message.what.kind == Verifier::kQuestionKind) {
    return verifier_.CompleteTicket(tx, message.what.order_key, delivery.receipt);
  }
  const std::string& number = message.what.order_key;
  const bool own = message.what.kind != Uses::kUseKind && message.what.kind != Uses::kGoodsKind;
  KP_ASSIGN_OR_RETURN(const auto receipt, statement::Statement::Parse(delivery.receipt));
  if (!own) {
    KP_ASSIGN_OR_RETURN(const auto content,
                        statement::DecodePayload<v1::ReceiptStatement>(receipt));
    if (content.state() != v1::CERTIFICATE_STATE_UNSPECIFIED) {
      KP_RETURN_IF_ERROR(SaveIncomingState(tx, number, content.state()));
    }
    // What took effect is the home's book of the use; a later refusal does not undo it.
    const bool effective = content.outcome() == v1::OUTCOME_DONE ||
                           content.outcome() == v1::OUTCOME_ALREADY_DONE;
    if (effective) {
      KP_ASSIGN_OR_RETURN(const auto sent, statement::Statement::Parse(message.what.body));
      KP_ASSIGN_OR_RETURN(const auto act, statement::DecodePayload<v1::UseStatement>(sent));
      if (message.what.kind == Uses::kUseKind) {
        KP_RETURN_IF_ERROR(SaveHomeUse(tx, number, delivery.receipt, env_.clock.Now()));
      }
      if (act.has_officer()) {
        KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
        KP_RETURN_IF_ERROR(NoteMeshReceipt(tx, env_, *view, message.what.partner, act));
      }
      if (act.act() == v1::USE_ACT_CONFIRM) {
        KP_RETURN_IF_ERROR(OpenConfirmedSource(tx, env_, number, act.arrival()));
        KP_RETURN_IF_ERROR(RecordImport(tx, env_, act));
        // One that was done before is not what the issuer has kept.
        if (content.outcome() == v1::OUTCOME_DONE) {
          KP_RETURN_IF_ERROR(KeepFirstConfirmation(tx, env_, number, v1::CONFIRMATION_WAY_MESH,
                                                   message.what.body, OutcomeText(content)));
        }
        if (content.differences_size() > 0) {
          KP_RETURN_IF_ERROR(NoteDifferences(tx, env_, number, message.what.partner, content));
        }
      }
    }
  }
  if (own) {
    KP_ASSIGN_OR_RETURN(const auto content,
                        statement::DecodePayload<v1::ReceiptStatement>(receipt));
    KP_RETURN_IF_ERROR(NoteOutcome(tx, message, &content, OutcomeText(content)));
  }
  KP_ASSIGN_OR_RETURN(
      const store::NewEvent event,
      SignEvent(env_, {.kind = absl::StrCat(absl::AsciiStrToUpper(message.what.kind), "_RECEIPT"),
                       .subject = number,
                       .actor_id = message.what.partner,
                       .statement_digest = receipt.digest()}));
  return env_.events.Append(tx, event).status();
}

absl::Status Delivery::NoteOutcome(store::Transaction& tx, const outbox::Message& message,
                                   const v1::ReceiptStatement* receipt,
                                   const std::string& outcome) {
  if (message.what.kind == kCaseMessageKind) {
    return NoteCaseOutcome(tx, env_, message.what.body, outcome);
  }
  if (message.what.kind == kTechnicalMessageKind) {
    return NoteTechnicalOutcome(tx, message.what.body, outcome);
  }
  if (message.what.kind == kTechnicalVoidMessageKind) {
    return NoteTechnicalVoidOutcome(tx, message.what.body, outcome);
  }
  if (message.what.kind == kAmendmentMessageKind) {
    return NoteAmendmentOutcome(tx, env_, message.what.partner, message.what.body, receipt,
                                outcome);
  }
  return absl::OkStatus();
}

absl::Status Delivery::OnRefused(store::Transaction& tx, const outbox::Message& message,
                                 const absl::Status& error) {
  telemetry::Error("message_refused", {{"message_id", message.id},
                                       {telemetry::kLogPeer, message.what.partner},
                                       {telemetry::kLogError, error}});
  return NoteOutcome(tx, message, nullptr, "STATEMENT_REFUSED");
}

}  // namespace kp::certificate
