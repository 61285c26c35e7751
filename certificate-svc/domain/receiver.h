// The receiving side of DeliverStatement: pre-alerts and states of certificates that name this
// entity as importer, what importers do with this entity's certificates and their goods, and what
// partners file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/store/certificates.h"
#include "kp/certificate/v1/statements.pb.h"
#include "scheme/lifecycle.h"

namespace kp::certificate {

// The delivered statement is not one that this version takes: INVALID_ARGUMENT.
inline constexpr char kStatementKindUnknown[] = "STATEMENT_KIND_UNKNOWN";
// A pre-alert whose contents contradict the certificate in it: receipt REFUSED.
inline constexpr char kPreAlertContradicts[] = "PREALERT_CONTRADICTS";
// A status that contradicts the certificate, the books or an earlier status: receipt REFUSED.
inline constexpr char kStatusContradicts[] = "STATUS_CONTRADICTS";
// A confirmation of another certificate of this number than the one that was announced: receipt
// REFUSED.
inline constexpr char kCertificateDigestDiffers[] = "CERTIFICATE_DIGEST_DIFFERS";
// A statement about a certificate of which no pre-alert of this sender came: receipt REFUSED.
inline constexpr char kPreAlertMissing[] = "PREALERT_MISSING";

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
  absl::StatusOr<v1::ReceiptStatement> Handle(store::Transaction& tx, const std::string& sender,
                                              const statement::Statement& statement);
  absl::StatusOr<v1::ReceiptStatement> ReceivePreAlert(store::Transaction& tx,
                                                       const std::string& sender,
                                                       const statement::Statement& statement);
  absl::StatusOr<v1::ReceiptStatement> ReceiveStatus(store::Transaction& tx,
                                                     const std::string& sender,
                                                     const statement::Statement& statement);
  absl::StatusOr<v1::ReceiptStatement> ReceiveUse(store::Transaction& tx,
                                                  const std::string& sender,
                                                  const statement::Statement& statement);
  // What became of the goods at the importing entity, before their import is confirmed.
  absl::StatusOr<v1::ReceiptStatement> ReceiveGoodsAct(store::Transaction& tx,
                                                       const scheme::EntityCode& by,
                                                       const v1::UseStatement& act,
                                                       scheme::Event event, CertificateRow row,
                                                       const std::string& digest);

  const Environment& env_;
  const ReceiverOptions options_;
};

}  // namespace kp::certificate
