#include "wco-bridge/domain/home_client.h"

#include "base/error.h"
#include "kp/certificate/v1/use_service.grpc.pb.h"
#include "kp/certificate/v1/verification_service.grpc.pb.h"

namespace kp::bridge {
namespace {

namespace cert = ::kp::certificate::v1;
using access::v1::ROLE_CERTIFICATE_SVC;

}  // namespace

absl::StatusOr<cert::VerifyCertificateResponse> HomeClient::Verify(
    const cert::VerifyCertificateRequest& request, const rpc::CallOptions& options) {
  KP_ASSIGN_OR_RETURN(const rpc::Peer home, node_.PeerOf(node_.party(), ROLE_CERTIFICATE_SVC));
  return node_.clients()
      .Call<cert::VerificationService::Stub, cert::VerifyCertificateRequest,
            cert::VerifyCertificateResponse>(
          home, &cert::VerificationService::Stub::VerifyCertificate, request, options);
}

absl::StatusOr<cert::ActResult> HomeClient::Reserve(const cert::ReserveUseRequest& request,
                                                    const rpc::CallOptions& options) {
  KP_ASSIGN_OR_RETURN(const rpc::Peer home, node_.PeerOf(node_.party(), ROLE_CERTIFICATE_SVC));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      (node_.clients()
           .Call<cert::UseService::Stub, cert::ReserveUseRequest, cert::ReserveUseResponse>(
               home, &cert::UseService::Stub::ReserveUse, request, options)));
  return response.result();
}

absl::StatusOr<cert::ActResult> HomeClient::Release(const cert::ReleaseUseRequest& request,
                                                    const rpc::CallOptions& options) {
  KP_ASSIGN_OR_RETURN(const rpc::Peer home, node_.PeerOf(node_.party(), ROLE_CERTIFICATE_SVC));
  KP_ASSIGN_OR_RETURN(
      const auto response,
      (node_.clients()
           .Call<cert::UseService::Stub, cert::ReleaseUseRequest, cert::ReleaseUseResponse>(
               home, &cert::UseService::Stub::ReleaseUse, request, options)));
  return response.result();
}

}  // namespace kp::bridge
