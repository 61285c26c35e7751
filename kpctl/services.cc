#include "kpctl/services.h"

#include <algorithm>

#include "kp/bridge/v1/bridge_service.pb.h"
#include "kp/certificate/v1/administration_service.pb.h"
#include "kp/certificate/v1/amendment_service.pb.h"
#include "kp/certificate/v1/archive_service.pb.h"
#include "kp/certificate/v1/case_service.pb.h"
#include "kp/certificate/v1/exchange_service.pb.h"
#include "kp/certificate/v1/import_book_service.pb.h"
#include "kp/certificate/v1/register_service.pb.h"
#include "kp/certificate/v1/source_book_service.pb.h"
#include "kp/certificate/v1/statistics_service.pb.h"
#include "kp/certificate/v1/technical_service.pb.h"
#include "kp/certificate/v1/use_service.pb.h"
#include "kp/certificate/v1/verification_service.pb.h"
#include "kp/certificate/v1/worklist_service.pb.h"
#include "kp/registry/v1/change_service.pb.h"
#include "kp/registry/v1/notice_service.pb.h"
#include "kp/registry/v1/registry_service.pb.h"
#include "kp/registry/v1/report_service.pb.h"
#include "kp/trust/v1/trust_service.pb.h"

namespace kp::kpctl {

std::vector<const google::protobuf::ServiceDescriptor*> AllServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  // One message of each file: naming it also keeps the linker from dropping the file.
  for (const google::protobuf::FileDescriptor* file :
       {bridge::v1::SubmitDeclarationRequest::descriptor()->file(),
        certificate::v1::AddOfficerRequest::descriptor()->file(),
        certificate::v1::AmendConfirmationRequest::descriptor()->file(),
        certificate::v1::PurgeArchivedRequest::descriptor()->file(),
        certificate::v1::OpenCaseRequest::descriptor()->file(),
        certificate::v1::DeliverStatementRequest::descriptor()->file(),
        certificate::v1::GetImportRequest::descriptor()->file(),
        certificate::v1::GetCertificateRequest::descriptor()->file(),
        certificate::v1::GetSourceRequest::descriptor()->file(),
        certificate::v1::GetQuarterRequest::descriptor()->file(),
        certificate::v1::IssueTechnicalCertificateRequest::descriptor()->file(),
        certificate::v1::ConfirmImportRequest::descriptor()->file(),
        certificate::v1::VerifyCertificateRequest::descriptor()->file(),
        certificate::v1::ListWorkItemsRequest::descriptor()->file(),
        registry::v1::GetParticipantRequest::descriptor()->file(),
        registry::v1::ProposeChangeRequest::descriptor()->file(),
        registry::v1::FileNoticeRequest::descriptor()->file(),
        registry::v1::FileReportRequest::descriptor()->file(),
        trust::v1::GetManifestRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  std::sort(services.begin(), services.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  return services;
}

}  // namespace kp::kpctl
