// One key with its certificate, checked: what Credentials publishes.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::tls {

struct Material {
  std::string certificate_pem;
  std::string key_pem;
  identity::SpiffeId id;
  std::string fingerprint;  // of the leaf
  absl::Time not_after;     // of the leaf
};

// Whether this pair would do in a handshake at `now`: it parses, the key is the leaf's, each
// certificate is signed by the next, dates hold, there is one SPIFFE id as the only URI name, the
// leaf may be used in TLS, keys and digests are strong. Whether anybody trusts the last CA
// is for the peers to say. Errors: INVALID_ARGUMENT; FAILED_PRECONDITION for the dates.
absl::StatusOr<Material> CheckMaterial(std::string certificate_pem, std::string key_pem,
                                       absl::Time now);

}  // namespace kp::tls
