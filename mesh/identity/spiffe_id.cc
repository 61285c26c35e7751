#include "mesh/identity/spiffe_id.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/identity/reasons.h"

namespace kp::identity {
namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr size_t kMaxIdBytes = 2048;
constexpr size_t kMaxTrustDomainBytes = 255;

struct RoleEntry {
  Role role;
  std::string_view segment;
  bool person;
};

constexpr std::array kRoles = {
    RoleEntry{Role::ROLE_CERTIFICATE_SVC, "certificate-svc", false},
    RoleEntry{Role::ROLE_PARTICIPANT_SVC, "participant-svc", false},
    RoleEntry{Role::ROLE_WCO_BRIDGE, "wco-bridge", false},
    RoleEntry{Role::ROLE_OFFICER, "officer", true},
    RoleEntry{Role::ROLE_OPERATOR, "operator", true},
    RoleEntry{Role::ROLE_CUSTOMS, "customs", true},
    RoleEntry{Role::ROLE_SECRETARIAT, "secretariat", true},
    RoleEntry{Role::ROLE_MONITOR, "monitor", true},
    RoleEntry{Role::ROLE_OBSERVER, "observer", true},
};

const RoleEntry* EntryOf(Role role) {
  const auto* it = std::ranges::find(kRoles, role, &RoleEntry::role);
  return it == kRoles.end() ? nullptr : it;
}

absl::Status Bad(std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, kBadSpiffeId,
                   absl::StrCat("not a SPIFFE id of the mesh: ", std::string(why)));
}

// Not <cctype>: its answers depend on the locale.
bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsMark(char c) { return c == '.' || c == '-' || c == '_'; }
bool IsTrustDomainChar(char c) { return IsLowerOrDigit(c) || IsMark(c); }
bool IsPathChar(char c) { return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z') || IsMark(c); }

absl::Status CheckSegment(std::string_view segment) {
  if (segment.empty()) {
    return Bad("an empty path segment");
  }
  if (segment == "." || segment == "..") {
    return Bad("a dot segment in the path");
  }
  if (!std::ranges::all_of(segment, IsPathChar)) {
    return Bad("a path character outside [A-Za-z0-9._-]");
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<Role> RoleFromSegment(std::string_view segment) {
  const auto* it = std::ranges::find(kRoles, segment, &RoleEntry::segment);
  return it == kRoles.end() ? std::nullopt : std::optional(it->role);
}

std::string_view RoleSegment(Role role) {
  const RoleEntry* entry = EntryOf(role);
  return entry == nullptr ? std::string_view() : entry->segment;
}

bool IsPersonRole(Role role) {
  const RoleEntry* entry = EntryOf(role);
  return entry != nullptr && entry->person;
}

absl::Status CheckTrustDomain(std::string_view trust_domain) {
  if (trust_domain.empty() || trust_domain.size() > kMaxTrustDomainBytes) {
    return Bad("the trust domain must have 1 to 255 characters");
  }
  if (!std::ranges::all_of(trust_domain, IsTrustDomainChar)) {
    return Bad("a trust domain character outside [a-z0-9._-]");
  }
  return absl::OkStatus();
}

absl::StatusOr<SpiffeId> SpiffeId::Parse(std::string_view text) {
  if (text.size() > kMaxIdBytes) {
    return Bad("longer than 2048 bytes");
  }
  if (!text.starts_with(kScheme)) {
    return Bad("does not start with spiffe://");
  }
  const std::string_view rest = text.substr(kScheme.size());
  const size_t slash = rest.find('/');
  const std::string_view trust_domain = rest.substr(0, slash);
  KP_RETURN_IF_ERROR(CheckTrustDomain(trust_domain));
  if (slash == std::string_view::npos) {
    return Bad("no path, hence no role");
  }
  const std::string_view path = rest.substr(slash + 1);
  const size_t second = path.find('/');
  const std::string_view role_segment = path.substr(0, second);
  KP_RETURN_IF_ERROR(CheckSegment(role_segment));
  std::string_view name;
  if (second != std::string_view::npos) {
    name = path.substr(second + 1);
    // A third segment has a slash in `name`, which no segment may hold.
    KP_RETURN_IF_ERROR(CheckSegment(name));
  }
  const std::optional<Role> role = RoleFromSegment(role_segment);
  if (!role.has_value()) {
    return MakeError(absl::StatusCode::kInvalidArgument, kUnknownRole,
                     "the first path segment of the SPIFFE id is no role of the mesh");
  }
  if (name.empty() && IsPersonRole(*role)) {
    return Bad("this role is held by a person and needs a name segment");
  }
  SpiffeId id;
  id.text_ = std::string(text);
  id.trust_domain_ = std::string(trust_domain);
  id.name_ = std::string(name);
  id.role_ = *role;
  return id;
}

absl::StatusOr<SpiffeId> SpiffeId::Make(std::string_view trust_domain, Role role,
                                        std::string_view name) {
  std::string text = absl::StrCat(std::string(kScheme), std::string(trust_domain), "/",
                                  std::string(RoleSegment(role)));
  if (!name.empty()) {
    absl::StrAppend(&text, "/", std::string(name));
  }
  return Parse(text);
}

}  // namespace kp::identity
