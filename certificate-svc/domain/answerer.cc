#include "certificate-svc/domain/answerer.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/parallel.h"
#include "certificate-svc/domain/numbers.h"
#include "certificate-svc/domain/record.h"
#include "certificate-svc/domain/sources.h"
#include "certificate-svc/store/certificates.h"
#include "certificate-svc/store/verifications.h"
#include "mesh/statement/keys.h"
#include "mesh/statement/proto_cbor.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "scheme/comparison.h"
#include "scheme/reasons.h"
#include "scheme/rules.h"
#include "scheme/wire/certificate.h"

namespace kp::certificate {
namespace {

namespace wire = scheme::wire;

// How far the register's own copy may be behind the answer.
constexpr std::chrono::milliseconds kCopyDelay{50};

// Leaves of the attestations what an asker without standing needs for its own rules: not the days,
// and no measure of a country other than the issuer's unless the asker stated the origin right.
void HideAttestations(const SchemeView& view, const scheme::Entity& issuer,
                      const std::vector<scheme::FieldResult>& fields, v1::AnswerStatement& answer) {
  const bool knows_origin =
      scheme::MatchOf(fields, scheme::Field::kOrigin) == scheme::FieldMatch::kMatch;
  for (pb::MeasureAttestation& attestation : *answer.mutable_attestations()) {
    const pb::MeasureAttestation whole = attestation;
    attestation.clear_decided_on();
    attestation.clear_measure_ids();
    for (const std::string& id : whole.measure_ids()) {
      const scheme::Measure* measure = view.measures.Find(id);
      const bool own = measure != nullptr && measure->participant == issuer.participant;
      if (own || knows_origin) attestation.add_measure_ids(id);
    }
  }
}

}  // namespace

absl::StatusOr<v1::Question> ReadQuestion(const std::string& bytes) {
  if (bytes.size() > kMaxQuestionSize) {
    return FieldError({kQuestionMalformed, "question",
                       absl::StrCat("is larger than ", kMaxQuestionSize >> 10U, " KiB"), ""});
  }
  v1::Question question;
  if (absl::Status status = statement::DecodePayload(bytes, question); !status.ok()) {
    return FieldError(
        {kQuestionMalformed, "question", std::string(status.message()), "RFC 8949 4.2"});
  }
  if (question.nonce().size() != kNonceSize) {
    return FieldError({kQuestionMalformed, "question.nonce", "must be 16 bytes", ""});
  }
  KP_RETURN_IF_ERROR(wire::ReadPurpose(question.purpose()).status());
  if (const auto number = scheme::CertificateNumber::Parse(question.number()); !number.ok()) {
    return WithFieldPrefix(number.status(), "question.number");
  }
  return question;
}

absl::StatusOr<std::string> Answerer::Answer(const std::string& asker,
                                             const std::string& question_bytes) {
  KP_ASSIGN_OR_RETURN(const v1::Question question, ReadQuestion(question_bytes));
  KP_ASSIGN_OR_RETURN(const auto view, env_.scheme.Current());
  KP_ASSIGN_OR_RETURN(v1::AnswerStatement answer, Compose(*view, asker, question));
  answer.set_question_digest(statement::Sha256(question_bytes));
  answer.set_nonce(question.nonce());
  const absl::Time now = env_.clock.Now();
  KP_ASSIGN_OR_RETURN(const statement::Statement signed_answer,
                      env_.signer.Sign(AnswerContentType(), answer, asker, now));
  const absl::Status kept = env_.database.WriteLater(
      [digest = signed_answer.digest(), number = answer.number(), asker, now,
       bytes = signed_answer.bytes()](store::Transaction& tx) {
        return SaveAnswer(tx, digest, number, asker, now, bytes);
      },
      kCopyDelay);
  // An answer of which this register would keep no copy is not given.
  KP_RETURN_IF_ERROR(kept);
  return signed_answer.bytes();
}

absl::StatusOr<std::vector<std::string>> Answerer::AnswerMany(
    const std::string& asker, const std::vector<std::string>& questions) {
  constexpr size_t kMaxQuestions = 1000;
  if (questions.empty() || questions.size() > kMaxQuestions) {
    return FieldError({kQuestionMalformed, "questions",
                       absl::StrCat("must be 1 to ", kMaxQuestions, ", not ", questions.size()),
                       ""});
  }
  std::vector<std::string> answers(questions.size());
  ForEachInParallel(questions.size(), [&](size_t i) {
    auto answer = Answer(asker, questions[i]);
    if (!answer.ok()) {
      telemetry::Warning("question_not_answered",
                         {{telemetry::kLogPeer, asker}, {telemetry::kLogError, answer.status()}});
      return;
    }
    answers[i] = *std::move(answer);
  });
  return answers;
}

absl::StatusOr<v1::AnswerStatement> Answerer::Compose(const SchemeView& view,
                                                      const std::string& asker,
                                                      const v1::Question& question) {
  KP_ASSIGN_OR_RETURN(const scheme::CertificateNumber number,
                      scheme::CertificateNumber::Parse(question.number()));
  const scheme::Entity* issuer = view.parties.FindIssuer(number.issuer());
  if (issuer == nullptr || issuer->code != env_.entity) {
    return FieldError({kNotThisIssuer, "question.number",
                       "is not a number of \"" + env_.entity.text() + "\"", "R06"});
  }
  // What the asker states; what breaks a rule there is the asker's own finding, and differs here.
  std::vector<scheme::Finding> asker_findings;
  KP_ASSIGN_OR_RETURN(scheme::Certificate stated,
                      wire::ReadPaper(question.paper(), asker_findings));
  stated.number = number;

  v1::AnswerStatement answer;
  answer.set_number(number.canonical());
  std::optional<CertificateRow> row;
  std::optional<scheme::Finding> never_issued;
  UseRow use;
  int64_t tries = 0;
  KP_RETURN_IF_ERROR(env_.database.Read([&](store::ReadSession& session) -> absl::Status {
    KP_ASSIGN_OR_RETURN(row, FindByNumber(session, number.canonical()));
    if (!row.has_value()) {
      KP_ASSIGN_OR_RETURN(never_issued,
                          JudgeUnknownNumber(session, env_, view, number, stated.issue_date));
      return absl::OkStatus();
    }
    KP_ASSIGN_OR_RETURN(use, FindUse(session, number.canonical()));
    if (row->certificate.importing_entity() != asker) {
      KP_ASSIGN_OR_RETURN(tries, WrongTries(session, number.canonical(), asker));
    }
    return absl::OkStatus();
  }));
  answer.set_known(row.has_value());
  if (!row.has_value()) {
    answer.set_standing(wire::WriteStanding(scheme::Standing::kNone));
    answer.set_use(wire::WriteUsePosition(scheme::UsePosition::kNone));
    if (never_issued.has_value()) *answer.add_findings() = wire::WriteFinding(*never_issued);
    return answer;
  }
  const pb::Certificate& record = row->certificate;
  KP_ASSIGN_OR_RETURN(scheme::Certificate actual, ReadRecord(env_, record));
  KP_RETURN_IF_ERROR(ReadSources(env_, record, actual));
  KP_ASSIGN_OR_RETURN(const scheme::EntityCode asker_code, scheme::EntityCode::Parse(asker));
  const scheme::Standing standing = scheme::StandingOf(asker_code, actual, view.parties);
  const bool sees_everything = scheme::SeesEverything(standing);
  KP_ASSIGN_OR_RETURN(const scheme::Certificate printed, wire::ReadCertificate(AsPrinted(record)));
  const auto disclosure = [&](int64_t wrong) {
    return scheme::DisclosureFor(standing, static_cast<int>(wrong), options_.wrong_tries);
  };
  std::vector<scheme::FieldResult> fields =
      scheme::CompareWithCorrections(stated, actual, printed, disclosure(tries));
  if (!sees_everything && disclosure(tries) != scheme::Disclosure::kWithheld &&
      scheme::IsWrongTry(fields)) {
    // Counted before it is answered, and judged by the count as it was in that moment: tries in
    // parallel get no more than tries in a row.
    KP_RETURN_IF_ERROR(env_.database.Write([&](store::Transaction& tx) -> absl::Status {
      KP_ASSIGN_OR_RETURN(const int64_t counted, CountWrongTry(tx, number.canonical(), asker));
      tries = counted;
      return absl::OkStatus();
    }));
    fields = scheme::CompareWithCorrections(stated, actual, printed, disclosure(tries - 1));
  }
  for (const scheme::FieldResult& field : fields) {
    *answer.add_fields() = wire::WriteFieldResult(field);
  }
  answer.set_standing(wire::WriteStanding(standing));
  answer.set_state(record.state());
  answer.set_asker_is_importer(standing == scheme::Standing::kNamedImporter);
  answer.set_wrong_tries(static_cast<int32_t>(tries));

  const absl::Time now = env_.clock.Now();
  // Only those with standing may have a reference compared: it would be a way to guess it.
  const scheme::UsePosition position = scheme::PositionOf(
      use.use, sees_everything ? question.consignment_reference() : std::string(), now);
  answer.set_use(wire::WriteUsePosition(position));
  if (!record.statement().empty()) {
    answer.set_certificate_digest(statement::Sha256(record.statement()));
  }
  *answer.mutable_attestations() = record.attestations();
  if (!sees_everything) HideAttestations(view, *issuer, fields, answer);
  const absl::TimeZone zone = view.parties.ZoneOf(env_.entity, record.issuing_authority());
  if (actual.expiry_date.has_value()) {
    answer.set_expired(scheme::IsExpiredAt(*actual.expiry_date, now, zone));
    answer.set_exported_in_time(actual.export_date.has_value() &&
                                *actual.export_date <= *actual.expiry_date);
  }
  if (sees_everything) {
    *answer.mutable_state_time() = record.update_time();
    answer.set_validation_date(record.validation_date());
    answer.set_validating_authority(record.validating_authority());
    answer.set_issue_date(record.issue_date());
    answer.set_export_date(record.export_date());
    if (use.use.revision > 0) {
      *answer.mutable_use_record() = wire::WriteUse(use.use, use.customs_partner, now);
    }
  }
  for (const pb::Correction& correction : record.corrections()) {
    std::string text = absl::StrCat("the issuer endorsed an error in ", correction.field());
    if (sees_everything) {
      absl::StrAppend(&text, ": \"", correction.printed(), "\" is to read \"", correction.value(),
                      "\" (", correction.text(), ")");
    }
    *answer.add_findings() = wire::WriteFinding({"", scheme::Severity::kInfo, correction.field(),
                                                 std::move(text), scheme::reasons::kErrorEndorsed});
  }
  // The issuer alone can see what measures on areas and operations say today.
  scheme::RuleInput input{view.parties,
                          view.measures,
                          scheme::DayInZone(now, zone),
                          scheme::MeasureView::kIssuer,
                          record.issued_by().person(),
                          record.validated_by().person()};
  KP_ASSIGN_OR_RETURN(input.statistics, filings_.Of(view, env_.entity));
  const scheme::CheckResult check = scheme::CheckPresented(actual, input);
  answer.set_rules_ran(wire::RuleBits(check.rules));
  if (sees_everything) answer.set_rules_noted(wire::RuleBits(check.findings));
  for (const scheme::Finding& finding : check.findings) {
    // Anyone may know that a rule refuses the certificate; texts and pointers tell its contents.
    if (!sees_everything && finding.severity == scheme::Severity::kInfo) continue;
    pb::Finding& out = *answer.add_findings();
    out = wire::WriteFinding(finding);
    if (!sees_everything) {
      out.set_text("the issuer's rules say so; ask the issuer");
      out.clear_pointer();
    }
  }
  return answer;
}

}  // namespace kp::certificate
