// Finds the code of a certificate in an image of it, or of the page that it is on.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "document/image.h"

namespace kp::document {

struct FoundCode {
  std::string text;  // "KP1:...", unverified
  std::string how;   // "as it is", "enlarged to 150 %", for people
};

// Tries the image as it is, then enlarged, blurred and turned, until one try finds a code that
// begins with "KP1:". Errors (INVALID_ARGUMENT): NO_CODE_FOUND, FOREIGN_CODE, SEVERAL_CODES.
absl::StatusOr<FoundCode> FindCode(const GreyImage& image);

}  // namespace kp::document
