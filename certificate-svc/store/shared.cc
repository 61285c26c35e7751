#include "certificate-svc/store/shared.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace kp::certificate {

absl::Status ConcurrentChange(std::string_view what) {
  return MakeError(absl::StatusCode::kAborted, kConcurrentChange,
                   absl::StrCat(std::string(what), " was changed by somebody else meanwhile"));
}

absl::StatusOr<int64_t> NextOf(store::Transaction& tx, std::string_view counter) {
  KP_ASSIGN_OR_RETURN(
      const auto value,
      tx.QueryOne<int64_t>("UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value",
                           counter));
  if (!value.has_value()) return absl::InternalError("a counter is missing");
  return *value;
}

}  // namespace kp::certificate
