#include "certificate-svc/domain/confirmations.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "certificate-svc/domain/case_book.h"
#include "certificate-svc/domain/events.h"
#include "certificate-svc/domain/receiver.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/trade.h"
#include "kp/certificate/v1/import_book.pb.h"
#include "mesh/trust/snapshot.h"
#include "scheme/amendment.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

v1::ReceiptStatement Refusal(const absl::Status& why) {
  v1::ReceiptStatement receipt;
  receipt.set_outcome(v1::OUTCOME_REFUSED);
  receipt.set_reason(ReasonOf(why));
  receipt.set_text(std::string(why.message()));
  return receipt;
}

// What the statement says, beside its place among the versions.
absl::Status CheckAmended(const v1::AmendedConfirmationStatement& said) {
  KP_RETURN_IF_ERROR(CheckReasons(said.text()));
  KP_RETURN_IF_ERROR(wire::ReadArrival(said.arrival()).status());
  std::vector<Fault> faults;
  const auto missing = [&](const char* field) {
    faults.push_back(
        {kAmendmentMalformed, field, "is required in a confirmation of receipt", "CORE III(b)"});
  };
  if (!scheme::ParseDate(said.arrival().receipt_date()).ok()) missing("arrival.receipt_date");
  if (said.arrival().lines().empty()) missing("arrival.lines");
  if (said.arrival().parcels() < 1) missing("arrival.parcels");
  if (said.officer().person().empty() || said.officer().authority().empty()) missing("officer");
  return FieldErrors(faults);
}

}  // namespace

absl::StatusOr<v1::Confirmation> ReadConfirmation(const ConfirmationRow& row) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(row.statement));
  v1::Confirmation out;
  out.set_number(row.number);
  out.set_way(row.way);
  out.set_version(static_cast<int32_t>(row.version));
  out.set_entity(parsed.issuer());
  out.set_statement(row.statement);
  out.set_digest(row.digest);
  *out.mutable_record_time() = trust::ToTimestamp(row.recorded_at);
  out.set_outcome(row.outcome);
  if (parsed.content_type() == UseContentType()) {
    KP_ASSIGN_OR_RETURN(const auto said, statement::DecodePayload<v1::UseStatement>(parsed));
    *out.mutable_arrival() = said.arrival();
    *out.mutable_officer() = said.officer();
  } else if (parsed.content_type() == AmendedConfirmationContentType()) {
    KP_ASSIGN_OR_RETURN(const auto said,
                        statement::DecodePayload<v1::AmendedConfirmationStatement>(parsed));
    *out.mutable_arrival() = said.arrival();
    *out.mutable_officer() = said.officer();
    out.set_text(said.text());
    out.set_replaces_digest(said.replaces_digest());
  } else {
    KP_ASSIGN_OR_RETURN(const auto said,
                        statement::DecodePayload<v1::ImportConfirmationStatement>(parsed));
    *out.mutable_arrival() = said.arrival();
    *out.mutable_officer() = said.officer();
    out.set_text(said.text());
    out.set_replaces_digest(said.replaces_digest());
  }
  return out;
}

std::vector<ConfirmationRow> CountingVersions(const std::vector<ConfirmationRow>& rows) {
  std::vector<ConfirmationRow> counting;
  // The mesh comes first.
  for (const ConfirmationRow& row : rows) {
    if (row.way == rows.front().way) counting.push_back(row);
  }
  return counting;
}

absl::StatusOr<v1::ListConfirmationsResponse> Confirmations::List(
    const v1::ListConfirmationsRequest& request) const {
  const auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  std::vector<ConfirmationRow> rows;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(rows, ConfirmationsOf(session, number->canonical()));
    return absl::OkStatus();
  }));
  if (rows.empty()) {
    return MakeError(absl::StatusCode::kNotFound, scheme::kConfirmationUnknown,
                     absl::StrCat("no confirmation of ", number->canonical(), " is here"));
  }
  const ConfirmationRow standing = CountingVersions(rows).back();
  v1::ListConfirmationsResponse response;
  for (const ConfirmationRow& row : rows) {
    KP_ASSIGN_OR_RETURN(v1::Confirmation one, ReadConfirmation(row));
    one.set_standing(row.way == standing.way && row.version == standing.version);
    *response.add_confirmations() = std::move(one);
  }
  return response;
}

absl::Status KeepFirstConfirmation(store::Transaction& tx, const Environment& env,
                                   const std::string& number, v1::ConfirmationWay way,
                                   const std::string& statement, const std::string& outcome) {
  return InsertConfirmation(tx, {.number = number,
                                 .way = way,
                                 .version = 1,
                                 .digest = statement::Sha256(statement),
                                 .statement = statement,
                                 .recorded_at = env.clock.Now(),
                                 .outcome = outcome})
      .status();
}

absl::StatusOr<v1::ReceiptStatement> ReceiveAmendedConfirmation(
    store::Transaction& tx, const Environment& env, const std::string& sender,
    const statement::Statement& statement) {
  KP_ASSIGN_OR_RETURN(const auto said,
                      statement::DecodePayload<v1::AmendedConfirmationStatement>(statement));
  KP_ASSIGN_OR_RETURN(const auto row, FindByNumber(tx, said.number()));
  if (!row.has_value()) {
    return Refusal(MakeError(absl::StatusCode::kNotFound, scheme::reasons::kNumberUnknown,
                             "the register has no such certificate"));
  }
  const pb::Certificate& record = row->certificate;
  KP_ASSIGN_OR_RETURN(const auto view, env.scheme.Current());
  KP_ASSIGN_OR_RETURN(const auto named, scheme::EntityCode::Parse(record.importing_entity()));
  if (ServedBy(*view, named).text() != sender) {
    v1::ReceiptStatement refusal = Refusal(MakeError(
        absl::StatusCode::kPermissionDenied, scheme::reasons::kNotTheImporter,
        "only the importing entity named on the certificate confirms what arrived with it"));
    refusal.set_outcome(v1::OUTCOME_NOT_THE_IMPORTER);
    return refusal;
  }
  if (!said.certificate_digest().empty() &&
      said.certificate_digest() != statement::Sha256(record.statement())) {
    return Refusal(MakeError(absl::StatusCode::kFailedPrecondition, kCertificateDigestDiffers,
                             "another certificate of this number was announced"));
  }
  if (const absl::Status sound = CheckAmended(said); !sound.ok()) return Refusal(sound);
  KP_ASSIGN_OR_RETURN(const auto rows, ConfirmationsOf(tx, said.number()));
  std::vector<std::string> kept;
  for (const ConfirmationRow& one : rows) kept.push_back(one.digest);
  const auto fit =
      scheme::FitAmendment(kept, said.version(), statement.digest(), said.replaces_digest());
  if (!fit.ok()) {
    // What has overtaken an earlier version is no refusal: the sender's outbox brings it again.
    if (ReasonOf(fit.status()) == scheme::kConfirmationGap) return fit.status();
    return Refusal(fit.status());
  }
  v1::ReceiptStatement receipt;
  receipt.set_state(record.state());
  KP_ASSIGN_OR_RETURN(scheme::Certificate certificate, wire::ReadCertificate(record));
  certificate.issuing_entity = env.entity;
  KP_ASSIGN_OR_RETURN(const scheme::Arrival arrival, wire::ReadArrival(said.arrival()));
  for (const scheme::Finding& difference : scheme::CheckArrival(certificate, arrival)) {
    *receipt.add_differences() = wire::WriteFinding(difference);
  }
  receipt.set_outcome(v1::OUTCOME_ALREADY_DONE);
  if (*fit == scheme::AmendmentFit::kKept) return receipt;
  KP_ASSIGN_OR_RETURN(const bool inserted,
                      InsertConfirmation(tx, {.number = said.number(),
                                              .way = v1::CONFIRMATION_WAY_MESH,
                                              .version = said.version(),
                                              .digest = statement.digest(),
                                              .statement = statement.bytes(),
                                              .recorded_at = env.clock.Now()}));
  if (!inserted) {
    return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                     "another replica kept this version meanwhile");
  }
  KP_RETURN_IF_ERROR(AmendExportConfirmed(tx, env, said.number(), said.arrival()));
  KP_ASSIGN_OR_RETURN(const store::NewEvent event,
                      SignEvent(env, {.kind = "CONFIRMATION_AMENDED",
                                      .subject = said.number(),
                                      .actor_id = sender,
                                      .statement_digest = statement.digest(),
                                      .text = said.text()}));
  KP_RETURN_IF_ERROR(env.events.Append(tx, event).status());
  KP_RETURN_IF_ERROR(AmendDifferences(tx, env, record, sender, said.version(), statement.digest(),
                                      receipt.differences()));
  receipt.set_outcome(v1::OUTCOME_DONE);
  return receipt;
}

absl::Status NoteAmendmentOutcome(store::Transaction& tx, const Environment& env,
                                  const std::string& issuer, const std::string& sent,
                                  const v1::ReceiptStatement* receipt, const std::string& outcome) {
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(sent));
  KP_ASSIGN_OR_RETURN(const auto said,
                      statement::DecodePayload<v1::AmendedConfirmationStatement>(parsed));
  KP_RETURN_IF_ERROR(SaveConfirmationOutcome(tx, said.number(), v1::CONFIRMATION_WAY_MESH,
                                             said.version(), outcome));
  const bool done = receipt != nullptr && (receipt->outcome() == v1::OUTCOME_DONE ||
                                           receipt->outcome() == v1::OUTCOME_ALREADY_DONE);
  if (!done) return absl::OkStatus();
  return NoteAmendedDifferences(tx, env, said.number(), issuer, said.version(), *receipt);
}

}  // namespace kp::certificate
