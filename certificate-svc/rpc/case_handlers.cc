#include "certificate-svc/rpc/case_handlers.h"

#include "certificate-svc/rpc/give.h"
#include "kp/certificate/v1/case_service.pb.h"
#include "kp/certificate/v1/technical_service.pb.h"
#include "kp/certificate/v1/worklist_service.pb.h"

namespace kp::certificate {
void BindCases(rpc::Service& service, Cases& cases) {
  using rpc::CallContext;
  using rpc::Lane;
  service.Unary<v1::OpenCaseRequest, v1::OpenCaseResponse>(
      "OpenCase", Lane::kWork, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.Open(call.caller(), in), out);
      });
  service.Unary<v1::RemarkOnCaseRequest, v1::RemarkOnCaseResponse>(
      "RemarkOnCase", Lane::kWork, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.Remark(call.caller(), in), out);
      });
  service.Unary<v1::ProposeInCaseRequest, v1::ProposeInCaseResponse>(
      "ProposeInCase", Lane::kWork, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.Propose(call.caller(), in), out);
      });
  service.Unary<v1::AgreeInCaseRequest, v1::AgreeInCaseResponse>(
      "AgreeInCase", Lane::kWork, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.Agree(call.caller(), in), out);
      });
  service.Unary<v1::DeclineInCaseRequest, v1::DeclineInCaseResponse>(
      "DeclineInCase", Lane::kWork, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.Decline(call.caller(), in), out);
      });
  service.Unary<v1::GetCaseRequest, v1::GetCaseResponse>(
      "GetCase", Lane::kFast,
      [&cases](CallContext&, const auto& in, auto& out) { return Give(cases.Get(in), out); });
  service.Unary<v1::ListCasesRequest, v1::ListCasesResponse>(
      "ListCases", Lane::kFast, [&cases](CallContext& call, const auto& in, auto& out) {
        return Give(cases.List(call.caller(), in), out);
      });
}

void BindTechnical(rpc::Service& service, Technicals& technicals) {
  using rpc::CallContext;
  using rpc::Lane;
  service.Unary<v1::IssueTechnicalCertificateRequest, v1::IssueTechnicalCertificateResponse>(
      "IssueTechnicalCertificate", Lane::kWork,
      [&technicals](CallContext& call, const auto& in, auto& out) {
        return Give(technicals.Issue(call.caller(), in), out);
      });
  service.Unary<v1::ListTechnicalCertificatesRequest, v1::ListTechnicalCertificatesResponse>(
      "ListTechnicalCertificates", Lane::kFast,
      [&technicals](CallContext& call, const auto& in, auto& out) {
        return Give(technicals.List(call.caller(), in), out);
      });
  service.Unary<v1::ListReturnsDueRequest, v1::ListReturnsDueResponse>(
      "ListReturnsDue", Lane::kFast, [&technicals](CallContext& call, const auto& in, auto& out) {
        return Give(technicals.ReturnsDue(call.caller(), in), out);
      });
}

void BindWorklist(rpc::Service& service, Worklist& worklist) {
  service.Unary<v1::ListWorkItemsRequest, v1::ListWorkItemsResponse>(
      "ListWorkItems", rpc::Lane::kWork,
      [&worklist](rpc::CallContext& call, const auto& in, auto& out) {
        return Give(worklist.List(call.caller(), in), out);
      });
}

}  // namespace kp::certificate
