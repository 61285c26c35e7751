#include "certificate-svc/domain/verifier.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/random.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/store/verifications.h"
#include "document/signed_code.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/statement/reasons.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "mesh/trust/reasons.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/text.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

// An answer must be at most this old: it is about now.
constexpr absl::Duration kMaxAnswerAge = absl::Minutes(5);

absl::Status Nonsense(std::string what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, scheme::reasons::kBadAnswer,
                   absl::StrCat("the answer makes no sense: ", what));
}

// Fills what the asker did not state from the certificate's own signed statement.
void FillFromStatement(const v1::CertificateStatement& in, v1::StatedPaper& paper) {
  if (paper.issue_date().empty()) paper.set_issue_date(in.issue_date());
  if (paper.expiry_date().empty()) paper.set_expiry_date(in.expiry_date());
  if (paper.issuing_authority().empty()) paper.set_issuing_authority(in.issuing_authority());
  if (!paper.has_exporter()) *paper.mutable_exporter() = in.exporter();
  if (!paper.has_importer()) *paper.mutable_importer() = in.importer();
  if (paper.importing_entity().empty()) paper.set_importing_entity(in.importing_entity());
  if (paper.lines().empty()) *paper.mutable_lines() = in.lines();
  if (paper.parcels() == 0) paper.set_parcels(in.parcels());
  if (!paper.has_origin()) *paper.mutable_origin() = in.origin();
}

}  // namespace

absl::Status Verifier::ReadQr(const SchemeView& view, v1::VerifyCertificateRequest& request,
                              PreparedQuestion& question) const {
  const absl::StatusOr<document::SignedCode> read = document::ReadSignedCode(
      request.qr(),
      [&](const std::string& issuer, const std::string& kid, absl::Time at) {
        return view.trust->Key(issuer, kid, at);
      },
      view.parties, env_.clock.Now(), kMaxStatementSkew);
  if (!read.ok()) {
    question.findings.push_back(document::FindingOf(read.status()));
    return absl::OkStatus();
  }
  const scheme::Certificate& code = read->certificate;
  if (!request.number().empty()) {
    const auto number = scheme::CertificateNumber::Parse(request.number());
    if (number.ok() && *number != code.number) {
      question.findings.push_back(
          {"", scheme::Severity::kHard, "qr",
           absl::StrCat("the code is that of another certificate, ", code.number.canonical()),
           scheme::reasons::kFieldMismatch});
      return absl::OkStatus();
    }
  }
  question.code_digest = read->statement.digest();
  std::vector<scheme::Finding> told_elsewhere;
  KP_ASSIGN_OR_RETURN(scheme::Certificate stated, wire::ReadPaper(request.paper(), told_elsewhere));
  for (const scheme::FieldResult& result :
       scheme::CompareFields(stated, code, scheme::Disclosure::kFull)) {
    if (result.match != scheme::FieldMatch::kMismatch) continue;
    const scheme::Cell cell =
        scheme::FieldCell(result.field, scheme::FieldMatch::kMismatch, question.purpose);
    question.against_code.push_back(
        {"", cell.severity, result.pointer,
         absl::StrCat("the certificate's own signed code says ", result.expected),
         scheme::reasons::kFieldMismatch});
  }
  if (request.number().empty()) request.set_number(read->content.number());
  FillFromStatement(read->content, *request.mutable_paper());
  return absl::OkStatus();
}

absl::StatusOr<PreparedQuestion> Verifier::Prepare(
    const SchemeView& view, const v1::VerifyCertificateRequest& original) const {
  v1::VerifyCertificateRequest request = original;
  PreparedQuestion question;
  KP_ASSIGN_OR_RETURN(question.purpose, wire::ReadPurpose(request.purpose()));
  KP_RETURN_IF_ERROR(
      CheckConsignmentReference(request.consignment_reference(), "consignment_reference"));
  question.consignment_reference = request.consignment_reference();
  if (!request.qr().empty()) KP_RETURN_IF_ERROR(ReadQr(view, request, question));
  if (request.number().empty() && !question.findings.empty()) {
    // Of a code that does not hold nothing is believed, its number neither.
    const scheme::Finding& fault = question.findings.front();
    return FieldError({fault.reason, "qr",
                       absl::StrCat(fault.text, "; state the printed number to ask about it"), ""});
  }
  auto number = scheme::CertificateNumber::Parse(request.number());
  if (!number.ok()) return WithFieldPrefix(number.status(), "number");
  question.number = *std::move(number);
  question.stated = request.paper();
  KP_ASSIGN_OR_RETURN(question.paper, wire::ReadPaper(question.stated, question.findings));
  question.paper.number = question.number;
  const scheme::Entity* issuer = view.parties.FindIssuer(question.number.issuer());
  question.known_issuer = issuer != nullptr;
  question.issuer = issuer == nullptr ? question.number.issuer().text() : issuer->code.text();
  if (issuer != nullptr) {
    question.register_complete_from = issuer->register_complete_from;
    question.paper.issuing_entity = issuer->code;
  } else {
    question.paper.issuing_entity = question.number.issuer();
  }
  return question;
}

absl::StatusOr<v1::AnswerStatement> Verifier::CheckAnswer(const std::string& issuer,
                                                          const std::string& question_bytes,
                                                          const std::string& answer_bytes) const {
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_answer,
                      statement::Statement::Parse(answer_bytes));
  statement::Expectation expected;
  expected.content_type = AnswerContentType();
  expected.issuer = issuer;
  expected.audience = env_.entity.text();
  expected.now = env_.clock.Now();
  expected.max_skew = kMaxStatementSkew;
  expected.max_age = kMaxAnswerAge;
  KP_RETURN_IF_ERROR(statement::VerifyStatement(signed_answer, expected, env_.trust.KeyLookup()));
  KP_ASSIGN_OR_RETURN(v1::AnswerStatement answer,
                      statement::DecodePayload<v1::AnswerStatement>(signed_answer));
  v1::Question question;
  KP_RETURN_IF_ERROR(statement::DecodePayload(question_bytes, question));
  if (answer.question_digest() != statement::Sha256(question_bytes)) {
    return Nonsense("it is about another question");
  }
  if (answer.nonce() != question.nonce()) return Nonsense("it repeats another nonce");
  if (answer.number() != question.number()) return Nonsense("it is about another number");
  KP_RETURN_IF_ERROR(wire::ReadStanding(answer.standing()).status());
  KP_RETURN_IF_ERROR(wire::ReadUsePosition(answer.use()).status());
  for (const pb::Finding& finding : answer.findings()) {
    KP_RETURN_IF_ERROR(wire::ReadFinding(finding).status());
  }
  // Everything that is judged later must be readable now: what makes no sense is an alarm.
  for (const std::string& day :
       {answer.issue_date(), answer.validation_date(), answer.export_date()}) {
    if (!day.empty()) KP_RETURN_IF_ERROR(scheme::ParseDate(day).status());
  }
  for (const pb::MeasureAttestation& attestation : answer.attestations()) {
    KP_RETURN_IF_ERROR(wire::ReadAttestation(attestation).status());
  }
  if (!answer.known()) return answer;
  KP_RETURN_IF_ERROR(wire::ReadState(answer.state()).status());
  // A known certificate is compared field by field, and every field once at least.
  std::set<scheme::Field> seen;
  for (const pb::FieldResult& field : answer.fields()) {
    KP_ASSIGN_OR_RETURN(const scheme::FieldResult result, wire::ReadFieldResult(field));
    seen.insert(result.field);
  }
  if (seen.size() != scheme::kAllFields.size()) return Nonsense("fields are missing from it");
  return answer;
}

void Verifier::ReportBadAnswer(const std::string& issuer, const absl::Status& why) const {
  telemetry::Error("bad_answer", {{telemetry::kLogPeer, issuer}, {telemetry::kLogError, why}});
  if (options_.on_bad_answer) options_.on_bad_answer(issuer, why);
}

absl::StatusOr<v1::VerifyCertificateResponse> Verifier::Judge(
    const SchemeView& view, const PreparedQuestion& question, scheme::Reachability reachability,
    const v1::AnswerStatement* answer) const {
  v1::VerifyCertificateResponse response;
  scheme::VerdictInput input;
  input.purpose = question.purpose;
  input.reachability = reachability;
  input.findings = question.findings;
  if (answer == nullptr) {
    input.findings.insert(input.findings.end(), question.against_code.begin(),
                          question.against_code.end());
  } else if (!question.code_digest.empty() && answer->known() &&
             question.code_digest != answer->certificate_digest()) {
    input.findings.push_back({"", scheme::Severity::kHard, "qr",
                              "the code is not the one that the issuer signed for this certificate",
                              scheme::reasons::kFieldMismatch});
  }
  input.stated_issue_date = question.paper.issue_date;
  input.register_complete_from = question.register_complete_from;

  // What is presented: the paper, with what the answer tells of the days that decide its rules.
  scheme::Certificate presented = question.paper;
  scheme::MeasureView measure_view = scheme::MeasureView::kPaper;
  if (answer != nullptr) {
    KP_ASSIGN_OR_RETURN(input.standing, wire::ReadStanding(answer->standing()));
    KP_ASSIGN_OR_RETURN(input.use, wire::ReadUsePosition(answer->use()));
    for (const pb::Finding& finding : answer->findings()) {
      KP_ASSIGN_OR_RETURN(scheme::Finding read, wire::ReadFinding(finding));
      input.findings.push_back(std::move(read));
    }
    if (answer->known()) {
      KP_ASSIGN_OR_RETURN(input.state, wire::ReadState(answer->state()));
      for (const pb::FieldResult& field : answer->fields()) {
        KP_ASSIGN_OR_RETURN(scheme::FieldResult read, wire::ReadFieldResult(field));
        input.fields.push_back(std::move(read));
      }
      measure_view = scheme::MeasureView::kStatement;
      if (!answer->validation_date().empty()) {
        KP_ASSIGN_OR_RETURN(const scheme::Date day, scheme::ParseDate(answer->validation_date()));
        presented.validation = scheme::Validation{answer->validating_authority(), day};
      }
      if (!answer->export_date().empty()) {
        KP_ASSIGN_OR_RETURN(presented.export_date, scheme::ParseDate(answer->export_date()));
      }
      if (!presented.issue_date.has_value() && !answer->issue_date().empty()) {
        KP_ASSIGN_OR_RETURN(presented.issue_date, scheme::ParseDate(answer->issue_date()));
      }
      for (const pb::MeasureAttestation& attestation : answer->attestations()) {
        KP_ASSIGN_OR_RETURN(scheme::AreaAttestation read, wire::ReadAttestation(attestation));
        presented.attestations.push_back(std::move(read));
      }
    }
  }
  const absl::TimeZone zone =
      view.parties.ZoneOf(presented.issuing_entity, presented.issuing_authority);
  scheme::RuleInput rules{
      view.parties, view.measures, scheme::DayInZone(env_.clock.Now(), zone), measure_view, "", ""};
  KP_ASSIGN_OR_RETURN(rules.statistics, filings_.Of(view, question.number.issuer()));
  for (scheme::Finding& finding : scheme::CheckPresented(presented, rules).findings) {
    // The issuer sees more than the asker: its word on the same rule stands for both.
    const bool told = std::any_of(input.findings.begin(), input.findings.end(), [&](const auto& f) {
      return f.rule == finding.rule && f.reason == finding.reason;
    });
    if (!told) input.findings.push_back(std::move(finding));
  }

  const scheme::Verdict verdict = scheme::DecideVerdict(input);
  response.set_verdict(wire::WriteDecision(verdict.decision));
  std::vector<scheme::Finding> findings = verdict.findings;
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  for (const scheme::Finding& finding : findings) {
    *response.add_findings() = wire::WriteFinding(finding);
  }
  for (const scheme::FieldResult& field : input.fields) {
    *response.add_fields() = wire::WriteFieldResult(field);
  }
  response.set_reachability(wire::WriteReachability(reachability));
  response.set_number(question.number.canonical());
  response.set_issuer(question.issuer);
  if (answer != nullptr) {
    response.set_state(answer->state());
    response.set_standing(answer->standing());
    response.set_use(answer->use());
    if (answer->has_use_record()) *response.mutable_use_record() = answer->use_record();
  }
  response.set_reason(verdict.reason);
  response.set_customs_result(scheme::CustomsResultName(verdict.customs));
  const scheme::Entity* issuer = view.parties.FindEntity(question.number.issuer());
  if (issuer != nullptr && input.purpose != scheme::Purpose::kAudit) {
    *response.mutable_look_at() = {issuer->paper_features.begin(), issuer->paper_features.end()};
  }
  *response.mutable_verify_time() = trust::ToTimestamp(env_.clock.Now());
  return response;
}

absl::StatusOr<Verifier::Asked> Verifier::Pose(const SchemeView& view,
                                               const v1::VerifyCertificateRequest& request) const {
  Asked asked;
  KP_ASSIGN_OR_RETURN(asked.prepared, Prepare(view, request));
  v1::Question question;
  question.set_nonce(SystemRandom().Bytes(kNonceSize));
  question.set_number(asked.prepared.number.canonical());
  question.set_purpose(request.purpose());
  *question.mutable_paper() = asked.prepared.stated;
  question.set_consignment_reference(request.consignment_reference());
  question.mutable_ask_time()->set_seconds(absl::ToUnixSeconds(env_.clock.Now()));
  KP_ASSIGN_OR_RETURN(asked.question, statement::EncodePayload(question));
  if (asked.question.size() > kMaxQuestionSize) {
    return FieldError(
        {kQuestionMalformed, "paper",
         absl::StrCat("makes a question of more than ", kMaxQuestionSize >> 10U, " KiB"), ""});
  }
  return asked;
}

void Verifier::TakeAnswer(Asked& asked, absl::StatusOr<std::string> answer) const {
  const std::string& issuer = asked.prepared.issuer;
  if (!answer.ok()) {
    asked.reachability = scheme::Reachability::kSilent;
    telemetry::Warning("issuer_silent",
                       {{telemetry::kLogPeer, issuer}, {telemetry::kLogError, answer.status()}});
    return;
  }
  asked.answer_bytes = *std::move(answer);
  auto checked = CheckAnswer(issuer, asked.question, asked.answer_bytes);
  if (checked.ok()) {
    asked.reachability = scheme::Reachability::kAnswered;
    asked.answer = *std::move(checked);
  } else {
    asked.reachability = scheme::Reachability::kBadAnswer;
    ReportBadAnswer(issuer, checked.status());
  }
}

absl::StatusOr<Verifier::Concluded> Verifier::Conclude(const SchemeView& view,
                                                       const identity::SpiffeId& caller,
                                                       const v1::VerifyCertificateRequest& request,
                                                       Asked asked) const {
  if (!asked.answer.has_value()) KP_RETURN_IF_ERROR(AddWhatIssuerSaid(asked.prepared));
  Concluded out;
  v1::VerifyCertificateResponse& response = out.response;
  KP_ASSIGN_OR_RETURN(response, Judge(view, asked.prepared, asked.reachability,
                                      asked.answer.has_value() ? &*asked.answer : nullptr));
  response.set_answer(asked.answer_bytes);
  response.set_evidence_id(env_.ids.NewUuid());
  const absl::Time now = env_.clock.Now();
  if (response.verdict() == pb::VERDICT_UNAVAILABLE) {
    response.set_ticket_id(env_.ids.NewUuid());
    out.ticket = Ticket{response.ticket_id(),
                        caller.ToString(),
                        request.SerializeAsString(),
                        asked.question,
                        "",
                        now,
                        ""};
  }
  out.issuer = asked.prepared.issuer;
  out.evidence = Evidence{response.evidence_id(),
                          caller.ToString(),
                          response.number(),
                          asked.question,
                          asked.answer_bytes,
                          response.SerializeAsString(),
                          now};
  return out;
}

absl::Status Verifier::Save(store::Transaction& tx, Concluded& concluded) const {
  KP_RETURN_IF_ERROR(SaveEvidence(tx, concluded.evidence));
  if (!concluded.ticket.has_value()) return absl::OkStatus();
  Ticket& ticket = *concluded.ticket;
  KP_ASSIGN_OR_RETURN(
      ticket.message_id,
      env_.outbox.Enqueue(tx, {concluded.issuer, ticket.id, kQuestionKind,
                               "application/vnd.kp.question.v1+cbor", ticket.question}));
  return SaveTicket(tx, ticket);
}

rpc::CallOptions Verifier::IssuerOptions(const rpc::CallContext& call) const {
  rpc::CallOptions options = rpc::CallOptions::Within(call);
  options.deadline =
      std::min(options.deadline, std::chrono::steady_clock::now() + options_.issuer_deadline);
  return options;
}

absl::StatusOr<v1::VerifyCertificateResponse> Verifier::Verify(
    const rpc::CallContext& call, const v1::VerifyCertificateRequest& request) {
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(Asked asked, Pose(*view, request));
  const std::string& issuer = asked.prepared.issuer;
  if (issuer == env_.entity.text()) {
    // An own register that cannot answer is an error of this node, not a silent issuer.
    KP_ASSIGN_OR_RETURN(std::string answer, own_register_.Answer(issuer, asked.question));
    TakeAnswer(asked, std::move(answer));
  } else if (const auto endpoint =
                 view->trust->EndpointOf(issuer, access::v1::ROLE_CERTIFICATE_SVC);
             endpoint.ok()) {
    TakeAnswer(asked, issuers_.Ask(*endpoint, asked.question, IssuerOptions(call)));
  }
  KP_ASSIGN_OR_RETURN(Concluded concluded,
                      Conclude(*view, call.caller(), request, std::move(asked)));
  KP_RETURN_IF_ERROR(
      env_.database.Write([&](store::Transaction& tx) { return Save(tx, concluded); }));
  return std::move(concluded.response);
}

absl::Status Verifier::AddWhatIssuerSaid(PreparedQuestion& question) const {
  std::optional<Incoming> incoming;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(incoming, FindIncoming(session, question.number.canonical()));
    return absl::OkStatus();
  }));
  if (!incoming.has_value() || incoming->status_statement.empty()) return absl::OkStatus();
  KP_ASSIGN_OR_RETURN(const auto parsed, statement::Statement::Parse(incoming->status_statement));
  KP_ASSIGN_OR_RETURN(const auto status, statement::DecodePayload<v1::StatusStatement>(parsed));
  KP_ASSIGN_OR_RETURN(const scheme::State state, wire::ReadState(status.state()));
  // An endorsed error changes no state, and no later statement makes a lost certificate good.
  if (!scheme::IsGone(state)) return absl::OkStatus();
  question.findings.push_back({"", scheme::Severity::kHard, "number",
                               absl::StrCat("the issuer's own statement, held here, says ",
                                            scheme::StateName(state), ": ", status.text()),
                               scheme::reasons::kNoLongerValid});
  return absl::OkStatus();
}

absl::Status Verifier::CompleteTicket(store::Transaction& tx, const std::string& ticket_id,
                                      const std::string& answer_bytes) {
  KP_ASSIGN_OR_RETURN(const auto ticket, FindTicket(tx, ticket_id));
  if (!ticket.has_value() || !ticket->evidence_id.empty()) return absl::OkStatus();
  v1::VerifyCertificateRequest request;
  if (!request.ParseFromString(ticket->request)) {
    return absl::DataLossError("a ticket's request is damaged");
  }
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(const PreparedQuestion prepared, Prepare(*view, request));
  KP_ASSIGN_OR_RETURN(const v1::AnswerStatement answer,
                      CheckAnswer(prepared.issuer, ticket->question, answer_bytes));
  KP_ASSIGN_OR_RETURN(v1::VerifyCertificateResponse response,
                      Judge(*view, prepared, scheme::Reachability::kAnswered, &answer));
  response.set_answer(answer_bytes);
  response.set_evidence_id(env_.ids.NewUuid());
  response.set_ticket_id(ticket_id);
  KP_RETURN_IF_ERROR(
      SaveEvidence(tx, {response.evidence_id(), ticket->caller, response.number(), ticket->question,
                        answer_bytes, response.SerializeAsString(), env_.clock.Now()}));
  return AnswerTicket(tx, ticket_id, response.evidence_id());
}

absl::StatusOr<v1::GetTicketResponse> Verifier::GetTicket(const identity::SpiffeId& caller,
                                                          const std::string& ticket_id) {
  v1::GetTicketResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto ticket, FindTicket(session, ticket_id));
    // Somebody else's ticket does not exist.
    if (!ticket.has_value() || ticket->caller != caller.ToString()) {
      return MakeError(absl::StatusCode::kNotFound, kTicketUnknown,
                       "there is no such ticket of this identity");
    }
    *response.mutable_ask_time() = trust::ToTimestamp(ticket->asked_at);
    KP_ASSIGN_OR_RETURN(const outbox::Message message,
                        env_.outbox.Get(session, ticket->message_id));
    response.set_attempts(static_cast<int32_t>(message.attempts));
    if (ticket->evidence_id.empty()) {
      const bool given_up = message.state == outbox::State::kParked ||
                            message.state == outbox::State::kFailed ||
                            message.state == outbox::State::kDiscarded;
      response.set_state(given_up ? v1::TICKET_STATE_GIVEN_UP : v1::TICKET_STATE_OPEN);
      return absl::OkStatus();
    }
    KP_ASSIGN_OR_RETURN(const auto evidence, FindEvidence(session, ticket->evidence_id));
    if (!evidence.has_value() ||
        !response.mutable_response()->ParseFromString(evidence->response)) {
      return absl::DataLossError("the evidence of a ticket is missing or damaged");
    }
    response.set_state(v1::TICKET_STATE_ANSWERED);
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::GetEvidenceResponse> Verifier::GetEvidence(const identity::SpiffeId& caller,
                                                              const std::string& evidence_id) {
  v1::GetEvidenceResponse response;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const auto evidence, FindEvidence(session, evidence_id));
    if (!evidence.has_value() || evidence->caller != caller.ToString()) {
      return MakeError(absl::StatusCode::kNotFound, kEvidenceUnknown,
                       "there is no such evidence of this identity");
    }
    response.set_question(evidence->question);
    response.set_answer(evidence->answer);
    if (!response.mutable_response()->ParseFromString(evidence->response)) {
      return absl::DataLossError("the evidence is damaged");
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace kp::certificate
