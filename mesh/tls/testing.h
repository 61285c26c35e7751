// What this folder's tests share: a real server and real clients over TLS on the loopback.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/support/status.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "mesh/tls/authority.h"
#include "mesh/tls/credentials.h"
#include "mesh/tls/peer.h"
#include "mesh/tls/refusal.h"
#include "mesh/tls/verifier.h"
#include "tests/support/pki.h"

namespace kp::tls::testing {

// Far from the machine's own date: a leaf that is good at this time passes only where our clock
// alone decides.
absl::Time TestTime();

// Remembers refusals and waits for them.
class Recorder final : public RefusalObserver {
 public:
  void OnRefused(const RefusalEvent& event) override;
  int Count(Where where, Refusal reason) const;
  int Total() const;
  std::string Describe() const;
  // Whether it comes, or came, within ten seconds.
  bool Wait(Where where, Refusal reason);

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<RefusalEvent> events_;
};

// gRPC's log, through RefusalInGrpcLog(), into the recorder set last; the hook is the process's.
void RecordGrpcLog(std::shared_ptr<Recorder> recorder);

// Answers every method with the caller's SPIFFE id as PeerRecheck tells it, or with its error.
class WhoAmIService final : public grpc::CallbackGenericService {
 public:
  explicit WhoAmIService(Verification verification) : recheck_(std::move(verification)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  PeerRecheck recheck_;
};

// A server on a free port of the loopback.
class TestServer final {
 public:
  TestServer(const std::shared_ptr<grpc::ServerCredentials>& credentials,
             Verification verification);
  ~TestServer();
  int port() const { return port_; }
  std::string address() const;
  grpc::Server& server() { return *server_; }

 private:
  WhoAmIService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

struct Answer {
  grpc::Status status;
  std::string caller;  // what the server took us for
};

std::shared_ptr<grpc::Channel> Connect(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials);
Answer Ask(const std::shared_ptr<grpc::Channel>& channel);

// Credentials of somebody who keeps to none of our rules: sends `leaf` (nothing when null) and
// believes any server, or shows `leaf` to anybody.
std::shared_ptr<grpc::ChannelCredentials> LawlessClient(const IssuedLeaf* leaf);
std::shared_ptr<grpc::ServerCredentials> LawlessServer(const IssuedLeaf& leaf);

// A TLS client made of bare OpenSSL.
struct RawClient {
  std::string certificate_pem;
  EVP_PKEY* key = nullptr;  // borrowed
  int max_version = 0;      // 0: the newest
};
struct RawOutcome {
  bool spoke = false;  // application data came from the server
  int tickets = 0;     // resumable sessions that the server handed out
  std::string server_fingerprint;
};
RawOutcome Dial(int port, const RawClient& client);

// A bare TLS server for one connection that does hand out a session: shows that Dial() would see
// it.
class TicketServer final {
 public:
  explicit TicketServer(const IssuedLeaf& leaf);
  ~TicketServer();
  int port() const { return port_; }

 private:
  void Serve(const IssuedLeaf& leaf) const;

  int listener_ = -1;
  int port_ = 0;
  std::jthread server_;
};

}  // namespace kp::tls::testing
