// The receiving side of DeliverStatement: pre-alerts to this entity as importer, and uses of this
// entity's certificates by their importers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certificate-svc/domain/environment.h"
#include "kp/certificate/v1/statements.pb.h"

namespace kp::certificate {

// The delivered statement is not one that this version takes: INVALID_ARGUMENT.
inline constexpr char kStatementKindUnknown[] = "STATEMENT_KIND_UNKNOWN";
// A pre-alert whose contents contradict the certificate in it: receipt REFUSED.
inline constexpr char kPreAlertContradicts[] = "PREALERT_CONTRADICTS";

struct ReceiverOptions {
  absl::Duration reservation = absl::Hours(30 * 24);
};

// Thread-safe.
class Receiver final {
 public:
  Receiver(const Environment& environment, const ReceiverOptions& options)
      : env_(environment), options_(options) {}

  // `sender`: party id from the handshake. Returns the signed receipt, which is stored in the
  // transaction of the effect; a repetition gets the same one. Errors are about statements that
  // cannot be taken at all: INVALID_ARGUMENT and PERMISSION_DENIED with a STATEMENT_ reason,
  // ALREADY_EXISTS/MESSAGE_ID_REUSED. A refusal in substance is a receipt.
  absl::StatusOr<std::string> Receive(const std::string& sender, const std::string& message_id,
                                      const std::string& statement_bytes);

 private:
  struct Result {
    v1::ReceiptStatement receipt;
  };
  absl::StatusOr<Result> ReceivePreAlert(store::Transaction& tx, const std::string& sender,
                                         const statement::Statement& statement);
  absl::StatusOr<Result> ReceiveUse(store::Transaction& tx, const std::string& sender,
                                    const statement::Statement& statement);

  const Environment& env_;
  const ReceiverOptions options_;
};

}  // namespace kp::certificate
