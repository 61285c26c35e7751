// The importing side of uses: acts of this entity's officers and customs on certificates of others.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "certificate-svc/domain/environment.h"
#include "certificate-svc/domain/officer_register.h"
#include "kp/certificate/v1/use_service.pb.h"
#include "mesh/rpc/call_context.h"
#include "scheme/certificate_number.h"
#include "scheme/rules.h"

namespace kp::certificate {

// Nothing was ever done about this certificate here: NOT_FOUND.
inline constexpr char kUseUnknown[] = "USE_UNKNOWN";
// The issuer has no certificate-svc in the mesh, so nobody can receive the act:
// FAILED_PRECONDITION.
inline constexpr char kIssuerUnreachable[] = "ISSUER_NOT_CONNECTED";
// The act names a customs administration that does not act for this entity: INVALID_ARGUMENT.
inline constexpr char kCustomsUnknown[] = "CUSTOMS_PARTNER_UNKNOWN";
// The day of an act on the goods lies before the export that the issuer told of: INVALID_ARGUMENT.
inline constexpr char kBeforeExport[] = "BEFORE_EXPORT";
// A confirmation says too little about what arrived: INVALID_ARGUMENT.
inline constexpr char kArrivalIncomplete[] = "ARRIVAL_INCOMPLETE";

// The state is none that an officer of the importing entity can record: INVALID_ARGUMENT.
inline constexpr char kGoodsStateNotRecordable[] = "GOODS_STATE_NOT_RECORDABLE";

// Nothing arrives before it left: BEFORE_EXPORT under `field`.
absl::Status CheckNotBeforeExport(scheme::Date day, const v1::PreAlertStatement& alert,
                                  const char* field);

// What a confirmation must say, and what no arrival can be: the rules of a certificate's own lines.
// `stated` read as `arrival`. INVALID_ARGUMENT with paths under "arrival.".
absl::Status CheckArrival(const SchemeView& view, const v1::Arrival& stated,
                          const scheme::Arrival& arrival, scheme::Date today);

// Thread-safe. Each act is written with its outbox message in one transaction and delivered at
// once; the result is the issuer's receipt, or PENDING when it is not there within the call's
// deadline. The same request_id asks again.
class Uses final {
 public:
  Uses(const Environment& environment, const OfficerRegister& officers)
      : env_(environment), officers_(officers) {}

  // Outbox message kinds: acts on a use, and on goods.
  static constexpr char kUseKind[] = "use";
  static constexpr char kGoodsKind[] = "goods";

  absl::StatusOr<v1::ActResult> Confirm(const rpc::CallContext& call,
                                        const v1::ConfirmImportRequest& request);
  absl::StatusOr<v1::ActResult> Record(const rpc::CallContext& call,
                                       const v1::RecordImportEventRequest& request);
  absl::StatusOr<v1::ActResult> Reserve(const rpc::CallContext& call,
                                        const v1::ReserveUseRequest& request);
  absl::StatusOr<v1::ActResult> WriteOff(const rpc::CallContext& call,
                                         const v1::WriteOffUseRequest& request);
  absl::StatusOr<v1::ActResult> Release(const rpc::CallContext& call,
                                        const v1::ReleaseUseRequest& request);
  absl::StatusOr<v1::GetUseResponse> Get(const v1::GetUseRequest& request) const;

  // Whether `receipt` is the issuer's receipt for this statement, for the sender of the message.
  absl::StatusOr<v1::ReceiptStatement> CheckReceipt(const std::string& issuer,
                                                    const std::string& message_id,
                                                    const std::string& statement_bytes,
                                                    const std::string& receipt) const;

 private:
  // Signs the act, notes it in the import book, sends it once per request, and waits. `inspection`
  // is noted with it; null: none.
  template <typename Request>
  absl::StatusOr<v1::ActResult> Perform(const rpc::CallContext& call, const std::string& method,
                                        const Request& request, v1::UseStatement act,
                                        const v1::ImportInspection* inspection = nullptr);
  template <typename Request>
  absl::StatusOr<v1::ActResult> Customs(const rpc::CallContext& call, const std::string& method,
                                        const Request& request, v1::UseAct act);
  // What the issuer announced; none without a pre-alert.
  absl::StatusOr<std::optional<v1::PreAlertStatement>> Announced(
      const scheme::CertificateNumber& number) const;
  // Puts in what the Core Document asks of a confirmation of receipt (III(b)) and the officer left
  // to the pre-alert. ARRIVAL_INCOMPLETE where neither tells it.
  absl::Status CompleteConfirmation(const scheme::CertificateNumber& number,
                                    v1::UseStatement& act) const;
  // What the import book and the own profile say against a confirmation.
  absl::Status CheckConfirmation(const SchemeView& view, const std::string& number,
                                 const v1::UseStatement& act,
                                 const v1::ImportInspection* inspection) const;
  absl::StatusOr<v1::ActResult> ResultOf(const outbox::Message& message) const;

  // Callers that wait for a receipt, by partner.
  struct Waiting {
    std::mutex mutex;
    std::map<std::string, int> by_partner;
  };
  class WaitingPlace;

  const Environment& env_;
  const OfficerRegister& officers_;
  Waiting waiting_;
};

}  // namespace kp::certificate
