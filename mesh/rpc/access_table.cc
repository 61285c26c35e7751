#include "mesh/rpc/access_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "mesh/rpc/reasons.h"

namespace kp::rpc {
namespace {

using access::v1::Access;
using access::v1::Domain;
using access::v1::Grant;
using access::v1::Power;
using access::v1::Role;

constexpr const char* kHealthMethods[] = {"/grpc.health.v1.Health/Check",
                                          "/grpc.health.v1.Health/Watch"};
constexpr char kReflectionMethod[] =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

absl::Status Fault(std::string_view method, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("access option of ", std::string(method), ": ", std::string(what)));
}

absl::Status CheckGrant(const std::string& method, const Grant& grant) {
  if (grant.role() == Role::ROLE_UNSPECIFIED || !access::v1::Role_IsValid(grant.role())) {
    return Fault(method, "a grant without a role");
  }
  if (grant.domain() == Domain::DOMAIN_UNSPECIFIED || !access::v1::Domain_IsValid(grant.domain())) {
    return Fault(method, "a grant without a domain");
  }
  for (const int power : grant.powers()) {
    if (power == Power::POWER_UNSPECIFIED || !access::v1::Power_IsValid(power)) {
      return Fault(method, "an unknown power");
    }
  }
  if (!grant.powers().empty() &&
      (grant.role() != Role::ROLE_OFFICER || grant.domain() != Domain::DOMAIN_OWN)) {
    return Fault(method, "powers are held by officers of the own domain only");
  }
  return absl::OkStatus();
}

absl::StatusOr<Access> AccessOf(const google::protobuf::MethodDescriptor& descriptor,
                                const std::string& method) {
  if (!descriptor.options().HasExtension(access::v1::access)) {
    return Fault(method, "missing; every method names its callers");
  }
  const Access& rule = descriptor.options().GetExtension(access::v1::access);
  if (rule.any_identity() == !rule.grants().empty()) {
    return Fault(method, "either grants or any_identity, and one of them");
  }
  for (const Grant& grant : rule.grants()) KP_RETURN_IF_ERROR(CheckGrant(method, grant));
  return rule;
}

bool DomainMatches(Domain wanted, bool is_own, bool acts_for_own) {
  switch (wanted) {
    case Domain::DOMAIN_OWN:
      return is_own;
    case Domain::DOMAIN_FOREIGN:
      return !is_own && !acts_for_own;
    case Domain::DOMAIN_ANY:
      return true;
    case Domain::DOMAIN_ACTING_FOR_OWN:
      return acts_for_own;
    default:
      return false;
  }
}

// "certificate-svc" is how ids and people write ROLE_CERTIFICATE_SVC.
std::string RoleText(Role role) { return std::string(identity::RoleSegment(role)); }

std::string DomainText(Domain domain) {
  switch (domain) {
    case Domain::DOMAIN_OWN:
      return "own domain";
    case Domain::DOMAIN_FOREIGN:
      return "other domains";
    case Domain::DOMAIN_ANY:
      return "any domain";
    case Domain::DOMAIN_ACTING_FOR_OWN:
      return "acting for own";
    default:
      return "nobody";
  }
}

// "verify" for POWER_VERIFY.
std::string PowerText(int power) {
  std::string text = access::v1::Power_Name(static_cast<Power>(power)).substr(sizeof("POWER_") - 1);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

absl::StatusOr<AccessTable> AccessTable::Build(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services,
    const AccessOptions& options) {
  AccessTable table;
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& descriptor = *service->method(i);
      const std::string method = absl::StrCat("/", service->full_name(), "/", descriptor.name());
      KP_ASSIGN_OR_RETURN(table.methods_[method], AccessOf(descriptor, method));
    }
  }
  Access everybody;
  everybody.set_any_identity(true);
  for (const char* method : kHealthMethods) table.methods_[method] = everybody;
  if (options.reflection) table.methods_[kReflectionMethod] = everybody;
  return table;
}

absl::Status AccessTable::Check(std::string_view method, const identity::SpiffeId& caller,
                                std::string_view own_domain,
                                const DomainRelations& relations) const {
  const auto found = methods_.find(method);
  if (found == methods_.end()) {
    return MakeError(absl::StatusCode::kPermissionDenied, kUnknownMethod,
                     "this server has no such method");
  }
  const bool is_own = caller.trust_domain() == own_domain;
  if (!is_own && !relations.IsKnownDomain(caller.trust_domain())) {
    return MakeError(absl::StatusCode::kPermissionDenied, kDomainNotKnown,
                     absl::StrCat("the trust documents do not name ", caller.trust_domain()));
  }
  const Access& rule = found->second;
  if (rule.any_identity()) return absl::OkStatus();
  const bool acts_for_own = !is_own && relations.ActsForOwn(caller.trust_domain());
  for (const Grant& grant : rule.grants()) {
    if (grant.role() == caller.role() && DomainMatches(grant.domain(), is_own, acts_for_own)) {
      return absl::OkStatus();
    }
  }
  return MakeError(absl::StatusCode::kPermissionDenied, kRoleNotAllowed,
                   absl::StrCat("role ", RoleText(caller.role()), " of ", caller.trust_domain(),
                                " may not call ", std::string(method)));
}

PowerDemand AccessTable::PowersNeeded(std::string_view method, const identity::SpiffeId& caller,
                                      std::string_view own_domain) const {
  PowerDemand demand;
  const auto found = methods_.find(method);
  if (caller.role() != Role::ROLE_OFFICER || caller.trust_domain() != own_domain ||
      found == methods_.end()) {
    return demand;
  }
  for (const Grant& grant : found->second.grants()) {
    if (grant.role() != Role::ROLE_OFFICER) continue;
    // A grant to officers of any domain asks nothing of the own ones that it does not ask of
    // others.
    if (grant.domain() == Domain::DOMAIN_ANY) return {};
    if (grant.domain() != Domain::DOMAIN_OWN) continue;
    if (grant.powers().empty()) return {.officer_entry = true, .any_of = {}};
    demand.officer_entry = true;
    for (const int power : grant.powers()) demand.any_of.push_back(static_cast<Power>(power));
  }
  return demand;
}

bool AccessTable::AsksForPowers() const {
  return std::any_of(methods_.begin(), methods_.end(), [](const auto& entry) {
    const auto& grants = entry.second.grants();
    return std::any_of(grants.begin(), grants.end(),
                       [](const Grant& grant) { return !grant.powers().empty(); });
  });
}

std::vector<AccessTable::Row> AccessTable::rows() const {
  std::vector<Row> rows;
  rows.reserve(methods_.size());
  for (const auto& [method, rule] : methods_) rows.push_back({method, rule});
  return rows;
}

std::string AccessTable::ToMarkdown() const {
  std::string text = "| method | callers | powers |\n| --- | --- | --- |\n";
  for (const auto& [method, rule] : methods_) {
    if (rule.any_identity()) {
      absl::StrAppend(&text, "| ", method, " | any identity of the mesh | |\n");
    }
    for (const Grant& grant : rule.grants()) {
      const std::string powers = absl::StrJoin(
          grant.powers(), " or ",
          [](std::string* out, int power) { absl::StrAppend(out, PowerText(power)); });
      absl::StrAppend(&text, "| ", method, " | ", RoleText(grant.role()), ", ",
                      DomainText(grant.domain()), " | ", powers, powers.empty() ? "|\n" : " |\n");
    }
  }
  return text;
}

}  // namespace kp::rpc
