// What this register answered to others, what this entity asked of others, and certificates of
// others that name it. Functions work in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kp/certificate/v1/certificate.pb.h"
#include "mesh/store/session.h"

namespace kp::certificate {

namespace pb = ::kp::certificate::v1;

// --- As issuer ---

// Wrong statements by `asker` about this certificate so far.
absl::StatusOr<int64_t> WrongTries(store::ReadSession& session, std::string_view number,
                                   std::string_view asker);
// Counts one more and returns how many there are now.
absl::StatusOr<int64_t> CountWrongTry(store::Transaction& tx, std::string_view number,
                                      std::string_view asker);

// Keeps an answer as it was signed; the same answer twice is kept once.
absl::Status SaveAnswer(store::Transaction& tx, std::string_view digest, std::string_view number,
                        std::string_view asker, absl::Time answered_at,
                        const std::string& statement);

// --- As asker ---

struct Evidence {
  std::string id;
  std::string caller;    // SPIFFE id that asked
  std::string number;    // canonical
  std::string question;  // deterministic CBOR as it was sent; empty when nobody was asked
  std::string answer;    // as received; empty without one
  std::string response;  // serialised VerifyCertificateResponse
  absl::Time verified_at;
};
// Answers and evidence that no event tells of yet, at most `limit` of each, touched so that one does;
// returns of how many.
absl::StatusOr<int64_t> TouchUnsealed(store::Transaction& tx, int limit);

absl::Status SaveEvidence(store::Transaction& tx, const Evidence& evidence);
absl::StatusOr<std::optional<Evidence>> FindEvidence(store::ReadSession& session,
                                                     std::string_view id);

struct Ticket {
  std::string id;
  std::string caller;
  std::string request;     // serialised VerifyCertificateRequest
  std::string question;    // deterministic CBOR, asked again and again
  std::string message_id;  // outbox message that asks
  absl::Time asked_at;
  std::string evidence_id;  // empty while open
};
absl::Status SaveTicket(store::Transaction& tx, const Ticket& ticket);
absl::StatusOr<std::optional<Ticket>> FindTicket(store::ReadSession& session, std::string_view id);
// Sets the evidence of an open ticket.
absl::Status AnswerTicket(store::Transaction& tx, std::string_view id,
                          std::string_view evidence_id);

// --- As importing entity ---

struct Incoming {
  int64_t cursor = 0;  // rises from one certificate to the next
  int64_t change = 0;  // rises with every change of any of them
  std::string number{};
  std::string issuer{};
  std::string prealert{};  // as received
  absl::Time received_at{};
  std::string receipt{};  // the issuer's latest receipt about its use; empty without one
  // By the issuer's latest word, and the statement of it; empty while only receipts told it.
  pb::CertificateState state = pb::CERTIFICATE_STATE_UNSPECIFIED;
  std::string status_statement{};
};
// Enters a certificate; a second pre-alert for the same number changes nothing.
absl::Status SaveIncoming(store::Transaction& tx, const Incoming& incoming);
struct IncomingFilter {
  std::string issuer{};                        // empty: all
  std::vector<pb::CertificateState> states{};  // empty: all
  std::string exported_from{};                 // YYYY-MM-DD; empty: any
  std::string exported_until{};                // not included; empty: any
  // Behind this one, the last of the page before: by cursor, or with days by these two.
  int64_t before_cursor = 0;  // 0: from the newest
  std::string before_day{};
  std::string before_number{};
  int limit = 50;

  bool by_day() const { return !exported_from.empty() || !exported_until.empty(); }
};
// The condition and the order of ListIncoming, for it and for the test that asks the database by
// which index it finds them.
std::string IncomingListSql(const IncomingFilter& filter);
// Newest first: with a day of export by that day and by number, which is how an index finds them,
// else by cursor.
absl::StatusOr<std::vector<Incoming>> ListIncoming(store::ReadSession& session,
                                                   const IncomingFilter& filter);

// Position of the newest change; 0 when there is none.
absl::StatusOr<int64_t> LastIncomingChange(store::ReadSession& session);
// As they are now, by the change that made them so, above `after_change`, oldest first.
absl::StatusOr<std::vector<Incoming>> IncomingChangedAfter(store::ReadSession& session,
                                                           int64_t after_change, int limit);

// The issuer's statements and its receipts come by different ways and may overtake each other: a
// state that is closed (from CERTIFICATE_STATE_CONFIRMED on) is left only by another closed one,
// and a status statement that closes nothing (an endorsed error) moves no state. Both move the
// entry in the import book as well.

// What the issuer said became of a certificate that it announced; false when it announced none.
absl::StatusOr<bool> SaveIncomingStatus(store::Transaction& tx, std::string_view number,
                                        std::string_view issuer, pb::CertificateState state,
                                        const std::string& statement);
// The same by a receipt of the issuer; does nothing for a certificate without pre-alert.
absl::Status SaveIncomingState(store::Transaction& tx, std::string_view number,
                               pb::CertificateState state);
absl::StatusOr<std::optional<Incoming>> FindIncoming(store::ReadSession& session,
                                                     std::string_view number);

// The issuer's latest receipt about the use of a certificate.
absl::Status SaveHomeUse(store::Transaction& tx, std::string_view number,
                         const std::string& receipt, absl::Time received_at);
// Empty when there is none.
absl::StatusOr<std::string> FindHomeUse(store::ReadSession& session, std::string_view number);

}  // namespace kp::certificate
