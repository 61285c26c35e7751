#include "certificate-svc/rpc/source_handlers.h"

#include "certificate-svc/rpc/give.h"
#include "kp/certificate/v1/source_book_service.pb.h"

namespace kp::certificate {

void BindSourceBook(rpc::Service& service, Sources& sources) {
  using rpc::CallContext;
  using rpc::Lane;
  service.Unary<v1::ConfirmSourceRequest, v1::ConfirmSourceResponse>(
      "ConfirmSource", Lane::kWork, [&sources](CallContext& call, const auto& in, auto& out) {
        return Give(sources.Confirm(call.caller(), in), *out.mutable_source());
      });
  service.Unary<v1::CloseSourceRequest, v1::CloseSourceResponse>(
      "CloseSource", Lane::kWork, [&sources](CallContext& call, const auto& in, auto& out) {
        return Give(sources.Close(call.caller(), in), *out.mutable_source());
      });
  service.Unary<v1::GetSourceRequest, v1::GetSourceResponse>(
      "GetSource", Lane::kFast,
      [&sources](CallContext&, const auto& in, auto& out) { return Give(sources.Get(in), out); });
  service.Unary<v1::GetSourceProductionRequest, v1::GetSourceProductionResponse>(
      "GetSourceProduction", Lane::kFast, [&sources](CallContext&, const auto& in, auto& out) {
        return Give(sources.GetProduction(in), out);
      });
}

}  // namespace kp::certificate
