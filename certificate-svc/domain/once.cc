#include "certificate-svc/domain/once.h"

namespace kp::certificate {

absl::Status CheckRequestId(std::string_view request_id) {
  bool good = request_id.size() == 36;
  for (size_t i = 0; good && i < request_id.size(); ++i) {
    const char c = request_id[i];
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    good = hyphen ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
  if (good) return absl::OkStatus();
  return FieldError({kRequestIdMalformed, "request_id",
                     "is required, and must be a UUID in lower case (8-4-4-4-12 hex digits)",
                     "AIP-155"});
}

}  // namespace kp::certificate
