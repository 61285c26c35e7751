// Errors that a caller can branch on: an absl::Status that carries a stable reason, facts for the
// peer, and the fields that are wrong. mesh/rpc turns them into google.rpc.ErrorInfo and BadRequest.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace kp {

// One wrong field of an input.
struct Fault {
  std::string reason;   // stable, UPPER_SNAKE, listed in docs/error-codes.md
  std::string field;    // path of the field: "lines[1].hs_code"
  std::string message;  // what is wrong and what would be right, for a person
  std::string rule;     // the rule or clause that says so ("R08"), may be empty

  friend bool operator==(const Fault&, const Fault&) = default;
};

// An error with a reason. `metadata` goes to the peer: never put keys, parties or prices there.
[[nodiscard]] absl::Status MakeError(absl::StatusCode code, std::string_view reason,
                                     std::string_view message,
                                     const std::map<std::string, std::string>& metadata = {});

// INVALID_ARGUMENT about one field.
[[nodiscard]] absl::Status FieldError(const Fault& fault);

// INVALID_ARGUMENT about several fields: the reason is the first fault's. OK when `faults` is empty.
[[nodiscard]] absl::Status FieldErrors(const std::vector<Fault>& faults);

// The same of another code: a refusal that one field decides and that is no bad input, such as
// FAILED_PRECONDITION. `metadata` as in MakeError.
[[nodiscard]] absl::Status FaultError(absl::StatusCode code, const Fault& fault,
                                      const std::map<std::string, std::string>& metadata = {});

// What MakeError, FieldErrors and FaultError put in; empty when there is none.
std::string ReasonOf(const absl::Status& status);
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
std::vector<Fault> FaultsOf(const absl::Status& status);

// The same error with other faults, which are not none.
absl::Status WithFaults(const absl::Status& status, const std::vector<Fault>& faults);
// The same error with `prefix` put before the path of each faulty field.
absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix);

}  // namespace kp

// Returns early with the error of an expression that yields absl::Status. Names are made unique by
// __COUNTER__, since such expressions are nested (a lambda that returns early itself).
#define KP_RETURN_IF_ERROR(expr) KP_RETURN_IF_ERROR_IMPL(KP_CONCAT(kp_status_, __COUNTER__), expr)
#define KP_RETURN_IF_ERROR_IMPL(status, expr)      \
  do {                                             \
    if (auto status = (expr); !status.ok()) {      \
      return status;                               \
    }                                              \
  } while (false)

// Declares `lhs` from an expression that yields absl::StatusOr, or returns early with its error.
#define KP_ASSIGN_OR_RETURN(lhs, expr) \
  KP_ASSIGN_OR_RETURN_IMPL(KP_CONCAT(kp_status_or_, __COUNTER__), lhs, expr)
#define KP_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) {                               \
    return tmp.status();                         \
  }                                              \
  lhs = *std::move(tmp)
#define KP_CONCAT(a, b) KP_CONCAT_IMPL(a, b)
#define KP_CONCAT_IMPL(a, b) a##b
