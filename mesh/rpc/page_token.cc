#include "mesh/rpc/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "mesh/rpc/reasons.h"
#include "mesh/statement/keys.h"

namespace kp::rpc {
namespace {

// A check against mistakes, no secret: what a token leads to is authorised like any other page.
constexpr size_t kCheckBytes = 8;

std::string Check(std::string_view key, std::string_view binding) {
  return statement::Sha256(absl::StrCat(std::string(binding), "\n", std::string(key)))
      .substr(0, kCheckBytes);
}

}  // namespace

std::string MakePageToken(std::string_view key, std::string_view binding) {
  return absl::WebSafeBase64Escape(Check(key, binding) + std::string(key));
}

absl::StatusOr<std::string> ReadPageToken(std::string_view token, std::string_view binding) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (absl::WebSafeBase64Unescape(std::string(token), &bytes) && bytes.size() > kCheckBytes) {
    const std::string key = bytes.substr(kCheckBytes);
    if (bytes.compare(0, kCheckBytes, Check(key, binding)) == 0) return key;
  }
  return FieldError({std::string(kPageTokenInvalid), "page_token",
                     "was not made for this query and caller", "AIP-158"});
}

absl::StatusOr<int> PageSize(int requested, int fallback, int most) {
  if (requested == 0) return fallback;
  if (requested < 0 || requested > most) {
    return FieldError({std::string(kPageSizeInvalid), "page_size",
                       absl::StrCat("must be 1 to ", most, ", or 0 for ", fallback), "AIP-158"});
  }
  return requested;
}

}  // namespace kp::rpc
