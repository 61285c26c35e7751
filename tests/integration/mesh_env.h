// The kept demo mesh that tests under tests/integration run against.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "mesh/tls/authority.h"
#include "mesh/tls/certificate_builder.h"

namespace kp::integration {

// $KP_DEMO_DIR, made by deploy/demo.sh --keep.
class DemoMesh final {
 public:
  // Aborts the test program when the demo is not there.
  DemoMesh();

  // A value of mesh.env.
  std::string Env(const std::string& name) const;
  // The CA of a trust domain of the demo.
  tls::CertificateAuthority Ca(const std::string& trust_domain) const;

 private:
  std::string directory_;
};

inline constexpr char kRegistryDomain[] = "registry.kp.example";
inline constexpr char kCustomsDomain[] = "customs.eu.kp.example";

// A sound leaf for `spiffe_id` by that CA: valid from an hour ago for a day.
tls::IssuedLeaf SoundLeaf(const tls::CertificateAuthority& ca, const std::string& spiffe_id);
// The description of such a leaf, to be damaged, and its signature by any CA.
tls::CertificateSpec SoundSpec(const std::string& spiffe_id);
tls::IssuedLeaf SignBy(const tls::CertificateAuthority& ca, const tls::CertificateSpec& spec);

// A channel of a client that believes any server and shows `leaf` (null: nothing).
std::shared_ptr<grpc::Channel> ChannelAs(const std::string& address, const tls::IssuedLeaf* leaf);

// One call with an empty request to "/package.Service/Method"; `time` bounds a stream that would stay
// open.
grpc::Status CallEmpty(grpc::Channel& channel, const std::string& method,
                       std::chrono::milliseconds time = std::chrono::seconds(3));

// The value of a metric line that begins with `prefix`, summed over its labels; 0 when absent.
double MetricOf(const std::string& metrics_address, const std::string& prefix);

}  // namespace kp::integration
