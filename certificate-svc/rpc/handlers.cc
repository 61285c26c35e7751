#include "certificate-svc/rpc/handlers.h"

#include "base/error.h"
#include "certificate-svc/rpc/case_handlers.h"
#include "certificate-svc/rpc/give.h"
#include "certificate-svc/rpc/incoming.h"
#include "certificate-svc/rpc/outbox_view.h"
#include "certificate-svc/rpc/source_handlers.h"
#include "kp/certificate/v1/exchange_service.pb.h"
#include "mesh/rpc/status.h"

namespace kp::certificate {
namespace {

using rpc::CallContext;
using rpc::Lane;

// The party behind the handshake: its trust domain's owner by the trust documents, never a field.
absl::StatusOr<std::string> PartyOf(const Environment& env, const identity::SpiffeId& caller) {
  KP_ASSIGN_OR_RETURN(const auto snapshot, env.trust.Usable());
  const trust::v1::Party* party = snapshot->PartyByDomain(caller.trust_domain());
  if (party == nullptr) {
    return absl::PermissionDeniedError("the caller's trust domain belongs to no party");
  }
  return party->id();
}

}  // namespace

Handlers::Handlers(const UseCases& cases) : cases_(cases) {
  BindRegister();
  BindVerification();
  BindUse();
  BindExchange();
  BindAdministration();
  BindStatistics();
  BindArchive();
  BindCases(case_, cases_.cases);
  BindTechnical(technical_, cases_.technicals);
  BindSourceBook(source_book_, cases_.sources);
  BindWorklist(worklist_, cases_.worklist);
  BindImportBook();
  BindAmendments();
}

void Handlers::BindRegister() {
  register_.Unary<v1::ApplyForCertificateRequest, v1::ApplyForCertificateResponse>(
      "ApplyForCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Apply(call.caller(), in), out);
      });
  register_.Unary<v1::IssueCertificateRequest, v1::IssueCertificateResponse>(
      "IssueCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Issue(call.caller(), in), out);
      });
  register_.Unary<v1::ValidateCertificateRequest, v1::ValidateCertificateResponse>(
      "ValidateCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Validate(call.caller(), in), out);
      });
  register_.Unary<v1::ExportCertificateRequest, v1::ExportCertificateResponse>(
      "ExportCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Export(call.caller(), in), out);
      });
  register_.Unary<v1::AmendApplicationRequest, v1::AmendApplicationResponse>(
      "AmendApplication", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Amend(call.caller(), in), out);
      });
  register_.Unary<v1::ReplaceCertificateRequest, v1::ReplaceCertificateResponse>(
      "ReplaceCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Replace(call.caller(), in), out);
      });
  register_.Unary<v1::RecordDeficiencyRequest, v1::RecordDeficiencyResponse>(
      "RecordDeficiency", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.life.FindDeficient(call.caller(), in), *out.mutable_certificate());
      });
  register_.Unary<v1::RejectApplicationRequest, v1::RejectApplicationResponse>(
      "RejectApplication", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.life.Reject(call.caller(), in), *out.mutable_certificate());
      });
  register_.Unary<v1::RecordCertificateEventRequest, v1::RecordCertificateEventResponse>(
      "RecordCertificateEvent", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.life.Record(call.caller(), in), *out.mutable_certificate());
      });
  register_.Unary<v1::RecordInspectionRequest, v1::RecordInspectionResponse>(
      "RecordInspection", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.life.Inspect(call.caller(), in), *out.mutable_certificate());
      });
  register_.Unary<v1::OpenSourceRequest, v1::OpenSourceResponse>(
      "OpenSource", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.sources.Open(call.caller(), in), *out.mutable_source());
      });
  register_.Unary<v1::ListSourcesRequest, v1::ListSourcesResponse>(
      "ListSources", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.sources.List(call.caller(), in), out);
      });
  register_.Unary<v1::AllotSerialRangeRequest, v1::AllotSerialRangeResponse>(
      "AllotSerialRange", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.serial_ranges.Allot(call.caller(), in), out);
      });
  register_.Unary<v1::ListSerialRangesRequest, v1::ListSerialRangesResponse>(
      "ListSerialRanges", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.serial_ranges.List(call.caller(), in), out);
      });
  register_.Unary<v1::CorrectCertificateRequest, v1::CorrectCertificateResponse>(
      "CorrectCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.life.Correct(call.caller(), in), *out.mutable_certificate());
      });
  register_.Unary<v1::GetCertificateRequest, v1::GetCertificateResponse>(
      "GetCertificate", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Get(call.caller(), in), out);
      });
  register_.Unary<v1::ListCertificatesRequest, v1::ListCertificatesResponse>(
      "ListCertificates", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.List(call.caller(), in), out);
      });
  register_.Unary<v1::ListOverdueConfirmationsRequest, v1::ListOverdueConfirmationsResponse>(
      "ListOverdueConfirmations", Lane::kFast,
      [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.records.Overdue(call.caller(), in), out);
      });
  register_.Unary<v1::ListCertificateEventsRequest, v1::ListCertificateEventsResponse>(
      "ListCertificateEvents", Lane::kFast, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.records.Events(in), out);
      });
  register_.Stream<v1::WatchCertificatesRequest, v1::WatchCertificatesResponse>(
      "WatchCertificates", Lane::kFast, [this](CallContext&, const auto& in, auto writer) {
        return cases_.watches.Certificates(in, writer);
      });
}

void Handlers::BindArchive() {
  archive_.Unary<v1::PurgeArchivedRequest, v1::PurgeArchivedResponse>(
      "PurgeArchived", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.retention.Purge(call.caller(), in), out);
      });
}

void Handlers::BindVerification() {
  verification_.Unary<v1::VerifyCertificateRequest, v1::VerifyCertificateResponse>(
      "VerifyCertificate", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.verifier.Verify(call, in), out);
      });
  const auto verify_batch = [this](CallContext& call, const v1::BatchVerifyCertificatesRequest& in,
                                   v1::BatchVerifyCertificatesResponse& out) -> absl::Status {
    KP_ASSIGN_OR_RETURN(auto responses, cases_.verifier.VerifyMany(call, in));
    for (auto& response : responses) {
      v1::BatchVerifyCertificatesItem& item = *out.add_items();
      if (response.ok()) {
        *item.mutable_response() = *std::move(response);
      } else {
        *item.mutable_status() = rpc::ToRpcStatus(response.status());
      }
    }
    return absl::OkStatus();
  };
  verification_.Unary<v1::BatchVerifyCertificatesRequest, v1::BatchVerifyCertificatesResponse>(
      "BatchVerifyCertificates", Lane::kWork, verify_batch);
  verification_
      .Conversation<v1::StreamVerifyCertificatesRequest, v1::StreamVerifyCertificatesResponse>(
          "StreamVerifyCertificates", Lane::kWork,
          [verify_batch](CallContext& call, const auto& in, auto& out) {
            return WithFieldPrefix(verify_batch(call, in.batch(), *out.mutable_batch()), "batch");
          });
  verification_.Unary<v1::GetTicketRequest, v1::GetTicketResponse>(
      "GetTicket", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.verifier.GetTicket(call.caller(), in.ticket_id()), out);
      });
  verification_.Unary<v1::GetEvidenceRequest, v1::GetEvidenceResponse>(
      "GetEvidence", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.verifier.GetEvidence(call.caller(), in.evidence_id()), out);
      });
  verification_.Unary<v1::ListIncomingCertificatesRequest, v1::ListIncomingCertificatesResponse>(
      "ListIncomingCertificates", Lane::kFast,
      [this](CallContext& call, const auto& in, auto& out) {
        return Give(ListIncomingCertificates(cases_.environment, call.caller(), in), out);
      });
  verification_.Stream<v1::WatchIncomingCertificatesRequest, v1::WatchIncomingCertificatesResponse>(
      "WatchIncomingCertificates", Lane::kFast, [this](CallContext&, const auto& in, auto writer) {
        return cases_.watches.Incoming(in, writer);
      });
}

void Handlers::BindUse() {
  use_.Unary<v1::ConfirmImportRequest, v1::ConfirmImportResponse>(
      "ConfirmImport", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.uses.Confirm(call, in), *out.mutable_result());
      });
  use_.Unary<v1::RecordImportEventRequest, v1::RecordImportEventResponse>(
      "RecordImportEvent", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.uses.Record(call, in), *out.mutable_result());
      });
  use_.Unary<v1::ReserveUseRequest, v1::ReserveUseResponse>(
      "ReserveUse", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.uses.Reserve(call, in), *out.mutable_result());
      });
  use_.Unary<v1::WriteOffUseRequest, v1::WriteOffUseResponse>(
      "WriteOffUse", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.uses.WriteOff(call, in), *out.mutable_result());
      });
  use_.Unary<v1::ReleaseUseRequest, v1::ReleaseUseResponse>(
      "ReleaseUse", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.uses.Release(call, in), *out.mutable_result());
      });
  use_.Unary<v1::GetUseRequest, v1::GetUseResponse>(
      "GetUse", Lane::kFast,
      [this](CallContext&, const auto& in, auto& out) { return Give(cases_.uses.Get(in), out); });
}

void Handlers::BindExchange() {
  exchange_.Unary<v1::AnswerVerificationRequest, v1::AnswerVerificationResponse>(
      "AnswerVerification", Lane::kFast,
      [this](CallContext& call, const auto& in, auto& out) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const std::string asker, PartyOf(cases_.environment, call.caller()));
        return Give(cases_.answerer.Answer(asker, in.question()), *out.mutable_answer());
      });
  exchange_.Unary<v1::BatchAnswerVerificationsRequest, v1::BatchAnswerVerificationsResponse>(
      "BatchAnswerVerifications", Lane::kWork,
      [this](CallContext& call, const auto& in, auto& out) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const std::string asker, PartyOf(cases_.environment, call.caller()));
        KP_ASSIGN_OR_RETURN(
            auto answers,
            cases_.answerer.AnswerMany(asker, {in.questions().begin(), in.questions().end()}));
        for (std::string& answer : answers) out.add_answers(std::move(answer));
        return absl::OkStatus();
      });
  exchange_.Unary<v1::DeliverStatementRequest, v1::DeliverStatementResponse>(
      "DeliverStatement", Lane::kWork,
      [this](CallContext& call, const auto& in, auto& out) -> absl::Status {
        KP_ASSIGN_OR_RETURN(const std::string sender, PartyOf(cases_.environment, call.caller()));
        return Give(cases_.receiver.Receive(sender, in.message_id(), in.statement()),
                    *out.mutable_receipt());
      });
}

void Handlers::BindAdministration() {
  administration_.Unary<v1::AddOfficerRequest, v1::AddOfficerResponse>(
      "AddOfficer", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.officers.Add(call.caller(), in), *out.mutable_officer());
      });
  administration_.Unary<v1::EndOfficerRequest, v1::EndOfficerResponse>(
      "EndOfficer", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.officers.End(call.caller(), in), *out.mutable_officer());
      });
  administration_.Unary<v1::ListOfficersRequest, v1::ListOfficersResponse>(
      "ListOfficers", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.officers.List(call.caller(), in), out);
      });
  administration_.Unary<v1::ListOutboxMessagesRequest, v1::ListOutboxMessagesResponse>(
      "ListOutboxMessages", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(ListOutbox(cases_.environment, call.caller(), in), out);
      });
  administration_.Unary<v1::GetOutboxMessageRequest, v1::GetOutboxMessageResponse>(
      "GetOutboxMessage", Lane::kFast, [this](CallContext&, const auto& in, auto& out) {
        return Give(ShowOutboxMessage(cases_.environment, in.id()), *out.mutable_message());
      });
  administration_.Unary<v1::RetryOutboxMessageRequest, v1::RetryOutboxMessageResponse>(
      "RetryOutboxMessage", Lane::kWork,
      [this](CallContext&, const auto& in, auto& out) -> absl::Status {
        KP_RETURN_IF_ERROR(cases_.environment.outbox.Retry(in.id()));
        return Give(ShowOutboxMessage(cases_.environment, in.id()), *out.mutable_message());
      });
  administration_.Unary<v1::DiscardOutboxMessageRequest, v1::DiscardOutboxMessageResponse>(
      "DiscardOutboxMessage", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(DiscardOutboxMessage(cases_.environment, cases_.officers, call.caller(), in),
                    *out.mutable_message());
      });
}

void Handlers::BindStatistics() {
  statistics_.Unary<v1::GetQuarterRequest, v1::GetQuarterResponse>(
      "GetQuarter", Lane::kWork, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.statistics.GetQuarter(in), out);
      });
  statistics_.Unary<v1::FileQuarterRequest, v1::FileQuarterResponse>(
      "FileQuarter", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.statistics.FileQuarter(call.caller(), in), out);
      });
  statistics_.Unary<v1::ListFiledQuartersRequest, v1::ListFiledQuartersResponse>(
      "ListFiledQuarters", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.statistics.ListFiledQuarters(call.caller(), in), out);
      });
  statistics_.Unary<v1::GetMirrorRequest, v1::GetMirrorResponse>(
      "GetMirror", Lane::kWork, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.statistics.GetMirror(in), out);
      });
  statistics_.Unary<v1::FileFiguresRequest, v1::FileFiguresResponse>(
      "FileFigures", Lane::kWork, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.statistics.FileFigures(call.caller(), in), out);
      });
  statistics_.Unary<v1::ListFiguresRequest, v1::ListFiguresResponse>(
      "ListFigures", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.statistics.ListFigures(call.caller(), in), out);
      });
  statistics_.Unary<v1::ListMonthlyReportRequest, v1::ListMonthlyReportResponse>(
      "ListMonthlyReport", Lane::kFast, [this](CallContext& call, const auto& in, auto& out) {
        return Give(cases_.statistics.MonthlyReport(call.caller(), in), out);
      });
  statistics_.Unary<v1::GetBalanceRequest, v1::GetBalanceResponse>(
      "GetBalance", Lane::kWork, [this](CallContext&, const auto& in, auto& out) {
        return Give(cases_.statistics.GetBalance(in), out);
      });
}

}  // namespace kp::certificate
