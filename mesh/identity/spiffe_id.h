// Who somebody is in the mesh: spiffe://<trust domain>/<role>[/<name>].
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kp/access/v1/access.pb.h"

namespace kp::identity {

using Role = access::v1::Role;

// The role that a path segment names ("certificate-svc"), nothing outside the closed set.
std::optional<Role> RoleFromSegment(std::string_view segment);

// The path segment of a role; empty for ROLE_UNSPECIFIED and values outside the enum.
std::string_view RoleSegment(Role role);

// Whether a role is held by a person, whose id must then carry a name.
bool IsPersonRole(Role role);

// OK for a trust domain name as the SPIFFE ID standard (section 2.1) writes it: 1 to 255 of
// [a-z0-9._-]. Otherwise INVALID_ARGUMENT, reason BAD_SPIFFE_ID.
[[nodiscard]] absl::Status CheckTrustDomain(std::string_view trust_domain);

// A SPIFFE id of this mesh. Immutable value; only Parse and Make produce one, so it is always
// valid.
class SpiffeId final {
 public:
  // Accepts the canonical form only: lower-case scheme and trust domain, no port, user, query,
  // fragment or percent-encoding, one or two path segments of [A-Za-z0-9._-], no "." or "..", at
  // most 2048 bytes (SPIFFE ID standard, section 2). Persons need a name; services may have one.
  // Errors: INVALID_ARGUMENT with reason BAD_SPIFFE_ID or UNKNOWN_ROLE.
  static absl::StatusOr<SpiffeId> Parse(std::string_view text);

  // The same from its parts; `name` may be empty for a service. Same errors.
  static absl::StatusOr<SpiffeId> Make(std::string_view trust_domain, Role role,
                                       std::string_view name = {});

  const std::string& trust_domain() const { return trust_domain_; }
  Role role() const { return role_; }
  // Empty when the id has no name.
  const std::string& name() const { return name_; }
  const std::string& ToString() const { return text_; }

  friend bool operator==(const SpiffeId& a, const SpiffeId& b) { return a.text_ == b.text_; }
  friend std::strong_ordering operator<=>(const SpiffeId& a, const SpiffeId& b) {
    return a.text_ <=> b.text_;
  }
  template <typename H>
  friend H AbslHashValue(H state, const SpiffeId& id) {
    return H::combine(std::move(state), id.text_);
  }

 private:
  SpiffeId() = default;

  std::string text_;
  std::string trust_domain_;
  std::string name_;
  Role role_ = Role::ROLE_UNSPECIFIED;
};

}  // namespace kp::identity
