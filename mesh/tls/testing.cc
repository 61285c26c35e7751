#include "mesh/tls/testing.h"

#include <arpa/inet.h>
#include <grpc/support/log.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::tls::testing {
namespace {

namespace grpc_tls = grpc::experimental;

using SslCtxPtr = statement::OpensslPtr<SSL_CTX, SSL_CTX_free>;
using SslPtr = statement::OpensslPtr<SSL, SSL_free>;

std::mutex log_mutex;
std::shared_ptr<Recorder> log_recorder;  // guarded by log_mutex

void OnGrpcLog(gpr_log_func_args* args) {
  const std::optional<Refusal> refusal = RefusalInGrpcLog(args->message);
  std::shared_ptr<Recorder> recorder;
  {
    const std::lock_guard lock(log_mutex);
    recorder = log_recorder;
  }
  if (refusal.has_value() && recorder != nullptr) {
    recorder->OnRefused({Where::kServerHandshake, *refusal, "", "", args->message});
  } else {
    std::cerr << "gRPC: " << args->message << "\n";
  }
}

grpc::ByteBuffer ToBuffer(const std::string& text) {
  grpc::Slice slice(text);
  return {&slice, 1};
}

std::string ToText(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return text;
}

class WhoAmIReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit WhoAmIReactor(absl::StatusOr<identity::SpiffeId> caller) : caller_(std::move(caller)) {
    StartRead(&request_);
  }

  void OnReadDone(bool /*ok*/) override {
    if (!caller_.ok()) {
      Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, ReasonOf(caller_.status())));
      return;
    }
    response_ = ToBuffer(caller_->ToString());
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  absl::StatusOr<identity::SpiffeId> caller_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

class BelievesAnybody final : public grpc_tls::ExternalCertificateVerifier {
 public:
  bool Verify(grpc_tls::TlsCustomVerificationCheckRequest* /*request*/,
              std::function<void(grpc::Status)> /*callback*/,
              grpc::Status* /*sync_status*/) override {
    return true;
  }
  void Cancel(grpc_tls::TlsCustomVerificationCheckRequest* /*request*/) override {}
};

int CountTicket(SSL* ssl, SSL_SESSION* session) {
  auto* outcome = static_cast<RawOutcome*>(SSL_get_app_data(ssl));
  outcome->tickets += SSL_SESSION_is_resumable(session);
  return 0;
}

int ConnectSocket(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

absl::Time TestTime() {
  return absl::FromCivil(absl::CivilSecond(2041, 5, 6, 7, 8, 9), absl::UTCTimeZone());
}

void Recorder::OnRefused(const RefusalEvent& event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(event);
  arrived_.notify_all();
}

int Recorder::Count(Where where, Refusal reason) const {
  const std::lock_guard lock(mutex_);
  int count = 0;
  for (const RefusalEvent& event : events_) {
    count += event.where == where && event.reason == reason ? 1 : 0;
  }
  return count;
}

int Recorder::Total() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(events_.size());
}

std::string Recorder::Describe() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const RefusalEvent& event : events_) {
    absl::StrAppend(&text, std::string(WhereName(event.where)), " ",
                    std::string(RefusalName(event.reason)), " ", event.claimed_id, " (",
                    event.detail, ")\n");
  }
  return text;
}

bool Recorder::Wait(Where where, Refusal reason) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, std::chrono::seconds(10), [&] {
    for (const RefusalEvent& event : events_) {
      if (event.where == where && event.reason == reason) {
        return true;
      }
    }
    return false;
  });
}

void RecordGrpcLog(std::shared_ptr<Recorder> recorder) {
  const std::lock_guard lock(log_mutex);
  log_recorder = std::move(recorder);
  gpr_set_log_function(OnGrpcLog);
}

grpc::ServerGenericBidiReactor* WhoAmIService::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new WhoAmIReactor(recheck_.Check(*context->auth_context()));
}

TestServer::TestServer(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                       Verification verification)
    : service_(std::move(verification)) {
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    std::cerr << "the test server does not start\n";
    std::abort();
  }
}

TestServer::~TestServer() {
  server_->Shutdown(std::chrono::system_clock::time_point::min());
  server_->Wait();
}

std::string TestServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::shared_ptr<grpc::Channel> Connect(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

Answer Ask(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  gpr_timespec deadline =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(10, GPR_TIMESPAN));
  context.set_deadline(deadline);
  const auto call = stub.PrepareUnaryCall(&context, "/test.Service/WhoAmI", ToBuffer("?"), &queue);
  call->StartCall();
  Answer answer;
  grpc::ByteBuffer response;
  call->Finish(&response, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  answer.caller = ToText(response);
  return answer;
}

std::shared_ptr<grpc::ChannelCredentials> LawlessClient(const IssuedLeaf* leaf) {
  grpc_tls::TlsChannelCredentialsOptions options;
  if (leaf != nullptr) {
    options.set_certificate_provider(std::make_shared<grpc_tls::StaticDataCertificateProvider>(
        std::vector<grpc_tls::IdentityKeyCertPair>{{leaf->key_pem, leaf->certificate_pem}}));
    options.watch_identity_key_cert_pairs();
  }
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc_tls::ExternalCertificateVerifier::Create<BelievesAnybody>());
  return grpc_tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> LawlessServer(const IssuedLeaf& leaf) {
  grpc_tls::TlsServerCredentialsOptions options(
      std::make_shared<grpc_tls::StaticDataCertificateProvider>(
          std::vector<grpc_tls::IdentityKeyCertPair>{{leaf.key_pem, leaf.certificate_pem}}));
  options.watch_identity_key_cert_pairs();
  return grpc_tls::TlsServerCredentials(options);
}

RawOutcome Dial(int port, const RawClient& client) {
  RawOutcome outcome;
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  // Undoes this process's own policy, which also rules its clients.
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), client.max_version);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), CountTicket);
  const auto chain = ParsePemCertificates(client.certificate_pem);
  if (chain.ok() && !chain->empty() &&
      (SSL_CTX_use_certificate(context.get(), chain->front().get()) != 1 ||
       SSL_CTX_use_PrivateKey(context.get(), client.key) != 1)) {
    std::cerr << "the raw client's own key: " << statement::OpensslErrors() << "\n";
    std::abort();
  }
  constexpr std::array<unsigned char, 3> kAlpn = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kAlpn.data(), kAlpn.size());
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_app_data(ssl.get(), &outcome);
  const int fd = ConnectSocket(port);
  SSL_set_fd(ssl.get(), fd);
  std::array<char, 256> data{};
  // A TLS 1.3 client has finished before the server judges it: only the first bytes tell.
  if (fd >= 0 && SSL_connect(ssl.get()) == 1) {
    const X509Ptr server(SSL_get1_peer_certificate(ssl.get()));
    outcome.server_fingerprint = server == nullptr ? "" : Fingerprint(*server);
    outcome.spoke = SSL_read(ssl.get(), data.data(), data.size()) > 0;
  }
  statement::OpensslErrors();
  close(fd);
  return outcome;
}

TicketServer::TicketServer(const IssuedLeaf& leaf) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_, 1) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::cerr << "the bare server does not listen\n";
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  server_ = std::jthread([this, leaf] { Serve(leaf); });
}

TicketServer::~TicketServer() {
  server_.join();
  close(listener_);
}

void TicketServer::Serve(const IssuedLeaf& leaf) const {
  const SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_use_certificate(context.get(), ParsePemCertificates(leaf.certificate_pem)->front().get());
  SSL_CTX_use_PrivateKey(context.get(), ParsePemPrivateKey(leaf.key_pem)->get());
  const int fd = accept(listener_, nullptr, nullptr);
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd);
  if (SSL_accept(ssl.get()) == 1) {
    SSL_write(ssl.get(), "hello", 5);
  }
  statement::OpensslErrors();
  close(fd);
}

}  // namespace kp::tls::testing
