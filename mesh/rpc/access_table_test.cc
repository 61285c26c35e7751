#include "mesh/rpc/access_table.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesh/rpc/reasons.h"
#include "testdata/echo_test.pb.h"

namespace kp::rpc {
namespace {

using access::v1::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOwn[] = "zw.kp.example";
constexpr char kOther[] = "bw.kp.example";
constexpr char kActing[] = "customs.example";
constexpr char kUnknown[] = "nobody.example";

class Relations final : public DomainRelations {
 public:
  bool IsKnownDomain(std::string_view domain) const override {
    return domain == kOther || domain == kActing;
  }
  bool ActsForOwn(std::string_view domain) const override { return domain == kActing; }
};

const google::protobuf::ServiceDescriptor* Descriptor(const std::string& name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("kp.rpc.test." +
                                                                               name);
}

absl::StatusOr<AccessTable> Build(const std::string& name, const AccessOptions& options = {}) {
  test::EchoRequest::descriptor();  // links the file
  return AccessTable::Build({Descriptor(name)}, options);
}

identity::SpiffeId Caller(const std::string& domain, int role) {
  return *identity::SpiffeId::Make(domain, static_cast<Role>(role), "a.name");
}

TEST(AccessTableTest, MethodWithoutOptionFailsTheBuild) {
  EXPECT_TRUE(Build("EchoService").ok());
  const absl::Status status = Build("ForgottenService").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("kp.rpc.test.ForgottenService/Echo"));
}

TEST(AccessTableTest, GrantsThatCannotBeMeantFailTheBuild) {
  EXPECT_FALSE(Build("ForeignPowersService").ok());
  EXPECT_FALSE(Build("NoDomainService").ok());
  EXPECT_FALSE(Build("NobodyService").ok());
}

TEST(AccessTableTest, EveryMethodEveryRoleEveryDomain) {
  const auto table = Build("EchoService");
  ASSERT_TRUE(table.ok()) << table.status();
  const Relations relations;
  const auto expected = [](const std::string& method, int role, const std::string& domain) {
    if (domain == kUnknown) return false;
    if (method == "Open" || method == "Unbound") return true;
    if (method == "Echo") {
      return (role == Role::ROLE_OFFICER && domain == kOwn) || role == Role::ROLE_CERTIFICATE_SVC;
    }
    if (method == "Foreign") return role == Role::ROLE_CERTIFICATE_SVC && domain == kOther;
    if (method == "Customs") {
      return (role == Role::ROLE_CUSTOMS && domain == kActing) ||
             (role == Role::ROLE_OFFICER && domain == kOwn);
    }
    return method == "Watch" && role == Role::ROLE_CERTIFICATE_SVC;
  };
  for (const std::string method : {"Echo", "Open", "Foreign", "Customs", "Unbound", "Watch"}) {
    for (int role = access::v1::Role_MIN + 1; role <= access::v1::Role_MAX; ++role) {
      for (const std::string domain : {kOwn, kOther, kActing, kUnknown}) {
        const identity::SpiffeId caller = Caller(domain, role);
        const absl::Status status =
            table->Check("/kp.rpc.test.EchoService/" + method, caller, kOwn, relations);
        EXPECT_EQ(status.ok(), expected(method, role, domain))
            << method << " " << caller.ToString() << ": " << status;
        if (!status.ok()) {
          EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
          EXPECT_EQ(ReasonOf(status), domain == kUnknown ? kDomainNotKnown : kRoleNotAllowed);
        }
      }
    }
  }
}

TEST(AccessTableTest, WhatIsNotInTheTableIsRefused) {
  const auto table = Build("EchoService");
  const absl::Status status =
      table->Check("/kp.rpc.test.EchoService/Nothing", Caller(kOwn, Role::ROLE_CERTIFICATE_SVC),
                   kOwn, Relations());
  EXPECT_EQ(ReasonOf(status), kUnknownMethod);
}

TEST(AccessTableTest, HealthIsForEveryKnownIdentityAndReflectionOnlyWhereConfigured) {
  const identity::SpiffeId observer = Caller(kOther, Role::ROLE_OBSERVER);
  const std::string health = "/grpc.health.v1.Health/Check";
  const std::string reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  const auto closed = Build("EchoService");
  EXPECT_TRUE(closed->Check(health, observer, kOwn, Relations()).ok());
  EXPECT_FALSE(
      closed->Check(health, Caller(kUnknown, Role::ROLE_OBSERVER), kOwn, Relations()).ok());
  EXPECT_FALSE(closed->Check(reflection, observer, kOwn, Relations()).ok());
  const auto open = Build("EchoService", {.reflection = true});
  EXPECT_TRUE(open->Check(reflection, observer, kOwn, Relations()).ok());
}

TEST(AccessTableTest, PowersAreAskedOfOwnOfficersOnly) {
  const auto table = Build("EchoService");
  EXPECT_TRUE(table->AsksForPowers());
  const std::string echo = "/kp.rpc.test.EchoService/Echo";
  const PowerDemand officer = table->PowersNeeded(echo, Caller(kOwn, Role::ROLE_OFFICER), kOwn);
  EXPECT_TRUE(officer.officer_entry);
  EXPECT_THAT(officer.any_of, ElementsAre(access::v1::POWER_VERIFY, access::v1::POWER_ISSUE));
  const PowerDemand entry = table->PowersNeeded("/kp.rpc.test.EchoService/Customs",
                                                Caller(kOwn, Role::ROLE_OFFICER), kOwn);
  EXPECT_TRUE(entry.officer_entry);
  EXPECT_TRUE(entry.any_of.empty());
  EXPECT_FALSE(
      table->PowersNeeded(echo, Caller(kOwn, Role::ROLE_CERTIFICATE_SVC), kOwn).officer_entry);
}

TEST(AccessTableTest, MarkdownNamesCallersAndPowers) {
  const std::string text = Build("EchoService")->ToMarkdown();
  EXPECT_THAT(
      text,
      HasSubstr("| /kp.rpc.test.EchoService/Echo | officer, own domain | verify or issue |\n"));
  EXPECT_THAT(text, HasSubstr("| /kp.rpc.test.EchoService/Open | any identity of the mesh | |\n"));
}

}  // namespace
}  // namespace kp::rpc
