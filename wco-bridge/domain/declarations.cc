#include "wco-bridge/domain/declarations.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/keys.h"
#include "mesh/telemetry/log.h"
#include "mesh/telemetry/names.h"
#include "scheme/certificate_number.h"
#include "wco-bridge/domain/questions.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/response.h"
#include "wco-bridge/wco/text.h"

namespace kp::bridge {
namespace {

namespace cert = ::kp::certificate::v1;

constexpr int64_t kFirstVersion = 1;

// A request id that is the same whenever the same step of the same message is done.
std::string StepId(const std::string& message_id, std::string_view step, std::string_view number) {
  std::string hex = statement::ToHex(
      statement::Sha256(absl::StrCat(message_id, "|", std::string(step), "|", std::string(number))));
  hex.resize(32);
  // Marked as a name-based UUID (RFC 9562, version 8), so that it is one by form as well.
  hex[12] = '8';
  hex[16] = 'a';
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20, 12));
}

wco::Pointer ReferenceOf(const wco::CertificateClaim& claim) {
  const wco::KpDocument& document = *claim.lines.front().document;
  return document.printed_id.has_value() ? document.printed_id->at.pointer : document.at.pointer;
}

std::string_view FunctionOf(v1::DeclarationState state) {
  switch (state) {
    case v1::DECLARATION_STATE_ACCEPTED:
      return wco::kResponseAccepted;
    case v1::DECLARATION_STATE_CONTROL:
      return wco::kResponseControl;
    default:
      return wco::kResponseRejected;
  }
}

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

}  // namespace

Declarations::Declarations(store::Database& database, const Clock& clock, IdSource& ids,
                           Home& home, const wco::Schema* schema, DeclarationOptions options)
    : database_(database),
      clock_(clock),
      ids_(ids),
      home_(home),
      schema_(schema),
      options_(std::move(options)) {}

rpc::CallOptions Declarations::HomeOptions(const rpc::CallOptions& options) const {
  rpc::CallOptions home = options;
  home.deadline =
      std::min(options.deadline, std::chrono::steady_clock::now() + options_.home_deadline);
  return home;
}

absl::StatusOr<v1::SubmitDeclarationResponse> Declarations::Submit(const std::string& partner,
                                                                   const std::string& document,
                                                                   const rpc::CallOptions& options) {
  const wco::ParseResult parsed =
      wco::ParseDeclaration(document, options_.profiles, DayOf(clock_.Now()),
                            wco::ParseOptions{.limits = {}, .schema = schema_});
  if (parsed.lrn.empty()) {
    // Without the sender's reference there is nothing to keep the message under, and nothing that a
    // Response could refer to.
    std::vector<Fault> faults;
    for (const wco::Fault& fault : parsed.faults) {
      faults.push_back({kDeclarationUnreadable, "document", wco::FormatFault(fault), fault.code});
    }
    return FieldErrors(faults);
  }
  const std::pair<std::string, std::string> key(partner, parsed.lrn);
  bool waited = false;
  {
    std::unique_lock<std::mutex> lock(judging_mutex_);
    while (!judging_.insert(key).second) {
      waited = true;
      if (judged_.wait_until(lock, options.deadline) == std::cv_status::timeout) {
        return absl::DeadlineExceededError(
            "this declaration is being judged for another call; ask again with the same reference");
      }
    }
  }
  const absl::Cleanup done = [&] {
    const std::lock_guard<std::mutex> lock(judging_mutex_);
    judging_.erase(key);
    judged_.notify_all();
  };
  KP_ASSIGN_OR_RETURN(const Message message, Answer(partner, document, parsed, waited, options));
  v1::SubmitDeclarationResponse response;
  response.set_message_id(message.id);
  response.set_state(message.state);
  response.set_response_document(message.response);
  return response;
}

absl::StatusOr<Message> Declarations::Answer(const std::string& partner,
                                             const std::string& document,
                                             const wco::ParseResult& parsed, bool waited,
                                             const rpc::CallOptions& options) {
  Message message{ids_.NewUuid(), partner,  parsed.lrn,
                  statement::Sha256(document), document, v1::DECLARATION_STATE_UNSPECIFIED, "",
                  clock_.Now()};
  std::optional<Message> stored;
  KP_RETURN_IF_ERROR(database_.Write([&](store::Transaction& tx) -> absl::Status {
    KP_ASSIGN_OR_RETURN(const bool inserted, InsertMessage(tx, message));
    if (inserted) return absl::OkStatus();
    KP_ASSIGN_OR_RETURN(stored, FindMessage(tx, partner, parsed.lrn));
    return absl::OkStatus();
  }));
  if (stored.has_value()) {
    if (stored->digest != message.digest) {
      return MakeError(absl::StatusCode::kAlreadyExists, kDeclarationChanged,
                       absl::StrCat("reference ", parsed.lrn,
                                    " was used before with other content; send a changed "
                                    "declaration under a new reference"));
    }
    message = *stored;
  }
  const bool first = message.state == v1::DECLARATION_STATE_UNSPECIFIED;
  // Who waited has the answer of a judging that ended just now; and what was read once is not
  // refused for its form when the rules of reading have changed since.
  if (!first && (waited || !message.awaiting || !parsed.declaration.has_value())) return message;
  Judgement judgement;
  if (parsed.declaration.has_value()) {
    KP_ASSIGN_OR_RETURN(judgement, Judge(message, *parsed.declaration, options));
  } else {
    judgement.state = v1::DECLARATION_STATE_REJECTED;
    judgement.errors = wco::ToResponseErrors(parsed.faults);
  }
  const absl::Time now = clock_.Now();
  // A receiver may drop a response whose reference it has seen.
  std::string reference = first ? message.id : ids_.NewUuid();
  reference.erase(std::remove(reference.begin(), reference.end(), '-'), reference.end());
  wco::Response response;
  response.function = FunctionOf(judgement.state);
  response.reference = std::move(reference);
  response.issued = now;
  response.errors = std::move(judgement.errors);
  response.statements = std::move(judgement.statements);
  response.lrn = parsed.lrn;
  response.mrn = parsed.mrn;
  if (judgement.state == v1::DECLARATION_STATE_ACCEPTED) response.accepted = now;
  if (judgement.state == v1::DECLARATION_STATE_REJECTED) response.rejected = now;
  response.version = absl::StrCat(kFirstVersion);
  const std::string response_document = wco::WriteResponse(response);
  KP_RETURN_IF_ERROR(database_.Write([&](store::Transaction& tx) -> absl::Status {
    KP_RETURN_IF_ERROR(AnswerMessage(tx, message.id, judgement.state, judgement.awaiting,
                                     response_document, clock_.Now()));
    // Of two answers at the same time the first one that awaits nothing stands, for both.
    KP_ASSIGN_OR_RETURN(stored, FindMessageById(tx, message.id));
    return stored.has_value() ? absl::OkStatus()
                              : absl::InternalError("a declaration has vanished");
  }));
  return *std::move(stored);
}

absl::StatusOr<Declarations::Judgement> Declarations::Judge(const Message& message,
                                                            const wco::Declaration& declaration,
                                                            const rpc::CallOptions& options) {
  Judgement judgement;
  if (declaration.function != wco::Function::kOriginal) {
    judgement.state = v1::DECLARATION_STATE_REJECTED;
    judgement.errors.push_back(
        {std::string(wco::kBadFunction),
         "this bridge takes original declarations only; amendments and cancellations are not served",
         declaration.type.at.pointer});
    return judgement;
  }
  const wco::Claims claims = wco::CheckClaims(declaration);
  if (!claims.faults.empty()) {
    judgement.state = v1::DECLARATION_STATE_REJECTED;
    judgement.errors = wco::ToResponseErrors(claims.faults);
    return judgement;
  }
  const bool import = declaration.direction == wco::Direction::kImport;
  const std::string reference = wco::ConsignmentReference(declaration, message.partner);
  // An export consumes nothing and passes no reference on.
  if (const size_t length = wco::CountCodePoints(reference);
      import && length > wco::kMaxConsignmentReference) {
    judgement.state = v1::DECLARATION_STATE_REJECTED;
    judgement.errors.push_back(
        {std::string(wco::kTooLong),
         absl::StrCat("the consignment reference made from it has ", length,
                      " characters; expected at most ", wco::kMaxConsignmentReference),
         wco::ConsignmentReferenceSource(declaration).at.pointer});
    return judgement;
  }
  bool reject = false;
  bool control = false;
  bool officer = false;
  for (const wco::CertificateClaim& claim : claims.certificates) {
    if (const auto number = scheme::CertificateNumber::Parse(claim.id); !number.ok()) {
      reject = true;
      for (const Fault& fault : FaultsOf(number.status())) {
        judgement.errors.push_back({std::string(wco::kBadCertificateNumber),
                                    absl::StrCat(claim.id, ": ", fault.message),
                                    ReferenceOf(claim)});
      }
      continue;
    }
    const cert::VerifyCertificateRequest question = QuestionFor(
        declaration, claim, claims.certificates.size() == 1, reference);
    const auto answer = home_.Verify(question, HomeOptions(options));
    if (!answer.ok()) {
      // No answer: the message stays to be judged when it is sent again.
      if (answer.status().code() != absl::StatusCode::kInvalidArgument) return answer.status();
      auto errors = StatedFaults(declaration, claim, question, answer.status());
      if (errors.empty()) {
        // The home refuses what the declaration never said: nothing is told about the certificate.
        telemetry::Error("question_refused", {{telemetry::kLogReason, ReasonOf(answer.status())}});
        control = true;
        judgement.statements.push_back(
            {std::string(wco::kInternal),
             absl::StrCat(claim.id, ": the certificate authority could not be asked"),
             ReferenceOf(claim)});
        continue;
      }
      reject = true;
      std::move(errors.begin(), errors.end(), std::back_inserter(judgement.errors));
      continue;
    }
    switch (answer->verdict()) {
      case cert::VERDICT_ACCEPT:
        judgement.statements.push_back(
            {"KPVERDICT", absl::StrCat(claim.id, ": ", answer->customs_result(), ", evidence ",
                                       answer->evidence_id()),
             ReferenceOf(claim)});
        break;
      case cert::VERDICT_REJECT: {
        reject = true;
        auto errors = ErrorsFor(declaration, claim, *answer, cert::SEVERITY_REJECT);
        std::move(errors.begin(), errors.end(), std::back_inserter(judgement.errors));
        break;
      }
      default: {
        control = true;
        officer = officer || answer->verdict() == cert::VERDICT_REFER;
        for (wco::ResponseError& error :
             ErrorsFor(declaration, claim, *answer, cert::SEVERITY_REFER)) {
          judgement.statements.push_back(
              {std::move(error.code), std::move(error.description), std::move(error.pointer)});
        }
        if (!answer->ticket_id().empty()) {
          judgement.statements.push_back(
              {"KPTICKET", absl::StrCat(claim.id, ": the issuer is asked again, ticket ",
                                        answer->ticket_id()),
               ReferenceOf(claim)});
        }
      }
    }
  }
  if (reject) {
    judgement.state = v1::DECLARATION_STATE_REJECTED;
    judgement.statements.clear();
    if (!message.reserving) return judgement;
    for (const wco::CertificateClaim& claim : claims.certificates) {
      KP_RETURN_IF_ERROR(Release(message, reference, claim, options));
    }
    return judgement;
  }
  if (control) {
    judgement.state = v1::DECLARATION_STATE_CONTROL;
    judgement.awaiting = !officer;
    return judgement;
  }
  judgement.state = v1::DECLARATION_STATE_ACCEPTED;
  // Export declarations and proofs verify and never consume.
  if (!import) return judgement;
  KP_RETURN_IF_ERROR(ReserveAll(message, reference, claims, options, judgement));
  return judgement;
}

absl::Status Declarations::ReserveAll(const Message& message, const std::string& reference,
                                      const wco::Claims& claims, const rpc::CallOptions& options,
                                      Judgement& judgement) {
  KP_RETURN_IF_ERROR(database_.Write(
      [&](store::Transaction& tx) { return MarkReserving(tx, message.id); }));
  const wco::CertificateClaim* refused = nullptr;
  for (const wco::CertificateClaim& claim : claims.certificates) {
    cert::ReserveUseRequest request;
    request.set_request_id(StepId(message.id, "reserve", claim.id));
    request.set_number(claim.id);
    request.set_consignment_reference(reference);
    request.set_customs_partner(message.partner);
    request.set_declaration_version(kFirstVersion);
    KP_ASSIGN_OR_RETURN(const cert::ActResult result, home_.Reserve(request, HomeOptions(options)));
    // A refusal without the issuer's receipt is of the way there, not the issuer's no.
    const bool no_word = result.state() == cert::ACT_STATE_PENDING ||
                         (result.outcome() == cert::OUTCOME_REFUSED && result.receipt().empty());
    if (no_word) {
      judgement.state = v1::DECLARATION_STATE_CONTROL;
      judgement.awaiting = true;
      judgement.statements.push_back({std::string(wco::kPending),
                                      absl::StrCat(claim.id, ": reserved here; the issuer's receipt "
                                                             "is awaited"),
                                      ReferenceOf(claim)});
      continue;
    }
    if (result.outcome() == cert::OUTCOME_DONE || result.outcome() == cert::OUTCOME_ALREADY_DONE) {
      judgement.statements.push_back({"KPRESERVED",
                                      absl::StrCat(claim.id, ": reserved under ", reference),
                                      ReferenceOf(claim)});
      continue;
    }
    refused = &claim;
    judgement.errors.push_back(
        {std::string(result.outcome() == cert::OUTCOME_ALREADY_USED ? wco::kAlreadyUsed
                     : result.outcome() == cert::OUTCOME_NOT_THE_IMPORTER
                         ? wco::kNotTheImporter
                         : wco::kNotValid),
         absl::StrCat(claim.id, ": ", result.text().empty() ? result.reason() : result.text()),
         ReferenceOf(claim)});
    break;
  }
  if (refused == nullptr) return absl::OkStatus();
  judgement.state = v1::DECLARATION_STATE_REJECTED;
  judgement.awaiting = false;
  judgement.statements.clear();
  bool asked = true;  // in this judging: up to the refused one
  for (const wco::CertificateClaim& claim : claims.certificates) {
    if (&claim == refused) {
      asked = false;
      continue;
    }
    if (asked || message.reserving) {
      KP_RETURN_IF_ERROR(Release(message, reference, claim, options));
    }
  }
  return absl::OkStatus();
}

absl::Status Declarations::Release(const Message& message, const std::string& reference,
                                   const wco::CertificateClaim& claim,
                                   const rpc::CallOptions& options) {
  cert::ReleaseUseRequest request;
  request.set_request_id(StepId(message.id, "release", claim.id));
  request.set_number(claim.id);
  request.set_consignment_reference(reference);
  request.set_customs_partner(message.partner);
  request.set_declaration_version(kFirstVersion);
  // Durable at home once it answers, and behind the reservation on its way to the issuer.
  return home_.Release(request, HomeOptions(options)).status();
}

absl::StatusOr<v1::GetMessageStatusResponse> Declarations::Status(
    const std::string& partner, const v1::GetMessageStatusRequest& request) {
  std::optional<Message> message;
  KP_RETURN_IF_ERROR(database_.Read([&](store::ReadSession& session) -> absl::Status {
    if (!request.message_id().empty()) {
      KP_ASSIGN_OR_RETURN(message, FindMessageById(session, request.message_id()));
    } else {
      KP_ASSIGN_OR_RETURN(message, FindMessage(session, partner, request.functional_reference()));
    }
    return absl::OkStatus();
  }));
  // Somebody else's declaration does not exist.
  if (!message.has_value() || message->partner != partner) {
    return MakeError(absl::StatusCode::kNotFound, kDeclarationUnknown,
                     "this administration has submitted no such declaration");
  }
  v1::GetMessageStatusResponse response;
  response.set_message_id(message->id);
  response.set_state(message->state);
  response.set_response_document(message->response);
  return response;
}

}  // namespace kp::bridge
