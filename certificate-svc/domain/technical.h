// Technical certificates, and certificates that are to be returned (docs/cases.md).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/amendment_service.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "kp/certificate/v1/technical_service.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// A number of a technical certificate that was given before: ALREADY_EXISTS; receipt REFUSED.
inline constexpr char kTechnicalExists[] = "TECHNICAL_EXISTS";
// Ordered back: but the issuer has asked for it in no case that is agreed: FAILED_PRECONDITION;
// receipt REFUSED.
inline constexpr char kTechnicalNotOrdered[] = "TECHNICAL_NOT_ORDERED";
// A field of a technical certificate is missing or wrong: INVALID_ARGUMENT; receipt REFUSED.
inline constexpr char kTechnicalMalformed[] = "TECHNICAL_MALFORMED";
// The sender is not the importing entity of such a certificate, whether or not there is one:
// receipt REFUSED.
inline constexpr char kTechnicalNotAParty[] = "TECHNICAL_NOT_A_PARTY";
// The goods left under a technical certificate, and cannot be let go: receipt REFUSED.
inline constexpr char kTechnicalIssued[] = "TECHNICAL_ISSUED";

// There is no such technical certificate of this entity: NOT_FOUND; receipt REFUSED.
inline constexpr char kTechnicalUnknown[] = "TECHNICAL_UNKNOWN";
// It was made void before: FAILED_PRECONDITION.
inline constexpr char kTechnicalVoid[] = "TECHNICAL_VOID";

// Outbox message kinds of technical certificates, and of what makes them void.
inline constexpr char kTechnicalMessageKind[] = "technical";
inline constexpr char kTechnicalVoidMessageKind[] = "technical-void";

// Thread-safe.
class Technicals final {
 public:
  Technicals(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  // One durable transaction: the signed certificate under a number of its own, the event, and the
  // message to the issuer of the certificate behind it.
  absl::StatusOr<v1::IssueTechnicalCertificateResponse> Issue(
      const identity::SpiffeId& caller, const v1::IssueTechnicalCertificateRequest& request);
  // Makes an own one void, in one durable transaction; whoever was told of it is told. Its goods
  // may leave under another one, and its number is never given again.
  absl::StatusOr<v1::VoidTechnicalCertificateResponse> Void(
      const identity::SpiffeId& caller, const v1::VoidTechnicalCertificateRequest& request);
  absl::StatusOr<v1::ListTechnicalCertificatesResponse> List(
      const identity::SpiffeId& caller, const v1::ListTechnicalCertificatesRequest& request) const;
  absl::StatusOr<v1::ListReturnsDueResponse> ReturnsDue(
      const identity::SpiffeId& caller, const v1::ListReturnsDueRequest& request) const;

 private:
  const Environment& env_;
  const OfficerRegister& officers_;
};

// --- In transactions of others ---

// A technical certificate of the other side. What it refuses is a receipt.
absl::StatusOr<v1::ReceiptStatement> ReceiveTechnical(store::Transaction& tx,
                                                      const Environment& env,
                                                      const std::string& sender,
                                                      const statement::Statement& statement);
// How an own one (`sent`: its statement) came out at the other side.
absl::Status NoteTechnicalOutcome(store::Transaction& tx, const std::string& sent,
                                  const std::string& outcome);
// The same two of what makes one void.
absl::StatusOr<v1::ReceiptStatement> ReceiveTechnicalVoid(store::Transaction& tx,
                                                          const Environment& env,
                                                          const std::string& sender,
                                                          const statement::Statement& statement);
absl::Status NoteTechnicalVoidOutcome(store::Transaction& tx, const std::string& sent,
                                      const std::string& outcome);
// Fills in what the void statement of a record says.
absl::Status ShowVoid(v1::TechnicalCertificate& record);

}  // namespace kp::certificate
