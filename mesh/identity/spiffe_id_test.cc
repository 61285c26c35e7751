#include "mesh/identity/spiffe_id.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/error.h"
#include "mesh/identity/reasons.h"

namespace kp::identity {
namespace {

TEST(SpiffeIdTest, SplitsAServiceId) {
  const auto id = SpiffeId::Parse("spiffe://zw.kp.example/certificate-svc");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->trust_domain(), "zw.kp.example");
  EXPECT_EQ(id->role(), Role::ROLE_CERTIFICATE_SVC);
  EXPECT_EQ(id->name(), "");
  EXPECT_EQ(id->ToString(), "spiffe://zw.kp.example/certificate-svc");
}

TEST(SpiffeIdTest, SplitsAPersonsId) {
  const auto id = SpiffeId::Parse("spiffe://eu.kp.example/officer/a.Peeters_2-x");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->role(), Role::ROLE_OFFICER);
  EXPECT_EQ(id->name(), "a.Peeters_2-x");
}

TEST(SpiffeIdTest, ServiceMayHaveAName) {
  const auto id = SpiffeId::Parse("spiffe://zw.kp.example/certificate-svc/2");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->name(), "2");
}

TEST(SpiffeIdTest, EveryRoleRoundTrips) {
  int roles = 0;
  for (int value = access::v1::Role_MIN; value <= access::v1::Role_MAX; ++value) {
    const Role role = static_cast<Role>(value);
    if (role == Role::ROLE_UNSPECIFIED) {
      EXPECT_EQ(RoleSegment(role), "");
      continue;
    }
    ++roles;
    const auto id = SpiffeId::Make("zw.kp.example", role, "n");
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(id->role(), role);
    EXPECT_EQ(RoleFromSegment(RoleSegment(role)), role);
    EXPECT_EQ(SpiffeId::Make("zw.kp.example", role).ok(), !IsPersonRole(role));
  }
  EXPECT_EQ(roles, 9);
}

TEST(SpiffeIdTest, RefusesWhatIsNotCanonical) {
  ASSERT_TRUE(SpiffeId::Parse("spiffe://zw.kp.example/officer/a").ok());
  for (const std::string text : {
           "",
           "spiffe://",
           "spiffe:///officer/a",
           "spiffe://zw.kp.example",
           "spiffe://zw.kp.example/",
           "SPIFFE://zw.kp.example/officer/a",
           "https://zw.kp.example/officer/a",
           "spiffe://ZW.kp.example/officer/a",
           "spiffe://zw.kp.example:443/officer/a",
           "spiffe://me@zw.kp.example/officer/a",
           "spiffe://zw.kp.example/officer/a?b",
           "spiffe://zw.kp.example/officer/a#b",
           "spiffe://zw.kp.example/officer/%61",
           "spiffe://zw.kp.example/officer/a/",
           "spiffe://zw.kp.example/officer/a/b",
           "spiffe://zw.kp.example//officer/a",
           "spiffe://zw.kp.example/officer/..",
           "spiffe://zw.kp.example/./officer",
           "spiffe://zw.kp.example/officer/a b",
           "spiffe://zw.kp.example/officer/\xc3\xa9",
           "spiffe://zw.kp.example/officer",
           "spiffe://zw.kp.example/certificate-svc/",
       }) {
    const auto id = SpiffeId::Parse(text);
    EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(ReasonOf(id.status()), kBadSpiffeId) << text;
  }
}

TEST(SpiffeIdTest, RefusesANulByte) {
  EXPECT_FALSE(SpiffeId::Parse(std::string_view("spiffe://zw.kp.example/officer/a\0b", 34)).ok());
}

TEST(SpiffeIdTest, RefusesARoleOutsideTheClosedSet) {
  for (const std::string text : {"spiffe://zw.kp.example/admin", "spiffe://zw.kp.example/Officer/a",
                                 "spiffe://zw.kp.example/certificate-svc2"}) {
    EXPECT_EQ(ReasonOf(SpiffeId::Parse(text).status()), kUnknownRole) << text;
  }
}

TEST(SpiffeIdTest, EnforcesTheLengthLimits) {
  const std::string prefix = "spiffe://zw.kp.example/officer/";
  EXPECT_TRUE(SpiffeId::Parse(prefix + std::string(2048 - prefix.size(), 'a')).ok());
  EXPECT_FALSE(SpiffeId::Parse(prefix + std::string(2049 - prefix.size(), 'a')).ok());
  EXPECT_TRUE(CheckTrustDomain(std::string(255, 'a')).ok());
  EXPECT_FALSE(CheckTrustDomain(std::string(256, 'a')).ok());
}

TEST(SpiffeIdTest, OrdersAndComparesByText) {
  const auto a = SpiffeId::Parse("spiffe://a.example/officer/a");
  const auto b = SpiffeId::Parse("spiffe://b.example/officer/a");
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(*a, *a);
  EXPECT_NE(*a, *b);
  EXPECT_LT(*a, *b);
}

}  // namespace
}  // namespace kp::identity
