#include "tests/integration/mesh_env.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/support/byte_buffer.h"
#include "mesh/tls/testing.h"

namespace kp::integration {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status().ToString());
  return *std::move(value);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) Die("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

DemoMesh::DemoMesh() {
  const char* directory = std::getenv("KP_DEMO_DIR");
  if (directory == nullptr) Die("KP_DEMO_DIR is not set: run it through ctest");
  directory_ = directory;
}

std::string DemoMesh::Env(const std::string& name) const {
  std::istringstream lines(ReadFile(directory_ + "/mesh.env"));
  const std::string prefix = "export " + name + "=";
  for (std::string line; std::getline(lines, line);) {
    if (absl::StartsWith(line, prefix)) return line.substr(prefix.size());
  }
  Die("mesh.env has no " + name);
}

tls::CertificateAuthority DemoMesh::Ca(const std::string& trust_domain) const {
  const std::string ca = absl::StrCat(directory_, "/pki/", trust_domain, "/ca/");
  return Must(tls::CertificateAuthority::Load(ReadFile(ca + "ca.crt"), ReadFile(ca + "ca.key")));
}

tls::CertificateSpec SoundSpec(const std::string& spiffe_id) {
  const absl::Time now = SystemClock().Now();
  tls::CertificateSpec spec;
  spec.common_name = "test";
  spec.uris = {spiffe_id};
  spec.not_before = now - absl::Hours(1);
  spec.not_after = now + absl::Hours(24);
  spec.basic_constraints = "critical,CA:FALSE";
  spec.key_usage = "critical,digitalSignature";
  spec.extended_key_usage = "clientAuth";
  return spec;
}

tls::IssuedLeaf SignBy(const tls::CertificateAuthority& ca, const tls::CertificateSpec& spec) {
  const tls::EvpPkeyPtr key = Must(tls::GenerateKey());
  const tls::X509Ptr leaf = Must(tls::BuildCertificate(spec, *key, &ca.certificate(), ca.key()));
  return {tls::ToPem(*leaf), tls::ToPem(*key)};
}

tls::IssuedLeaf SoundLeaf(const tls::CertificateAuthority& ca, const std::string& spiffe_id) {
  return SignBy(ca, SoundSpec(spiffe_id));
}

std::shared_ptr<grpc::Channel> ChannelAs(const std::string& address, const tls::IssuedLeaf* leaf) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, tls::testing::LawlessClient(leaf), arguments);
}

grpc::Status CallEmpty(grpc::Channel& channel, const std::string& method,
                       std::chrono::milliseconds time) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + time);
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      &channel, rpc, &context, request, &response);
}

double MetricOf(const std::string& metrics_address, const std::string& prefix) {
  const std::string command = "curl -s --max-time 5 http://" + metrics_address + "/metrics";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Die("curl cannot be run");
  std::string text;
  char buffer[4096];
  for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  pclose(pipe);
  double sum = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (absl::StartsWith(line, prefix)) sum += std::atof(line.c_str() + line.rfind(' '));
  }
  return sum;
}

}  // namespace kp::integration
