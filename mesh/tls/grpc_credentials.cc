#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "mesh/tls/credentials.h"

namespace kp::tls {
namespace {

namespace grpc_tls = grpc::experimental;

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// The whole trust decision of a handshake. OpenSSL has by then proven that the peer holds the key
// of the certificate it sent, and nothing more.
class PeerVerifier final : public grpc_tls::ExternalCertificateVerifier {
 public:
  PeerVerifier(Verification verification, PeerSide side, std::optional<identity::SpiffeId> expected)
      : verification_(std::move(verification)), side_(side), expected_(std::move(expected)) {}

  bool Verify(grpc_tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    Judgement judgement =
        JudgePeer(*verification_.anchors->Current(), View(request->peer_cert()),
                  View(request->peer_cert_full_chain()), side_, verification_.clock->Now());
    if (!judgement.refusal.has_value() && expected_.has_value() && *judgement.id != *expected_) {
      judgement.refusal = Refusal::kWrongPeer;
      judgement.detail = "expected " + expected_->ToString();
    }
    if (judgement.refusal.has_value()) {
      verification_.refusals->OnRefused(
          {side_ == PeerSide::kClient ? Where::kServerHandshake : Where::kClientHandshake,
           *judgement.refusal, judgement.claimed_id, judgement.leaf_fingerprint, judgement.detail});
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                  std::string(RefusalName(*judgement.refusal)));
    }
    return true;
  }

  void Cancel(grpc_tls::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const Verification verification_;
  const PeerSide side_;
  const std::optional<identity::SpiffeId> expected_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const Credentials& credentials,
                                                               Verification verification) {
  grpc_tls::TlsServerCredentialsOptions options(credentials.provider());
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(grpc_tls::ExternalCertificateVerifier::Create<PeerVerifier>(
      std::move(verification), PeerSide::kClient, std::nullopt));
  return grpc_tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(const Credentials& credentials,
                                                                 Verification verification,
                                                                 identity::SpiffeId expected) {
  grpc_tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(credentials.provider());
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(grpc_tls::ExternalCertificateVerifier::Create<PeerVerifier>(
      std::move(verification), PeerSide::kServer, std::move(expected)));
  return grpc_tls::TlsCredentials(options);
}

}  // namespace kp::tls
