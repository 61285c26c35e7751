// What the tests of this folder share: a server with real mutual TLS and callers with identities.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "grpcpp/channel.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/rpc/server.h"
#include "mesh/tls/credentials.h"
#include "testdata/echo_test.grpc.pb.h"
#include "tests/support/pki.h"

namespace kp::rpc::testing {

inline constexpr char kServerId[] = "spiffe://zw.kp.example/certificate-svc";
inline constexpr char kPeerId[] = "spiffe://bw.kp.example/certificate-svc";
inline constexpr char kOfficerId[] = "spiffe://zw.kp.example/officer/t.moyo";
inline constexpr char kOwnServiceId[] = "spiffe://zw.kp.example/certificate-svc";

identity::SpiffeId Id(const std::string& text);

// Waits, for ten seconds at most, until `done`.
bool Eventually(const std::function<bool()>& done);

// ZW is the own domain; BW and the customs domain are known, the latter acting for ZW.
class FakeRelations final : public DomainRelations {
 public:
  bool IsKnownDomain(std::string_view domain) const override;
  bool ActsForOwn(std::string_view domain) const override;
};

class FakePowers final : public PowerSource {
 public:
  absl::StatusOr<bool> HasPower(const identity::SpiffeId&, access::v1::Power power,
                                absl::Time) override;
  void Answer(std::function<absl::StatusOr<bool>(access::v1::Power)> answer);

 private:
  std::mutex mutex_;
  std::function<absl::StatusOr<bool>(access::v1::Power)> answer_;
};

// A door that threads wait at.
class Door final {
 public:
  void Open();
  void Wait();  // counts itself as waiting
  bool WaitUntilWaiting(int count);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

// A server's surroundings, and the server once Start was called. The handlers are the test's.
class TestMesh {
 public:
  TestMesh();
  ~TestMesh();

  absl::Status Start();
  Peer peer() const;  // the server, as its callers know it

  // Credentials of `spiffe_id`, whose domain is zw, bw or customs.example.
  std::shared_ptr<tls::Credentials> CredentialsOf(const std::string& spiffe_id);
  std::unique_ptr<ClientPool> PoolOf(const std::string& spiffe_id, ClientPoolOptions options = {});
  // A channel of a stock client: no kp-time, no traceparent.
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& spiffe_id);

  FakeClock clock;
  FakeRelations relations;
  FakePowers powers;
  telemetry::Metrics metrics{"rpc-test"};
  std::unique_ptr<Executor> executor;
  Service service{"kp.rpc.test.EchoService"};
  std::mutex state_mutex;
  absl::Status gate;                        // under state_mutex
  std::function<absl::Status()> readiness;  // under state_mutex
  absl::Status peer_check;                  // under state_mutex: replaces the real one when not OK
  ServerOptions options;
  std::unique_ptr<Server> server;

 private:
  const kp::testing::TestCa& CaOf(const std::string& spiffe_id) const;
  tls::Verification verification_;
  std::shared_ptr<void> recheck_;
  std::map<std::string, std::shared_ptr<tls::Credentials>> credentials_;
  std::vector<std::unique_ptr<kp::testing::TempDir>> directories_;
};

}  // namespace kp::rpc::testing
