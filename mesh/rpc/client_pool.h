// Outbound calls: one long-lived channel per peer, a deadline always, a bound per peer.
//
//   auto answer = pool.Call(peer, &ExchangeService::Stub::AnswerVerification, question,
//                           rpc::CallOptions::Within(call));
//
// The calling thread waits, so call from a pool thread of Lane::kWork, never from a reactor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/rpc/call_context.h"
#include "mesh/rpc/status.h"
#include "mesh/rpc/trace.h"

namespace kp::rpc {

// Who is called, and where. The handshake proves the identity, whatever the address says.
struct Peer {
  identity::SpiffeId id;
  std::string address;  // "host:port"
  friend auto operator<=>(const Peer&, const Peer&) = default;
};

struct CallOptions {
  SteadyTime deadline;                // always set
  std::string request_id;             // empty: a new one
  std::optional<TraceContext> trace;  // absent: a new trace

  // Within an inbound call: its deadline, request id and trace.
  static CallOptions Within(const CallContext& call);
  // On nobody's behalf.
  static CallOptions For(std::chrono::milliseconds time);
};

struct ClientPoolOptions {
  // Credentials of a channel to exactly this identity (tls::MakeChannelCredentials).
  std::function<std::shared_ptr<grpc::ChannelCredentials>(const identity::SpiffeId&)> credentials =
      {};
  const Clock* clock = nullptr;
  IdSource* ids = nullptr;
  // Calls to one peer that may be under way at a time, and callers that may wait for such a place:
  // each holds a thread, so together below the threads of Lane::kWork, and one silent peer starves
  // nobody. A burst to a healthy peer waits for a few milliseconds; who has waited longer than
  // `longest_wait`, or comes when as many wait already, is refused: that peer hangs.
  size_t calls_per_peer = 16;
  size_t waiters_per_peer = 48;
  std::chrono::milliseconds longest_wait{500};
  int max_receive_message_bytes = 4 << 20;
  // Told when a peer's channel became ready (again): the outbox delivers at once. Runs on the
  // pool's own thread; must not block. May be empty.
  std::function<void(const Peer&)> on_ready = {};
};

// A place among the calls that wait for one peer; given back on destruction.
class PeerPermit final {
 public:
  explicit PeerPermit(std::function<void()> release) : release_(std::move(release)) {}
  PeerPermit(PeerPermit&& other) noexcept : release_(std::exchange(other.release_, nullptr)) {}
  PeerPermit& operator=(PeerPermit&&) = delete;
  ~PeerPermit() {
    if (release_) release_();
  }

 private:
  std::function<void()> release_;
};

// Thread-safe. Channels live as long as the pool; addresses that a peer no longer uses are dropped
// by Retain.
class ClientPool final {
 public:
  explicit ClientPool(ClientPoolOptions options);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // For streams and for what Call does not cover; with Prepare and Acquire.
  std::shared_ptr<grpc::Channel> GetChannel(const Peer& peer);

  // Waits for a place, for `longest_wait` and until the deadline at most; RESOURCE_EXHAUSTED,
  // PEER_BUSY without one, or at once when too many wait already.
  absl::StatusOr<PeerPermit> Acquire(const Peer& peer, SteadyTime deadline);

  // Puts deadline, clock, request id and trace into a context.
  void Prepare(grpc::ClientContext& context, const CallOptions& options);

  // Ends the calls under way and refuses further ones (CANCELLED): a process that stops waits for no
  // peer. Streams end with their own stop.
  void CancelCalls();

  // Closes the channels to all peers but these.
  void Retain(const std::vector<Peer>& peers);

  // One unary call. Errors are the peer's own (FromGrpcStatus), or UNAVAILABLE, DEADLINE_EXCEEDED.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(const Peer& peer,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, const CallOptions& options) {
    absl::StatusOr<PeerPermit> permit = Acquire(peer, options.deadline);
    if (!permit.ok()) return permit.status();
    grpc::ClientContext context;
    Prepare(context, options);
    const Active active(*this, context);
    if (!active.allowed()) return Cancelled();
    Stub stub(GetChannel(peer));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }

  // Asks the standard health service: OK when SERVING, UNAVAILABLE when not, else the error.
  absl::Status CheckHealth(const Peer& peer, std::string_view service, const CallOptions& options);

 private:
  // A call under way, which CancelCalls ends.
  class Active final {
   public:
    Active(ClientPool& pool, grpc::ClientContext& context);
    ~Active();
    Active(const Active&) = delete;
    Active& operator=(const Active&) = delete;
    bool allowed() const { return allowed_; }

   private:
    ClientPool& pool_;
    grpc::ClientContext& context_;
    bool allowed_ = false;
  };
  static absl::Status Cancelled();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kp::rpc
