// Every method of every service of a running mesh, called as every role of the own domain, of
// another authority's and of a customs administration's: answered or refused as its access option
// says.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kp/access/v1/access.pb.h"
#include "kpctl/services.h"
#include "mesh/identity/spiffe_id.h"
#include "mesh/tls/policy.h"
#include "tests/integration/mesh_env.h"

namespace kp::integration {
namespace {

using access::v1::Access;
using access::v1::Domain;

struct Target {
  std::string name;
  std::string address;  // variable of mesh.env
  std::string own_domain;
  // The relation of each domain to this server: what DOMAIN_* values it satisfies beside ANY.
  std::map<std::string, Domain> domains;
  std::set<std::string> packages;  // whose services it serves, all of them
};

const std::vector<Target>& Targets() {
  static const auto* const targets = new std::vector<Target>{
      {"certificate-svc of BW",
       "KP_BW_CERTIFICATE_ADDR",
       "bw.kp.example",
       {{"bw.kp.example", access::v1::DOMAIN_OWN},
        {"zw.kp.example", access::v1::DOMAIN_FOREIGN},
        {kCustomsDomain, access::v1::DOMAIN_FOREIGN}},
       {"kp.certificate.v1"}},
      {"participant-svc",
       "KP_PARTICIPANT_ADDR",
       kRegistryDomain,
       {{kRegistryDomain, access::v1::DOMAIN_OWN},
        {"zw.kp.example", access::v1::DOMAIN_FOREIGN},
        {kCustomsDomain, access::v1::DOMAIN_FOREIGN}},
       {"kp.trust.v1", "kp.registry.v1"}},
      {"wco-bridge of EU",
       "KP_EU_WCO_BRIDGE_ADDR",
       "eu.kp.example",
       {{"eu.kp.example", access::v1::DOMAIN_OWN},
        {"zw.kp.example", access::v1::DOMAIN_FOREIGN},
        {kCustomsDomain, access::v1::DOMAIN_ACTING_FOR_OWN}},
       {"kp.bridge.v1"}},
  };
  return *targets;
}

// Written out here a second time, on purpose.
bool Granted(const Access& access, access::v1::Role role, Domain domain, bool& powers) {
  powers = false;
  if (access.any_identity()) return true;
  for (const access::v1::Grant& grant : access.grants()) {
    if (grant.role() != role) continue;
    if (grant.domain() != access::v1::DOMAIN_ANY && grant.domain() != domain) continue;
    powers = role == access::v1::ROLE_OFFICER && domain == access::v1::DOMAIN_OWN;
    return true;
  }
  return false;
}

TEST(AccessTest, EveryMethodAsEveryRoleOfEveryDomain) {
  ASSERT_TRUE(tls::InstallTlsPolicy().ok());
  const DemoMesh mesh;
  int granted = 0;
  int refused = 0;
  for (const Target& target : Targets()) {
    const std::string address = mesh.Env(target.address);
    for (const auto& [domain, relation] : target.domains) {
      const tls::CertificateAuthority ca = mesh.Ca(domain);
      for (int r = access::v1::Role_MIN + 1; r <= access::v1::Role_MAX; ++r) {
        const auto role = static_cast<access::v1::Role>(r);
        const auto id =
            identity::SpiffeId::Make(domain, role, identity::IsPersonRole(role) ? "probe" : "");
        ASSERT_TRUE(id.ok()) << id.status();
        const tls::IssuedLeaf leaf = SoundLeaf(ca, id->ToString());
        const auto channel = ChannelAs(address, &leaf);
        for (const auto* service : kpctl::AllServices()) {
          if (!target.packages.contains(service->file()->package())) continue;
          for (int m = 0; m < service->method_count(); ++m) {
            const auto* method = service->method(m);
            const std::string path = absl::StrCat("/", service->full_name(), "/", method->name());
            const grpc::Status status =
                CallEmpty(*channel, path,
                          method->server_streaming() ? std::chrono::milliseconds(300)
                                                     : std::chrono::milliseconds(3000));
            const std::string what =
                absl::StrCat(target.name, " ", path, " as ", id->ToString(), ": ",
                             status.error_code(), " ", status.error_message());
            const Access& access = method->options().GetExtension(access::v1::access);
            bool powers = false;
            const bool role_refused = absl::StartsWith(status.error_message(), "ROLE_NOT_ALLOWED");
            if (!Granted(access, role, relation, powers)) {
              EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << what;
              EXPECT_TRUE(role_refused) << what;
              ++refused;
              continue;
            }
            EXPECT_FALSE(role_refused) << what;
            EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << what;
            EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE) << what;
            // The role alone does not make an officer: the register has no entry for this one. (A
            // method that is not served yet is never asked for powers.)
            if (powers && status.error_code() != grpc::StatusCode::UNIMPLEMENTED) {
              EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << what;
            }
            ++granted;
          }
        }
      }
    }
  }
  // Both halves are there, or the test shows nothing.
  EXPECT_GT(granted, 50);
  EXPECT_GT(refused, 500);
  RecordProperty("granted", granted);
  RecordProperty("refused", refused);
}

TEST(AccessTest, AnUnknownMethodIsRefused) {
  ASSERT_TRUE(tls::InstallTlsPolicy().ok());
  const DemoMesh mesh;
  const tls::IssuedLeaf leaf =
      SoundLeaf(mesh.Ca("bw.kp.example"), "spiffe://bw.kp.example/operator/probe");
  const auto channel = ChannelAs(mesh.Env("KP_BW_CERTIFICATE_ADDR"), &leaf);
  EXPECT_EQ(CallEmpty(*channel, "/kp.certificate.v1.RegisterService/NoSuchMethod").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallEmpty(*channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
                .error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(CallEmpty(*channel, "/grpc.health.v1.Health/Check").ok());
}

}  // namespace
}  // namespace kp::integration
