// The asker's side of verification: question, proof, evidence, verdict, ticket.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "certificate-svc/domain/answerer.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/filing_standing.h"
#include "certificate-svc/store/verifications.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "mesh/rpc/call_context.h"
#include "mesh/rpc/client_pool.h"
#include "scheme/certificate.h"
#include "scheme/finding.h"
#include "scheme/verdict.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

// A batch without requests, or with more than 1,000: INVALID_ARGUMENT.
inline constexpr char kBatchSize[] = "BATCH_SIZE_INVALID";
// Nobody's ticket, or somebody else's: NOT_FOUND.
inline constexpr char kTicketUnknown[] = "TICKET_UNKNOWN";
// Nobody's evidence, or somebody else's: NOT_FOUND.
inline constexpr char kEvidenceUnknown[] = "EVIDENCE_UNKNOWN";

// The way to other entities' certificate-svc. Thread-safe; blocks until the deadline.
class EntityClient {
 public:
  virtual ~EntityClient() = default;
  // Asks the issuer a question: its answer's bytes, unverified, or why there is none.
  virtual absl::StatusOr<std::string> Ask(const trust::Endpoint& issuer,
                                          const std::string& question,
                                          const rpc::CallOptions& options) = 0;
  // Asks up to 1,000 questions at once: an answer for each, empty where the issuer had none.
  virtual absl::StatusOr<std::vector<std::string>> AskMany(
      const trust::Endpoint& issuer, const std::vector<std::string>& questions,
      const rpc::CallOptions& options) = 0;
  // Delivers a statement: the receipt's bytes, unverified, or why there is none.
  virtual absl::StatusOr<std::string> Deliver(const trust::Endpoint& partner,
                                              const std::string& message_id,
                                              const std::string& statement,
                                              const rpc::CallOptions& options) = 0;
};

struct VerifierOptions {
  // Longest wait for an issuer within a call.
  std::chrono::milliseconds issuer_deadline{3000};
  // Told about every answer that is not proven or makes no sense: the issuer, and why.
  std::function<void(const std::string& issuer, const absl::Status&)> on_bad_answer;
};

// A question, judged as far as it can be without the issuer.
struct PreparedQuestion {
  scheme::Purpose purpose = scheme::Purpose::kImport;
  scheme::CertificateNumber number;
  v1::StatedPaper stated;     // what is sent: the request's, completed from a QR
  scheme::Certificate paper;  // the same, read
  std::vector<scheme::Finding> findings;  // of the parser and of an offline signature
  // Of what is stated against the certificate's own signed code: while the issuer's register, which
  // knows of endorsed errors, does not answer.
  std::vector<scheme::Finding> against_code;
  std::string code_digest;  // of the signed code, where there is one that holds
  std::string consignment_reference;
  std::string issuer;                       // entity code by the number's prefix
  bool known_issuer = false;                // the registry has heard of it
  std::optional<scheme::Date> register_complete_from;
};

// Thread-safe.
class Verifier final {
 public:
  Verifier(const Environment& environment, Answerer& own_register, EntityClient& issuers,
           VerifierOptions options)
      : env_(environment),
        own_register_(own_register),
        issuers_(issuers),
        options_(std::move(options)),
        filings_(environment) {}

  // The evidence is durable before the verdict is returned.
  absl::StatusOr<v1::VerifyCertificateResponse> Verify(const rpc::CallContext& call,
                                                       const v1::VerifyCertificateRequest& request);
  absl::StatusOr<v1::GetTicketResponse> GetTicket(const identity::SpiffeId& caller,
                                                  const std::string& ticket_id);
  absl::StatusOr<v1::GetEvidenceResponse> GetEvidence(const identity::SpiffeId& caller,
                                                      const std::string& evidence_id);

  // Outbox message kind of a ticket's question; its order key is the ticket's id.
  static constexpr char kQuestionKind[] = "question";

  // Whether `answer` answers `question` by `issuer` and makes sense: else the reason of the alarm.
  absl::StatusOr<v1::AnswerStatement> CheckAnswer(const std::string& issuer,
                                                  const std::string& question,
                                                  const std::string& answer) const;

  // Completes a ticket with the issuer's (checked) answer, in the transaction that records its
  // delivery.
  absl::Status CompleteTicket(store::Transaction& tx, const std::string& ticket_id,
                              const std::string& answer);

  // Raises the alarm about an answer that CheckAnswer refused.
  void ReportBadAnswer(const std::string& issuer, const absl::Status& why) const;

  // Up to 1,000 certificates, one call for each issuer: what each request came to, in their order. All
  // evidence is durable, in one transaction, before anything is returned.
  absl::StatusOr<std::vector<absl::StatusOr<v1::VerifyCertificateResponse>>> VerifyMany(
      const rpc::CallContext& call, const v1::BatchVerifyCertificatesRequest& request);

 private:
  // A question on its way.
  struct Asked {
    PreparedQuestion prepared;
    std::string question;  // as it is sent
    scheme::Reachability reachability = scheme::Reachability::kNotConnected;
    std::string answer_bytes;
    std::optional<v1::AnswerStatement> answer;  // when it is proven
  };
  // What it came to, to be stored before it is shown.
  struct Concluded {
    v1::VerifyCertificateResponse response;
    std::string issuer;
    Evidence evidence;
    std::optional<Ticket> ticket;
  };
  absl::StatusOr<Asked> Pose(const SchemeView& view,
                             const v1::VerifyCertificateRequest& request) const;
  void TakeAnswer(Asked& asked, absl::StatusOr<std::string> answer) const;
  absl::StatusOr<Concluded> Conclude(const SchemeView& view, const identity::SpiffeId& caller,
                                     const v1::VerifyCertificateRequest& request,
                                     Asked asked) const;
  absl::Status Save(store::Transaction& tx, Concluded& concluded) const;
  rpc::CallOptions IssuerOptions(const rpc::CallContext& call) const;
  // Asks one issuer all questions of `indices`.
  void AskIssuer(const SchemeView& view, const rpc::CallContext& call, const std::string& issuer,
                 const std::vector<size_t>& indices,
                 std::vector<absl::StatusOr<Asked>>& asked) const;

  absl::StatusOr<PreparedQuestion> Prepare(const SchemeView& view,
                                           const v1::VerifyCertificateRequest& request) const;
  // Reads the certificate's own signed code, and completes what is stated from it.
  absl::Status ReadQr(const SchemeView& view, v1::VerifyCertificateRequest& request,
                      PreparedQuestion& question) const;
  // What the issuer said about the certificate before, for when it does not answer now.
  absl::Status AddWhatIssuerSaid(PreparedQuestion& question) const;
  absl::StatusOr<v1::VerifyCertificateResponse> Judge(const SchemeView& view,
                                                      const PreparedQuestion& question,
                                                      scheme::Reachability reachability,
                                                      const v1::AnswerStatement* answer) const;

  const Environment& env_;
  Answerer& own_register_;
  EntityClient& issuers_;
  const VerifierOptions options_;
  const FilingStanding filings_;
};

}  // namespace kp::certificate
