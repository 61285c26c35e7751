// A call to a server of the mesh with the identity that kpctl was given, and with no other right.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpctl/context.h"
#include "kpctl/private_directory.h"
#include "mesh/identity/spiffe_id.h"
#include "grpcpp/support/sync_stream.h"
#include "mesh/rpc/client_pool.h"
#include "mesh/rpc/status.h"
#include "mesh/tls/anchors.h"
#include "mesh/tls/credentials.h"

namespace kp::kpctl {

// Which server a verb speaks with.
enum class Target {
  kHome,      // certificate-svc of the own trust domain: KPCTL_SERVER
  kRegistry,  // participant-svc: KPCTL_REGISTRY, KPCTL_REGISTRY_ID
  kBridge,    // wco-bridge of the entity that a customs administration acts for: KPCTL_BRIDGE,
              // KPCTL_BRIDGE_ID
};

// Where a verb calls, by flags and environment. INVALID_ARGUMENT names the flag that is missing.
absl::StatusOr<rpc::Peer> PeerFor(const Context& context, Target target,
                                  const identity::SpiffeId& self);

// Whom kpctl believes: --anchors or KPCTL_ANCHORS, and for the own trust domain ca.crt of the
// identity where those do not name it.
absl::StatusOr<std::vector<tls::Anchor>> AnchorsFor(const Context& context,
                                                    const std::string& identity_directory,
                                                    const identity::SpiffeId& self,
                                                    const identity::SpiffeId& server);

// One thread.
class Connection final {
 public:
  // Reads the identity and the anchors; no call yet. INVALID_ARGUMENT for flags and files.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(Context& context, Target target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const rpc::Peer& peer() const { return peer_; }
  const identity::SpiffeId& self() const;
  rpc::ClientPool& pool() { return *pool_; }

  // By --timeout, from now.
  rpc::CallOptions Options() const;

  // Errors are the server's. UNAVAILABLE tells address, expected identity, and why this side
  // refused the server if it did.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    absl::StatusOr<Response> response = pool_->Call(peer_, method, request, Options());
    if (!response.ok()) return Explained(response.status());
    return response;
  }

  // Reads a watch stream until `on_item` says false (OK), or the stream ends (why). `patient`: waits
  // for a server that is away. A blocking client moves its handshakes on only while it waits in a
  // call, so trying and sleeping in turn may never get through.
  template <class Stub, class Request, class Item>
  absl::Status Watch(std::unique_ptr<grpc::ClientReader<Item>> (Stub::*method)(grpc::ClientContext*,
                                                                               const Request&),
                     const Request& request, bool patient,
                     const std::function<bool(const Item&)>& on_item) {
    grpc::ClientContext stream;
    pool_->Prepare(stream, rpc::CallOptions::For(kStreamLife));
    stream.set_wait_for_ready(patient);
    Stub stub(pool_->GetChannel(peer_));
    const auto reader = (stub.*method)(&stream, request);
    Item item;
    bool wanted = true;
    while (wanted && reader->Read(&item)) wanted = on_item(item);
    if (!wanted) stream.TryCancel();
    const grpc::Status ended = reader->Finish();
    if (!wanted || ended.ok()) return absl::OkStatus();
    return Explained(rpc::FromGrpcStatus(ended));
  }

  // Sends what `next` fills until it says false, and hands each answer to `on_answer` before the next
  // is sent; until the end, or an error.
  template <class Stub, class Request, class Response>
  absl::Status Converse(
      std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> (Stub::*method)(
          grpc::ClientContext*),
      const std::function<bool(Request&)>& next,
      const std::function<void(const Response&)>& on_answer) {
    grpc::ClientContext stream;
    pool_->Prepare(stream, rpc::CallOptions::For(kStreamLife));
    Stub stub(pool_->GetChannel(peer_));
    const auto talk = (stub.*method)(&stream);
    bool more = true;
    while (more) {
      Request request;
      Response response;
      more = next(request) && talk->Write(request) && talk->Read(&response);
      if (more) on_answer(response);
    }
    talk->WritesDone();
    const grpc::Status ended = talk->Finish();
    if (ended.ok()) return absl::OkStatus();
    return Explained(rpc::FromGrpcStatus(ended));
  }

  absl::Status Explained(const absl::Status& error) const;

 private:
  class Refusals;
  // Every call has a deadline; a stream that reaches it is opened again.
  static constexpr std::chrono::hours kStreamLife{1};
  Connection(Context& context, rpc::Peer peer);

  Context& context_;
  const rpc::Peer peer_;
  std::unique_ptr<PrivateDirectory> directory_;
  std::shared_ptr<Refusals> refusals_;
  std::unique_ptr<tls::Credentials> credentials_;
  std::unique_ptr<rpc::ClientPool> pool_;
};

}  // namespace kp::kpctl
