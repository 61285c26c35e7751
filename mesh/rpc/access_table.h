// Who may call which method: one default-deny table, built at start from the option
// kp.access.v1.access of every method that the server registers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "kp/access/v1/access.pb.h"
#include "mesh/identity/spiffe_id.h"

namespace kp::rpc {

// What the trust documents say about trust domains. Implementations are thread-safe and do not
// block: they are asked on gRPC's threads, at every call.
class DomainRelations {
 public:
  virtual ~DomainRelations() = default;
  // Whether the trust documents name this domain (parties and customs partners alike).
  virtual bool IsKnownDomain(std::string_view trust_domain) const = 0;
  // Whether it is registered as acting for this server's own entity (a customs partner).
  virtual bool ActsForOwn(std::string_view trust_domain) const = 0;
};

struct AccessOptions {
  bool reflection = false;  // grants reflection to every identity of the mesh
};

// What an officer of the own domain must hold for a method beyond the role.
struct PowerDemand {
  bool officer_entry = false;  // an entry in the officer register, valid on the day of the call
  std::vector<access::v1::Power> any_of;  // and one of these powers, when not empty
};

// Immutable, thread-safe.
class AccessTable final {
 public:
  // Fails when a method has no access option, when a grant names no role, domain or an unknown
  // value, or when powers are asked of anybody but officers of the own domain. The health service
  // (every identity of the mesh) is always part of the table.
  static absl::StatusOr<AccessTable> Build(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services,
      const AccessOptions& options = {});

  // Role and domain of the caller against the method ("/package.Service/Method"). PERMISSION_DENIED
  // with the reason UNKNOWN_METHOD, UNKNOWN_TRUST_DOMAIN or ROLE_NOT_ALLOWED. A domain that acts
  // for the own entity is matched by ACTING_FOR_OWN and ANY, not by FOREIGN: customs never pass for
  // another entity.
  absl::Status Check(std::string_view method, const identity::SpiffeId& caller,
                     std::string_view own_domain, const DomainRelations& relations) const;

  // Asked after Check: what the caller must hold beyond it. Empty for all but officers of the own
  // domain. A grant that asks less wins over one that asks more.
  PowerDemand PowersNeeded(std::string_view method, const identity::SpiffeId& caller,
                           std::string_view own_domain) const;

  // Whether any method asks for powers, so that a server without an officer register cannot start.
  bool AsksForPowers() const;

  bool Contains(std::string_view method) const { return methods_.contains(method); }

  struct Row {
    std::string method;
    access::v1::Access access;
  };
  // Sorted by method.
  std::vector<Row> rows() const;

  // A Markdown table: method | who | powers.
  std::string ToMarkdown() const;

 private:
  std::map<std::string, access::v1::Access, std::less<>> methods_;
};

}  // namespace kp::rpc
