// Why a peer is refused: a closed set, so that it can be a metric label.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace kp::tls {

enum class Refusal {
  kNoCertificate,       // no certificate, or none that parses
  kNoSpiffeId,          // no URI name, or one that is no SPIFFE id of the mesh's form
  kManyUris,            // more than one URI name
  kUnknownRole,         // a SPIFFE id whose role is not in the closed set
  kUnknownTrustDomain,  // no anchors for the domain claimed
  kUntrustedChain,      // no path to the anchors of the domain claimed
  kExpired,             // something on the path has expired
  kNotYetValid,         // something on the path is not valid yet
  kWrongUsage,          // key usage or extended key usage does not allow this side of TLS
  kWeakKey,             // key or signature below the floor (P-256, RSA 3072, SHA-2)
  kDenied,              // leaf, CA, key or id is on the denial list
  kWrongPeer,           // trusted, but not the identity that this channel expects
  kOldProtocol,         // TLS below 1.3 was offered
  kNotTls,              // plaintext or noise on the TLS port
  kKeyNotProven,        // the peer could not sign with its certificate's key
};

inline constexpr std::array kAllRefusals = {Refusal::kNoCertificate,
                                            Refusal::kNoSpiffeId,
                                            Refusal::kManyUris,
                                            Refusal::kUnknownRole,
                                            Refusal::kUnknownTrustDomain,
                                            Refusal::kUntrustedChain,
                                            Refusal::kExpired,
                                            Refusal::kNotYetValid,
                                            Refusal::kWrongUsage,
                                            Refusal::kWeakKey,
                                            Refusal::kDenied,
                                            Refusal::kWrongPeer,
                                            Refusal::kOldProtocol,
                                            Refusal::kNotTls,
                                            Refusal::kKeyNotProven};

// "NO_CERTIFICATE", "UNTRUSTED_CHAIN", ...: metric label and error reason.
std::string_view RefusalName(Refusal refusal);

enum class Where {
  kServerHandshake,  // a client was refused by our server
  kClientHandshake,  // a server was refused by our client
  kCall,             // a live connection was refused at its next call
};

// "server_handshake", "client_handshake", "call": metric label.
std::string_view WhereName(Where where);

struct RefusalEvent {
  Where where = Where::kServerHandshake;
  Refusal reason = Refusal::kNoCertificate;
  // What the peer claims, unproven, shortened to 256 bytes; empty when it claims nothing.
  std::string claimed_id;
  // SHA-256 of the leaf, hex; empty without one.
  std::string leaf_fingerprint;
  // For the log only, never for the peer.
  std::string detail;
};

// Counts and logs refusals. Called from gRPC's threads: thread-safe, must not block.
class RefusalObserver {
 public:
  virtual ~RefusalObserver() = default;
  virtual void OnRefused(const RefusalEvent& event) = 0;
};

// What OpenSSL itself refuses never reaches the verifier; gRPC only logs it, at level ERROR. Finds
// the reason in a line of gRPC's log by OpenSSL's numeric error code: kNoCertificate,
// kOldProtocol, kNotTls or kKeyNotProven; nothing for any other line. Whoever owns
// gpr_set_log_function feeds it. The line does not tell our servers from our clients: a client of
// ours that meets a plaintext server gives kNotTls as well.
std::optional<Refusal> RefusalInGrpcLog(std::string_view line);

}  // namespace kp::tls
