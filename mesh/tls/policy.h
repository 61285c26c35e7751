// The TLS rules of the whole process: TLS 1.3 only, no session tickets, two AES-GCM suites.
#pragma once

#include "absl/status/status.h"

namespace kp::tls {

// Configures OpenSSL inside the process and ignores every OpenSSL configuration file and variable.
// gRPC 1.51 has no setter for any of this, so it must run first in main(), before anything touches
// gRPC or OpenSSL. Idempotent and thread-safe. The result is checked on a fresh SSL_CTX: INTERNAL
// means that the process must not go on.
[[nodiscard]] absl::Status InstallTlsPolicy();

}  // namespace kp::tls
