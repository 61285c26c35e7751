#include "wco-bridge/domain/declarations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/statement/keys.h"
#include "wco-bridge/domain/questions.h"
#include "wco-bridge/wco/codes.h"
#include "wco-bridge/wco/parser.h"
#include "wco-bridge/wco/response.h"

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
  if (message.state == v1::DECLARATION_STATE_UNSPECIFIED) {
    Judgement judgement;
    if (parsed.declaration.has_value()) {
      KP_ASSIGN_OR_RETURN(judgement,
                          Judge(message.id, partner, *parsed.declaration, options));
    } else {
      judgement.state = v1::DECLARATION_STATE_REJECTED;
      judgement.errors = wco::ToResponseErrors(parsed.faults);
    }
    const absl::Time now = clock_.Now();
    std::string reference = message.id;
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
      KP_RETURN_IF_ERROR(
          AnswerMessage(tx, message.id, judgement.state, response_document, clock_.Now()));
      // Of two answers at the same time the first one stands, for both.
      KP_ASSIGN_OR_RETURN(const auto answered, FindMessageById(tx, message.id));
      if (!answered.has_value()) return absl::InternalError("a declaration has vanished");
      message = *answered;
      return absl::OkStatus();
    }));
  }
  v1::SubmitDeclarationResponse response;
  response.set_message_id(message.id);
  response.set_state(message.state);
  response.set_response_document(message.response);
  return response;
}

absl::StatusOr<Declarations::Judgement> Declarations::Judge(const std::string& message_id,
                                                            const std::string& partner,
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
  const std::string reference = wco::ConsignmentReference(declaration, partner);
  bool reject = false;
  bool control = false;
  for (const wco::CertificateClaim& claim : claims.certificates) {
    const cert::VerifyCertificateRequest question = QuestionFor(
        declaration, claim, claims.certificates.size() == 1, reference);
    const auto answer = home_.Verify(question, HomeOptions(options));
    if (!answer.ok()) {
      // What the certificate authority calls unreadable is the declaration's fault; anything else is
      // no answer, and the message stays to be judged when it is sent again.
      if (answer.status().code() != absl::StatusCode::kInvalidArgument) return answer.status();
      reject = true;
      judgement.errors.push_back({std::string(wco::kBadCertificateNumber),
                                  absl::StrCat(claim.id, ": ",
                                               std::string(answer.status().message())),
                                  ReferenceOf(claim)});
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
    return judgement;
  }
  if (control) {
    judgement.state = v1::DECLARATION_STATE_CONTROL;
    return judgement;
  }
  judgement.state = v1::DECLARATION_STATE_ACCEPTED;
  // Export declarations and proofs verify and never consume.
  if (declaration.direction != wco::Direction::kImport) return judgement;
  KP_RETURN_IF_ERROR(ReserveAll(message_id, partner, reference, claims, options, judgement));
  return judgement;
}

absl::Status Declarations::ReserveAll(const std::string& message_id, const std::string& partner,
                                      const std::string& reference, const wco::Claims& claims,
                                      const rpc::CallOptions& options, Judgement& judgement) {
  std::vector<const wco::CertificateClaim*> reserved;
  bool refused = false;
  for (const wco::CertificateClaim& claim : claims.certificates) {
    cert::ReserveUseRequest request;
    request.set_request_id(StepId(message_id, "reserve", claim.id));
    request.set_number(claim.id);
    request.set_consignment_reference(reference);
    request.set_customs_partner(partner);
    request.set_declaration_version(kFirstVersion);
    KP_ASSIGN_OR_RETURN(const cert::ActResult result, home_.Reserve(request, HomeOptions(options)));
    if (result.state() == cert::ACT_STATE_PENDING) {
      judgement.state = v1::DECLARATION_STATE_CONTROL;
      judgement.statements.push_back({std::string(wco::kPending),
                                      absl::StrCat(claim.id, ": reserved here; the issuer's receipt "
                                                             "is awaited"),
                                      ReferenceOf(claim)});
      continue;
    }
    if (result.outcome() == cert::OUTCOME_DONE || result.outcome() == cert::OUTCOME_ALREADY_DONE) {
      reserved.push_back(&claim);
      judgement.statements.push_back({"KPRESERVED",
                                      absl::StrCat(claim.id, ": reserved under ", reference),
                                      ReferenceOf(claim)});
      continue;
    }
    refused = true;
    judgement.errors.push_back(
        {std::string(result.outcome() == cert::OUTCOME_ALREADY_USED ? wco::kAlreadyUsed
                     : result.outcome() == cert::OUTCOME_NOT_THE_IMPORTER
                         ? wco::kNotTheImporter
                         : wco::kNotValid),
         absl::StrCat(claim.id, ": ", result.text().empty() ? result.reason() : result.text()),
         ReferenceOf(claim)});
    break;
  }
  if (!refused) return absl::OkStatus();
  judgement.state = v1::DECLARATION_STATE_REJECTED;
  judgement.statements.clear();
  for (const wco::CertificateClaim* claim : reserved) {
    cert::ReleaseUseRequest request;
    request.set_request_id(StepId(message_id, "release", claim->id));
    request.set_number(claim->id);
    request.set_consignment_reference(reference);
    request.set_customs_partner(partner);
    request.set_declaration_version(kFirstVersion);
    // Durable at home once it answers, whenever the issuer hears of it.
    KP_RETURN_IF_ERROR(home_.Release(request, HomeOptions(options)).status());
  }
  return absl::OkStatus();
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
