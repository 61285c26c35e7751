// The import book and transits, bound to their use cases.
#include "base/error.h"
#include "certificate-svc/rpc/give.h"
#include "certificate-svc/rpc/handlers.h"

namespace kp::certificate {

using rpc::CallContext;
using rpc::Lane;

void Handlers::BindImportBook() {
  imports_.Unary<v1::EnterPaperImportRequest, v1::EnterPaperImportResponse>(
      "EnterPaperImport", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.Enter(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::AmendPaperImportRequest, v1::AmendPaperImportResponse>(
      "AmendPaperImport", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.Amend(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::ConfirmPaperImportRequest, v1::ConfirmPaperImportResponse>(
      "ConfirmPaperImport", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.Confirm(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::RecordPaperImportEventRequest, v1::RecordPaperImportEventResponse>(
      "RecordPaperImportEvent", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.RecordEvent(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::RecordImportInspectionRequest, v1::RecordImportInspectionResponse>(
      "RecordImportInspection", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.Inspect(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::RecordOriginalRequest, v1::RecordOriginalResponse>(
      "RecordOriginal", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.RecordOriginal(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::RecordFailureReportRequest, v1::RecordFailureReportResponse>(
      "RecordFailureReport", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.RecordFailureReport(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::IssueImportCertificateRequest, v1::IssueImportCertificateResponse>(
      "IssueImportCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.IssueCertificate(call.caller(), in), *out.mutable_entry());
      });
  imports_.Unary<v1::GetImportRequest, v1::GetImportResponse>(
      "GetImport", Lane::kFast, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.imports.Get(in), out);
      });
  imports_.Unary<v1::ListImportsRequest, v1::ListImportsResponse>(
      "ListImports", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.List(call.caller(), in), out);
      });
  imports_.Unary<v1::ListOverdueImportsRequest, v1::ListOverdueImportsResponse>(
      "ListOverdueImports", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.imports.Overdue(call.caller(), in), out);
      });
  imports_.Unary<v1::RecordTransitEntryRequest, v1::RecordTransitEntryResponse>(
      "RecordTransitEntry", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.transits.Enter(call.caller(), in), *out.mutable_transit());
      });
  imports_.Unary<v1::RecordTransitExitRequest, v1::RecordTransitExitResponse>(
      "RecordTransitExit", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.transits.Exit(call.caller(), in), *out.mutable_transit());
      });
  imports_.Unary<v1::GetTransitRequest, v1::GetTransitResponse>(
      "GetTransit", Lane::kFast, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.transits.Get(in), *out.mutable_transit());
      });
}

}  // namespace kp::certificate
