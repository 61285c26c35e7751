// Places between two steps where a test may make the process fail. Off unless armed: by the
// environment variable KP_FAULT ("name:action" or "name:action:n", several with commas), read once,
// or by ScopedFault. Actions: "kill" ends the process as kill -9 would, "fail" makes the step fail.
// With n the n-th passing and, for "fail", every later one is hit.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace kp::store {

// All names: store.before_commit, store.after_commit, outbox.before_deliver, outbox.after_deliver.
[[nodiscard]] absl::Status FaultPoint(std::string_view name);

// Arms one fault for its lifetime. Thread-safe.
class ScopedFault final {
 public:
  ScopedFault(std::string name, std::string action, int at = 1);
  ~ScopedFault();
  ScopedFault(const ScopedFault&) = delete;
  ScopedFault& operator=(const ScopedFault&) = delete;

 private:
  const std::string name_;
};

}  // namespace kp::store
