// Confirmations of receipt, and the amended ones that take their place (docs/amendments.md). A
// confirmation has a first version and further ones, each of which names the statement that it
// replaces. Both sides keep all; what is drawn from a confirmation follows the newest.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "certificate-svc/store/confirmations.h"
#include "kp/certificate/v1/amendment_service.pb.h"
#include "kp/certificate/v1/statements.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::certificate {

// More than the amended confirmation says was re-exported already: FAILED_PRECONDITION.
inline constexpr char kConfirmationDrawn[] = "CONFIRMATION_DRAWN";
// It says what the one that stands says: INVALID_ARGUMENT.
inline constexpr char kConfirmationUnchanged[] = "CONFIRMATION_UNCHANGED";
// A field of an amended confirmation is missing or wrong: INVALID_ARGUMENT; receipt REFUSED.
inline constexpr char kAmendmentMalformed[] = "AMENDMENT_MALFORMED";

// Outbox message kind of amended confirmations.
inline constexpr char kAmendmentMessageKind[] = "amendment";

// Thread-safe.
class Confirmations final {
 public:
  Confirmations(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  // One durable transaction: the signed statement, the import book, statistics, the source, the
  // event and, by the mesh, the message to the issuer.
  absl::StatusOr<v1::AmendConfirmationResponse> Amend(const identity::SpiffeId& caller,
                                                      const v1::AmendConfirmationRequest& request);
  absl::StatusOr<v1::ListConfirmationsResponse> List(
      const v1::ListConfirmationsRequest& request) const;

 private:
  const Environment& env_;
  const OfficerRegister& officers_;
};

// --- What a row says ---

// A row with what its statement says; whether it stands is left to the caller.
absl::StatusOr<v1::Confirmation> ReadConfirmation(const ConfirmationRow& row);
// The versions of the way that counts: by the mesh where there are any. `rows` by way and version.
std::vector<ConfirmationRow> CountingVersions(const std::vector<ConfirmationRow>& rows);

// --- In transactions of others ---

// Keeps the confirmation itself, version 1.
absl::Status KeepFirstConfirmation(store::Transaction& tx, const Environment& env,
                                   const std::string& number, v1::ConfirmationWay way,
                                   const std::string& statement, const std::string& outcome);
// An amended confirmation of an own certificate. What it refuses is a receipt; what came too early
// is UNAVAILABLE, CONFIRMATION_GAP, and changes nothing.
absl::StatusOr<v1::ReceiptStatement> ReceiveAmendedConfirmation(
    store::Transaction& tx, const Environment& env, const std::string& sender,
    const statement::Statement& statement);
// How an own one (`sent`: its statement) came out at the issuer: its receipt, or null and the
// outcome of a message that was refused whole.
absl::Status NoteAmendmentOutcome(store::Transaction& tx, const Environment& env,
                                  const std::string& issuer, const std::string& sent,
                                  const v1::ReceiptStatement* receipt, const std::string& outcome);

}  // namespace kp::certificate
