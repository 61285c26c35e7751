// A confirmation of receipt as a file that an officer can send by e-mail: what it says, for people,
// and the signed statement, for whoever checks it. Only the statement proves anything: the text
// before it could have been changed on the way, so a reader takes the statement alone and says
// again what it says.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mesh/statement/statement.h"

namespace kp::kpctl {

// The largest file that is read as one: a statement in base64 and its text.
inline constexpr size_t kMaxConfirmationFile = size_t{512} * 1024;

// What the statement says, line by line. INVALID_ARGUMENT/CONFIRMATION_UNREADABLE for one that is
// no confirmation of receipt.
absl::StatusOr<std::string> ConfirmationFacts(const statement::Statement& statement);

// The facts and the statement in 64 columns of base64 between two marks.
absl::StatusOr<std::string> WriteConfirmationFile(const statement::Statement& statement);

// The statement of such a file; INVALID_ARGUMENT/CONFIRMATION_UNREADABLE names the line. Nothing is
// verified.
absl::StatusOr<statement::Statement> ReadConfirmationFile(std::string_view file);

}  // namespace kp::kpctl
