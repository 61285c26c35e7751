// What sets a slip right, bound to its use cases.
#include "certificate-svc/rpc/give.h"
#include "certificate-svc/rpc/handlers.h"

namespace kp::certificate {

using rpc::CallContext;
using rpc::Lane;

void Handlers::BindAmendments() {
  amendments_.Unary<v1::AmendConfirmationRequest, v1::AmendConfirmationResponse>(
      "AmendConfirmation", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.confirmations.Amend(call.caller(), in), out);
      });
  amendments_.Unary<v1::ListConfirmationsRequest, v1::ListConfirmationsResponse>(
      "ListConfirmations", Lane::kFast, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.confirmations.List(in), out);
      });
  amendments_.Unary<v1::VoidTechnicalCertificateRequest, v1::VoidTechnicalCertificateResponse>(
      "VoidTechnicalCertificate", Lane::kWork,
      [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.technicals.Void(call.caller(), in), out);
      });
}

}  // namespace kp::certificate
