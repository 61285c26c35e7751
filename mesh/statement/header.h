// The protected header of statements and of detached signatures; inside this folder only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kp::statement {

// CWT claims (RFC 8392) of a statement.
struct Claims {
  std::string issuer;
  std::optional<std::string> audience;
  absl::Time issued_at;
};

struct ProtectedHeader {
  std::string content_type;
  std::string kid;
  std::optional<Claims> claims;
};

std::string EncodeProtectedHeader(const ProtectedHeader& header);

// What EncodeProtectedHeader writes, and nothing else; the algorithm, key id and content type must
// be there, the claims are the caller's to ask for.
absl::StatusOr<ProtectedHeader> ParseProtectedHeader(std::string_view bytes);

// True for what ContentType() makes.
bool IsContentType(std::string_view text);

}  // namespace kp::statement
