#include "certificate-svc/domain/receiver.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/confirmations.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/import_entry.h"
#include "certificate-svc/domain/once.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/statistics_exchange.h"
#include "certificate-svc/domain/technical.h"
#include "certificate-svc/domain/trade.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/outbox/inbox.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/text.h"
#include "scheme/use.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

v1::ReceiptStatement Refusal(pb::Outcome outcome, std::string reason, std::string text) {
  v1::ReceiptStatement receipt;
  receipt.set_outcome(outcome);
  receipt.set_reason(std::move(reason));
  receipt.set_text(std::move(text));
  return receipt;
}

std::string TextFor(const scheme::UseDecision& decision, const UseRow& use, bool sees_everything) {
  switch (decision.outcome) {
    case scheme::UseOutcome::kDone:
    case scheme::UseOutcome::kAlreadyDone:
      return "";
    case scheme::UseOutcome::kAlreadyUsed:
      // When and where is for those with standing.
      return sees_everything
                 ? absl::StrCat("the certificate is in use by consignment \"", use.use.reference,
                                "\" of ", use.use.importing_entity.text())
                 : "the certificate is in use by another consignment";
    case scheme::UseOutcome::kNotTheImporter:
      return "only the importing entity named on the certificate may use it; nothing was consumed";
    case scheme::UseOutcome::kRefused:
      return absl::StrCat("refused: ", decision.reason);
  }
  return "";
}

// Whether the issuer may say this of a certificate that it announced. Its earlier statement and our
// own books stand against what comes late or contradicts them.
absl::Status CheckStatus(const Incoming& known, const v1::StatusStatement& status) {
  const auto contradicts = [](std::string_view what) {
    return MakeError(absl::StatusCode::kInvalidArgument, kStatusContradicts, what);
  };
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(status.state()));
  if (!status.text().empty()) KP_RETURN_IF_ERROR(CheckReasons(status.text()));
  const bool closes = scheme::IsGone(state);
  if (!closes && !scheme::CheckCorrectable(state).ok()) {
    return contradicts("a status tells the end of a certificate, or an endorsed error");
  }
  if (closes && known.state == pb::CERTIFICATE_STATE_CONFIRMED) {
    return contradicts("the import is confirmed, with this issuer's own receipt");
  }
  KP_ASSIGN_OR_RETURN(const auto signed_alert, statement::Statement::Parse(known.prealert));
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(signed_alert));
  if (alert.certificate_digest() != status.certificate_digest()) {
    return contradicts("it is about another certificate of this number");
  }
  if (known.status_statement.empty()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const auto signed_before,
                      statement::Statement::Parse(known.status_statement));
  KP_ASSIGN_OR_RETURN(const auto before,
                      statement::DecodePayload<v1::StatusStatement>(signed_before));
  if (trust::ToTime(status.event_time()) < trust::ToTime(before.event_time())) {
    return contradicts("it is older than what this issuer said before");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> Receiver::Receive(const std::string& sender,
                                              const std::string& message_id,
                                              const std::string& statement_bytes) {
  if (absl::Status status = CheckRequestId(message_id); !status.ok()) {
    return FieldError({kRequestIdMalformed, "message_id", "must be a UUID in lower case", ""});
  }
  const outbox::Incoming incoming{sender, message_id, statement_bytes};
  std::optional<outbox::Receipt> stored;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(stored, outbox::FindReceipt(session, incoming));
    return absl::OkStatus();
  }));
  if (stored.has_value()) return stored->bytes;

  KP_ASSIGN_OR_RETURN(const statement::Statement parsed,
                      statement::Statement::Parse(statement_bytes));
  if (parsed.content_type() != PreAlertContentType() &&
      parsed.content_type() != StatusContentType() && parsed.content_type() != UseContentType() &&
      parsed.content_type() != StatisticsContentType() &&
      parsed.content_type() != CaseContentType() &&
      parsed.content_type() != TechnicalContentType() &&
      parsed.content_type() != TechnicalVoidContentType() &&
      parsed.content_type() != AmendedConfirmationContentType()) {
    return FieldError({kStatementKindUnknown, "statement",
                       absl::StrCat("\"", parsed.content_type(), "\" is not taken here"), ""});
  }
  statement::Expectation expected;
  expected.content_type = parsed.content_type();
  expected.issuer = sender;
  expected.audience = env_.entity.text();
  expected.now = env_.clock.Now();
  expected.max_skew = kMaxStatementSkew;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(parsed, expected, env_.trust.KeyLookup()));

  constexpr int kTries = 4;
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    std::string receipt;
    status = env_.database.Write([&](store::Transaction& tx) -> absl::Status {
      KP_ASSIGN_OR_RETURN(
          outbox::Receipt made,
          outbox::ReceiveOnce(tx, env_.clock, incoming, [&]() -> absl::StatusOr<outbox::Receipt> {
            KP_ASSIGN_OR_RETURN(v1::ReceiptStatement content, Handle(tx, sender, parsed));
            content.set_message_id(message_id);
            content.set_statement_digest(parsed.digest());
            *content.mutable_receive_time() = trust::ToTimestamp(env_.clock.Now());
            // Signed inside the write (some 25 microseconds): only here is it known how it came out.
            KP_ASSIGN_OR_RETURN(const statement::Statement signed_receipt,
                                env_.signer.Sign(ReceiptContentType(), content, sender,
                                                 env_.clock.Now()));
            return outbox::Receipt{signed_receipt.bytes(), pb::Outcome_Name(content.outcome())};
          }));
      receipt = std::move(made.bytes);
      return absl::OkStatus();
    });
    if (status.ok()) return receipt;
    if (ReasonOf(status) != kConcurrentChange) return status;
  }
  return status;
}

absl::StatusOr<v1::ReceiptStatement> Receiver::Handle(store::Transaction& tx,
                                                      const std::string& sender,
                                                      const statement::Statement& statement) {
  if (statement.content_type() == PreAlertContentType()) {
    return ReceivePreAlert(tx, sender, statement);
  }
  if (statement.content_type() == StatusContentType()) return ReceiveStatus(tx, sender, statement);
  if (statement.content_type() == StatisticsContentType()) {
    return ReceiveStatistics(tx, env_, sender, statement);
  }
  if (statement.content_type() == CaseContentType()) {
    return ReceiveCase(tx, env_, sender, statement);
  }
  if (statement.content_type() == TechnicalContentType()) {
    return ReceiveTechnical(tx, env_, sender, statement);
  }
  if (statement.content_type() == TechnicalVoidContentType()) {
    return ReceiveTechnicalVoid(tx, env_, sender, statement);
  }
  if (statement.content_type() == AmendedConfirmationContentType()) {
    return ReceiveAmendedConfirmation(tx, env_, sender, statement);
  }
  return ReceiveUse(tx, sender, statement);
}

absl::StatusOr<v1::ReceiptStatement> Receiver::ReceivePreAlert(
    store::Transaction& tx, const std::string& sender, const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto alert,
                      statement::DecodePayload<v1::PreAlertStatement>(statement));
  const auto contradicts = [&](std::string_view what) {
    return Refusal(pb::OUTCOME_REFUSED, kPreAlertContradicts, std::string(what));
  };
  // The certificate in it must be the sender's own, whole and about this number.
  const auto certificate = [&]() -> absl::StatusOr<v1::CertificateStatement> {
    KP_ASSIGN_OR_RETURN(const statement::Statement parsed,
                        statement::Statement::Parse(alert.certificate_statement()));
    statement::Expectation expected;
    expected.content_type = CertificateContentType();
    expected.issuer = sender;
    expected.now = env_.clock.Now();
    expected.max_skew = kMaxStatementSkew;
    KP_RETURN_IF_ERROR(statement::VerifyStatement(parsed, expected, env_.trust.KeyLookup()));
    return statement::DecodePayload<v1::CertificateStatement>(parsed);
  }();
  if (!certificate.ok()) return contradicts(std::string(certificate.status().message()));
  if (statement::Sha256(alert.certificate_statement()) != alert.certificate_digest()) {
    return contradicts("certificate_digest is not that of certificate_statement");
  }
  if (certificate->number() != alert.number()) return contradicts("the numbers differ");
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  const auto number = scheme::CertificateNumber::Parse(alert.number());
  const scheme::Entity* issuer =
      number.ok() ? view->parties.FindIssuer(number->issuer()) : nullptr;
  // Its own key proves who signed it, not that the number is the sender's to give.
  if (issuer == nullptr || issuer->code.text() != sender || number->canonical() != alert.number()) {
    return contradicts("the number is not one of the sender's");
  }
  const auto importer = scheme::EntityCode::Parse(certificate->importing_entity());
  if (!importer.ok() || ServedBy(*view, *importer) != env_.entity) {
    return contradicts("the certificate names another importing entity");
  }
  KP_ASSIGN_OR_RETURN(const auto known, FindIncoming(tx, alert.number()));
  if (known.has_value()) {
    KP_ASSIGN_OR_RETURN(const auto before, statement::Statement::Parse(known->prealert));
    KP_ASSIGN_OR_RETURN(const auto said,
                        statement::DecodePayload<v1::PreAlertStatement>(before));
    if (said.certificate_digest() != alert.certificate_digest()) {
      return contradicts("another certificate of this number was announced before");
    }
    v1::ReceiptStatement receipt;
    receipt.set_outcome(pb::OUTCOME_ALREADY_DONE);
    receipt.set_state(known->state);
    return receipt;
  }
  KP_RETURN_IF_ERROR(SaveIncoming(
      tx, {.number = alert.number(),
           .issuer = sender,
           .prealert = statement.bytes(),
           .received_at = env_.clock.Now(),
           .state = pb::CERTIFICATE_STATE_EXPORTED}));
  KP_RETURN_IF_ERROR(SaveAnnouncedDay(tx, alert.number(), alert.export_date()));
  KP_RETURN_IF_ERROR(AnnounceImport(tx, env_, *view, sender, *certificate,
                                    alert.export_date()));
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env_, {.kind = "PREALERT",
                                       .subject = alert.number(),
                                       .actor_id = sender,
                                       .statement_digest = statement.digest()}));
  KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
  v1::ReceiptStatement receipt;
  receipt.set_outcome(pb::OUTCOME_DONE);
  receipt.set_state(pb::CERTIFICATE_STATE_EXPORTED);
  return receipt;
}

absl::StatusOr<v1::ReceiptStatement> Receiver::ReceiveStatus(
    store::Transaction& tx, const std::string& sender, const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto status, statement::DecodePayload<v1::StatusStatement>(statement));
  KP_ASSIGN_OR_RETURN(const auto known, FindIncoming(tx, status.number()));
  if (!known.has_value() || known->issuer != sender) {
    return Refusal(pb::OUTCOME_REFUSED, kPreAlertMissing,
                   "no pre-alert of this certificate came from this sender");
  }
  if (absl::Status sound = CheckStatus(*known, status); !sound.ok()) {
    return Refusal(pb::OUTCOME_REFUSED, ReasonOf(sound), std::string(sound.message()));
  }
  KP_RETURN_IF_ERROR(SaveIncomingStatus(tx, status.number(), sender, status.state(),
                                        statement.bytes())
                         .status());
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env_, {.kind = "STATUS",
                                       .subject = status.number(),
                                       .actor_id = sender,
                                       .statement_digest = statement.digest(),
                                       .text = status.text()}));
  KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
  v1::ReceiptStatement receipt;
  receipt.set_outcome(pb::OUTCOME_DONE);
  receipt.set_state(status.state());
  return receipt;
}

absl::StatusOr<v1::ReceiptStatement> Receiver::ReceiveGoodsAct(
    store::Transaction& tx, const scheme::EntityCode& by, const v1::UseStatement& act,
    scheme::Event event, CertificateRow row, const std::string& digest) {
  pb::Certificate& record = row.certificate;
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto named, scheme::EntityCode::Parse(record.importing_entity()));
  if (by != ServedBy(*view, named)) {
    return Refusal(pb::OUTCOME_NOT_THE_IMPORTER, scheme::reasons::kNotTheImporter,
                   "only the importing entity named on the certificate has its goods");
  }
  v1::ReceiptStatement receipt;
  receipt.set_state(record.state());
  const scheme::Transition* transition =
      scheme::FindTransition(event, scheme::Side::kImportingEntity);
  if (record.state() == wire::WriteState(transition->to)) {
    receipt.set_outcome(pb::OUTCOME_ALREADY_DONE);
    return receipt;
  }
  if (transition->reasons || !act.text().empty()) {
    if (const absl::Status text = CheckReasons(act.text()); !text.ok()) {
      return Refusal(pb::OUTCOME_REFUSED, ReasonOf(text), std::string(text.message()));
    }
  }
  if (event == scheme::Event::kRelease && !record.technical_number().empty()) {
    return Refusal(pb::OUTCOME_REFUSED, kTechnicalIssued,
                   absl::StrCat("the goods left under ", record.technical_number()));
  }
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
  absl::Status moved;
  if (event == scheme::Event::kRelease && record.goods_detained() &&
      scheme::MayLetGoAfterEnd(state)) {
    record.set_goods_detained(false);
    record.mutable_update_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
  } else {
    moved = Advance(env_, record, event, scheme::Side::kImportingEntity, act.text());
  }
  if (!moved.ok()) {
    v1::ReceiptStatement refusal = Refusal(pb::OUTCOME_REFUSED, ReasonOf(moved),
                                           std::string(moved.message()));
    refusal.set_state(record.state());
    return refusal;
  }
  KP_RETURN_IF_ERROR(UpdateCertificate(tx, row.revision, record));
  KP_ASSIGN_OR_RETURN(const store::NewEvent happened,
                      SignEvent(env_, {.kind = scheme::StateName(transition->to),
                                       .subject = record.number(),
                                       .actor_id = by.text(),
                                       .certificate = &record,
                                       .statement_digest = digest,
                                       .text = act.text()}));
  KP_RETURN_IF_ERROR(env_.events.Append(tx, happened).status());
  receipt.set_outcome(pb::OUTCOME_DONE);
  receipt.set_state(record.state());
  return receipt;
}

absl::StatusOr<v1::ReceiptStatement> Receiver::ReceiveUse(store::Transaction& tx,
                                                          const std::string& sender,
                                                          const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto act, statement::DecodePayload<v1::UseStatement>(statement));
  KP_ASSIGN_OR_RETURN(const scheme::EntityCode by, scheme::EntityCode::Parse(sender));
  KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(tx, act.number()));
  if (!row.has_value()) {
    return Refusal(pb::OUTCOME_REFUSED, scheme::reasons::kNumberUnknown,
                   "the register has no such certificate");
  }
  if (const auto event = wire::ReadGoodsAct(act.act()); event.has_value()) {
    return ReceiveGoodsAct(tx, by, act, *event, *row, statement.digest());
  }
  KP_ASSIGN_OR_RETURN(const scheme::UseAct kind, wire::ReadUseAct(act.act()));
  // What another entity says is checked like what an own officer says: it is kept as evidence here.
  absl::Status readable = CheckConsignmentReference(act.consignment_reference(),
                                                    "consignment_reference");
  if (const auto fault =
          scheme::CheckText(act.customs_partner(), "customs_partner", scheme::kMaxIdentifier)) {
    readable.Update(FieldError(*fault));
  }
  const auto arrival = wire::ReadArrival(act.arrival());
  readable.Update(arrival.status());
  if (!readable.ok()) {
    return Refusal(pb::OUTCOME_REFUSED, ReasonOf(readable), std::string(readable.message()));
  }
  pb::Certificate record = row->certificate;
  if (!act.certificate_digest().empty() &&
      act.certificate_digest() != statement::Sha256(record.statement())) {
    return Refusal(pb::OUTCOME_REFUSED, kCertificateDigestDiffers,
                   "another certificate of this number was announced");
  }
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(record.state()));
  KP_ASSIGN_OR_RETURN(UseRow use, FindUse(tx, act.number()));
  KP_ASSIGN_OR_RETURN(const auto named, scheme::EntityCode::Parse(record.importing_entity()));
  use.use.importing_entity = ServedBy(*view, named);
  const absl::Time now = env_.clock.Now();
  const scheme::UseDecision decision = scheme::DecideUse(
      use.use, state,
      {kind, by, act.consignment_reference(), act.declaration_version(), now},
      options_.reservation);

  v1::ReceiptStatement receipt;
  receipt.set_outcome(wire::WriteOutcome(decision.outcome));
  receipt.set_reason(decision.reason);
  const bool sees_everything = by == use.use.importing_entity;
  receipt.set_text(TextFor(decision, use, sees_everything));
  UseRow next{decision.next, use.customs_partner};
  if (decision.outcome == scheme::UseOutcome::kDone) {
    if (kind != scheme::UseAct::kConfirm) next.customs_partner = act.customs_partner();
    KP_RETURN_IF_ERROR(SaveUse(tx, act.number(), next));
    if (kind == scheme::UseAct::kConfirm) {
      KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, wire::ReadCertificate(record));
      certificate.issuing_entity = env_.entity;
      for (const scheme::Finding& difference : scheme::CheckArrival(certificate, *arrival)) {
        *receipt.add_differences() = wire::WriteFinding(difference);
      }
      KP_RETURN_IF_ERROR(
          Advance(env_, record, scheme::Event::kConfirm, scheme::Side::kImportingEntity));
      KP_RETURN_IF_ERROR(RecordExportConfirmed(tx, env_, sender, act));
      KP_RETURN_IF_ERROR(KeepFirstConfirmation(
          tx, env_, act.number(), v1::CONFIRMATION_WAY_MESH, statement.bytes(), ""));
    }
    *record.mutable_update_time() = trust::ToTimestamp(now);
    KP_RETURN_IF_ERROR(UpdateCertificate(tx, row->revision, record));
    *record.mutable_use() = wire::WriteUse(next.use, next.customs_partner, now);
    KP_ASSIGN_OR_RETURN(
        const store::NewEvent event,
        SignEvent(env_, {.kind = absl::StrCat("USE_", scheme::UseActName(kind)),
                         .subject = act.number(),
                         .actor_id = sender,
                         .certificate = &record,
                         .statement_digest = statement.digest()}));
    KP_RETURN_IF_ERROR(env_.events.Append(tx, event).status());
    if (receipt.differences_size() > 0) {
      KP_RETURN_IF_ERROR(OpenDifferences(tx, env_, record, sender, receipt.differences()));
    }
  }
  if (sees_everything && next.use.revision > 0) {
    *receipt.mutable_use() = wire::WriteUse(next.use, next.customs_partner, now);
  }
  if (sees_everything) receipt.set_state(record.state());
  return receipt;
}

}  // namespace kp::certificate
