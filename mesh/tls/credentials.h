// Our own identity towards peers: validated before use, reloaded while running.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/verifier.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
namespace experimental {
class CertificateProviderInterface;
}
}  // namespace grpc

namespace kp::tls {

// Told about each change of the files. Called from the reloading thread; thread-safe.
class MaterialObserver {
 public:
  virtual ~MaterialObserver() = default;
  virtual void OnLoaded(const identity::SpiffeId& id, const std::string& fingerprint,
                        absl::Time not_after) = 0;
  // The last good material stays in use. Called once for each bad state of the files.
  virtual void OnRejected(const absl::Status& why) = 0;
};

struct CredentialsOptions {
  std::string certificate_file;  // PEM: the leaf, then its intermediates
  std::string key_file;          // PEM, unencrypted
  // A directory for this object alone, holding nothing else; made with mode 0700, emptied at the
  // end. The key is copied there: keep it on a file system fit for keys.
  std::string publish_directory;
  absl::Duration poll_interval = absl::Seconds(1);
};

// Thread-safe.
class Credentials final {
 public:
  // Reads, validates and publishes the files, then watches them. Fails when the first material is
  // bad: INVALID_ARGUMENT or FAILED_PRECONDITION naming the file and the fault. `clock` must
  // outlive this; `observer` may be null.
  static absl::StatusOr<std::unique_ptr<Credentials>> Load(
      CredentialsOptions options, const Clock& clock, std::shared_ptr<MaterialObserver> observer);

  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  // Who we are. Never changes: material for another id is bad material.
  const identity::SpiffeId& id() const;
  // Of the leaf in use: end of validity, SHA-256 hex.
  absl::Time not_after() const;
  std::string fingerprint() const;

  // Looks at the files now instead of at the next poll; OK also when nothing has changed.
  absl::Status Reload();

  // What gRPC reads the pair from; sees new material within a second of its publication.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider() const;

 private:
  struct State;
  explicit Credentials(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// For a server that admits every identity the anchors vouch for; a client certificate is required.
// gRPC's own path check is off: it would believe any CA about any domain, by the system's clock.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const Credentials& credentials,
                                                               Verification verification);

// For a channel to exactly one identity. Host names are not looked at.
std::shared_ptr<grpc::ChannelCredentials> MakeChannelCredentials(const Credentials& credentials,
                                                                 Verification verification,
                                                                 identity::SpiffeId expected);

}  // namespace kp::tls
